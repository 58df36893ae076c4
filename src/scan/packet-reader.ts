/**
 * Reading what comes back, into one view that is refilled: who sent it, what it is, the numbers to match it by. Nothing is believed
 * here; bytes that are malformed or not for us give `kind` none and a reason that is counted.
 */
import type { Slot } from '../base/slot.ts';
import { ArpOperation, ArpPacket, parseArp } from '../wire/arp.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { EtherType, parseEthernet } from '../wire/ethernet.ts';
import { EthernetFrame } from '../wire/ethernet-frame.ts';
import { IcmpMessage, IcmpType, isIcmpError, parseIcmp } from '../wire/icmp.ts';
import { Icmpv6Type, isIcmpv6Error, parseIcmpv6 } from '../wire/icmpv6.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { parseNdp } from '../wire/ndp.ts';
import { NdpMessage } from '../wire/ndp-message.ts';
import { parseQuotedPacket } from '../wire/quoted-packet.ts';
import { parseTcp } from '../wire/tcp.ts';
import { TcpSegment } from '../wire/tcp-segment.ts';
import { parseUdp, UdpDatagram } from '../wire/udp.ts';
import type { LocalEnd } from './local-end.ts';

/** What a frame turned out to be. */
export const ReplyKind = {
  /** Malformed: `PacketReader.reason` says how. */
  bad: 0,
  /** Well formed and none of our business. */
  other: 1,
  segment: 2,
  datagram: 3,
  icmpError: 4,
  echoReply: 5,
  arpRequest: 6,
  arpReply: 7,
  solicitation: 8,
  advertisement: 9,
} as const;

/** Octets of a transport header that an ICMP error quotes at least (RFC 792): ports and, of TCP, the sequence number. */
const QUOTED_MIN = 8;

/** The view; which fields hold something depends on the kind. */
export class PacketReader {
  /** Addresses, hop limit. */
  readonly packet: IpPacket;
  readonly segment: TcpSegment;
  readonly datagram: UdpDatagram;
  readonly icmp = new IcmpMessage();
  readonly arp = new ArpPacket();
  readonly ndp = new NdpMessage();
  /** ICMP errors: the packet quoted, with the first numbers of its transport header. */
  readonly quoted: IpPacket;
  quotedSourcePort = 0;
  quotedPort = 0;
  quotedSeq = 0;
  /** Of bad frames. */
  reason: DropReason = DropReason.none;
  /** Hardware address of the sender, where there are such. */
  sourceHigh = 0;
  sourceLow = 0;
  private readonly frame = new EthernetFrame();
  private readonly local: LocalEnd;

  constructor(local: LocalEnd, slot: Slot) {
    this.local = local;
    this.packet = new IpPacket(slot.memory);
    this.segment = new TcpSegment(this.packet);
    this.datagram = new UdpDatagram(this.packet);
    this.quoted = new IpPacket(slot.memory);
  }

  /** Reads the frame; returns a ReplyKind. */
  read(slot: Slot): number {
    const { memory, offset } = slot;
    const end = offset + slot.length;
    this.reason = DropReason.none;
    if (!this.local.isEthernet) return this.readIp(slot, offset, end);
    const { frame } = this;
    const reason = parseEthernet(memory, offset, end, frame);
    if (reason !== DropReason.none) return this.bad(reason);
    this.sourceHigh = frame.sourceHigh;
    this.sourceLow = frame.sourceLow;
    if (frame.etherType === EtherType.arp) return this.readArp(slot);
    if (frame.etherType !== EtherType.ipv4 && frame.etherType !== EtherType.ipv6) return ReplyKind.other;
    return this.readIp(slot, frame.payloadOffset, frame.payloadEnd);
  }

  private readArp(slot: Slot): number {
    const { arp, frame } = this;
    const reason = parseArp(slot.memory, frame.payloadOffset, frame.payloadEnd, arp);
    if (reason !== DropReason.none) return this.bad(reason);
    if (arp.operation === ArpOperation.request) return ReplyKind.arpRequest;
    return arp.operation === ArpOperation.reply ? ReplyKind.arpReply : ReplyKind.other;
  }

