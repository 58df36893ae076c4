/**
 * The internet layer of one stack: interfaces, addresses and routes on one side, datagrams in and out on the other. This
 * parent owns the control flow; the questions are answered by the files beside it. A host (RFC 1122, RFC 8504) that can be
 * made a router by `settings.forwarding`. Nothing that arrives throws; `receive` allocates nothing for an ordinary packet.
 */
import { type Address, LOOPBACK_V4, LOOPBACK_V6, type Prefix } from '../base/address.ts';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { type PacketMemory, PlainPacketMemory } from '../base/packet-memory.ts';
import type { Slot } from '../base/slot.ts';
import type { TimerEntry } from '../base/timer-wheel.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { EthernetFrame, EtherType, parseEthernet } from '../wire/ethernet.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { type Destination, DestinationCache, IPV6_MIN_MTU } from './destination.ts';
import { AddressState, Interface, InterfaceAddress, type InterfaceOptions } from './interface.ts';
import type { IpContext, IpSendOptions, TransportProtocols } from './ip-context.ts';
import { classifyDestination, Delivery, isMartianSource } from './ip-input.ts';
import type { IpOutput } from './ip-output.ts';
import { Neighbor } from './neighbor.ts';
import { Resolution } from './resolution.ts';
import { Route, RouteTable } from './route.ts';
import { Routing } from './routing.ts';

/** `interfaces[0]` is the loopback. */
export const LOOPBACK_INTERFACE_ID = 0;
/** The largest packet both families can describe; Linux's 65536 cannot be written in an IPv4 header. */
const LOOPBACK_MTU = 65535;

export class IpLayer {
  readonly interfaces: Interface[] = [];
  readonly routing: Routing;
  readonly resolution: Resolution;
  readonly output: IpOutput;
  private readonly context: IpContext;
  private readonly transports: TransportProtocols;
  private readonly frame = new EthernetFrame();
  private readonly packet = new IpPacket(new PlainPacketMemory(64));

  constructor(context: IpContext, transports: TransportProtocols) {
    this.context = context;
    this.transports = transports;
    const routes = new RouteTable(context.settings.routesMax);
    const cache = new DestinationCache(context.hash, context.settings.routeMaxSize);
    this.resolution = new Resolution(context, transports, routes, cache);
    this.output = this.resolution.output;
    this.routing = new Routing(this.interfaces, routes, cache, this.resolution, this.output.identifications);
    const lo: InterfaceOptions = { name: 'lo', capabilities: plainCapabilities('ip', LOOPBACK_MTU) };
    const loopback = new Interface(LOOPBACK_INTERFACE_ID, lo, context.settings, true);
    this.interfaces.push(loopback);
    loopback.addresses.push(
      new InterfaceAddress(loopback, LOOPBACK_V4, 8, 'manual', AddressState.preferred),
      new InterfaceAddress(loopback, LOOPBACK_V6, 128, 'manual', AddressState.preferred),
    );
  }

  /** The interface that carries packets to ourselves; whoever drives the stack hands its frames back to `receive`. */
  get loopback(): Interface {
    return this.interfaces[LOOPBACK_INTERFACE_ID]!;
  }

  /** A Destination with another generation is out of date: look it up again. */
  get generation(): number {
    return this.routing.cache.generation;
  }

  /** Plugs in an interface. @throws ArgumentError when Ethernet lacks a hardware address or the MTU is below 68. */
  addInterface(options: InterfaceOptions): Interface {
    const { capabilities, name } = options;
    checkInteger('capabilities.mtu', capabilities.mtu, 68, LOOPBACK_MTU);
    if (capabilities.medium === 'ethernet' && options.mac === undefined) {
      throw new ArgumentError('mac', `interface '${name}' carries Ethernet and needs a hardware address`);
    }
    if (options.mac?.isGroup) throw new ArgumentError('mac', `${options.mac.toString()} is a group address`);
    if (this.interfaces.some((known) => known.name === name)) {
      throw new ArgumentError('name', `there is an interface '${name}' already`);
    }
    const added = new Interface(this.interfaces.length, options, this.context.settings, false);
    this.interfaces.push(added);
    return added;
  }

