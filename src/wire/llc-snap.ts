/**
 * IEEE 802.2 LLC headers and the SNAP extension (RFC 1042), behind an 802.3 length field.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { DropReason } from './drop-reason.ts';
import type { EthernetFrame } from './ethernet-frame.ts';

/** The service access point of SNAP. */
export const LLC_SAP_SNAP = 0xaa;
/** Unnumbered information. */
export const LLC_CONTROL_UI = 0x03;
/** Bytes of an LLC header with an unnumbered control field and SNAP. */
export const LLC_SNAP_LENGTH = 8;

/** Organisation codes under which the protocol id is an EtherType: RFC 1042's and that of 802.1H bridges. */
const OUI_ETHER_TYPE = 0x000000;
const OUI_BRIDGE_TUNNEL = 0x0000f8;

/**
 * Parses the LLC header at the start of the payload of `out` and moves the payload behind it. With SNAP carrying
 * EtherTypes `out.etherType` is set, otherwise it stays 0.
 */
export function parseLlc(memory: PacketMemory, out: EthernetFrame): DropReason {
  const { u8, view } = memory;
  const at = out.payloadOffset;
  const end = out.payloadEnd;
  if (at + 3 > end) return DropReason.llcTruncated;
  out.isLlc = true;
  out.dsap = u8[at]!;
  out.ssap = u8[at + 1]!;
  out.control = u8[at + 2]!;
  // IEEE 802.2 §5.2: only unnumbered formats, low bits 11, have a control field of one octet.
  if ((out.control & 3) !== 3) {
    if (at + 4 > end) return DropReason.llcTruncated;
    out.control = (out.control << 8) | u8[at + 3]!;
    out.payloadOffset = at + 4;
    return DropReason.none;
  }
  out.payloadOffset = at + 3;
  if (out.dsap !== LLC_SAP_SNAP || out.ssap !== LLC_SAP_SNAP || out.control !== LLC_CONTROL_UI) return DropReason.none;
  if (at + LLC_SNAP_LENGTH > end) return DropReason.llcTruncated;
  const word = view.getUint32(at + 3);
  out.snapOui = word >>> 8;
  out.payloadOffset = at + LLC_SNAP_LENGTH;
  if (out.snapOui === OUI_ETHER_TYPE || out.snapOui === OUI_BRIDGE_TUNNEL) out.etherType = view.getUint16(at + 6);
  return DropReason.none;
}

/**
 * Writes the 802.3 length at `offset` (12 bytes into the frame) and an LLC/SNAP header for `etherType` behind it.
 * @param payloadLength bytes behind the SNAP header, at most 1492
 * @returns the offset of the payload
 */
export function emitLlcSnap(memory: PacketMemory, offset: number, etherType: number, payloadLength: number): number {
  const view = memory.view;
  view.setUint16(offset, payloadLength + LLC_SNAP_LENGTH);
  view.setUint32(offset + 2, (LLC_SAP_SNAP << 24) | (LLC_SAP_SNAP << 16) | (LLC_CONTROL_UI << 8));
  view.setUint16(offset + 6, 0);
  view.setUint16(offset + 8, etherType);
  return offset + 2 + LLC_SNAP_LENGTH;
}
