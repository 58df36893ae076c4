/** Building the packets a script injects: headers and checksums right, whatever the script asks for in between. */
import type { Address } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import type { TcpAuthAlgorithms } from '../tcp/auth/algorithms.ts';
import { md5Octets } from '../tcp/auth/signed-octets.ts';
import { pseudoHeaderSum } from '../wire/checksum.ts';
import { emitIcmp } from '../wire/icmp.ts';
import { emitIcmpv6 } from '../wire/icmpv6.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitIpv4Header, IPV4_HEADER_LENGTH } from '../wire/ipv4.ts';
import { emitIpv6Header, IPV6_HEADER_LENGTH } from '../wire/ipv6.ts';
import { emitTcpHeader, TCP_HEADER_LENGTH, writeTcpChecksum } from '../wire/tcp.ts';
import { emitUdpHeader, UDP_HEADER_LENGTH, writeUdpChecksum } from '../wire/udp.ts';
import { DrillError } from './drill-error.ts';

/** What the IP header says. */
export interface IpFields {
  readonly source: Address;
  readonly destination: Address;
  readonly trafficClass: number;
  readonly hopLimit: number;
  readonly flowLabel: number;
}

/** What the TCP header says; numbers as on the wire. */
export interface SegmentFields {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  /** TcpFlag bits, nine of them. */
  readonly flags: number;
  readonly window: number;
  readonly urgentPointer: number;
  /** A multiple of four octets, 40 at most. */
  readonly options: Uint8Array;
  /** Zero octets. */
  readonly payloadLength: number;
  /** A digest (RFC 2385) that is to be computed; its place among the options. */
  readonly signature?: Signature | null;
}

/** How a segment is signed. */
export interface Signature {
  readonly at: number;
  readonly key: Uint8Array;
  readonly algorithms: TcpAuthAlgorithms;
}

/** An ICMP message about a segment. */
export interface IcmpFields {
  readonly type: number;
  readonly code: number;
  readonly rest: number;
  /** The packet it is about, from its IP header on; what fits an ICMP error of it. */
  readonly quoted: Uint8Array;
}

/** A whole IP packet with the segment. */
export function buildSegment(ip: IpFields, segment: SegmentFields): Uint8Array {
  const headerLength = TCP_HEADER_LENGTH + segment.options.length;
  const length = headerLength + segment.payloadLength;
  const { memory, at, packet } = startPacket(ip, IpProtocol.tcp, length);
  const { sourcePort, destinationPort, seq, ack, flags, window, urgentPointer, options } = segment;
  emitTcpHeader(memory, at, sourcePort, destinationPort, seq | 0, ack | 0, flags, window, urgentPointer, headerLength);
  memory.u8.set(options, at + TCP_HEADER_LENGTH);
  if (segment.signature) {
    const { algorithms, key, at: place } = segment.signature;
    const octets = md5Octets(ip.source, ip.destination, { memory, offset: at, headerLength, length }, key);
    memory.u8.set(algorithms.md5(octets), at + TCP_HEADER_LENGTH + place);
  }
  writeTcpChecksum(memory, at, length, pseudoHeaderSum(packet, IpProtocol.tcp, length));
  return memory.u8.slice(0, at + length);
}

/** A whole IP packet with the ICMP message. */
export function buildIcmp(ip: IpFields, icmp: IcmpFields): Uint8Array {
  const isV4 = ip.source.family === 4;
  const protocol = isV4 ? IpProtocol.icmp : IpProtocol.icmpv6;
  const length = 8 + icmp.quoted.length;
  const { memory, at, packet } = startPacket(ip, protocol, length);
  memory.u8.set(icmp.quoted, at + 8);
  if (isV4) emitIcmp(memory, at, icmp.type, icmp.code, icmp.rest, length);
  else emitIcmpv6(memory, at, icmp.type, icmp.code, icmp.rest, length, pseudoHeaderSum(packet, protocol, length));
  return memory.u8.slice(0, at + length);
}

/** A UDP datagram of zero octets. */
export function buildUdp(ip: IpFields, sourcePort: number, destinationPort: number, payloadLength: number): Uint8Array {
  const length = UDP_HEADER_LENGTH + payloadLength;
  const { memory, at, packet } = startPacket(ip, IpProtocol.udp, length);
  emitUdpHeader(memory, at, sourcePort, destinationPort, length);
  writeUdpChecksum(memory, at, length, pseudoHeaderSum(packet, IpProtocol.udp, length));
  return memory.u8.slice(0, at + length);
}

/** A packet with its IP header written and room for `length` octets behind it. */
function startPacket(
  ip: IpFields,
  protocol: number,
  length: number,
): { memory: PlainPacketMemory; at: number; packet: IpPacket } {
  const isV4 = ip.source.family === 4;
  const headerLength = isV4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH;
  if (headerLength + length > 0xffff) {
    throw new DrillError(`a packet of ${headerLength + length} octets is too large; --mss=1460 cuts it`);
  }
  const memory = new PlainPacketMemory(Math.max(64, (headerLength + length + 8) & ~7));
  const packet = new IpPacket(memory);
  packet.setAddresses(ip.source, ip.destination);
  packet.trafficClass = ip.trafficClass;
  packet.hopLimit = ip.hopLimit;
  packet.flowLabel = ip.flowLabel;
  packet.protocol = protocol;
  packet.dontFragment = true;
  if (isV4) emitIpv4Header(memory, 0, packet, headerLength + length);
  else emitIpv6Header(memory, 0, packet, headerLength + length);
  return { memory, at: headerLength, packet };
}
