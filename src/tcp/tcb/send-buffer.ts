/**
 * The send buffer: octets the user has given and the peer has not acknowledged (the retransmission queue and the
 * unsent data of RFC 9293 section 3.8 in one ring). Octet 0 has sequence number SND.UNA, or ISS + 1 before that.
 */
import { StateError } from '../../base/errors.ts';
import { type BufferPool, ByteRing, type OctetVisitor } from './byte-ring.ts';
import type { SendAccount } from './send-account.ts';

export class SendBuffer {
  private readonly ring = new ByteRing();
  /** Octets held. */
  length = 0;
  /** Of a connection with `skb_accounting`. */
  account: SendAccount | null = null;

  /** Octets of memory held now. */
  get capacity(): number {
    return this.ring.capacity;
  }

  /** Octets of memory that `length` more octets would need in addition. */
  growthFor(length: number): number {
    return this.ring.growthFor(this.length + length);
  }

  /** Takes up to `limit - length` octets; returns how many. */
  append(pool: BufferPool, from: Uint8Array, offset: number, length: number, limit: number): number {
    const taken = Math.min(length, limit - this.length);
    if (taken <= 0) return 0;
    this.ring.reserve(pool, this.length + taken, this.length);
    this.ring.copyIn(this.length, from, offset, taken);
    this.length += taken;
    return taken;
  }

  /** As `append`, without a copy: `fill` puts up to `length` octets where they will be sent from. */
  appendInPlace(pool: BufferPool, length: number, limit: number, fill: OctetVisitor): number {
    const before = this.length;
    const room = Math.min(length, limit - before);
    if (room <= 0) return 0;
    this.ring.reserve(pool, before + room, before);
    const taken = this.ring.visit(before, room, fill);
    if (this.length !== before) throw new StateError('the socket was written from inside its own callback');
    this.length += taken;
    if (this.length === 0) this.ring.release(pool);
    return taken;
  }

  /** Copies `length` octets, starting `at` octets behind the oldest one, into a frame. */
  copyTo(at: number, into: Uint8Array, offset: number, length: number): void {
    this.ring.copyOut(at, into, offset, length);
  }

  /** The oldest `count` octets are acknowledged. */
  acknowledge(pool: BufferPool, count: number): void {
    this.ring.consume(count);
    this.length -= count;
    if (this.length === 0) this.ring.release(pool);
  }

  clear(pool: BufferPool): void {
    this.length = 0;
    this.account = null;
    this.ring.release(pool);
  }
}
