/** The queue of TIME-WAIT records: one entry in the wheel, at the hour of the oldest; who comes last goes last. */
import { describe, expect, it } from 'vitest';
import { bareTcb, timerEnvironment } from '../../../test/support/bare-tcb.ts';
import { TICK_US } from '../../base/clock.ts';
import { TimeWaitQueue, TimeWaits } from './time-wait-queue.ts';
import { TimeWait } from './time-wait-record.ts';

const WAIT = 100;

function setUp() {
  const { env, clock, wheel } = timerEnvironment();
  const waits = new TimeWaits();
  const at = (tick: number): void => clock.set(tick * TICK_US);
  const begin = (tick: number, waitTicks = WAIT): TimeWait => {
    at(tick);
    const record = new TimeWait(bareTcb(), false, 0);
    waits.start(env, record, waitTicks);
    return record;
  };
  /** Ticks at which the wheel hands something over, up to `until`; the oldest record goes each time. */
  const endings = (until: number): number[] => {
    const ticks: number[] = [];
    for (let tick = 1; tick <= until; tick++) {
      at(tick);
      for (let entry = wheel.popDue(tick); entry !== null; entry = wheel.popDue(tick)) {
        if (!(entry instanceof TimeWaitQueue)) throw new Error('not the queue');
        ticks.push(tick);
        const { oldest } = entry;
        if (oldest !== null) waits.stop(env, oldest);
        if (entry.oldest !== null) wheel.schedule(entry, entry.oldest.dueTick);
      }
    }
    return ticks;
  };
  return { env, wheel, waits, at, begin, endings };
}

describe('records that wait', () => {
  it('end in the order in which they came, each after its own time', () => {
    const { begin, endings, wheel } = setUp();
    const records = [1, 5, 9].map((tick) => begin(tick));
    expect(records.map(({ dueTick }) => dueTick)).toEqual([101, 105, 109]);
    expect(wheel.count).toBe(1);
    expect(endings(200)).toEqual([101, 105, 109]);
    expect([wheel.count, ...records.map(({ older }) => older)]).toEqual([0, null, null, null]);
  });

  it('begin anew behind the others', () => {
    const { env, begin, endings, waits, at } = setUp();
    const first = begin(1);
    begin(5);
    at(7);
    waits.start(env, first, WAIT);
    expect(first.dueTick).toBe(107);
    expect(endings(200)).toEqual([105, 107]);
  });

  it.each([
    ['the oldest: the wheel is told of the next', 0, [105, 109]],
    ['one in between', 1, [101, 109]],
    ['the last', 2, [101, 105]],
  ])('may be taken out: %s', (_, which, ticks) => {
    const { env, begin, endings, waits } = setUp();
    const records = [1, 5, 9].map((tick) => begin(tick));
    const record = records[which];
    if (record === undefined) throw new Error('no such record');
    waits.stop(env, record);
    waits.stop(env, record);
    expect(endings(200)).toEqual(ticks);
  });

  it('leave nothing in the wheel when the last of them is taken out', () => {
    const { env, wheel, begin, waits } = setUp();
    waits.stop(env, begin(1));
    expect(wheel.count).toBe(0);
  });

  it('of another setting have a queue of their own, while the former runs empty', () => {
    const { begin, endings, wheel } = setUp();
    begin(1, 100);
    begin(2, 10);
    begin(3, 10);
    expect(wheel.count).toBe(2);
    expect(endings(200)).toEqual([12, 13, 101]);
  });

  it('that ran out during a long sleep are due at once, the others when they were', () => {
    const { begin } = setUp();
    const records = [1, 5, 9].map((tick) => begin(tick));
    const queue = records[0]?.older;
    if (!(queue instanceof TimeWaitQueue)) throw new Error('no queue');
    // From tick 9 on, 96 ticks long: up to 105.
    queue.wake(9, 96, 5_000);
    expect(records.map(({ dueTick }) => dueTick)).toEqual([5_000, 5_000, 109]);
  });
});
