/** Every mechanism changes its number: both plays of each pair, with several seeds. */
import { describe, expect, it } from 'vitest';
import { NodeTcpAuth } from '../../node/tcp-auth.ts';
import { playScene } from '../scene.ts';
import { MECHANISM_PAIRS } from './index.ts';

const auth = new NodeTcpAuth();
const SEEDS = [1, 2, 20_261_121];

describe('mechanisms', () => {
  it.each(MECHANISM_PAIRS.map((pair) => [pair.mechanism.id, pair] as const))('%s changes its number', (id, pair) => {
    const { measure } = pair.mechanism;
    // What is promised is a difference worth a story: the bounds lie apart, in the promised direction.
    const [less, more] =
      measure.better === 'smaller' ? [measure.with, measure.without] : [measure.without, measure.with];
    expect(more, id).toBeGreaterThan(less * 1.15);
    for (const seed of SEEDS) {
      const [on, off] = [playScene(pair.on, { seed, auth }), playScene(pair.off, { seed, auth })];
      const [small, large] = measure.better === 'smaller' ? [on, off] : [off, on];
      const seen = { id, seed, on: on.measured?.value, off: off.measured?.value };
      expect.soft({ ...seen, ok: (small.measured?.value ?? Number.NaN) <= less }).toEqual({ ...seen, ok: true });
      expect.soft({ ...seen, ok: (large.measured?.value ?? Number.NaN) >= more }).toEqual({ ...seen, ok: true });
    }
  });
});
