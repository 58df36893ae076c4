/**
 * A ring of octets that grows by doubling and gives its memory back to a pool when it is empty, so that an idle
 * connection holds none. Capacity is a power of two; `start` is the index of the oldest octet.
 */
import { checkInteger, StateError } from '../../base/errors.ts';

/**
 * Reads or fills octets where they lie, `length` of them from `offset` on; they are its own during the call only.
 * @returns how many it took or put there, 0 to `length`
 */
export type OctetVisitor = (bytes: Uint8Array, offset: number, length: number) => number;

const NO_BYTES = new Uint8Array(0);
const SMALLEST_LOG2 = 11;
/** Octets of the smallest ring. */
export const SMALLEST_RING = 2 ** SMALLEST_LOG2;
const LARGEST_LOG2 = 30;
/** Below this many octets a loop is faster than the typed-array call. */
const SHORT_COPY = 24;

function ringLog2(needed: number): number {
  return Math.max(SMALLEST_LOG2, 32 - Math.clz32(needed - 1));
}

/** Not `2 ** log2`, which is a call of a function of real numbers: a tenth of a round trip of one octet. */
function ringOctets(log2: number): number {
  return 1 << log2;
}

/** What lies outside of rings and is counted with them: see `BufferPool.recount`. */
export interface Charged {
  /** Octets counted for it so far. */
  charged: number;
}

/**
 * Free buffers, a bounded number of bytes, and the count of what is in use. Large ones are kept as well: memory that is new costs more
 * than all that is done with it, its pages and then the collector that has to come for it.
 */
export class BufferPool {
  /** Octets in use: buffers that were acquired and not released, and what was charged besides. */
  heldBytes = 0;
  /** Those of at most `bytesPerSize`, by size. */
  private readonly free: Uint8Array[][] = [];
  /** The others, the latest last. */
  private readonly large: Uint8Array[] = [];
  private largeBytes = 0;
  private readonly bytesPerSize: number;
  private readonly bytesOfLarge: number;
  private readonly plentyBytes: number;

  /**
   * @param bytesPerSize how many bytes of each size may lie idle
   * @param bytesOfLarge how many bytes of buffers that are larger than that, together
   * @param plentyBytes while no more is in use, nobody need be modest
   */
  constructor(bytesPerSize = 1 << 20, bytesOfLarge = 1 << 24, plentyBytes = Number.POSITIVE_INFINITY) {
    this.bytesPerSize = bytesPerSize;
    this.bytesOfLarge = bytesOfLarge;
    this.plentyBytes = plentyBytes;
    for (let log2 = 0; log2 <= LARGEST_LOG2; log2++) this.free.push([]);
  }

  acquire(log2: number): Uint8Array {
    const length = ringOctets(log2);
    this.heldBytes += length;
    return (length <= this.bytesPerSize ? this.free[log2]!.pop() : this.takeLarge(length)) ?? new Uint8Array(length);
  }

  release(buffer: Uint8Array): void {
    const { length } = buffer;
    this.heldBytes -= length;
    if (length > this.bytesPerSize) {
      this.keepLarge(buffer);
      return;
    }
    const list = this.free[31 - Math.clz32(length)]!;
    if ((list.length + 1) * length <= this.bytesPerSize) list.push(buffer);
  }

  /** Whether a buffer that is larger than it must be harms nobody. */
  isPlentyWith(log2: number): boolean {
    return this.heldBytes + ringOctets(log2) <= this.plentyBytes;
  }

  private takeLarge(length: number): Uint8Array | undefined {
    const { large } = this;
    for (let at = large.length - 1; at >= 0; at--) {
      if (large[at]!.length !== length) continue;
      this.largeBytes -= length;
      return large.splice(at, 1)[0];
    }
    return undefined;
  }

  /** What nobody has asked for the longest goes, when there is too much. */
  private keepLarge(buffer: Uint8Array): void {
    if (buffer.length > this.bytesOfLarge) return;
    this.large.push(buffer);
    this.largeBytes += buffer.length;
    while (this.largeBytes > this.bytesOfLarge) this.largeBytes -= this.large.shift()?.length ?? 0;
  }

  /** `holder` takes `octets` of memory now, other than buffers of this pool; 0 when it gives them up. */
  recount(holder: Charged, octets: number): void {
    this.heldBytes += octets - holder.charged;
    holder.charged = octets;
  }
}

/**
 * The ring. Offsets given to its methods count from the oldest octet. Memory that was given back is taken anew in the size that was
 * needed lately: a stream empties its ring again and again, and would copy what it holds each time the ring doubles.
 */
