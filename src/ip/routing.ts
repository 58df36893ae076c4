/**
 * From an address to a Destination: is it ours, a broadcast, a group, on the link or behind a router, and which of our
 * addresses speaks to it. Answers are cached (RFC 1122 section 3.3.1.2); any change of addresses or routes empties them.
 */
import { type Address, LOOPBACK_V4, LOOPBACK_V6, UNSPECIFIED_V4, UNSPECIFIED_V6 } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import { Destination, type DestinationCache, DestinationKind } from './destination.ts';
import type { IdentificationSource } from './identification.ts';
import type { Interface, InterfaceAddress } from './interface.ts';
import { multicastMacHigh, multicastMacLow } from './multicast-mac.ts';
import type { NeighborCache } from './neighbor.ts';
import { NeighborState } from './neighbor-entry.ts';
import type { PathMtuCache } from './path-mtu.ts';
import type { Resolution } from './resolution.ts';
import type { GatewayJudge, Route, RouteMetrics, RouteTable } from './route.ts';
import { selectSource4, selectSource6 } from './source-selection.ts';

/** Stands for the interface in the cache's key of what is passed on: nobody may speak from such an entry. */
const FORWARDED = -2;

/** Where a packet leaves, before a source is chosen. */
interface Way {
  readonly owner: Interface;
  readonly nextHop: Address;
  readonly kind: number;
  readonly metrics?: RouteMetrics | null;
}

export class Routing implements GatewayJudge {
  readonly routes: RouteTable;
  readonly cache: DestinationCache;
  readonly pathMtus: PathMtuCache;
  /** All interfaces, the loopback first. */
  readonly interfaces: Interface[];
  private readonly clock: Clock;
  private readonly neighbors4: NeighborCache;
  private readonly neighbors6: NeighborCache;
  private readonly identifications: IdentificationSource;

  constructor(
    clock: Clock,
    interfaces: Interface[],
    routes: RouteTable,
    cache: DestinationCache,
    pathMtus: PathMtuCache,
    resolution: Resolution,
    identifications: IdentificationSource,
  ) {
    this.clock = clock;
    this.interfaces = interfaces;
    this.routes = routes;
    this.cache = cache;
    this.pathMtus = pathMtus;
    this.neighbors4 = resolution.neighbors4;
    this.neighbors6 = resolution.neighbors6;
    this.identifications = identifications;
  }

  lookup(remote: Address, local: Address | null, interfaceId: number): Destination | null {
    const known = this.cache.find(remote, local, interfaceId);
    if (known !== null && known.generation === this.cache.generation) {
      if (this.isPathMtuOld(known)) this.refreshPathMtu(known);
      return known;
    }
    const made = this.resolve(remote, local, interfaceId);
    if (made === null) return null;
    this.refreshPathMtu(made);
    this.cache.add(made, known);
    return made;
  }

  /** As `lookup`, and remembers nothing: for answers to strangers, who may be many and not be there at all. */
  lookupOnce(remote: Address, local: Address | null, interfaceId: number): Destination | null {
    const known = this.cache.find(remote, local, interfaceId);
    if (known !== null && known.generation === this.cache.generation) return known;
    const made = this.resolve(remote, local, interfaceId);
    if (made !== null) this.refreshPathMtu(made);
    return made;
  }

  /** What the route says of connections from now on; null: nothing. */
  setMetrics(route: Route, metrics: RouteMetrics | null): void {
    route.metrics = metrics;
    this.cache.invalidate();
  }

  /** Brings the path MTU of a destination up to what is known now. */
  refreshPathMtu(destination: Destination): void {
    const entry = destination.kind === DestinationKind.unicast ? this.pathMtus.find(destination.remote) : null;
    const { linkMtu } = destination;
    destination.pathMtuGeneration = this.pathMtus.generation;
    destination.pathMtu = entry !== null && entry.mtu < linkMtu ? entry.mtu : linkMtu;
    destination.pathMtuUntilUs = entry === null ? Number.POSITIVE_INFINITY : entry.untilUs;
    destination.isPathMtuLocked = entry?.isLocked === true;
  }

