/**
 * The way in: from a frame to the transport it is for, in the order of RFC 1122 section 3.2.1 and RFC 8200 section 3. One
 * view is refilled for every packet; an ordinary packet costs no allocation.
 */
import { type PacketMemory, PlainPacketMemory } from '../base/packet-memory.ts';
import type { Slot } from '../base/slot.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { EtherType, parseEthernet } from '../wire/ethernet.ts';
import { EthernetFrame } from '../wire/ethernet-frame.ts';
import { Icmpv6ParameterCode } from '../wire/icmpv6.ts';
import { Ecn, IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import type { Arp } from './arp.ts';
import type { ControlMessages } from './control-messages.ts';
import type { IpFamilyCounters } from './counters.ts';
import type { Forwarder } from './forwarding.ts';
import type { Interface } from './interface.ts';
import type { IcmpErrors, IcmpReceiver, IpContext, TransportProtocols } from './ip-context.ts';
import { classifyDestination, Delivery, isMartianSource } from './ip-input.ts';
import { Reassembler, type ReassemblyEvents, type ReassemblySettings } from './reassembly.ts';
import type { Routing } from './routing.ts';

/** Datagrams one source may have under assembly. */
const DATAGRAMS_PER_SOURCE = 64;

/** What the way in leads to. */
export interface ReceiverParts {
  readonly transports: TransportProtocols;
  readonly routing: Routing;
  readonly arp: Arp;
  readonly control: ControlMessages;
  readonly icmp: IcmpReceiver;
  readonly errors: IcmpErrors;
  readonly forwarder: Forwarder;
}

export class IpReceiver implements ReassemblyEvents {
  readonly reassembler4: Reassembler;
  readonly reassembler6: Reassembler;
  private readonly context: IpContext;
  private readonly parts: ReceiverParts;
  private readonly frame = new EthernetFrame();
  private readonly packet = new IpPacket(new PlainPacketMemory(64));
  private readonly known = new KnownAddresses();

  constructor(context: IpContext, parts: ReceiverParts) {
    this.context = context;
    this.parts = parts;
    const { clock, wheel, hash, counters, settings } = context;
    const make = (timeoutMs: number, counted: IpFamilyCounters): Reassembler =>
      new Reassembler(reassemblySettings(context, timeoutMs), clock, wheel, hash, counted, this);
    this.reassembler4 = make(settings.ipfragTimeMs, counters.ip);
    this.reassembler6 = make(settings.ip6fragTimeMs, counters.ip6);
  }

  /** Takes in one frame of `owner`. @returns DropReason */
  receive(owner: Interface, slot: Slot): DropReason {
    const { memory, offset, length } = slot;
    const { packet } = this;
    packet.interfaceId = owner.id;
    packet.checksumVerified = slot.checksumVerified;
    packet.gsoSize = slot.gsoSize;
    packet.linkBroadcast = false;
    if (owner.isEthernet) return this.frameArrived(owner, slot, offset + length);
    const version = length > 0 ? memory.u8[offset]! >>> 4 : 0;
    return this.packetArrived(owner, slot, offset, offset + length, version);
  }

  reassemblyTimedOut(first: IpPacket): void {
    this.context.dropped(DropReason.reassemblyTimeout, first.interfaceId);
    this.parts.errors.reassemblyTimedOut(first);
  }

  private frameArrived(owner: Interface, slot: Slot, end: number): DropReason {
    const { frame, packet } = this;
    const { memory } = slot;
    const reason = parseEthernet(memory, slot.offset, end, frame);
    if (reason !== DropReason.none) return reason;
    if (frame.isGroup) packet.linkBroadcast = true;
    else if (frame.destinationLow !== owner.mac.low || frame.destinationHigh !== owner.mac.high) {
      return DropReason.notForUs;
    }
    // A tagged frame belongs to a virtual network this interface is no member of; priority tags (id 0) are fine.
    if (frame.vlanId !== 0 || frame.outerVlanId !== 0) return DropReason.notForUs;
    switch (frame.etherType) {
      case EtherType.ipv4:
        return this.packetArrived(owner, slot, frame.payloadOffset, frame.payloadEnd, 4);
      case EtherType.ipv6:
        return this.packetArrived(owner, slot, frame.payloadOffset, frame.payloadEnd, 6);
      case EtherType.arp:
        return this.parts.arp.receive(owner, memory, frame.payloadOffset, frame.payloadEnd, frame.isGroup);
      default:
        return DropReason.unknownEtherType;
    }
  }

  private packetArrived(owner: Interface, slot: Slot, offset: number, end: number, version: number): DropReason {
    const { packet, parts } = this;
    const counters = version === 6 ? this.context.counters.ip6 : this.context.counters.ip;
    counters.InReceives++;
    const reason = parse(slot.memory, offset, end, packet, version);
    if (reason !== DropReason.none) {
      counters.InHdrErrors++;
      if (reason === DropReason.ipBadChecksum) counters.InCsumErrors++;
      this.reportHeader(owner, reason);
      return reason;
    }
    counters.InOctets += packet.totalLength;
    countEcn(counters, packet.trafficClass & 3);
    const delivery = this.judge(owner);
    if (delivery === Delivery.spoofed) {
      counters.InAddrErrors++;
      return DropReason.martianSource;
    }
    if (delivery === Delivery.notOurs && this.context.settings.forwarding) return parts.forwarder.forward(packet, slot);
    if (delivery === Delivery.notOurs || delivery === Delivery.martian) {
      // Groups others listen to reach every station; that is nobody's error.
      if (!isToGroup(packet)) counters.InAddrErrors++;
      return delivery === Delivery.martian ? DropReason.martianSource : DropReason.notForUs;
    }
    if (delivery === Delivery.multicast) counters.InMcastPkts++;
    else if (delivery === Delivery.broadcast) counters.InBcastPkts++;
    // RFC 1122 §3.3.6: a unicast packet in a group frame is somebody's mistake or a trick.
    else if (packet.linkBroadcast && packet.family === 4) return DropReason.notForUs;
    if (packet.sourceRouteOffset !== 0 && !this.context.settings.acceptSourceRoute) return DropReason.ipBadOption;
    if (!packet.isFragment) return this.deliver(owner, packet);
    const reassembler = packet.family === 4 ? this.reassembler4 : this.reassembler6;
    const whole = reassembler.push(packet);
    if (whole === null) {
      if (packet.family === 6) this.reportHeader(owner, reassembler.lastDrop);
      return reassembler.lastDrop;
    }
    return this.deliver(owner, whole);
  }

  private deliver(owner: Interface, packet: IpPacket): DropReason {
    const { parts } = this;
    const counters = packet.family === 6 ? this.context.counters.ip6 : this.context.counters.ip;
    const icmpProtocol = packet.family === 4 ? IpProtocol.icmp : IpProtocol.icmpv6;
    if (packet.protocol === icmpProtocol) {
      counters.InDelivers++;
      if (parts.icmp.arrived(packet) === 0) return DropReason.none;
      return parts.control.icmpArrived(owner, packet);
    }
    if (packet.protocol === IpProtocol.igmp && packet.family === 4) {
      counters.InDelivers++;
      return parts.control.igmpArrived(owner, packet);
    }
    if (packet.protocol === IpProtocol.noNext && packet.family === 6) return DropReason.none;
    if (parts.transports.transportArrived(packet)) {
      counters.InDelivers++;
      return DropReason.none;
    }
    counters.InUnknownProtos++;
    parts.errors.protocolUnreachable(packet);
    return DropReason.unknownProtocol;
  }

  /** A Delivery, which for IPv4 is mostly that of the packet before. */
  private judge(owner: Interface): number {
    const { packet, known } = this;
    const { generation } = this.parts.routing.cache;
    if (packet.family === 4 && known.isAbout(packet, owner, generation)) return Delivery.ours;
    if (this.isSpoofed(owner)) return Delivery.spoofed;
    const delivery = this.deliveryOf(owner);
    if (packet.family === 4 && delivery === Delivery.ours) known.remember(packet, owner, generation);
    return delivery;
  }

  /** A source that cannot be, or our own address from outside (but duplicate address detection has to see that). */
  private isSpoofed(owner: Interface): boolean {
    const { packet } = this;
    if (isMartianSource(packet, owner)) return true;
    if (owner.isLoopback || packet.protocol === IpProtocol.icmpv6) return false;
    return this.parts.routing.findOwn(packet.source0, packet.source1, packet.source2, packet.source3) !== null;
  }

  private deliveryOf(owner: Interface): number {
    const { destination0, destination1, destination2, destination3 } = this.packet;
    const here = owner.findAddress(destination0, destination1, destination2, destination3);
    // RFC 1122 §3.3.4.2 leaves it open: an address is ours by whatever interface, as in Linux. RFC 4291 §2.5.6: but a
    // link-local one on its own link only.
    const isOwn =
      here?.isUsable === true ||
      ((owner.isLoopback || !isToLinkLocal6(this.packet)) &&
        this.parts.routing.findOwn(destination0, destination1, destination2, destination3) !== null);
    return classifyDestination(this.packet, owner, isOwn);
  }

  /** RFC 1122 §3.2.2.5, RFC 4443 §3.4: the sender of a header we cannot take is told where it went wrong. */
  private reportHeader(owner: Interface, reason: DropReason): void {
    const code = parameterCode(reason);
    if (code < 0 || isMartianSource(this.packet, owner)) return;
    const delivery = this.deliveryOf(owner);
    const isGroup = delivery === Delivery.multicast || delivery === Delivery.broadcast;
    if (isGroup && reason === DropReason.ipv6OptionReportUnicast) return;
    if (delivery !== Delivery.ours && !isGroup) return;
    this.parts.errors.parameterProblem(this.packet, code, this.packet.problemPointer);
  }
}

/** The addresses of the last IPv4 packet from a source that may be to an address of ours; good until our addresses change. */
class KnownAddresses {
  private source = 0;
  private destination = 0;
  private ownerId = -1;
  private generation = 0;

  isAbout(packet: IpPacket, owner: Interface, generation: number): boolean {
    const isSame = packet.source3 === this.source && packet.destination3 === this.destination;
    return isSame && owner.id === this.ownerId && generation === this.generation;
  }

  remember(packet: IpPacket, owner: Interface, generation: number): void {
    // Whether 0.0.0.0 may be a source depends on what the packet is.
    if (packet.source3 === 0) return;
    this.source = packet.source3;
    this.destination = packet.destination3;
    this.ownerId = owner.id;
    this.generation = generation;
  }
}

function parse(memory: PacketMemory, offset: number, end: number, packet: IpPacket, version: number): DropReason {
  if (version === 4) return parseIpv4(memory, offset, end, packet);
  return version === 6 ? parseIpv6(memory, offset, end, packet) : DropReason.ipBadVersion;
}

/** The code of a parameter problem, -1 for a fault nobody is told of. */
function parameterCode(reason: DropReason): number {
  switch (reason) {
    case DropReason.ipBadOption:
    case DropReason.ipv6RoutingHeader:
    case DropReason.ipv6BadFragmentLength:
    case DropReason.ipv6FragmentTooLong:
      return Icmpv6ParameterCode.erroneousField;
    case DropReason.ipv6HopByHopMisplaced:
      return Icmpv6ParameterCode.unknownNextHeader;
    case DropReason.ipv6OptionReport:
    case DropReason.ipv6OptionReportUnicast:
      return Icmpv6ParameterCode.unknownOption;
    case DropReason.ipv6HeaderChainSplit:
      return Icmpv6ParameterCode.incompleteHeaderChain;
    default:
      return -1;
  }
}

function isToGroup(packet: IpPacket): boolean {
  return packet.family === 4 ? packet.destination3 >>> 28 === 0xe : packet.destination0 >>> 24 === 0xff;
}

function isToLinkLocal6(packet: IpPacket): boolean {
  return packet.family === 6 && packet.destination0 >>> 22 === 0x3fa;
}

function countEcn(counters: IpFamilyCounters, ecn: number): void {
  if (ecn === Ecn.notEct) counters.InNoECTPkts++;
  else if (ecn === Ecn.ect0) counters.InECT0Pkts++;
  else if (ecn === Ecn.ect1) counters.InECT1Pkts++;
  else counters.InCEPkts++;
}

function reassemblySettings(context: IpContext, timeoutMs: number): ReassemblySettings {
  const { ipfragHighThreshBytes, ipfragMaxDatagrams, ipfragMaxFragments } = context.settings;
  return {
    timeoutMs,
    highThresholdBytes: ipfragHighThreshBytes,
    lowThresholdBytes: Math.floor(ipfragHighThreshBytes * 0.75),
    datagramsMax: ipfragMaxDatagrams,
    datagramsPerSourceMax: Math.min(DATAGRAMS_PER_SOURCE, ipfragMaxDatagrams),
    fragmentsMax: ipfragMaxFragments,
  };
}
