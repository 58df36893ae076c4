/**
 * Neighbors: hardware addresses of the next hops and whether they are still there. One state machine for ARP (RFC 826,
 * RFC 1122 section 2.3.2) and neighbor discovery (RFC 4861 section 7.3); the owner sends the solicitations.
 * Bounded: entries by gcThresh3, those that are asked for by half of it, waiting frames by unresQlenBytes each and 16 times that together.
 * Who sends to addresses that nobody has pushes out what waits longest for an answer, never who is known (RFC 6583 section 6.1).
 */
import type { Address, AddressFamily } from '../base/address.ts';
import { msToTicks, TICKS_PER_MS, TICKS_PER_SECOND } from '../base/clock.ts';
import { DropReason } from '../wire/drop-reason.ts';
import { AddressTable } from './address-table.ts';
import type { QueuedFrame } from './frame-queue.ts';
import type { Interface } from './interface.ts';
import type { IpContext } from './ip-context.ts';
import { Neighbor, NeighborState } from './neighbor-entry.ts';
import { UnresolvedNeighbors } from './unresolved.ts';

/** How many entries a collection looks at before it gives up. */
const COLLECT_STEPS = 64;
/** Idle time that is enough between gcThresh2 and gcThresh3, as in Linux. */
const GC_PRESSURE_IDLE_TICKS = 5 * TICKS_PER_SECOND;

/** Frames that wait for all neighbors together: so many times what may wait for one. */
const FULL_QUEUES_MAX = 16;

/** What the cache asks of its owner. */
export interface NeighborOwner {
  /** Ask on the link who has the neighbor's address; unicast to its last known hardware address when `isUnicast`. */
  solicit(neighbor: Neighbor, isUnicast: boolean): void;
  /** The address is known now: the frame may go. */
  release(neighbor: Neighbor, frame: QueuedFrame): void;
  /** Nobody answered: the frame is lost, its sender is to be told. */
  unreachable(neighbor: Neighbor, frame: QueuedFrame): void;
  /** The frame gave way to a younger one. */
  discard(neighbor: Neighbor, frame: QueuedFrame, reason: number): void;
  /** A neighbor became unreachable or stopped being a router: routes over it may be bad. */
  lost(neighbor: Neighbor): void;
}

/** All neighbors of one family. */
export class NeighborCache {
  readonly family: AddressFamily;
  private readonly context: IpContext;
  private readonly owner: NeighborOwner;
  private readonly table: AddressTable<Neighbor>;
  private readonly ring: Neighbor[] = [];
  private hand = 0;
  private readonly unresolved = new UnresolvedNeighbors();
  /** Bytes of all frames that wait. */
  private pendingBytes = 0;

  constructor(family: AddressFamily, context: IpContext, owner: NeighborOwner) {
    this.family = family;
    this.context = context;
    this.owner = owner;
    this.table = new AddressTable(context.hash, 256);
  }

  get all(): readonly Neighbor[] {
    return this.ring;
  }

  find(owner: Interface, address: Address): Neighbor | null {
    for (let at = this.table.find(address); at !== null; at = this.table.nextWith(at)) {
      if (at.interface === owner) return at;
    }
    return null;
  }

  /** The entry of an address, made when there is none; null when the table is full of entries in use. */
  obtain(owner: Interface, address: Address): Neighbor | null {
    const known = this.find(owner, address);
    if (known !== null) return known;
    const { settings, counters } = this.context;
    // Answers come within milliseconds: what has waited longest is the least likely to be answered.
    if (this.unresolved.count > 0 && this.unresolved.count >= settings.gcThresh3 >> 1) this.giveUpOldest();
    else this.collect();
    if (this.ring.length >= settings.gcThresh3) this.giveUpOldest();
    if (this.ring.length >= settings.gcThresh3) {
      counters.neighbor.tableFulls++;
      return null;
    }
    const made = new Neighbor(owner, address);
    made.usedTick = this.context.clock.tick;
    counters.neighbor.allocs++;
    this.table.add(made);
    this.ring.push(made);
    return made;
  }

