/** Two CUBIC flows through one bottleneck, the second ten seconds late: the late one gets its share (RFC 9438 section 5.2). */
import { expect, it } from 'vitest';
import { Race } from '../../src/sim/race.ts';

const SEEDS = 10;

it('over the last 60 of 180 s the fairness index is 0.95 or better, median of ten seeds', () => {
  const indexes = Array.from({ length: SEEDS }, (_, index) => {
    const race = new Race({
      flows: [{ control: 'cubic' }, { control: 'cubic', startMs: 10_000 }],
      rateBps: 20e6,
      rttMs: 40,
      durationMs: 180_000,
      windowMs: 60_000,
      intervalMs: 1_000,
      // A little jitter, so that two deterministic senders do not march in step.
      impairments: { jitterMs: 0.5 },
      seed: index + 1,
    });
    return race.run().summary.windowFairness?.index ?? 0;
  }).sort((a, b) => a - b);
  const median = ((indexes[SEEDS / 2 - 1] ?? 0) + (indexes[SEEDS / 2] ?? 0)) / 2;
  console.log(
    `fairness of two CUBIC flows: median ${median.toFixed(3)}, ${indexes.map((each) => each.toFixed(3)).join(' ')}`,
  );
  expect(median).toBeGreaterThanOrEqual(0.95);
});
