/**
 * Options of IPv6 hop-by-hop and destination headers (RFC 8200 section 4.2): padding, router alert, and what to do with
 * those that are not known.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { DropReason } from './drop-reason.ts';
import type { IpPacket } from './ip-packet.ts';

/** Options accepted in one header, padding not counted (RFC 8504 section 5.3). */
export const IPV6_OPTIONS_MAX = 8;

const OPTION_PAD1 = 0;
const OPTION_PADN = 1;
const OPTION_ROUTER_ALERT = 5;

/** Bytes of the hop-by-hop header that `emitRouterAlertHeader` writes. */
export const ROUTER_ALERT_HEADER_LENGTH = 8;

/**
 * Checks the options at [start, end) and notes a router alert in `packet`.
 * RFC 8200 §4.2: the two high bits of an unknown type say whether to pass over it, drop, or drop and report.
 */
export function walkIpv6Options(packet: IpPacket, start: number, end: number): DropReason {
  const { u8 } = packet.memory;
  let options = 0;
  for (let at = start; at < end; ) {
    const type = u8[at]!;
    if (type === OPTION_PAD1) {
      at++;
      continue;
    }
    const next = at + 1 < end ? at + 2 + u8[at + 1]! : end + 1;
    if (next > end) return fail(packet, DropReason.ipv6ExtensionTruncated, at);
    if (type !== OPTION_PADN && ++options > IPV6_OPTIONS_MAX) {
      return fail(packet, DropReason.ipv6TooManyExtensions, at);
    }
    if (type === OPTION_ROUTER_ALERT && next - at === 4) packet.hasRouterAlert = true;
    else if (type >= 0x40) return fail(packet, unknownOptionReason(type), at);
    at = next;
  }
  return DropReason.none;
}

/**
 * Writes a hop-by-hop header with the router alert of multicast listener discovery (RFC 2711, value 0).
 * @returns 8
 */
export function emitRouterAlertHeader(memory: PacketMemory, offset: number, nextHeader: number): number {
  memory.view.setUint32(offset, (nextHeader << 24) | (OPTION_ROUTER_ALERT << 8) | 2);
  memory.view.setUint32(offset + 4, OPTION_PADN << 8);
  return ROUTER_ALERT_HEADER_LENGTH;
}

function unknownOptionReason(type: number): DropReason {
  switch (type >>> 6) {
    case 1:
      return DropReason.ipv6OptionDiscard;
    case 2:
      return DropReason.ipv6OptionReport;
    default:
      return DropReason.ipv6OptionReportUnicast;
  }
}

function fail(packet: IpPacket, reason: DropReason, memoryOffset: number): DropReason {
  packet.problemPointer = memoryOffset - packet.headerOffset;
  return reason;
}
