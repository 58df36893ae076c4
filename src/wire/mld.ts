/**
 * Multicast listener discovery, versions 1 and 2 (RFC 2710, RFC 3810): queries, reports, done. Parsed from an ICMPv6
 * message whose checksum is already verified.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { pseudoHeaderSum } from './checksum.ts';
import { DropReason } from './drop-reason.ts';
import type { IcmpMessage } from './icmp.ts';
import { emitIcmpv6, Icmpv6Type } from './icmpv6.ts';
import { type IpPacket, IpProtocol } from './ip-packet.ts';
import { decodeExponential, encodeExponential8, encodeExponential16 } from './multicast-record.ts';

/** Octets of an MLDv1 message. */
export const MLDV1_LENGTH = 24;
/** Octets of an MLDv2 query without sources. */
export const MLDV2_QUERY_LENGTH = 28;
/** Octets of an MLDv2 report before its first record. */
export const MLDV2_REPORT_HEADER_LENGTH = 8;

/** A parsed message; one is reused for all. */
export class MldMessage {
  type = 0;
  /** Of a query: 1 or 2 by its length (RFC 3810 section 8.1). */
  version = 0;
  maxResponseMs = 0;
  /** Zero in a general query. */
  group0 = 0;
  group1 = 0;
  group2 = 0;
  group3 = 0;
  /** Version 2 query. */
  suppressRouterProcessing = false;
  robustness = 0;
  queryIntervalSeconds = 0;
  /** Version 2 query: source addresses of 16 octets each. */
  sourceCount = 0;
  sourcesOffset = 0;
  /** Version 2 report: records, walked by `nextMulticastRecord`. */
  recordCount = 0;
  recordsOffset = 0;
  end = 0;
}

/** True for the types of multicast listener discovery. */
export function isMld(type: number): boolean {
  return (
    (type >= Icmpv6Type.multicastListenerQuery && type <= Icmpv6Type.multicastListenerDone) ||
    type === Icmpv6Type.multicastListenerReportV2
  );
}

/**
 * Parses the listener-discovery message `icmp` that came in `packet`.
 * @returns DropReason; `mldInvalid` when it is malformed or cannot come from a neighbour
 */
export function parseMld(packet: IpPacket, icmp: IcmpMessage, out: MldMessage): DropReason {
  const { view } = packet.memory;
  if (!isMld(icmp.type) || !isFromNeighbor(packet, icmp.type)) return DropReason.mldInvalid;
  out.type = icmp.type;
  out.version = icmp.type === Icmpv6Type.multicastListenerReportV2 ? 2 : 1;
  out.maxResponseMs = 0;
  out.suppressRouterProcessing = false;
  out.robustness = 0;
  out.queryIntervalSeconds = 0;
  out.sourceCount = 0;
  out.sourcesOffset = 0;
  out.recordCount = 0;
  out.recordsOffset = 0;
  out.end = icmp.offset + icmp.length;
  const hasGroup = out.version === 1;
  if (hasGroup && icmp.length < MLDV1_LENGTH) return DropReason.mldInvalid;
  out.group0 = hasGroup ? view.getInt32(icmp.bodyOffset) : 0;
  out.group1 = hasGroup ? view.getInt32(icmp.bodyOffset + 4) : 0;
  out.group2 = hasGroup ? view.getInt32(icmp.bodyOffset + 8) : 0;
  out.group3 = hasGroup ? view.getInt32(icmp.bodyOffset + 12) : 0;
  if (!hasGroup) {
    out.recordCount = icmp.rest & 0xffff;
    out.recordsOffset = icmp.bodyOffset;
    return DropReason.none;
  }
  return icmp.type === Icmpv6Type.multicastListenerQuery ? readQuery(packet.memory, icmp, out) : DropReason.none;
}

/**
 * Writes a version 1 query, report or done. The IP header has hop limit 1 and a router alert.
 * @param message with maxResponseMs of 0 to 65535, 0 but in a query
 * @returns 24
 */
