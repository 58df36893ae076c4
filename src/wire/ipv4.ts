/**
 * The IPv4 header (RFC 791), parsed into an IpPacket and emitted from one. Lengths are checked against the memory range
 * before anything is read; the header checksum is verified; options are walked in `ipv4-options.ts`.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { finishChecksum } from './checksum.ts';
import { DropReason } from './drop-reason.ts';
import type { IpPacket } from './ip-packet.ts';
import { checkIpv4Options } from './ipv4-options.ts';

/** Bytes of a header without options. */
export const IPV4_HEADER_LENGTH = 20;
/** Most bytes of options: 15 words of header less five. */
export const IPV4_OPTIONS_MAX = 40;

const FLAG_DONT_FRAGMENT = 0x4000;
const FLAG_MORE_FRAGMENTS = 0x2000;

/**
 * Parses the IPv4 packet at [offset, end); bytes behind the total length are link padding.
 * Fills every header field of `packet` (not interfaceId, linkBroadcast, checksumVerified, gsoSize).
 * @returns DropReason; on `ipBadOption` `packet.problemPointer` names the octet.
 */
export function parseIpv4(memory: PacketMemory, offset: number, end: number, packet: IpPacket): DropReason {
  const available = end - offset;
  if (available < IPV4_HEADER_LENGTH) return DropReason.ipTruncated;
  const view = memory.view;
  const first = view.getUint32(offset);
  const headerLength = (first >>> 22) & 0x3c;
  const totalLength = first & 0xffff;
  if (first >>> 28 !== 4) return DropReason.ipBadVersion;
  if (headerLength < IPV4_HEADER_LENGTH) return DropReason.ipBadHeaderLength;
  if (totalLength < headerLength) return DropReason.ipBadTotalLength;
  if (totalLength > available) return DropReason.ipTruncated;
  // RFC 1122 §3.2.1.2: a header whose checksum fails is dropped without a word.
  if (memory.sum(offset, headerLength) !== 0xffff) return DropReason.ipBadChecksum;
  fillIpv4(memory, offset, headerLength, totalLength, packet);
  if (packet.isFragment && !isFragmentPossible(packet)) return DropReason.ipBadFragment;
  return headerLength === IPV4_HEADER_LENGTH ? DropReason.none : checkIpv4Options(packet);
}

/**
 * Fills every header field of `packet` from a header whose lengths the caller has checked; nothing is judged here.
 * Also used for packets quoted in ICMP errors, whose `totalLength` the caller cuts to what was quoted.
 */
export function fillIpv4(
  memory: PacketMemory,
  offset: number,
  headerLength: number,
  totalLength: number,
  packet: IpPacket,
): void {
  const view = memory.view;
  const fragment = view.getUint32(offset + 4);
  const third = view.getUint32(offset + 8);
  packet.memory = memory;
  packet.family = 4;
  packet.setSourceV4(view.getInt32(offset + 12));
  packet.setDestinationV4(view.getInt32(offset + 16));
  packet.trafficClass = view.getUint8(offset + 1);
  packet.flowLabel = 0;
  packet.hopLimit = third >>> 24;
  packet.protocol = (third >>> 16) & 0xff;
  packet.headerOffset = offset;
  packet.headerLength = headerLength;
  packet.totalLength = totalLength;
  packet.payloadOffset = offset + headerLength;
  packet.payloadLength = totalLength - headerLength;
  packet.identification = fragment >>> 16;
  packet.dontFragment = (fragment & FLAG_DONT_FRAGMENT) !== 0;
  packet.moreFragments = (fragment & FLAG_MORE_FRAGMENTS) !== 0;
  packet.fragmentOffset = (fragment & 0x1fff) << 3;
  packet.fragmentHeaderOffset = 0;
  packet.lastNextHeaderOffset = offset + 9;
  packet.optionsOffset = offset + IPV4_HEADER_LENGTH;
  packet.optionsLength = headerLength - IPV4_HEADER_LENGTH;
  packet.sourceRouteOffset = 0;
  packet.hasRouterAlert = false;
  packet.problemPointer = 0;
}

/**
 * Writes an IPv4 header with its checksum from `packet`: addresses, trafficClass, hopLimit, protocol, identification,
 * dontFragment, moreFragments, fragmentOffset.
 * @param totalLength header, options and payload in bytes; at most 65535
 * @param options IPv4 options, at most 40 bytes, padded here with end-of-list to a multiple of four
 * @returns the header's length in bytes
 */
export function emitIpv4Header(
  memory: PacketMemory,
  offset: number,
  packet: IpPacket,
  totalLength: number,
  options: Uint8Array | null = null,
): number {
  const view = memory.view;
  const headerLength = IPV4_HEADER_LENGTH + ipv4OptionsSize(options);
  const flags = (packet.dontFragment ? FLAG_DONT_FRAGMENT : 0) | (packet.moreFragments ? FLAG_MORE_FRAGMENTS : 0);
  view.setUint32(
    offset,
    0x40000000 | (headerLength << 22) | ((packet.trafficClass & 0xff) << 16) | (totalLength & 0xffff),
  );
  view.setUint32(offset + 4, (packet.identification << 16) | flags | ((packet.fragmentOffset >>> 3) & 0x1fff));
  view.setUint32(offset + 8, (packet.hopLimit << 24) | ((packet.protocol & 0xff) << 16));
  view.setInt32(offset + 12, packet.source3);
  view.setInt32(offset + 16, packet.destination3);
  if (options !== null && headerLength > IPV4_HEADER_LENGTH) {
    const u8 = memory.u8;
    const room = headerLength - IPV4_HEADER_LENGTH;
    for (let index = 0; index < room; index++) u8[offset + IPV4_HEADER_LENGTH + index] = options[index] ?? 0;
  }
  // Summed up before the view is asked for its method: V8 compiles the call of it into this place only so.
  const checksum = finishChecksum(memory.sum(offset, headerLength));
  view.setUint16(offset + 10, checksum);
  return headerLength;
}

/** Bytes that `options` take in the header: rounded up to whole words, at most 40. */
export function ipv4OptionsSize(options: Uint8Array | null): number {
  if (options === null) return 0;
  return options.length > IPV4_OPTIONS_MAX ? IPV4_OPTIONS_MAX : (options.length + 3) & ~3;
}

/** A fragment in front carries a multiple of eight bytes, and none may reach past the largest datagram. */
function isFragmentPossible(packet: IpPacket): boolean {
  if (packet.moreFragments && (packet.payloadLength & 7) !== 0) return false;
  if (packet.payloadLength === 0) return false;
  return packet.headerLength + packet.fragmentOffset + packet.payloadLength <= 0xffff;
}
