/**
 * The one suite every congestion control passes, in both profiles: bounds, growth, reduction, undo, and what a lying receiver or a
 * wrapping clock can do. A new control joins by a line in `CONTROLS`.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { CongestionPath, type CongestionPathOptions } from '../../../test/support/congestion-path.ts';
import { cloneGraph } from '../../base/snapshot.ts';
import type { ProfileName } from '../settings.ts';
import { CaState } from './ca-state.ts';
import { CONGESTION_CONTROLS } from './index.ts';

interface Traits {
  readonly name: string;
  /** Share of the window that a loss leaves, and a mark when all or none of the octets came marked; null: not its matter. */
  readonly afterLoss: number | null;
  readonly afterMark: Readonly<Record<ProfileName, number>> | null;
  /** Why there is no window to grow and to cut. */
  readonly reason?: string;
  /** Why the window follows no ssthresh. */
  readonly model?: string;
}

// RFC 8511: marks are answered more mildly in profile `rfc`, in congestion avoidance.
const CONTROLS: readonly Traits[] = [
  { name: 'cubic', afterLoss: 0.7, afterMark: { linux: 0.7, rfc: 0.85 } },
  { name: 'reno', afterLoss: 0.5, afterMark: { linux: 0.5, rfc: 0.8 } },
  { name: 'bbr', afterLoss: null, afterMark: null, model: 'keeps a model of the path, no threshold' },
  { name: 'dctcp', afterLoss: 0.5, afterMark: { linux: 0.5, rfc: 0.5 } },
  { name: 'none', afterLoss: null, afterMark: null, reason: 'knows no congestion' },
];
const PROFILES: readonly ProfileName[] = ['linux', 'rfc'];
const CASES = CONTROLS.flatMap((traits) => PROFILES.map((profile) => ({ ...traits, profile })));
const WINDOW_MAX = 0x3fffffff;

it('covers every control there is', () => {
  expect(CONTROLS.map(({ name }) => name).sort()).toEqual([...CONGESTION_CONTROLS].sort());
});

