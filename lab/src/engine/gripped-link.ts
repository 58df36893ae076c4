/**
 * A link whose packets can be grabbed: where they come out of the carrier it does to each what was ordered. A Link around
 * a Link, plain data, so that what is held goes through snapshots like anything else on its way.
 */
import type { LinkCapabilities } from '../../../src/base/link-capabilities.ts';
import { Slot } from '../../../src/base/slot.ts';
import type { FrameSink, Link, LinkStatistics } from '../../../src/link/link.ts';
import { UNKNOWN_PACKET, type WireWatch } from './wire-watch.ts';

/** A packet kept back. */
interface Held {
  readonly packet: number;
  readonly port: number;
  readonly bytes: Uint8Array;
  /** Infinity: until it is released. */
  dueUs: number;
  /** Goes right behind the next packet for the same end. */
  readonly isSwapped: boolean;
}

/** The second of two packets comes this much later, so that it can be seen. */
const SECOND_COPY_US = 2000;
/** A packet that was to change places with its follower waits so long for one. */
const SWAP_WAIT_US = 1_000_000;
const HELD_MAX = 1024;

export class GrippedLink implements Link, FrameSink {
  readonly capabilities: LinkCapabilities;
  readonly portCount: number;
  readonly name: string;
  private readonly inner: Link;
  private readonly watch: WireWatch;
  private readonly held: Held[] = [];
  private readonly slot: Slot;
  private sink: FrameSink | null = null;
  private nowUs = 0;

  constructor(name: string, inner: Link, watch: WireWatch) {
    this.name = name;
    this.inner = inner;
    this.watch = watch;
    this.capabilities = inner.capabilities;
    this.portCount = inner.portCount;
    this.slot = Slot.allocate(inner.capabilities.mtu + 64, inner.capabilities.medium === 'ethernet');
  }

  get statistics(): LinkStatistics {
    return this.inner.statistics;
  }

  send(port: number, slot: Slot, nowUs: number): boolean {
    return this.inner.send(port, slot, nowUs);
  }

  nextTimeoutUs(): number {
    return this.held.reduce((dueUs, one) => Math.min(dueUs, this.dueOf(one)), this.inner.nextTimeoutUs());
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    this.sink = sink;
    this.nowUs = nowUs;
    let delivered = 0;
    while (delivered < budget) {
      const next = this.nextDue();
      if (next === null) break;
      if (this.watch.takeOrder(next.packet)?.what === 'drop') continue;
      this.letGo(next);
      delivered++;
    }
    if (delivered < budget) delivered += this.inner.poll(nowUs, this, budget - delivered);
    this.sink = null;
    return delivered;
  }

  frameArrived(port: number, slot: Slot): void {
    const packet = this.watch.arrived(this.name, slot);
    const order = packet === UNKNOWN_PACKET ? null : this.watch.takeOrder(packet);
    switch (order?.what) {
      case 'drop':
        return;
      case 'delay':
        this.keep(packet, port, slot, this.nowUs + order.ms * 1000);
        return;
      case 'hold':
        this.keep(packet, port, slot, Number.POSITIVE_INFINITY);
        return;
      case 'swap':
        this.keep(packet, port, slot, this.nowUs + SWAP_WAIT_US, true);
        return;
      case 'duplicate':
        this.keep(UNKNOWN_PACKET, port, slot, this.nowUs + SECOND_COPY_US);
        break;
      case 'corrupt':
        flipBit(slot);
        break;
    }
    this.deliver(port, slot);
  }

  private deliver(port: number, slot: Slot): void {
    this.sink?.frameArrived(port, slot);
    const swapped = this.held.findIndex((one) => one.isSwapped && one.port === port);
    if (swapped < 0) return;
    const waiting = this.held[swapped];
    if (waiting !== undefined) waiting.dueUs = this.nowUs;
  }

  /** A held packet for which something was ordered goes at once. */
  private dueOf(held: Held): number {
    return this.watch.hasOrder(held.packet) ? 0 : held.dueUs;
  }

  private nextDue(): Held | null {
    const index = this.held.findIndex((one) => this.dueOf(one) <= this.nowUs);
    const next = index < 0 ? null : (this.held.splice(index, 1)[0] ?? null);
    if (next !== null) this.watch.held.delete(next.packet);
    return next;
  }

  private letGo({ port, bytes }: Held): void {
    const { slot } = this;
    slot.reset();
    slot.memory.u8.set(bytes, slot.offset);
    slot.length = bytes.length;
    this.sink?.frameArrived(port, slot);
  }

  private keep(packet: number, port: number, slot: Slot, dueUs: number, isSwapped = false): void {
    if (this.held.length >= HELD_MAX) this.watch.held.delete(this.held.shift()?.packet ?? UNKNOWN_PACKET);
    this.watch.held.add(packet);
    const bytes = slot.memory.u8.slice(slot.offset, slot.offset + slot.length);
    this.held.push({ packet, port, bytes, dueUs, isSwapped });
  }
}

/** The last bit of the packet: a checksum finds it. */
function flipBit(slot: Slot): void {
  const last = slot.offset + slot.length - 1;
  slot.memory.u8[last] = (slot.memory.u8[last] ?? 0) ^ 1;
}
