/**
 * The way out: IP and link headers in front of a transport's bytes, frames that wait for the driver or for an address.
 * `seal` is the hot path of TCP: it writes into the driver's own slot and allocates nothing.
 */
import type { Address } from '../base/address.ts';
import { copyOctets, type PacketMemory, PlainPacketMemory } from '../base/packet-memory.ts';
import type { Slot } from '../base/slot.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { EtherType, emitEthernet } from '../wire/ethernet.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { emitIpv4Header, ipv4OptionsSize } from '../wire/ipv4.ts';
import { emitIpv6Header } from '../wire/ipv6.ts';
import { type Destination, DestinationKind } from './destination.ts';
import { FragmentCutter } from './fragmentation.ts';
import { FramePool, type QueuedFrame } from './frame-queue.ts';
import { IdentificationSource } from './identification.ts';
import type { Interface } from './interface.ts';
import type { IpContext, IpSendOptions } from './ip-context.ts';
import type { NeighborCache } from './neighbor.ts';
import type { Neighbor } from './neighbor-entry.ts';

/** RFC 2113: router alert for IPv4. */
const ROUTER_ALERT_V4 = Uint8Array.of(0x94, 4, 0, 0);
/** RFC 2711: a hop-by-hop header with router alert (MLD) and padding; the first octet is the next header. */
const ROUTER_ALERT_V6 = Uint8Array.of(0, 0, 5, 2, 0, 0, 1, 0);

/** A message the IP layer itself sends to somebody on the link (ND, IGMP, MLD). */
export interface LinkMessage {
  readonly source: Address;
  readonly destination: Address;
  /** Hardware address, ignored where the carrier has none. */
  readonly macHigh: number;
  readonly macLow: number;
  readonly protocol: number;
  readonly hopLimit: number;
  readonly trafficClass: number;
  readonly routerAlert: boolean;
}

export class IpOutput {
  readonly pool = new FramePool();
  readonly identifications: IdentificationSource;
  private readonly context: IpContext;
  private readonly neighbors4: NeighborCache;
  private readonly neighbors6: NeighborCache;
  private readonly cutter = new FragmentCutter();
  /** Refilled for every header. */
  private readonly header = new IpPacket(new PlainPacketMemory(64));

  constructor(context: IpContext, neighbors4: NeighborCache, neighbors6: NeighborCache) {
    this.context = context;
    this.neighbors4 = neighbors4;
    this.neighbors6 = neighbors6;
    this.identifications = new IdentificationSource(context.clock, context.hash);
  }

  /** Writes the headers before the transport bytes in `slot`. False: nothing to transmit, a copy waits or was dropped. */
  seal(
    slot: Slot,
    destination: Destination,
    protocol: number,
    transportLength: number,
    options: IpSendOptions,
  ): boolean {
    const owner = destination.interface;
    const optionsLength = options.ipOptions === null ? 0 : ipv4OptionsSize(options.ipOptions);
    const ipOffset = slot.offset + owner.linkHeaderLength;
    const linkAndIp = destination.headerLength + optionsLength;
    const total = linkAndIp - owner.linkHeaderLength + transportLength;
    slot.length = linkAndIp + transportLength;
    this.writeIpHeader(slot.memory, ipOffset, destination, protocol, total, options);
    this.countOut(destination, total);
    if (total > destination.linkMtu && slot.gsoSize === 0) {
      const reason = this.sendFragments(slot.memory, ipOffset, destination, destination.linkMtu, options.dontFragment);
      if (reason === DropReason.packetTooBig) this.context.dropped(reason, owner.id);
      return false;
    }
    if (!owner.isEthernet) return true;
    if (destination.neighbor === null && destination.kind >= DestinationKind.broadcast) {
      this.writeLinkHeader(
        slot.memory,
        slot.offset,
        owner,
        destination.macHigh,
        destination.macLow,
        destination.family,
      );
      return true;
    }
    const neighbor = this.neighborOf(destination);
    if (neighbor === null) return false;
    if (this.cacheOf(destination.family).prepareSend(neighbor)) {
      this.writeLinkHeader(slot.memory, slot.offset, owner, neighbor.macHigh, neighbor.macLow, destination.family);
      return true;
    }
    const waiting = this.pool.take(slot.length);
    waiting.slot.copyFrom(slot);
    waiting.ipOffset = owner.linkHeaderLength;
    this.cacheOf(destination.family).hold(neighbor, waiting);
    return false;
  }

