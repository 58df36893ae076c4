/** The sliding maximum against a plain one that remembers everything. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { WindowedMax } from './windowed-max.ts';

it('forgets a sample when the window has passed', () => {
  const filter = new WindowedMax();
  expect(filter.update(9, 0, 10)).toBe(9);
  expect(filter.update(3, 5, 10)).toBe(9);
  expect(filter.update(2, 10, 10)).toBe(9);
  expect(filter.update(1, 11, 10)).toBe(3);
  expect(filter.update(1, 40, 10)).toBe(1);
});

it('is never below the newest sample nor above the largest of the window, whatever comes', () => {
  const step = fc.record({ value: fc.nat(1_000), wait: fc.nat(4) });
  fc.assert(
    fc.property(
      fc.integer(),
      fc.integer({ min: 1, max: 12 }),
      fc.array(step, { maxLength: 60 }),
      (start, length, steps) => {
        const filter = new WindowedMax();
        const seen: { value: number; time: number }[] = [];
        let time = start | 0;
        for (const { value, wait } of steps) {
          time = (time + wait) | 0;
          seen.push({ value, time });
          const alive = seen.filter((sample) => ((time - sample.time) | 0) <= length);
          const result = filter.update(value, time, length);
          expect(result).toBeGreaterThanOrEqual(value);
          expect(result).toBeLessThanOrEqual(Math.max(...alive.map((sample) => sample.value)));
        }
      },
    ),
  );
});

it('starts above nothing: the first sample counts whatever the time', () => {
  const filter = new WindowedMax();
  expect(filter.update(5, 2 ** 31 - 1, 10)).toBe(5);
  expect(filter.update(4, -(2 ** 31), 10)).toBe(5);
});
