/**
 * A packet as it was on the wire between the stack under test and the script: read into plain data with the parsers of `wire`, so
 * that it can be kept, compared and printed. Sequence numbers are unsigned.
 */
import type { Slot } from '../base/slot.ts';
import { isChecksumRight, pseudoHeaderSum } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IcmpMessage, parseIcmp } from '../wire/icmp.ts';
import { parseIcmpv6 } from '../wire/icmpv6.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { parseQuotedPacket } from '../wire/quoted-packet.ts';
import { parseTcpHeader, TCP_HEADER_LENGTH } from '../wire/tcp.ts';
import { TcpFlag, TcpSegment } from '../wire/tcp-segment.ts';

/** One option as it stood in the header. End-of-list and no-operation have an empty body. */
export interface LiveOption {
  readonly kind: number;
  /** Octets behind kind and length. */
  readonly body: Uint8Array;
}

/** The TCP part of a packet. */
export interface LiveTcp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  /** TcpFlag bits, nine of them. */
  readonly flags: number;
  /** As on the wire, not scaled. */
  readonly window: number;
  readonly urgentPointer: number;
  /** In wire order; null when the list could not be read. */
  readonly options: readonly LiveOption[] | null;
  readonly payloadLength: number;
  /** Every octet of the payload is 0. */
  readonly isPayloadZero: boolean;
}

/** The ICMP part of a packet; what it quotes is told by sequence number where it was TCP. */
export interface LiveIcmp {
  readonly type: number;
  readonly code: number;
  /** Octets 4 to 7: MTU, identifier, pointer. */
  readonly rest: number;
  readonly quotedSeq: number | null;
}

/** One packet, in either direction. */
export interface LivePacket {
  /** Virtual time in microseconds. */
  readonly timeUs: number;
  readonly family: 4 | 6;
  readonly source: string;
  readonly destination: string;
  /** DSCP and ECN. */
  readonly trafficClass: number;
  readonly hopLimit: number;
  readonly flowLabel: number;
  readonly protocol: number;
  /** Octets of the packet. */
  readonly totalLength: number;
  /** Why it is no good packet at all, null when it is. */
  readonly fault: string | null;
  readonly tcp: LiveTcp | null;
  readonly icmp: LiveIcmp | null;
  /** UDP payload octets. */
  readonly udpLength: number | null;
  /** Ports of a UDP datagram. */
  readonly udpPorts: { readonly source: number; readonly destination: number } | null;
}

/**
 * Reads the packet in a slot (bare IP, no link header); what is broken is told in `fault`.
 * @param isSummed the TCP checksum is whole; false where the sender leaves it to a device
 */
export function readPacket(slot: Slot, timeUs: number, isSummed: boolean): LivePacket {
  const { memory, offset } = slot;
  const packet = new IpPacket(memory);
  const end = offset + slot.length;
  const isV6 = slot.length > 0 && (memory.u8[offset] ?? 0) >> 4 === 6;
  const reason = isV6 ? parseIpv6(memory, offset, end, packet) : parseIpv4(memory, offset, end, packet);
  const common = {
    timeUs,
    family: packet.family,
    source: packet.sourceAddress().toString(),
    destination: packet.destinationAddress().toString(),
    trafficClass: packet.trafficClass,
    hopLimit: packet.hopLimit,
    flowLabel: packet.flowLabel,
    protocol: packet.protocol,
    totalLength: slot.length,
  };
  const none = { fault: null, tcp: null, icmp: null, udpLength: null, udpPorts: null };
  if (reason !== DropReason.none) return { ...common, ...none, fault: 'the IP header is broken' };
  switch (packet.protocol) {
    case IpProtocol.tcp: {
      const segment = new TcpSegment(packet);
      if (parseTcpHeader(segment) !== DropReason.none) return { ...common, ...none, fault: 'the TCP header is broken' };
      const sum = pseudoHeaderSum(packet, IpProtocol.tcp, packet.payloadLength);
      const isRight = !isSummed || isChecksumRight(memory, packet.payloadOffset, packet.payloadLength, sum);
      return { ...common, ...none, fault: isRight ? null : 'the TCP checksum is wrong', tcp: readTcp(segment) };
    }
    case IpProtocol.icmp:
    case IpProtocol.icmpv6: {
      const message = new IcmpMessage();
      const isBroken = (isV6 ? parseIcmpv6(packet, message) : parseIcmp(packet, message)) !== DropReason.none;
      return {
        ...common,
        ...none,
        fault: isBroken ? 'the ICMP message is broken' : null,
        icmp: readIcmp(packet, message),
      };
    }
    case IpProtocol.udp:
      return {
        ...common,
        ...none,
        udpLength: packet.payloadLength - 8,
        udpPorts: {
          source: memory.view.getUint16(packet.payloadOffset),
          destination: memory.view.getUint16(packet.payloadOffset + 2),
        },
      };
    default:
      return { ...common, ...none };
  }
}

/** True for SYN and SYN-ACK. */
export function isSyn(flags: number): boolean {
  return (flags & TcpFlag.syn) !== 0;
}

function readTcp(segment: TcpSegment): LiveTcp {
  const { u8 } = segment.packet.memory;
  const payload = u8.subarray(segment.payloadOffset, segment.payloadOffset + segment.payloadLength);
  const start = segment.packet.payloadOffset + TCP_HEADER_LENGTH;
  return {
    sourcePort: segment.sourcePort,
    destinationPort: segment.destinationPort,
    seq: segment.seq >>> 0,
    ack: segment.ack >>> 0,
    flags: segment.flags,
    window: segment.window,
    urgentPointer: segment.urgentPointer,
    options: readOptions(u8.slice(start, segment.payloadOffset)),
    payloadLength: segment.payloadLength,
    isPayloadZero: payload.every((octet) => octet === 0),
  };
}

/** The options of a list in order, padding included; null when a length is impossible. */
export function readOptions(list: Uint8Array): LiveOption[] | null {
  const options: LiveOption[] = [];
  for (let at = 0; at < list.length; ) {
    const kind = list[at] ?? 0;
    if (kind <= 1) {
      options.push({ kind, body: new Uint8Array(0) });
      at++;
      continue;
    }
    const length = list[at + 1] ?? 0;
    if (length < 2 || at + length > list.length) return null;
    options.push({ kind, body: list.slice(at + 2, at + length) });
    at += length;
  }
  return options;
}

function readIcmp(packet: IpPacket, message: IcmpMessage): LiveIcmp {
  const { memory } = packet;
  const quoted = new IpPacket(memory);
  const end = message.bodyOffset + message.bodyLength;
  const isQuoted =
    message.bodyLength > 0 &&
    parseQuotedPacket(memory, message.bodyOffset, end, quoted) === DropReason.none &&
    quoted.protocol === IpProtocol.tcp &&
    quoted.payloadLength >= 8;
  return {
    type: message.type,
    code: message.code,
    rest: message.rest >>> 0,
    quotedSeq: isQuoted ? memory.view.getUint32(quoted.payloadOffset + 4) : null,
  };
}
