/** DCTCP by numbers (RFC 8257): the estimate of marked octets, and the cut in proportion. Reno's answers (RFC 5681, 8511). */
import { describe, expect, it } from 'vitest';
import { CongestionPath } from '../../../test/support/congestion-path.ts';
import type { ProfileName } from '../settings.ts';
import { Dctcp } from './dctcp.ts';

const PROFILES: readonly ProfileName[] = ['linux', 'rfc'];

function avoiding(name: string, profile: ProfileName, window: number): CongestionPath {
  const path = new CongestionPath(name, { profile, window });
  path.tcb.ssthresh = path.tcb.cwnd;
  // The window stays, so that one round trip is one window of data.
  path.tcb.cwndClamp = path.tcb.cwnd;
  return path;
}

function alpha(path: CongestionPath): number {
  if (!(path.control instanceof Dctcp)) throw new Error('not DCTCP');
  return path.control.alpha;
}

describe.each(PROFILES)('%s: dctcp', (profile) => {
  // RFC 8257 §3.3 R8257-3, R8257-4, R8257-5, R8257-6: alpha = alpha (1 - g) + g M with g = 1/16, once per window of data.
  it('the estimate follows the share of marked octets', () => {
    const path = avoiding('dctcp', profile, 100);
    expect(alpha(path)).toBe(1_024);
    // The first ACK closes the window that was empty when the connection began.
    path.acknowledge(1_000);
    expect(alpha(path)).toBe(960);
    // Within a few 1024ths: integers round down, and an ACK may belong to either of two windows.
    let expected = 960;
    for (const marked of [0, 0, 0, 0.25, 1, 1, 1, 0]) {
      path.roundTrip({ marked });
      expected += (1_024 * marked - expected) / 16;
      expect(Math.abs(alpha(path) - expected)).toBeLessThan(5);
    }
    for (let round = 0; round < 200; round++) path.roundTrip({ marked: 0.5 });
    expect(alpha(path)).toBeGreaterThan(500);
    expect(alpha(path)).toBeLessThan(530);
    // RFC 8257 §4.4 R8257-12: it reaches zero.
    for (let round = 0; round < 200; round++) path.roundTrip();
    expect(alpha(path)).toBe(0);
  });

  it('the estimate falls by a window in which nothing was delivered, and is a number', () => {
    const path = avoiding('dctcp', profile, 100);
    path.control.onSample?.(path.env, path.tcb, path.ack);
    expect(alpha(path)).toBe(960);
  });

  // RFC 8257 §3.3 R8257-7: in proportion.
  it.each([
    [1_024, 50],
    [512, 75],
    [256, 88],
    [64, 97],
    [0, 100],
  ])('alpha %i/1024: %i of 100 segments are left after a mark', (share, left) => {
    const path = avoiding('dctcp', profile, 100);
    if (path.control instanceof Dctcp) path.control.alpha = share;
    path.reduce(true);
    expect(Math.abs(path.window - left)).toBeLessThan(1);
  });

  // RFC 8257 §3.4 R8257-8: in full.
  it('a loss halves, whatever was marked', () => {
    const path = avoiding('dctcp', profile, 100);
    for (let round = 0; round < 100; round++) path.roundTrip();
    path.reduce();
    expect(path.window).toBe(50);
  });

  it('more marks than octets delivered count as all of them', () => {
    const path = avoiding('dctcp', profile, 100);
    for (let round = 0; round < 10; round++) path.roundTrip({ marked: 3 });
    expect(alpha(path)).toBeLessThanOrEqual(1_024);
  });
});

describe.each(PROFILES)('%s: reno', (profile) => {
  // RFC 5681 §3.1 equation 4: half of what is in flight; Linux takes half the window.
  it('halves flight or window', () => {
    const path = avoiding('reno', profile, 100);
    path.tcb.sndUna = (path.tcb.sndNxt - 60_000) | 0;
    path.reduce();
    expect(path.window).toBe(profile === 'linux' ? 50 : 30);
  });

  // RFC 8511 §3 R8511-1: 0.8 in congestion avoidance, as after a loss in slow start.
  it('answers a mark more mildly when asked to', () => {
    for (const [isAvoiding, left] of [
      [true, profile === 'linux' ? 50 : 80],
      [false, 50],
    ] as const) {
      const path = new CongestionPath('reno', { profile, window: 100 });
      if (isAvoiding) path.tcb.ssthresh = path.tcb.cwnd;
      path.reduce(true);
      expect(path.window).toBe(left);
    }
  });

  // RFC 5681 §3.1: about one segment per round trip.
  it('grows by one segment per round trip', () => {
    const path = new CongestionPath('reno', { profile, window: 20 });
    path.tcb.ssthresh = path.tcb.cwnd;
    for (let round = 1; round <= 10; round++) path.roundTrip();
    expect(Math.floor(path.window)).toBe(30);
  });

  // RFC 3465 §2.1 R3465-2: what an ACK acknowledges beyond ssthresh counts for congestion avoidance.
  it('does not overshoot the threshold by a long ACK', () => {
    const path = new CongestionPath('reno', { profile, window: 40 });
    path.tcb.ssthresh = 41_500;
    path.acknowledge(10_000);
    expect(path.tcb.cwnd).toBe(41_500);
    path.acknowledge(41_500);
    expect(path.tcb.cwnd).toBe(42_500);
  });
});
