/**
 * The internet layer of one stack: interfaces, addresses and routes on one side, datagrams in and out on the other. This
 * parent owns the control flow; the questions are answered by the files beside it. A host (RFC 1122, RFC 8504) that can be
 * made a router by `settings.forwarding`. Nothing that arrives throws; `receive` allocates nothing for an ordinary packet.
 */
import { type Address, LOOPBACK_V4, LOOPBACK_V6, type Prefix } from '../base/address.ts';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import { MTU_MAX, plainCapabilities } from '../base/link-capabilities.ts';
import type { MacAddress } from '../base/mac-address.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import type { Slot } from '../base/slot.ts';
import type { TimerEntry } from '../base/timer-wheel.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { type IpPacket, IpProtocol } from '../wire/ip-packet.ts';
import { Addresses, type AddressOptions, type LinkLocalListener } from './addresses.ts';
import { ControlMessages } from './control-messages.ts';
import type { DadProcess } from './dad.ts';
import { type Destination, DestinationCache } from './destination.ts';
import { Forwarder } from './forwarding.ts';
import {
  AddressState,
  type GroupMembership,
  Interface,
  InterfaceAddress,
  type InterfaceOptions,
  type QuerierState,
} from './interface.ts';
import type {
  IcmpErrorReport,
  IcmpErrors,
  IcmpParts,
  IcmpReceiver,
  IpContext,
  IpSendOptions,
  TransportProtocols,
} from './ip-context.ts';
import type { IpOutput } from './ip-output.ts';
import { IpReceiver } from './ip-receiver.ts';
import { Multicast } from './multicast.ts';
import type { Neighbor } from './neighbor-entry.ts';
import { PathMtuCache } from './path-mtu.ts';
import { Resolution, type UnreachableReporter } from './resolution.ts';
import { Route, RouteTable } from './route.ts';
import { Routing } from './routing.ts';
import { RouterDiscovery, type RouterSolicitation } from './slaac.ts';
import { orderDestinations } from './source-selection.ts';
import { IpTimerKind } from './timer-kinds.ts';

/** `interfaces[0]` is the loopback. */
export const LOOPBACK_INTERFACE_ID = 0;
/** Path MTUs remembered, a power of two. */
const PATH_MTUS_MAX = 1024;

/** Makes the ICMP of an IP layer, from inside its constructor: it may keep `ip` but not use it yet. */
export type IcmpMaker = (context: IpContext, ip: IpLayer) => IcmpParts;

export class IpLayer implements UnreachableReporter, LinkLocalListener {
  readonly interfaces: Interface[] = [];
  readonly routing: Routing;
  readonly resolution: Resolution;
  readonly output: IpOutput;
  readonly addresses: Addresses;
  readonly multicast: Multicast;
  /** Echo, and what ping sockets hang on. */
  readonly icmp: IcmpReceiver;
  /** Makes ICMP errors about received packets. */
  readonly icmpErrors: IcmpErrors;
  private readonly context: IpContext;
  private readonly transports: TransportProtocols;
  private readonly routers: RouterDiscovery;
  private readonly receiver: IpReceiver;

