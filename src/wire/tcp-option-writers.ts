/**
 * Writing TCP options. Each writer stores one option (with the NOPs that keep 32-bit values aligned), and returns the
 * offset behind it; `padTcpOptions` closes the list. The caller sees to it that at most 40 bytes are written.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { FAST_OPEN_MAGIC } from './tcp-options.ts';
import { TcpOptionKind } from './tcp-segment.ts';

/** Bytes each writer stores. */
export const TcpOptionSize = {
  mss: 4,
  windowScale: 4,
  sackPermitted: 4,
  timestamps: 12,
  sackPermittedAndTimestamps: 12,
  userTimeout: 4,
  md5: 20,
} as const;

/** Bytes of a SACK option with `count` blocks as `writeSack` stores it; 0 for none. */
export function sackOptionSize(count: number): number {
  return count === 0 ? 0 : 4 + count * 8;
}

/** Bytes of an AccECN option with `count` counters, padded; 0 for a count of -1, none. */
export function accEcnOptionSize(count: number): number {
  return count < 0 ? 0 : (2 + 3 * count + 3) & ~3;
}

/** Bytes of an AccECN option with `counters` and, right behind it, a SACK option with `blocks`; padded. */
export function accEcnAndSackSize(counters: number, blocks: number): number {
  if (counters < 0 || blocks === 0) return accEcnOptionSize(counters) + sackOptionSize(blocks);
  // SACK begins two bytes before a word's end, where it wants no padding for its edges.
  return ((2 + 3 * counters + 1) & ~3) + 4 + blocks * 8;
}

/** MSS, 4 bytes (RFC 9293 section 3.2). @param mss 0 to 65535 */
export function writeMss(memory: PacketMemory, offset: number, mss: number): number {
  memory.view.setUint32(offset, (TcpOptionKind.maximumSegmentSize << 24) | (4 << 16) | (mss & 0xffff));
  return offset + 4;
}

/**
 * Window scale, 3 bytes (RFC 7323 section 2.2), behind no-operations so that a word ends with it.
 * @param start of the options, from where words are counted @param shift 0 to 14
 */
export function writeWindowScale(memory: PacketMemory, start: number, offset: number, shift: number): number {
  const at = writeNoOperations(memory, start, offset, 1);
  memory.view.setUint16(at, (TcpOptionKind.windowScale << 8) | 3);
  memory.u8[at + 2] = shift;
  return at + 3;
}

/**
 * SACK-permitted, 2 bytes (RFC 2018 section 2), behind no-operations so that a word ends with it.
 * @param start of the options, from where words are counted
 */
export function writeSackPermitted(memory: PacketMemory, start: number, offset: number): number {
  const at = writeNoOperations(memory, start, offset, 2);
  memory.view.setUint16(at, (TcpOptionKind.sackPermitted << 8) | 2);
  return at + 2;
}

/** NOP, NOP, timestamps, 12 bytes (RFC 7323 section 3.2 and appendix A). Values are int32. */
export function writeTimestamps(memory: PacketMemory, offset: number, value: number, echo: number): number {
  const view = memory.view;
  view.setUint32(offset, 0x01010000 | (TcpOptionKind.timestamps << 8) | 10);
  view.setInt32(offset + 4, value);
  view.setInt32(offset + 8, echo);
  return offset + 12;
}

/** SACK-permitted in the place of the two NOPs before timestamps, 12 bytes: the usual layout of a SYN. */
export function writeSackPermittedAndTimestamps(
  memory: PacketMemory,
  offset: number,
  value: number,
  echo: number,
): number {
  const end = writeTimestamps(memory, offset, value, echo);
  memory.view.setUint16(offset, (TcpOptionKind.sackPermitted << 8) | 2);
  return end;
}

/**
 * SACK, 2 + 8 * count bytes behind no-operations that align its edges (RFC 2018 section 3); nothing for a count of 0.
 * @param start of the options, from where words are counted
 * @param blocks left and right edges in pairs, int32
 */
