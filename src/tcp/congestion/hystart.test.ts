/** Leaving the first slow start in time: classic HyStart as Linux runs it, HyStart++ by RFC 9406. */
import { describe, expect, it } from 'vitest';
import { CongestionPath, type CongestionPathOptions } from '../../../test/support/congestion-path.ts';
import { INFINITE_SSTHRESH } from '../tcb/tcb.ts';
import { CaState } from './ca-state.ts';

const MS = 1_000;

/** A round trip whose acknowledgments come together, with this round-trip time. */
function round(path: CongestionPath, rttUs: number): void {
  path.rttUs = rttUs;
  path.roundTrip();
}

describe('linux: classic HyStart', () => {
  const classic = (options: CongestionPathOptions = {}) =>
    new CongestionPath('cubic', { profile: 'linux', ...options });

  it('an acknowledgment train longer than half a round trip ends slow start', () => {
    const path = classic({ rttUs: 20 * MS });
    for (let index = 0; index < 4 && path.tcb.ssthresh === INFINITE_SSTHRESH; index++)
      path.roundTrip({ isSpread: true });
    const { TCPHystartTrainDetect, TCPHystartTrainCwnd, TCPHystartDelayDetect } = path.env.extCounters;
    expect([TCPHystartTrainDetect, TCPHystartDelayDetect]).toEqual([1, 0]);
    expect(TCPHystartTrainCwnd).toBe(path.threshold);
    expect(path.threshold).toBeGreaterThanOrEqual(16);
    expect(path.threshold).toBeLessThanOrEqual(40);
  });

  it.each([
    ['acknowledgments further apart than 2 ms', { rttUs: 200 * MS, window: 16 }],
    ['a window below 16 segments', { rttUs: 10 * MS, window: 8 }],
  ])('%s are no train', (_, options) => {
    const path = classic(options);
    path.tcb.cwndClamp = options.window * 1_000;
    for (let index = 0; index < 4; index++) path.roundTrip({ isSpread: true });
    expect(path.tcb.ssthresh).toBe(INFINITE_SSTHRESH);
  });

  // An eighth of the smallest round-trip time, 4 ms at least and 16 ms at most, and more than that.
  it.each([
    [8, 4],
    [20, 4],
    [100, 12.5],
    [400, 16],
  ])('round-trip time of %i ms: a rise of more than %d ms ends slow start', (rttMs, riseMs) => {
    for (const [extraUs, isOver] of [
      [0, false],
      [1, true],
    ] as const) {
      const path = classic();
      round(path, rttMs * MS);
      round(path, rttMs * MS);
      expect(path.window).toBe(40);
      round(path, rttMs * MS + riseMs * MS + extraUs);
      expect(path.env.extCounters.TCPHystartDelayDetect).toBe(isOver ? 1 : 0);
      // The ninth sample of the round is the first that can tell.
      if (isOver) expect(path.threshold).toBeLessThan(60);
      else expect(path.tcb.ssthresh).toBe(INFINITE_SSTHRESH);
    }
  });

  it('one short sample in the round is enough to go on', () => {
    const path = classic();
    for (let index = 0; index < 2; index++) round(path, 100 * MS);
    path.wait(140 * MS);
    for (let index = 0; index < 5; index++) path.acknowledge(1_000, 0, 140 * MS);
    path.acknowledge(1_000, 0, 101 * MS);
    for (let index = 0; index < 20; index++) path.acknowledge(1_000, 0, 140 * MS);
    expect(path.tcb.ssthresh).toBe(INFINITE_SSTHRESH);
  });

  it('is for CUBIC alone, and can be turned off', () => {
    for (const path of [
      new CongestionPath('reno', { profile: 'linux', rttUs: 20 * MS }),
      classic({ settings: { hystart: 'off' }, rttUs: 20 * MS }),
    ]) {
      for (let index = 0; index < 6; index++) path.roundTrip({ isSpread: true });
      expect(path.tcb.ssthresh).toBe(INFINITE_SSTHRESH);
    }
  });

  it('begins anew after a timeout', () => {
    const path = classic();
    for (let index = 0; index < 2; index++) round(path, 100 * MS);
    round(path, 150 * MS);
    expect(path.env.extCounters.TCPHystartDelayDetect).toBe(1);
    path.tcb.cwnd = 200_000;
    path.timeout();
    path.tcb.ssthresh = 1_000_000;
    for (let index = 0; index < 6; index++) round(path, 100 * MS);
    round(path, 150 * MS);
    expect(path.env.extCounters.TCPHystartDelayDetect).toBe(2);
  });
});

