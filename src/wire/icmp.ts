/**
 * ICMP for IPv4 (RFC 792, RFC 1191 for the MTU, RFC 4884 for the length of the quotation). One view for all types: the
 * second header word is kept as `rest` and read under the names that each type gives it.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { computeChecksum, isChecksumRight } from './checksum.ts';
import { DropReason } from './drop-reason.ts';
import type { IpPacket } from './ip-packet.ts';

/** ICMP message types (RFC 792). */
export const IcmpType = {
  echoReply: 0,
  destinationUnreachable: 3,
  sourceQuench: 4,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameterProblem: 12,
  timestampRequest: 13,
  timestampReply: 14,
} as const;

/** Codes of destination unreachable (RFC 792, RFC 1122 section 3.2.2.1, RFC 1812 section 5.2.7.1). */
export const IcmpUnreachableCode = {
  network: 0,
  host: 1,
  protocol: 2,
  port: 3,
  fragmentationNeeded: 4,
  sourceRouteFailed: 5,
  networkUnknown: 6,
  hostUnknown: 7,
  sourceHostIsolated: 8,
  networkProhibited: 9,
  hostProhibited: 10,
  networkForTypeOfService: 11,
  hostForTypeOfService: 12,
  communicationProhibited: 13,
  hostPrecedenceViolation: 14,
  precedenceCutoff: 15,
} as const;

/** Codes of time exceeded, the same numbers in both families. */
export const TimeExceededCode = { inTransit: 0, reassembly: 1 } as const;

/** Octets of an ICMP header. */
export const ICMP_HEADER_LENGTH = 8;
const TIMESTAMP_LENGTH = 20;

/** A parsed ICMP or ICMPv6 message; one is reused for all. */
export class IcmpMessage {
  type = 0;
  code = 0;
  /** Octets 4 to 7 of the header, int32. */
  rest = 0;
  /** Where the message starts in the packet's memory, and its whole length. */
  offset = 0;
  length = 0;
  /** What follows the 8 header octets: echo data, or the quoted packet of an error (extensions cut off, RFC 4884). */
  bodyOffset = 0;
  bodyLength = 0;
  /** Timestamp messages: milliseconds since midnight UT as they came, int32. */
  originateTimestamp = 0;
  receiveTimestamp = 0;
  transmitTimestamp = 0;

  /** Echo and timestamp. */
  get identifier(): number {
    return this.rest >>> 16;
  }

  get sequence(): number {
    return this.rest & 0xffff;
  }

  /** Redirect: the better gateway, an IPv4 word. */
  get gateway(): number {
    return this.rest;
  }

  /** Parameter problem of IPv4: the octet at fault. */
  get pointer(): number {
    return this.rest >>> 24;
  }

  /** Fragmentation needed: next-hop MTU, 0 from routers older than RFC 1191. */
  get nextHopMtu(): number {
    return this.rest & 0xffff;
  }
}

/** True for the types that report an error and quote a packet (RFC 1122 section 3.2.2). */
export function isIcmpError(type: number): boolean {
  switch (type) {
    case IcmpType.destinationUnreachable:
    case IcmpType.sourceQuench:
    case IcmpType.redirect:
    case IcmpType.timeExceeded:
    case IcmpType.parameterProblem:
      return true;
    default:
      return false;
  }
}

/**
 * Parses the message in the payload of `packet` and verifies its checksum unless the device vouches for it. Types that
 * are not known come back as they are.
 * RFC 1122 §3.2.2: dropping those silently is the receiver's affair.
 * @returns DropReason
 */
export function parseIcmp(packet: IpPacket, out: IcmpMessage): DropReason {
  const { memory, payloadOffset: offset, payloadLength: length } = packet;
  if (length < ICMP_HEADER_LENGTH) return DropReason.icmpTruncated;
  if (packet.checksumVerified === 0 && !isChecksumRight(memory, offset, length, 0)) return DropReason.icmpBadChecksum;
  fillIcmp(memory, offset, length, out);
  if (out.type === IcmpType.timestampRequest || out.type === IcmpType.timestampReply) {
    if (length < TIMESTAMP_LENGTH) return DropReason.icmpTruncated;
    out.originateTimestamp = memory.view.getInt32(offset + 8);
    out.receiveTimestamp = memory.view.getInt32(offset + 12);
    out.transmitTimestamp = memory.view.getInt32(offset + 16);
  } else if (hasLengthAttribute(out.type)) {
    limitQuotation(out, ((out.rest >>> 16) & 0xff) * 4);
  }
  return DropReason.none;
}

/** Fills what ICMP and ICMPv6 have in common from a message of at least 8 octets. */
export function fillIcmp(memory: PacketMemory, offset: number, length: number, out: IcmpMessage): void {
  const view = memory.view;
  out.type = view.getUint8(offset);
  out.code = view.getUint8(offset + 1);
  out.rest = view.getInt32(offset + 4);
  out.offset = offset;
  out.length = length;
  out.bodyOffset = offset + ICMP_HEADER_LENGTH;
  out.bodyLength = length - ICMP_HEADER_LENGTH;
  out.originateTimestamp = 0;
  out.receiveTimestamp = 0;
  out.transmitTimestamp = 0;
}

/** RFC 4884 §4: a length attribute that is not zero says where the quotation ends and extensions begin. */
export function limitQuotation(out: IcmpMessage, quotedLength: number): void {
  if (quotedLength > 0 && quotedLength < out.bodyLength) out.bodyLength = quotedLength;
}

/** `rest` of an echo or timestamp message. */
export function echoRest(identifier: number, sequence: number): number {
  return (identifier << 16) | (sequence & 0xffff);
}

/**
 * Writes the 8 header octets and the checksum over `length` octets; the body must already stand behind the header.
 * @param rest octets 4 to 7: `echoRest`, next-hop MTU, pointer << 24, gateway address, or 0
 * @param length header and body
 * @returns `length`
 */
export function emitIcmp(
  memory: PacketMemory,
  offset: number,
  type: number,
  code: number,
  rest: number,
  length: number,
): number {
  memory.view.setUint32(offset, (type << 24) | ((code & 0xff) << 16));
  memory.view.setInt32(offset + 4, rest);
  memory.view.setUint16(offset + 2, computeChecksum(memory, offset, length, 0));
  return length;
}

/**
 * Writes a timestamp request or reply (RFC 792); times are milliseconds since midnight UT.
 * @returns 20
 */
export function emitIcmpTimestamp(
  memory: PacketMemory,
  offset: number,
  type: number,
  rest: number,
  originate: number,
  receive: number,
  transmit: number,
): number {
  memory.view.setInt32(offset + 8, originate);
  memory.view.setInt32(offset + 12, receive);
  memory.view.setInt32(offset + 16, transmit);
  return emitIcmp(memory, offset, type, 0, rest, TIMESTAMP_LENGTH);
}

/** RFC 4884 §4: only these types have a length attribute, in octet 5. */
function hasLengthAttribute(type: number): boolean {
  return (
    type === IcmpType.destinationUnreachable || type === IcmpType.timeExceeded || type === IcmpType.parameterProblem
  );
}
