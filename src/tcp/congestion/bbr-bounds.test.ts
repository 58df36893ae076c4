/** What losses, marks and mistakes do to BBRv3's bounds (draft-ietf-ccwg-bbr-06 sections 5.3.3, 5.5.10, 5.5.11, 5.6.4). */
import { describe, expect, it } from 'vitest';
import { BottleneckPath, MSS, type PathOptions } from '../../../test/support/bottleneck-path.ts';
import { Bbr } from './bbr.ts';
import { handleLost, inflightAtLoss, inflightBound, isInflightTooHigh } from './bbr-bounds.ts';
import { BbrState, inflightWithHeadroom, targetInflight } from './bbr-model.ts';
import { CaEvent, CaState } from './ca-state.ts';

const NONE = Number.POSITIVE_INFINITY;
/** 10 Mbit/s, 40 ms: 50,000 octets fill it. */
const PATH: PathOptions = { rate: 1_250_000, rtpropUs: 40_000, queueBytes: 100_000 };

function at(state: number, options: Partial<PathOptions> = {}) {
  const bbr = new Bbr();
  const path = new BottleneckPath(bbr, { ...PATH, ...options });
  const { model } = bbr;
  const reach = (next: number) => expect(path.runUntil(() => model.state === next)).toBe(true);
  reach(state);
  return { bbr, model, path, tcb: path.tcb, env: path.env, reach };
}

describe('the loss threshold', () => {
  // draft-ietf-ccwg-bbr-05 §2.7 RBBR-5: two in a hundred of what was in flight.
  it('is 2 % of the flight, and any loss without SACK', () => {
    const { tcb } = at(BbrState.startup);
    expect(isInflightTooHigh(tcb, 100 * MSS, 2 * MSS)).toBe(false);
    expect(isInflightTooHigh(tcb, 100 * MSS, 3 * MSS)).toBe(true);
    expect(isInflightTooHigh(tcb, 100 * MSS, 0)).toBe(false);
    tcb.agreed = 0;
    expect(isInflightTooHigh(tcb, 100 * MSS, MSS)).toBe(true);
    expect(isInflightTooHigh(tcb, 100 * MSS, 0)).toBe(false);
  });

  // Draft section 5.5.10.2: of a burst of ten after ninety without a loss, a little under two fit.
  it('finds the place in a burst where it was crossed', () => {
    expect(inflightAtLoss(10 * MSS, 100 * MSS, 10 * MSS)).toBeCloseTo((90 + 1.8 / 0.98) * MSS, 6);
    // One in a hundred was lost before: less of the burst fits.
    expect(inflightAtLoss(10 * MSS, 100 * MSS, 11 * MSS)).toBeCloseTo((90 + 0.8 / 0.98) * MSS, 6);
  });

  it('is not crossed by one loss among a hundred in flight while probing', () => {
    const { path, model, reach } = at(BbrState.probeUp, { rate: 12_500_000, queueBytes: 1e6 });
    path.runFor(20_000);
    path.dropNext = 4;
    path.runFor(55_000);
    expect(path.dropped).toBe(4);
    expect(model.state).toBe(BbrState.probeUp);
    expect(model.inflightLongTerm).toBe(NONE);
    reach(BbrState.probeDown);
    expect(model.isFullBwNow).toBe(true);
  });
});

