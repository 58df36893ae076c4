/** BBRv3's states, one after the other, over a path without packets (draft-ietf-ccwg-bbr-06 section 5.3 and appendix A). */
import { describe, expect, it } from 'vitest';
import { BottleneckPath, MSS, type PathOptions, setFlight } from '../../../test/support/bottleneck-path.ts';
import { Bbr } from './bbr.ts';
import { BbrState, inflightFor, probeRttCwnd } from './bbr-model.ts';
import { checkDrainDone } from './bbr-states.ts';

/** 10 Mbit/s, 40 ms: 50,000 octets fill it. */
const PATH: PathOptions = { rate: 1_250_000, rtpropUs: 40_000, queueBytes: 100_000 };

function start(options: Partial<PathOptions> = {}) {
  const bbr = new Bbr();
  const path = new BottleneckPath(bbr, { ...PATH, ...options });
  return { bbr, model: bbr.model, tcb: path.tcb, path, reach: (state: number) => reach(path, bbr, state) };
}

function reach(path: BottleneckPath, bbr: Bbr, state: number): void {
  expect(path.runUntil(() => bbr.model.state === state)).toBe(true);
}

/** All states of the run, in order. */
function statesOf(path: BottleneckPath, bbr: Bbr, durationUs: number): number[] {
  const states = [bbr.model.state as number];
  path.runFor(durationUs, () => {
    if (states.at(-1) !== bbr.model.state) states.push(bbr.model.state);
  });
  return states;
}

