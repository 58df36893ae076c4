/** Memory of early text by numbers: a full segment of 1460 octets holds 2304, one of 100 holds 832, a page of 3776 octets 4352. */
import { describe, expect, it } from 'vitest';
import { EarlyMemory } from './early-memory.ts';
import { Reassembly } from './reassembly.ts';

const FULL = 2_304;
const SMALL = 832;
const half = (memory: number): number => memory >> 1;
const all = (memory: number): number => memory;
const ENDLESS = 2 ** 31;

function memoryOf(...segments: readonly (readonly [left: number, right: number, memory: number])[]): EarlyMemory {
  const early = new EarlyMemory();
  for (const [left, right, memory] of segments) early.add(left, right, memory, 0);
  return early;
}

describe('early text is put together', () => {
  it('a row of pieces that touch: two of 100 octets in one of 200, which still is a small one', () => {
    const early = memoryOf([1_000, 1_100, SMALL], [1_100, 1_200, SMALL]);
    expect(early.collapse(all, ENDLESS)).toBe(SMALL);
    expect(early.has(1_000, 1_200)).toBe(true);
  });

  it('three rows, each by itself', () => {
    const early = memoryOf([1_000, 1_100, SMALL], [1_100, 1_200, SMALL], [5_000, 5_100, SMALL], [5_100, 5_200, SMALL]);
    early.add(9_000, 9_100, SMALL, 0);
    expect(early.collapse(all, ENDLESS)).toBe(2 * SMALL);
    expect([early.has(1_000, 1_200), early.has(5_000, 5_200), early.has(9_000, 9_100)]).toEqual([true, true, true]);
  });

  it('not one small piece alone, and no more is looked at once those hold so much', () => {
    const early = memoryOf([1_000, 1_100, SMALL], [3_000, 3_100, SMALL], [5_000, 5_100, SMALL], [5_100, 5_200, SMALL]);
    expect(early.collapse(all, 2 * SMALL - 1)).toBe(0);
    expect(early.collapse(all, 2 * SMALL)).toBe(SMALL);
  });

  it('from the first piece on that fills its memory badly', () => {
    const early = memoryOf([1_000, 2_460, FULL], [2_460, 2_560, SMALL], [2_560, 2_660, SMALL]);
    expect(early.collapse(half, ENDLESS)).toBe(SMALL);
    expect([early.has(1_000, 2_460), early.has(2_460, 2_660), early.has(1_000, 2_660)]).toEqual([true, true, false]);
  });

  it('from the first piece on that overlaps the next', () => {
    const early = memoryOf([1_000, 2_460, FULL], [2_000, 3_460, FULL]);
    // 2460 octets in a buffer of a page, which is less than two full segments.
    expect(early.collapse(half, ENDLESS)).toBe(2 * FULL - 4_352);
    expect(early.has(1_000, 3_460)).toBe(true);
  });

  it('and what is left of a page goes into a buffer of its size', () => {
    const early = memoryOf([1_000, 3_000, 10_000], [3_000, 5_000, 10_000]);
    expect(early.collapse(all, ENDLESS)).toBe(20_000 - 4_352 - SMALL);
    expect([early.has(1_000, 4_776), early.has(4_776, 5_000)]).toEqual([true, true]);
  });
});

describe('early text is given up', () => {
  it('from its end on, but for what begins before the segment that needs room', () => {
    const early = memoryOf([1_000, 2_000, FULL], [3_000, 4_000, FULL], [5_000, 6_000, FULL]);
    expect(early.dropLast(3_000)?.left).toBe(5_000);
    expect(early.end(0)).toBe(4_000);
    expect(early.dropLast(3_000)?.left).toBe(3_000);
    expect(early.dropLast(3_000)).toBeNull();
    expect([early.isEmpty, early.end(0)]).toEqual([false, 2_000]);
  });

  it('up to nothing', () => {
    const early = memoryOf([1_000, 2_000, FULL]);
    expect(early.dropLast(500)?.left).toBe(1_000);
    expect([early.isEmpty, early.end(500), early.dropLast(500)]).toEqual([true, 500, null]);
  });

  it('and nothing of the rest is told until more comes', () => {
    const ranges = new Reassembly(false);
    ranges.add(1_000, 2_000, 10);
    ranges.add(3_000, 4_000, 10);
    ranges.add(5_000, 6_000, 10);
    ranges.cut(3_500);
    expect([ranges.rangeCount, ranges.highest]).toEqual([2, 3_500]);
    const told = new Int32Array(8);
    expect(ranges.writeSackBlocks(told, 4)).toBe(0);
    ranges.add(7_000, 8_000, 10);
    expect([ranges.writeSackBlocks(told, 4), told[0], told[1]]).toEqual([1, 7_000, 8_000]);
    ranges.cut(1_000);
    expect(ranges.isEmpty).toBe(true);
  });
});
