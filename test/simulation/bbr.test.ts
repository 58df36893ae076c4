/**
 * BBRv3 on whole stacks in virtual time (draft-ietf-ccwg-bbr-06): how much of a path it uses, how much queue it makes, and the
 * dips of ProbeRTT. Goodput is counted from the second second on: Startup is tested elsewhere.
 */
import { describe, expect, it } from 'vitest';
import { Bbr } from '../../src/tcp/congestion/bbr.ts';
import { BbrState } from '../../src/tcp/congestion/bbr-model.ts';
import { BulkFlow } from '../support/bulk-flow.ts';

const MTU = 1_500;
const PAYLOAD = 1_448;

/** An endless flow over a drop-tail queue of one bandwidth-delay product, 32 packets at least. */
function flowOver(rateBps: number, rttMs: number, loss: number): { flow: BulkFlow; bbr: Bbr } {
  const queuePackets = Math.max(32, Math.ceil((rateBps * rttMs) / 8e3 / MTU));
  const settings = { congestion_control: 'bbr' };
  const flow = new BulkFlow({ seed: 7, bytes: 2 ** 40, delayMs: rttMs / 2, rateBps, queuePackets, loss, settings });
  const bbr = flow.tcb.congestion;
  if (!(bbr instanceof Bbr)) throw new Error('another congestion control');
  return { flow, bbr };
}

describe('one flow at 20 Mbit/s', () => {
  it.each([
    [5, 0, 0.9],
    [5, 0.01, 0.85],
    [40, 0, 0.9],
    [40, 0.001, 0.87],
    // Draft section 5.3.3.8.3: up to 63 rounds of Cruise, each of which gives up what it lost.
    [40, 0.01, 0.8],
    [100, 0, 0.9],
    [100, 0.01, 0.8],
  ])('round trip %i ms, loss %d: uses %d of it, and three fifths of the queue at most', (rttMs, loss, share) => {
    const { flow } = flowOver(20e6, rttMs, loss);
    flow.run(2_000);
    const before = flow.tcb.bytesAcked;
    let queueUs = 0;
    let samples = 0;
    let rttUs = 0;
    flow.run(14_000, () => {
      if (flow.tcb.srttUs === rttUs) return;
      rttUs = flow.tcb.srttUs;
      queueUs += rttUs - rttMs * 1_000;
      samples++;
    });
    const bytesPerSecond = (flow.tcb.bytesAcked - before) / 12;
    expect((bytesPerSecond * MTU * 8) / PAYLOAD / 20e6).toBeGreaterThan(share);
    // One bandwidth-delay product is one round trip of queue; 32 packets are 19 ms.
    expect(queueUs / samples).toBeLessThan(0.6 * Math.max(rttMs * 1_000, 19_200));
  });
});

// Draft sections 5.3.4 and 5.3.3.8.
it('a minute shows ProbeRTT every five seconds or a little later, cycles of bandwidth probing between, and no timeout', () => {
  const { flow, bbr } = flowOver(5e6, 60, 0);
  const { model } = bbr;
  const dipsMs: number[] = [];
  const visits = new Map<number, number>();
  let state = -1;
  let smallest = Number.POSITIVE_INFINITY;
  flow.run(60_000, () => {
    if (model.state === BbrState.probeRtt) smallest = Math.min(smallest, flow.tcb.scoreboard?.inFlight ?? 0);
    if (model.state === state) return;
    state = model.state;
    visits.set(state, (visits.get(state) ?? 0) + 1);
    if (state === BbrState.probeRtt) dipsMs.push(flow.network.nowMs);
  });
  const gapsMs = dipsMs.slice(1).map((ms, dip) => ms - (dipsMs[dip] ?? 0));
  // A round trip shorter than the last dip's puts the next one off.
  expect(dipsMs.length).toBeGreaterThanOrEqual(7);
  expect(Math.min(...gapsMs)).toBeGreaterThan(5_000);
  expect(Math.max(...gapsMs)).toBeLessThan(10_000);
  // Half of what fills the path.
  expect(smallest).toBeLessThanOrEqual(0.55 * ((5e6 / 8) * 0.06));
  expect(visits.get(BbrState.startup)).toBe(1);
  // Between two dips there is time for one whole cycle, and a second one that the next dip may cut short.
  for (const phase of [BbrState.probeCruise, BbrState.probeRefill, BbrState.probeUp])
    expect(visits.get(phase)).toBeGreaterThanOrEqual(dipsMs.length - 1);
  expect((flow.tcb.bytesAcked * 8 * MTU) / PAYLOAD / 60).toBeGreaterThan(0.92 * 5e6);
  expect(flow.stack.counters.tcpExt.TCPTimeouts).toBe(0);
});
