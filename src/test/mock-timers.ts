/**
 * The mock timers of node:test. They can be moved but not asked, so the functions they have put in are wrapped: each timer set
 * leaves the hour at which it is due. An hour too many does no harm, it is only visited in vain.
 */
import timers from 'node:timers';
import promises from 'node:timers/promises';
import { StateError } from '../base/errors.ts';
import type { FakeClock } from './fake-clock.ts';

/** `mock.timers`, or `t.mock.timers` of a test's context. */
export interface NodeMockTimers {
  enable(options?: never): void;
  tick(ms: number): void;
  runAll(): void;
  reset(): void;
}

type AnyFunction = (...args: never[]) => unknown;
type Functions = Record<string, unknown>;

interface Noted {
  dueMs: number;
  readonly everyMs: number;
}

/** Node takes delays from 1 to 2^31 - 1 milliseconds and makes 1 of everything else. */
const DELAY_MAX_MS = 0x7fffffff;

/** Every timer that was ever noted, also before a reset. */
const watched = new WeakSet<object>();

export class MockTimersClock implements FakeClock {
  nowMs = 0;
  private readonly source: NodeMockTimers;
  private readonly noted = new Map<unknown, Noted>();
  /** What was put in the place of mocked functions; a reset of the mock timers takes it away. */
  private readonly wrapped: { readonly holder: Functions; readonly name: string; readonly wrapper: AnyFunction }[] = [];
  /** The interval whose callback runs, and clearing that has to wait for its end. */
  private firing: unknown = null;
  private readonly afterTick: (() => unknown)[] = [];

  /** @throws StateError when the mock timers are not enabled */
  constructor(source: NodeMockTimers) {
    this.source = source;
    try {
      source.tick(0);
    } catch (cause) {
      throw new StateError(`mock timers are not enabled: call mock.timers.enable() first (${String(cause)})`);
    }
    for (const holder of [globalThis, timers] as unknown as Functions[]) {
      this.watch(holder, 'setTimeout', false);
      this.watch(holder, 'setInterval', true);
      this.forget(holder, 'clearTimeout');
      this.forget(holder, 'clearInterval');
    }
    this.watchPromise(promises as unknown as Functions);
    if (this.wrapped.length > 0) return;
    throw new StateError(
      "mock timers leave setTimeout and setInterval alone: enable them with { apis: ['setTimeout'] }",
    );
  }

  get isInstalled(): boolean {
    return this.wrapped.some(({ holder, name, wrapper }) => holder[name] === wrapper);
  }

  get nextDueMs(): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const one of this.noted.values()) dueMs = Math.min(dueMs, one.dueMs);
    return dueMs;
  }

  advanceTo(timeMs: number): void {
    const targetMs = Math.min(timeMs, Math.max(this.nowMs, this.nextDueMs));
    const passedMs = targetMs - this.nowMs;
    this.nowMs = targetMs;
    for (const [key, one] of this.noted) {
      if (one.dueMs > targetMs) continue;
      if (one.everyMs > 0) one.dueMs += one.everyMs;
      else this.noted.delete(key);
    }
    this.source.tick(passedMs);
    for (const clear of this.afterTick.splice(0)) clear();
  }

  private watch(holder: Functions, name: string, isRepeated: boolean): void {
    this.wrap(holder, name, (set) => (callback: AnyFunction, delayMs: never, ...rest: never[]): unknown => {
      const fire = (...args: never[]): void => {
        if (isRepeated) this.firing = timer;
        try {
          callback(...args);
        } finally {
          this.firing = null;
        }
      };
      const timer = set(fire as never, delayMs, ...rest) as object;
      const ms = timerDelay(delayMs);
      watched.add(timer);
      this.noted.set(timer, { dueMs: this.nowMs + ms, everyMs: isRepeated ? ms : 0 });
      return timer;
    });
  }

  private watchPromise(holder: Functions): void {
    this.wrap(holder, 'setTimeout', (set) => (delayMs: never, ...rest: never[]): unknown => {
      const promise = set(delayMs, ...rest);
      this.noted.set(promise, { dueMs: this.nowMs + timerDelay(delayMs), everyMs: 0 });
      return promise;
    });
  }

  private forget(holder: Functions, name: string): void {
    this.wrap(holder, name, (clear) => (timer: never): unknown => {
      const isSet = this.noted.delete(timer);
      // Node 20 sets an interval again that its own callback clears, and to clear a timer that is over, or was set before a reset,
      // takes another one away.
      if (timer === this.firing) this.afterTick.push(() => clear(timer));
      else if (isSet || !isWatched(timer)) return clear(timer);
      return undefined;
    });
  }

  /** Only what is mocked: Node's own functions bear the name they are called by. */
  private wrap(holder: Functions, name: string, make: (mocked: AnyFunction) => (...args: never[]) => unknown): void {
    const mocked = holder[name];
    if (typeof mocked !== 'function' || mocked.name === name) return;
    const wrapper = make(mocked as AnyFunction);
    holder[name] = wrapper;
    this.wrapped.push({ holder, name, wrapper });
  }
}

function isWatched(timer: unknown): boolean {
  return typeof timer === 'object' && timer !== null && watched.has(timer);
}

function timerDelay(delayMs: unknown): number {
  const ms = Math.trunc(Number(delayMs));
  return ms >= 1 && ms <= DELAY_MAX_MS ? ms : 1;
}