  /**
   * Called before a frame is sent to `neighbor`: true when its hardware address may be used, otherwise the frame has to be
   * given to `hold`. RFC 4861 §7.3.3: the first use of a stale entry starts the delay before probing.
   */
  prepareSend(neighbor: Neighbor): boolean {
    neighbor.usedTick = this.context.clock.tick;
    if (neighbor.state === NeighborState.reachable) return true;
    if (neighbor.state === NeighborState.stale) {
      this.enter(neighbor, NeighborState.delay, msToTicks(this.context.settings.delayFirstProbeTimeMs));
      return true;
    }
    if (neighbor.state > NeighborState.reachable) return true;
    return false;
  }

  /** Keeps a frame until the address is known and asks for it. The oldest frames give way (RFC 4861 section 7.2.2). */
  hold(neighbor: Neighbor, frame: QueuedFrame): void {
    const { pending } = neighbor;
    const { unresQlenBytes } = this.context.settings;
    pending.push(frame);
    this.pendingBytes += frame.slot.capacity;
    while (pending.bytes > unresQlenBytes && pending.count > 1) this.discardOldest(neighbor);
    const most = unresQlenBytes * FULL_QUEUES_MAX;
    while (this.pendingBytes > most && this.unresolved.oldest !== neighbor && this.unresolved.count > 0)
      this.giveUpOldest();
    if (neighbor.state === NeighborState.none || neighbor.state === NeighborState.failed) {
      this.startResolution(neighbor);
    }
  }

  /**
   * A neighbor told its hardware address unasked: in a solicitation, an ARP request, a router message (RFC 4861 §7.2.3).
   * News makes the entry stale: that it can hear us is not shown.
   */
  heard(owner: Interface, address: Address, macHigh: number, macLow: number, mayCreate: boolean): Neighbor | null {
    const neighbor = mayCreate ? this.obtain(owner, address) : this.find(owner, address);
    if (neighbor === null || neighbor.state === NeighborState.permanent) return neighbor;
    const isNew = neighbor.state < NeighborState.reachable;
    if (!isNew && neighbor.macHigh === macHigh && neighbor.macLow === macLow) return neighbor;
    neighbor.macHigh = macHigh;
    neighbor.macLow = macLow;
    if (isNew && neighbor.pending.count > 0) {
      this.enter(neighbor, NeighborState.delay, msToTicks(this.context.settings.delayFirstProbeTimeMs));
      this.flush(neighbor);
    } else {
      this.enter(neighbor, NeighborState.stale, 0);
    }
    return neighbor;
  }

  /**
   * A neighbor advertisement or an ARP reply (RFC 4861 section 7.2.5).
   * @param hasMac false when the advertisement carries no target link-layer address.
   */
  advertised(
    neighbor: Neighbor,
    hasMac: boolean,
    macHigh: number,
    macLow: number,
    isSolicited: boolean,
    isOverride: boolean,
    isRouter: boolean,
  ): void {
    if (neighbor.state === NeighborState.permanent) return;
    if (neighbor.state < NeighborState.reachable) {
      if (!hasMac || neighbor.state !== NeighborState.incomplete) return;
      neighbor.macHigh = macHigh;
      neighbor.macLow = macLow;
      neighbor.isRouter = isRouter;
      if (isSolicited) this.enterReachable(neighbor);
      else this.enter(neighbor, NeighborState.stale, 0);
      this.flush(neighbor);
      return;
    }
    const differs = hasMac && (neighbor.macHigh !== macHigh || neighbor.macLow !== macLow);
    if (differs && !isOverride) {
      if (neighbor.state === NeighborState.reachable) this.enter(neighbor, NeighborState.stale, 0);
      return;
    }
    if (differs) {
      neighbor.macHigh = macHigh;
      neighbor.macLow = macLow;
    }
    if (isSolicited) this.enterReachable(neighbor);
    else if (differs) this.enter(neighbor, NeighborState.stale, 0);
    const stoppedRouting = neighbor.isRouter && !isRouter;
    neighbor.isRouter = isRouter;
    if (stoppedRouting) this.owner.lost(neighbor);
  }