export function writeSack(
  memory: PacketMemory,
  start: number,
  offset: number,
  blocks: Int32Array,
  count: number,
): number {
  if (count === 0) return offset;
  const view = memory.view;
  let at = writeNoOperations(memory, start, offset, 2);
  view.setUint16(at, (TcpOptionKind.sack << 8) | (2 + count * 8));
  at += 2;
  for (let index = 0; index < count * 2; index++, at += 4) view.setInt32(at, blocks[index]!);
  return at;
}

/**
 * Fast Open, 2 or 4 bytes and the cookie, not padded (RFC 7413 section 4.1.1).
 * @param cookie its first `length` bytes; length 0 asks for one
 * @param experimental writes kind 254 with the magic number for a peer that spoke so
 */
export function writeFastOpen(
  memory: PacketMemory,
  offset: number,
  cookie: Uint8Array,
  length: number,
  experimental: boolean,
): number {
  const { u8, view } = memory;
  let at = offset + 2;
  view.setUint16(offset, (TcpOptionKind.fastOpen << 8) | (2 + length));
  if (experimental) {
    view.setUint16(offset, (TcpOptionKind.experiment << 8) | (4 + length));
    view.setUint16(at, FAST_OPEN_MAGIC);
    at += 2;
  }
  for (let index = 0; index < length; index++) u8[at + index] = cookie[index]!;
  return at + length;
}

/** User timeout, 4 bytes (RFC 5482 section 3): seconds up to 32767, whole minutes beyond. @param seconds 1 to 1966020 */
export function writeUserTimeout(memory: PacketMemory, offset: number, seconds: number): number {
  const coarse = seconds > 0x7fff;
  const value = coarse ? 0x8000 | Math.min(0x7fff, Math.ceil(seconds / 60)) : seconds;
  memory.view.setUint32(offset, (TcpOptionKind.userTimeout << 24) | (4 << 16) | value);
  return offset + 4;
}

/** NOP, NOP, MD5 with a zero digest, 20 bytes (RFC 2385); the digest goes to the returned offset less 16. */
export function writeMd5(memory: PacketMemory, offset: number): number {
  memory.view.setUint32(offset, 0x01010000 | (TcpOptionKind.md5 << 8) | 18);
  memory.u8.fill(0, offset + 4, offset + 20);
  return offset + 20;
}

/**
 * AccECN, not padded (RFC 9768 section 3.2.3): the first `count` of three counters, of which the low 24 bits are written.
 * @param kind 172 or 174, which says what the order means
 */
export function writeAccEcn(
  memory: PacketMemory,
  offset: number,
  kind: number,
  count: number,
  first: number,
  second: number,
  third: number,
): number {
  const { u8 } = memory;
  u8[offset] = kind;
  u8[offset + 1] = 2 + 3 * count;
  let at = offset + 2;
  for (let index = 0; index < count; index++, at += 3) {
    const value = index === 0 ? first : index === 1 ? second : third;
    u8[at] = value >>> 16;
    u8[at + 1] = value >>> 8;
    u8[at + 2] = value;
  }
  return at;
}

/** No-operations up to a place that is `residue` bytes behind the beginning of a word, counted from `start`. */
export function writeNoOperations(memory: PacketMemory, start: number, offset: number, residue: number): number {
  let at = offset;
  while (((at - start) & 3) !== residue) memory.u8[at++] = TcpOptionKind.noOperation;
  return at;
}

/** One no-operation byte. */
export function writeNoOperation(memory: PacketMemory, offset: number): number {
  memory.u8[offset] = TcpOptionKind.noOperation;
  return offset + 1;
}

/**
 * Fills up to the next multiple of 4 bytes from `start`, the offset of the first option.
 * RFC 9293 §3.1 MUST-69: the end-of-list octet and all header padding behind it are zero.
 * @returns the offset behind the header
 */
export function padTcpOptions(memory: PacketMemory, start: number, offset: number): number {
  const end = start + ((offset - start + 3) & ~3);
  for (let at = offset; at < end; at++) memory.u8[at] = TcpOptionKind.endOfList;
  return end;
}
