/**
 * The IPv6 header and its extension headers (RFC 8200), walked up to the payload or to the fragment header of a real
 * fragment. The number of extension headers and of options is limited (RFC 8504 section 5.3); jumbograms are refused.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { DropReason } from './drop-reason.ts';
import { type IpPacket, IpProtocol } from './ip-packet.ts';
import { walkIpv6Options } from './ipv6-options.ts';

/** Bytes of the fixed header. */
export const IPV6_HEADER_LENGTH = 40;
/** Octets of the fragment header (RFC 8200 section 4.5). */
export const IPV6_FRAGMENT_HEADER_LENGTH = 8;
/** Extension headers accepted in one packet. */
export const IPV6_EXTENSIONS_MAX = 8;

/**
 * Parses the IPv6 packet at [offset, end); bytes behind the payload length are link padding.
 * Fills every header field of `packet` (not interfaceId, linkBroadcast, checksumVerified, gsoSize). For a fragment,
 * `protocol` is the fragment header's next header and the payload is what follows that header; an atomic fragment
 * (RFC 6946) is walked through as if it were whole.
 * @returns DropReason; where ICMPv6 has a parameter problem for it `packet.problemPointer` names the octet
 */
export function parseIpv6(memory: PacketMemory, offset: number, end: number, packet: IpPacket): DropReason {
  const available = end - offset;
  if (available < IPV6_HEADER_LENGTH) return DropReason.ipTruncated;
  const view = memory.view;
  const payloadLength = view.getUint16(offset + 4);
  if (view.getUint8(offset) >>> 4 !== 6) return DropReason.ipBadVersion;
  if (payloadLength + IPV6_HEADER_LENGTH > available) return DropReason.ipTruncated;
  fillIpv6(memory, offset, IPV6_HEADER_LENGTH + payloadLength, packet);
  return isExtensionHeader(packet.protocol) ? walkExtensions(packet) : DropReason.none;
}

/**
 * Fills every header field of `packet` from a fixed header that lies whole in memory; nothing is judged here and no
 * extension header is entered. `totalLength` counts the fixed header.
 */
export function fillIpv6(memory: PacketMemory, offset: number, totalLength: number, packet: IpPacket): void {
  const view = memory.view;
  const first = view.getInt32(offset);
  const second = view.getInt32(offset + 4);
  packet.memory = memory;
  packet.family = 6;
  packet.source0 = view.getInt32(offset + 8);
  packet.source1 = view.getInt32(offset + 12);
  packet.source2 = view.getInt32(offset + 16);
  packet.source3 = view.getInt32(offset + 20);
  packet.destination0 = view.getInt32(offset + 24);
  packet.destination1 = view.getInt32(offset + 28);
  packet.destination2 = view.getInt32(offset + 32);
  packet.destination3 = view.getInt32(offset + 36);
  packet.trafficClass = (first >>> 20) & 0xff;
  packet.flowLabel = first & 0xfffff;
  packet.hopLimit = second & 0xff;
  packet.protocol = (second >>> 8) & 0xff;
  packet.headerOffset = offset;
  packet.headerLength = IPV6_HEADER_LENGTH;
  packet.totalLength = totalLength;
  packet.payloadOffset = offset + IPV6_HEADER_LENGTH;
  packet.payloadLength = totalLength - IPV6_HEADER_LENGTH;
  packet.identification = 0;
  packet.dontFragment = true;
  packet.moreFragments = false;
  packet.fragmentOffset = 0;
  packet.fragmentHeaderOffset = 0;
  packet.lastNextHeaderOffset = offset + 6;
  packet.optionsOffset = 0;
  packet.optionsLength = 0;
  packet.sourceRouteOffset = 0;
  packet.hasRouterAlert = false;
  packet.problemPointer = 0;
}

/**
 * Writes the fixed header from `packet`: addresses, trafficClass, flowLabel, hopLimit, and `packet.protocol` as next header.
 * @param totalLength header, extension headers and payload in bytes, as for IPv4; at most 65575
 * @param nextHeader names what follows when that is an extension header
 * @returns 40
 */
