/** The timer wheel against a list sorted at every look, at hours where int32 ticks wrap. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TimerEntry, TimerWheel } from './timer-wheel.ts';

class Alarm extends TimerEntry {
  readonly timerKind = 1;
  readonly name: number;

  constructor(name: number) {
    super();
    this.name = name;
  }
}

/** What a wheel has to do, written with a list sorted at every look. Ticks are plain integers that never wrap. */
class ListModel {
  current: number;
  private armed: { name: number; due: number; order: number }[] = [];
  private orders = 0;

  constructor(start: number) {
    this.current = start;
  }

  schedule(name: number, due: number): void {
    this.cancel(name);
    this.armed.push({ name, due: Math.max(due, this.current), order: this.orders++ });
  }

  cancel(name: number): void {
    this.armed = this.armed.filter((entry) => entry.name !== name);
  }

  get count(): number {
    return this.armed.length;
  }

  get earliest(): number {
    return Math.min(...this.armed.map((entry) => entry.due));
  }

  popDue(tick: number): number | null {
    this.armed.sort((a, b) => a.due - b.due || a.order - b.order);
    const first = this.armed[0];
    if (first === undefined || first.due > tick) {
      this.current = Math.max(this.current, tick + 1);
      return null;
    }
    this.armed.shift();
    this.current = Math.max(this.current, first.due);
    return first.name;
  }
}

type Step =
  | { kind: 'schedule'; name: number; delta: number }
  | { kind: 'cancel'; name: number }
  | { kind: 'popOne'; advance: number }
  | { kind: 'popAll'; advance: number };

const NAMES = 12;
const span = fc.oneof(
  fc.nat(3),
  fc.nat(100),
  fc.nat(40_000),
  fc.nat(2 ** 25),
  fc.nat(2 ** 31 - 1),
  fc.constantFrom(31, 32, 33, 1023, 1024, 32767, 32768, 2 ** 30 - 1, 2 ** 30, 2 ** 31 - 1),
);
const name = fc.nat(NAMES - 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: fc.record({ kind: fc.constant('schedule' as const), name, delta: span }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('schedule' as const), name, delta: fc.constantFrom(-1, -50) }),
  },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('cancel' as const), name }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('popOne' as const), advance: span }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('popAll' as const), advance: span }) },
);
/** The hours at which int32 ticks change sign or wrap, and an ordinary one. */
const start = fc
  .tuple(fc.constantFrom(0, 2 ** 31, 2 ** 32, 3 * 2 ** 30, 12345), fc.nat(70))
  .map(([base, before]) => Math.max(0, base - before));

function run(startTick: number, steps: Step[]): void {
  const wheel = new TimerWheel(startTick | 0);
  const model = new ListModel(startTick);
  const alarms = Array.from({ length: NAMES }, (_, index) => new Alarm(index));
  let now = startTick;
  const popBoth = (): number | null => {
    const got = wheel.popDue(now | 0) as Alarm | null;
    const expected = model.popDue(now);
    expect(got?.name ?? null).toBe(expected);
    if (got !== null) expect(got.isArmed).toBe(false);
    return expected;
  };
  for (const next of steps) {
    if (next.kind === 'schedule') {
      const due = Math.max(0, Math.min(now + next.delta, model.current + 2 ** 31 - 1));
      wheel.schedule(alarms[next.name] as Alarm, due | 0);
      model.schedule(next.name, due);
    } else if (next.kind === 'cancel') {
      wheel.cancel(alarms[next.name] as Alarm);
      model.cancel(next.name);
    } else {
      // Only an empty wheel may be left alone for 2^31 ticks: otherwise its owner comes back when something is due.
      now = Math.min(now + next.advance, model.count > 0 ? model.current + 2 ** 31 - 2 : Number.POSITIVE_INFINITY);
      if (next.kind === 'popOne') popBoth();
      else while (popBoth() !== null);
    }
    expect(wheel.count).toBe(model.count);
    expect(wheel.isPending).toBe(model.count > 0);
    if (wheel.isPending) {
      const ahead = (wheel.nextTick() - (model.current | 0)) | 0;
      expect(ahead).toBeGreaterThanOrEqual(0);
      expect(ahead).toBeLessThanOrEqual(model.earliest - model.current);
    }
  }
}

