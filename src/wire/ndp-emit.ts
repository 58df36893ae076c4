/**
 * Writing the messages of neighbour discovery (RFC 4861 section 4). Options are written first, by the writers of
 * `ndp-options.ts`, at the offset that `ndpOptionsOffset` tells; then the message with its checksum. The IP header that
 * carries it has hop limit 255.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { pseudoHeaderSum } from './checksum.ts';
import { emitIcmpv6, Icmpv6Type } from './icmpv6.ts';
import { type IpPacket, IpProtocol } from './ip-packet.ts';
import { NeighborFlag } from './ndp.ts';
import type { NdpMessage } from './ndp-message.ts';

/** Where the options of a message at `offset` begin. */
export function ndpOptionsOffset(type: number, offset: number): number {
  switch (type) {
    case Icmpv6Type.routerSolicitation:
      return offset + 8;
    case Icmpv6Type.routerAdvertisement:
      return offset + 16;
    case Icmpv6Type.redirect:
      return offset + 40;
    default:
      return offset + 24;
  }
}

/**
 * Writes `message` (type, target, destination, flags, times as the type has them) at `offset` and its checksum.
 * @param packet source and destination addresses for the pseudo-header
 * @param optionsEnd offset behind the options written before; `ndpOptionsOffset(...)` when there are none
 * @returns the length of the ICMPv6 message
 */
export function emitNdp(
  memory: PacketMemory,
  offset: number,
  packet: IpPacket,
  message: NdpMessage,
  optionsEnd: number,
): number {
  const view = memory.view;
  const body = offset + 8;
  const length = optionsEnd - offset;
  let rest = 0;
  switch (message.type) {
    case Icmpv6Type.routerAdvertisement:
      rest = (message.hopLimit << 24) | (message.routerLifetimeSeconds & 0xffff);
      rest |= (message.isManaged ? 0x0080_0000 : 0) | (message.hasOtherConfiguration ? 0x0040_0000 : 0);
      view.setUint32(body, message.reachableMs);
      view.setUint32(body + 4, message.retransmitMs);
      break;
    case Icmpv6Type.redirect:
      putTarget(memory, body, message);
      view.setInt32(body + 16, message.destination0);
      view.setInt32(body + 20, message.destination1);
      view.setInt32(body + 24, message.destination2);
      view.setInt32(body + 28, message.destination3);
      break;
    case Icmpv6Type.neighborAdvertisement:
      rest = (message.isRouter ? NeighborFlag.router : 0) | (message.isSolicited ? NeighborFlag.solicited : 0);
      rest |= message.isOverride ? NeighborFlag.override : 0;
      putTarget(memory, body, message);
      break;
    case Icmpv6Type.neighborSolicitation:
      putTarget(memory, body, message);
      break;
    default:
      break;
  }
  const sum = pseudoHeaderSum(packet, IpProtocol.icmpv6, length);
  return emitIcmpv6(memory, offset, message.type, 0, rest, length, sum);
}

function putTarget(memory: PacketMemory, at: number, message: NdpMessage): void {
  memory.view.setInt32(at, message.target0);
  memory.view.setInt32(at + 4, message.target1);
  memory.view.setInt32(at + 8, message.target2);
  memory.view.setInt32(at + 12, message.target3);
}
