/**
 * The addresses of all interfaces from birth to death: uniqueness, groups they imply, routes to their subnets, lifetimes
 * (RFC 4862 section 5.5.4). Every change empties the destination cache.
 */
import { Address } from '../base/address.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import type { Arp } from './arp.ts';
import { type DadListener, DuplicateAddressDetection, tickAt } from './dad.ts';
import type { DestinationCache } from './destination.ts';
import { type AddressOrigin, AddressState, type Interface, InterfaceAddress } from './interface.ts';
import type { IpContext } from './ip-context.ts';
import { type Multicast, solicitedNodeGroup } from './multicast.ts';
import type { NeighborDiscovery } from './neighbor-discovery.ts';
import { Route, type RouteTable } from './route.ts';

/** RFC 7217 §5: how often another identifier is tried when the first is taken. */
const ID_RETRIES = 3;

/** Told when an interface has got its link-local address and may look for routers. */
export interface LinkLocalListener {
  linkLocalReady(owner: Interface): void;
}

export interface AddressOptions {
  /** Use the address at once, without duplicate address detection. */
  readonly skipDad?: boolean;
}

export class Addresses implements DadListener {
  readonly dad: DuplicateAddressDetection;
  private readonly context: IpContext;
  private readonly routes: RouteTable;
  private readonly cache: DestinationCache;
  private readonly multicast: Multicast;
  private readonly arp: Arp;
  private readonly listener: LinkLocalListener;
  /** Keys opaque interface identifiers (RFC 7217); the stack's hash has a secret key. */
  private readonly hash: KeyedHash;
  private readonly hashInput = new Int32Array(6);

  constructor(
    context: IpContext,
    routes: RouteTable,
    cache: DestinationCache,
    multicast: Multicast,
    arp: Arp,
    discovery: NeighborDiscovery,
    listener: LinkLocalListener,
  ) {
    this.context = context;
    this.routes = routes;
    this.cache = cache;
    this.multicast = multicast;
    this.arp = arp;
    this.listener = listener;
    this.hash = context.hash;
    this.dad = new DuplicateAddressDetection(context, discovery, this);
  }

  /** Adds an address; unless `skipDad` an IPv6 one on Ethernet is tentative until it has proved unique. */
  add(
    owner: Interface,
    address: Address,
    prefixLength: number,
    origin: AddressOrigin,
    skipDad: boolean,
  ): InterfaceAddress {
    const entry = new InterfaceAddress(owner, address, prefixLength, origin, AddressState.preferred);
    owner.addresses.push(entry);
    if (address.family === 6 && owner.isEthernet) this.multicast.join(owner, solicitedNodeGroup(address), true);
    if (origin !== 'advertised') this.addConnectedRoute(entry);
    const isChecked = address.family === 6 && owner.isEthernet && !skipDad && this.context.settings.dadTransmits > 0;
    if (isChecked) {
      this.dad.start(entry);
    } else {
      this.ready(entry);
    }
    return entry;
  }

  remove(entry: InterfaceAddress): boolean {
    const { addresses } = entry.interface;
    const at = addresses.indexOf(entry);
    if (at < 0) return false;
    addresses.splice(at, 1);
    this.dad.cancel(entry);
    this.context.wheel.cancel(entry);
    if (entry.address.family === 6 && entry.interface.isEthernet) {
      this.multicast.leave(entry.interface, solicitedNodeGroup(entry.address));
    }
    const isShared = addresses.some(({ prefix }) => prefix.toString() === entry.prefix.toString());
    const route = isShared ? null : this.routes.find(entry.prefix, null, entry.interface.id);
    if (route !== null && route.origin === 'connected') this.routes.remove(route);
    this.cache.invalidate();
    return true;
  }

  /** Sets how long an address may be used; Infinity: for ever. */
  setLifetime(entry: InterfaceAddress, preferredUntilUs: number, validUntilUs: number): void {
    entry.preferredUntilUs = preferredUntilUs;
    entry.validUntilUs = validUntilUs;
    this.lifetimeExpired(entry);
  }

