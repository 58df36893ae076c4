/**
 * The TCP header (RFC 9293 section 3.1): parsed into a TcpSegment, emitted from fields. Options are read in
 * `tcp-options.ts` and written in `tcp-option-writers.ts`. Nothing outside the IP payload is ever read.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { computeChecksum, isChecksumRight, pseudoHeaderSum } from './checksum.ts';
import { DropReason } from './drop-reason.ts';
import { IpProtocol } from './ip-packet.ts';
import { clearTcpOptions, isTimestampsOnly, parseTcpOptions } from './tcp-options.ts';
import { TcpOptionBit, type TcpSegment } from './tcp-segment.ts';

/** Bytes of a header without options. */
export const TCP_HEADER_LENGTH = 20;
/** Most bytes of options. */
export const TCP_OPTIONS_MAX = 40;
/** Where the checksum lies in the header; `Slot.checksumOffset` of a segment whose checksum the carrier completes. */
export const TCP_CHECKSUM_OFFSET = 16;

/**
 * Parses the segment in the payload of `segment.packet`, verifies its checksum unless the device vouches for it
 * (`packet.checksumVerified`), and reads its options.
 * @returns DropReason; on anything but `none` the fields of `segment` must not be used
 */
export function parseTcp(segment: TcpSegment): DropReason {
  const reason = parseTcpHeader(segment);
  if (reason !== DropReason.none) return reason;
  const packet = segment.packet;
  // RFC 9293 §3.1 MUST-3: a segment whose checksum fails goes no further.
  if (packet.checksumVerified === 0) {
    const length = packet.payloadLength;
    const sum = pseudoHeaderSum(packet, IpProtocol.tcp, length);
    if (!isChecksumRight(packet.memory, packet.payloadOffset, length, sum)) return DropReason.tcpBadChecksum;
  }
  parseSegmentOptions(segment);
  return DropReason.none;
}

/**
 * Fills the fixed fields of `segment` and where its payload lies; neither checksum nor options.
 * @returns DropReason
 */
export function parseTcpHeader(segment: TcpSegment): DropReason {
  const { packet } = segment;
  const offset = packet.payloadOffset;
  if (packet.payloadLength < TCP_HEADER_LENGTH) return DropReason.tcpTruncated;
  const view = packet.memory.view;
  const ports = view.getInt32(offset);
  const word = view.getInt32(offset + 12);
  const headerLength = (word >>> 26) & 0x3c;
  if (headerLength < TCP_HEADER_LENGTH || headerLength > packet.payloadLength) return DropReason.tcpBadDataOffset;
  segment.sourcePort = ports >>> 16;
  segment.destinationPort = ports & 0xffff;
  segment.seq = view.getInt32(offset + 4);
  segment.ack = view.getInt32(offset + 8);
  segment.flags = (word >>> 16) & 0x1ff;
  // RFC 9293 §3.1 MUST-1: the window is unsigned.
  segment.window = word & 0xffff;
  segment.urgentPointer = view.getUint16(offset + 18);
  segment.headerLength = headerLength;
  segment.payloadOffset = offset + headerLength;
  segment.payloadLength = packet.payloadLength - headerLength;
  return DropReason.none;
}

/** Reads the options of a segment whose header is parsed; used apart for segments quoted in ICMP errors. */
export function parseSegmentOptions(segment: TcpSegment): void {
  const { memory, payloadOffset: offset } = segment.packet;
  clearTcpOptions(segment);
  const length = segment.headerLength - TCP_HEADER_LENGTH;
  if (length === 0) return;
  const at = offset + TCP_HEADER_LENGTH;
  // Nearly every segment of a connection carries just a timestamp, laid out as RFC 7323 appendix A suggests.
  if (length === 12 && isTimestampsOnly(memory, at)) {
    segment.optionsPresent = TcpOptionBit.timestamps;
    segment.timestampValue = memory.view.getInt32(at + 4);
    segment.timestampEcho = memory.view.getInt32(at + 8);
    return;
  }
  parseTcpOptions(segment, at, at + length);
}

/**
 * Writes the fixed header with a zero checksum field; options are written behind it by the caller.
 * @param flags TcpFlag bits, nine of them; the three reserved bits are zero
 * @param window as it goes on the wire, 0 to 65535
 * @param headerLength with options, a multiple of 4, 20 to 60
 * @returns the offset behind the fixed header, where options go
 */
export function emitTcpHeader(
  memory: PacketMemory,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  seq: number,
  ack: number,
  flags: number,
  window: number,
  urgentPointer: number,
  headerLength: number,
): number {
  const view = memory.view;
  view.setUint32(offset, (sourcePort << 16) | (destinationPort & 0xffff));
  view.setInt32(offset + 4, seq);
  view.setInt32(offset + 8, ack);
  view.setUint32(offset + 12, (headerLength << 26) | ((flags & 0x1ff) << 16) | (window & 0xffff));
  view.setUint32(offset + 16, urgentPointer & 0xffff);
  return offset + TCP_HEADER_LENGTH;
}

/**
 * Computes and stores the checksum of the segment of `length` bytes at `offset`.
 * @param pseudoSum from `pseudoHeaderSum` with the same length; the checksum field must hold 0
 */
export function writeTcpChecksum(memory: PacketMemory, offset: number, length: number, pseudoSum: number): void {
  // RFC 9293 §3.1 MUST-2: no segment leaves without a checksum.
  // In two steps for V8's sake, as in `emitIpv4Header`.
  const checksum = computeChecksum(memory, offset, length, pseudoSum);
  memory.view.setUint16(offset + TCP_CHECKSUM_OFFSET, checksum);
}
