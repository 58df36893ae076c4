/**
 * When an ICMP error must not be sent (RFC 1122 section 3.2.2, RFC 1812 section 4.3.2.7, RFC 4443 section 2.4 e): never about
 * an error, never to a crowd, never to somebody who cannot be one host. Broken once, each of these rules makes a storm.
 */
import { isIcmpError } from '../wire/icmp.ts';
import { Icmpv6Type, isIcmpv6Error } from '../wire/icmpv6.ts';
import { type IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { icmpv6Offset } from '../wire/ipv6.ts';

/** Highest ICMP type that is known to be no error; newer ones might be. */
const KNOWN_TYPE_MAX = 18;

/**
 * True when `packet` may be answered with an ICMP error.
 * @param packet the offending packet as it arrived
 * @param isBroadcast its destination is a broadcast address of the interface it came by
 * @param mayAnswerMulticast packet too big and the parameter problem of an option (ICMPv6 only) answer multicasts too
 */
export function mayAnswerWithError(packet: IpPacket, isBroadcast: boolean, mayAnswerMulticast: boolean): boolean {
  if (!isOneHost(packet)) return false;
  if (packet.family === 4) {
    // RFC 1122 §3.2.2: no error about what came by broadcast or multicast, of either layer, nor about a later fragment.
    if (packet.linkBroadcast || isBroadcast || packet.destination3 >>> 28 === 0xe || packet.destination3 === -1)
      return false;
    if (packet.fragmentOffset !== 0) return false;
    return packet.protocol !== IpProtocol.icmp || !isAboutError(packet, packet.payloadOffset);
  }
  // RFC 4443 §2.4 e.3 to e.5: path MTU discovery needs answers to multicasts, the rest does not.
  const isMulticast = packet.destination0 >>> 24 === 0xff || packet.linkBroadcast;
  if (isMulticast && !mayAnswerMulticast) return false;
  // RFC 4443 §2.4 e.1: the header at fault may stand before the message.
  const message = packet.fragmentOffset === 0 ? icmpv6Offset(packet) : -1;
  return message < 0 || !isAboutError(packet, message);
}

/** The source is the address of one host: not unspecified, broadcast, multicast, reserved, nor loopback (IPv4). */
function isOneHost(packet: IpPacket): boolean {
  if (packet.family === 6) {
    if ((packet.source0 | packet.source1 | packet.source2 | packet.source3) === 0) return false;
    return packet.source0 >>> 24 !== 0xff;
  }
  const word = packet.source3;
  // Multicast and class E, the limited broadcast address among them, are the upper eighth.
  return word >>> 24 !== 0 && word >>> 29 !== 7;
}

/** The packet is an ICMP error or a redirect, or too short to tell. */
function isAboutError(packet: IpPacket, message: number): boolean {
  if (message >= packet.headerOffset + packet.totalLength) return true;
  const type = packet.memory.u8[message]!;
  if (packet.family === 6) return isIcmpv6Error(type) || type === Icmpv6Type.redirect;
  // RFC 1122 §3.2.2: a type nobody knows might be an error.
  return isIcmpError(type) || type > KNOWN_TYPE_MAX;
}