  /** Copies a datagram, the first octets of `bytes`, behind headers of its own and sends or queues it. @returns DropReason */
  sendDatagram(
    destination: Destination,
    protocol: number,
    bytes: PacketMemory,
    length: number,
    options: IpSendOptions,
  ): number {
    // RFC 1112 §6.1: with a TTL of 0 a multicast is for this host alone, whose members hear no echo of their own.
    if (destination.kind === DestinationKind.multicast && options.hopLimit === 0) return DropReason.none;
    const owner = destination.interface;
    const optionsLength = destination.family === 4 ? ipv4OptionsSize(options.ipOptions) : 0;
    const ipHeaderLength = destination.headerLength - owner.linkHeaderLength + optionsLength;
    const total = ipHeaderLength + length;
    const most = destination.family === 4 ? 0xffff : 40 + 0xffff;
    if (total > most) return DropReason.packetTooBig;
    const frame = this.beginFrame(owner, total);
    const { memory, offset } = frame.slot;
    const ipOffset = offset + owner.linkHeaderLength;
    copyOctets(bytes, 0, memory, ipOffset + ipHeaderLength, length);
    this.writeIpHeader(memory, ipOffset, destination, protocol, total, options);
    this.countOut(destination, total);
    const mtu = options.ignorePathMtu ? destination.linkMtu : destination.pathMtu;
    if (total <= mtu) return this.sendFrame(frame, destination);
    const reason = this.sendFragments(memory, ipOffset, destination, mtu, mustStayWhole(destination, options));
    this.pool.give(frame);
    return reason;
  }

  /**
   * Sends a whole packet that is longer than `mtu` in pieces.
   * @returns DropReason; `packetTooBig` is for the caller to count, the others have been, as by `sendFrame`
   */
  sendFragments(
    memory: PacketMemory,
    ipOffset: number,
    destination: Destination,
    mtu: number,
    dontFragment: boolean,
    isForwarded = false,
  ): number {
    const counters = destination.family === 4 ? this.context.counters.ip : this.context.counters.ip6;
    const { cutter } = this;
    const identification = destination.family === 6 ? this.identifications.next(destination) : 0;
    if (dontFragment || cutter.start(memory, ipOffset, mtu, identification) !== DropReason.none) {
      counters.FragFails++;
      return DropReason.packetTooBig;
    }
    counters.FragOKs++;
    for (;;) {
      const frame = this.beginFrame(destination.interface, mtu);
      frame.isForwarded = isForwarded;
      const length = cutter.next(frame.slot.memory, frame.slot.offset + frame.ipOffset);
      if (length === 0) {
        this.pool.give(frame);
        return DropReason.none;
      }
      counters.FragCreates++;
      frame.slot.length = frame.ipOffset + length;
      const reason = this.sendFrame(frame, destination);
      if (reason !== DropReason.none) return reason;
    }
  }

  /** A blank frame for an IP packet of `totalLength` bytes by way of `owner`; the IP header goes at `ipStart(frame)`. */
  beginFrame(owner: Interface, totalLength: number): QueuedFrame {
    const frame = this.pool.take(owner.linkHeaderLength + totalLength);
    frame.ipOffset = owner.linkHeaderLength;
    frame.slot.length = owner.linkHeaderLength + totalLength;
    frame.slot.interfaceId = owner.id;
    return frame;
  }

  /** Sends a frame whose IP header is written: resolves, then queues. @returns DropReason, counted already */
  sendFrame(frame: QueuedFrame, destination: Destination): number {
    const owner = destination.interface;
    if (!owner.isEthernet) return this.enqueue(owner, frame);
    const { memory, offset } = frame.slot;
    if (destination.neighbor === null && destination.kind >= DestinationKind.broadcast) {
      this.writeLinkHeader(memory, offset, owner, destination.macHigh, destination.macLow, destination.family);
      return this.enqueue(owner, frame);
    }
    const neighbor = this.neighborOf(destination);
    if (neighbor === null) {
      this.pool.give(frame);
      return DropReason.neighborQueueFull;
    }
    const cache = this.cacheOf(destination.family);
    if (!cache.prepareSend(neighbor)) {
      cache.hold(neighbor, frame);
      return DropReason.none;
    }
    this.writeLinkHeader(memory, offset, owner, neighbor.macHigh, neighbor.macLow, destination.family);
    return this.enqueue(owner, frame);
  }

