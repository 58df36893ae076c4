/**
 * The octets a signature covers, laid out one behind the other as the algorithms want them: RFC 2385 section 2.0 for MD5,
 * RFC 5925 section 5.1 for TCP-AO. The segment itself is only read.
 */
import type { Address } from '../../base/address.ts';
import type { PacketMemory } from '../../base/packet-memory.ts';
import { IpProtocol } from '../../wire/ip-packet.ts';
import { TCP_CHECKSUM_OFFSET, TCP_HEADER_LENGTH } from '../../wire/tcp.ts';

/** A segment in packet memory: its header, from port to options, and its payload. */
export interface SegmentPlace {
  readonly memory: PacketMemory;
  /** First octet of the TCP header. */
  readonly offset: number;
  readonly headerLength: number;
  /** Header and payload. */
  readonly length: number;
}

/** Largest pseudo-header, SNE before it and an MD5 key behind the segment. */
const SURROUNDINGS = 4 + 40 + 80;

/** Grown to the largest segment that was ever signed here, 64 KB at most; filled anew for each. */
let scratch = new Uint8Array(2048);

// RFC 2385 §2.0 R2385-2: the key comes last, options are left out.
/** RFC 2385 §2.0: pseudo-header, header without options and with a zero checksum, data, key. */
export function md5Octets(from: Address, to: Address, place: SegmentPlace, key: Uint8Array): Uint8Array {
  const { memory, offset, headerLength, length } = place;
  const out = room(length);
  let at = writePseudoHeader(out, 0, from, to, length);
  at = copy(out, at, memory, offset, TCP_HEADER_LENGTH);
  clearChecksum(out, at - TCP_HEADER_LENGTH);
  at = copy(out, at, memory, offset + headerLength, length - headerLength);
  out.set(key, at);
  return out.subarray(0, at + key.length);
}

// RFC 9235 §4 R9235-1: the packets of the appendix come out.
// RFC 9235 §5 R9235-2: also with AES.
// RFC 9235 §6 R9235-3: and over IPv6.
// RFC 9235 §7 R9235-4: over IPv6 with AES.
// RFC 5925 §5.1 R5925-7: options but TCP-AO are covered only when the key says so.
// RFC 5925 §9 R5925-25: that is for paths on which they are rewritten.
/**
 * RFC 5925 §5.1: SNE, pseudo-header, header with a zero checksum and a zero MAC, data.
 * @param option where the TCP-AO option begins, and @param optionLength its octets
 * @param coversOptions false: of the options only TCP-AO itself is covered
 */
export function aoOctets(
  sne: number,
  from: Address,
  to: Address,
  place: SegmentPlace,
  option: number,
  optionLength: number,
  coversOptions: boolean,
): Uint8Array {
  const { memory, offset, headerLength, length } = place;
  const out = room(length);
  writeUint32(out, 0, sne);
  const header = writePseudoHeader(out, 4, from, to, length);
  let at = copy(out, header, memory, offset, coversOptions ? headerLength : TCP_HEADER_LENGTH);
  clearChecksum(out, header);
  const optionAt = coversOptions ? header + option - offset : at;
  if (!coversOptions) at = copy(out, at, memory, option, optionLength);
  // Behind kind, length and the two key ids.
  out.fill(0, optionAt + 4, optionAt + optionLength);
  at = copy(out, at, memory, offset + headerLength, length - headerLength);
  return out.subarray(0, at);
}

function room(length: number): Uint8Array {
  if (scratch.length < length + SURROUNDINGS) scratch = new Uint8Array(length + SURROUNDINGS);
  return scratch;
}

function copy(out: Uint8Array, at: number, memory: PacketMemory, offset: number, length: number): number {
  const { u8 } = memory;
  for (let index = 0; index < length; index++) out[at + index] = u8[offset + index]!;
  return at + length;
}

function clearChecksum(out: Uint8Array, header: number): void {
  out[header + TCP_CHECKSUM_OFFSET] = 0;
  out[header + TCP_CHECKSUM_OFFSET + 1] = 0;
}

function writePseudoHeader(out: Uint8Array, start: number, from: Address, to: Address, length: number): number {
  let at = writeAddress(out, writeAddress(out, start, from), to);
  if (from.family === 6) {
    at = writeUint32(out, at, length);
    return writeUint32(out, at, IpProtocol.tcp);
  }
  return writeUint32(out, at, (IpProtocol.tcp << 16) | length);
}

/** The address as it stands in a packet; returns the offset behind it. */
export function writeAddress(out: Uint8Array, start: number, address: Address): number {
  let at = start;
  if (address.family === 6) {
    at = writeUint32(out, at, address.w0);
    at = writeUint32(out, at, address.w1);
    at = writeUint32(out, at, address.w2);
  }
  return writeUint32(out, at, address.w3);
}

export function writeUint32(out: Uint8Array, at: number, value: number): number {
  out[at] = value >>> 24;
  out[at + 1] = value >>> 16;
  out[at + 2] = value >>> 8;
  out[at + 3] = value;
  return at + 4;
}