describe.each(CASES)('$name, profile $profile', (traits) => {
  const { name, profile, reason, model } = traits;
  const path = (options: CongestionPathOptions = {}) => new CongestionPath(name, { profile, ...options });
  /** In congestion avoidance with a window of 100 segments. */
  const avoiding = (options: CongestionPathOptions = {}) => {
    const made = path({ window: 100, ...options });
    made.tcb.ssthresh = made.tcb.cwnd;
    made.roundTrip();
    return made;
  };
  // Skipped for `none`, whose window is always open: there is nothing to grow, to cut or to gain.
  const unlessNone = reason === undefined ? it : it.skip;
  const why = reason === undefined ? '' : ` (skipped: ${reason})`;
  // Skipped for `bbr` too: its own tests say what it does instead.
  const ifThreshold = reason === undefined && model === undefined ? it : it.skip;
  const whyNot = (reason ?? model) === undefined ? '' : ` (skipped: ${reason ?? model})`;

  unlessNone(`doubles per round trip in slow start${why}`, () => {
    const made = path();
    for (const window of [20, 40, 80, 160]) {
      made.roundTrip();
      expect(made.window).toBe(window);
    }
  });

  ifThreshold(`grows in congestion avoidance, by half per round trip at most${whyNot}`, () => {
    const made = avoiding();
    for (let round = 0; round < 50; round++) {
      const before = made.window;
      made.roundTrip({ isSpread: true });
      expect(made.window).toBeGreaterThanOrEqual(before);
      expect(made.window).toBeLessThanOrEqual(before * 1.5 + 1);
    }
    expect(made.window).toBeGreaterThan(101);
  });

  ifThreshold(`cuts the window after a loss by what it promises${whyNot}`, () => {
    const made = avoiding();
    const before = made.window;
    made.reduce();
    expect(made.window / before).toBeCloseTo(traits.afterLoss ?? 1, 1);
    expect(made.tcb.ssthresh).toBe(made.tcb.cwnd);
    expect(made.threshold).toBeGreaterThanOrEqual(2);
  });

  ifThreshold(`cuts the window after a mark by what it promises${whyNot}`, () => {
    const made = avoiding();
    for (let round = 0; round < 12; round++) made.roundTrip({ marked: 1 });
    const before = made.window;
    made.reduce(true);
    expect(made.window / before).toBeCloseTo(traits.afterMark?.[profile] ?? 1, 1);
  });

  ifThreshold(`a timeout leaves a threshold for the slow start that follows${whyNot}`, () => {
    const made = avoiding();
    const before = made.window;
    made.timeout();
    expect(made.threshold / before).toBeCloseTo(traits.afterLoss ?? 1, 1);
    for (let round = 0; round < 8; round++) made.roundTrip();
    expect(made.window).toBeGreaterThanOrEqual(made.threshold);
    expect(made.window).toBeLessThan(before);
  });

  // RFC 8257 §4.3 R8257-10: DCTCP's as well.
  it('ssthresh is two segments or more, whatever the window', () => {
    for (const window of [1, 2, 3]) {
      for (const state of [CaState.recovery, CaState.loss]) {
        const made = path({ window });
        for (let loss = 0; loss < 4; loss++) made.enterReduction(state);
        expect(made.threshold).toBeGreaterThanOrEqual(2);
      }
    }
  });

  it('undo restores the window and the threshold', () => {
    const made = avoiding();
    const { cwnd, ssthresh } = made.tcb;
    made.enterReduction(CaState.recovery);
    if (reason === undefined) made.tcb.cwnd = made.tcb.ssthresh;
    made.undo();
    expect(made.tcb.cwnd).toBe(cwnd);
    expect(made.tcb.ssthresh).toBeGreaterThanOrEqual(ssthresh);
  });

  it('never exceeds the clamp, and uses it', () => {
    const made = path();
    made.tcb.cwndClamp = 50 * made.mss;
    for (let round = 0; round < 20; round++) made.roundTrip();
    // A model of the path may call for less.
    expect(made.window).toBeLessThanOrEqual(50);
    if (model === undefined) expect(made.window).toBe(50);
    made.tcb.ssthresh = 20 * made.mss;
    for (let round = 0; round < 100; round++) made.roundTrip({ isSpread: true });
    expect(made.window).toBeLessThanOrEqual(50);
    if (model === undefined) expect(made.window).toBe(50);
    // What the clamp kept back does not come in a rush when it is lifted.
    made.tcb.cwndClamp = WINDOW_MAX;
    made.roundTrip({ isSpread: true });
    if (reason === undefined && model === undefined) expect(made.window).toBeLessThanOrEqual(76);
  });

  // RFC 3465 §3.2 R3465-5: octets count, not ACKs.
  // RFC 9406 §6 R9406-15: in slow start likewise.
  unlessNone(`dividing an acknowledgment gains nothing${why}`, () => {
    for (const start of [path, avoiding]) {
      const whole = start();
      const divided = start();
      for (let segment = 0; segment < 10; segment++) {
        whole.acknowledge(1_000);
        for (let part = 0; part < 100; part++) divided.acknowledge(10);
      }
      expect(divided.tcb.cwnd).toBeLessThanOrEqual(whole.tcb.cwnd + whole.mss);
    }
  });

  // RFC 9438 §4.2 R9438-20: growth needs new acknowledgments.
  unlessNone(`acknowledgments that acknowledge nothing gain nothing${why}`, () => {
    const made = path();
    for (let index = 0; index < 1_000; index++) made.acknowledge(0);
    expect(made.window).toBe(10);
  });

  unlessNone(`one ACK for 44 segments grows the window as 44 ACKs do, within a tenth${why}`, () => {
    // The letter of RFC 3465 §2.3 bounds slow start to L segments per ACK: there, only congestion avoidance compares.
    for (const start of profile === 'linux' ? [path, avoiding] : [avoiding]) {
      const few = start({ window: 88 });
      const many = start({ window: 88 });
      const before = many.window;
      for (let round = 0; round < 12; round++) {
        few.roundTrip({ perAck: 44 });
        many.roundTrip();
      }
      const growth = many.window - before;
      expect(growth).toBeGreaterThan(3);
      expect(Math.abs(few.window - many.window)).toBeLessThanOrEqual(growth / 10 + 1);
    }
  });

  // Microseconds wrap at 2^32, differences at 2^31: a path that starts shortly before grows as one that starts at zero.
  it.each([2 ** 31, 2 ** 32, 1_000 * 2 ** 31, 1_000 * 2 ** 32])('time wraps at %i us unseen', (wrapUs) => {
    const run = (startUs: number) => {
      const made = avoiding({ startUs });
      const seen = [];
      for (let round = 0; round < 60; round++) {
        if (round === 20) made.reduce();
        made.roundTrip({ isSpread: true });
        seen.push(made.tcb.cwnd, made.tcb.ssthresh);
      }
      return seen;
    };
    const startUs = wrapUs - (wrapUs % 1_000) - 3_000_000;
    expect(run(startUs)).toEqual(run(3_000_000));
  });

  it('stands a round-trip time of a minute and an epoch of a month', () => {
    const made = avoiding({ rttUs: 60_000_000 });
    for (let round = 0; round < 10; round++) made.roundTrip({ isSpread: true });
    made.reduce();
    made.wait(31 * 86_400 * 1e6);
    for (let round = 0; round < 3; round++) made.roundTrip({ isSpread: true });
    expect(made.tcb.cwnd).toBeGreaterThanOrEqual(made.mss);
    expect(made.tcb.cwnd).toBeLessThanOrEqual(WINDOW_MAX);
  });

  it('a clone made in mid-flight has the same future', () => {
    const future = (made: CongestionPath) => {
      const seen = [];
      for (let round = 0; round < 40; round++) {
        if (round === 10) made.reduce();
        if (round === 20) made.timeout();
        if (round === 30) made.idle(2_000_000);
        made.roundTrip({ isSpread: true, marked: round % 7 === 0 ? 0.3 : 0 });
        seen.push(made.figures());
      }
      return seen;
    };
    const made = path();
    for (let round = 0; round < 12; round++) made.roundTrip({ isSpread: round > 4 });
    made.reduce();
    made.roundTrip({ isSpread: true });
    const clone = cloneGraph(made);
    const seen = future(made);
    expect(future(clone)).toEqual(seen);
  });

  unlessNone(`a pause is not made up for: growth goes on where it stopped${why}`, () => {
    const made = avoiding();
    made.reduce();
    for (let round = 0; round < 20; round++) made.roundTrip({ isSpread: true });
    const steady = cloneGraph(made);
    made.idle(60_000_000);
    made.roundTrip({ isSpread: true });
    steady.roundTrip({ isSpread: true });
    expect(made.window).toBeLessThanOrEqual(steady.window + 1);
  });

  ifThreshold(`after an idle restart slow start leads back to the threshold${whyNot}`, () => {
    const made = avoiding();
    const { ssthresh } = made.tcb;
    made.idle(2_000_000, 10);
    for (const window of [20, 40, 80]) {
      made.roundTrip();
      expect(made.window).toBe(window);
    }
    made.roundTrip();
    expect(made.tcb.cwnd).toBeGreaterThanOrEqual(ssthresh);
    expect(made.tcb.cwnd).toBeLessThan(ssthresh * 1.2);
  });

  it('keeps window and threshold within bounds, whatever happens in whatever order', () => {
    const action = fc.record({
      kind: fc.constantFrom('ack', 'ack', 'ack', 'round', 'loss', 'mark', 'timeout', 'undo', 'idle', 'wait'),
      amount: fc.integer({ min: 0, max: 100_000 }),
      rttUs: fc.integer({ min: -1, max: 3_000_000 }),
    });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 60 }), fc.integer({ min: 48, max: 9_000 }), (actions, mss) => {
        const made = path({ mss });
        made.tcb.cwndClamp = 2_000_000;
        for (const { kind, amount, rttUs } of actions) {
          if (kind === 'ack')
            made.acknowledge(Math.min(amount, made.flight), amount % 3 === 0 ? amount >> 1 : 0, rttUs);
          else if (kind === 'round') made.roundTrip({ perAck: 20 + (amount % 50) });
          else if (kind === 'loss') made.reduce();
          else if (kind === 'mark') made.reduce(true);
          else if (kind === 'timeout') made.timeout();
          else if (kind === 'undo') made.undo();
          else if (kind === 'idle') made.idle(amount * 1_000);
          else made.wait(amount * 100);
          const { cwnd, ssthresh } = made.tcb;
          expect(Number.isInteger(cwnd) && Number.isInteger(ssthresh)).toBe(true);
          expect(cwnd).toBeGreaterThanOrEqual(mss);
          expect(cwnd).toBeLessThanOrEqual(reason === undefined ? 2_000_000 : WINDOW_MAX);
          expect(ssthresh).toBeGreaterThanOrEqual(mss);
        }
      }),
      { numRuns: 60 },
    );
  });
});
