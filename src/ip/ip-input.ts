/**
 * Questions about a received packet: may this source be, and is it for us. Pure, without allocation; the answers for
 * addresses that cannot be on a wire follow RFC 1122 section 3.2.1.3, RFC 1812 section 5.3.7 and RFC 4291.
 */
import type { IpPacket } from '../wire/ip-packet.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import type { Interface } from './interface.ts';

/** Whose packet it is. */
export const Delivery = { notOurs: 0, ours: 1, broadcast: 2, multicast: 3, martian: 4, spoofed: 5 } as const;

/** True when a packet from outside cannot honestly bear its source address. */
export function isMartianSource(packet: IpPacket, owner: Interface): boolean {
  if (owner.isLoopback) return false;
  return packet.family === 4 ? isMartianSource4(packet, owner) : isMartianSource6(packet);
}

/**
 * Where a packet goes by its destination address.
 * @param isOwn the destination is a usable address of this host
 */
export function classifyDestination(packet: IpPacket, owner: Interface, isOwn: boolean): number {
  if (packet.family === 6) return classifyDestination6(packet, owner, isOwn);
  return isOwn && packet.destination3 >>> 24 !== 127 ? Delivery.ours : classifyDestination4(packet, owner, isOwn);
}

function classifyDestination4(packet: IpPacket, owner: Interface, isOwn: boolean): number {
  const word = packet.destination3;
  if (isOwn) return word >>> 24 === 127 && !owner.isLoopback ? Delivery.martian : Delivery.ours;
  if (word >>> 24 === 127) return owner.isLoopback ? Delivery.ours : Delivery.martian;
  if (word >>> 28 === 0xe) {
    const isJoined = word === ALL_HOSTS || owner.findGroup(0, 0, packet.destination2, word) !== null;
    return isJoined ? Delivery.multicast : Delivery.notOurs;
  }
  if (word >>> 24 === 0) return Delivery.martian;
  return owner.isBroadcast(word) ? Delivery.broadcast : Delivery.notOurs;
}

/** 224.0.0.1, to which every host belongs (RFC 1112 section 4). */
const ALL_HOSTS = 0xe0000001 | 0;

function isMartianSource4(packet: IpPacket, owner: Interface): boolean {
  const word = packet.source3;
  const top = word >>> 24;
  // RFC 1122 §3.2.1.3: a host that does not know its address yet says 0.0.0.0, to everybody (DHCP) or in IGMP.
  if (top === 0) return word !== 0 || !(packet.destination3 === -1 || packet.protocol === IpProtocol.igmp);
  return top === 127 || top >= 224 || owner.isBroadcast(word);
}

function isMartianSource6(packet: IpPacket): boolean {
  if (packet.source0 >>> 24 === 0xff) return true;
  if ((packet.source0 | packet.source1) !== 0) return false;
  // ::1 never leaves its node and ::ffff:a.b.c.d never travels (RFC 4291 section 2.5.3, RFC 4942 section 2.2).
  return (packet.source2 === 0 && packet.source3 === 1) || packet.source2 === 0xffff;
}

function classifyDestination6(packet: IpPacket, owner: Interface, isOwn: boolean): number {
  const { destination0: w0, destination1: w1, destination2: w2, destination3: w3 } = packet;
  if (w0 >>> 24 === 0xff) return classifyGroup6(packet, owner);
  if ((w0 | w1) === 0) {
    const isLoopback = w2 === 0 && w3 === 1;
    if (isLoopback) return owner.isLoopback ? Delivery.ours : Delivery.martian;
    if ((w2 === 0 && w3 === 0) || w2 === 0xffff) return Delivery.martian;
  }
  return isOwn ? Delivery.ours : Delivery.notOurs;
}

/** RFC 4291 §2.7: scope 0 is reserved, scope 1 stays inside the node. */
function classifyGroup6(packet: IpPacket, owner: Interface): number {
  const { destination0: w0, destination1: w1, destination2: w2, destination3: w3 } = packet;
  const scope = (w0 >>> 16) & 0xf;
  if (scope === 0 || (scope === 1 && !owner.isLoopback)) return Delivery.martian;
  const isAllNodes =
    (w1 | w2) === 0 && w3 === 1 && (w0 === 0xff020000 - 0x100000000 || w0 === 0xff010000 - 0x100000000);
  return isAllNodes || owner.findGroup(w0, w1, w2, w3) !== null ? Delivery.multicast : Delivery.notOurs;
}
