/** The random source: range, spread, and that secrets given out are wiped. */
import { expect, it } from 'vitest';
import { SystemRandom } from './random.ts';

it('draws int32 in both halves of the range, different each time, over several blocks', () => {
  const random = new SystemRandom();
  for (const draw of [() => random.publicInt32(), () => random.secretInt32()]) {
    const values = Array.from({ length: 1000 }, draw);
    expect(values.every((value) => Number.isInteger(value) && value === (value | 0))).toBe(true);
    // 1000 draws of 2^32 collide with a chance of 1 in 8600; five collisions never.
    expect(new Set(values).size).toBeGreaterThan(995);
    expect(values.filter((value) => value < 0).length).toBeGreaterThan(350);
    expect(values.filter((value) => value > 0).length).toBeGreaterThan(350);
  }
});

it('keeps no secret it has given out', () => {
  const random = new SystemRandom();
  const given = random.secretInt32();
  const block = (random as unknown as { secretBlock: { words: Int32Array } }).secretBlock.words;
  expect(block[0]).toBe(0);
  expect(block.subarray(1).some((word) => word !== 0)).toBe(true);
  expect(given).not.toBe(0);
});
