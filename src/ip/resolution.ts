/**
 * Address resolution as a whole: the two neighbor caches, ARP and neighbor discovery that ask for them, and what becomes of
 * the frames that waited.
 */

import { PlainPacketMemory } from '../base/packet-memory.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { IpPacket } from '../wire/ip-packet.ts';
import { parseIpv4 } from '../wire/ipv4.ts';
import { parseIpv6 } from '../wire/ipv6.ts';
import { Arp } from './arp.ts';
import type { DestinationCache } from './destination.ts';
import type { QueuedFrame } from './frame-queue.ts';
import type { IpContext } from './ip-context.ts';
import { IpOutput } from './ip-output.ts';
import { NeighborCache, type NeighborOwner } from './neighbor.ts';
import { NeighborDiscovery } from './neighbor-discovery.ts';
import type { Neighbor } from './neighbor-entry.ts';
import type { RouteTable } from './route.ts';

/** Told about every packet that could not be delivered because the next hop did not answer. */
export interface UnreachableReporter {
  neighborUnreachable(packet: IpPacket, isForwarded: boolean): void;
}

export class Resolution implements NeighborOwner {
  readonly neighbors4: NeighborCache;
  readonly neighbors6: NeighborCache;
  readonly output: IpOutput;
  readonly arp: Arp;
  readonly discovery: NeighborDiscovery;
  private readonly context: IpContext;
  private readonly reporter: UnreachableReporter;
  private readonly routes: RouteTable;
  private readonly destinations: DestinationCache;
  private readonly lostPacket = new IpPacket(new PlainPacketMemory(64));

  constructor(context: IpContext, reporter: UnreachableReporter, routes: RouteTable, destinations: DestinationCache) {
    this.context = context;
    this.reporter = reporter;
    this.routes = routes;
    this.destinations = destinations;
    this.neighbors4 = new NeighborCache(4, context, this);
    this.neighbors6 = new NeighborCache(6, context, this);
    this.output = new IpOutput(context, this.neighbors4, this.neighbors6);
    this.arp = new Arp(context, this.output, this.neighbors4);
    this.discovery = new NeighborDiscovery(context, this.output, this.neighbors6);
  }

  cacheOf(neighbor: Neighbor): NeighborCache {
    return neighbor.key.family === 4 ? this.neighbors4 : this.neighbors6;
  }

  solicit(neighbor: Neighbor, isUnicast: boolean): void {
    if (neighbor.key.family === 4) this.arp.solicit(neighbor, isUnicast);
    else this.discovery.solicit(neighbor, isUnicast);
  }

  release(neighbor: Neighbor, frame: QueuedFrame): void {
    this.output.sendResolved(frame, neighbor);
  }

  discard(neighbor: Neighbor, frame: QueuedFrame, reason: number): void {
    this.context.dropped(reason, neighbor.interface.id);
    this.output.pool.give(frame);
  }

  unreachable(neighbor: Neighbor, frame: QueuedFrame): void {
    const packet = this.lostPacket;
    const { slot } = frame;
    const at = slot.offset + frame.ipOffset;
    const parse = neighbor.key.family === 4 ? parseIpv4 : parseIpv6;
    this.context.dropped(DropReason.neighborUnreachable, neighbor.interface.id);
    if (parse(slot.memory, at, slot.offset + slot.length, packet) === DropReason.none && packet.fragmentOffset === 0) {
      packet.interfaceId = neighbor.interface.id;
      packet.linkBroadcast = false;
      this.reporter.neighborUnreachable(packet, frame.isForwarded);
    }
    this.output.pool.give(frame);
  }

  /**
   * RFC 4861 §6.3.6: when it was a router, other routes may be better now.
   * RFC 4861 §6.3.5, RFC 1122 §3.3.1.5: and what a redirect said about it holds no longer.
   */
  lost(neighbor: Neighbor): void {
    for (const route of [...this.routes.all]) {
      if (route.interface !== neighbor.interface) continue;
      const isRedirect = route.origin === 'redirect';
      const hop = route.gateway ?? (isRedirect ? route.prefix.address : null);
      if (!hop?.equals(neighbor.key)) continue;
      if (isRedirect) this.routes.remove(route);
      this.destinations.invalidate();
    }
  }
}
