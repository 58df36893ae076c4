/**
 * ICMP and ICMPv6 errors as the transports get them: what happened, to which packet of ours, how bad it is, and which errno
 * Linux makes of it (RFC 792, RFC 4443, RFC 1122 section 4.2.3.9). A forged quote is the normal case: nothing is believed
 * here beyond lengths, the transport compares the quoted header with what it has sent (RFC 5927 section 4.1).
 */
import { type Address, UNSPECIFIED_V4 } from '../base/address.ts';
import { type PacketMemory, PlainPacketMemory } from '../base/packet-memory.ts';
import type { IcmpErrorKind, IcmpErrorReport } from '../ip/ip-context.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { type IcmpMessage, IcmpType, IcmpUnreachableCode, TimeExceededCode } from '../wire/icmp.ts';
import { Icmpv6Type, Icmpv6UnreachableCode } from '../wire/icmpv6.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { parseQuotedPacket } from '../wire/quoted-packet.ts';

export type { IcmpErrorKind, IcmpErrorReport } from '../ip/ip-context.ts';

/** Error names that ICMP can cause, spelled as in errno. */
export type IcmpErrno =
  | 'ECONNREFUSED'
  | 'EHOSTUNREACH'
  | 'ENETUNREACH'
  | 'EHOSTDOWN'
  | 'ENONET'
  | 'ENOPROTOOPT'
  | 'EMSGSIZE'
  | 'EOPNOTSUPP'
  | 'EPROTO'
  | 'EACCES';

/** Fewer quoted transport bytes than these cannot be matched with anything (RFC 792: 64 bits are always quoted). */
const QUOTED_TRANSPORT_MIN = 8;

/** The report `parseIcmpError` fills; one is enough, it is valid during the receive call. */
export class IcmpErrorView implements IcmpErrorReport {
  family: 4 | 6 = 4;
  kind: IcmpErrorKind = 'other';
  type = 0;
  code = 0;
  mtu = 0;
  local = false;
  protocol = 0;
  source: Address = UNSPECIFIED_V4;
  destination: Address = UNSPECIFIED_V4;
  interfaceId = 0;
  memory: PacketMemory;
  quotedOffset = 0;
  quotedLength = 0;
  /** Who sent the error. */
  reporter: Address = UNSPECIFIED_V4;
  /** Parameter problem: the octet at fault in the quoted packet. */
  pointer = 0;
  /** Total length of the quoted packet by its own header; RFC 1191 section 5 needs it where the MTU is 0. */
  quotedTotalLength = 0;
  /** Scratch: only its addresses are meaningful. */
  readonly quoted: IpPacket;

  constructor() {
    this.memory = new PlainPacketMemory(64);
    this.quoted = new IpPacket(this.memory);
  }
}

/**
 * Reads the error `message`, parsed from `packet`, into `report`.
 * @returns `none`, or `icmpTruncated` when the quote is too short, or names no packet that could be matched
 */
export function parseIcmpError(packet: IpPacket, message: IcmpMessage, report: IcmpErrorView): DropReason {
  const { memory, family } = packet;
  const { type, code, bodyOffset } = message;
  report.family = family;
  report.type = type;
  report.code = code;
  report.local = false;
  report.interfaceId = packet.interfaceId;
  report.memory = memory;
  report.kind = icmpErrorKind(family, type, code);
  // RFC 4443 §3.2: 32 bits; held at 65535, since no link of ours has more.
  const reportedMtu = family === 4 ? message.nextHopMtu : Math.min(message.rest >>> 0, 0xffff);
  report.mtu = report.kind === 'packet-too-big' ? reportedMtu : 0;
  report.pointer = report.kind !== 'parameter-problem' ? 0 : family === 4 ? message.pointer : message.rest >>> 0;
  const { quoted } = report;
  const reason = parseQuotedPacket(memory, bodyOffset, bodyOffset + message.bodyLength, quoted);
  if (reason !== DropReason.none || quoted.family !== family) return DropReason.icmpTruncated;
  // A later fragment does not begin with a transport header.
  if (quoted.fragmentOffset !== 0 || quoted.payloadLength < QUOTED_TRANSPORT_MIN) return DropReason.icmpTruncated;
  report.protocol = quoted.protocol;
  report.quotedOffset = quoted.payloadOffset;
  report.quotedLength = quoted.payloadLength;
  report.quotedTotalLength =
    family === 4 ? memory.view.getUint16(bodyOffset + 2) : 40 + memory.view.getUint16(bodyOffset + 4);
  report.reporter = packet.sourceAddress();
  report.source = quoted.sourceAddress();
  report.destination = quoted.destinationAddress();
  return DropReason.none;
}

/** What a type and code mean to a transport. */
export function icmpErrorKind(family: 4 | 6, type: number, code: number): IcmpErrorKind {
  return family === 4 ? kind4(type, code) : kind6(type, code);
}

/**
 * RFC 1122 §4.2.3.9, RFC 5461 §2: protocol and port unreachable (and in ICMPv6 prohibited and port) are hard, the rest is
 * soft. Fragmentation needed was hard once; since RFC 1191 it is advice about size and never ends a connection.
 */
export function isHardIcmpError(report: IcmpErrorReport): boolean {
  if (report.local) return false;
  if (report.family === 6) {
    const isUnreachable = report.type === Icmpv6Type.destinationUnreachable;
    return (
      isUnreachable && (report.code === Icmpv6UnreachableCode.prohibited || report.code === Icmpv6UnreachableCode.port)
    );
  }
  const isUnreachable = report.type === IcmpType.destinationUnreachable;
  return isUnreachable && (report.code === IcmpUnreachableCode.protocol || report.code === IcmpUnreachableCode.port);
}

