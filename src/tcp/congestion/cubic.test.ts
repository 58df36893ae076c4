/** CUBIC by numbers: the curve of RFC 9438 equation 1, K, the Reno-friendly region, fast convergence, undo, pauses. */
import { describe, expect, it } from 'vitest';
import { CongestionPath, type CongestionPathOptions } from '../../../test/support/congestion-path.ts';
import { cloneGraph } from '../../base/snapshot.ts';
import type { ProfileName } from '../settings.ts';
import { CaState } from './ca-state.ts';
import { KernelCubicCurve } from './cubic-kernel.ts';
import { Rfc9438Curve } from './cubic-rfc9438.ts';

const PROFILES: readonly ProfileName[] = ['linux', 'rfc'];
const C = 0.4;

/** W(t) of equation 1, segments and seconds. */
const curve = (t: number, k: number, max: number) => C * (t - k) ** 3 + max;

function avoiding(profile: ProfileName, window: number, options: CongestionPathOptions = {}): CongestionPath {
  const path = new CongestionPath('cubic', { profile, window, ...options });
  path.tcb.ssthresh = path.tcb.cwnd;
  return path;
}

// RFC 9438 §4.2 R9438-11: K is the cubic root of (W_max - cwnd) / C.
describe('K', () => {
  it.each([
    [10, 7, 1.9574],
    [100, 70, 4.2172],
    [1_000, 700, 9.0856],
    [10_000, 7_000, 19.5743],
    [1_000_000, 700_000, 90.856],
  ])('from %i segments to %i: %f s', (max, cwnd, seconds) => {
    const path = avoiding('rfc', max, { mss: 1_000 });
    for (const kind of [new Rfc9438Curve(), new KernelCubicCurve()]) {
      path.tcb.cwnd = max * 1_000;
      path.tcb.cwnd = kind.reduce(path.tcb, path.tcb.cwnd, false, false);
      expect(path.window).toBeCloseTo(cwnd, -Math.log10(max) + 2);
      path.tcb.cwnd = cwnd * 1_000;
      kind.grow(path.env, path.tcb, 1_000, 100_000);
      const k = kind instanceof Rfc9438Curve ? kind.kUs / 1e6 : kind.k / 1_024;
      expect(k / seconds).toBeCloseTo(1, 2);
    }
  });
});

