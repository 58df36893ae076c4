/**
 * Options of neighbour discovery (RFC 4861 section 4.6): link-layer addresses, prefix information, MTU; read and written.
 * All others, such as RDNSS, are passed over by their length.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import type { NdpMessage } from './ndp-message.ts';

/** Options of neighbor discovery (RFC 4861 section 4.6). */
export const NdpOptionType = {
  sourceLinkAddress: 1,
  targetLinkAddress: 2,
  prefixInformation: 3,
  redirectedHeader: 4,
  mtu: 5,
  recursiveDnsServer: 25,
} as const;

/** Octets of the options written here. */
export const NdpOptionSize = { linkAddress: 8, prefixInformation: 32, mtu: 8 } as const;

/** A prefix information option (RFC 4861 section 4.6.2). Lifetimes in seconds, 0xffffffff for ever. */
export class PrefixInformation {
  prefix0 = 0;
  prefix1 = 0;
  prefix2 = 0;
  prefix3 = 0;
  prefixLength = 0;
  isOnLink = false;
  isAutonomous = false;
  validSeconds = 0;
  preferredSeconds = 0;
  /** Where the search for the next one goes on; set it to `NdpMessage.optionsOffset` to begin. */
  nextOffset = 0;
}

/**
 * Reads the options at [message.optionsOffset, message.optionsEnd) into `message`.
 * RFC 4861 §4.6: an option of length zero makes the whole packet invalid.
 * @returns false when the list cannot be walked
 */
export function readNdpOptions(memory: PacketMemory, message: NdpMessage): boolean {
  const { u8, view } = memory;
  message.hasSourceLink = false;
  message.hasTargetLink = false;
  message.mtu = 0;
  message.prefixCount = 0;
  for (let at = message.optionsOffset; at < message.optionsEnd; ) {
    const length = optionLength(u8, at, message.optionsEnd);
    if (length === 0) return false;
    switch (u8[at]!) {
      case NdpOptionType.sourceLinkAddress:
        message.hasSourceLink = true;
        message.sourceLinkHigh = view.getUint16(at + 2);
        message.sourceLinkLow = view.getInt32(at + 4);
        break;
      case NdpOptionType.targetLinkAddress:
        message.hasTargetLink = true;
        message.targetLinkHigh = view.getUint16(at + 2);
        message.targetLinkLow = view.getInt32(at + 4);
        break;
      case NdpOptionType.mtu:
        message.mtu = view.getUint32(at + 4);
        break;
      case NdpOptionType.prefixInformation:
        if (length === NdpOptionSize.prefixInformation) message.prefixCount++;
        break;
      default:
        break;
    }
    at += length;
  }
  return true;
}

/** Reads the next prefix information option of a parsed advertisement; false when there is none left. */
export function nextPrefix(memory: PacketMemory, message: NdpMessage, out: PrefixInformation): boolean {
  const { u8, view } = memory;
  for (let at = out.nextOffset; at < message.optionsEnd; ) {
    const length = optionLength(u8, at, message.optionsEnd);
    if (length === 0) return false;
    out.nextOffset = at + length;
    if (u8[at] === NdpOptionType.prefixInformation && length === NdpOptionSize.prefixInformation) {
      out.prefixLength = u8[at + 2]!;
      out.isOnLink = (u8[at + 3]! & 0x80) !== 0;
      out.isAutonomous = (u8[at + 3]! & 0x40) !== 0;
      out.validSeconds = view.getUint32(at + 4);
      out.preferredSeconds = view.getUint32(at + 8);
      out.prefix0 = view.getInt32(at + 16);
      out.prefix1 = view.getInt32(at + 20);
      out.prefix2 = view.getInt32(at + 24);
      out.prefix3 = view.getInt32(at + 28);
      return true;
    }
    at += length;
  }
  return false;
}

/** Writes a source or target link-layer address option, 8 octets; returns the offset behind it. */
export function writeLinkAddress(
  memory: PacketMemory,
  offset: number,
  type: number,
  high: number,
  low: number,
): number {
  memory.view.setUint32(offset, (type << 24) | (1 << 16) | (high & 0xffff));
  memory.view.setInt32(offset + 4, low);
  return offset + NdpOptionSize.linkAddress;
}

/** Writes an MTU option, 8 octets; returns the offset behind it. */
export function writeMtuOption(memory: PacketMemory, offset: number, mtu: number): number {
  memory.view.setUint32(offset, (NdpOptionType.mtu << 24) | (1 << 16));
  memory.view.setUint32(offset + 4, mtu);
  return offset + NdpOptionSize.mtu;
}

/** Writes a prefix information option, 32 octets; returns the offset behind it. */
export function writePrefixInformation(memory: PacketMemory, offset: number, prefix: PrefixInformation): number {
  const view = memory.view;
  const flags = (prefix.isOnLink ? 0x80 : 0) | (prefix.isAutonomous ? 0x40 : 0);
  view.setUint32(offset, (NdpOptionType.prefixInformation << 24) | (4 << 16) | (prefix.prefixLength << 8) | flags);
  view.setUint32(offset + 4, prefix.validSeconds);
  view.setUint32(offset + 8, prefix.preferredSeconds);
  view.setUint32(offset + 12, 0);
  view.setInt32(offset + 16, prefix.prefix0);
  view.setInt32(offset + 20, prefix.prefix1);
  view.setInt32(offset + 24, prefix.prefix2);
  view.setInt32(offset + 28, prefix.prefix3);
  return offset + NdpOptionSize.prefixInformation;
}

/** Octets of the option at `at`, 0 when it is empty or not whole. */
function optionLength(u8: Uint8Array, at: number, end: number): number {
  const length = at + 1 < end ? u8[at + 1]! * 8 : 0;
  return at + length > end ? 0 : length;
}
