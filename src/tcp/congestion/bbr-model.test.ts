/** BBRv3's beliefs, estimate by estimate (draft-ietf-ccwg-bbr-06 sections 5.3.1, 5.3.4, 5.5, 5.6.4): what one acknowledgment changes. */
import { describe, expect, it } from 'vitest';
import { type BareSender, bareSender, SENDER_MSS as MSS } from '../../../test/support/bare-sender.ts';
import type { AckSample } from '../recovery/ack-sample.ts';
import {
  advanceMaxBwFilter,
  BbrModel,
  BbrState,
  checkFullBwReached,
  inflightFor,
  inflightWithHeadroom,
  minPipeCwnd,
  probeRttCwnd,
  targetInflight,
  updateAckAggregation,
  updateMaxBw,
  updateMinRtt,
  updateRound,
} from './bbr-model.ts';
import { raiseLongTermSlope } from './bbr-phases.ts';

const NONE = Number.POSITIVE_INFINITY;
const NOW_US = 20_000_000;

function believing(beliefs: Partial<BbrModel> = {}, told: Partial<AckSample> = {}): BareSender & { model: BbrModel } {
  const made = bareSender({ atUs: NOW_US });
  Object.assign(made.ack, told);
  return { ...made, model: Object.assign(new BbrModel(), beliefs) };
}

// draft-ietf-ccwg-bbr-05 §5.5.1 RBBR-39: a round.
describe('a round', () => {
  it.each<[name: string, told: Partial<AckSample>, isStart: boolean]>([
    ['ends when something sent after its begin is delivered', { intervalUs: 1, priorDelivered: 501 }, true],
    ['or sent just then', { intervalUs: 1, priorDelivered: 500 }, true],
    ['not by what was sent before', { intervalUs: 1, priorDelivered: 499 }, false],
    ['not without a sample', { intervalUs: 0, priorDelivered: 501 }, false],
  ])('%s', (_, told, isStart) => {
    const { tcb, model, ack } = believing({ nextRoundDelivered: 500, roundCount: 7, roundsSinceProbeUp: 3 }, told);
    tcb.delivered = 900;
    updateRound(tcb, model, ack);
    expect(model).toMatchObject({
      isRoundStart: isStart,
      roundCount: isStart ? 8 : 7,
      roundsSinceProbeUp: isStart ? 4 : 3,
      nextRoundDelivered: isStart ? 900 : 500,
    });
  });

  it.each([
    [8, -2, false],
    [9, -2, false],
    [10, 7, true],
  ])('remembers that the window was full: %i segments of ten in flight', (flight, round, isFull) => {
    const { tcb, model, ack } = believing({ roundCount: 7, nextRoundDelivered: 1 }, { priorInFlight: flight * MSS });
    updateRound(tcb, model, ack);
    expect([model.windowFullRound, model.isWindowFull]).toEqual([round, isFull]);
    model.roundCount = round + 1;
    expect(model.isWindowFull).toBe(true);
    model.roundCount = round + 2;
    expect(model.isWindowFull).toBe(false);
  });
});

// draft-ietf-ccwg-bbr-05 §5.5.5 RBBR-40: the largest rate.
// draft-ietf-ccwg-bbr-05 §2.10 RBBR-6: the largest rate.
describe('the largest rate', () => {
  it.each<[name: string, rate: number, isAppLimited: boolean, before: number, now: number, after: number]>([
    ['a higher sample', 60, false, 90, 50, 60],
    ['one as high', 50, false, 90, 50, 50],
    ['a lower one', 40, false, 0, 50, 50],
    ['a limited one below what is believed', 60, true, 90, 50, 50],
    ['a limited one as high as what is believed', 90, true, 90, 50, 90],
    ['a limited one above', 91, true, 90, 50, 91],
  ])('%s', (_, sampleRate, isAppLimited, maxBwBefore, maxBwNow, after) => {
    const { model, ack } = believing({ sampleRate, maxBwBefore, maxBwNow }, { isAppLimited });
    updateMaxBw(model, ack);
    expect(model.maxBwNow).toBe(after);
    expect(model.maxBw).toBe(Math.max(maxBwBefore, after));
  });

  it('is of two cycles, of which one without a sample does not count', () => {
    const { model } = believing({ maxBwBefore: 90, maxBwNow: 50 });
    advanceMaxBwFilter(model);
    expect([model.maxBwBefore, model.maxBwNow]).toEqual([50, 0]);
    advanceMaxBwFilter(model);
    expect([model.maxBwBefore, model.maxBwNow]).toEqual([50, 0]);
  });
});