describe('Startup', () => {
  // draft-ietf-ccwg-bbr-05 §5 RBBR-19, RBBR-45: 2.77 initial windows per round trip.
  it('paces its initial window from the first segment on, by the round trip of the handshake', () => {
    const { tcb } = start();
    expect(tcb.pacingRate).toBeCloseTo((2.77 * 10 * MSS) / 0.04, 3);
    expect(tcb.cwnd).toBe(10 * MSS);
  });

  it('takes a millisecond while nothing is known, and the truth with the first sample', () => {
    const bbr = new Bbr();
    const path = new BottleneckPath(bbr, PATH);
    path.tcb.srttUs = 0;
    const again = new Bbr();
    again.start(path.env, path.tcb);
    expect(path.tcb.pacingRate).toBeCloseTo((2.77 * 10 * MSS) / 0.001, 3);
    expect(again.model.minRttUs).toBe(Number.POSITIVE_INFINITY);
    path.tcb.srttUs = 40_000;
    path.ack.reset(0);
    again.control(path.env, path.tcb, path.ack);
    expect(path.tcb.pacingRate).toBeCloseTo((2.77 * 10 * MSS) / 0.04, 3);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.1.1 RBBR-21: by its gains.
  // draft-ietf-ccwg-bbr-05 §5.5.1 RBBR-39: rounds are counted in packets.
  it('doubles what is in flight in each round', () => {
    const { path, model } = start({ rate: 1e9 });
    const flights: number[] = [];
    path.runFor(200_000, () => {
      if (model.isRoundStart) flights.push(path.flight);
    });
    expect(flights.length).toBeGreaterThanOrEqual(4);
    for (let round = 1; round < 4; round++)
      expect(flights[round]).toBeGreaterThan(1.7 * (flights[round - 1] as number));
    expect(model.state).toBe(BbrState.startup);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.1.2 RBBR-22: appendix A.1: three rounds that grow by less than a quarter; the estimate is within 2 %.
  it('ends when the rate has not grown by a quarter for three rounds', () => {
    const { path, model, tcb } = start();
    const counts: number[] = [];
    path.runUntil(
      () => model.state !== BbrState.startup,
      undefined,
      () => {
        if (model.isRoundStart) counts.push(model.fullBwCount);
      },
    );
    expect(counts.slice(-4)).toEqual([0, 1, 2, 3]);
    expect(model.state).toBe(BbrState.drain);
    expect(model.isFullBwReached).toBe(true);
    expect(model.maxBw / path.rate).toBeGreaterThan(0.98);
    expect(model.maxBw / path.rate).toBeLessThan(1.02);
    expect(tcb.pacingRate).toBeCloseTo(0.5 * 0.99 * model.bw, 3);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.1.3 RBBR-23: appendix A.2: a slow application hides the plateau; losses above 2 % at six moments do not.
  it('ends by a round of losses above the threshold, even when the application is slow', () => {
    const { path, model, reach: go } = start({ loss: 0.25, seed: 5 });
    path.appRate = 600_000;
    go(BbrState.drain);
    expect(model.isFullBwReached).toBe(true);
    expect(model.inflightLongTerm).toBeGreaterThanOrEqual(4 * MSS);
    expect(model.inflightLongTerm).toBeLessThan(Number.POSITIVE_INFINITY);
  });

  it('does not end by one burst of losses', () => {
    const { path, model } = start({ rate: 1e8, queueBytes: 1e7 });
    path.runFor(130_000);
    path.dropNext = 8;
    path.runFor(110_000);
    expect(path.dropped).toBe(8);
    expect(model.state).toBe(BbrState.startup);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.1.3 RBBR-23: without SACK a round shows one loss at most, so that one is enough.
  it('ends by any loss in recovery without SACK', () => {
    const { path, model } = start({ rate: 1e8, queueBytes: 1e7, hasSack: false });
    path.runFor(130_000);
    path.dropNext = 1;
    path.runFor(110_000);
    expect(model.isFullBwReached).toBe(true);
  });

  // draft-ietf-ccwg-bbr-05 §4.1.2.4 RBBR-14: samples of an application with too little to say prove no plateau.
  it('goes on for as long as the application is the bottleneck', () => {
    const { path, model } = start();
    path.appRate = 200_000;
    path.runFor(4_500_000);
    expect(model.state).toBe(BbrState.startup);
    expect(model.fullBwCount).toBe(0);
  });
});

describe('Drain', () => {
  // draft-ietf-ccwg-bbr-05 §5.3.2 RBBR-24: appendix A.3.
  it('empties the queue that Startup made, and no more', () => {
    const { path, model, tcb, reach: go } = start();
    go(BbrState.drain);
    expect(path.flight).toBeGreaterThan(1.5 * path.trueBdp);
    path.runUntil(() => model.state !== BbrState.drain);
    expect(model.isInProbeBw).toBe(true);
    expect(path.flight).toBeLessThanOrEqual(inflightFor(tcb, model, model.bw, 1));
    expect(path.flight).toBeGreaterThan(0.8 * path.trueBdp);
  });

  // Appendix A.4: the rate was taken too high, so the flight does not come down.
  it('ends after three rounds when the queue does not empty', () => {
    const { path, model, tcb, reach: go } = start();
    go(BbrState.drain);
    const rounds: number[] = [];
    setFlight(tcb, 90_000);
    for (; model.state === BbrState.drain; model.roundCount++) {
      checkDrainDone(path.env, tcb, model);
      rounds.push(model.roundCount - model.drainStartRound);
    }
    expect(rounds).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('ProbeBW', () => {
  // draft-ietf-ccwg-bbr-05 §2 RBBR-3, RBBR-4: the gains.
  // draft-ietf-ccwg-bbr-05 §5.3.3 RBBR-26, RBBR-28: and the table of section 5.6.1.
  it('goes Down, Cruise, Refill, Up and Down again, with the gains of each', () => {
    const { path, bbr, model } = start();
    const gains = new Map<number, string>();
    reach(path, bbr, BbrState.probeCruise);
    const states = [model.state];
    path.runFor(3_500_000, () => {
      gains.set(model.state, `${model.pacingGain} ${model.cwndGain}`);
      if (states.at(-1) !== model.state) states.push(model.state);
    });
    expect(states.slice(0, 5)).toEqual([3, 4, 5, 2, 3]);
    expect(Object.fromEntries(gains)).toEqual({ 2: '0.9 2', 3: '1 2', 4: '1 2', 5: '1.25 2.25' });
  });

  // draft-ietf-ccwg-bbr-05 §5.3.3.3 RBBR-27: Refill forgets the short term and lasts one round trip.
  it('refills for one round without regard to the short-term bounds', () => {
    const { path, model, reach: go } = start({ loss: 0.01 });
    go(BbrState.probeCruise);
    path.runUntil(() => model.inflightShortTerm < Number.POSITIVE_INFINITY);
    go(BbrState.probeRefill);
    expect(model.inflightShortTerm).toBe(Number.POSITIVE_INFINITY);
    expect(model.bwShortTerm).toBe(Number.POSITIVE_INFINITY);
    const round = model.roundCount;
    path.runUntil(() => model.state !== BbrState.probeRefill);
    expect(model.state).toBe(BbrState.probeUp);
    expect(model.roundCount).toBe(round + 1);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.3.1 RBBR-25: appendix A.8.
  it('leaves Down only when the queue is empty', () => {
    const { path, model, tcb, reach: go } = start();
    go(BbrState.probeUp);
    go(BbrState.probeDown);
    expect(path.flight).toBeGreaterThan(inflightFor(tcb, model, model.maxBw, 1));
    go(BbrState.probeCruise);
    expect(path.flight).toBeLessThanOrEqual(inflightFor(tcb, model, model.maxBw, 1));
  });

  // Appendix A.9: when the path has become slower, Down does not last for ever.
  it('probes again from Down when the time has come', () => {
    const { path, model, reach: go } = start({ rate: 625_000, rtpropUs: 20_000 });
    go(BbrState.probeUp);
    go(BbrState.probeDown);
    path.rtpropUs = 500_000;
    const from = path.nowUs;
    path.runUntil(() => model.state !== BbrState.probeDown, path.nowUs + 4_000_000);
    expect(model.state).toBe(BbrState.probeRefill);
    expect(path.nowUs - from).toBeGreaterThan(model.probeWaitUs);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.3.5.3 RBBR-31: two to three seconds, drawn anew for each cycle.
  it('waits two to three seconds between probes of a wide path', () => {
    const waits: number[] = [];
    for (let seed = 1; seed <= 6; seed++) {
      const { path, model, reach: go } = start({ rate: 12_500_000, rtpropUs: 100_000, queueBytes: 2e6, seed });
      go(BbrState.probeRefill);
      waits.push((path.nowUs - model.cycleStampUs) / 1e6);
    }
    for (const wait of waits) {
      expect(wait).toBeGreaterThan(2);
      expect(wait).toBeLessThan(3.01);
    }
    expect(new Set(waits.map((wait) => wait.toFixed(2))).size).toBeGreaterThan(3);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.3.5.3 RBBR-31: on a narrow path, as many rounds as the path holds segments, 63 at most.
  it.each([
    ['as many round trips as segments fit', 1_250_000, 10_000, 12],
    ['63 round trips', 12_500_000, 10_000, 63],
  ])('waits %s between probes where a Reno flow would be back by then', (_, rate, rtpropUs, rounds) => {
    const { model, reach: go } = start({ rate, rtpropUs });
    go(BbrState.probeCruise);
    go(BbrState.probeRefill);
    expect(model.roundsSinceProbeUp).toBeGreaterThanOrEqual(Math.min(63, Math.floor((rate * rtpropUs) / 1e6 / MSS)));
    expect(model.roundsSinceProbeUp).toBeLessThanOrEqual(rounds + 4);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.3.4 RBBR-30: appendix A.5.
  it('leaves Up when the rate has not grown for three rounds', () => {
    const { model, reach: go } = start();
    go(BbrState.probeUp);
    const round = model.roundCount;
    go(BbrState.probeDown);
    expect(model.isFullBwNow).toBe(true);
    expect(model.roundCount).toBe(round + 3);
  });

  // Appendix A.7.
  it('stays in Up while the application is the bottleneck and nothing is lost', () => {
    const { path, model, reach: go } = start();
    go(BbrState.probeUp);
    path.appRate = 300_000;
    path.runFor(1_000_000);
    expect(model.state).toBe(BbrState.probeUp);
  });

  // Appendix A.15: ten times the rate is found in a few rounds of probing.
  it('finds a path that has become ten times as wide', () => {
    const { path, model, reach: go } = start({ queueBytes: 1e6 });
    go(BbrState.probeCruise);
    path.rate *= 10;
    const rounds = model.roundCount;
    expect(path.runUntil(() => model.maxBw > 0.95 * path.rate, path.nowUs + 10_000_000)).toBe(true);
    expect(model.roundCount - rounds).toBeLessThan(120);
  });

  // draft-ietf-ccwg-bbr-05 §2.10 RBBR-6: two cycles remember the old rate, no more.
  it('believes in a path that has become ten times as narrow after two cycles', () => {
    const { path, model, reach: go } = start({ rate: 12_500_000, queueBytes: 500_000 });
    go(BbrState.probeCruise);
    path.rate /= 10;
    expect(path.runUntil(() => model.bwShortTerm < 5 * path.rate, path.nowUs + 3_000_000)).toBe(true);
    expect(path.runUntil(() => model.maxBw < 1.05 * path.rate, path.nowUs + 12_000_000)).toBe(true);
  });
});

describe('ProbeRTT', () => {
  // draft-ietf-ccwg-bbr-05 §5.3.4 RBBR-34, RBBR-35, RBBR-37: out of it into Cruise.
  // draft-ietf-ccwg-bbr-05 §5.6.4.5 RBBR-51: half.
  // draft-ietf-ccwg-bbr-05 §2.13.2 RBBR-9: five seconds without a new minimum, then half the flight for 200 ms and a round.
  it('halves the flight for 200 ms after five seconds without a shorter round trip', () => {
    const { path, model, tcb, reach: go } = start();
    go(BbrState.probeRtt);
    expect(model.probeRttMinStampUs).toBe(path.nowUs);
    expect(path.nowUs).toBeGreaterThan(6_000_000);
    expect(tcb.cwnd).toBe(Math.floor(probeRttCwnd(tcb, model)));
    expect(tcb.cwnd).toBeLessThan(0.52 * path.trueBdp);
    const saved = model.priorCwnd;
    let smallUs = 0;
    path.runUntil(
      () => model.state !== BbrState.probeRtt,
      undefined,
      () => {
        if (smallUs === 0 && path.flight <= probeRttCwnd(tcb, model)) smallUs = path.nowUs;
      },
    );
    expect(path.nowUs - smallUs).toBeGreaterThan(200_000);
    expect(path.nowUs - smallUs).toBeLessThan(250_000);
    // Draft section 5.3.4.4: straight to Cruise, with the window of before.
    expect(model.state).toBe(BbrState.probeCruise);
    expect(tcb.cwnd).toBeGreaterThanOrEqual(Math.min(saved, Math.floor(path.trueBdp)));
    expect(model.inflightShortTerm).toBe(Number.POSITIVE_INFINITY);
  });

  // draft-ietf-ccwg-bbr-05 §2.13.1 RBBR-8: ten seconds.
  it('learns the round trip of a path that has become longer, and only in ProbeRTT', () => {
    const { path, model, reach: go } = start();
    go(BbrState.probeCruise);
    path.rtpropUs = 60_000;
    path.runFor(3_000_000);
    expect(model.minRttUs).toBeLessThan(42_000);
    // The window of ten seconds must pass, ProbeRTT comes twice.
    path.runFor(12_000_000);
    expect(model.minRttUs).toBeGreaterThan(59_000);
    expect(model.minRttUs).toBeLessThan(65_000);
  });

  it('marks its slow samples as limited, so that they lower nothing', () => {
    const { path, model, tcb, reach: go } = start();
    go(BbrState.probeRtt);
    const { maxBw } = model;
    path.runFor(50_000);
    expect(tcb.appLimitedUntil).toBeGreaterThan(tcb.delivered);
    reach(path, path.control as Bbr, BbrState.probeCruise);
    expect(model.maxBw).toBe(maxBw);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.4.3 RBBR-34: nothing was in the queue while nothing was sent.
  it('does not come after five seconds of silence', () => {
    const { path, bbr, model, reach: go } = start();
    go(BbrState.probeCruise);
    path.isPaused = true;
    path.runFor(7_000_000);
    expect(path.flight).toBe(0);
    path.isPaused = false;
    expect(statesOf(path, bbr, 3_000_000)).not.toContain(BbrState.probeRtt);
    expect(model.isIdleRestart).toBe(false);
  });

  // draft-ietf-ccwg-bbr-05 §5.4.1 RBBR-38: a flow that fell idle in ProbeRTT need not come back to it.
  it('is over when the flow was idle meanwhile', () => {
    const { path, model, tcb, reach: go } = start();
    go(BbrState.probeRtt);
    const prior = model.priorCwnd;
    path.runUntil(() => model.probeRttDoneUs > 0);
    path.isPaused = true;
    path.runFor(1_000_000);
    expect(model.state).toBe(BbrState.probeRtt);
    path.isPaused = false;
    path.runFor(1);
    expect(model.state).toBe(BbrState.probeCruise);
    expect(tcb.cwnd).toBe(prior);
  });

  // draft-ietf-ccwg-bbr-05 §5.3.4.4 RBBR-37: appendix A.20.
  it('returns to Startup when the pipe was never full', () => {
    const { path, bbr, model } = start();
    path.appRate = 200_000;
    expect(statesOf(path, bbr, 6_000_000)).toEqual([BbrState.startup, BbrState.probeRtt, BbrState.startup]);
    expect(model.isFullBwReached).toBe(false);
  });
});