describe.each(PROFILES)('%s: the curve', (profile) => {
  // RFC 9438 §4.2 R9438-1: equation 1.
  // RFC 9438 §4.4 R9438-12: concave up to K.
  // RFC 9438 §4.5 R9438-13: convex beyond.
  // RFC 9438 §5 R9438-10: C is 0.4.
  it.each([
    [1_000, 100],
    [4_000, 100],
    [1_000, 200],
  ])('from %i segments at %i ms, second by second', (max, rttMs) => {
    const path = avoiding(profile, max, { rttUs: rttMs * 1_000 });
    path.reduce();
    const startWindow = path.window;
    const startUs = path.clock.nowUs;
    const k = Math.cbrt((max - startWindow) / C);
    const inPercent: number[] = [];
    for (let second = 1; second <= k + 5; second++) {
      while (path.clock.nowUs < startUs + second * 1e6) path.roundTrip({ isSpread: true });
      const seconds = (path.clock.nowUs - startUs) / 1e6;
      inPercent.push((100 * path.window) / curve(seconds, k, max));
    }
    expect(Math.min(...inPercent)).toBeGreaterThan(98);
    expect(Math.max(...inPercent)).toBeLessThan(102);
  });

  // RFC 9438 §4.3 R9438-2: on short paths Reno grows faster, and CUBIC with it: 9/17 of a segment per round trip.
  it('is as fast as Reno on short paths', () => {
    const path = avoiding(profile, 20, { rttUs: 10_000 });
    path.reduce();
    expect(path.window).toBe(14);
    for (let round = 0; round < 10; round++) path.roundTrip({ isSpread: true });
    // The kernel follows its estimate a round trip late.
    expect(Math.abs(path.window - 14 - (10 * 9) / 17)).toBeLessThan(profile === 'rfc' ? 1 : 2.5);
    for (let round = 0; round < 40; round++) path.roundTrip({ isSpread: true });
    // Once it is where it was, alpha is 1 by the RFC; the kernel keeps its slope.
    const expected = profile === 'rfc' ? 20 + (50 - (6 * 17) / 9) : 14 + (50 * 8) / 15;
    expect(Math.abs(path.window - expected)).toBeLessThan(2);
  });

  // As the kernel, `linux` looks 32 times a second while the window stands still: many round trips of a very short path.
  it('follows Reno on a path of 1 ms by every acknowledgment, or in leaps', () => {
    const path = avoiding(profile, 20, { rttUs: 1_000 });
    path.reduce();
    const windows: number[] = [];
    for (let round = 0; round < 45; round++) {
      path.roundTrip({ isSpread: true });
      windows.push(path.window);
    }
    const [early, before, after] = [windows[10] ?? 0, windows[28] ?? 0, windows[44] ?? 0];
    if (profile === 'rfc') {
      expect(early).toBeGreaterThanOrEqual(19);
      expect(before).toBeGreaterThan(33);
    } else {
      // One segment by the curve, rounded up; then nothing, and after 31 ms all that Reno has won meanwhile.
      expect([early, before]).toEqual([15, 15]);
      expect(after).toBeGreaterThan(14 + (30 * 8) / 15);
    }
  });

  // RFC 9438 §4.7 R9438-4: those who lose room make more of it.
  // RFC 9438 §4.6 R9438-9: seven tenths are left.
  it('converges: a loss below the last plateau lowers the next one by 15 %', () => {
    const kind = profile === 'linux' ? new KernelCubicCurve() : new Rfc9438Curve();
    const { tcb } = avoiding(profile, 100);
    const plateau = () => (kind instanceof KernelCubicCurve ? kind.lastMaxCwnd : kind.wMax / 1_000);
    tcb.cwnd = kind.reduce(tcb, tcb.cwnd, false, false);
    expect([tcb.cwnd / 1_000, plateau()]).toEqual([70, 100]);
    tcb.cwnd = kind.reduce(tcb, tcb.cwnd, false, false);
    expect([tcb.cwnd / 1_000, plateau()]).toEqual([49, profile === 'linux' ? 59 : 59.5]);
    tcb.cwnd = 80_000;
    tcb.cwnd = kind.reduce(tcb, tcb.cwnd, false, false);
    expect([tcb.cwnd / 1_000, plateau()]).toEqual([56, 80]);
  });

  // RFC 9438 §4.8 R9438-5: after a timeout the curve rises from where avoidance begins.
  // RFC 9438 §4.10 R9438-18: without a loss before, too.
  it.each(['the first slow start', 'a timeout'])('begins anew after %s', (what) => {
    const path = avoiding(profile, 200, { rttUs: 200_000 });
    if (what === 'a timeout') {
      path.timeout();
      expect(path.window).toBe(1);
      while (path.tcb.cwnd < path.tcb.ssthresh) path.roundTrip();
      expect(path.threshold).toBe(140);
    }
    const startUs = path.clock.nowUs;
    const from = path.window;
    path.runFor(4e6);
    const seconds = (path.clock.nowUs - startUs) / 1e6;
    // While it knows no plateau the kernel grows by 5 % a round trip.
    const expected = profile === 'rfc' ? curve(seconds, 0, from) : from * 1.05 ** (seconds / 0.2);
    expect(path.window / expected).toBeGreaterThan(0.96);
    expect(path.window / expected).toBeLessThan(1.04);
  });

  // RFC 9438 §4.2 R9438-14: only time in congestion avoidance counts.
  it('stands still while nothing is sent', () => {
    const path = avoiding(profile, 1_000, { rttUs: 100_000 });
    const steady = avoiding(profile, 1_000, { rttUs: 100_000 });
    for (const each of [path, steady]) {
      each.reduce();
      each.runFor(3e6);
    }
    path.idle(20e6);
    for (const each of [path, steady]) each.runFor(3e6);
    expect(Math.abs(path.window - steady.window)).toBeLessThan(3);
  });
});

