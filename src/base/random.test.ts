/** The seeded sources: repeatable, spread, two streams that never touch. */
import { describe, expect, it } from 'vitest';
import { SeededGenerator, SeededRandom } from './random.ts';
import { cloneGraph } from './snapshot.ts';

function take(count: number, draw: () => number): number[] {
  return Array.from({ length: count }, draw);
}

describe('SeededGenerator', () => {
  it('repeats itself for one seed and differs between seeds, also beyond 32 bits', () => {
    const of = (seed: number): number[] => {
      const generator = new SeededGenerator(seed);
      return take(8, () => generator.nextInt32());
    };
    expect(of(7)).toEqual(of(7));
    const seeds = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, 2 ** 52];
    expect(new Set(seeds.map((seed) => of(seed).join())).size).toBe(seeds.length);
  });

  it('spreads: every bit is set about half of the time, every bucket is met', () => {
    const generator = new SeededGenerator(42);
    const ones = new Array<number>(32).fill(0);
    const draws = 4000;
    for (let draw = 0; draw < draws; draw++) {
      const value = generator.nextInt32();
      expect(value).toBe(value | 0);
      for (let bit = 0; bit < 32; bit++) ones[bit] = (ones[bit] ?? 0) + ((value >>> bit) & 1);
    }
    for (const count of ones) expect(Math.abs(count / draws - 0.5)).toBeLessThan(0.05);
    const buckets = new Set(take(500, () => generator.nextBelow(10)));
    expect([...buckets].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(take(100, () => generator.nextFraction()).every((value) => value >= 0 && value < 1)).toBe(true);
    expect(generator.nextBelow(1)).toBe(0);
  });
});

describe('SeededRandom', () => {
  it('has two streams, neither moved by the other', () => {
    const left = new SeededRandom(1);
    const right = new SeededRandom(1);
    take(50, () => left.publicInt32());
    expect(take(4, () => left.secretInt32())).toEqual(take(4, () => right.secretInt32()));
    const both = new SeededRandom(9);
    expect(take(4, () => both.publicInt32())).not.toEqual(take(4, () => both.secretInt32()));
  });

  it('goes on from a snapshot', () => {
    const random = new SeededRandom(3);
    take(5, () => random.publicInt32());
    const copy = cloneGraph(random);
    expect(take(5, () => copy.publicInt32())).toEqual(take(5, () => random.publicInt32()));
  });
});