  /**
   * Gives an interface an address and the route to its subnet.
   * @param prefixLength bits of the subnet: 0 to 32 or 0 to 128
   * @throws ArgumentError for an address no interface can have, or one it has already
   */
  addAddress(owner: Interface, address: Address, prefixLength: number): InterfaceAddress {
    if (address.isMulticast || address.isUnspecified || address.isLimitedBroadcast || address.isReservedV4) {
      throw new ArgumentError('address', `${address.toString()} cannot be the address of an interface`);
    }
    if (address.family === 6 && owner.mtu < IPV6_MIN_MTU) {
      throw new ArgumentError('address', `IPv6 needs an MTU of ${IPV6_MIN_MTU}, '${owner.name}' has ${owner.mtu}`);
    }
    if (owner.findAddress(address.w0, address.w1, address.w2, address.w3) !== null) {
      throw new ArgumentError('address', `'${owner.name}' has ${address.toString()} already`);
    }
    const entry = new InterfaceAddress(owner, address, prefixLength, 'manual', AddressState.preferred);
    owner.addresses.push(entry);
    this.addConnectedRoute(entry);
    this.routing.cache.invalidate();
    return entry;
  }

  /** Adds a route; gateway null: the prefix is on the link. @throws ArgumentError when families differ or the table is full. */
  addRoute(prefix: Prefix, gateway: Address | null, owner: Interface, metric = 0): Route {
    if (gateway !== null && gateway.family !== prefix.address.family) {
      throw new ArgumentError('gateway', `${gateway.toString()} cannot lead to ${prefix.toString()}`);
    }
    const route = new Route(prefix, gateway, owner, metric, 'static');
    this.routing.routes.add(route);
    this.routing.cache.invalidate();
    return route;
  }

  lookup(remote: Address, local: Address | null, interfaceId: number): Destination | null {
    const found = this.routing.lookup(remote, local, interfaceId);
    if (found === null) (remote.family === 4 ? this.context.counters.ip : this.context.counters.ip6).OutNoRoutes++;
    return found;
  }

  /** Where the transport header goes in the slot: behind link header, IP header and `ipOptionsLength` bytes. */
  transportOffset(slot: Slot, destination: Destination, ipOptionsLength: number): number {
    return slot.offset + destination.headerLength + ipOptionsLength;
  }

  /**
   * Writes IP and link header before the transport bytes already in the slot.
   * @returns false when there is nothing to transmit: a copy of the frame waits for the neighbor's address, or was dropped
   */
  seal(
    slot: Slot,
    destination: Destination,
    protocol: number,
    transportLength: number,
    options: IpSendOptions,
  ): boolean {
    return this.output.seal(slot, destination, protocol, transportLength, options);
  }

  /** Queues a datagram, a copy. @returns DropReason, 0 when it went out or waits */
  sendDatagram(
    destination: Destination,
    protocol: number,
    bytes: Uint8Array,
    length: number,
    options: IpSendOptions,
  ): number {
    return this.output.sendDatagram(destination, protocol, bytes, length, options);
  }

  /** The peer behind `destination` was heard from just now. */
  confirm(destination: Destination): void {
    const { neighbor } = destination;
    if (neighbor !== null) this.resolution.cacheOf(neighbor).confirm(neighbor);
  }

  hasTransmit(interfaceId: number): boolean {
    const owner = this.interfaces[interfaceId];
    return owner !== undefined && owner.queue.count > 0;
  }

  pollTransmit(slot: Slot): boolean {
    const owner = this.interfaces[slot.interfaceId];
    return owner !== undefined && owner.queue.count > 0 && this.output.pollTransmit(owner, slot);
  }