  constructor(context: IpContext, transports: TransportProtocols, makeIcmp: IcmpMaker) {
    this.context = context;
    this.transports = transports;
    const { settings, hash, clock } = context;
    const routes = new RouteTable(settings.routesMax);
    const cache = new DestinationCache(hash, settings.routeMaxSize);
    const pathMtus = new PathMtuCache(clock, hash, settings, PATH_MTUS_MAX);
    const resolution = new Resolution(context, this, routes, cache);
    const { output, discovery, arp, neighbors6 } = resolution;
    const routing = new Routing(clock, this.interfaces, routes, cache, pathMtus, resolution, output.identifications);
    const multicast = new Multicast(context, output);
    const addresses = new Addresses(context, routes, cache, multicast, arp, discovery, this);
    this.resolution = resolution;
    this.output = output;
    this.routing = routing;
    this.multicast = multicast;
    this.addresses = addresses;
    this.routers = new RouterDiscovery(context, discovery, neighbors6, addresses, routes, cache);
    const icmp = makeIcmp(context, this);
    this.icmp = icmp.receiver;
    this.icmpErrors = icmp.errors;
    this.receiver = new IpReceiver(context, {
      transports,
      routing,
      arp,
      control: new ControlMessages(context, resolution, routing, addresses, multicast, this.routers),
      icmp: this.icmp,
      errors: this.icmpErrors,
      forwarder: new Forwarder(context, routing, output, this.icmpErrors),
    });
    this.addLoopback();
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
    checkInteger('capabilities.mtu', capabilities.mtu, 68, MTU_MAX);
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
   * Gives an interface an address and the route to its subnet. On Ethernet an IPv6 address is tentative until it has proved
   * unique (a second or two), and the interface gets its link-local address with the first one.
   * @param prefixLength bits of the subnet: 0 to 32 or 0 to 128
   * @throws ArgumentError for an address no interface can have, or one it has already
   */
  addAddress(owner: Interface, address: Address, prefixLength: number, options: AddressOptions = {}): InterfaceAddress {
    if (address.isMulticast || address.isUnspecified || address.isLimitedBroadcast || address.isReservedV4) {
      throw new ArgumentError('address', `${address.toString()} cannot be the address of an interface`);
    }
    if (address.family === 6) owner.requireIpv6('address');
    if (owner.findAddress(address.w0, address.w1, address.w2, address.w3) !== null) {
      throw new ArgumentError('address', `'${owner.name}' has ${address.toString()} already`);
    }
    const skipDad = options.skipDad === true;
    const entry = this.addresses.add(owner, address, prefixLength, 'manual', skipDad);
    if (address.family === 6) this.addresses.ensureLinkLocal(owner, skipDad);
    return entry;
  }

  /** Takes an address away; false when the interface did not have it. */
  removeAddress(owner: Interface, address: Address): boolean {
    const entry = owner.findAddress(address.w0, address.w1, address.w2, address.w3);
    return entry !== null && this.addresses.remove(entry);
  }

  /** Makes a link-local address and asks for routers (RFC 4862); addresses and routes come with their advertisements. */
  startAutoconfiguration(owner: Interface): void {
    owner.requireIpv6('owner');
    owner.isAutoconfigured = true;
    if (owner.linkLocalAddress !== null) this.routers.solicit(owner);
    else this.addresses.ensureLinkLocal(owner, false);
  }

  /** Switches an interface on or off; frames that wait for a switched-off one are lost. */
  setUp(owner: Interface, isUp: boolean): void {
    const isRisen = isUp && !owner.isUp;
    owner.isUp = isUp;
    if (isRisen) {
      this.multicast.restart(owner);
      this.addresses.dad.restart(owner);
      if (owner.linkLocalAddress !== null) this.linkLocalReady(owner);
    } else if (!isUp) {
      this.output.discardQueue(owner);
      this.resolution.neighbors4.flushInterface(owner);
      this.resolution.neighbors6.flushInterface(owner);
    }
    this.routing.cache.invalidate();
  }

  /** Joins a multicast group; each join needs its leave. @throws ArgumentError when it is none, or there are too many */
  joinGroup(owner: Interface, group: Address): void {
    if (!group.isMulticast) throw new ArgumentError('group', `${group.toString()} is no multicast address`);
    if (group.family === 6) owner.requireIpv6('group');
    if (this.multicast.join(owner, group) === null) {
      throw new ArgumentError('group', `'${owner.name}' is in as many groups as settings.igmpMaxMemberships allows`);
    }
  }

  /** Leaves a group; false when it was not joined. */
  leaveGroup(owner: Interface, group: Address): boolean {
    return this.multicast.leave(owner, group);
  }

  /** Writes a hardware address by hand; it is never probed. False: the table is full. */
  addNeighbor(owner: Interface, address: Address, mac: MacAddress): boolean {
    const cache = address.family === 4 ? this.resolution.neighbors4 : this.resolution.neighbors6;
    const neighbor = cache.obtain(owner, address);
    if (neighbor !== null) cache.setPermanent(neighbor, mac.high, mac.low);
    return neighbor !== null;
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

  /** Takes a route away; false when it was not there. */
  removeRoute(route: Route): boolean {
    this.routing.cache.invalidate();
    return this.routing.routes.remove(route);
  }

  /**
   * The way to `remote`: route and source, cached.
   * @param local our address, null: chosen by RFC 6724 or by route; 0.0.0.0 or :: to speak without one to a group
   * @param interfaceId -1: any
   * @returns null when there is no route or no address to speak from
   */
  lookup(remote: Address, local: Address | null, interfaceId: number): Destination | null {
    const found = this.routing.lookup(remote, local, interfaceId);
    if (found === null) (remote.family === 4 ? this.context.counters.ip : this.context.counters.ip6).OutNoRoutes++;
    return found;
  }

  /** Addresses of one name in the order in which they should be tried (RFC 6724 section 6). */
  sortDestinations(addresses: readonly Address[]): Address[] {
    const candidates = addresses.map((address) => {
      const source = this.routing.lookup(address, null, -1)?.source ?? null;
      return {
        address,
        source: source === null ? null : this.routing.findOwn(source.w0, source.w1, source.w2, source.w3),
      };
    });
    return orderDestinations(candidates).map(({ address }) => address);
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
    if (this.routing.isPathMtuOld(destination)) this.routing.refreshPathMtu(destination);
    return this.output.seal(slot, destination, protocol, transportLength, options);
  }

  /** Queues a datagram, a copy of the first octets of `bytes`. @returns DropReason, 0 when it went out or waits */
  sendDatagram(
    destination: Destination,
    protocol: number,
    bytes: PacketMemory,
    length: number,
    options: IpSendOptions,
  ): number {
    if (this.routing.isPathMtuOld(destination)) this.routing.refreshPathMtu(destination);
    return this.output.sendDatagram(destination, protocol, bytes, length, options);
  }

  /** The peer behind `destination` was heard from just now. */
  confirm(destination: Destination): void {
    const { neighbor } = destination;
    if (neighbor !== null) this.resolution.cacheOf(neighbor).confirm(neighbor);
  }

  hasTransmit(interfaceId: number): boolean {
    return (this.interfaces[interfaceId]?.queue.count ?? 0) > 0;
  }

  pollTransmit(slot: Slot): boolean {
    const owner = this.interfaces[slot.interfaceId];
    return owner !== undefined && owner.queue.count > 0 && this.output.pollTransmit(owner, slot);
  }

  /** A flow label for IpSendOptions that is the same for all packets of a flow. `ports`: both in one word. */
  flowLabel(destination: Destination, protocol: number, ports: number): number {
    return this.output.identifications.flowLabel(destination, protocol, ports);
  }

  /**
   * A transport believes a packet-too-big: the path MTU falls, for all destinations with that address.
   * @returns the new path MTU, 0 when nothing changed
   */
  pathMtuReported(report: IcmpErrorReport): number {
    return this.routing.lowerPathMtu(report.destination, report.mtu, report.quotedTotalLength ?? 0);
  }

  /** A timer of the IP layer ran out; false: it is not one of ours. */
  timerExpired(entry: TimerEntry): boolean {
    switch (entry.timerKind) {
      case IpTimerKind.neighbor:
        this.resolution.cacheOf(entry as Neighbor).timerExpired(entry as Neighbor);
        return true;
      case IpTimerKind.duplicateAddressDetection:
        this.addresses.dad.timerExpired(entry as DadProcess);
        return true;
      case IpTimerKind.addressLifetime:
        this.addresses.lifetimeExpired(entry as InterfaceAddress);
        return true;
      case IpTimerKind.routerSolicitation:
        this.routers.solicitationTimerExpired(entry as RouterSolicitation);
        return true;
      case IpTimerKind.routeLifetime:
        this.routers.routeTimerExpired(entry as Route);
        return true;
      case IpTimerKind.groupReport:
        this.multicast.membershipTimerExpired(entry as GroupMembership);
        return true;
      case IpTimerKind.querierReport:
        this.multicast.querierTimerExpired(entry as QuerierState);
        return true;
      default:
        return this.receiver.reassembler4.timerExpired(entry) || this.receiver.reassembler6.timerExpired(entry);
    }
  }

  /** Takes in one frame. The clock has been set; the slot is valid during the call. */
  receive(slot: Slot): void {
    const owner = this.interfaces[slot.interfaceId];
    const reason = owner?.isUp ? this.receiver.receive(owner, slot) : DropReason.interfaceDown;
    if (reason !== DropReason.none) this.context.dropped(reason, slot.interfaceId);
  }

  isOwnAddress(packet: IpPacket): boolean {
    const { destination0, destination1, destination2, destination3 } = packet;
    if (packet.family === 4 && destination3 >>> 24 === 127) return true;
    return this.routing.findOwn(destination0, destination1, destination2, destination3) !== null;
  }

  isBroadcast(packet: IpPacket): boolean {
    return packet.family === 4 && this.interfaces[packet.interfaceId]?.isBroadcast(packet.destination3) === true;
  }

  isLoopback(interfaceId: number): boolean {
    return interfaceId === LOOPBACK_INTERFACE_ID;
  }

  /** An ICMP error quotes a packet; only those that can be ours get through to the transports. */
  icmpErrorArrived(error: IcmpErrorReport): void {
    if (!this.routing.isOwn(error.source)) return;
    const isEcho = error.protocol === IpProtocol.icmp || error.protocol === IpProtocol.icmpv6;
    if (isEcho && error.kind === 'packet-too-big') this.pathMtuReported(error);
    else this.transports.icmpErrorArrived(error);
  }

  // RFC 1122 §2.4, RFC 4861 §7.2.2: whoever sent what could not be delivered is told, here or by ICMP.
  neighborUnreachable(packet: IpPacket, isForwarded: boolean): void {
    if (isForwarded) {
      this.icmpErrors.hostUnreachable(packet);
      return;
    }
    this.transports.icmpErrorArrived({
      family: packet.family,
      kind: 'host-unreachable',
      type: 0,
      code: 0,
      mtu: 0,
      local: true,
      protocol: packet.protocol,
      source: packet.sourceAddress(),
      destination: packet.destinationAddress(),
      interfaceId: packet.interfaceId,
      memory: packet.memory,
      quotedOffset: packet.payloadOffset,
      quotedLength: packet.payloadLength,
    });
  }

  linkLocalReady(owner: Interface): void {
    if (owner.isAutoconfigured) this.routers.restart(owner);
  }

  private addLoopback(): void {
    const lo: InterfaceOptions = { name: 'lo', capabilities: plainCapabilities('ip', MTU_MAX) };
    const loopback = new Interface(LOOPBACK_INTERFACE_ID, lo, this.context.settings, true);
    this.interfaces.push(loopback);
    loopback.addresses.push(
      new InterfaceAddress(loopback, LOOPBACK_V4, 8, 'manual', AddressState.preferred),
      new InterfaceAddress(loopback, LOOPBACK_V6, 128, 'manual', AddressState.preferred),
    );
  }
}