// draft-ietf-ccwg-bbr-05 §5.3.1.2 RBBR-22: the pipe.
describe('the pipe', () => {
  it.each<[name: string, beliefs: Partial<BbrModel>, isAppLimited: boolean, after: Partial<BbrModel>]>([
    [
      'is not full while the rate grows by a quarter',
      { sampleRate: 125 },
      false,
      { fullBw: 125, fullBwCount: 0, isFullBwNow: false },
    ],
    ['may be when it grows less', { sampleRate: 124.9 }, false, { fullBw: 100, fullBwCount: 2, isFullBwNow: false }],
    [
      'is after three such rounds',
      { sampleRate: 100, fullBwCount: 2 },
      false,
      { fullBwCount: 3, isFullBwNow: true, isFullBwReached: true },
    ],
    ['says nothing within a round', { sampleRate: 100, isRoundStart: false }, false, { fullBwCount: 1 }],
    ['says nothing of a sender with too little', { sampleRate: 100 }, true, { fullBwCount: 1 }],
    [
      'says nothing once it is full',
      { sampleRate: 900, isFullBwNow: true },
      false,
      { fullBwCount: 1, fullBw: 100, isFullBwNow: true },
    ],
  ])('%s', (_, beliefs, isAppLimited, after) => {
    const { model, ack } = believing({ fullBw: 100, fullBwCount: 1, isRoundStart: true, ...beliefs }, { isAppLimited });
    checkFullBwReached(model, ack);
    expect(model).toMatchObject({ isFullBwReached: false, ...after });
  });
});

// draft-ietf-ccwg-bbr-05 §2.13.1 RBBR-8: the least round trip.
// draft-ietf-ccwg-bbr-05 §2.13.2 RBBR-9: the least round trip.
describe('the least round trip', () => {
  const known: Partial<BbrModel> = {
    minRttUs: 40,
    minRttStampUs: NOW_US - 1,
    probeRttMinUs: 50,
    probeRttMinStampUs: NOW_US - 2,
  };
  it.each<[name: string, beliefs: Partial<BbrModel>, sampleUs: number, after: Partial<BbrModel>]>([
    ['a longer one changes nothing', {}, 60, { probeRttMinUs: 50, minRttUs: 40, isProbeRttExpired: false }],
    ['one as long changes nothing', {}, 50, { probeRttMinUs: 50, probeRttMinStampUs: NOW_US - 2 }],
    [
      'a shorter one than of late',
      {},
      45,
      { probeRttMinUs: 45, probeRttMinStampUs: NOW_US, minRttUs: 40, minRttStampUs: NOW_US - 1 },
    ],
    ['one as short as ever is not newer', {}, 40, { probeRttMinUs: 40, minRttUs: 40, minRttStampUs: NOW_US - 1 }],
    ['a shorter one than ever', {}, 39, { probeRttMinUs: 39, minRttUs: 39, minRttStampUs: NOW_US }],
    ['no sample', {}, -1, { probeRttMinUs: 50, minRttUs: 40 }],
    ['one of no time at all', {}, 0, { probeRttMinUs: 0, minRttUs: 0 }],
    [
      'five seconds are not over',
      { probeRttMinStampUs: NOW_US - 5_000_000 },
      60,
      { probeRttMinUs: 50, isProbeRttExpired: false },
    ],
    [
      'five seconds are over',
      { probeRttMinStampUs: NOW_US - 5_000_001 },
      60,
      { probeRttMinUs: 60, isProbeRttExpired: true, minRttUs: 40 },
    ],
    [
      'five seconds are over, and no sample',
      { probeRttMinStampUs: NOW_US - 5_000_001 },
      -1,
      { probeRttMinUs: 50, isProbeRttExpired: true },
    ],
    ['ten seconds are not over', { minRttStampUs: NOW_US - 10_000_000 }, 60, { minRttUs: 40 }],
    ['ten seconds are over', { minRttStampUs: NOW_US - 10_000_001 }, 60, { minRttUs: 50, minRttStampUs: NOW_US - 2 }],
  ])('%s', (_, beliefs, latestRttUs, after) => {
    const { env, model, ack } = believing({ ...known, ...beliefs }, { latestRttUs });
    updateMinRtt(env, model, ack);
    expect(model).toMatchObject(after);
  });
});

