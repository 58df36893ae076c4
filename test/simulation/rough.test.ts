/**
 * Two stacks over a bad wire, from seeds: safety after every event (what is read is a prefix of what was written, whatever
 * waits has a timer, no offered window is taken back), then, on a healed wire, an end: everything arrives, both close,
 * nothing is left.
 */
import { describe, expect, it } from 'vitest';
import { RoughPair } from '../support/rough-pair.ts';
import { roughOptions, runSeed } from '../support/rough-plans.ts';

describe('two hosts over a bad wire', () => {
  const SEEDS_PER_TEST = 20;
  it.each(Array.from({ length: 12 }, (_, index) => index * SEEDS_PER_TEST + 1))('seeds from %i on', (first) => {
    for (let seed = first; seed < first + SEEDS_PER_TEST; seed++) {
      try {
        runSeed(roughOptions(seed));
      } catch (error) {
        throw new Error(`seed ${seed}: ${String(error)} ${JSON.stringify(roughOptions(seed))}`, { cause: error });
      }
    }
  });

  it('the same seed sends the same octets at the same hours', () => {
    for (const seed of [3, 14, 15]) {
      const first = runSeed(roughOptions(seed));
      const second = runSeed(roughOptions(seed));
      expect([second.trace, second.framesSent]).toEqual([first.trace, first.framesSent]);
    }
    expect(runSeed(roughOptions(3)).trace).not.toBe(runSeed(roughOptions(14)).trace);
  });

  it('a copy made in the middle runs as the original does', () => {
    for (const seed of [1, 2, 5, 8, 21, 34, 55]) {
      const original = new RoughPair(roughOptions(seed));
      original.run(original.nowUs + 400_000);
      const copy = original.clone();
      const before = copy.framesSent;
      original.run(original.nowUs + 6_000_000);
      expect(copy.framesSent, 'the copy stands still while the original runs').toBe(before);
      copy.run(copy.nowUs + 6_000_000);
      expect([copy.trace, copy.framesSent, copy.nowUs]).toEqual([original.trace, original.framesSent, original.nowUs]);
      expect(copy.describe()).toBe(original.describe());
    }
  });
});
