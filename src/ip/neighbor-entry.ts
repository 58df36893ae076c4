/** One neighbor: its hardware address, and how much that is known to be right (RFC 4861 section 7.3.2). */
import type { Address } from '../base/address.ts';
import { TimerEntry } from '../base/timer-wheel.ts';
import type { AddressKeyed } from './address-table.ts';
import { FrameQueue } from './frame-queue.ts';
import type { Interface } from './interface.ts';
import { IpTimerKind } from './timer-kinds.ts';

/** RFC 4861 section 7.3.2, with Linux's `none`, `failed` and `permanent`. From `reachable` on the address may be used. */
export const NeighborState = {
  none: 0,
  incomplete: 1,
  failed: 2,
  reachable: 3,
  stale: 4,
  delay: 5,
  probe: 6,
  permanent: 7,
} as const;

export const NEIGHBOR_STATE_NAMES = [
  'none',
  'incomplete',
  'failed',
  'reachable',
  'stale',
  'delay',
  'probe',
  'permanent',
] as const;

export class Neighbor extends TimerEntry implements AddressKeyed<Neighbor> {
  readonly timerKind = IpTimerKind.neighbor;
  readonly key: Address;
  readonly interface: Interface;
  state: number = NeighborState.none;
  macHigh = 0;
  macLow = 0;
  isRouter = false;
  /** Solicitations sent in the present state. */
  probes = 0;
  /** Last proof that it is reachable, and last use, in ticks. */
  confirmedTick = 0;
  usedTick = 0;
  /** Fell out of the cache: look it up again. */
  isRemoved = false;
  readonly pending = new FrameQueue();
  tableNext: Neighbor | null = null;
  /** Who was asked for next before and after this one, while it is incomplete. */
  askedBefore: Neighbor | null = null;
  askedAfter: Neighbor | null = null;

  constructor(owner: Interface, address: Address) {
    super();
    this.interface = owner;
    this.key = address;
  }

  get stateName(): string {
    return NEIGHBOR_STATE_NAMES[this.state] ?? '?';
  }
}
