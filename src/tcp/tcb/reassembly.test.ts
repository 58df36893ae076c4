/** Ranges beyond RCV.NXT: the limit on their number, and what is reported as having come before. By hand; the rest by a model in test/properties. */
import { describe, expect, it } from 'vitest';
import { Reassembly } from './reassembly.ts';

/** [left, right) each, added in order. */
function made(...ranges: readonly (readonly [left: number, right: number])[]): Reassembly {
  const reassembly = new Reassembly(true);
  for (const [left, right] of ranges) reassembly.add(left, right, 1_000);
  return reassembly;
}

function blocks(reassembly: Reassembly): number[][] {
  const into = new Int32Array(20);
  const count = reassembly.writeSackBlocks(into, 10);
  return Array.from({ length: count }, (_, index) => [into[index * 2] ?? 0, into[index * 2 + 1] ?? 0]).sort(
    ([a = 0], [b = 0]) => a - b,
  );
}

function repeated({ repeatedLeft, repeatedRight }: Reassembly): [number, number] {
  return [repeatedLeft, repeatedRight];
}

describe('the limit on ranges', () => {
  it('refuses another range, and changes nothing', () => {
    const full = made([10, 20], [30, 40]);
    expect(full.add(50, 60, 2)).toBe(-1);
    expect(blocks(full)).toEqual([
      [10, 20],
      [30, 40],
    ]);
    expect(full.add(50, 60, 3)).toBe(10);
    expect(full.rangeCount).toBe(3);
  });

  it('takes what touches or joins ranges, however many there are', () => {
    const full = made([10, 20], [30, 40]);
    expect(full.add(40, 45, 2)).toBe(5);
    expect(full.add(5, 10, 2)).toBe(5);
    expect(full.add(20, 30, 2)).toBe(10);
    expect(blocks(full)).toEqual([[5, 45]]);
    expect(full.add(50, 60, 1)).toBe(-1);
  });
});

describe('what is added', () => {
  it('lies between its neighbours in order', () => {
    expect(blocks(made([30, 40], [10, 12], [20, 22]))).toEqual([
      [10, 12],
      [20, 22],
      [30, 40],
    ]);
  });

  it('swallows all ranges it reaches, and none beside', () => {
    expect(blocks(made([10, 12], [20, 22], [30, 32], [40, 42], [15, 35]))).toEqual([
      [10, 12],
      [15, 35],
      [40, 42],
    ]);
  });
});

describe('what came before', () => {
  it('is empty where ranges only touch', () => {
    const touching = made([20, 30]);
    touching.add(10, 20, 9);
    expect(repeated(touching)).toEqual([10, 10]);
    touching.add(30, 40, 9);
    expect(repeated(touching)).toEqual([30, 30]);
  });

  it('is the first of several pieces', () => {
    const two = made([10, 20], [30, 40]);
    expect(two.add(5, 35, 9)).toBe(15);
    expect(repeated(two)).toEqual([10, 20]);
  });

  it('is cut to the segment at both of its ends', () => {
    const wide = made([10, 100]);
    expect(wide.add(50, 60, 9)).toBe(0);
    expect(repeated(wide)).toEqual([50, 60]);
  });

  it('is what RCV.NXT passes over, up to the end of the range', () => {
    const early = made([10, 20], [30, 40]);
    expect(early.advance(10)).toBe(20);
    expect(repeated(early)).toEqual([10, 10]);
    expect(early.advance(50)).toBe(50);
    expect(repeated(early)).toEqual([30, 40]);
    const partly = made([10, 20]);
    expect(partly.advance(15)).toBe(20);
    expect(repeated(partly)).toEqual([10, 15]);
  });
});