  /** Something was learned or has aged since the destination's path MTU was set. */
  isPathMtuOld(destination: Destination): boolean {
    return destination.pathMtuGeneration !== this.pathMtus.generation || destination.pathMtuUntilUs <= this.clock.nowUs;
  }

  /**
   * What a message would make of a path MTU, were it believed; nothing changes.
   * @returns less than `currentMtu`, 0 when the message says nothing new
   */
  pathMtuCandidate(remote: Address, currentMtu: number, reportedMtu: number, quotedTotalLength: number): number {
    const mtu = this.pathMtus.candidate(remote, currentMtu, reportedMtu, quotedTotalLength);
    return mtu === 0 && this.pathMtus.lockFor(remote, currentMtu, reportedMtu) !== 0 ? reportedMtu : mtu;
  }

  /**
   * A believed message says that packets to `remote` were too big.
   * @returns the new path MTU, 0 when the message changes nothing
   */
  lowerPathMtu(remote: Address, reportedMtu: number, quotedTotalLength: number): number {
    let currentMtu = 0;
    for (let at = this.cache.first(remote); at !== null; at = this.cache.next(at)) {
      if (at.pathMtu > currentMtu) currentMtu = at.pathMtu;
    }
    if (currentMtu === 0) currentMtu = this.lookup(remote, null, -1)?.pathMtu ?? 0;
    const mtu = this.pathMtus.candidate(remote, currentMtu, reportedMtu, quotedTotalLength);
    const least = mtu === 0 ? this.pathMtus.lockFor(remote, currentMtu, reportedMtu) : mtu;
    if (least === 0 || this.pathMtus.accept(remote, least) === null) return 0;
    for (let at = this.cache.first(remote); at !== null; at = this.cache.next(at)) this.refreshPathMtu(at);
    return mtu;
  }

  /** The way of a packet that is passed on; its source is not ours to choose. */
  lookupForward(remote: Address): Destination | null {
    const unspecified = remote.family === 4 ? UNSPECIFIED_V4 : UNSPECIFIED_V6;
    const known = this.cache.find(remote, unspecified, FORWARDED);
    if (known !== null && known.generation === this.cache.generation) return known;
    const way = this.findWay(remote, null, -1);
    if (way === null) return null;
    const made = this.destinationOf(remote, unspecified, way, unspecified, FORWARDED);
    this.cache.add(made, known);
    return made;
  }

  /** The usable entry of one of our addresses on whatever interface, or null. */
  findOwn(w0: number, w1: number, w2: number, w3: number): InterfaceAddress | null {
    const { interfaces } = this;
    for (let index = 0; index < interfaces.length; index++) {
      const entry = interfaces[index]!.findAddress(w0, w1, w2, w3);
      if (entry?.isUsable) return entry;
    }
    return null;
  }

  isOwn(address: Address): boolean {
    if (address.family === 4 && address.isLoopback) return true;
    return this.findOwn(address.w0, address.w1, address.w2, address.w3) !== null;
  }

  /** RFC 4861 §6.3.6: a router counts as reachable unless it is not known or did not answer. */
  isProbablyReachable(owner: Interface, gateway: Address): boolean {
    if (!owner.isEthernet) return true;
    const neighbor = (gateway.family === 4 ? this.neighbors4 : this.neighbors6).find(owner, gateway);
    return neighbor !== null && neighbor.state >= NeighborState.reachable;
  }

  private resolve(remote: Address, local: Address | null, interfaceId: number): Destination | null {
    if (remote.isUnspecified || (local !== null && local.family !== remote.family)) return null;
    const way = this.findWay(remote, local, interfaceId);
    if (way === null) return null;
    const source = this.chooseSource(remote, local, way);
    if (source === null) return null;
    return this.destinationOf(remote, source, way, local, interfaceId);
  }

