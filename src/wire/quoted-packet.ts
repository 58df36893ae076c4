/**
 * The packet quoted in an ICMP error: cut short, and perhaps changed on its way (RFC 792, RFC 4443 section 2.4).
 * It is read leniently, since only addresses, protocol and the first transport octets are wanted of it.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { DropReason } from './drop-reason.ts';
import type { IpPacket } from './ip-packet.ts';
import { fillIpv4, IPV4_HEADER_LENGTH } from './ipv4.ts';
import { fillIpv6, IPV6_HEADER_LENGTH, skipQuotedExtensions } from './ipv6.ts';

/**
 * Fills `packet` from the quotation at [offset, end). Payload offset and length tell what is left of the transport
 * header; `totalLength` is what was quoted, never more. Checksums and options are not looked at.
 * @returns DropReason; anything but `none` means that the transport header's first octets are not there
 */
export function parseQuotedPacket(memory: PacketMemory, offset: number, end: number, packet: IpPacket): DropReason {
  const available = end - offset;
  if (available < IPV4_HEADER_LENGTH) return DropReason.ipTruncated;
  const view = memory.view;
  const first = view.getUint32(offset);
  if (first >>> 28 === 4) {
    const headerLength = (first >>> 22) & 0x3c;
    if (headerLength < IPV4_HEADER_LENGTH) return DropReason.ipBadHeaderLength;
    if (headerLength > available) return DropReason.ipTruncated;
    // Some routers alter the total length of what they quote: no more than a hint.
    const declared = first & 0xffff;
    fillIpv4(
      memory,
      offset,
      headerLength,
      declared < headerLength || declared > available ? available : declared,
      packet,
    );
    return packet.fragmentOffset === 0 ? DropReason.none : DropReason.ipBadFragment;
  }
  if (first >>> 28 !== 6) return DropReason.ipBadVersion;
  if (available < IPV6_HEADER_LENGTH) return DropReason.ipTruncated;
  const declared = IPV6_HEADER_LENGTH + view.getUint16(offset + 4);
  fillIpv6(memory, offset, declared > available ? available : declared, packet);
  return skipQuotedExtensions(packet) ? DropReason.none : DropReason.ipv6ExtensionTruncated;
}

/** Copies `length` octets of a packet into the body of an ICMP error at `offset`; the memories may be one. */
export function copyQuotation(
  memory: PacketMemory,
  offset: number,
  from: PacketMemory,
  fromOffset: number,
  length: number,
): void {
  memory.u8.set(from.u8.subarray(fromOffset, fromOffset + length), offset);
}
