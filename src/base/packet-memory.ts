/**
 * The memory frames live in. It is injected (plain here, WebAssembly's in node/ or web/) and never grown, so views stay valid.
 * `sum` is the only arithmetic that depends on the kind of memory: the Internet checksum's partial sum (RFC 1071).
 */
import { checkInteger } from './errors.ts';

/** Packet memory: three views over the same bytes, and the checksum sum over them. */
export interface PacketMemory {
  readonly u8: Uint8Array;
  /** The same bytes as 32-bit words in the machine's byte order. */
  readonly u32: Uint32Array;
  readonly view: DataView;
  /**
   * One's complement sum of `length` bytes from `offset`, folded to 16 bits, in network order: as if the bytes were
   * big-endian 16-bit words and an odd last byte were followed by a zero. The caller keeps the range inside the memory;
   * `length` is at most 8 MiB.
   */
  sum(offset: number, length: number): number;
}

/** Octets up to which a loop is quicker than making a view for `set`. */
const SHORT_COPY = 96;

/** Copies octets from one memory to another, which may be the same when they do not overlap: headers word by word, more by `set`. */
export function copyOctets(
  from: PacketMemory,
  fromOffset: number,
  into: PacketMemory,
  offset: number,
  length: number,
): void {
  if (length > SHORT_COPY) {
    into.u8.set(from.u8.subarray(fromOffset, fromOffset + length), offset);
    return;
  }
  const words = length & ~3;
  for (let index = 0; index < words; index += 4) {
    into.view.setInt32(offset + index, from.view.getInt32(fromOffset + index));
  }
  for (let index = words; index < length; index++) into.u8[offset + index] = from.u8[fromOffset + index]!;
}

const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Packet memory over an ordinary ArrayBuffer; the sum runs in float64, exact below 2^53 (RFC 1071 section 2). */
export class PlainPacketMemory implements PacketMemory {
  readonly u8: Uint8Array;
  readonly u32: Uint32Array;
  readonly view: DataView;

  /** @param size bytes, rounded up to a multiple of 8; 64 to 2^31 - 8, so that every offset is an int32. */
  constructor(size: number) {
    checkInteger('size', size, 64, 2 ** 31 - 8);
    const buffer = new ArrayBuffer((size + 7) & ~7);
    this.u8 = new Uint8Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.view = new DataView(buffer);
  }

  sum(offset: number, length: number): number {
    return sumFloat64(this, offset, length);
  }
}

/** The readable reference of the partial sum, and the fall-back where WebAssembly is refused. */
export function sumFloat64(memory: PacketMemory, offset: number, length: number): number {
  const { u8, u32 } = memory;
  let start = offset;
  const end = offset + length;
  let edge = 0;
  // Bytes before the first aligned word and after the last one are summed big-endian by hand.
  while (start < end && (start & 3) !== 0) {
    edge += ((start - offset) & 1) === 0 ? u8[start]! << 8 : u8[start]!;
    start++;
  }
  const wordEnd = end & ~3;
  let tail = start > wordEnd ? start : wordEnd;
  for (; tail < end; tail++) edge += ((tail - offset) & 1) === 0 ? u8[tail]! << 8 : u8[tail]!;
  if (start >= wordEnd) return fold(edge);
  let index = start >> 2;
  const last = wordEnd >> 2;
  let sumA = 0;
  let sumB = 0;
  for (const unrolled = last - 7; index < unrolled; index += 8) {
    sumA += u32[index]! + u32[index + 1]! + u32[index + 2]! + u32[index + 3]!;
    sumB += u32[index + 4]! + u32[index + 5]! + u32[index + 6]! + u32[index + 7]!;
  }
  for (; index < last; index++) sumA += u32[index]!;
  const total = sumA + sumB;
  const low = total >>> 0;
  const high = Math.floor(total / 4294967296);
  let words = fold((low & 0xffff) + (low >>> 16) + (high & 0xffff) + (high >>> 16));
  // Words were read in machine order and possibly from an odd start: each of the two swaps the bytes of the sum.
  const oddStart = ((start - offset) & 1) !== 0;
  if (LITTLE_ENDIAN !== oddStart) words = ((words & 0xff) << 8) | (words >>> 8);
  return fold(words + edge);
}

function fold(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}