describe('the long-term bound', () => {
  // draft-ietf-ccwg-bbr-05 §5.5.10.2 RBBR-42: the flight at which the losses crossed the threshold, and Up is over at once.
  it('is set by a probe that loses too much, which ends Up', () => {
    const { path, model, tcb, reach } = at(BbrState.probeUp);
    path.runFor(20_000);
    path.dropNext = 3;
    reach(BbrState.probeDown);
    expect(path.ack.lost).toBeGreaterThan(0);
    expect(model.isFullBwNow).toBe(false);
    expect(model.wasProbeTooHigh).toBe(true);
    expect(model.inflightLongTerm).toBeGreaterThanOrEqual(Math.floor(targetInflight(tcb, model) * 0.7));
    expect(model.inflightLongTerm).toBeLessThan(2 * path.trueBdp);
    expect(tcb.cwnd).toBeLessThanOrEqual(model.inflightLongTerm);
    expect(model.undoState).toBe(BbrState.probeUp);
  });

  it('does not fall below seven tenths of what is wanted in flight', () => {
    const { env, model, tcb } = at(BbrState.probeUp);
    const target = targetInflight(tcb, model);
    tcb.lost += 5 * MSS;
    handleLost(env, tcb, model, MSS, 6 * MSS, 5 * MSS, false);
    expect(model.inflightLongTerm).toBe(Math.floor(0.7 * target));
  });

  it('is set once by each probe, and not by losses outside of probes', () => {
    const { env, path, model, tcb, reach } = at(BbrState.probeCruise);
    handleLost(env, tcb, model, MSS, 10 * MSS, 9 * MSS, false);
    expect(model.inflightLongTerm).toBe(NONE);
    reach(BbrState.probeUp);
    handleLost(env, tcb, model, MSS, 60 * MSS, 9 * MSS, false);
    const first = model.inflightLongTerm;
    handleLost(env, tcb, model, MSS, 20 * MSS, 9 * MSS, false);
    expect(model.inflightLongTerm).toBe(first);
    expect(path.tcb.cwnd).toBeGreaterThan(0);
  });

  // draft-ietf-ccwg-bbr-05 §5.5.10.2 RBBR-42: a slow application's flight says nothing, but the probe is over.
  it('is not set by a limited sender, whose probe ends all the same', () => {
    const { env, model, tcb } = at(BbrState.probeUp);
    handleLost(env, tcb, model, MSS, 20 * MSS, 9 * MSS, true);
    expect(model.inflightLongTerm).toBe(NONE);
    expect(model.state).toBe(BbrState.probeDown);
  });

  // draft-ietf-ccwg-bbr-05 §2.7 RBBR-5: 15 % for others while cruising.
  it('leaves a headroom of 15 % in Cruise and none in Refill', () => {
    const { model, tcb } = at(BbrState.probeCruise);
    model.inflightLongTerm = 60_000;
    expect(inflightWithHeadroom(tcb, model)).toBe(51_000);
    expect(inflightBound(tcb, model)).toBe(51_000);
    model.state = BbrState.probeRefill;
    expect(inflightBound(tcb, model)).toBe(60_000);
    model.inflightLongTerm = 4 * MSS;
    expect(inflightWithHeadroom(tcb, model)).toBe(4 * MSS);
    model.inflightLongTerm = 6 * MSS;
    expect(inflightWithHeadroom(tcb, model)).toBe(5 * MSS);
  });

  // draft-ietf-ccwg-bbr-05 §5.6.4.7 RBBR-53: the volume caps of section 5.6.1.
  it.each([
    ['Startup', BbrState.startup, 30_000],
    ['Drain', BbrState.drain, 20_000],
    ['Down', BbrState.probeDown, 20_000],
    ['Cruise', BbrState.probeCruise, 17_000],
    ['Refill', BbrState.probeRefill, 20_000],
    ['Up', BbrState.probeUp, 20_000],
    ['ProbeRTT', BbrState.probeRtt, 17_000],
  ])('caps %s as the table says', (_, state, cap) => {
    const { model, tcb } = at(BbrState.probeCruise);
    model.state = state;
    model.inflightLongTerm = 20_000;
    model.inflightShortTerm = 30_000;
    expect(inflightBound(tcb, model)).toBe(cap);
    model.inflightShortTerm = 10_000;
    expect(inflightBound(tcb, model)).toBe(10_000);
    model.inflightShortTerm = 1;
    expect(inflightBound(tcb, model)).toBe(4 * MSS);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.3.4 RBBR-29: by 1, 2, 4, … segments in the rounds of one probe.
  it('grows ever faster while a probe fills it', () => {
    const { path, model, tcb, reach } = at(BbrState.probeCruise, { rate: 12_500_000, queueBytes: 4e6 });
    reach(BbrState.probeRefill);
    model.inflightLongTerm = 100 * MSS;
    tcb.cwnd = Math.min(tcb.cwnd, 100 * MSS);
    reach(BbrState.probeUp);
    const growth: number[] = [];
    let before = model.inflightLongTerm;
    path.runFor(240_000, () => {
      if (!model.isRoundStart || model.state !== BbrState.probeUp) return;
      growth.push(Math.round((model.inflightLongTerm - before) / MSS));
      before = model.inflightLongTerm;
    });
    expect(growth.length).toBeGreaterThanOrEqual(5);
    for (let round = 2; round < 5; round++) {
      expect(growth[round]).toBeGreaterThanOrEqual(1.5 * (growth[round - 1] as number));
      expect(growth[round]).toBeLessThanOrEqual(3 * (growth[round - 1] as number));
    }
  });

  // draft-ietf-ccwg-bbr-05 §5.3.3.6 RBBR-33: by its tx_in_flight.
  it('is raised to a flight that went well', () => {
    const { path, model } = at(BbrState.probeCruise);
    model.inflightLongTerm = 20 * MSS;
    path.runUntil(() => true);
    expect(path.ack.txInFlight).toBeGreaterThan(20 * MSS);
    expect(model.inflightLongTerm).toBe(path.ack.txInFlight);
  });

  // Draft section 5.3.3.6: a careful probe first, then at once one in earnest.
  it('is only touched by the probe after one that went too high; if that goes well, the next follows at once', () => {
    const { path, model, reach } = at(BbrState.probeUp);
    path.runFor(20_000);
    path.dropNext = 3;
    reach(BbrState.probeDown);
    const bound = model.inflightLongTerm;
    reach(BbrState.probeUp);
    const fromUs = path.nowUs;
    reach(BbrState.probeDown);
    expect(model.wasProbePrecautionary).toBe(true);
    expect(path.nowUs - fromUs).toBeLessThan(60_000);
    expect(path.ack.priorInFlight + MSS).toBeGreaterThan(bound);
    expect(model.wasProbeTooHigh).toBe(false);
    const cycleUs = model.cycleStampUs;
    reach(BbrState.probeRefill);
    expect(path.nowUs - cycleUs).toBeLessThan(150_000);
    expect(model.wasProbePrecautionary).toBe(false);
    reach(BbrState.probeUp);
    path.runFor(60_000);
    expect(model.state).toBe(BbrState.probeUp);
  });
});

describe('the short-term bounds', () => {
  // draft-ietf-ccwg-bbr-05 §5.5.10.3 RBBR-43: once per round with a loss, down to what the round delivered, by three tenths at most.
  it('come from the window and the rate, and fall to what a lossy round delivered', () => {
    const { path, model, tcb } = at(BbrState.probeCruise);
    path.runFor(100_000);
    expect(model.inflightShortTerm).toBe(NONE);
    const { cwnd } = tcb;
    const { maxBw } = model;
    path.dropNext = 1;
    path.runUntil(() => model.inflightShortTerm < NONE);
    expect(model.state).toBe(BbrState.probeCruise);
    expect(model.inflightShortTerm).toBeGreaterThanOrEqual(0.7 * cwnd - 1);
    expect(model.inflightShortTerm).toBeLessThan(cwnd);
    expect(model.bwShortTerm).toBeGreaterThanOrEqual(0.7 * maxBw);
    expect(model.bwShortTerm).toBeLessThanOrEqual(maxBw);
    expect(model.bw).toBe(Math.min(model.maxBw, model.bwShortTerm));
    expect(tcb.cwnd).toBeLessThanOrEqual(model.inflightShortTerm);
  });

  it('fall by three tenths in a round that delivers almost nothing', () => {
    const { path, model } = at(BbrState.probeCruise);
    path.runFor(100_000);
    path.dropNext = 1;
    path.runUntil(() => model.inflightShortTerm < NONE);
    const { inflightShortTerm, bwShortTerm } = model;
    path.rate /= 10;
    path.dropNext = 1;
    path.runUntil(() => model.isLossInRound);
    model.bwLatest = 0;
    model.inflightLatest = 0;
    path.runUntil(() => !model.isLossInRound);
    expect(model.inflightShortTerm).toBeGreaterThanOrEqual(0.7 * inflightShortTerm);
    expect(model.bwShortTerm).toBeCloseTo(0.7 * bwShortTerm, 3);
  });

  it('fall once in a round, however many losses it has', () => {
    const { path, model } = at(BbrState.probeCruise, { rate: 12_500_000, queueBytes: 1e6 });
    path.runFor(100_000);
    const falls: number[] = [];
    let last = NONE;
    let rounds = model.roundCount;
    path.loss = 0.05;
    path.runFor(300_000, () => {
      if (model.inflightShortTerm === last) return;
      last = model.inflightShortTerm;
      falls.push(model.roundCount);
    });
    rounds = model.roundCount - rounds;
    expect(falls.length).toBeGreaterThan(3);
    expect(falls.length).toBeLessThanOrEqual(rounds + 1);
  });

  it('do not move while probing', () => {
    const { path, model } = at(BbrState.probeUp, { rate: 12_500_000, queueBytes: 1e6 });
    path.dropNext = 1;
    path.runFor(90_000);
    expect(path.dropped).toBe(1);
    expect(model.state).toBe(BbrState.probeUp);
    expect(model.inflightShortTerm).toBe(NONE);
  });
});

describe('recovery', () => {
  // draft-ietf-ccwg-bbr-05 §5.6.4.4 RBBR-50: out of recovery with the window of before, as far as the bounds let it.
  it('restores the window it entered with', () => {
    const { bbr, env, model, tcb } = at(BbrState.probeCruise);
    const { cwnd } = tcb;
    bbr.onState(env, tcb, CaState.recovery);
    tcb.caState = CaState.recovery;
    expect(model.priorCwnd).toBe(cwnd);
    tcb.cwnd = 5 * MSS;
    bbr.onState(env, tcb, CaState.open);
    tcb.caState = CaState.open;
    expect(tcb.cwnd).toBe(cwnd);
    expect(model.hasUndo).toBe(false);
  });

  it('keeps no more than the short-term bound when it is over', () => {
    const { bbr, env, model, tcb } = at(BbrState.probeCruise);
    bbr.onState(env, tcb, CaState.recovery);
    tcb.caState = CaState.recovery;
    model.inflightShortTerm = 12 * MSS;
    tcb.cwnd = 5 * MSS;
    bbr.onState(env, tcb, CaState.open);
    expect(tcb.cwnd).toBe(12 * MSS);
  });

  // draft-ietf-ccwg-bbr-05 §5.6.4.4 RBBR-50: after a timeout one segment, then up by what is delivered, then the window of before.
  it('starts from one segment after a timeout and comes back', () => {
    const { path, model, tcb } = at(BbrState.probeCruise);
    const { cwnd } = tcb;
    path.dropNext = 200;
    path.runUntil(() => false, path.nowUs + 1_100_000);
    expect(tcb.caState).toBe(CaState.loss);
    expect(tcb.cwnd).toBe(MSS);
    expect(model.priorCwnd).toBe(cwnd);
    path.dropNext = 0;
    path.runUntil(() => true, path.nowUs + 3_000_000);
    expect(tcb.cwnd).toBeGreaterThanOrEqual(4 * MSS);
    path.runFor(3_000_000);
    expect(tcb.caState).toBe(CaState.open);
    expect(tcb.cwnd).toBeGreaterThan(path.trueBdp);
  });

  it('has no ssthresh to answer with', () => {
    const { bbr, env, tcb } = at(BbrState.probeCruise);
    tcb.ssthresh = 77_777;
    expect(bbr.thresholdAfterLoss(env, tcb)).toBe(77_777);
  });
});

describe('a recovery that was a mistake', () => {
  // draft-ietf-ccwg-bbr-05 §5.5.11 RBBR-44: everything as before, and the probe again.
  it('gives the bounds back and probes again', () => {
    const { path, model, tcb, reach } = at(BbrState.probeUp);
    path.runFor(20_000);
    const { cwnd } = tcb;
    path.dropNext = 3;
    reach(BbrState.probeDown);
    expect(tcb.caState).toBe(CaState.recovery);
    expect(model.inflightLongTerm).toBeLessThan(NONE);
    path.declareSpurious();
    expect(model.state).toBe(BbrState.probeRefill);
    expect(model.inflightLongTerm).toBe(NONE);
    expect(model.inflightShortTerm).toBe(NONE);
    expect(model.isLossInRound).toBe(false);
    expect(tcb.cwnd).toBeGreaterThanOrEqual(cwnd);
    expect(model.undoState).toBe(-1);
  });

  it('gives the short-term bounds back in Cruise and stays there', () => {
    const { path, model } = at(BbrState.probeCruise);
    path.runFor(100_000);
    path.dropNext = 1;
    path.runUntil(() => model.inflightShortTerm < NONE);
    path.declareSpurious();
    // By then the episode was over, so that what it had learnt is kept.
    expect(model.hasUndo).toBe(false);
    expect(model.state).toBe(BbrState.probeCruise);
  });

  // draft-ietf-ccwg-bbr-05 §5.5.11 RBBR-44: back to Startup, as if the pipe had never been full.
  it('returns to a Startup that losses had ended', () => {
    const { bbr, env, model, tcb } = at(BbrState.startup, { rate: 1e8, queueBytes: 1e7 });
    handleLost(env, tcb, model, MSS, 10 * MSS, MSS, false);
    bbr.onState(env, tcb, CaState.recovery);
    tcb.caState = CaState.recovery;
    model.undoState = BbrState.startup;
    model.isFullBwReached = true;
    model.inflightLongTerm = 30_000;
    model.state = BbrState.drain;
    tcb.cwnd = bbr.windowAfterUndo(env, tcb);
    expect(model.state).toBe(BbrState.startup);
    expect(model.pacingGain).toBe(2.77);
    expect(model.isFullBwReached).toBe(false);
    expect(model.inflightLongTerm).toBe(NONE);
  });

  // Appendix A.19.
  it('forgives a timeout too', () => {
    const { bbr, env, model, tcb } = at(BbrState.probeCruise);
    const { cwnd } = tcb;
    bbr.onEvent(env, tcb, CaEvent.timeout);
    for (let segment = 0; segment < 20; segment++) bbr.onLost(env, tcb, MSS, 30 * MSS, tcb.lost, false);
    bbr.onState(env, tcb, CaState.loss);
    tcb.caState = CaState.loss;
    tcb.cwnd = MSS;
    model.inflightShortTerm = 6 * MSS;
    expect(bbr.windowAfterUndo(env, tcb)).toBe(cwnd);
    expect(model.inflightShortTerm).toBe(NONE);
  });

  it('leaves ProbeRTT alone', () => {
    const { bbr, env, model, tcb } = at(BbrState.probeRtt);
    model.undoState = BbrState.probeUp;
    tcb.cwnd = bbr.windowAfterUndo(env, tcb);
    expect(model.state).toBe(BbrState.probeRtt);
    expect(tcb.cwnd).toBeLessThan(30_000);
  });
});

describe('marks', () => {
  // draft-ietf-ccwg-bbr-05 §3.7 RBBR-10: no response of its own, but a mark is a sign of congestion.
  it('bound a probe as losses do', () => {
    const { model, reach } = at(BbrState.probeUp, { markBytes: 20_000 });
    reach(BbrState.probeDown);
    expect(model.inflightLongTerm).toBeLessThan(NONE);
    expect(model.wasProbeTooHigh).toBe(true);
  });

  it('lower the short-term bounds in Cruise', () => {
    const { path, model } = at(BbrState.probeCruise, { markBytes: 0 });
    path.rate *= 0.8;
    path.runFor(300_000);
    expect(path.dropped).toBe(0);
    expect(model.state).toBe(BbrState.probeCruise);
    expect(model.inflightShortTerm).toBeLessThan(NONE);
    expect(model.bwShortTerm).toBeLessThan(0.85 * model.maxBw);
  });
});
