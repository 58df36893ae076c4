/**
 * Ethernet frames: Ethernet II, IEEE 802.3 with LLC and SNAP (RFC 1042), and 802.1Q tags, one or two. Addresses are two
 * integers as in MacAddress. The frame check sequence is the device's affair and not part of a frame here.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { DropReason } from './drop-reason.ts';
import type { EthernetFrame } from './ethernet-frame.ts';
import { parseLlc } from './llc-snap.ts';
import { isVlanType, parseVlanTags } from './vlan.ts';

/** EtherTypes in use here (IANA "IEEE 802 Numbers"). */
export const EtherType = {
  ipv4: 0x0800,
  arp: 0x0806,
  rarp: 0x8035,
  vlan: 0x8100,
  ipv6: 0x86dd,
  providerVlan: 0x88a8,
} as const;

/** Bytes of an untagged header. */
export const ETHERNET_HEADER_LENGTH = 14;
/** Least bytes of a frame without its check sequence; shorter ones are padded by the sender. */
export const ETHERNET_FRAME_MIN = 60;
/** From here on the type field is an EtherType, up to 1500 it is a length (IEEE 802.3 section 3.2.6). */
export const ETHER_TYPE_MIN = 0x600;
const LENGTH_MAX = 1500;

/**
 * Parses the frame at [offset, end) into `out`.
 * @returns DropReason
 */
export function parseEthernet(memory: PacketMemory, offset: number, end: number, out: EthernetFrame): DropReason {
  if (end - offset < ETHERNET_HEADER_LENGTH) return DropReason.ethernetTruncated;
  const view = memory.view;
  out.destinationHigh = view.getUint16(offset);
  out.destinationLow = view.getInt32(offset + 2);
  out.sourceHigh = view.getUint16(offset + 6);
  out.sourceLow = view.getInt32(offset + 8);
  out.payloadOffset = offset + ETHERNET_HEADER_LENGTH;
  out.payloadEnd = end;
  out.vlanTags = 0;
  out.vlanId = 0;
  out.vlanPriority = 0;
  out.vlanDropEligible = false;
  out.outerVlanId = 0;
  out.isLlc = false;
  out.dsap = 0;
  out.ssap = 0;
  out.control = 0;
  out.snapOui = 0;
  out.etherType = view.getUint16(offset + 12);
  if (isVlanType(out.etherType)) {
    const reason = parseVlanTags(memory, out);
    if (reason !== DropReason.none) return reason;
  }
  if (out.etherType >= ETHER_TYPE_MIN) return DropReason.none;
  const length = out.etherType;
  if (length > LENGTH_MAX || out.payloadOffset + length > end) return DropReason.ethernetBadLength;
  out.payloadEnd = out.payloadOffset + length;
  out.etherType = 0;
  return parseLlc(memory, out);
}

/**
 * Writes an Ethernet II header. Addresses as in MacAddress: 16 high bits, 32 low bits.
 * @returns 14
 */
export function emitEthernet(
  memory: PacketMemory,
  offset: number,
  destinationHigh: number,
  destinationLow: number,
  sourceHigh: number,
  sourceLow: number,
  etherType: number,
): number {
  const view = memory.view;
  view.setUint16(offset, destinationHigh);
  view.setInt32(offset + 2, destinationLow);
  view.setUint16(offset + 6, sourceHigh);
  view.setInt32(offset + 8, sourceLow);
  view.setUint16(offset + 12, etherType);
  return ETHERNET_HEADER_LENGTH;
}
