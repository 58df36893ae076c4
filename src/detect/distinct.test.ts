/** Linear counting: how near the count comes, and that what was answered does not count. */
import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { TriedAndAnswered } from './distinct.ts';

const hashes = (count: number, seed = 3): number[] => {
  const random = new SeededRandom(seed);
  return Array.from({ length: count }, () => random.publicInt32());
};

describe('TriedAndAnswered', () => {
  it.each([1, 10, 60, 200])('counts %i different things to within a seventh, however often each comes', (count) => {
    const set = new TriedAndAnswered(256);
    for (let round = 0; round < 3; round++) for (const hash of hashes(count)) set.try(hash);
    expect(Math.abs(set.inVain - count)).toBeLessThanOrEqual(Math.ceil(count / 7));
  });

  it('does not count what was answered, before it was tried or after', () => {
    const set = new TriedAndAnswered(1 << 15);
    const [early, late, never] = [hashes(100, 1), hashes(100, 2), hashes(100, 3)];
    for (const hash of early) set.answer(hash);
    for (const hash of [...early, ...late, ...never]) set.try(hash);
    for (let round = 0; round < 2; round++) for (const hash of late) set.answer(hash);
    expect(Math.abs(set.inVain - 100)).toBeLessThanOrEqual(3);
  });

  it('stays finite when every bit is set, and is empty again', () => {
    const set = new TriedAndAnswered(32);
    for (let hash = 0; hash < 1_000; hash++) set.try(hash);
    expect(set.inVain).toBeGreaterThanOrEqual(100);
    expect(Number.isFinite(set.inVain)).toBe(true);
    set.clear();
    expect(set.inVain).toBe(0);
    set.try(-1);
    expect(set.inVain).toBe(1);
  });
});