  /** Sends a frame that waited for `neighbor`'s address. */
  sendResolved(frame: QueuedFrame, neighbor: Neighbor): void {
    const { memory, offset } = frame.slot;
    const owner = neighbor.interface;
    if (owner.isEthernet) {
      this.writeLinkHeader(memory, offset, owner, neighbor.macHigh, neighbor.macLow, neighbor.key.family);
    }
    this.enqueue(owner, frame);
  }

  /**
   * Bytes of IP header before the payload of a link message.
   * @param family 4 or 6
   */
  messageHeaderLength(family: number, routerAlert: boolean): number {
    if (family === 4) return routerAlert ? 24 : 20;
    return routerAlert ? 48 : 40;
  }

  /** Sends a message whose payload of `length` bytes already stands behind room for its headers. */
  sendMessage(frame: QueuedFrame, owner: Interface, message: LinkMessage, length: number): void {
    this.writeMessage(frame, owner, message, length);
    if (owner.isEthernet) {
      const { memory, offset } = frame.slot;
      this.writeLinkHeader(memory, offset, owner, message.macHigh, message.macLow, message.source.family);
    }
    this.enqueue(owner, frame);
  }

  private writeMessage(frame: QueuedFrame, owner: Interface, message: LinkMessage, length: number): void {
    const { header } = this;
    const { memory } = frame.slot;
    const ipOffset = frame.slot.offset + owner.linkHeaderLength;
    const { family } = message.source;
    const headerLength = this.messageHeaderLength(family, message.routerAlert);
    const total = headerLength + length;
    header.setAddresses(message.source, message.destination);
    header.trafficClass = message.trafficClass;
    header.flowLabel = 0;
    header.hopLimit = message.hopLimit;
    header.protocol = message.protocol;
    header.dontFragment = true;
    header.moreFragments = false;
    header.fragmentOffset = 0;
    header.identification = 0;
    if (family === 4) {
      emitIpv4Header(memory, ipOffset, header, total, message.routerAlert ? ROUTER_ALERT_V4 : null);
    } else {
      emitIpv6Header(memory, ipOffset, header, total, message.routerAlert ? 0 : message.protocol);
      if (message.routerAlert) {
        memory.u8.set(ROUTER_ALERT_V6, ipOffset + 40);
        memory.u8[ipOffset + 40] = message.protocol;
      }
    }
    frame.slot.length = owner.linkHeaderLength + total;
    const counters = family === 4 ? this.context.counters.ip : this.context.counters.ip6;
    counters.OutRequests++;
    counters.OutOctets += total;
    if (message.destination.isMulticast) counters.OutMcastPkts++;
  }

  /** As `sendMessage`, to the address of `neighbor`, resolving it first when it is not known. */
  sendMessageTo(frame: QueuedFrame, neighbor: Neighbor, message: LinkMessage, length: number): void {
    const cache = this.cacheOf(neighbor.key.family);
    this.writeMessage(frame, neighbor.interface, message, length);
    if (!neighbor.interface.isEthernet || cache.prepareSend(neighbor)) this.sendResolved(frame, neighbor);
    else cache.hold(neighbor, frame);
  }

  /** Puts a whole frame behind those that wait for the driver. */
  enqueue(owner: Interface, frame: QueuedFrame): number {
    if (!owner.isUp || owner.queue.count >= this.context.settings.txqueuelen) {
      const reason = owner.isUp ? DropReason.transmitQueueFull : DropReason.interfaceDown;
      this.discard(owner, frame, reason);
      return reason;
    }
    frame.slot.interfaceId = owner.id;
    owner.queue.push(frame);
    return DropReason.none;
  }

  /** Puts a copy of a frame there that somebody has made whole. */
  enqueueCopy(owner: Interface, slot: Slot): void {
    const frame = this.pool.take(slot.length);
    frame.slot.copyFrom(slot);
    this.enqueue(owner, frame);
  }

  /** Copies the next waiting frame into `slot`; false when there is none. */
  pollTransmit(owner: Interface, slot: Slot): boolean {
    for (let frame = owner.queue.shift(); frame !== null; frame = owner.queue.shift()) {
      if (slot.copyFrom(frame.slot)) {
        this.pool.give(frame);
        return true;
      }
      this.discard(owner, frame, DropReason.packetTooBig);
    }
    return false;
  }