describe.each(['cubic', 'reno'])('rfc: HyStart++ with %s', (name) => {
  const plusplus = (options: CongestionPathOptions = {}) => new CongestionPath(name, { profile: 'rfc', ...options });

  // RFC 9406 §4.3 R9406-13: an eighth, which is less than half.
  // RFC 9406 §4.2 R9406-2, R9406-3, R9406-4, R9406-5: the smallest of eight samples or more, against that of the round before.
  it.each([
    [8, 4],
    [20, 4],
    [100, 12.5],
    [400, 16],
  ])('round-trip time of %i ms: a rise of %d ms makes it cautious, a quarter of the growth', (rttMs, riseMs) => {
    for (const [missingUs, growth] of [
      [1, 1],
      [0, 0.25],
    ] as const) {
      const path = plusplus();
      for (let index = 0; index < 2; index++) round(path, rttMs * MS);
      round(path, rttMs * MS + riseMs * MS - missingUs);
      const before = path.window;
      round(path, rttMs * MS + riseMs * MS - missingUs);
      expect(path.window / before - 1).toBeCloseTo(growth, 1);
      expect(path.tcb.ssthresh).toBe(INFINITE_SSTHRESH);
    }
  });

  // RFC 9406 §4.1 R9406-14: samples as the sender measures them.
  // RFC 9406 §4.2 R9406-1, R9406-7: five rounds, the one in which it began among them.
  it('five cautious rounds end slow start', () => {
    const path = plusplus();
    for (let index = 0; index < 3; index++) round(path, 100 * MS);
    let rounds = 0;
    while (path.tcb.ssthresh === INFINITE_SSTHRESH && rounds < 10) {
      round(path, 120 * MS);
      rounds++;
    }
    expect(rounds).toBeGreaterThanOrEqual(5);
    expect(rounds).toBeLessThanOrEqual(6);
    expect(path.tcb.ssthresh).toBeLessThanOrEqual(path.tcb.cwnd);
  });

  // RFC 9406 §4.2 R9406-6: the rise was noise.
  it('a fall of the round-trip time brings slow start back', () => {
    const path = plusplus();
    for (let index = 0; index < 3; index++) round(path, 100 * MS);
    for (let index = 0; index < 2; index++) round(path, 120 * MS);
    round(path, 100 * MS);
    const before = path.window;
    round(path, 100 * MS);
    expect(path.window / before).toBeCloseTo(2, 1);
    expect(path.tcb.ssthresh).toBe(INFINITE_SSTHRESH);
  });

  // RFC 9406 §4.3 R9406-10, R9406-11: L is 8 segments.
  // RFC 3465 §2.1 R3465-1: 2 in the slow starts that follow.
  it('one ACK opens the window by eight segments at most', () => {
    const path = plusplus({ window: 30 });
    path.acknowledge(20_000);
    expect(path.window).toBe(38);
    path.tcb.ssthresh = 100_000;
    path.acknowledge(20_000);
    expect(path.window).toBe(40);
  });

  // RFC 9406 §4.3 R9406-9: eight. A round has one sample less than the window: the ACK that ends one opens the next.
  it.each([
    [8, false],
    [9, true],
  ])('with a window of %i segments a rise is seen: %s', (window, isSeen) => {
    const path = plusplus({ window });
    path.tcb.cwndClamp = window * 1_000;
    for (let index = 0; index < 4; index++) round(path, 100 * MS);
    for (let index = 0; index < 8; index++) round(path, 200 * MS);
    expect(path.tcb.ssthresh !== INFINITE_SSTHRESH).toBe(isSeen);
  });

  // RFC 9406 §4.2 R9406-8: whatever phase it was in.
  it('a loss ends it for good', () => {
    const path = plusplus();
    for (let index = 0; index < 3; index++) round(path, 100 * MS);
    for (let index = 0; index < 2; index++) round(path, 120 * MS);
    path.reduce();
    const { ssthresh } = path.tcb;
    expect(ssthresh).toBeLessThan(INFINITE_SSTHRESH);
    for (let index = 0; index < 8; index++) round(path, 120 * MS);
    expect(path.tcb.ssthresh).toBe(ssthresh);
  });

  // RFC 3465 §2.3 R3465-3: what the ACK covers may have arrived before the timeout.
  it('rfc: after a timeout one ACK opens the window by one segment at most', () => {
    const path = plusplus({ window: 30 });
    path.timeout();
    path.tcb.caState = CaState.loss;
    path.acknowledge(5_000);
    expect(path.window).toBe(2);
  });
});
