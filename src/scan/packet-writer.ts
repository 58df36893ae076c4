/**
 * Writing what a scan sends: TCP segments of any kind, datagrams, echo requests, and the two ways to ask for a hardware address, as whole
 * frames with checksums.
 */
import { Address } from '../base/address.ts';
import { MAC_BROADCAST, MacAddress } from '../base/mac-address.ts';
import type { Slot } from '../base/slot.ts';
import { ArpOperation, ArpPacket, emitArp } from '../wire/arp.ts';
import { pseudoHeaderSum } from '../wire/checksum.ts';
import { ETHERNET_FRAME_MIN, ETHERNET_HEADER_LENGTH, EtherType, emitEthernet } from '../wire/ethernet.ts';
import { emitIcmp, ICMP_HEADER_LENGTH, IcmpType } from '../wire/icmp.ts';
import { emitIcmpv6, Icmpv6Type } from '../wire/icmpv6.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitIpv4Header } from '../wire/ipv4.ts';
import { emitIpv6Header } from '../wire/ipv6.ts';
import { emitNdp, ndpOptionsOffset } from '../wire/ndp-emit.ts';
import { NdpMessage } from '../wire/ndp-message.ts';
import { NdpOptionType, writeLinkAddress } from '../wire/ndp-options.ts';
import { emitTcpHeader, TCP_HEADER_LENGTH, writeTcpChecksum } from '../wire/tcp.ts';
import { TcpFlag, TcpOptionKind } from '../wire/tcp-segment.ts';
import { emitUdpHeader, UDP_HEADER_LENGTH, writeUdpChecksum } from '../wire/udp.ts';
import type { LocalEnd } from './local-end.ts';

/** Hop limit of probes. */
const HOP_LIMIT = 64;
/** RFC 4861 §7.1: neighbor discovery that was routed is not believed. */
const NDP_HOP_LIMIT = 255;
/** The window probes offer, and the segment size a SYN announces: what every host takes (RFC 9293 §3.7.1 wants an MSS in a SYN). */
const WINDOW = 1024;
const MSS = 1460;
const SYN_HEADER_LENGTH = TCP_HEADER_LENGTH + 4;

/** Numbers of a TCP segment. */
export interface SegmentNumbers {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly seq: number;
  readonly ack: number;
  readonly flags: number;
}

/** Writes frames into slots; one per scanner. */
export class PacketWriter {
  private readonly local: LocalEnd;
  private scratch: IpPacket | null = null;
  private readonly arp = new ArpPacket();
  private readonly ndp = new NdpMessage();

  constructor(local: LocalEnd) {
    this.local = local;
  }

  /** A segment without data; a SYN carries the MSS option. */
  segment(slot: Slot, mac: MacAddress, source: Address, target: Address, numbers: SegmentNumbers): void {
    const hasMss = (numbers.flags & TcpFlag.syn) !== 0;
    const length = hasMss ? SYN_HEADER_LENGTH : TCP_HEADER_LENGTH;
    const packet = this.begin(slot, source, target, IpProtocol.tcp, HOP_LIMIT);
    const at = this.headers(slot, mac, packet, length);
    const { memory } = slot;
    const { sourcePort, destinationPort, seq, ack, flags } = numbers;
    const isLast = (flags & TcpFlag.rst) !== 0;
    const options = emitTcpHeader(
      memory,
      at,
      sourcePort,
      destinationPort,
      seq,
      ack,
      flags,
      isLast ? 0 : WINDOW,
      0,
      length,
    );
    if (hasMss) memory.view.setUint32(options, (TcpOptionKind.maximumSegmentSize << 24) | (4 << 16) | MSS);
    writeTcpChecksum(memory, at, length, pseudoHeaderSum(packet, IpProtocol.tcp, length));
  }

  datagram(
    slot: Slot,
    mac: MacAddress,
    source: Address,
    target: Address,
    sourcePort: number,
    port: number,
    payload: Uint8Array,
  ): void {
    const length = UDP_HEADER_LENGTH + payload.length;
    const packet = this.begin(slot, source, target, IpProtocol.udp, HOP_LIMIT);
    const at = this.headers(slot, mac, packet, length);
    emitUdpHeader(slot.memory, at, sourcePort, port, length);
    slot.memory.u8.set(payload, at + UDP_HEADER_LENGTH);
    writeUdpChecksum(slot.memory, at, length, pseudoHeaderSum(packet, IpProtocol.udp, length));
  }