// RFC 9438 §5.8 R9438-8: without enough to send, time does not count either.
it('rfc: the curve stands still while the application limits', () => {
  const path = avoiding('rfc', 1_000, { rttUs: 100_000 });
  path.reduce();
  path.runFor(3e6);
  const before = path.window;
  path.tcb.isCwndLimited = false;
  // The caller does not let the window grow then: what remains is the sample.
  for (let ack = 0; ack < 500; ack++) {
    path.wait(20_000);
    path.control.onSample?.(path.env, path.tcb, path.ack);
  }
  path.tcb.isCwndLimited = true;
  path.runFor(1e6);
  const k = Math.cbrt(300 / C);
  expect(path.window).toBeGreaterThan(before);
  expect(path.window / curve(4.1, k, 1_000)).toBeCloseTo(1, 1.9);
});

// RFC 9438 §4.9.2 R9438-6: what a mistaken reduction took is given back, the curve with it.
it('rfc: undo restores W_max, K and the epoch', () => {
  const path = avoiding('rfc', 1_000, { rttUs: 100_000 });
  path.reduce();
  path.runFor(2e6);
  const startUs = path.clock.nowUs;
  const before = path.window;
  path.enterReduction(CaState.recovery);
  path.tcb.cwnd = path.tcb.ssthresh;
  path.wait(100_000);
  path.undo();
  expect(path.window).toBe(before);
  path.runFor(2e6);
  const k = Math.cbrt(300 / C);
  const seconds = 2 + (path.clock.nowUs - startUs) / 1e6;
  expect(path.window / curve(seconds, k, 1_000)).toBeCloseTo(1, 1.9);
});

// RFC 9438 §4.9.2 R9438-16: the news came too late, the window has grown past what was lost.
it('rfc: an undo that would take back growth leaves the curve alone', () => {
  const late = avoiding('rfc', 50, { rttUs: 10_000 });
  late.reduce();
  late.runFor(2e6);
  const steady = cloneGraph(late);
  expect(late.tcb.cwnd).toBeGreaterThan(late.tcb.priorCwnd);
  late.undo();
  for (const each of [late, steady]) each.runFor(2e6);
  expect(late.tcb.cwnd).toBe(steady.tcb.cwnd);
});

describe('after a mark', () => {
  // RFC 8511 §3.1 R8511-2: 0.85 for CUBIC, in congestion avoidance; off in Linux, which has no such thing.
  it.each([
    ['linux', undefined, true, 70],
    ['linux', true, true, 84],
    ['rfc', undefined, true, 85],
    ['rfc', false, true, 70],
    ['rfc', undefined, false, 70],
  ] as const)(
    '%s, ecn_alternative_backoff %s, in avoidance %s: %i of 100 segments',
    (profile, abe, isAvoiding, left) => {
      const settings = abe === undefined ? {} : { ecn_alternative_backoff: abe };
      const path = new CongestionPath('cubic', { profile, window: 100, settings });
      if (isAvoiding) path.tcb.ssthresh = path.tcb.cwnd;
      path.reduce(true);
      expect(path.window).toBe(left);
    },
  );

  // RFC 9438 §4.6 R9438-3: one segment at least after a mark, two after a loss.
  it('rfc: the window may come down to one segment', () => {
    const path = avoiding('rfc', 1);
    path.reduce(true);
    expect(path.window).toBe(1);
    path.reduce();
    expect(path.window).toBe(2);
  });
});