  private destinationOf(
    remote: Address,
    source: Address,
    way: Way,
    local: Address | null,
    interfaceId: number,
  ): Destination {
    const { generation } = this.cache;
    const made = new Destination(remote, source, way.owner, way.nextHop, way.kind, local, interfaceId, generation);
    if (way.kind === DestinationKind.multicast) {
      made.macHigh = multicastMacHigh(remote);
      made.macLow = multicastMacLow(remote);
    } else if (way.kind === DestinationKind.broadcast) {
      made.macHigh = 0xffff;
      made.macLow = -1;
    }
    made.metrics = way.metrics ?? null;
    if (remote.family === 6) made.flowLabel = this.identifications.flowLabel(made, 0, 0);
    return made;
  }

  private findWay(remote: Address, local: Address | null, interfaceId: number): Way | null {
    if (this.isOwn(remote)) {
      const loopback = this.interfaces[0];
      return loopback === undefined ? null : { owner: loopback, nextHop: remote, kind: DestinationKind.local };
    }
    // A loopback address never appears on a wire (RFC 1122 section 3.2.1.3).
    if (remote.isLoopback) return null;
    const chosen = interfaceId >= 0 ? (this.interfaces[interfaceId] ?? null) : this.interfaceOf(local);
    const isBroadcast = remote.family === 4 && this.isBroadcastSomewhere(remote, chosen);
    if (isBroadcast || remote.isMulticast || (remote.family === 6 && remote.isLinkLocal)) {
      const owner = chosen ?? this.interfaceFor(remote);
      if (owner === null || !owner.isUp) return null;
      if (isBroadcast) return { owner, nextHop: remote, kind: DestinationKind.broadcast };
      const kind = remote.isMulticast ? DestinationKind.multicast : DestinationKind.unicast;
      return { owner, nextHop: remote, kind };
    }
    const route = this.routes.lookup(remote, interfaceId, this);
    if (route === null) return null;
    const { interface: owner, gateway, metrics } = route;
    return { owner, nextHop: gateway ?? remote, kind: DestinationKind.unicast, metrics };
  }

  private chooseSource(remote: Address, local: Address | null, way: Way): Address | null {
    if (local !== null) {
      if (local.isUnspecified) return way.kind >= DestinationKind.broadcast ? local : null;
      if (way.kind !== DestinationKind.local && !mayLeaveBy(local, way.owner)) return null;
      return this.isOwn(local) ? local : null;
    }
    if (way.kind === DestinationKind.local) {
      if (!remote.isLoopback) return remote;
      return remote.family === 4 ? LOOPBACK_V4 : LOOPBACK_V6;
    }
    const others = this.interfaces.slice(1);
    const entry =
      remote.family === 4 ? selectSource4(way.nextHop, way.owner, others) : selectSource6(remote, way.owner, others);
    return entry === null ? null : entry.address;
  }

  private isBroadcastSomewhere(remote: Address, only: Interface | null): boolean {
    if (remote.isLimitedBroadcast) return true;
    if (only !== null) return only.isBroadcast(remote.w3);
    return this.interfaces.some((owner) => owner.isBroadcast(remote.w3));
  }

  private interfaceOf(local: Address | null): Interface | null {
    if (local === null || local.isUnspecified) return null;
    const entry = this.findOwn(local.w0, local.w1, local.w2, local.w3);
    return entry === null || entry.interface.isLoopback ? null : entry.interface;
  }

  /** For groups, broadcasts and link-local addresses without a named interface: by route, else the first there is. */
  private interfaceFor(remote: Address): Interface | null {
    if (remote.family === 4 && !remote.isLimitedBroadcast && !remote.isMulticast) {
      return this.interfaces.find((owner) => owner.isUp && owner.isBroadcast(remote.w3)) ?? null;
    }
    const route = this.routes.lookup(remote, -1, this);
    if (route !== null) return route.interface;
    return this.interfaces.find((owner) => owner.isUp && !owner.isLoopback) ?? null;
  }
}

/** RFC 1122 §3.2.1.3, RFC 4007 §5: loopback addresses stay in the host, link-local ones on their link. */
function mayLeaveBy(source: Address, owner: Interface): boolean {
  if (source.isLoopback) return owner.isLoopback;
  if (source.family === 4 || !source.isLinkLocal) return true;
  return owner.findAddress(source.w0, source.w1, source.w2, source.w3) !== null;
}
