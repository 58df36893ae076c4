/**
 * Fake timers of test frameworks as a clock that can be asked when its next timer is due. vitest, jest and sinon have the same
 * clock inside, @sinonjs/fake-timers, which hangs at the functions it replaces. node:test tells nothing about its timers:
 * there the functions it has put in are watched (mock-timers.ts).
 */
import { ArgumentError, StateError } from '../base/errors.ts';
import type { FakeClock } from './fake-clock.ts';
import { MockTimersClock, type NodeMockTimers } from './mock-timers.ts';

/** vitest's `vi` and jest's `jest`, as far as it matters here. */
export interface FrameworkTimers {
  useFakeTimers(...options: never[]): unknown;
  useRealTimers(): unknown;
}

/** The clock of @sinonjs/fake-timers, which `sinon.useFakeTimers()` returns too. */
export interface SinonClock {
  readonly now: number;
  tick(ms: number): unknown;
  next?(): unknown;
  countTimers(): number;
  readonly timers?: object;
  readonly jobs?: readonly unknown[];
}

/** What `Network.useTimers` takes: `vi`, `jest`, `mock.timers` of node:test, or a clock of sinon. */
export type TimerSource = FrameworkTimers | SinonClock | NodeMockTimers;

/** @throws StateError when no fake timers are installed; ArgumentError when `source` is none of the known ones */
export function fakeClockOf(source: TimerSource): FakeClock {
  if (isSinonClock(source)) return new SinonFakeClock(source);
  if ('useFakeTimers' in source && 'useRealTimers' in source) {
    const clock = installedClock();
    if (clock !== null) return new SinonFakeClock(clock);
    throw new StateError('fake timers are not installed: call vi.useFakeTimers() or jest.useFakeTimers() first');
  }
  if ('runAll' in source && 'enable' in source) return new MockTimersClock(source);
  throw new ArgumentError('source', "is no fake timers: use vi, jest, mock.timers of 'node:test' or a clock of sinon");
}

function isSinonClock(source: unknown): source is SinonClock {
  return typeof source === 'object' && source !== null && 'tick' in source && 'countTimers' in source;
}

/** The clock of the fake timers that are installed now, null when the timers are real. */
function installedClock(): SinonClock | null {
  for (const replaced of [globalThis.setTimeout, globalThis.setInterval, globalThis.Date]) {
    const clock = 'clock' in replaced ? replaced.clock : undefined;
    if (isSinonClock(clock)) return clock;
  }
  return null;
}

class SinonFakeClock implements FakeClock {
  private readonly clock: SinonClock;
  /** A clock that was never put in the place of the real timers cannot be taken away either. */
  private readonly wasInstalled: boolean;

  constructor(clock: SinonClock) {
    this.clock = clock;
    this.wasInstalled = installedClock() === clock;
  }

  get isInstalled(): boolean {
    return !this.wasInstalled || installedClock() === this.clock;
  }

  get nowMs(): number {
    return this.clock.now;
  }

  get nextDueMs(): number {
    const { clock } = this;
    if (clock.jobs !== undefined && clock.jobs.length > 0) return clock.now;
    if (clock.countTimers() === 0) return Number.POSITIVE_INFINITY;
    let dueMs = Number.POSITIVE_INFINITY;
    for (const timer of timersOf(clock)) dueMs = Math.min(dueMs, timer.callAt);
    // Timers are there and tell nothing: a version of the library that keeps them elsewhere.
    if (dueMs === Number.POSITIVE_INFINITY) {
      throw new StateError('this version of fake timers does not tell when its timers are due; please report it');
    }
    return dueMs;
  }

  advanceTo(timeMs: number): void {
    const { clock } = this;
    const dueMs = this.nextDueMs;
    const isTimer = clock.jobs === undefined || clock.jobs.length === 0;
    // One at a time: what a timer has promised is kept before the next one of the same moment.
    if (dueMs <= timeMs && isTimer && clock.next !== undefined) clock.next();
    else clock.tick(Math.max(0, Math.min(timeMs, dueMs) - clock.now));
  }
}

function* timersOf(clock: SinonClock): Generator<{ readonly callAt: number }> {
  const { timers } = clock;
  // jest's map is of another realm, where `instanceof` knows nothing of ours.
  const all: Iterable<unknown> = isMap(timers) ? timers.values() : Object.values(timers ?? {});
  for (const timer of all) {
    if (typeof timer !== 'object' || timer === null || !('callAt' in timer)) continue;
    if (typeof timer.callAt === 'number') yield { callAt: timer.callAt };
  }
}

function isMap(timers: object | undefined): timers is Map<unknown, unknown> {
  return timers !== undefined && 'values' in timers && typeof timers.values === 'function';
}