  /** @param rest identifier and sequence number as in `echoRest` */
  echo(slot: Slot, mac: MacAddress, source: Address, target: Address, rest: number): void {
    const isV4 = target.family === 4;
    const packet = this.begin(slot, source, target, isV4 ? IpProtocol.icmp : IpProtocol.icmpv6, HOP_LIMIT);
    const at = this.headers(slot, mac, packet, ICMP_HEADER_LENGTH);
    if (isV4) emitIcmp(slot.memory, at, IcmpType.echoRequest, 0, rest, ICMP_HEADER_LENGTH);
    else {
      const sum = pseudoHeaderSum(packet, IpProtocol.icmpv6, ICMP_HEADER_LENGTH);
      emitIcmpv6(slot.memory, at, Icmpv6Type.echoRequest, 0, rest, ICMP_HEADER_LENGTH, sum);
    }
  }

  /** Who has `target`? ARP for IPv4, a neighbor solicitation for IPv6. */
  neighborRequest(slot: Slot, source: Address, target: Address): void {
    if (target.family === 4) {
      this.arpPacket(slot, ArpOperation.request, MAC_BROADCAST, source, target, null);
      return;
    }
    const group = Address.v6(0xff020000, 0, 1, 0xff000000 | (target.w3 & 0xffffff));
    this.neighborMessage(slot, Icmpv6Type.neighborSolicitation, multicastMac(group), source, group, target);
  }

  /** We are here: the answer to somebody who asked for our address `own`. */
  neighborReply(slot: Slot, mac: MacAddress, own: Address, asker: Address): void {
    if (own.family === 4) this.arpPacket(slot, ArpOperation.reply, mac, own, asker, mac);
    else this.neighborMessage(slot, Icmpv6Type.neighborAdvertisement, mac, own, asker, own);
  }

  private arpPacket(
    slot: Slot,
    operation: number,
    destination: MacAddress,
    sender: Address,
    target: Address,
    targetMac: MacAddress | null,
  ): void {
    const { mac } = this.local;
    const { arp } = this;
    arp.operation = operation;
    arp.senderHardwareHigh = mac.high;
    arp.senderHardwareLow = mac.low;
    arp.senderAddress = sender.w3;
    arp.targetHardwareHigh = targetMac?.high ?? 0;
    arp.targetHardwareLow = targetMac?.low ?? 0;
    arp.targetAddress = target.w3;
    const { memory, offset } = slot;
    memory.u8.fill(0, offset, offset + ETHERNET_FRAME_MIN);
    emitEthernet(memory, offset, destination.high, destination.low, mac.high, mac.low, EtherType.arp);
    emitArp(memory, offset + ETHERNET_HEADER_LENGTH, arp);
    slot.length = ETHERNET_FRAME_MIN;
  }

  private neighborMessage(
    slot: Slot,
    type: number,
    mac: MacAddress,
    source: Address,
    destination: Address,
    target: Address,
  ): void {
    const { ndp, local } = this;
    const isReply = type === Icmpv6Type.neighborAdvertisement;
    const length = ndpOptionsOffset(type, 0) + 8;
    const packet = this.begin(slot, source, destination, IpProtocol.icmpv6, NDP_HOP_LIMIT);
    const at = this.headers(slot, mac, packet, length);
    ndp.type = type;
    ndp.target0 = target.w0;
    ndp.target1 = target.w1;
    ndp.target2 = target.w2;
    ndp.target3 = target.w3;
    ndp.isSolicited = isReply;
    ndp.isOverride = isReply;
    const option = isReply ? NdpOptionType.targetLinkAddress : NdpOptionType.sourceLinkAddress;
    const end = writeLinkAddress(slot.memory, ndpOptionsOffset(type, at), option, local.mac.high, local.mac.low);
    emitNdp(slot.memory, at, packet, ndp, end);
  }

  private begin(slot: Slot, source: Address, target: Address, protocol: number, hopLimit: number): IpPacket {
    this.scratch ??= new IpPacket(slot.memory);
    const packet = this.scratch;
    packet.setAddresses(source, target);
    packet.protocol = protocol;
    packet.hopLimit = hopLimit;
    packet.dontFragment = false;
    return packet;
  }

  /** Link and IP header; returns where the transport header goes. */
  private headers(slot: Slot, mac: MacAddress, packet: IpPacket, length: number): number {
    const { memory } = slot;
    const own = this.local.mac;
    let at = slot.offset;
    if (this.local.isEthernet) {
      const type = packet.family === 4 ? EtherType.ipv4 : EtherType.ipv6;
      at += emitEthernet(memory, at, mac.high, mac.low, own.high, own.low, type);
    }
    // RFC 6864 §4.1: what is not fragmented needs no identification of its own.
    at +=
      packet.family === 4
        ? emitIpv4Header(memory, at, packet, 20 + length)
        : emitIpv6Header(memory, at, packet, 40 + length);
    slot.length = at + length - slot.offset;
    return at;
  }
}

/** RFC 2464 §7: the group's low 32 bits behind 33:33. */
function multicastMac(group: Address): MacAddress {
  return new MacAddress(0x3333, group.w3);
}
