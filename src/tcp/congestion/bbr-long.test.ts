/** BBRv3 over whole runs: what holds after every acknowledgment, clocks that wrap, snapshots, and a minute of cycles. */
import { describe, expect, it } from 'vitest';
import { BottleneckPath, MSS } from '../../../test/support/bottleneck-path.ts';
import { SeededGenerator } from '../../base/random.ts';
import { cloneGraph } from '../../base/snapshot.ts';
import { Bbr } from './bbr.ts';
import { inflightBound } from './bbr-bounds.ts';
import { BbrState, probeRttCwnd } from './bbr-model.ts';

const TEN_MBIT = { rate: 1_250_000, rtpropUs: 40_000, queueBytes: 60_000 };

/** All that a run has decided, as one line. */
function digest(path: BottleneckPath): string {
  const { tcb } = path;
  const { model } = path.control as Bbr;
  return JSON.stringify([
    path.nowUs - (path.options.startUs ?? 0),
    tcb.cwnd,
    tcb.pacingRate,
    path.flight,
    model.state,
    model.roundCount,
    model.bw,
    model.minRttUs,
    model.inflightLongTerm,
    model.inflightShortTerm,
    path.dropped,
  ]);
}

describe('whatever the path does', () => {
  it.each(Array.from({ length: 24 }, (_, index) => index + 1))('the window keeps to its bounds, seed %i', (seed) => {
    const random = new SeededGenerator(seed);
    const rate = 10_000 * 10 ** (3 * random.nextFraction());
    const rtpropUs = Math.round(500 * 10 ** (2.8 * random.nextFraction()));
    const bbr = new Bbr();
    const path = new BottleneckPath(bbr, {
      rate,
      rtpropUs,
      queueBytes: MSS + rate * 0.2 * random.nextFraction(),
      loss: random.nextBelow(2) * 0.1 * random.nextFraction(),
      ackSlotUs: random.nextBelow(3) === 0 ? 8_000 : 0,
      isBursty: random.nextBelow(2) === 0,
      hasSack: random.nextBelow(5) !== 0,
      markBytes: random.nextBelow(4) === 0 ? 5_000 : Number.POSITIVE_INFINITY,
      seed,
    });
    const { tcb } = path;
    const broken: string[] = [];
    for (let change = 0; change < 8; change++) {
      path.runFor(random.nextBelow(1_500_000), () => {
        const { model } = bbr;
        const isWindowGood = tcb.cwnd >= 4 * MSS && tcb.cwnd <= inflightBound(tcb, model) && Number.isInteger(tcb.cwnd);
        const isRateGood = tcb.pacingRate >= MSS && tcb.pacingRate < 2 ** 40 && model.bw <= model.maxBw;
        const isQuantumGood = tcb.sendQuantum >= 2 * MSS && tcb.sendQuantum <= 65_536;
        if (isWindowGood && isRateGood && isQuantumGood) return;
        broken.push(
          `seed ${seed}, ${path.nowUs} us, state ${model.state}: ${tcb.cwnd} ${tcb.pacingRate} ${tcb.sendQuantum}`,
        );
      });
      path.isPaused = random.nextBelow(5) === 0;
      path.appRate = random.nextBelow(3) === 0 ? rate * random.nextFraction() + 1_000 : Number.POSITIVE_INFINITY;
      path.rate = rate * (0.3 + random.nextFraction());
      path.rtpropUs = Math.round(rtpropUs * (0.5 + random.nextFraction()));
      if (random.nextBelow(4) === 0) path.dropNext = random.nextBelow(60);
    }
    expect(broken).toEqual([]);
    expect(tcb.delivered).toBeGreaterThan(0);
  });
});