  /** A timer of the IP layer ran out; false: it is not one of ours. */
  timerExpired(entry: TimerEntry): boolean {
    if (entry instanceof Neighbor) {
      this.resolution.cacheOf(entry).timerExpired(entry);
      return true;
    }
    return false;
  }

  /** Takes in one frame. The clock has been set; the slot is valid during the call. */
  receive(slot: Slot): void {
    const owner = this.interfaces[slot.interfaceId];
    if (owner === undefined || !owner.isUp) {
      this.context.dropped(DropReason.interfaceDown, slot.interfaceId);
      return;
    }
    const { memory, offset, length } = slot;
    const { packet } = this;
    packet.interfaceId = owner.id;
    packet.checksumVerified = slot.checksumVerified;
    packet.gsoSize = slot.gsoSize;
    packet.linkBroadcast = false;
    const reason = owner.isEthernet
      ? this.frameArrived(owner, memory, offset, offset + length)
      : this.packetArrived(owner, memory, offset, offset + length, length > 0 ? memory.u8[offset]! >>> 4 : 0);
    if (reason !== DropReason.none) this.context.dropped(reason, owner.id);
  }

  private frameArrived(owner: Interface, memory: PacketMemory, offset: number, end: number): number {
    const { frame, packet } = this;
    const reason = parseEthernet(memory, offset, end, frame);
    if (reason !== DropReason.none) return reason;
    if (frame.isGroup) packet.linkBroadcast = true;
    else if (frame.destinationLow !== owner.mac.low || frame.destinationHigh !== owner.mac.high) {
      return DropReason.notForUs;
    }
    // A tagged frame belongs to a virtual network this interface is no member of; priority tags (id 0) are fine.
    if (frame.vlanId !== 0 || frame.outerVlanId !== 0) return DropReason.notForUs;
    switch (frame.etherType) {
      case EtherType.ipv4:
        return this.packetArrived(owner, memory, frame.payloadOffset, frame.payloadEnd, 4);
      case EtherType.ipv6:
        return this.packetArrived(owner, memory, frame.payloadOffset, frame.payloadEnd, 6);
      case EtherType.arp:
        return this.resolution.arp.receive(owner, memory, frame.payloadOffset, frame.payloadEnd, frame.isGroup);
      default:
        return DropReason.unknownEtherType;
    }
  }

  private packetArrived(owner: Interface, memory: PacketMemory, offset: number, end: number, version: number): number {
    const { packet } = this;
    const { ip, ip6 } = this.context.counters;
    const counters = version === 6 ? ip6 : ip;
    counters.InReceives++;
    const reason =
      version === 4
        ? parseIpv4(memory, offset, end, packet)
        : version === 6
          ? parseIpv6(memory, offset, end, packet)
          : DropReason.ipBadVersion;
    if (reason !== DropReason.none) {
      counters.InHdrErrors++;
      return reason;
    }
    counters.InOctets += packet.totalLength;
    if (isMartianSource(packet, owner)) {
      counters.InAddrErrors++;
      return DropReason.martianSource;
    }
    const isOwn =
      this.routing.findOwn(packet.destination0, packet.destination1, packet.destination2, packet.destination3) !== null;
    const delivery = classifyDestination(packet, owner, isOwn);
    if (delivery === Delivery.notOurs || delivery === Delivery.martian) {
      counters.InAddrErrors++;
      return DropReason.notForUs;
    }
    return this.deliver(packet);
  }

  private deliver(packet: IpPacket): number {
    const counters = packet.family === 6 ? this.context.counters.ip6 : this.context.counters.ip;
    if (this.transports.transportArrived(packet)) {
      counters.InDelivers++;
      return DropReason.none;
    }
    counters.InUnknownProtos++;
    return DropReason.unknownProtocol;
  }

  private addConnectedRoute(entry: InterfaceAddress): void {
    const full = entry.address.family === 4 ? 32 : 128;
    if (entry.interface.isLoopback || entry.prefix.length === full) return;
    this.routing.routes.add(new Route(entry.prefix, null, entry.interface, 0, 'connected'));
  }
}
