/**
 * The Internet checksum (RFC 1071): pseudo-headers, finishing, verifying and incremental update (RFC 1624).
 * Sums are one's complement partial sums of big-endian 16-bit words, possibly not yet folded, always below 2^31.
 */
import type { Address } from '../base/address.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import type { IpPacket } from './ip-packet.ts';

/** Folds a partial sum (0 to 2^32 - 1) to 16 bits, carries added in. */
export function foldSum(sum: number): number {
  const once = (sum & 0xffff) + (sum >>> 16);
  return (once & 0xffff) + (once >>> 16);
}

/** The 16-bit checksum of a partial sum: folded, complemented. */
export function finishChecksum(sum: number): number {
  return ~foldSum(sum) & 0xffff;
}

/**
 * Partial sum of the pseudo-header of TCP, UDP or ICMPv6 (RFC 9293 section 3.1, RFC 8200 section 8.1), not folded.
 * @param packet its family and addresses are used, nothing else
 * @param protocol the upper-layer protocol number
 * @param length upper-layer header and data in bytes
 */
export function pseudoHeaderSum(packet: IpPacket, protocol: number, length: number): number {
  const sum = protocol + (length & 0xffff) + (length >>> 16) + halves(packet.source3) + halves(packet.destination3);
  return packet.family === 6 ? sum + upperWords(packet) : sum;
}

function upperWords({ source0, source1, source2, destination0, destination1, destination2 }: IpPacket): number {
  const source = halves(source0) + halves(source1) + halves(source2);
  return source + halves(destination0) + halves(destination1) + halves(destination2);
}

/** As `pseudoHeaderSum`, for two addresses of one family. */
export function pseudoHeaderSumOf(source: Address, destination: Address, protocol: number, length: number): number {
  const sum = protocol + (length & 0xffff) + (length >>> 16) + halves(source.w3) + halves(destination.w3);
  return source.family === 6 ? sum + upperWordsOf(source) + upperWordsOf(destination) : sum;
}

function upperWordsOf({ w0, w1, w2 }: Address): number {
  return halves(w0) + halves(w1) + halves(w2);
}

/** True when `length` bytes at `offset`, their checksum field included, and `partialSum` (0: none) sum to all ones. */
export function isChecksumRight(memory: PacketMemory, offset: number, length: number, partialSum: number): boolean {
  return foldSum(memory.sum(offset, length) + partialSum) === 0xffff;
}

/** Computes the checksum of `length` bytes at `offset` with `partialSum` added. The checksum field must hold 0. */
export function computeChecksum(memory: PacketMemory, offset: number, length: number, partialSum: number): number {
  return finishChecksum(memory.sum(offset, length) + partialSum);
}

/** The checksum after one 16-bit word changed from `before` to `after`. RFC 1624 §3: equation 3, right for all inputs. */
export function updateChecksum16(checksum: number, before: number, after: number): number {
  return finishChecksum((~checksum & 0xffff) + (~before & 0xffff) + (after & 0xffff));
}

/** The checksum after one aligned 32-bit word (an address, a sequence number) changed. RFC 1624 §3. */
export function updateChecksum32(checksum: number, before: number, after: number): number {
  return finishChecksum((~checksum & 0xffff) + halves(~before) + halves(after));
}

/** The two 16-bit halves of a word, added. */
function halves(word: number): number {
  return (word >>> 16) + (word & 0xffff);
}