  /** Looks at the lifetimes again and arms the timer for the next change. */
  lifetimeExpired(entry: InterfaceAddress): void {
    const { clock, wheel } = this.context;
    if (clock.nowUs >= entry.validUntilUs) {
      this.remove(entry);
      return;
    }
    if (entry.isUsable) {
      const state = clock.nowUs >= entry.preferredUntilUs ? AddressState.deprecated : AddressState.preferred;
      if (state !== entry.state) {
        entry.state = state;
        this.cache.invalidate();
      }
    }
    const isPreferred = clock.nowUs < entry.preferredUntilUs;
    const untilUs = isPreferred ? Math.min(entry.preferredUntilUs, entry.validUntilUs) : entry.validUntilUs;
    if (untilUs === Number.POSITIVE_INFINITY) wheel.cancel(entry);
    else wheel.schedule(entry, tickAt(clock, untilUs));
  }

  addressUnique(entry: InterfaceAddress): void {
    this.ready(entry);
    this.lifetimeExpired(entry);
  }

  addressDuplicate(entry: InterfaceAddress): void {
    const { interface: owner, address, prefix, origin } = entry;
    this.cache.invalidate();
    const isOpaque = this.context.settings.addrGenMode === 'stable-privacy' && origin !== 'manual';
    if (!isOpaque || entry.dadCounter >= ID_RETRIES) return;
    this.remove(entry);
    const next = this.interfaceAddress(owner, maskTo64(address), entry.dadCounter + 1);
    if (owner.findAddress(next.w0, next.w1, next.w2, next.w3) !== null) return;
    const retried = this.add(owner, next, prefix.length, origin, false);
    retried.dadCounter = entry.dadCounter + 1;
    this.setLifetime(retried, entry.preferredUntilUs, entry.validUntilUs);
  }

  /** The link-local address of an Ethernet interface, made when there is none. */
  ensureLinkLocal(owner: Interface, skipDad: boolean): void {
    const has = owner.addresses.some(({ address }) => address.family === 6 && address.isLinkLocal);
    if (has || !owner.isEthernet) return;
    this.add(owner, this.interfaceAddress(owner, Address.v6(0xfe800000, 0, 0, 0), 0), 64, 'link-local', skipDad);
  }

  /**
   * An address in the /64 of `prefix` for this interface.
   * RFC 4291 appendix A: the hardware address with ff:fe in its middle and the universal bit turned; or
   * RFC 7217 §5: a keyed hash of prefix, interface and counter, stable here and telling nothing elsewhere.
   */
  interfaceAddress(owner: Interface, prefix: Address, dadCounter: number): Address {
    const { high, low } = owner.mac;
    if (this.context.settings.addrGenMode === 'eui64') {
      const w2 = ((high ^ 0x0200) << 16) | ((low >>> 16) & 0xff00) | 0xff;
      return Address.v6(prefix.w0, prefix.w1, w2, 0xfe000000 | (low & 0xffffff));
    }
    const { hashInput, hash } = this;
    hashInput[0] = prefix.w0;
    hashInput[1] = prefix.w1;
    hashInput[2] = high;
    hashInput[3] = low;
    hashInput[4] = owner.id;
    hashInput[5] = dadCounter;
    hash.hashWords(hashInput, 6);
    return Address.v6(prefix.w0, prefix.w1, hash.high, hash.low);
  }

  private ready(entry: InterfaceAddress): void {
    this.cache.invalidate();
    if (entry.address.family === 4) {
      if (this.context.settings.arpNotify && entry.interface.isEthernet) this.arp.announce(entry);
    } else if (entry.address.isLinkLocal) {
      this.listener.linkLocalReady(entry.interface);
    }
  }

  private addConnectedRoute(entry: InterfaceAddress): void {
    const { prefix, interface: owner } = entry;
    const full = entry.address.family === 4 ? 32 : 128;
    if (owner.isLoopback || prefix.length === full || this.routes.isFull) return;
    if (this.routes.find(prefix, null, owner.id) !== null) return;
    this.routes.add(new Route(prefix, null, owner, 0, 'connected'));
  }
}

function maskTo64(address: Address): Address {
  return Address.v6(address.w0, address.w1, 0, 0);
}