describe('TimerWheel', () => {
  it('behaves like a sorted list, over the wraps at 2^31 and 2^32 too', () => {
    fc.assert(
      fc.property(start, fc.array(step, { maxLength: 60 }), (startTick, steps) => run(startTick, steps)),
      { numRuns: 400 },
    );
  });

  it('wakes at nextTick a bounded number of times before an entry is due', () => {
    for (const startTick of [0, 2 ** 31 - 5, 2 ** 32 - 5]) {
      for (const delta of [1, 31, 32, 1000, 123_456, 2 ** 28 + 17, 2 ** 31 - 1]) {
        const wheel = new TimerWheel(startTick | 0);
        const alarm = new Alarm(0);
        wheel.schedule(alarm, (startTick + delta) | 0);
        let wakes = 0;
        let at = wheel.nextTick();
        while (wheel.popDue(at) === null) {
          wakes++;
          expect(wakes).toBeLessThanOrEqual(8);
          at = wheel.nextTick();
        }
        expect(at).toBe((startTick + delta) | 0);
      }
    }
  });

  it('re-arms an armed entry, cancels twice without harm, keeps arming order within a tick', () => {
    const wheel = new TimerWheel(0);
    const [a, b, c] = [new Alarm(1), new Alarm(2), new Alarm(3)];
    wheel.schedule(a, 40);
    wheel.schedule(b, 40);
    wheel.schedule(c, 10);
    wheel.schedule(c, 40);
    expect(wheel.count).toBe(3);
    expect([wheel.popDue(100), wheel.popDue(100), wheel.popDue(100), wheel.popDue(100)]).toEqual([a, b, c, null]);
    wheel.cancel(a);
    wheel.cancel(a);
    expect(wheel.count).toBe(0);
    expect(a.isArmed).toBe(false);
  });

  it('is not confused by a sleep of days while empty', () => {
    const wheel = new TimerWheel(0);
    for (const now of [2 ** 31 - 1, 2 ** 32 + 7, 2 ** 32 + 2 ** 31 + 50]) {
      const alarm = new Alarm(1);
      expect(wheel.popDue(now | 0)).toBeNull();
      wheel.schedule(alarm, (now + 10) | 0);
      expect(wheel.popDue((now + 9) | 0)).toBeNull();
      expect(wheel.popDue((now + 10) | 0)).toBe(alarm);
    }
  });

  it('arms right after days without entries when told the present', () => {
    const wheel = new TimerWheel(0);
    const alarm = new Alarm(1);
    const now = 2 ** 31 + 100;
    wheel.skipTo(now | 0);
    wheel.schedule(alarm, (now + 10) | 0);
    expect(wheel.nextTick()).toBe((now + 10) | 0);
    wheel.skipTo((now + 500) | 0);
    expect(wheel.popDue((now + 9) | 0)).toBeNull();
    expect(wheel.popDue((now + 10) | 0)).toBe(alarm);
  });

  it('takes an entry armed for the past as due at once', () => {
    const wheel = new TimerWheel(1000);
    const alarm = new Alarm(1);
    wheel.schedule(alarm, 10);
    expect(wheel.nextTick()).toBe(1000);
    expect(wheel.popDue(1000)).toBe(alarm);
  });

  it('lets the handler of an entry arm it again for the same tick', () => {
    const wheel = new TimerWheel(0);
    const alarm = new Alarm(1);
    wheel.schedule(alarm, 5);
    expect(wheel.popDue(5)).toBe(alarm);
    wheel.schedule(alarm, 5);
    expect(wheel.popDue(5)).toBe(alarm);
    expect(wheel.popDue(5)).toBeNull();
  });
});