  private readIp(slot: Slot, offset: number, end: number): number {
    const { packet } = this;
    const { memory } = slot;
    if (end <= offset) return this.bad(DropReason.ipTruncated);
    packet.memory = memory;
    packet.checksumVerified = slot.checksumVerified;
    const isV4 = memory.u8[offset]! >>> 4 === 4;
    const reason = isV4 ? parseIpv4(memory, offset, end, packet) : parseIpv6(memory, offset, end, packet);
    if (reason !== DropReason.none) return this.bad(reason);
    // An answer to a probe fits any packet: what comes in pieces is none.
    if (packet.isFragment) return ReplyKind.other;
    switch (packet.protocol) {
      case IpProtocol.tcp:
        return this.isOurs() ? this.kindOf(parseTcp(this.segment), ReplyKind.segment) : ReplyKind.other;
      case IpProtocol.udp:
        return this.isOurs() ? this.kindOf(parseUdp(this.datagram), ReplyKind.datagram) : ReplyKind.other;
      case IpProtocol.icmp:
        return isV4 && this.isOurs() ? this.readIcmp() : ReplyKind.other;
      case IpProtocol.icmpv6:
        return isV4 ? ReplyKind.other : this.readIcmpv6();
      default:
        return ReplyKind.other;
    }
  }

  private isOurs(): boolean {
    const { family, destination0, destination1, destination2, destination3 } = this.packet;
    return this.local.isOwn(family, destination0, destination1, destination2, destination3);
  }

  private readIcmp(): number {
    const { icmp } = this;
    const reason = parseIcmp(this.packet, icmp);
    if (reason !== DropReason.none) return this.bad(reason);
    if (icmp.type === IcmpType.echoReply) return ReplyKind.echoReply;
    return isIcmpError(icmp.type) ? this.readQuoted() : ReplyKind.other;
  }

  private readIcmpv6(): number {
    const { icmp, packet } = this;
    const reason = parseIcmpv6(packet, icmp);
    if (reason !== DropReason.none) return this.bad(reason);
    if (icmp.type === Icmpv6Type.neighborSolicitation || icmp.type === Icmpv6Type.neighborAdvertisement) {
      const isSolicitation = icmp.type === Icmpv6Type.neighborSolicitation;
      return this.kindOf(
        parseNdp(packet, icmp, this.ndp),
        isSolicitation ? ReplyKind.solicitation : ReplyKind.advertisement,
      );
    }
    if (!this.isOurs()) return ReplyKind.other;
    if (icmp.type === Icmpv6Type.echoReply) return ReplyKind.echoReply;
    return isIcmpv6Error(icmp.type) ? this.readQuoted() : ReplyKind.other;
  }

  private readQuoted(): number {
    const { icmp, packet, quoted } = this;
    const { memory } = packet;
    const reason = parseQuotedPacket(memory, icmp.bodyOffset, icmp.bodyOffset + icmp.bodyLength, quoted);
    if (reason !== DropReason.none) return this.bad(reason);
    if (quoted.family !== packet.family || quoted.payloadLength < QUOTED_MIN) return this.bad(DropReason.icmpTruncated);
    this.quotedSourcePort = memory.view.getUint16(quoted.payloadOffset);
    this.quotedPort = memory.view.getUint16(quoted.payloadOffset + 2);
    this.quotedSeq = memory.view.getInt32(quoted.payloadOffset + 4);
    const { family, source0, source1, source2, source3 } = quoted;
    return this.local.isOwn(family, source0, source1, source2, source3) ? ReplyKind.icmpError : ReplyKind.other;
  }

  private kindOf(reason: DropReason, kind: number): number {
    return reason === DropReason.none ? kind : this.bad(reason);
  }

  private bad(reason: DropReason): number {
    this.reason = reason;
    return ReplyKind.bad;
  }
}
