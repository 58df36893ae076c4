/** What TCP finds around it in the house: the hour, chance, settings, counters. `TcpEnvironment` adds what it asks to be done. */
import type { Clock } from '../base/clock.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import type { Observer } from '../base/observer.ts';
import type { RandomSource } from '../base/random.ts';
import type { TimerWheel } from '../base/timer-wheel.ts';
import type { TcpCounters, TcpExtCounters } from './counters.ts';
import type { TcpSettings } from './settings.ts';

export interface TcpSurroundings {
  readonly clock: Clock;
  readonly wheel: TimerWheel;
  readonly settings: TcpSettings;
  readonly counters: TcpCounters;
  readonly extCounters: TcpExtCounters;
  readonly random: RandomSource;
  readonly hash: KeyedHash;
  readonly observer: Observer | null;
}