  /** Upper layers made progress with the peer (RFC 4861 section 7.3.1). */
  confirm(neighbor: Neighbor): void {
    neighbor.confirmedTick = this.context.clock.tick;
    if (neighbor.state === NeighborState.reachable || neighbor.state < NeighborState.reachable) return;
    if (neighbor.state !== NeighborState.permanent) this.enterReachable(neighbor);
  }

  /** An upper layer gets no answer through this neighbor (R1 of RFC 9293 section 3.8.3): it has to prove itself at the next use. */
  suspect(neighbor: Neighbor): void {
    if (neighbor.state !== NeighborState.reachable) return;
    neighbor.state = NeighborState.stale;
    this.context.wheel.cancel(neighbor);
  }

  /** A hardware address set by hand; it is never probed. */
  setPermanent(neighbor: Neighbor, macHigh: number, macLow: number): void {
    neighbor.macHigh = macHigh;
    neighbor.macLow = macLow;
    this.enter(neighbor, NeighborState.permanent, 0);
    this.flush(neighbor);
  }

  timerExpired(neighbor: Neighbor): void {
    const { settings, clock } = this.context;
    switch (neighbor.state) {
      case NeighborState.reachable: {
        const age = (clock.tick - neighbor.confirmedTick) | 0;
        const left = (this.reachableTicks(neighbor) - age) | 0;
        if (left > 0 && age >= 0) this.context.wheel.schedule(neighbor, (clock.tick + left) | 0);
        else neighbor.state = NeighborState.stale;
        return;
      }
      case NeighborState.delay:
        neighbor.probes = 0;
        neighbor.state = NeighborState.probe;
        this.probe(neighbor, true, settings.ucastSolicit);
        return;
      case NeighborState.probe:
        this.probe(neighbor, true, settings.ucastSolicit);
        return;
      case NeighborState.incomplete:
        this.probe(neighbor, false, settings.mcastSolicit);
        return;
      default:
        return;
    }
  }

  /** Forgets an entry and what waits for it. */
  remove(neighbor: Neighbor): void {
    const at = this.ring.indexOf(neighbor);
    if (at < 0) return;
    const last = this.ring.pop();
    if (last !== undefined && last !== neighbor) this.ring[at] = last;
    this.table.remove(neighbor);
    this.context.wheel.cancel(neighbor);
    this.unresolved.remove(neighbor);
    this.context.counters.neighbor.destroys++;
    neighbor.isRemoved = true;
    this.reportPending(neighbor);
  }

  /** Forgets all neighbors of an interface, as when its cable is pulled. */
  flushInterface(owner: Interface): void {
    for (const neighbor of this.ring.filter((known) => known.interface === owner)) this.remove(neighbor);
  }

  private startResolution(neighbor: Neighbor): void {
    neighbor.probes = 0;
    neighbor.state = NeighborState.incomplete;
    this.unresolved.add(neighbor);
    this.probe(neighbor, false, this.context.settings.mcastSolicit);
  }

  /** The neighbor asked for longest ago makes room. Nobody is told that it is unreachable: it may not be. */
  private giveUpOldest(): void {
    const neighbor = this.unresolved.oldest;
    if (neighbor === null) return;
    while (neighbor.pending.count > 0) this.discardOldest(neighbor);
    this.context.counters.neighbor.unresolvedEvictions++;
    this.remove(neighbor);
  }

  private discardOldest(neighbor: Neighbor): void {
    const oldest = this.nextPending(neighbor);
    if (oldest === null) return;
    this.context.counters.neighbor.unresolvedDiscards++;
    this.owner.discard(neighbor, oldest, DropReason.neighborQueueFull);
  }

