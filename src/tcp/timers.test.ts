/** Several timers, one place in the wheel: each runs out at its own tick, across the wrap of the clock as well. */
import { describe, expect, it } from 'vitest';
import { bareTcb, timerEnvironment } from '../../test/support/bare-tcb.ts';
import { armTimer, disarmTimer, isTimerArmed, rescheduleTimers, TcpTimer, takeExpired, timerTick } from './timers.ts';

const ALL = [TcpTimer.retransmission, TcpTimer.persist, TcpTimer.delayedAck, TcpTimer.keepAlive, TcpTimer.lifetime];

describe.each([0, 2 ** 31 * 100 - 1_000, 2 ** 32 * 100 - 1_000])('from %i us on', (startUs) => {
  it('each runs out at its own tick', () => {
    const { env, clock, wheel } = timerEnvironment(startUs);
    const tcb = bareTcb();
    for (const [index, timer] of ALL.entries()) armTimer(env, tcb, timer, 50 - index * 10);
    const fired: [number, number][] = [];
    for (let tick = 1; tick <= 60; tick++) {
      clock.set(startUs + tick * 100);
      while (wheel.popDue(clock.tick) !== null) {
        const expired = takeExpired(env, tcb);
        if (expired !== 0) fired.push([tick, expired]);
        rescheduleTimers(env, tcb);
      }
    }
    expect(fired).toEqual([
      [10, TcpTimer.lifetime],
      [20, TcpTimer.keepAlive],
      [30, TcpTimer.delayedAck],
      [40, TcpTimer.persist],
      [50, TcpTimer.retransmission],
    ]);
    expect(wheel.count).toBe(0);
  });

  it('one that is armed for later than another leaves the place in the wheel as it is', () => {
    const { env, wheel } = timerEnvironment(startUs);
    const tcb = bareTcb();
    armTimer(env, tcb, TcpTimer.persist, 20);
    const { dueTick } = tcb;
    armTimer(env, tcb, TcpTimer.keepAlive, 30);
    armTimer(env, tcb, TcpTimer.retransmission, 20);
    expect([tcb.dueTick, wheel.count]).toEqual([dueTick, 1]);
    armTimer(env, tcb, TcpTimer.delayedAck, 19);
    expect(tcb.dueTick).toBe((dueTick - 1) | 0);
  });

  it('pushed back, it waits; disarmed, it never comes', () => {
    const { env, clock, wheel } = timerEnvironment(startUs);
    const tcb = bareTcb();
    armTimer(env, tcb, TcpTimer.retransmission, 10);
    armTimer(env, tcb, TcpTimer.retransmission, 30);
    armTimer(env, tcb, TcpTimer.delayedAck, 20);
    disarmTimer(tcb, TcpTimer.delayedAck);
    expect(isTimerArmed(tcb, TcpTimer.delayedAck)).toBe(false);
    clock.set(startUs + 2_900);
    while (wheel.popDue(clock.tick) !== null) {
      expect(takeExpired(env, tcb)).toBe(0);
      rescheduleTimers(env, tcb);
    }
    clock.set(startUs + 3_000);
    expect(wheel.popDue(clock.tick)).toBe(tcb);
    expect(takeExpired(env, tcb)).toBe(TcpTimer.retransmission);
  });

  it('pulled forward, it comes earlier', () => {
    const { env, clock, wheel } = timerEnvironment(startUs);
    const tcb = bareTcb();
    armTimer(env, tcb, TcpTimer.keepAlive, 1_000);
    armTimer(env, tcb, TcpTimer.keepAlive, 5);
    clock.set(startUs + 500);
    expect(wheel.popDue(clock.tick)).toBe(tcb);
    expect(takeExpired(env, tcb)).toBe(TcpTimer.keepAlive);
  });

  it('runs out one tick from now at the earliest', () => {
    const { env, clock } = timerEnvironment(startUs);
    const tcb = bareTcb();
    for (const ticks of [0, -5]) {
      armTimer(env, tcb, TcpTimer.persist, ticks);
      expect((timerTick(tcb, TcpTimer.persist) - clock.tick) | 0).toBe(1);
    }
  });
});