export function emitIpv6Header(
  memory: PacketMemory,
  offset: number,
  packet: IpPacket,
  totalLength: number,
  nextHeader: number = packet.protocol,
): number {
  const view = memory.view;
  view.setUint32(offset, 0x60000000 | ((packet.trafficClass & 0xff) << 20) | (packet.flowLabel & 0xfffff));
  const payloadLength = totalLength - IPV6_HEADER_LENGTH;
  view.setUint32(offset + 4, (payloadLength << 16) | ((nextHeader & 0xff) << 8) | (packet.hopLimit & 0xff));
  view.setInt32(offset + 8, packet.source0);
  view.setInt32(offset + 12, packet.source1);
  view.setInt32(offset + 16, packet.source2);
  view.setInt32(offset + 20, packet.source3);
  view.setInt32(offset + 24, packet.destination0);
  view.setInt32(offset + 28, packet.destination1);
  view.setInt32(offset + 32, packet.destination2);
  view.setInt32(offset + 36, packet.destination3);
  return IPV6_HEADER_LENGTH;
}

/**
 * Writes a fragment header (RFC 8200 section 4.5).
 * @param fragmentOffset bytes, a multiple of 8
 * @param identification 32 bits
 * @returns 8
 */
export function emitIpv6FragmentHeader(
  memory: PacketMemory,
  offset: number,
  nextHeader: number,
  fragmentOffset: number,
  moreFragments: boolean,
  identification: number,
): number {
  memory.view.setUint32(offset, (nextHeader << 24) | (fragmentOffset & 0xfff8) | (moreFragments ? 1 : 0));
  memory.view.setInt32(offset + 4, identification);
  return IPV6_FRAGMENT_HEADER_LENGTH;
}

/** True for a next-header value that names an extension header walked here, not a payload. */
export function isExtensionHeader(nextHeader: number): boolean {
  switch (nextHeader) {
    case IpProtocol.hopByHop:
    case IpProtocol.routing:
    case IpProtocol.fragment:
    case IpProtocol.authentication:
    case IpProtocol.destinationOptions:
      return true;
    default:
      return false;
  }
}

/**
 * Steps over the extension headers of a quoted packet as far as they lie in the quotation, judging nothing. False when
 * the transport header is not to be had: cut off, or not in this fragment.
 */
export function skipQuotedExtensions(packet: IpPacket): boolean {
  const end = packet.headerOffset + packet.totalLength;
  for (let count = 0; isExtensionHeader(packet.protocol); count++) {
    const at = packet.payloadOffset;
    const kind = packet.protocol;
    const length = extensionLength(packet.memory, kind, at, end);
    if (length === 0 || count === IPV6_EXTENSIONS_MAX) return false;
    if (kind === IpProtocol.fragment) {
      const fragment = packet.memory.view.getUint16(at + 2);
      packet.fragmentHeaderOffset = at;
      packet.fragmentOffset = fragment & 0xfff8;
      packet.moreFragments = (fragment & 1) !== 0;
      packet.identification = packet.memory.view.getInt32(at + 4);
    }
    advance(packet, at, length, end);
    if (packet.fragmentOffset !== 0) return false;
  }
  return true;
}

/** Where the ICMPv6 message of a packet starts, behind extension headers not yet entered too; -1: it carries none. */
export function icmpv6Offset(packet: IpPacket): number {
  const end = packet.headerOffset + packet.totalLength;
  let next = packet.protocol;
  let at = packet.payloadOffset;
  for (let count = 0; isExtensionHeader(next); count++) {
    const length = extensionLength(packet.memory, next, at, end);
    if (length === 0 || count === IPV6_EXTENSIONS_MAX) return -1;
    // A later fragment does not begin with the message.
    if (next === IpProtocol.fragment && (packet.memory.view.getUint16(at + 2) & 0xfff8) !== 0) return -1;
    next = packet.memory.u8[at]!;
    at += length;
  }
  return next === IpProtocol.icmpv6 ? at : -1;
}

/** Walks from `packet.protocol` on, moving the payload and protocol of `packet` behind each header. */
function walkExtensions(packet: IpPacket): DropReason {
  const { u8 } = packet.memory;
  const end = packet.headerOffset + packet.totalLength;
  // RFC 2675 §3: a payload length of zero before hop-by-hop options announces a jumbogram.
  if (packet.payloadLength === 0 && packet.protocol === IpProtocol.hopByHop) return DropReason.ipv6Jumbogram;
  for (let count = 0; isExtensionHeader(packet.protocol); count++) {
    if (count === IPV6_EXTENSIONS_MAX) return DropReason.ipv6TooManyExtensions;
    const at = packet.payloadOffset;
    const kind = packet.protocol;
    const length = extensionLength(packet.memory, kind, at, end);
    if (length === 0) return DropReason.ipv6ExtensionTruncated;
    // RFC 8200 §4.1: hop-by-hop options stand right behind the fixed header or nowhere.
    if (kind === IpProtocol.hopByHop && count > 0) {
      return fault(packet, DropReason.ipv6HopByHopMisplaced, packet.lastNextHeaderOffset);
    }
    if (kind === IpProtocol.hopByHop || kind === IpProtocol.destinationOptions) {
      const reason = walkIpv6Options(packet, at + 2, at + length);
      if (reason !== DropReason.none) return reason;
    } else if (kind === IpProtocol.routing && u8[at + 3] !== 0) {
      // RFC 8200 §4.4, RFC 5095 §3: no routing type is followed, so segments left must be zero.
      return fault(packet, DropReason.ipv6RoutingHeader, at + 2);
    } else if (kind === IpProtocol.fragment) {
      const reason = enterFragment(packet, at, end);
      if (reason !== DropReason.none || packet.isFragment) return reason;
    }
    advance(packet, at, length, end);
  }
  return DropReason.none;
}

