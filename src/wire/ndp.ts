/**
 * Neighbour discovery for IPv6 (RFC 4861): the five messages, their options, and the validity rules that need no state.
 * Parsed from an ICMPv6 message whose checksum is already verified.
 */
import { DropReason } from './drop-reason.ts';
import type { IcmpMessage } from './icmp.ts';
import { Icmpv6Type } from './icmpv6.ts';
import type { IpPacket } from './ip-packet.ts';
import type { NdpMessage } from './ndp-message.ts';
import { readNdpOptions } from './ndp-options.ts';

/** Flags of a neighbour advertisement, in `IcmpMessage.rest`. */
export const NeighborFlag = { router: 0x8000_0000 | 0, solicited: 0x4000_0000, override: 0x2000_0000 } as const;

const HOP_LIMIT_REQUIRED = 255;

/** True for the types of neighbour discovery. */
export function isNdp(type: number): boolean {
  return type >= Icmpv6Type.routerSolicitation && type <= Icmpv6Type.redirect;
}

/**
 * Parses the neighbour-discovery message `icmp` that came in `packet`.
 * @returns DropReason; `ndpInvalid` when a rule of RFC 4861 is broken
 */
export function parseNdp(packet: IpPacket, icmp: IcmpMessage, out: NdpMessage): DropReason {
  const { view } = packet.memory;
  // RFC 4861 §6.1, §7.1, §8.1: a hop limit below 255 shows that a router passed it on; the code is zero.
  if (packet.hopLimit !== HOP_LIMIT_REQUIRED || icmp.code !== 0) return DropReason.ndpInvalid;
  // RFC 6980 §5: neighbour discovery never comes in fragments.
  if (packet.fragmentHeaderOffset !== 0) return DropReason.ndpInvalid;
  const fixed = fixedLength(icmp.type);
  if (fixed === 0 || icmp.length < fixed) return DropReason.ndpInvalid;
  clear(out, icmp.type);
  const at = icmp.bodyOffset;
  if (icmp.type === Icmpv6Type.routerAdvertisement) {
    out.hopLimit = icmp.rest >>> 24;
    out.isManaged = (icmp.rest & 0x0080_0000) !== 0;
    out.hasOtherConfiguration = (icmp.rest & 0x0040_0000) !== 0;
    out.routerLifetimeSeconds = icmp.rest & 0xffff;
    out.reachableMs = view.getUint32(at);
    out.retransmitMs = view.getUint32(at + 4);
  } else if (icmp.type !== Icmpv6Type.routerSolicitation) {
    out.target0 = view.getInt32(at);
    out.target1 = view.getInt32(at + 4);
    out.target2 = view.getInt32(at + 8);
    out.target3 = view.getInt32(at + 12);
  }
  if (icmp.type === Icmpv6Type.neighborAdvertisement) {
    out.isRouter = (icmp.rest & NeighborFlag.router) !== 0;
    out.isSolicited = (icmp.rest & NeighborFlag.solicited) !== 0;
    out.isOverride = (icmp.rest & NeighborFlag.override) !== 0;
  } else if (icmp.type === Icmpv6Type.redirect) {
    out.destination0 = view.getInt32(at + 16);
    out.destination1 = view.getInt32(at + 20);
    out.destination2 = view.getInt32(at + 24);
    out.destination3 = view.getInt32(at + 28);
  }
  out.optionsOffset = icmp.offset + fixed;
  out.optionsEnd = icmp.offset + icmp.length;
  if (!readNdpOptions(packet.memory, out)) return DropReason.ndpInvalid;
  return isValid(packet, out) ? DropReason.none : DropReason.ndpInvalid;
}

/** Octets before the options, 0 for a type that is none of ours. */
function fixedLength(type: number): number {
  switch (type) {
    case Icmpv6Type.routerSolicitation:
      return 8;
    case Icmpv6Type.routerAdvertisement:
      return 16;
    case Icmpv6Type.neighborSolicitation:
    case Icmpv6Type.neighborAdvertisement:
      return 24;
    case Icmpv6Type.redirect:
      return 40;
    default:
      return 0;
  }
}

function clear(out: NdpMessage, type: number): void {
  out.type = type;
  out.target0 = 0;
  out.target1 = 0;
  out.target2 = 0;
  out.target3 = 0;
  out.destination0 = 0;
  out.destination1 = 0;
  out.destination2 = 0;
  out.destination3 = 0;
  out.isRouter = false;
  out.isSolicited = false;
  out.isOverride = false;
  out.hopLimit = 0;
  out.isManaged = false;
  out.hasOtherConfiguration = false;
  out.routerLifetimeSeconds = 0;
  out.reachableMs = 0;
  out.retransmitMs = 0;
}

/** The rules about addresses, by message. */
function isValid(packet: IpPacket, message: NdpMessage): boolean {
  const fromNobody = (packet.source0 | packet.source1 | packet.source2 | packet.source3) === 0;
  switch (message.type) {
    case Icmpv6Type.routerSolicitation:
      // RFC 4861 §6.1.1: without a source address there is no link-layer address to tell.
      return !(fromNobody && message.hasSourceLink);
    case Icmpv6Type.routerAdvertisement:
      // RFC 4861 §6.1.2: routers speak from their link-local address.
      return isLinkLocal(packet.source0);
    case Icmpv6Type.neighborSolicitation:
      // RFC 4861 §7.1.1: a duplicate-address probe goes to the solicited-node group and tells no link-layer address.
      if (isMulticast(message.target0)) return false;
      return !fromNobody || (isSolicitedNodeGroup(packet) && !message.hasSourceLink);
    case Icmpv6Type.neighborAdvertisement:
      // RFC 4861 §7.1.2: what goes to a group answers nobody in particular.
      if (isMulticast(message.target0)) return false;
      return !(message.isSolicited && isMulticast(packet.destination0));
    default:
      // RFC 4861 §8.1: from a router; the target is that router's neighbour or the destination itself.
      if (!isLinkLocal(packet.source0) || isMulticast(message.destination0)) return false;
      return isLinkLocal(message.target0) || isTargetTheDestination(message);
  }
}

function isLinkLocal(word0: number): boolean {
  return word0 >>> 22 === 0x3fa;
}

function isMulticast(word0: number): boolean {
  return word0 >>> 24 === 0xff;
}

/** ff02::1:ff00:0/104 (RFC 4291 section 2.7.1). */
function isSolicitedNodeGroup(packet: IpPacket): boolean {
  const isPrefix = packet.destination0 === (0xff020000 | 0) && packet.destination1 === 0 && packet.destination2 === 1;
  return isPrefix && packet.destination3 >>> 24 === 0xff;
}

function isTargetTheDestination(message: NdpMessage): boolean {
  return (
    message.target0 === message.destination0 &&
    message.target1 === message.destination1 &&
    message.target2 === message.destination2 &&
    message.target3 === message.destination3
  );
}