  /** Drops and counts what waits for the driver of an interface. */
  discardQueue(owner: Interface): void {
    for (let frame = owner.queue.shift(); frame !== null; frame = owner.queue.shift()) {
      this.discard(owner, frame, DropReason.interfaceDown);
    }
  }

  /** RFC 6864 §4.1: an atomic datagram (DF) needs no identification and bears 0. */
  writeIpHeader(
    memory: PacketMemory,
    offset: number,
    destination: Destination,
    protocol: number,
    totalLength: number,
    options: IpSendOptions,
  ): void {
    const { header } = this;
    header.setAddresses(destination.source, destination.remote);
    header.trafficClass = options.trafficClass;
    header.protocol = protocol;
    header.moreFragments = false;
    header.fragmentOffset = 0;
    if (destination.family === 6) {
      header.hopLimit = options.hopLimit >= 0 ? options.hopLimit : this.defaultHopLimit(destination);
      header.flowLabel = options.flowLabel >= 0 ? options.flowLabel : destination.flowLabel;
      emitIpv6Header(memory, offset, header, totalLength);
      return;
    }
    header.hopLimit = options.hopLimit >= 0 ? options.hopLimit : this.defaultHopLimit(destination);
    const isAtomic = mustStayWhole(destination, options);
    header.dontFragment = isAtomic;
    header.identification = isAtomic ? 0 : this.identifications.next(destination) & 0xffff;
    emitIpv4Header(memory, offset, header, totalLength, options.ipOptions);
  }

  countOut(destination: Destination, totalLength: number): void {
    const counters = destination.family === 4 ? this.context.counters.ip : this.context.counters.ip6;
    counters.OutRequests++;
    counters.OutOctets += totalLength;
    if (destination.kind === DestinationKind.multicast) counters.OutMcastPkts++;
    else if (destination.kind === DestinationKind.broadcast) counters.OutBcastPkts++;
  }

  private discard(owner: Interface, frame: QueuedFrame, reason: number): void {
    const { slot, ipOffset } = frame;
    const version = slot.memory.u8[slot.offset + ipOffset]! >>> 4;
    const { ip, ip6 } = this.context.counters;
    // What is neither is ARP, which has no such counter.
    if (version === 4) ip.OutDiscards++;
    else if (version === 6) ip6.OutDiscards++;
    this.context.dropped(reason, owner.id);
    this.pool.give(frame);
  }

  /** RFC 1112 §6.1: multicast stays on the link unless the sender says otherwise. */
  private defaultHopLimit(destination: Destination): number {
    if (destination.kind === DestinationKind.multicast) return 1;
    return destination.family === 4 ? this.context.settings.ipDefaultTtl : destination.interface.hopLimit;
  }

  private writeLinkHeader(
    memory: PacketMemory,
    offset: number,
    owner: Interface,
    macHigh: number,
    macLow: number,
    family: number,
  ): void {
    const type = family === 4 ? EtherType.ipv4 : EtherType.ipv6;
    emitEthernet(memory, offset, macHigh, macLow, owner.mac.high, owner.mac.low, type);
  }

  private cacheOf(family: number): NeighborCache {
    return family === 4 ? this.neighbors4 : this.neighbors6;
  }

  /** The neighbor behind a destination's next hop, null (counted) when the table has no room. */
  private neighborOf(destination: Destination): Neighbor | null {
    const known = destination.neighbor;
    if (known !== null && !known.isRemoved) return known;
    destination.neighbor = this.cacheOf(destination.family).obtain(destination.interface, destination.nextHop);
    if (destination.neighbor === null) {
      this.context.dropped(DropReason.neighborQueueFull, destination.interface.id);
      const counters = destination.family === 4 ? this.context.counters.ip : this.context.counters.ip6;
      counters.OutDiscards++;
    }
    return destination.neighbor;
  }
}

/** RFC 1191 §3: on a path narrower than is believed possible packets may be cut, unless the sender goes by itself. */
function mustStayWhole(destination: Destination, options: IpSendOptions): boolean {
  return options.dontFragment && (!destination.isPathMtuLocked || options.ignorePathMtu === true);
}
