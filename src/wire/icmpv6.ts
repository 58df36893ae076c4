/**
 * ICMPv6 (RFC 4443): errors and echo. Neighbour discovery is in `ndp.ts`, multicast listener discovery in `mld.ts`.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { computeChecksum, isChecksumRight, pseudoHeaderSum } from './checksum.ts';
import { DropReason } from './drop-reason.ts';
import { fillIcmp, type IcmpMessage, limitQuotation } from './icmp.ts';
import { type IpPacket, IpProtocol } from './ip-packet.ts';

/** ICMPv6 message types (RFC 4443, RFC 4861, RFC 3810). */
export const Icmpv6Type = {
  destinationUnreachable: 1,
  packetTooBig: 2,
  timeExceeded: 3,
  parameterProblem: 4,
  echoRequest: 128,
  echoReply: 129,
  multicastListenerQuery: 130,
  multicastListenerReport: 131,
  multicastListenerDone: 132,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
  multicastListenerReportV2: 143,
} as const;

/** Codes of destination unreachable (RFC 4443 section 3.1). */
export const Icmpv6UnreachableCode = {
  noRoute: 0,
  prohibited: 1,
  beyondScope: 2,
  address: 3,
  port: 4,
  sourcePolicy: 5,
  rejectRoute: 6,
} as const;

/** Codes of parameter problem (RFC 4443 section 3.4, RFC 7112 section 5). */
export const Icmpv6ParameterCode = {
  erroneousField: 0,
  unknownNextHeader: 1,
  unknownOption: 2,
  incompleteHeaderChain: 3,
} as const;

/** Least octets of a message: type, code, checksum; all types in use here have four more. */
const ICMPV6_HEADER_LENGTH = 8;

/** RFC 4443 §2.1: the high bit of the type tells information from error. */
export function isIcmpv6Error(type: number): boolean {
  return type < 128;
}

/**
 * Parses the message in the payload of `packet` and verifies its checksum unless the device vouches for it. In an error
 * `out.rest` is the MTU of packet too big, or the pointer of a parameter problem (both unsigned: `>>> 0`).
 * @returns DropReason
 */
export function parseIcmpv6(packet: IpPacket, out: IcmpMessage): DropReason {
  const { memory, payloadOffset: offset, payloadLength: length } = packet;
  if (length < ICMPV6_HEADER_LENGTH) return DropReason.icmpTruncated;
  if (packet.checksumVerified === 0) {
    // RFC 4443 §2.3: unlike ICMP, the checksum covers the pseudo-header.
    const sum = pseudoHeaderSum(packet, IpProtocol.icmpv6, length);
    if (!isChecksumRight(memory, offset, length, sum)) return DropReason.icmpBadChecksum;
  }
  fillIcmp(memory, offset, length, out);
  // RFC 4884 §4: here the length attribute counts words of eight octets, in octet 4.
  if (out.type === Icmpv6Type.destinationUnreachable || out.type === Icmpv6Type.timeExceeded) {
    limitQuotation(out, (out.rest >>> 24) * 8);
  }
  return DropReason.none;
}

/**
 * Writes the 8 header octets and the checksum over `length` octets; the body must already stand behind the header.
 * @param rest octets 4 to 7: `echoRest`, MTU, pointer, neighbour-discovery flags, or 0
 * @param pseudoSum from `pseudoHeaderSum` with protocol 58 and the same length
 * @returns `length`
 */
export function emitIcmpv6(
  memory: PacketMemory,
  offset: number,
  type: number,
  code: number,
  rest: number,
  length: number,
  pseudoSum: number,
): number {
  memory.view.setUint32(offset, (type << 24) | ((code & 0xff) << 16));
  memory.view.setInt32(offset + 4, rest);
  memory.view.setUint16(offset + 2, computeChecksum(memory, offset, length, pseudoSum));
  return length;
}
