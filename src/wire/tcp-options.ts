/**
 * Reading TCP options: RFC 9293 section 3.2 (MSS), RFC 7323 (window scale, timestamps), RFC 2018 (SACK), RFC 7413 (Fast
 * Open), RFC 5482 (user timeout), RFC 2385 (MD5), RFC 5925 (AO), RFC 9768 (AccECN). A list that breaks off is reported in
 * `optionsPresent` and read no further; what stood before the break is kept.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { SACK_BLOCKS_MAX, TcpOptionBit, TcpOptionKind, type TcpSegment } from './tcp-segment.ts';

/** What an experimental option must begin with to be a Fast Open cookie (RFC 7413 section 4.1.1, RFC 6994). */
export const FAST_OPEN_MAGIC = 0xf989;
/** Bytes of a Fast Open cookie, an even number (RFC 7413 section 4.1.1). */
export const FAST_OPEN_COOKIE_MIN = 4;
/** The longest Fast Open cookie in octets (RFC 7413 section 4.1.1). */
export const FAST_OPEN_COOKIE_MAX = 16;

/** NOP, NOP, timestamps kind and length, as one word. */
const TIMESTAMPS_WORD = 0x0101080a;

/** True when a 12-byte option list is NOP NOP timestamps; only words are compared. */
export function isTimestampsOnly(memory: PacketMemory, offset: number): boolean {
  return memory.view.getInt32(offset) === TIMESTAMPS_WORD;
}

/** Sets every option field of `segment` to "absent". */
export function clearTcpOptions(segment: TcpSegment): void {
  segment.optionsPresent = 0;
  segment.mss = 0;
  segment.windowScale = 0;
  segment.timestampValue = 0;
  segment.timestampEcho = 0;
  segment.sackCount = 0;
  segment.fastOpenOffset = 0;
  segment.fastOpenLength = 0;
  segment.fastOpenExperimental = false;
  segment.userTimeoutSeconds = 0;
  segment.authOffset = 0;
  segment.authLength = 0;
  segment.accEcnKind = 0;
  segment.accEcnOffset = 0;
  segment.accEcnLength = 0;
}

/** Reads the option list at [offset, end) into `segment`, in whatever order, alignment and segment it comes. */
export function parseTcpOptions(segment: TcpSegment, offset: number, end: number): void {
  const u8 = segment.packet.memory.u8;
  // RFC 9293 §3.1 MUST-4: end of list, no-operation and MSS are understood.
  // RFC 9293 §3.1 MUST-5: whether the segment is a SYN plays no part here.
  // RFC 9293 §3.2 MUST-64: options start at any byte.
  for (let at = offset; at < end; ) {
    const kind = u8[at]!;
    if (kind === TcpOptionKind.endOfList) return;
    if (kind === TcpOptionKind.noOperation) {
      at++;
      continue;
    }
    // RFC 9293 §3.1 MUST-68: every other option has a length octet, so unknown ones can be stepped over.
    const length = at + 1 < end ? u8[at + 1]! : 0;
    // RFC 9293 §3.1 MUST-7: a length of 0 or 1, or one past the header, ends the list and does no harm.
    if (length < 2 || at + length > end) {
      segment.optionsPresent |= TcpOptionBit.malformed;
      return;
    }
    const bit = readOption(segment, kind, at, length);
    segment.optionsPresent |= bit;
    at += length;
  }
}

