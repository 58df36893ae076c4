/** What every layer of a stack leans on: time, randomness, settings, counters, and the place where drops are counted. */
import type { Clock } from '../base/clock.ts';
import { type KeyedHash, SipHash } from '../base/keyed-hash.ts';
import type { Observer } from '../base/observer.ts';
import type { RandomSource } from '../base/random.ts';
import type { TimerWheel } from '../base/timer-wheel.ts';
import type { IpContext } from '../ip/ip-context.ts';
import type { IpSettings } from '../ip/settings.ts';
import { dropReasonName } from '../wire/drop-reason.ts';
import type { StackCounters } from './counters.ts';

export class StackContext implements IpContext {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly random: RandomSource;
  readonly hash: KeyedHash;
  readonly settings: IpSettings;
  readonly counters: StackCounters;
  readonly observer: Observer | null;

  constructor(
    clock: Clock,
    wheel: TimerWheel,
    random: RandomSource,
    settings: IpSettings,
    counters: StackCounters,
    observer: Observer | null,
  ) {
    this.clock = clock;
    this.wheel = wheel;
    this.random = random;
    this.hash = SipHash.keyedBy(random);
    this.settings = settings;
    this.counters = counters;
    this.observer = observer;
  }

  /** A frame, packet or segment was dropped; `reason` is a DropReason. */
  dropped(reason: number, interfaceId: number): void {
    const name = dropReasonName(reason);
    const { drops } = this.counters;
    drops.set(name, (drops.get(name) ?? 0) + 1);
    this.observer?.observe({ kind: 'drop', timeUs: this.clock.nowUs, interfaceId, reason: name });
  }
}