// draft-ietf-ccwg-bbr-05 §5.5.9 RBBR-41: what was acknowledged beyond the rate.
describe('what was acknowledged beyond the rate', () => {
  // 500 octets in a millisecond are expected.
  const rate: Partial<BbrModel> = { bw: 500_000, extraAckedStartUs: NOW_US - 1_000 };
  it.each<[name: string, before: number, delivered: number, extra: number, startUs: number]>([
    ['counts from the begin of the burst', 501, 300, 301, NOW_US - 1_000],
    ['begins anew when the rate has caught up', 500, 300, 300, NOW_US],
    ['is a window at most', 20_000, 300, 10 * MSS, NOW_US - 1_000],
  ])('%s', (_, extraAckedDelivered, delivered, extra, startUs) => {
    const { env, tcb, model, ack } = believing({ ...rate, extraAckedDelivered }, { delivered });
    updateAckAggregation(env, tcb, model, ack);
    expect([model.extraAckedFilter.value, model.extraAckedStartUs]).toEqual([extra, startUs]);
  });

  it.each([
    [false, 0],
    [true, 9_000],
  ])('is remembered for ten rounds once the pipe was full, for one before: %s', (isFullBwReached, kept) => {
    const { env, tcb, model, ack } = believing({ ...rate, isFullBwReached, roundCount: 1 });
    model.extraAckedFilter.update(9_000, 1, 10);
    model.roundCount = 5;
    updateAckAggregation(env, tcb, model, ack);
    expect(model.extraAckedFilter.value).toBe(kept);
  });
});

describe('octets in flight', () => {
  // 100,000 octets a second, 100 ms: ten segments fill the path.
  const path: Partial<BbrModel> = { bw: 100_000, minRttUs: 100_000, state: BbrState.probeCruise };

  it.each<[name: string, beliefs: Partial<BbrModel>, gain: number, quantum: number, extra: number, flight: number]>([
    ['are what fills the path, times the gain', {}, 2, MSS, 0, 20],
    ['and what is acknowledged beyond the rate', {}, 2, MSS, 3 * MSS, 23],
    ['are three quanta at least', {}, 1, 5 * MSS, 0, 15],
    ['are four segments at least', { bw: 1 }, 1, MSS, 0, 4],
    ['are two segments more in Up', { state: BbrState.probeUp }, 1, MSS, 0, 12],
    ['are the initial window before a round trip is known', { minRttUs: NONE, initialCwnd: 7 * MSS }, 1, MSS, 0, 7],
  ])('%s', (_, beliefs, gain, quantum, extra, flight) => {
    const { tcb, model } = believing({ ...path, ...beliefs });
    tcb.sendQuantum = quantum;
    expect(inflightFor(tcb, model, model.bw, gain, extra)).toBe(flight * MSS);
  });

  it('go by the rate asked for', () => {
    const { tcb, model } = believing(path);
    tcb.sendQuantum = 1;
    expect(inflightFor(tcb, model, 200_000, 1)).toBe(20 * MSS);
  });

  it.each([
    [8, 8],
    [12, 10],
  ])('that are wanted are no more than a window of %i', (cwnd, wanted) => {
    const { tcb, model } = believing(path);
    tcb.cwnd = cwnd * MSS;
    expect(targetInflight(tcb, model)).toBe(wanted * MSS);
  });

  it.each([
    ['nothing is bounded', NONE, NONE],
    ['a seventh or so is left to others', 20 * MSS, 17 * MSS],
    ['a segment at least', 5 * MSS, 4 * MSS],
    ['never below four segments', 4 * MSS, 4 * MSS],
  ])('below the long-term bound: %s', (_, inflightLongTerm, flight) => {
    const { tcb, model } = believing({ ...path, inflightLongTerm });
    expect(inflightWithHeadroom(tcb, model)).toBeCloseTo(flight, 6);
  });

  it('are half of what fills the path in ProbeRTT, four segments at least', () => {
    const { tcb, model } = believing(path);
    expect([minPipeCwnd(tcb), probeRttCwnd(tcb, model)]).toEqual([4 * MSS, 5 * MSS]);
    model.bw = 10_000;
    expect(probeRttCwnd(tcb, model)).toBe(4 * MSS);
  });

  // Draft section 5.3.3.5: by 1, 2, 4, … segments in the rounds of one probe.
  it('above the long-term bound grow twice as fast in each round of a probe', () => {
    const { tcb, model } = believing(path);
    tcb.cwnd = 16 * MSS;
    const prices = [16, 8, 4, 2, 1, 1].map((segments) => {
      raiseLongTermSlope(tcb, model);
      return [model.probeUpAckedPerIncrement, segments * MSS];
    });
    for (const [price, expected] of prices) expect(price).toBe(expected);
    expect(model.probeUpRounds).toBe(6);
    model.probeUpRounds = 30;
    raiseLongTermSlope(tcb, model);
    expect(model.probeUpRounds).toBe(30);
  });
});
