/**
 * Neighbor solicitations and advertisements (RFC 4861 section 7): sent for the neighbor cache and for duplicate address
 * detection, answered for our addresses. Validity was checked by the parser.
 */
import { Address, UNSPECIFIED_V6 } from '../base/address.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { Icmpv6Type } from '../wire/icmpv6.ts';
import { IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { emitNdp, ndpOptionsOffset } from '../wire/ndp-emit.ts';
import { NdpMessage } from '../wire/ndp-message.ts';
import { NdpOptionType, writeLinkAddress } from '../wire/ndp-options.ts';
import { AddressState, type Interface, type InterfaceAddress } from './interface.ts';
import type { IpContext } from './ip-context.ts';
import type { IpOutput, LinkMessage } from './ip-output.ts';
import { solicitedNodeGroup } from './multicast.ts';
import { multicastMacHigh, multicastMacLow } from './multicast-mac.ts';
import type { NeighborCache } from './neighbor.ts';
import { type Neighbor, NeighborState } from './neighbor-entry.ts';

/** RFC 4861 §6.1: only a neighbor's message can have this hop limit. */
const HOP_LIMIT = 255;
export const ALL_NODES = Address.v6(0xff020000, 0, 0, 1);
export const ALL_ROUTERS = Address.v6(0xff020000, 0, 0, 2);
/** IPv6 header, message with target, one option. */
const MESSAGE_ROOM = 40 + 24 + 8;

/** Told when somebody else turns out to use an address of ours. */
export interface ConflictListener {
  addressConflict(entry: InterfaceAddress): void;
}

export class NeighborDiscovery {
  private readonly context: IpContext;
  private readonly output: IpOutput;
  private readonly neighbors: NeighborCache;
  private readonly sent = new NdpMessage();
  private readonly pseudo = new IpPacket(new PlainPacketMemory(64));

  constructor(context: IpContext, output: IpOutput, neighbors: NeighborCache) {
    this.context = context;
    this.output = output;
    this.neighbors = neighbors;
  }

  /** A solicitation came in. RFC 4861 §7.2.3. */
  solicitationArrived(owner: Interface, packet: IpPacket, message: NdpMessage, conflicts: ConflictListener): void {
    const entry = owner.findAddress(message.target0, message.target1, message.target2, message.target3);
    if (entry === null || entry.state === AddressState.duplicate) return;
    const isProbe = (packet.source0 | packet.source1 | packet.source2 | packet.source3) === 0;
    const { neighbor: counters } = this.context.counters;
    if (packet.destination0 >>> 24 === 0xff) counters.rcvProbesMcast++;
    else counters.rcvProbesUcast++;
    if (entry.state === AddressState.tentative) {
      // RFC 4862 §5.4.3: two hosts that probe for the same address both lose it; any other solicitation is ignored.
      if (isProbe) conflicts.addressConflict(entry);
      return;
    }
    if (isProbe) {
      this.advertise(entry, ALL_NODES, null, false, true);
      return;
    }
    const asker = packet.sourceAddress();
    const neighbor = message.hasSourceLink
      ? this.neighbors.heard(owner, asker, message.sourceLinkHigh, message.sourceLinkLow, true)
      : this.neighbors.obtain(owner, asker);
    if (neighbor !== null) this.advertise(entry, asker, neighbor, true, true);
  }

  /** An advertisement came in. RFC 4861 §7.2.5, RFC 4862 §5.4.4. */
  advertisementArrived(owner: Interface, message: NdpMessage, conflicts: ConflictListener): void {
    const entry = owner.findAddress(message.target0, message.target1, message.target2, message.target3);
    if (entry !== null) {
      conflicts.addressConflict(entry);
      return;
    }
    const target = Address.v6(message.target0, message.target1, message.target2, message.target3);
    const neighbor = this.neighbors.find(owner, target);
    if (neighbor === null) return;
    const { hasTargetLink, targetLinkHigh, targetLinkLow, isSolicited, isOverride, isRouter } = message;
    this.neighbors.advertised(
      neighbor,
      hasTargetLink,
      targetLinkHigh,
      targetLinkLow,
      isSolicited,
      isOverride,
      isRouter,
    );
  }

  /** Asks for a neighbor's hardware address, or whether it is still there. RFC 4861 §7.2.2. */
  solicit(neighbor: Neighbor, isUnicast: boolean): void {
    const owner = neighbor.interface;
    const source = this.sourceFor(owner, neighbor.key);
    if (source === null) return;
    const destination = isUnicast ? neighbor.key : solicitedNodeGroup(neighbor.key);
    const macHigh = isUnicast ? neighbor.macHigh : multicastMacHigh(destination);
    const macLow = isUnicast ? neighbor.macLow : multicastMacLow(destination);
    this.context.counters.icmp6.OutNeighborSolicits++;
    this.send(owner, Icmpv6Type.neighborSolicitation, neighbor.key, source, destination, macHigh, macLow, null);
  }

  /** Asks whether anybody has the tentative address of `entry`. RFC 4862 §5.4.2: from nobody, to its group. */
  probe(entry: InterfaceAddress): void {
    const group = solicitedNodeGroup(entry.address);
    const [high, low] = [multicastMacHigh(group), multicastMacLow(group)];
    this.context.counters.icmp6.OutNeighborSolicits++;
    const type = Icmpv6Type.neighborSolicitation;
    this.send(entry.interface, type, entry.address, UNSPECIFIED_V6, group, high, low, null);
  }

  /** Asks for routers; from nobody while we have no address. RFC 4861 §6.3.7. */
  solicitRouters(owner: Interface): void {
    const source = owner.linkLocalAddress?.address ?? UNSPECIFIED_V6;
    const [high, low] = [multicastMacHigh(ALL_ROUTERS), multicastMacLow(ALL_ROUTERS)];
    this.context.counters.icmp6.OutRouterSolicits++;
    this.send(owner, Icmpv6Type.routerSolicitation, ALL_ROUTERS, source, ALL_ROUTERS, high, low, null);
  }

  private advertise(
    entry: InterfaceAddress,
    destination: Address,
    neighbor: Neighbor | null,
    isSolicited: boolean,
    isOverride: boolean,
  ): void {
    const { sent } = this;
    sent.isSolicited = isSolicited;
    sent.isOverride = isOverride;
    sent.isRouter = this.context.settings.forwarding;
    this.context.counters.icmp6.OutNeighborAdvertisements++;
    const high = neighbor === null ? multicastMacHigh(destination) : neighbor.macHigh;
    const low = neighbor === null ? multicastMacLow(destination) : neighbor.macLow;
    const known = neighbor === null || neighbor.state >= NeighborState.reachable ? null : neighbor;
    const type = Icmpv6Type.neighborAdvertisement;
    this.send(entry.interface, type, entry.address, entry.address, destination, high, low, known);
  }

  /** @param toResolve resolve this neighbor first instead of using the hardware address given */
  private send(
    owner: Interface,
    type: number,
    target: Address,
    source: Address,
    destination: Address,
    macHigh: number,
    macLow: number,
    toResolve: Neighbor | null,
  ): void {
    const frame = this.output.beginFrame(owner, MESSAGE_ROOM);
    const { memory, offset } = frame.slot;
    const start = offset + owner.linkHeaderLength + 40;
    const { sent, pseudo } = this;
    sent.type = type;
    sent.target0 = target.w0;
    sent.target1 = target.w1;
    sent.target2 = target.w2;
    sent.target3 = target.w3;
    let end = ndpOptionsOffset(type, start);
    memory.u8.fill(0, start, end);
    const isAdvertisement = type === Icmpv6Type.neighborAdvertisement;
    // RFC 4861 §4.3: a solicitation from nobody must not tell a hardware address.
    if (owner.isEthernet && (isAdvertisement || !source.isUnspecified)) {
      const option = isAdvertisement ? NdpOptionType.targetLinkAddress : NdpOptionType.sourceLinkAddress;
      end = writeLinkAddress(memory, end, option, owner.mac.high, owner.mac.low);
    }
    pseudo.setAddresses(source, destination);
    const length = emitNdp(memory, start, pseudo, sent, end);
    this.context.counters.icmp6.OutMsgs++;
    const message: LinkMessage = {
      source,
      destination,
      macHigh,
      macLow,
      protocol: IpProtocol.icmpv6,
      hopLimit: HOP_LIMIT,
      trafficClass: 0,
      routerAlert: false,
    };
    if (toResolve === null) this.output.sendMessage(frame, owner, message, length);
    else this.output.sendMessageTo(frame, toResolve, message, length);
  }

  /** A source on the link: of the target's subnet if there is one, else link-local, else whatever may be used. */
  private sourceFor(owner: Interface, target: Address): Address | null {
    let best: Address | null = null;
    for (const entry of owner.addresses) {
      if (entry.address.family !== 6 || !entry.isUsable) continue;
      if (entry.prefix.contains(target)) return entry.address;
      if (best === null || entry.address.isLinkLocal) best = entry.address;
    }
    return best;
  }
}
