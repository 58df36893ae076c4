/** The kernel's CUBIC, call by call: when its epoch begins, how pauses move it, and the least and most that it grows by. */
import { describe, expect, it } from 'vitest';
import { type BareSender, bareSender, SENDER_MSS as MSS } from '../../../test/support/bare-sender.ts';
import { TICK_US } from '../../base/clock.ts';
import { CaState } from './ca-state.ts';
import { KernelCubicCurve } from './cubic-kernel.ts';

/** An epoch that began after ten seconds with a window of so many segments. */
function begun(window = 100): BareSender & { curve: KernelCubicCurve; at: (ms: number) => void } {
  const made = bareSender({ atUs: 10_000_000 });
  made.tcb.cwnd = window * MSS;
  const curve = new KernelCubicCurve();
  curve.grow(made.env, made.tcb, MSS, 0);
  return { ...made, curve, at: (ms) => made.clock.set(ms * 1_000) };
}

describe('an epoch', () => {
  it('is young for a second', () => {
    const { env, curve, at } = begun();
    at(10_999);
    expect(curve.isYoung(env)).toBe(true);
    at(11_000);
    expect(curve.isYoung(env)).toBe(false);
    expect(new KernelCubicCurve().isYoung(env)).toBe(false);
  });

  it.each([
    ['by the pause', 10_500, 10_900, 11_400],
    ['not without one', 10_900, 10_900, 11_000],
    ['not by a pause longer than ticks can tell', 10_901, 10_900, 11_000],
    ['no further than to the present', 9_000, 10_200, 11_200],
  ])('moves %s', (_, lastSentMs, nowMs, oldFromMs) => {
    const { env, tcb, curve, at } = begun();
    tcb.lastSendTick = (lastSentMs * 1_000) / TICK_US;
    at(nowMs);
    curve.onTransmitStart(env, tcb);
    at(oldFromMs - 1);
    expect(curve.isYoung(env)).toBe(true);
    at(oldFromMs);
    expect(curve.isYoung(env)).toBe(false);
  });

  it('does not begin with a pause', () => {
    const { env, tcb } = begun();
    const curve = new KernelCubicCurve();
    tcb.lastSendTick = 9_500_000 / TICK_US;
    curve.onTransmitStart(env, tcb);
    expect(curve.isYoung(env)).toBe(false);
  });

  it.each([
    [CaState.recovery, true],
    [CaState.loss, false],
  ])('is forgotten after a time-out alone, in state %i', (state, isKept) => {
    const { env, curve } = begun();
    curve.onState(state);
    expect(curve.isYoung(env)).toBe(isKept);
  });

  it('ends with a loss, which is its plateau, and a lower one after it', () => {
    const { env, tcb, curve } = begun(100);
    tcb.cwnd = curve.reduce(tcb, 0, false, false);
    expect([tcb.cwnd / MSS, curve.lastMaxCwnd, curve.isYoung(env)]).toEqual([70, 100, false]);
    // RFC 9438 §4.7: 70 (1 + 0.7) / 2.
    tcb.cwnd = curve.reduce(tcb, 0, false, false);
    expect([tcb.cwnd / MSS, curve.lastMaxCwnd]).toEqual([49, 59]);
    tcb.cwnd = 59 * MSS;
    curve.reduce(tcb, 0, false, true);
    expect(curve.lastMaxCwnd).toBe(59);
    expect(curve.reduce(tcb, 0, true, true)).toBe(50 * MSS);
  });
});

describe('the price of a segment', () => {
  it('is twenty acknowledged ones at most before the first loss, and two at least', () => {
    const first = begun(100);
    expect(first.curve.cnt).toBe(20);
    const { env, tcb, curve, at } = begun(2);
    for (let second = 11; second < 40; second++) {
      at(second * 1_000);
      tcb.cwnd = 2 * MSS + second;
      curve.grow(env, tcb, MSS, 0);
    }
    expect(curve.cnt).toBe(2);
  });

  it('is what the curve says on its way to the plateau', () => {
    const { env, tcb, curve, at } = begun(100);
    tcb.cwnd = curve.reduce(tcb, 0, false, false);
    curve.grow(env, tcb, MSS, 0);
    expect([curve.origin, Math.round(curve.k / 1_024)]).toEqual([100, 4]);
    // After a second: 100 - 0.4 (4.217 - 1)^3 = 86.7 segments are wanted; those above 70 are sixteen.
    at(11_000);
    curve.grow(env, tcb, MSS, 0);
    expect(curve.cnt).toBe(Math.floor(70 / 16));
    // And at the plateau as many as it takes.
    at(14_218);
    tcb.cwnd = 100 * MSS;
    curve.grow(env, tcb, MSS, 0);
    expect(curve.cnt).toBeGreaterThan(1_000);
  });

  it('looks ahead by the least round trip', () => {
    const near = begun(100);
    const far = begun(100);
    for (const [{ env, tcb, curve, at }, delayUs] of [
      [near, 0],
      [far, 1_000_000],
    ] as const) {
      tcb.cwnd = curve.reduce(tcb, 0, false, false);
      curve.grow(env, tcb, MSS, delayUs);
      at(11_000);
      curve.grow(env, tcb, MSS, delayUs);
    }
    expect(far.curve.cnt).toBeLessThan(near.curve.cnt);
  });

  it('is asked for once in 31 milliseconds while the window stands still', () => {
    const { env, tcb, curve, at } = begun(100);
    tcb.cwnd = curve.reduce(tcb, 0, false, false);
    curve.grow(env, tcb, MSS, 0);
    const { cnt } = curve;
    curve.cnt = 9_999;
    at(10_031);
    curve.grow(env, tcb, 1, 0);
    expect(curve.cnt).toBe(9_999);
    at(10_032);
    curve.grow(env, tcb, 1, 0);
    expect(curve.cnt).toBeLessThanOrEqual(cnt);
    // Another window is looked at sooner, but once in a millisecond.
    curve.cnt = 9_999;
    tcb.cwnd += MSS;
    curve.grow(env, tcb, 1, 0);
    expect(curve.cnt).toBe(9_999);
    at(10_033);
    curve.grow(env, tcb, 1, 0);
    expect(curve.cnt).toBeLessThan(9_999);
  });
});
