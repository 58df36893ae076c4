/**
 * The receive buffer: octets in order that the user has not read, and behind them, at their place, those that arrived
 * early. One ring for both: what the window offered always fits.
 */
import { StateError } from '../../base/errors.ts';
import { type BufferPool, ByteRing, type OctetVisitor } from './byte-ring.ts';

export class ReceiveBuffer {
  private readonly ring = new ByteRing();
  /** Octets in order, ready for the user. */
  length = 0;
  /** Furthest octet stored, counted from the oldest one. */
  private stored = 0;

  /** Octets of memory held now. */
  get capacity(): number {
    return this.ring.capacity;
  }

  /** Octets of memory that `store` would need in addition. */
  growthFor(ahead: number, length: number): number {
    return this.ring.growthFor(this.length + ahead + length);
  }

  /** Forgets what came early, and holds no more memory than the rest needs. */
  trim(pool: BufferPool): void {
    this.stored = this.length;
    this.ring.shrink(pool, this.length);
  }

  /** Stores octets that start `ahead` octets behind the last one in order. */
  store(pool: BufferPool, ahead: number, from: Uint8Array, offset: number, length: number): void {
    const at = this.length + ahead;
    this.ring.reserve(pool, at + length, this.stored);
    this.ring.copyIn(at, from, offset, length);
    if (at + length > this.stored) this.stored = at + length;
  }

  /** `count` more octets are in order. */
  advance(count: number): void {
    this.length += count;
    if (this.length > this.stored) this.stored = this.length;
  }

  /** Moves up to `length` octets to the user; returns how many. */
  read(pool: BufferPool, into: Uint8Array, offset: number, length: number): number {
    const count = Math.min(length, this.length);
    if (count > 0) this.ring.copyOut(0, into, offset, count);
    this.discard(pool, count);
    return count;
  }

  /** As `read`, without a copy. */
  readInPlace(pool: BufferPool, length: number, visitor: OctetVisitor): number {
    const before = this.length;
    const count = this.ring.visit(0, Math.min(length, before), visitor);
    if (this.length !== before) throw new StateError('the socket was read from inside its own callback');
    this.discard(pool, count);
    return count;
  }

  /** Copies without taking. */
  peek(at: number, into: Uint8Array, offset: number, length: number): number {
    const count = Math.min(length, this.length - at);
    if (count > 0) this.ring.copyOut(at, into, offset, count);
    return Math.max(0, count);
  }

  byteAt(at: number): number {
    return this.ring.byteAt(at);
  }

  /** Forgets the oldest `count` octets in order. */
  discard(pool: BufferPool, count: number): void {
    this.ring.consume(count);
    this.length -= count;
    this.stored -= count;
    if (this.stored === 0) this.ring.release(pool);
  }

  clear(pool: BufferPool): void {
    this.length = 0;
    this.stored = 0;
    this.ring.release(pool);
  }
}