/** Reads one option that lies whole in the header; returns the TcpOptionBit to set. */
function readOption(segment: TcpSegment, kind: number, at: number, length: number): number {
  const view = segment.packet.memory.view;
  switch (kind) {
    case TcpOptionKind.maximumSegmentSize:
      if (length !== 4) return TcpOptionBit.malformed;
      // Zero says nothing, and takes nothing back.
      segment.mss = view.getUint16(at + 2) || segment.mss;
      return TcpOptionBit.mss;
    case TcpOptionKind.windowScale:
      if (length !== 3) return TcpOptionBit.malformed;
      segment.windowScale = view.getUint8(at + 2);
      return TcpOptionBit.windowScale;
    case TcpOptionKind.sackPermitted:
      return length === 2 ? TcpOptionBit.sackPermitted : TcpOptionBit.malformed;
    case TcpOptionKind.sack:
      return readSack(segment, at, length);
    case TcpOptionKind.timestamps:
      if (length !== 10) return TcpOptionBit.malformed;
      segment.timestampValue = view.getInt32(at + 2);
      segment.timestampEcho = view.getInt32(at + 6);
      return TcpOptionBit.timestamps;
    case TcpOptionKind.fastOpen:
      return readFastOpen(segment, at + 2, length - 2, false);
    case TcpOptionKind.experiment:
      if (length < 4 || view.getUint16(at + 2) !== FAST_OPEN_MAGIC) return TcpOptionBit.unknown;
      return readFastOpen(segment, at + 4, length - 4, true);
    default:
      return readRareOption(segment, kind, at, length);
  }
}

function readRareOption(segment: TcpSegment, kind: number, at: number, length: number): number {
  switch (kind) {
    case TcpOptionKind.userTimeout: {
      if (length !== 4) return TcpOptionBit.malformed;
      const value = segment.packet.memory.view.getUint16(at + 2);
      // RFC 5482 §3: the top bit says minutes; a timeout of zero means nothing.
      segment.userTimeoutSeconds = (value & 0x7fff) * (value & 0x8000 ? 60 : 1);
      return segment.userTimeoutSeconds === 0 ? TcpOptionBit.malformed : TcpOptionBit.userTimeout;
    }
    case TcpOptionKind.md5:
      if (length !== 18) return TcpOptionBit.malformed;
      segment.authOffset = at + 2;
      segment.authLength = 16;
      return TcpOptionBit.md5;
    case TcpOptionKind.authentication:
      // RFC 5925 §2.2: two key ids come before the MAC.
      if (length < 4) return TcpOptionBit.malformed;
      segment.authOffset = at + 2;
      segment.authLength = length - 2;
      return TcpOptionBit.authentication;
    case TcpOptionKind.accEcn0:
    case TcpOptionKind.accEcn1:
      // RFC 9768 §3.2.3: zero to three counters of three bytes; fields behind them are ignored.
      segment.accEcnKind = kind;
      segment.accEcnOffset = at + 2;
      segment.accEcnLength = length - 2;
      return TcpOptionBit.accEcn;
    default:
      // RFC 9293 §3.1 MUST-6: a kind that is not implemented is passed over, not refused.
      return TcpOptionBit.unknown;
  }
}

/** RFC 2018 §3: one to four pairs of edges. */
function readSack(segment: TcpSegment, at: number, length: number): number {
  const count = (length - 2) >> 3;
  if (count < 1 || count > SACK_BLOCKS_MAX || length !== 2 + count * 8) return TcpOptionBit.malformed;
  const view = segment.packet.memory.view;
  for (let index = 0; index < count * 2; index++) segment.sackBlocks[index] = view.getInt32(at + 2 + index * 4);
  segment.sackCount = count;
  return TcpOptionBit.sack;
}

// RFC 7413 §4.1.1 R7413-1: no cookie is a request for one; otherwise 4 to 16 bytes, an even number.
function readFastOpen(segment: TcpSegment, offset: number, length: number, experimental: boolean): number {
  const isCookie = length >= FAST_OPEN_COOKIE_MIN && length <= FAST_OPEN_COOKIE_MAX && (length & 1) === 0;
  if (length !== 0 && !isCookie) return TcpOptionBit.malformed;
  segment.fastOpenOffset = offset;
  segment.fastOpenLength = length;
  segment.fastOpenExperimental = experimental;
  return TcpOptionBit.fastOpen;
}
