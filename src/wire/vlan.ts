/**
 * IEEE 802.1Q tags: one, or two with the outer one a service tag (802.1ad) or a plain one, as both are met.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { DropReason } from './drop-reason.ts';
import type { EthernetFrame } from './ethernet-frame.ts';

const TPID_CUSTOMER = 0x8100;
const TPID_SERVICE = 0x88a8;
/** In use before 802.1ad settled on 0x88a8. */
const TPID_OLD_DOUBLE = 0x9100;
const TAGS_MAX = 2;

/** Bytes of one tag with its type. */
export const VLAN_TAG_LENGTH = 4;

/** True when a type field announces a tag. */
export function isVlanType(type: number): boolean {
  return type === TPID_CUSTOMER || type === TPID_SERVICE || type === TPID_OLD_DOUBLE;
}

/** Takes the tags off a frame whose type field announced one; the type behind them goes to `out.etherType`. */
export function parseVlanTags(memory: PacketMemory, out: EthernetFrame): DropReason {
  const { view } = memory;
  while (isVlanType(out.etherType)) {
    if (out.vlanTags === TAGS_MAX) return DropReason.vlanTooManyTags;
    const at = out.payloadOffset;
    if (at + VLAN_TAG_LENGTH > out.payloadEnd) return DropReason.vlanTruncated;
    const control = view.getUint16(at);
    out.outerVlanId = out.vlanTags === 0 ? 0 : out.vlanId;
    out.vlanId = control & 0xfff;
    out.vlanPriority = control >>> 13;
    out.vlanDropEligible = (control & 0x1000) !== 0;
    out.vlanTags++;
    out.etherType = view.getUint16(at + 2);
    out.payloadOffset = at + VLAN_TAG_LENGTH;
  }
  return DropReason.none;
}

/**
 * Writes one tag over the type field of an Ethernet header and the type behind it. `offset` is where the type field lies
 * (12 bytes into the frame); call it again at `offset + 4` for an inner tag.
 * @param priority 0 to 7
 * @param innerType the EtherType of what follows
 * @returns the offset of the payload (or, less two, of the next tag)
 */
export function emitVlanTag(
  memory: PacketMemory,
  offset: number,
  vlanId: number,
  priority: number,
  dropEligible: boolean,
  innerType: number,
  tagType: number = TPID_CUSTOMER,
): number {
  const control = ((priority & 7) << 13) | (dropEligible ? 0x1000 : 0) | (vlanId & 0xfff);
  memory.view.setUint16(offset, tagType);
  memory.view.setUint16(offset + 2, control);
  memory.view.setUint16(offset + 4, innerType);
  return offset + 6;
}
