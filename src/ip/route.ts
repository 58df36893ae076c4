/**
 * The routing table: longest prefix first, then the lower metric, then the router that is more likely reachable
 * (RFC 1122 section 3.3.1, RFC 4861 section 6.3.6). Few routes and rare questions: answers are cached as Destinations.
 */
import type { Address, Prefix } from '../base/address.ts';
import { ArgumentError } from '../base/errors.ts';
import { TimerEntry } from '../base/timer-wheel.ts';
import type { Interface } from './interface.ts';
import { IpTimerKind } from './timer-kinds.ts';

/** Who made a route. */
export type RouteOrigin = 'static' | 'connected' | 'advertised' | 'redirect';

/** What a route says of the connections that go by it, under Linux's names (ip-route(8)); 0: nothing. */
export interface RouteMetrics {
  /** The MSS that SYNs announce at most. */
  readonly advmss: number;
  /** The first window they offer, in segments. */
  readonly initrwnd: number;
  /** The widest window that is ever offered, octets. */
  readonly window: number;
  /** SYNs carry data without a cookie (RFC 7413). */
  readonly fastopenNoCookie: boolean;
}

/** One route; its timer is the lifetime an advertisement gave it. */
export class Route extends TimerEntry {
  readonly timerKind = IpTimerKind.routeLifetime;
  readonly prefix: Prefix;
  /** Next hop, null when the prefix is on the link itself. */
  readonly gateway: Address | null;
  readonly interface: Interface;
  readonly metric: number;
  readonly origin: RouteOrigin;
  /** Driver's microseconds; Infinity: for ever. */
  validUntilUs = Number.POSITIVE_INFINITY;
  /** Set by `Routing.setMetrics`. */
  metrics: RouteMetrics | null = null;

  constructor(prefix: Prefix, gateway: Address | null, owner: Interface, metric: number, origin: RouteOrigin) {
    super();
    this.prefix = prefix;
    this.gateway = gateway;
    this.interface = owner;
    this.metric = metric;
    this.origin = origin;
  }
}

/** Asked when several gateways would do. */
export interface GatewayJudge {
  isProbablyReachable(owner: Interface, gateway: Address): boolean;
}

export class RouteTable {
  /** Best first. */
  private readonly routes: Route[] = [];
  private readonly maxCount: number;
  /** Moves on when no gateway of a group is known to be reachable, so that each is tried in turn. */
  private rotation = 0;

  constructor(maxCount: number) {
    this.maxCount = maxCount;
  }

  get all(): readonly Route[] {
    return this.routes;
  }

  /** Adds a route behind those of the same length and metric. @throws ArgumentError when the table is full. */
  add(route: Route): void {
    if (this.routes.length >= this.maxCount) {
      throw new ArgumentError('route', `the table holds its ${this.maxCount} routes; raise settings.routesMax`);
    }
    let at = 0;
    while (at < this.routes.length && !isBefore(route, this.routes[at]!)) at++;
    this.routes.splice(at, 0, route);
  }

  get isFull(): boolean {
    return this.routes.length >= this.maxCount;
  }

  remove(route: Route): boolean {
    const at = this.routes.indexOf(route);
    if (at < 0) return false;
    this.routes.splice(at, 1);
    return true;
  }

  find(prefix: Prefix, gateway: Address | null, interfaceId: number): Route | null {
    for (const route of this.routes) {
      if (route.interface.id !== interfaceId || route.prefix.length !== prefix.length) continue;
      if (!route.prefix.address.equals(prefix.address)) continue;
      const same = gateway === null ? route.gateway === null : route.gateway?.equals(gateway);
      if (same) return route;
    }
    return null;
  }

  /** The route for `address`, by way of `interfaceId` (-1: any), or null. */
  lookup(address: Address, interfaceId: number, judge: GatewayJudge | null): Route | null {
    let fallback: Route | null = null;
    let tied = 0;
    for (const route of this.routes) {
      if (fallback !== null && isBefore(fallback, route)) break;
      if (interfaceId >= 0 && route.interface.id !== interfaceId) continue;
      if (!route.interface.isUp || !isInPrefix(address, route.prefix)) continue;
      if (route.gateway === null || judge === null) return route;
      if (judge.isProbablyReachable(route.interface, route.gateway)) return route;
      if (fallback === null) fallback = route;
      tied++;
    }
    return tied > 1 && fallback !== null ? this.rotate(fallback, address, interfaceId, tied) : fallback;
  }

  /** The next of `tied` equal routes from `first` on: all their gateways look dead. */
  private rotate(first: Route, address: Address, interfaceId: number, tied: number): Route {
    let skip = this.rotation % tied;
    this.rotation = (this.rotation + 1) & 0x3fffffff;
    for (const route of this.routes.slice(this.routes.indexOf(first))) {
      if ((interfaceId >= 0 && route.interface.id !== interfaceId) || !route.interface.isUp) continue;
      if (isInPrefix(address, route.prefix) && skip-- === 0) return route;
    }
    return first;
  }
}

/** As Prefix.contains, without allocating. */
export function isInPrefix(address: Address, prefix: Prefix): boolean {
  const { address: base, length } = prefix;
  if (address.family !== base.family) return false;
  if (address.family === 4) return sameBits(address.w3, base.w3, length);
  return (
    sameBits(address.w0, base.w0, length) &&
    sameBits(address.w1, base.w1, length - 32) &&
    sameBits(address.w2, base.w2, length - 64) &&
    sameBits(address.w3, base.w3, length - 96)
  );
}

function sameBits(a: number, b: number, bits: number): boolean {
  if (bits <= 0) return true;
  return bits >= 32 ? a === b : (a ^ b) >>> (32 - bits) === 0;
}

function isBefore(a: Route, b: Route): boolean {
  if (a.prefix.length !== b.prefix.length) return a.prefix.length > b.prefix.length;
  return a.metric < b.metric;
}