/** Takes in a fragment header; for a real fragment the payload is what lies behind it. */
function enterFragment(packet: IpPacket, at: number, end: number): DropReason {
  const { view } = packet.memory;
  // A second fragment header can only be nonsense or evasion, whatever the first one was.
  if (packet.fragmentHeaderOffset !== 0) return fault(packet, DropReason.ipv6BadFragmentLength, at);
  const fragment = view.getUint16(at + 2);
  packet.fragmentHeaderOffset = at;
  packet.fragmentOffset = fragment & 0xfff8;
  packet.moreFragments = (fragment & 1) !== 0;
  packet.identification = view.getInt32(at + 4);
  if (!packet.isFragment) return DropReason.none;
  const namedBy = packet.lastNextHeaderOffset;
  advance(packet, at, IPV6_FRAGMENT_HEADER_LENGTH, end);
  packet.lastNextHeaderOffset = namedBy;
  // RFC 8200 §4.5: all but the last fragment are a multiple of 8 bytes, and none reaches past 65535.
  if (packet.payloadLength === 0 || (packet.moreFragments && (packet.payloadLength & 7) !== 0)) {
    return fault(packet, DropReason.ipv6BadFragmentLength, packet.headerOffset + 4);
  }
  if (packet.headerLength - 48 + packet.fragmentOffset + packet.payloadLength > 0xffff) {
    return fault(packet, DropReason.ipv6FragmentTooLong, at + 2);
  }
  if (packet.fragmentOffset === 0 && !isHeaderChainWhole(packet, end)) {
    return fault(packet, DropReason.ipv6HeaderChainSplit, at);
  }
  return DropReason.none;
}

/** RFC 7112 §5: the first fragment has to hold every header up to and including the transport's. */
function isHeaderChainWhole(packet: IpPacket, end: number): boolean {
  const { memory } = packet;
  let next = packet.protocol;
  let at = packet.payloadOffset;
  for (let count = 0; isExtensionHeader(next) && count < IPV6_EXTENSIONS_MAX; count++) {
    const length = extensionLength(memory, next, at, end);
    if (length === 0) return false;
    next = memory.u8[at]!;
    at += length;
  }
  switch (next) {
    case IpProtocol.tcp:
      return end - at >= 20;
    case IpProtocol.udp:
      return end - at >= 8;
    case IpProtocol.icmpv6:
      return end - at >= 4;
    default:
      return true;
  }
}

/** Bytes of the extension header at `at`, 0 when it does not lie whole before `end`. */
function extensionLength(memory: PacketMemory, kind: number, at: number, end: number): number {
  if (at + 8 > end) return 0;
  let length = IPV6_FRAGMENT_HEADER_LENGTH;
  // RFC 4302 §2.2: the authentication header counts words of four bytes, less two.
  if (kind === IpProtocol.authentication) length = (memory.u8[at + 1]! + 2) << 2;
  else if (kind !== IpProtocol.fragment) length = (memory.u8[at + 1]! + 1) << 3;
  return length < 8 || at + length > end ? 0 : length;
}

function advance(packet: IpPacket, at: number, length: number, end: number): void {
  packet.protocol = packet.memory.u8[at]!;
  packet.lastNextHeaderOffset = at;
  packet.payloadOffset = at + length;
  packet.headerLength = packet.payloadOffset - packet.headerOffset;
  packet.payloadLength = end - packet.payloadOffset;
}

function fault(packet: IpPacket, reason: DropReason, memoryOffset: number): DropReason {
  packet.problemPointer = memoryOffset - packet.headerOffset;
  return reason;
}