describe('clocks and counters that wrap', () => {
  // The hour inside is an int32 of microseconds: it turns negative after 36 minutes and starts again after 71.
  it.each([
    ['2^31 us', 2 ** 31 - 3_000_000],
    ['2^32 us', 2 ** 32 - 3_000_000],
    ['2^32 ms', 2 ** 32 * 1_000 - 3_000_000],
  ])('pass %s without a trace', (_, startUs) => {
    const plain = new BottleneckPath(new Bbr(), { ...TEN_MBIT, startUs: 1_000_000 });
    const wrapping = new BottleneckPath(new Bbr(), { ...TEN_MBIT, startUs });
    plain.runFor(8_000_000);
    wrapping.runFor(8_000_000);
    const [plainState, wrapped] = [plain, wrapping].map((path) => (path.control as Bbr).model);
    expect(wrapped?.state).toBe(plainState?.state);
    expect(wrapping.tcb.delivered / plain.tcb.delivered).toBeCloseTo(1, 2);
    expect(wrapped?.minRttUs).toBe(plainState?.minRttUs);
  });

  it('an idle hour is not mistaken for the future', () => {
    const bbr = new Bbr();
    const path = new BottleneckPath(bbr, TEN_MBIT);
    path.runFor(3_000_000);
    path.isPaused = true;
    path.runFor(2 ** 31 + 5_000_000);
    path.isPaused = false;
    const before = path.tcb.delivered;
    path.runFor(4_000_000);
    expect((path.tcb.delivered - before) / 4 / path.rate).toBeGreaterThan(0.9);
    expect(bbr.model.isInProbeBw).toBe(true);
  });
});

describe('snapshots', () => {
  it.each([
    ['Startup', BbrState.startup],
    ['Drain', BbrState.drain],
    ['Cruise', BbrState.probeCruise],
    ['Up', BbrState.probeUp],
    ['ProbeRTT', BbrState.probeRtt],
  ])('taken in %s go on as the original does', (_, state) => {
    const bbr = new Bbr();
    const path = new BottleneckPath(bbr, { ...TEN_MBIT, loss: 0.005 });
    path.runUntil(() => bbr.model.state === state && path.tcb.delivered > 100 * MSS);
    const copy = cloneGraph(path);
    const lines: string[] = [];
    path.runFor(2_000_000, () => lines.push(digest(path)));
    const copied: string[] = [];
    copy.runFor(2_000_000, () => copied.push(digest(copy)));
    expect(lines.length).toBeGreaterThan(500);
    expect(copied).toEqual(lines);
  });
});

// draft-ietf-ccwg-bbr-05 §5.3.3 RBBR-32: the filter of two cycles moves on.
// draft-ietf-ccwg-bbr-05 §5.3.4.2 RBBR-36: a dip each five seconds, a probe each two to three (or 63 rounds), 98 % of the rate.
it('a minute shows a dip of ProbeRTT each five seconds, cycles between, and 95 % of the rate', () => {
  const bbr = new Bbr();
  const path = new BottleneckPath(bbr, { rate: 5_000_000, rtpropUs: 40_000, queueBytes: 200_000, isBursty: true });
  const visits = [0, 0, 0, 0, 0, 0, 0];
  const dips: number[] = [];
  let state = -1;
  let smallest = Number.POSITIVE_INFINITY;
  path.runFor(60_000_000, () => {
    const { model } = bbr;
    if (model.state === BbrState.probeRtt) smallest = Math.min(smallest, path.flight);
    if (model.state === state) return;
    state = model.state;
    visits[state] = (visits[state] ?? 0) + 1;
    if (state !== BbrState.probeRtt) return;
    dips.push(path.nowUs);
    expect(path.tcb.cwnd).toBe(Math.floor(probeRttCwnd(path.tcb, model)));
  });
  for (let dip = 1; dip < dips.length; dip++) {
    const gapUs = (dips[dip] as number) - (dips[dip - 1] as number);
    expect(gapUs).toBeGreaterThan(5_000_000);
    expect(gapUs).toBeLessThan(5_600_000);
  }
  expect(dips.length).toBeGreaterThanOrEqual(10);
  expect(smallest).toBeLessThan(0.55 * path.trueBdp);
  expect(visits[BbrState.startup]).toBe(1);
  expect(visits[BbrState.drain]).toBe(1);
  expect(visits[BbrState.probeUp]).toBeGreaterThanOrEqual(15);
  expect(path.tcb.delivered / 60 / path.rate).toBeGreaterThan(0.95);
  expect(path.queueUsSum / path.acks).toBeLessThan(15_000);
});
