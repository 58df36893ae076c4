/**
 * Router discovery and stateless autoconfiguration, host side (RFC 4861 section 6.3, RFC 4862 section 5.5): solicit routers,
 * take default routers, prefixes, addresses and link parameters from their advertisements, all with lifetimes.
 */
import { Address, Prefix, UNSPECIFIED_V6 } from '../base/address.ts';
import { msToTicks, TICKS_PER_MS } from '../base/clock.ts';
import { IPV6_MIN_MTU } from '../base/link-capabilities.ts';
import { TimerEntry } from '../base/timer-wheel.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import type { NdpMessage } from '../wire/ndp-message.ts';
import { nextPrefix, PrefixInformation } from '../wire/ndp-options.ts';
import type { Addresses } from './addresses.ts';
import { tickAt } from './dad.ts';
import type { DestinationCache } from './destination.ts';
import type { Interface, InterfaceAddress } from './interface.ts';
import type { IpContext } from './ip-context.ts';
import type { NeighborCache } from './neighbor.ts';
import type { NeighborDiscovery } from './neighbor-discovery.ts';
import { Route, type RouteTable } from './route.ts';
import { IpTimerKind } from './timer-kinds.ts';

/** Routes learned from routers rank behind those a person set, as in Linux. */
const ADVERTISED_METRIC = 1024;
const FOREVER_SECONDS = 0xffffffff;
const TWO_HOURS_SECONDS = 7200;
/** Default routers and on-link prefixes kept per stack; an attacker can advertise any number. */
const ADVERTISED_ROUTES_MAX = 64;
/** RFC 4861 §6.2.1: the largest reachable time a router may give. */
const REACHABLE_MAX_MS = 3_600_000;

/** The solicitations of one interface. */
export class RouterSolicitation extends TimerEntry {
  readonly timerKind = IpTimerKind.routerSolicitation;
  readonly interface: Interface;
  sentCount = 0;
  intervalMs = 0;

  constructor(owner: Interface) {
    super();
    this.interface = owner;
  }
}

export class RouterDiscovery {
  private readonly context: IpContext;
  private readonly discovery: NeighborDiscovery;
  private readonly neighbors: NeighborCache;
  private readonly addresses: Addresses;
  private readonly routes: RouteTable;
  private readonly cache: DestinationCache;
  private readonly soliciting: RouterSolicitation[] = [];
  private readonly information = new PrefixInformation();

  constructor(
    context: IpContext,
    discovery: NeighborDiscovery,
    neighbors: NeighborCache,
    addresses: Addresses,
    routes: RouteTable,
    cache: DestinationCache,
  ) {
    this.context = context;
    this.discovery = discovery;
    this.neighbors = neighbors;
    this.addresses = addresses;
    this.routes = routes;
    this.cache = cache;
  }

  /** Begins to ask for routers after a random pause. RFC 4861 §6.3.7. */
  solicit(owner: Interface): void {
    const { settings, random } = this.context;
    if (settings.routerSolicitations === 0 || !settings.acceptRa || settings.forwarding) return;
    if (this.soliciting.some((known) => known.interface === owner)) return;
    const solicitation = new RouterSolicitation(owner);
    this.soliciting.push(solicitation);
    const fraction = (random.publicInt32() >>> 0) / 4294967296;
    this.schedule(solicitation, fraction * settings.routerSolicitationDelayMs);
  }

  /** Begins anew, as on a link that may be another. */
  restart(owner: Interface): void {
    this.stop(owner);
    this.solicit(owner);
  }

  solicitationTimerExpired(solicitation: RouterSolicitation): void {
    const { settings, random } = this.context;
    const { routerSolicitations: limit, routerSolicitationMaxIntervalMs: maxMs } = settings;
    if (limit >= 0 && solicitation.sentCount >= limit) {
      this.stop(solicitation.interface);
      return;
    }
    this.discovery.solicitRouters(solicitation.interface);
    solicitation.sentCount++;
    // RFC 7559 §2: the pause doubles, shaken by a tenth, up to an hour; with the RFC 4861 values it stays the same.
    const shake = ((random.publicInt32() >>> 0) / 4294967296 - 0.5) * 0.2;
    const before = solicitation.intervalMs;
    const base = before === 0 ? settings.routerSolicitationIntervalMs : Math.min(before * 2, maxMs);
    solicitation.intervalMs = base;
    this.schedule(solicitation, limit >= 0 ? base : base * (1 + shake));
  }

  /** An advertisement came in. RFC 4861 §6.3.4; fields of zero mean "not said". */
  advertisementArrived(owner: Interface, packet: IpPacket, message: NdpMessage): void {
    const { settings } = this.context;
    if (!settings.acceptRa || settings.forwarding) return;
    if (message.hopLimit > 0) owner.hopLimit = message.hopLimit;
    if (message.reachableMs > 0 && message.reachableMs <= REACHABLE_MAX_MS) {
      owner.baseReachableTimeMs = message.reachableMs;
    }
    if (message.retransmitMs > 0) owner.retransTimeMs = Math.min(message.retransmitMs, REACHABLE_MAX_MS);
    const router = packet.sourceAddress();
    if (message.hasSourceLink) {
      const heard = this.neighbors.heard(owner, router, message.sourceLinkHigh, message.sourceLinkLow, true);
      if (heard !== null) heard.isRouter = true;
    }
    if (settings.acceptRaDefrtr) this.setDefaultRouter(owner, router, message.routerLifetimeSeconds);
    // RFC 4861 §6.3.4: an MTU outside 1280 to that of the link is not believed.
    if (settings.acceptRaMtu && message.mtu >= IPV6_MIN_MTU && message.mtu <= owner.mtu && message.mtu !== owner.mtu6) {
      owner.mtu6 = message.mtu;
      this.cache.invalidate();
    }
    if (settings.acceptRaPinfo) this.takePrefixes(owner, packet, message);
    if (message.routerLifetimeSeconds > 0) this.stop(owner);
  }