export function emitMldV1(memory: PacketMemory, offset: number, packet: IpPacket, message: MldMessage): number {
  const sum = pseudoHeaderSum(packet, IpProtocol.icmpv6, MLDV1_LENGTH);
  putGroup(memory, offset + 8, message);
  return emitIcmpv6(memory, offset, message.type, 0, message.maxResponseMs << 16, MLDV1_LENGTH, sum);
}

/**
 * Writes a version 2 query from `message`; times that the code cannot hold exactly are rounded down.
 * @param sources four words each, `sourceCount` of them
 * @returns the message's length
 */
export function emitMldV2Query(
  memory: PacketMemory,
  offset: number,
  packet: IpPacket,
  message: MldMessage,
  sources: Int32Array,
  sourceCount: number,
): number {
  const { view } = memory;
  const length = MLDV2_QUERY_LENGTH + sourceCount * 16;
  putGroup(memory, offset + 8, message);
  view.setUint8(offset + 24, (message.suppressRouterProcessing ? 8 : 0) | (message.robustness & 7));
  view.setUint8(offset + 25, encodeExponential8(message.queryIntervalSeconds));
  view.setUint16(offset + 26, sourceCount);
  for (let index = 0; index < sourceCount * 4; index++) view.setInt32(offset + 28 + index * 4, sources[index]!);
  const rest = encodeExponential16(message.maxResponseMs) << 16;
  const sum = pseudoHeaderSum(packet, IpProtocol.icmpv6, length);
  return emitIcmpv6(memory, offset, Icmpv6Type.multicastListenerQuery, 0, rest, length, sum);
}

/**
 * Writes the header of a version 2 report before the records already written at `offset + 8`, and the checksum.
 * @param end offset behind the last record
 * @returns the message's length
 */
export function emitMldV2Report(
  memory: PacketMemory,
  offset: number,
  packet: IpPacket,
  end: number,
  recordCount: number,
): number {
  const length = end - offset;
  const sum = pseudoHeaderSum(packet, IpProtocol.icmpv6, length);
  return emitIcmpv6(memory, offset, Icmpv6Type.multicastListenerReportV2, 0, recordCount & 0xffff, length, sum);
}

/**
 * RFC 3810 §5.1.14, §5.2.13, §6.2: hop limit 1 and a router alert; a link-local source, or none at all in a report.
 */
function isFromNeighbor(packet: IpPacket, type: number): boolean {
  if (packet.hopLimit !== 1 || !packet.hasRouterAlert) return false;
  if (packet.source0 >>> 22 === 0x3fa) return true;
  const fromNobody = (packet.source0 | packet.source1 | packet.source2 | packet.source3) === 0;
  return fromNobody && type !== Icmpv6Type.multicastListenerQuery;
}

/** RFC 3810 §8.1: 24 octets are version 1, 28 or more version 2, anything between is neither. */
function readQuery(memory: PacketMemory, icmp: IcmpMessage, out: MldMessage): DropReason {
  const code = icmp.rest >>> 16;
  out.maxResponseMs = code;
  if (icmp.length === MLDV1_LENGTH) return DropReason.none;
  if (icmp.length < MLDV2_QUERY_LENGTH) return DropReason.mldInvalid;
  const word = memory.view.getUint32(icmp.offset + MLDV1_LENGTH);
  out.version = 2;
  out.maxResponseMs = decodeExponential(code, 16);
  out.suppressRouterProcessing = (word & 0x0800_0000) !== 0;
  out.robustness = (word >>> 24) & 7;
  out.queryIntervalSeconds = decodeExponential((word >>> 16) & 0xff, 8);
  out.sourceCount = word & 0xffff;
  out.sourcesOffset = icmp.offset + MLDV2_QUERY_LENGTH;
  return out.sourcesOffset + out.sourceCount * 16 > out.end ? DropReason.mldInvalid : DropReason.none;
}

function putGroup(memory: PacketMemory, at: number, message: MldMessage): void {
  memory.view.setInt32(at, message.group0);
  memory.view.setInt32(at + 4, message.group1);
  memory.view.setInt32(at + 8, message.group2);
  memory.view.setInt32(at + 12, message.group3);
}