/** The errno Linux gives a socket for the error; null when a transport should say nothing (source quench, unknown). */
export function icmpErrno(report: IcmpErrorReport): IcmpErrno | null {
  if (!report.local && report.family === 4 && report.type === IcmpType.destinationUnreachable) {
    return UNREACHABLE_ERRNO[report.code] ?? null;
  }
  switch (report.kind) {
    case 'net-unreachable':
      return 'ENETUNREACH';
    case 'host-unreachable':
    case 'time-exceeded':
      return 'EHOSTUNREACH';
    case 'port-unreachable':
      return 'ECONNREFUSED';
    case 'protocol-unreachable':
      return 'ENOPROTOOPT';
    case 'packet-too-big':
      return 'EMSGSIZE';
    case 'administratively-prohibited':
      return 'EACCES';
    case 'source-route-failed':
      return 'EOPNOTSUPP';
    case 'parameter-problem':
      return 'EPROTO';
    default:
      return null;
  }
}

/**
 * Whether Linux takes the error for final: a connected datagram socket reports only those, and a connection still being
 * opened fails at once with them.
 */
export function isFatalOnLinux(report: IcmpErrorReport): boolean {
  if (report.local) return false;
  if (report.kind === 'parameter-problem') return true;
  if (report.family === 6) {
    if (report.type !== Icmpv6Type.destinationUnreachable) return false;
    const { code } = report;
    return (
      code === Icmpv6UnreachableCode.prohibited ||
      (code >= Icmpv6UnreachableCode.port && code <= Icmpv6UnreachableCode.rejectRoute)
    );
  }
  if (report.type !== IcmpType.destinationUnreachable || report.code >= UNREACHABLE_ERRNO.length) return false;
  return ((FATAL_UNREACHABLE >>> report.code) & 1) === 1;
}

/** Whether Linux gives up a connection of which it has answered no more than the SYN: of IPv4 for what is no fault of the port. */
export function endsHalfOpenOnLinux(report: IcmpErrorReport): boolean {
  if (report.local) return false;
  if (report.family === 6) return isFatalOnLinux(report);
  const { kind, type, code } = report;
  if (kind === 'parameter-problem') return true;
  if (kind === 'time-exceeded') return code !== TimeExceededCode.reassembly;
  return type === IcmpType.destinationUnreachable && code <= IcmpUnreachableCode.host;
}

/** RFC 6069 section 3: a router had no way for the packet; for IPv6 Linux takes "no route" alone. */
export function tellsOfNoRoute({ family, type, code, local }: IcmpErrorReport): boolean {
  if (local) return false;
  if (family === 6) return type === Icmpv6Type.destinationUnreachable && code === Icmpv6UnreachableCode.noRoute;
  return type === IcmpType.destinationUnreachable && code <= IcmpUnreachableCode.host;
}

/** Linux tells no transport that fragments of an IPv4 packet ran out of time. */
export function isIgnoredOnLinux({ family, kind, code, local }: IcmpErrorReport): boolean {
  return !local && family === 4 && kind === 'time-exceeded' && code === TimeExceededCode.reassembly;
}

/** By code of destination unreachable. */
const UNREACHABLE_ERRNO: readonly IcmpErrno[] = [
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENOPROTOOPT',
  'ECONNREFUSED',
  'EMSGSIZE',
  'EOPNOTSUPP',
  'ENETUNREACH',
  'EHOSTDOWN',
  'ENONET',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
  'EHOSTUNREACH',
];

/** Bit n: code n is final for Linux (2, 3, 6 to 10, 13 to 15). */
const FATAL_UNREACHABLE = 0b1110_0111_1100_1100;

function kind4(type: number, code: number): IcmpErrorKind {
  switch (type) {
    case IcmpType.destinationUnreachable:
      return UNREACHABLE_KIND[code] ?? 'other';
    case IcmpType.sourceQuench:
      return 'source-quench';
    case IcmpType.timeExceeded:
      return 'time-exceeded';
    case IcmpType.parameterProblem:
      return 'parameter-problem';
    default:
      return 'other';
  }
}

function kind6(type: number, code: number): IcmpErrorKind {
  switch (type) {
    case Icmpv6Type.destinationUnreachable:
      return UNREACHABLE6_KIND[code] ?? 'other';
    case Icmpv6Type.packetTooBig:
      return 'packet-too-big';
    case Icmpv6Type.timeExceeded:
      return 'time-exceeded';
    case Icmpv6Type.parameterProblem:
      return 'parameter-problem';
    default:
      return 'other';
  }
}

const UNREACHABLE_KIND: readonly IcmpErrorKind[] = [
  'net-unreachable',
  'host-unreachable',
  'protocol-unreachable',
  'port-unreachable',
  'packet-too-big',
  'source-route-failed',
  'net-unreachable',
  'host-unreachable',
  'host-unreachable',
  'administratively-prohibited',
  'administratively-prohibited',
  'net-unreachable',
  'host-unreachable',
  'administratively-prohibited',
  'administratively-prohibited',
  'administratively-prohibited',
];

const UNREACHABLE6_KIND: readonly IcmpErrorKind[] = [
  'net-unreachable',
  'administratively-prohibited',
  'host-unreachable',
  'host-unreachable',
  'port-unreachable',
  'administratively-prohibited',
  'administratively-prohibited',
];
