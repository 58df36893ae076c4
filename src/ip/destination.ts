/**
 * Where packets for one peer go: interface, source, next hop, path MTU. Callers keep a Destination and pay for routing once;
 * when `generation` is no longer the cache's, routes or addresses have changed and they look it up again.
 * The cache is bounded; what falls out of it stays valid for whoever holds it.
 */
import type { Address, AddressFamily } from '../base/address.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import { type AddressKeyed, AddressTable } from './address-table.ts';
import type { Interface } from './interface.ts';
import type { Neighbor } from './neighbor-entry.ts';
import type { RouteMetrics } from './route.ts';

/** How a destination is reached on the link. */
export const DestinationKind = { unicast: 0, local: 1, broadcast: 2, multicast: 3 } as const;

export class Destination implements AddressKeyed<Destination> {
  readonly remote: Address;
  readonly family: AddressFamily;
  readonly interface: Interface;
  /** Of the route there; null: none, or no route was needed. */
  metrics: RouteMetrics | null = null;
  /** Our address towards it. */
  readonly source: Address;
  /** Whose hardware address the frames bear: the peer itself or a router. */
  readonly nextHop: Address;
  readonly kind: number;
  /** What the caller asked for, part of the cache's key. */
  readonly requestedLocal: Address | null;
  readonly requestedInterfaceId: number;
  readonly generation: number;
  /** Bytes of link and IP header without options. */
  readonly headerLength: number;
  /** Largest IP packet on the way there. */
  pathMtu: number;
  /** Driver's microseconds at which a learned path MTU is forgotten, Infinity when none was learned. */
  pathMtuUntilUs = Number.POSITIVE_INFINITY;
  /** Generation of the path MTU cache that `pathMtu` is of. */
  pathMtuGeneration = 0;
  /** The path takes less than we believe possible: packets go without DF (RFC 1191 section 3). */
  isPathMtuLocked = false;
  /** Resolves `nextHop` on Ethernet; null for groups, broadcasts and carriers without addresses. */
  neighbor: Neighbor | null = null;
  /** Hardware address of groups and broadcasts. */
  macHigh = 0;
  macLow = 0;
  /** Default flow label by the addresses (RFC 6437), 0 for IPv4. */
  flowLabel = 0;
  /** Looked up since the cache's hand last came by; and its place there. */
  wasUsed = true;
  ringIndex = 0;
  tableNext: Destination | null = null;

  constructor(
    remote: Address,
    source: Address,
    owner: Interface,
    nextHop: Address,
    kind: number,
    requestedLocal: Address | null,
    requestedInterfaceId: number,
    generation: number,
  ) {
    this.remote = remote;
    this.family = remote.family;
    this.source = source;
    this.interface = owner;
    this.nextHop = nextHop;
    this.kind = kind;
    this.requestedLocal = requestedLocal;
    this.requestedInterfaceId = requestedInterfaceId;
    this.generation = generation;
    this.headerLength = owner.linkHeaderLength + (remote.family === 4 ? 20 : 40);
    this.pathMtu = remote.family === 4 ? owner.mtu : owner.mtu6;
  }

  get key(): Address {
    return this.remote;
  }

  /** Largest IP packet the first hop takes. */
  get linkMtu(): number {
    return this.family === 4 ? this.interface.mtu : this.interface.mtu6;
  }
}

export class DestinationCache {
  /** Grows with every change of routes or addresses. */
  generation = 1;
  private readonly table: AddressTable<Destination>;
  private readonly ring: (Destination | null)[];
  private hand = 0;

  /** @param capacity a power of two. */
  constructor(hash: KeyedHash, capacity: number) {
    this.table = new AddressTable(hash, capacity);
    this.ring = new Array<Destination | null>(capacity).fill(null);
  }

  get size(): number {
    return this.table.size;
  }

  /** All cached destinations become stale. */
  invalidate(): void {
    this.generation = (this.generation + 1) & 0x3fffffff;
  }

  /** The cached answer to exactly this question, in whatever generation. */
  find(remote: Address, local: Address | null, interfaceId: number): Destination | null {
    for (let at = this.table.find(remote); at !== null; at = this.table.nextWith(at)) {
      if (at.requestedInterfaceId !== interfaceId) continue;
      const same = at.requestedLocal === null ? local === null : local?.equals(at.requestedLocal);
      if (!same) continue;
      at.wasUsed = true;
      return at;
    }
    return null;
  }

  /** First of the destinations with this remote address, whatever their source. */
  first(remote: Address): Destination | null {
    return this.table.find(remote);
  }

  next(destination: Destination): Destination | null {
    return this.table.nextWith(destination);
  }

  /** Puts `destination` in, in place of `former` or of one that was not used lately. */
  add(destination: Destination, former: Destination | null): void {
    const { ring, table } = this;
    if (former !== null) {
      destination.ringIndex = former.ringIndex;
    } else {
      // Second chance: whoever was looked up since the hand last came by stays. After one round nobody is spared.
      for (let step = 0; step <= ring.length; step++) {
        this.hand = (this.hand + 1) & (ring.length - 1);
        const resident = ring[this.hand] ?? null;
        if (!resident?.wasUsed) break;
        resident.wasUsed = false;
      }
      destination.ringIndex = this.hand;
    }
    const evicted = ring[destination.ringIndex] ?? null;
    if (evicted !== null) table.remove(evicted);
    ring[destination.ringIndex] = destination;
    table.add(destination);
  }
}