  private nextPending(neighbor: Neighbor): QueuedFrame | null {
    const frame = neighbor.pending.shift();
    if (frame !== null) this.pendingBytes -= frame.slot.capacity;
    return frame;
  }

  /** Sends the next solicitation, or gives up after `limit` of them. */
  private probe(neighbor: Neighbor, isUnicast: boolean, limit: number): void {
    if (neighbor.probes >= limit) {
      this.fail(neighbor);
      return;
    }
    neighbor.probes++;
    const { wheel, clock } = this.context;
    wheel.schedule(neighbor, (clock.tick + msToTicks(neighbor.interface.retransTimeMs)) | 0);
    this.owner.solicit(neighbor, isUnicast);
  }

  private fail(neighbor: Neighbor): void {
    this.context.counters.neighbor.resFailed++;
    this.enter(neighbor, NeighborState.failed, 0);
    this.owner.lost(neighbor);
    this.reportPending(neighbor);
  }

  // RFC 1122 §2.3.2.2 and RFC 4861 §7.2.2: the senders of the frames that waited are told.
  private reportPending(neighbor: Neighbor): void {
    for (let count = neighbor.pending.count; count > 0; count--) {
      const frame = this.nextPending(neighbor);
      if (frame !== null) this.owner.unreachable(neighbor, frame);
    }
  }

  private flush(neighbor: Neighbor): void {
    for (let frame = this.nextPending(neighbor); frame !== null; frame = this.nextPending(neighbor)) {
      this.owner.release(neighbor, frame);
    }
  }

  private enterReachable(neighbor: Neighbor): void {
    neighbor.confirmedTick = this.context.clock.tick;
    this.enter(neighbor, NeighborState.reachable, this.reachableTicks(neighbor));
  }

  /** RFC 4861 §6.3.4: between half and one and a half of the base, so that neighbors do not probe in step. */
  private reachableTicks(neighbor: Neighbor): number {
    const fraction = (this.context.random.publicInt32() >>> 0) / 4294967296;
    return Math.ceil(neighbor.interface.baseReachableTimeMs * TICKS_PER_MS * (0.5 + fraction)) | 0;
  }

  private enter(neighbor: Neighbor, state: number, timeoutTicks: number): void {
    const { wheel, clock } = this.context;
    this.unresolved.remove(neighbor);
    neighbor.state = state;
    neighbor.probes = 0;
    if (timeoutTicks > 0) wheel.schedule(neighbor, (clock.tick + timeoutTicks) | 0);
    else wheel.cancel(neighbor);
  }

  /** Drops one idle entry; the fuller the table, the shorter it must have been idle. Bounded work per call. */
  private collect(): void {
    const { settings, clock, counters } = this.context;
    const { length } = this.ring;
    if (length < settings.gcThresh1) return;
    let idleTicks = msToTicks(settings.gcStaleTimeMs);
    if (length >= settings.gcThresh3) {
      counters.neighbor.forcedGcRuns++;
      idleTicks = 0;
    } else if (length >= settings.gcThresh2) {
      idleTicks = GC_PRESSURE_IDLE_TICKS;
    }
    for (let step = Math.min(COLLECT_STEPS, length); step > 0; step--) {
      this.hand = (this.hand + 1) % length;
      const candidate = this.ring[this.hand]!;
      const idle = (clock.tick - candidate.usedTick) | 0;
      // A difference that looks negative is one of more than 59 hours.
      // Nothing is lost when one that did not answer is forgotten.
      const isFresh = idle >= 0 && idle < idleTicks && candidate.state !== NeighborState.failed;
      if (isInUse(candidate.state) || isFresh) continue;
      this.remove(candidate);
      return;
    }
  }
}

function isInUse(state: number): boolean {
  return state !== NeighborState.none && state !== NeighborState.failed && state !== NeighborState.stale;
}
