/** RFC 6298 sections 2 and 5 by numbers. */
import { describe, expect, it } from 'vitest';
import { bareTcb, LINUX, RFC } from '../../../test/support/bare-tcb.ts';
import { TICKS_PER_SECOND } from '../../base/clock.ts';
import { backOffRto, computeRto, takeRttSample } from './rtt.ts';

const MS = 1_000;

describe('round-trip time', () => {
  // RFC 6298 §2.1 R6298-1: before there is a sample.
  it('is unknown at first: one second', () => {
    expect(computeRto(bareTcb(), RFC)).toBe(1_000_000);
    expect(bareTcb().rtoUs).toBe(1_000_000);
  });

  // RFC 6298 §2.2 R6298-2: SRTT = R, RTTVAR = R/2, RTO = SRTT + max(G, K RTTVAR).
  it.each([
    [RFC, 100, 1_000],
    [RFC, 400, 1_200],
    [RFC, 1_000, 3_000],
    [LINUX, 10, 210],
    [LINUX, 100, 300],
    [LINUX, 1_000, 3_000],
  ])('the first sample: %#', (settings, sampleMs, rtoMs) => {
    const tcb = bareTcb(settings);
    takeRttSample({ clock: { tick: 0 }, settings: settings }, tcb, sampleMs * MS);
    expect([tcb.srttUs, tcb.rttvarUs, tcb.rtoUs]).toEqual([sampleMs * MS, (sampleMs * MS) / 2, rtoMs * MS]);
  });

  // RFC 6298 §2.3 R6298-3: RTTVAR first, with the old SRTT; alpha 1/8, beta 1/4.
  it('further samples', () => {
    const tcb = bareTcb();
    takeRttSample({ clock: { tick: 0 }, settings: RFC }, tcb, 800 * MS);
    takeRttSample({ clock: { tick: 0 }, settings: RFC }, tcb, 400 * MS);
    expect(tcb.rttvarUs).toBe(0.75 * 400 * MS + 0.25 * 400 * MS);
    expect(tcb.srttUs).toBe(0.875 * 800 * MS + 0.125 * 400 * MS);
    expect(tcb.rtoUs).toBe(750 * MS + 4 * 400 * MS);
    expect(tcb.minRttUs).toBe(400 * MS);
  });

  // RFC 6298 §2.4 R6298-4: a second at least.
  // RFC 6298 §6 R6298-15: samples made small do not make it smaller.
  it('settles: the same sample over and over leaves SRTT there and the RTO at its least', () => {
    for (const settings of [RFC, LINUX]) {
      const tcb = bareTcb(settings);
      for (let index = 0; index < 100; index++) takeRttSample({ clock: { tick: 0 }, settings: settings }, tcb, 50 * MS);
      expect(Math.abs(tcb.srttUs - 50 * MS)).toBeLessThan(MS);
      expect(tcb.rtoUs).toBe(settings === RFC ? 1_000_000 : tcb.srttUs + 200_000);
    }
  });

  // RFC 6298 §2.4 R6298-9: by two minutes.
  it('is bounded above', () => {
    const tcb = bareTcb();
    takeRttSample({ clock: { tick: 0 }, settings: RFC }, tcb, 100_000 * MS);
    expect(tcb.rtoUs).toBe(120_000_000);
  });

  // RFC 6298 §4 R6298-14: microseconds are told apart.
  it('a round trip of no time counts as one microsecond, so that it is not taken for unknown', () => {
    const tcb = bareTcb();
    takeRttSample({ clock: { tick: 0 }, settings: RFC }, tcb, 0);
    expect(tcb.srttUs).toBe(1);
  });

  // RFC 6298 §5.5 R6298-11: each time-out doubles it.
  it('backs off by doubling, up to the maximum', () => {
    const tcb = bareTcb();
    const values = Array.from({ length: 9 }, () => {
      backOffRto(tcb, RFC);
      return tcb.rtoUs / 1_000_000;
    });
    expect(values).toEqual([2, 4, 8, 16, 32, 64, 120, 120, 120]);
    expect(tcb.backoff).toBe(9);
  });

  it.each([
    ['a longer one does not, within five minutes', 300 * TICKS_PER_SECOND, 101, 100],
    ['but after them', 300 * TICKS_PER_SECOND + 1, 101, 101],
    ['and after so long that ticks have come round', -1, 101, 101],
    ['a shorter one does', 5, 99, 99],
  ])('the least round trip is replaced: %s', (_, ageTicks, sampleMs, leastMs) => {
    const tcb = bareTcb();
    tcb.minRttUs = 100 * MS;
    tcb.minRttTick = -ageTicks | 0;
    takeRttSample({ clock: { tick: 0 }, settings: RFC }, tcb, sampleMs * MS);
    expect(tcb.minRttUs).toBe(leastMs * MS);
  });

  it('one as short as the least makes it last longer', () => {
    const tcb = bareTcb();
    Object.assign(tcb, { minRttUs: 100 * MS, minRttTick: 0 });
    takeRttSample({ clock: { tick: 700 }, settings: RFC }, tcb, 100 * MS);
    expect(tcb.minRttTick).toBe(700);
  });

  // RFC 8985 §6.2 R8985-12: what the path once was is forgotten after min_rtt_wlen seconds.
  it('keeps the least of the last five minutes', () => {
    const tcb = bareTcb();
    const take = (seconds: number, sampleMs: number): number => {
      takeRttSample({ clock: { tick: seconds * TICKS_PER_SECOND }, settings: RFC }, tcb, sampleMs * MS);
      return tcb.minRttUs / MS;
    };
    expect([take(0, 100), take(200, 150), take(299, 300), take(301, 200), take(302, 250)]).toEqual([
      100, 100, 100, 200, 200,
    ]);
  });
});
