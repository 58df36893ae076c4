/** Races: what is promised of the engine, whatever the congestion controls do. */
import { describe, expect, it } from 'vitest';
import { ArgumentError } from '../base/errors.ts';
import { Race } from './race.ts';
import { raceCsv } from './race-csv.ts';
import { planRace, type RaceOptions, raceControls } from './race-options.ts';
import { jainIndex, spreadOf } from './race-result.ts';

const PAIR: RaceOptions = {
  flows: [{ control: 'reno' }, { control: 'reno', startMs: 500 }],
  rateBps: 10e6,
  rttMs: 20,
  durationMs: 6000,
};

describe('a race', () => {
  it('gives the same result for the same options, another one for another seed', () => {
    const options = { ...PAIR, loss: 0.005, durationMs: 3000 };
    const first = JSON.stringify(new Race({ ...options, seed: 7 }).run());
    expect(JSON.stringify(new Race({ ...options, seed: 7 }).run())).toBe(first);
    expect(JSON.stringify(new Race({ ...options, seed: 8 }).run())).not.toBe(first);
  });

  it('never exceeds the rate of the link, and the flows together fill it', () => {
    const race = new Race({ ...PAIR, durationMs: 20_000, queue: { bdp: 2 } });
    const { timesMs, summary } = race.run();
    // What the receivers got until any moment cannot have left the bottleneck faster than its rate.
    for (const [at, timeMs] of timesMs.entries()) {
      const received = race.flows.reduce((sum, flow) => sum + (flow.receivedByTime[at] ?? 0), 0);
      expect(received * 8).toBeLessThanOrEqual((PAIR.rateBps * timeMs) / 1000);
    }
    // 1448 of 1500 octets are payload.
    expect(summary.bottleneck.utilization).toBeGreaterThan(0.75);
    expect(summary.bottleneck.utilization).toBeLessThanOrEqual(1448 / 1500);
    expect(summary.flows.reduce((sum, flow) => sum + (flow.share ?? 0), 0)).toBeCloseTo(1, 9);
  });

  it('is fair to two equal flows that start together', () => {
    const flows = [{ control: 'reno' }, { control: 'reno' }];
    const { summary } = new Race({ ...PAIR, flows, durationMs: 40_000, loss: 0.002, windowMs: 30_000 }).run();
    expect(summary.windowFairness?.fromMs).toBe(10_000);
    expect(summary.windowFairness?.index).toBeGreaterThan(0.9);
  });

  it('round-trip times are the line’s plus the flow’s own plus the queue’s', () => {
    const flows = [{ control: 'reno' }, { control: 'reno', extraRttMs: 30 }];
    const { summary, queue } = new Race({ ...PAIR, flows, queue: { packets: 40 } }).run();
    const [near, far] = summary.flows;
    expect(near?.minRttMs).toBeGreaterThanOrEqual(20);
    expect(near?.minRttMs).toBeLessThan(25);
    expect(far?.minRttMs).toBeGreaterThanOrEqual(50);
    expect(far?.minRttMs).toBeLessThan(55);
    // 40 packets of 1500 octets at 10 Mbit/s, and the one being sent.
    expect(Math.max(...queue.delayMs)).toBeLessThanOrEqual(41 * 1.2);
    expect(summary.bottleneck.queueDelayMs?.max).toBeGreaterThan(30);
    expect(near?.srttMs?.max).toBeLessThanOrEqual(20 + 41 * 1.2 + 5);
  });

  it('counts what the bottleneck drops and loses, and the flows send again', () => {
    const { summary, queue, flows } = new Race({ ...PAIR, loss: 0.01 }).run();
    const { queueDropped, lost } = summary.bottleneck;
    expect(lost).toBeGreaterThan(10);
    expect(sum(queue.lost)).toBe(lost);
    expect(sum(queue.dropped)).toBe(queueDropped);
    for (const [index, flow] of flows.entries()) {
      expect(sum(flow.retransmits)).toBe(summary.flows[index]?.retransmitted);
      expect(sum(flow.marks)).toBe(summary.flows[index]?.marks);
    }
    expect(sum(summary.flows.map((flow) => flow.retransmitted))).toBeGreaterThan((lost + queueDropped) / 2);
  });

  it('a flow starts when it is told, and may end before the others', () => {
    const flows = [
      { control: 'reno', bytes: 500_000 },
      { control: 'reno', startMs: 1000 },
    ];
    const result = new Race({ ...PAIR, flows }).run();
    const [first, second] = result.summary.flows;
    expect(first).toMatchObject({ phase: 'finished', receivedBytes: 500_000, error: null });
    expect(first?.finishedMs).toBeLessThan(6000);
    expect(second).toMatchObject({ phase: 'running', finishedMs: null });
    const before = result.timesMs.filter((timeMs) => timeMs < 1000).length;
    expect(result.flows[1]?.throughputBps.slice(0, before).every((bps) => bps === 0)).toBe(true);
    expect(result.flows[1]?.cwndBytes[before - 1]).toBeNull();
    expect(result.flows[1]?.cwndBytes.at(-1)).toBeGreaterThan(0);
  });

  it('ends when every flow is done, and tells no fairness of flows that never met', () => {
    const flows = [
      { control: 'reno', bytes: 20_000 },
      { control: 'reno', bytes: 20_000, startMs: 2000 },
    ];
    const result = new Race({ ...PAIR, flows, durationMs: 60_000 }).run();
    expect(result.nowMs).toBeLessThan(4000);
    expect(result.summary).toMatchObject({
      fairness: null,
      windowFairness: null,
      flows: [{ share: null }, { share: null }],
    });
  });

  it('takes a marking queue', () => {
    const { summary, plan } = new Race({ ...PAIR, marking: 'red' }).run();
    // A queue of 32 packets: marks from a sixth of it.
    expect(plan.marking).toEqual({ kind: 'red', minBytes: 8000, maxBytes: 24_000 });
    // Whoever is not ECN-capable is dropped instead.
    expect(summary.bottleneck.marked + summary.bottleneck.queueDropped).toBeGreaterThan(0);
    expect(summary.bottleneck.queueDelayMs?.mean).toBeLessThan(20);
  });

  it('is plain data: JSON and back changes nothing, CSV has a line per sample and flow', () => {
    const result = new Race({ ...PAIR, durationMs: 1000 }).run();
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    const lines = raceCsv(result).trimEnd().split('\n');
    expect(lines).toHaveLength(1 + 2 * result.timesMs.length);
    expect(new Set(lines.map((line) => line.split(',').length)).size).toBe(1);
    expect(lines[0]).toMatch(/^time_s,flow,control,cwnd_bytes,/);
    expect(lines[1]).toMatch(/^0\.1,1,(?:new)?reno,\d+,/);
    expect(lines[2]).toMatch(/^0\.1,2,(?:new)?reno,,/);
  });

  it('runs every control there is, eight flows at once', () => {
    const names = raceControls().filter((name) => name !== 'none');
    const flows = Array.from({ length: 8 }, (_, index) => ({ control: names[index % names.length] ?? '' }));
    const { summary } = new Race({ ...PAIR, flows, durationMs: 3000 }).run();
    for (const flow of summary.flows) expect(flow).toMatchObject({ phase: 'running', error: null });
    expect(Math.min(...summary.flows.map((flow) => flow.receivedBytes))).toBeGreaterThan(0);
  });

  it.each<[string, Partial<RaceOptions>]>([
    ['flows', { flows: [{ control: 'reno' }] }],
    ['flows', { flows: Array.from({ length: 9 }, () => ({ control: 'reno' })) }],
    ['reno', { flows: [{ control: 'reno' }, { control: 'vegas' }] }],
    ['startMs', { flows: [{ control: 'reno' }, { control: 'reno', startMs: 6000 }] }],
    ['bytes', { flows: [{ control: 'reno' }, { control: 'reno', bytes: 0 }] }],
    ['rateBps', { rateBps: 0 }],
    ['rttMs', { rttMs: Number.NaN }],
    ['loss', { loss: 1.5 }],
    ['queue', { rateBps: 10e9, rttMs: 100 }],
    ['queue.packets', { queue: { packets: 0 } }],
    ['intervalMs', { intervalMs: 0 }],
    ['jitterMs', { impairments: { jitterMs: -1 } }],
  ])('refuses bad %s', (words, changes) => {
    expect(() => new Race({ ...PAIR, ...changes })).toThrow(ArgumentError);
    expect(() => new Race({ ...PAIR, ...changes })).toThrow(words);
  });

  it('a queue of one bandwidth-delay product holds 32 packets at least', () => {
    expect(planRace({ ...PAIR, rateBps: 100e6, rttMs: 40 }).queueBytes).toBe(500_000);
    expect(planRace({ ...PAIR, rateBps: 1e6, rttMs: 1 }).queueBytes).toBe(48_000);
    expect(planRace({ ...PAIR, queue: { packets: 7 } })).toMatchObject({ queuePackets: 7, queueBytes: 0 });
  });
});

describe('figures of a race', () => {
  it('Jain’s index is 1 for equals and 1/n when one has all', () => {
    expect(jainIndex([5, 5, 5])).toBeCloseTo(1, 12);
    expect(jainIndex([9, 0, 0])).toBeCloseTo(1 / 3, 12);
    expect(jainIndex([3, 1])).toBeCloseTo(16 / 20, 12);
    expect(jainIndex([0, 0])).toBe(1);
  });

  it('percentiles are by nearest rank', () => {
    const values = Array.from({ length: 100 }, (_, index) => 100 - index);
    expect(spreadOf(values)).toEqual({ mean: 50.5, p95: 95, p99: 99, max: 100 });
    expect(spreadOf([3])).toEqual({ mean: 3, p95: 3, p99: 3, max: 3 });
    expect(spreadOf([])).toBeNull();
  });
});

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