  /** A route learned from a router, when its time may be over. */
  routeTimerExpired(route: Route): void {
    const { clock, wheel } = this.context;
    if (clock.nowUs < route.validUntilUs) {
      wheel.schedule(route, tickAt(clock, route.validUntilUs));
      return;
    }
    this.routes.remove(route);
    this.cache.invalidate();
  }

  private takePrefixes(owner: Interface, packet: IpPacket, message: NdpMessage): void {
    const { information } = this;
    information.nextOffset = message.optionsOffset;
    while (nextPrefix(packet.memory, message, information)) {
      const { prefixLength, validSeconds, preferredSeconds } = information;
      const address = Address.v6(information.prefix0, information.prefix1, information.prefix2, information.prefix3);
      if (prefixLength > 128 || address.isLinkLocal || address.isMulticast) continue;
      const prefix = new Prefix(address, prefixLength);
      if (information.isOnLink) this.setRoute(prefix, null, owner, validSeconds);
      // RFC 4862 §5.5.3: prefix and interface identifier have to make 128 bits; nonsense lifetimes are passed over.
      const isUsable = prefixLength === 64 && preferredSeconds <= validSeconds && !prefix.address.isUnspecified;
      if (information.isAutonomous && this.context.settings.autoconf && isUsable) this.takeAddress(owner, prefix);
    }
  }

  private takeAddress(owner: Interface, prefix: Prefix): void {
    const { validSeconds, preferredSeconds } = this.information;
    const { settings } = this.context;
    let count = 0;
    let known: InterfaceAddress | null = null;
    for (const entry of owner.addresses) {
      if (entry.origin !== 'advertised') continue;
      count++;
      if (entry.prefix.address.equals(prefix.address)) known = entry;
    }
    if (known !== null) {
      this.renew(known, validSeconds, preferredSeconds);
      return;
    }
    if (validSeconds === 0 || count >= settings.maxAddresses) return;
    const address = this.addresses.interfaceAddress(owner, prefix.address, 0);
    if (owner.findAddress(address.w0, address.w1, address.w2, address.w3) !== null) return;
    const entry = this.addresses.add(owner, address, prefix.length, 'advertised', false);
    this.addresses.setLifetime(entry, this.untilUs(preferredSeconds), this.untilUs(validSeconds));
  }

  /**
   * RFC 4862 §5.5.3 e: an advertisement anybody could forge must not end an address at once. A shorter valid lifetime
   * counts only down to two hours, and less than that is never shortened.
   */
  private renew(entry: InterfaceAddress, validSeconds: number, preferredSeconds: number): void {
    const remaining = (entry.validUntilUs - this.context.clock.nowUs) / 1_000_000;
    let validUntilUs = entry.validUntilUs;
    if (validSeconds > TWO_HOURS_SECONDS || validSeconds > remaining) validUntilUs = this.untilUs(validSeconds);
    else if (remaining > TWO_HOURS_SECONDS) validUntilUs = this.untilUs(TWO_HOURS_SECONDS);
    this.addresses.setLifetime(entry, this.untilUs(preferredSeconds), validUntilUs);
  }

  private setDefaultRouter(owner: Interface, router: Address, lifetimeSeconds: number): void {
    this.setRoute(new Prefix(UNSPECIFIED_V6, 0), router, owner, lifetimeSeconds);
  }

  /** Adds, renews or (lifetime 0) removes a learned route. */
  private setRoute(prefix: Prefix, gateway: Address | null, owner: Interface, lifetimeSeconds: number): void {
    const { wheel, clock } = this.context;
    let route = this.routes.find(prefix, gateway, owner.id);
    if (route !== null && route.origin !== 'advertised') return;
    if (lifetimeSeconds === 0) {
      if (route === null) return;
      wheel.cancel(route);
      this.routes.remove(route);
      this.cache.invalidate();
      return;
    }
    if (route === null) {
      const count = this.routes.all.filter(({ origin }) => origin === 'advertised').length;
      if (count >= ADVERTISED_ROUTES_MAX || this.routes.isFull) return;
      route = new Route(prefix, gateway, owner, ADVERTISED_METRIC, 'advertised');
      this.routes.add(route);
      this.cache.invalidate();
    }
    route.validUntilUs = this.untilUs(lifetimeSeconds);
    if (route.validUntilUs === Number.POSITIVE_INFINITY) wheel.cancel(route);
    else wheel.schedule(route, tickAt(clock, route.validUntilUs));
  }

  private untilUs(seconds: number): number {
    if (seconds === FOREVER_SECONDS) return Number.POSITIVE_INFINITY;
    return this.context.clock.nowUs + seconds * 1_000_000;
  }

  private stop(owner: Interface): void {
    const at = this.soliciting.findIndex((known) => known.interface === owner);
    if (at < 0) return;
    this.context.wheel.cancel(this.soliciting[at]!);
    this.soliciting.splice(at, 1);
  }

  private schedule(solicitation: RouterSolicitation, delayMs: number): void {
    const { wheel, clock } = this.context;
    const ticks = delayMs < 1 ? Math.ceil(delayMs * TICKS_PER_MS) : msToTicks(delayMs);
    wheel.schedule(solicitation, (clock.tick + Math.max(1, ticks)) | 0);
  }
}
