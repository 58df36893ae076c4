/**
 * IGMP, versions 1 to 3 (RFC 2236, RFC 3376): queries, reports, leaves. Parsed from the payload of an IPv4 packet.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { computeChecksum, isChecksumRight } from './checksum.ts';
import { DropReason } from './drop-reason.ts';
import type { IpPacket } from './ip-packet.ts';
import { decodeExponential, encodeExponential8 } from './multicast-record.ts';

/** IGMP message types (RFC 2236, RFC 3376). */
export const IgmpType = { query: 0x11, reportV1: 0x12, reportV2: 0x16, leave: 0x17, reportV3: 0x22 } as const;

/** Octets of an IGMPv2 message. */
export const IGMP_LENGTH = 8;
/** Octets of an IGMPv3 query without sources. */
export const IGMPV3_QUERY_LENGTH = 12;
/** Octets of an IGMPv3 report before its first record. */
export const IGMPV3_REPORT_HEADER_LENGTH = 8;

/** A parsed message; one is reused for all. */
export class IgmpMessage {
  type = 0;
  /** Of a query: 1, 2 or 3 by its length and maximum response time (RFC 3376 section 7.1). */
  version = 0;
  /** Maximum response time of a query in tenths of a second. */
  maxResponseTenths = 0;
  /** IPv4 word; 0 in a general query. */
  group = 0;
  /** Version 3 query. */
  suppressRouterProcessing = false;
  robustness = 0;
  queryIntervalSeconds = 0;
  /** Version 3 query: source addresses of four octets each. */
  sourceCount = 0;
  sourcesOffset = 0;
  /** Version 3 report: group records, walked by `nextMulticastRecord`. */
  recordCount = 0;
  recordsOffset = 0;
  end = 0;
}

/**
 * Parses the message in the payload of `packet` and verifies its checksum, which covers the whole payload.
 * @returns DropReason; `igmpInvalid` for a type that is not known and for a query of 9 to 11 octets
 */
export function parseIgmp(packet: IpPacket, out: IgmpMessage): DropReason {
  const { memory, payloadOffset: offset, payloadLength: length } = packet;
  if (length < IGMP_LENGTH) return DropReason.igmpTruncated;
  if (!isChecksumRight(memory, offset, length, 0)) return DropReason.igmpBadChecksum;
  const view = memory.view;
  const code = view.getUint8(offset + 1);
  out.type = view.getUint8(offset);
  out.version = 0;
  out.maxResponseTenths = 0;
  out.group = view.getInt32(offset + 4);
  out.suppressRouterProcessing = false;
  out.robustness = 0;
  out.queryIntervalSeconds = 0;
  out.sourceCount = 0;
  out.sourcesOffset = 0;
  out.recordCount = 0;
  out.recordsOffset = 0;
  out.end = offset + length;
  switch (out.type) {
    case IgmpType.query:
      return readQuery(memory, offset, length, code, out);
    case IgmpType.reportV1:
    case IgmpType.reportV2:
    case IgmpType.leave:
      out.version = out.type === IgmpType.reportV1 ? 1 : 2;
      return DropReason.none;
    case IgmpType.reportV3:
      out.version = 3;
      out.group = 0;
      out.recordCount = view.getUint16(offset + 6);
      out.recordsOffset = offset + IGMPV3_REPORT_HEADER_LENGTH;
      return DropReason.none;
    default:
      return DropReason.igmpInvalid;
  }
}

/**
 * Writes a message of version 1 or 2: query, report or leave.
 * @param maxResponseTenths tenths of a second, 0 to 255; 0 in a report
 * @param group IPv4 word
 * @returns 8
 */
export function emitIgmp(
  memory: PacketMemory,
  offset: number,
  type: number,
  maxResponseTenths: number,
  group: number,
): number {
  memory.view.setUint32(offset, (type << 24) | ((maxResponseTenths & 0xff) << 16));
  memory.view.setInt32(offset + 4, group);
  memory.view.setUint16(offset + 2, computeChecksum(memory, offset, IGMP_LENGTH, 0));
  return IGMP_LENGTH;
}

/**
 * Writes a version 3 query from `message`: maxResponseTenths, group, suppressRouterProcessing, robustness,
 * queryIntervalSeconds; times that the code cannot hold exactly are rounded down.
 * @param sources IPv4 words, `sourceCount` of them
 * @returns the message's length
 */
export function emitIgmpV3Query(
  memory: PacketMemory,
  offset: number,
  message: IgmpMessage,
  sources: Int32Array,
  sourceCount: number,
): number {
  const view = memory.view;
  const length = IGMPV3_QUERY_LENGTH + sourceCount * 4;
  view.setUint32(offset, (IgmpType.query << 24) | (encodeExponential8(message.maxResponseTenths) << 16));
  view.setInt32(offset + 4, message.group);
  view.setUint8(offset + 8, (message.suppressRouterProcessing ? 8 : 0) | (message.robustness & 7));
  view.setUint8(offset + 9, encodeExponential8(message.queryIntervalSeconds));
  view.setUint16(offset + 10, sourceCount);
  for (let index = 0; index < sourceCount; index++) view.setInt32(offset + 12 + index * 4, sources[index]!);
  view.setUint16(offset + 2, computeChecksum(memory, offset, length, 0));
  return length;
}

/**
 * Writes the header of a version 3 report before the records already written at `offset + 8`, and the checksum.
 * @param end offset behind the last record
 * @returns the message's length
 */
export function emitIgmpV3Report(memory: PacketMemory, offset: number, end: number, recordCount: number): number {
  memory.view.setUint32(offset, IgmpType.reportV3 << 24);
  memory.view.setUint32(offset + 4, recordCount & 0xffff);
  memory.view.setUint16(offset + 2, computeChecksum(memory, offset, end - offset, 0));
  return end - offset;
}

/** RFC 3376 §7.1: length and response time tell the version of a query. */
function readQuery(memory: PacketMemory, offset: number, length: number, code: number, out: IgmpMessage): DropReason {
  if (length === IGMP_LENGTH) {
    out.version = code === 0 ? 1 : 2;
    // RFC 2236 §4: a version 1 router means ten seconds.
    out.maxResponseTenths = code === 0 ? 100 : code;
    return DropReason.none;
  }
  if (length < IGMPV3_QUERY_LENGTH) return DropReason.igmpInvalid;
  const word = memory.view.getUint32(offset + 8);
  out.version = 3;
  out.maxResponseTenths = decodeExponential(code, 8);
  out.suppressRouterProcessing = (word & 0x0800_0000) !== 0;
  out.robustness = (word >>> 24) & 7;
  out.queryIntervalSeconds = decodeExponential((word >>> 16) & 0xff, 8);
  out.sourceCount = word & 0xffff;
  out.sourcesOffset = offset + IGMPV3_QUERY_LENGTH;
  return out.sourcesOffset + out.sourceCount * 4 > out.end ? DropReason.igmpTruncated : DropReason.none;
}