export class ByteRing {
  private bytes: Uint8Array = NO_BYTES;
  private mask = 0;
  private start = 0;
  /** The most that was asked for since memory was taken; what was usual before, which rises at once and falls by an eighth each time. */
  private most = 0;
  private usual = 0;

  /** Octets the ring can hold without growing. */
  get capacity(): number {
    return this.bytes.length;
  }

  /** Octets of memory by which room for `needed` octets would make it grow. */
  growthFor(needed: number): number {
    return needed <= this.bytes.length ? 0 : ringOctets(ringLog2(needed)) - this.bytes.length;
  }

  /** Makes room for `needed` octets from the oldest one on; `used` octets are kept. */
  reserve(pool: BufferPool, needed: number, used: number): void {
    if (needed > this.most) this.most = needed;
    if (needed <= this.bytes.length) return;
    const least = ringLog2(needed);
    const wanted = this.bytes.length > 0 ? least : ringLog2(Math.max(needed, this.usual));
    this.moveTo(pool, pool.acquire(pool.isPlentyWith(wanted) ? wanted : least), used);
  }

  /** Moves the oldest `used` octets to the smallest memory that holds them; forgets the rest. */
  shrink(pool: BufferPool, used: number): void {
    if (used === 0) this.release(pool);
    else if (ringOctets(ringLog2(used)) < this.bytes.length) this.moveTo(pool, pool.acquire(ringLog2(used)), used);
  }

  private moveTo(pool: BufferPool, other: Uint8Array, used: number): void {
    if (this.bytes.length > 0) {
      this.copyOut(0, other, 0, used);
      pool.release(this.bytes);
    }
    this.bytes = other;
    this.mask = other.length - 1;
    this.start = 0;
  }

  /** Copies octets in at `at`. The room must have been reserved. */
  copyIn(at: number, from: Uint8Array, offset: number, length: number): void {
    const { bytes, mask } = this;
    const begin = (this.start + at) & mask;
    if (length <= SHORT_COPY) {
      for (let k = 0; k < length; k++) bytes[(begin + k) & mask] = from[offset + k]!;
    } else this.copyInLong(begin, from, offset, length);
  }

  private copyInLong(begin: number, from: Uint8Array, offset: number, length: number): void {
    const { bytes } = this;
    const first = Math.min(length, bytes.length - begin);
    bytes.set(from.subarray(offset, offset + first), begin);
    if (first < length) bytes.set(from.subarray(offset + first, offset + length), 0);
  }

  /** Copies octets out from `at`; they stay. */
  copyOut(at: number, into: Uint8Array, offset: number, length: number): void {
    const { bytes, mask } = this;
    const begin = (this.start + at) & mask;
    if (length <= SHORT_COPY) {
      for (let k = 0; k < length; k++) into[offset + k] = bytes[(begin + k) & mask]!;
    } else this.copyOutLong(begin, into, offset, length);
  }

  private copyOutLong(begin: number, into: Uint8Array, offset: number, length: number): void {
    const { bytes } = this;
    const first = Math.min(length, bytes.length - begin);
    into.set(bytes.subarray(begin, begin + first), offset);
    if (first < length) into.set(bytes.subarray(0, length - first), offset + first);
  }

  /**
   * Shows `length` octets from `at` on where they lie, in at most two pieces, until the visitor takes less than it is shown.
   * @returns how many it took
   */
  visit(at: number, length: number, visitor: OctetVisitor): number {
    const { bytes, mask } = this;
    let taken = 0;
    while (taken < length) {
      const begin = (this.start + at + taken) & mask;
      const piece = Math.min(length - taken, bytes.length - begin);
      const count = checkInteger('octets taken', visitor(bytes, begin, piece), 0, piece);
      if (this.bytes !== bytes) throw new StateError('the socket was read or written from inside its own callback');
      taken += count;
      if (count < piece) break;
    }
    return taken;
  }

  byteAt(at: number): number {
    return this.bytes[(this.start + at) & this.mask] ?? 0;
  }

  /** Forgets the oldest `count` octets. */
  consume(count: number): void {
    this.start = (this.start + count) & this.mask;
  }

  /** Gives the memory back; the ring is empty afterwards. */
  release(pool: BufferPool): void {
    const { length } = this.bytes;
    if (length === 0) return;
    pool.release(this.bytes);
    this.bytes = NO_BYTES;
    this.mask = 0;
    this.start = 0;
    this.usual = this.most > length >> 1 ? length : Math.max(this.most, this.usual - (this.usual >> 3));
    this.most = 0;
  }
}
