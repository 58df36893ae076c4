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

export class MockTimersClock implements FakeClock {
  nowMs = 0;
  private readonly source: NodeMockTimers;
  private readonly noted = new Map<unknown, Noted>();
  /** Timers cleared since the last tick began. */
  private readonly cleared: (() => unknown)[] = [];

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
    this.cleared.length = 0;
    this.source.tick(passedMs);
    // Node 20 sets an interval again that was cleared by its own callback.
    for (const clearAgain of this.cleared.splice(0)) clearAgain();
  }

  private watch(holder: Functions, name: string, isRepeated: boolean): void {
    const set = holder[name] as AnyFunction;
    holder[name] = (callback: never, delayMs: never, ...rest: never[]): unknown => {
      const timer = set(callback, delayMs, ...rest);
      const ms = timerDelay(delayMs);
      this.noted.set(timer, { dueMs: this.nowMs + ms, everyMs: isRepeated ? ms : 0 });
      return timer;
    };
  }

  private watchPromise(holder: Functions): void {
    const set = holder.setTimeout as AnyFunction;
    holder.setTimeout = (delayMs: never, ...rest: never[]): unknown => {
      const promise = set(delayMs, ...rest);
      this.noted.set(promise, { dueMs: this.nowMs + timerDelay(delayMs), everyMs: 0 });
      return promise;
    };
  }

  private forget(holder: Functions, name: string): void {
    const clear = holder[name] as AnyFunction;
    holder[name] = (timer: never): unknown => {
      this.noted.delete(timer);
      this.cleared.push(() => clear(timer));
      return clear(timer);
    };
  }
}

function timerDelay(delayMs: unknown): number {
  const ms = Math.trunc(Number(delayMs));
  return ms >= 1 && ms <= DELAY_MAX_MS ? ms : 1;
}
