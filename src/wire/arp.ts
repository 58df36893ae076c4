/**
 * ARP (RFC 826) and RARP (RFC 903) for IPv4 over Ethernet. Other hardware or protocol spaces are refused.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { DropReason } from './drop-reason.ts';

/** Operations; the last two travel under the RARP EtherType. */
export const ArpOperation = { request: 1, reply: 2, reverseRequest: 3, reverseReply: 4 } as const;

/** Bytes of an ARP packet for IPv4 over Ethernet. */
export const ARP_LENGTH = 28;

/** Ethernet, and IEEE 802 as RFC 1042 numbers it: RFC 1122 §2.3.2.1 has both understood. */
const HARDWARE_ETHERNET = 1;
const HARDWARE_IEEE802 = 6;
/** IPv4, with address lengths 6 and 4. */
const PROTOCOL_AND_LENGTHS = 0x0800_0604;

/** A parsed ARP or RARP packet, and the fields of one to be emitted. Hardware addresses as in MacAddress. */
export class ArpPacket {
  operation = 0;
  senderHardwareHigh = 0;
  senderHardwareLow = 0;
  /** IPv4 word, int32. */
  senderAddress = 0;
  targetHardwareHigh = 0;
  targetHardwareLow = 0;
  targetAddress = 0;
}

/**
 * Parses the packet at [offset, end); what follows its 28 bytes is padding.
 * @returns DropReason; `arpUnsupported` when it is not IPv4 over Ethernet or not one of the four operations
 */
export function parseArp(memory: PacketMemory, offset: number, end: number, out: ArpPacket): DropReason {
  if (end - offset < 8) return DropReason.arpTruncated;
  const view = memory.view;
  const hardware = view.getUint16(offset);
  const operation = view.getUint16(offset + 6);
  // RFC 826: hardware space, protocol space and their lengths are looked at before anything else.
  if (hardware !== HARDWARE_ETHERNET && hardware !== HARDWARE_IEEE802) return DropReason.arpUnsupported;
  if (view.getUint32(offset + 2) !== PROTOCOL_AND_LENGTHS) return DropReason.arpUnsupported;
  if (operation < ArpOperation.request || operation > ArpOperation.reverseReply) return DropReason.arpUnsupported;
  if (end - offset < ARP_LENGTH) return DropReason.arpTruncated;
  out.operation = operation;
  out.senderHardwareHigh = view.getUint16(offset + 8);
  out.senderHardwareLow = view.getInt32(offset + 10);
  out.senderAddress = view.getInt32(offset + 14);
  out.targetHardwareHigh = view.getUint16(offset + 18);
  out.targetHardwareLow = view.getInt32(offset + 20);
  out.targetAddress = view.getInt32(offset + 24);
  return DropReason.none;
}

/**
 * Writes `packet` at `offset`. The caller pads the frame to the medium's least length with zeros.
 * @returns 28
 */
export function emitArp(memory: PacketMemory, offset: number, packet: ArpPacket): number {
  const view = memory.view;
  view.setUint16(offset, HARDWARE_ETHERNET);
  view.setUint32(offset + 2, PROTOCOL_AND_LENGTHS);
  view.setUint16(offset + 6, packet.operation);
  view.setUint16(offset + 8, packet.senderHardwareHigh);
  view.setInt32(offset + 10, packet.senderHardwareLow);
  view.setInt32(offset + 14, packet.senderAddress);
  view.setUint16(offset + 18, packet.targetHardwareHigh);
  view.setInt32(offset + 20, packet.targetHardwareLow);
  view.setInt32(offset + 24, packet.targetAddress);
  return ARP_LENGTH;
}
