/**
 * All of a stack's TIME-WAIT records in the order in which they end. Each waits as long as the others, so who comes last goes last:
 * one entry in the timer wheel, at the hour of the oldest, serves them all, and a record is neither moved nor looked at until its
 * own hour. Adding and removing are constant time.
 */
import { TimerEntry } from '../../base/timer-wheel.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import type { TimeWait, TimeWaitPlace } from './time-wait-record.ts';

/** `timerKind` of its entry in the wheel. */
const TCP_TIMER_TIME_WAIT = 2;

/** Records that wait for one and the same time. */
export class TimeWaitQueue extends TimerEntry implements TimeWaitPlace {
  older: TimeWaitPlace | null = this;
  newer: TimeWaitPlace | null = this;
  readonly waitTicks: number;

  constructor(waitTicks: number) {
    super();
    this.waitTicks = waitTicks;
  }

  get timerKind(): number {
    return TCP_TIMER_TIME_WAIT;
  }

  /** The record that ends next. */
  get oldest(): TimeWait | null {
    return this.newer === this ? null : (this.newer as TimeWait);
  }

  /** After a sleep too long for int32 ticks: who ran out meanwhile is due now (as `wakeTimers`). */
  wake(fromTick: number, sleptTicks: number, nowTick: number): void {
    for (let place = this.newer; place !== this && place !== null; place = place.newer) {
      const record = place as TimeWait;
      if (((record.dueTick - fromTick) | 0) > sleptTicks) return;
      record.dueTick = nowTick;
    }
  }
}

/** The queue of a stack. After the setting has changed the former one runs empty beside it. */
export class TimeWaits {
  private queue = new TimeWaitQueue(-1);

  /** `record` ends `waitTicks` from now, whatever was said before. */
  start(env: TcpSurroundings, record: TimeWait, waitTicks: number): void {
    this.stop(env, record);
    if (this.queue.waitTicks !== waitTicks) this.queue = new TimeWaitQueue(waitTicks);
    const { queue } = this;
    record.dueTick = (env.clock.tick + waitTicks) | 0;
    const { older } = queue;
    record.older = older;
    record.newer = queue;
    queue.older = record;
    if (older !== null) older.newer = record;
    if (older === queue) env.wheel.schedule(queue, record.dueTick);
  }

  /** `record` is not waited for any more. */
  stop(env: TcpSurroundings, record: TimeWait): void {
    const { older, newer } = record;
    if (older === null || newer === null) return;
    older.newer = newer;
    newer.older = older;
    record.older = null;
    record.newer = null;
    // The oldest of all: the wheel is told of the next, unless it has just handed over the queue.
    if (!(older instanceof TimeWaitQueue) || !older.isArmed) return;
    const next = older.oldest;
    if (next === null) env.wheel.cancel(older);
    else env.wheel.schedule(older, next.dueTick);
  }
}
