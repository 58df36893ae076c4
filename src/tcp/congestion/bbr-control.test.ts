/** The three numbers BBRv3 sets on each acknowledgment: rate, burst and window (draft-ietf-ccwg-bbr-06 sections 5.4 to 5.6). */
import { describe, expect, it } from 'vitest';
import { BottleneckPath, MSS, type PathOptions } from '../../../test/support/bottleneck-path.ts';
import { Bbr } from './bbr.ts';
import { BbrState } from './bbr-model.ts';

/** 10 Mbit/s, 40 ms: 50,000 octets fill it. */
const PATH: PathOptions = { rate: 1_250_000, rtpropUs: 40_000, queueBytes: 100_000 };

function start(options: Partial<PathOptions> = {}) {
  const bbr = new Bbr();
  const path = new BottleneckPath(bbr, { ...PATH, ...options });
  const { model } = bbr;
  const reach = (state: number) => expect(path.runUntil(() => model.state === state)).toBe(true);
  return { model, tcb: path.tcb, path, reach };
}

describe('the numbers it sets', () => {
  // draft-ietf-ccwg-bbr-05 §5.4.1 RBBR-38: at the rate of the path, not above.
  it('starts after a pause at the rate of the path, with the window it had', () => {
    const { path, model, tcb, reach: go } = start();
    go(BbrState.probeCruise);
    path.isPaused = true;
    path.runFor(500_000);
    const { cwnd } = tcb;
    model.pacingGain = 1.25;
    path.isPaused = false;
    path.runFor(1);
    expect(model.isIdleRestart).toBe(true);
    expect(tcb.pacingRate).toBeCloseTo(0.99 * model.bw, 3);
    expect(tcb.cwnd).toBe(cwnd);
  });

  // draft-ietf-ccwg-bbr-05 §5.6.4 RBBR-49, RBBR-52: appendix A.14.
  it('keeps four segments in flight on a path that holds less than one', () => {
    const { path, model, tcb, reach: go } = start({ rate: 8_000, rtpropUs: 20_000, queueBytes: 30_000 });
    go(BbrState.probeCruise);
    path.runFor(20_000_000);
    expect(tcb.cwnd).toBeGreaterThanOrEqual(4 * MSS);
    // Three quanta of two segments are the offload budget of section 5.5.8.1; four segments of queue are part of every round trip.
    expect(tcb.cwnd).toBeLessThanOrEqual(12 * MSS);
    expect(model.maxBw / path.rate).toBeCloseTo(1, 2);
    expect(tcb.pacingRate / path.rate).toBeLessThan(1.25);
  });

  // draft-ietf-ccwg-bbr-05 §5.5.9 RBBR-41: appendix A.12 and A.13.
  // draft-ietf-ccwg-bbr-05 §2.11 RBBR-7: the most of ten rounds.
  it('widens the window by what acknowledgments bring at once', () => {
    const { path, model, tcb, reach: go } = start({ ackSlotUs: 20_000 });
    go(BbrState.probeCruise);
    path.runFor(1_500_000);
    expect(model.extraAckedFilter.value).toBeGreaterThan(0.25 * path.trueBdp);
    const before = tcb.delivered;
    path.runFor(3_000_000);
    expect((tcb.delivered - before) / 3 / path.rate).toBeGreaterThan(0.9);
  });

  // draft-ietf-ccwg-bbr-05 §5.6.3 RBBR-47, RBBR-48: by the rate.
  it.each([
    [8_000, 200_000, 2 * MSS],
    [12_500_000, 2_000, 12_500],
    [1_250_000_000, 2_000, 65_536],
  ])('sends %i octets per second over %i us in bursts of about %i', (rate, rtpropUs, quantum) => {
    const { path, tcb } = start({ rate, rtpropUs, queueBytes: 3 * rate * 0.002 + 50_000 });
    path.runFor(rate > 1e8 ? 60_000 : rate < 1e4 ? 20_000_000 : 2_000_000);
    expect(tcb.sendQuantum / quantum).toBeGreaterThan(0.95);
    expect(tcb.sendQuantum / quantum).toBeLessThan(1.4);
  });

  // draft-ietf-ccwg-bbr-05 §5.5.5 RBBR-40: a slow application teaches nothing about the path.
  it('does not believe the rates of a slow application', () => {
    const { path, model, reach: go } = start();
    go(BbrState.probeRefill);
    const { maxBw } = model;
    path.appRate = 100_000;
    path.runFor(1_500_000);
    expect(model.maxBw).toBe(maxBw);
  });

  it('never asks for more than the clamp', () => {
    const { path, tcb } = start();
    tcb.cwndClamp = 20 * MSS;
    let most = 0;
    path.runFor(3_000_000, () => {
      most = Math.max(most, tcb.cwnd);
    });
    expect(most).toBe(20 * MSS);
  });
});
