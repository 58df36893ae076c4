/** What a sender's time goes to, and its runs of time-outs: one clock at a time, the highest number of the reasons that hold. */
import { describe, expect, it } from 'vitest';
import { bareSender } from '../../../test/support/bare-sender.ts';
import { TICK_US } from '../../base/clock.ts';
import { Occupation } from '../tcb/send-history.ts';
import {
  countTimeout,
  endTimeoutRun,
  sendHistoryOf,
  startOccupation,
  stopOccupation,
  ticksSpent,
} from './occupation.ts';

const { none, busy, receiveWindow, sendBuffer } = Occupation;

/** Each step after so many ticks more; what the time was spent on, reason by reason, at the end. */
function spent(...steps: [ticks: number, isStart: boolean, occupation: number][]): number[] {
  const { env, clock, tcb } = bareSender({ atUs: 1_000 * TICK_US });
  let tick = 1_000;
  for (const [ticks, isStart, occupation] of steps) {
    tick += ticks;
    clock.set(tick * TICK_US);
    if (isStart) startOccupation(env, tcb, occupation);
    else stopOccupation(env, tcb, occupation);
  }
  return [busy, receiveWindow, sendBuffer].map((occupation) => ticksSpent(tcb, occupation, tick + 7));
}

describe('the time of a sender', () => {
  it('is spent on nothing at first', () => {
    expect(spent()).toEqual([0, 0, 0]);
  });

  it('goes to the reason that hides the others', () => {
    expect(spent([0, true, busy])).toEqual([7, 0, 0]);
    expect(spent([0, true, busy], [10, true, receiveWindow])).toEqual([10, 7, 0]);
    expect(spent([0, true, busy], [10, true, sendBuffer], [20, false, sendBuffer])).toEqual([17, 0, 20]);
    expect(spent([0, true, busy], [10, true, receiveWindow], [30, true, sendBuffer])).toEqual([10, 30, 7]);
  });

  it('is not given to a lower one that begins, nor taken by one that is not the present one', () => {
    expect(spent([0, true, sendBuffer], [10, true, receiveWindow])).toEqual([0, 0, 17]);
    expect(spent([0, true, receiveWindow], [10, true, receiveWindow])).toEqual([0, 17, 0]);
    expect(spent([0, true, sendBuffer], [10, false, receiveWindow])).toEqual([0, 0, 17]);
  });

  it('is nobody’s when there is nothing to do any more', () => {
    const { env, clock, tcb } = bareSender();
    startOccupation(env, tcb, receiveWindow);
    clock.set(5 * TICK_US);
    tcb.scoreboard = null;
    stopOccupation(env, tcb, busy);
    expect([tcb.occupation, ticksSpent(tcb, receiveWindow, 90)]).toEqual([none, 5]);
    stopOccupation(env, tcb, receiveWindow);
    expect([tcb.occupation, tcb.busyTicks]).toEqual([none, 0]);
  });

  it('is not counted backwards', () => {
    const { env, clock, tcb } = bareSender({ atUs: 50 * TICK_US });
    startOccupation(env, tcb, busy);
    expect(ticksSpent(tcb, busy, 49)).toBe(0);
    clock.set(60 * TICK_US);
    startOccupation(env, tcb, receiveWindow);
    expect([tcb.busyTicks, tcb.occupiedSinceTick]).toEqual([10, 60]);
  });
});

describe('time-outs', () => {
  it('are counted, and their runs with the time they took', () => {
    const { env, clock, tcb } = bareSender({ atUs: 0 });
    countTimeout(env, tcb, true);
    const history = sendHistoryOf(tcb);
    expect([history.timeouts, history.timeoutRuns, history.runStartUs, history.timeoutTimeUs(300)]).toEqual([
      1, 1, 0, 300,
    ]);
    clock.set(400);
    countTimeout(env, tcb, false);
    // A run goes on, however often it seems to begin.
    countTimeout(env, tcb, true);
    expect([history.timeouts, history.timeoutRuns, history.runStartUs]).toEqual([3, 2, 0]);
    clock.set(1_000);
    endTimeoutRun(env, tcb);
    expect([history.timeoutUs, history.runStartUs, history.timeoutTimeUs(9_000)]).toEqual([1_000, -1, 1_000]);
    endTimeoutRun(env, tcb);
    expect(history.timeoutUs).toBe(1_000);
    clock.set(5_000);
    countTimeout(env, tcb, true);
    clock.set(5_500);
    endTimeoutRun(env, tcb);
    expect([history.timeoutUs, history.timeoutTimeUs(4_000)]).toEqual([1_500, 1_500]);
    countTimeout(env, tcb, true);
    expect(history.timeoutTimeUs(4_000)).toBe(1_500);
  });

  it('of which there were none have no end', () => {
    const { env, tcb } = bareSender();
    endTimeoutRun(env, tcb);
    expect(tcb.sendHistory).toBeNull();
  });
});
