/** Reassembly against a map of octets: ranges in any order, overlapping, across the wrap; SACK blocks as RFC 2018 wants them. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferPool } from '../../src/tcp/tcb/byte-ring.ts';
import { Reassembly } from '../../src/tcp/tcb/reassembly.ts';
import { ReceiveBuffer } from '../../src/tcp/tcb/receive-buffer.ts';

const SPACE = 200;
const origin = fc.constantFrom(0, 1_000, -100, 2 ** 31 - 100, -(2 ** 31) - 100);
const range = fc
  .tuple(fc.integer({ min: 1, max: SPACE - 1 }), fc.integer({ min: 1, max: 60 }))
  .map(([left, length]) => ({ left, right: Math.min(SPACE, left + length) }));

/** Runs of true, as [left, right) pairs. */
function runs(map: readonly boolean[]): [number, number][] {
  const found: [number, number][] = [];
  for (let at = 0; at < map.length; at++) {
    if (!map[at]) continue;
    const left = at;
    while (at < map.length && map[at]) at++;
    found.push([left, at]);
  }
  return found;
}

/** The SACK blocks, as distances from `base`. */
function blocksOf(reassembly: Reassembly, base: number, max: number): [left: number, right: number][] {
  const into = new Int32Array(2 * max);
  const count = reassembly.writeSackBlocks(into, max);
  return Array.from({ length: count }, (_, index) => [
    ((into[index * 2] ?? 0) - base) | 0,
    ((into[index * 2 + 1] ?? 0) - base) | 0,
  ]);
}

describe('the ranges', () => {
  it('are those of the octets that came, and count what is new', () => {
    fc.assert(
      fc.property(origin, fc.array(range, { maxLength: 40 }), (base, ranges) => {
        const reassembly = new Reassembly(true);
        const map = new Array<boolean>(SPACE).fill(false);
        for (const { left, right } of ranges) {
          const fresh = map.slice(left, right).filter((has) => !has).length;
          expect(reassembly.add((base + left) | 0, (base + right) | 0, 1_000)).toBe(fresh);
          map.fill(true, left, right);
          expect(reassembly.rangeCount).toBe(runs(map).length);
        }
        expect(reassembly.isEmpty).toBe(ranges.length === 0);
        const last = runs(map).at(-1);
        if (last !== undefined) expect(reassembly.highest).toBe((base + last[1]) | 0);
        expect(blocksOf(reassembly, base, SPACE).sort(([a], [b]) => a - b)).toEqual(runs(map));
      }),
    );
  });

  it('advance takes what is in order, and no more', () => {
    fc.assert(
      fc.property(
        origin,
        fc.array(range, { maxLength: 30 }),
        fc.integer({ min: 0, max: SPACE }),
        (base, ranges, to) => {
          const reassembly = new Reassembly(true);
          const map = new Array<boolean>(SPACE + 1).fill(false);
          for (const { left, right } of ranges) {
            reassembly.add((base + left) | 0, (base + right) | 0, 1_000);
            map.fill(true, left, right);
          }
          let edge = to;
          while (map[edge]) edge++;
          expect(reassembly.advance((base + to) | 0)).toBe((base + edge) | 0);
          expect(reassembly.rangeCount).toBe(runs(map.map((has, at) => has && at >= edge)).length);
        },
      ),
    );
  });

  it('the blocks are ranges, the newest first, none twice', () => {
    fc.assert(
      fc.property(
        origin,
        fc.array(range, { minLength: 1, maxLength: 30 }),
        fc.integer({ min: 1, max: 4 }),
        (base, ranges, max) => {
          const reassembly = new Reassembly(true);
          const map = new Array<boolean>(SPACE).fill(false);
          for (const { left, right } of ranges) {
            reassembly.add((base + left) | 0, (base + right) | 0, 1_000);
            map.fill(true, left, right);
          }
          const all = runs(map);
          const blocks = blocksOf(reassembly, base, max);
          expect(blocks.length).toBe(Math.min(max, all.length));
          for (const block of blocks) expect(all).toContainEqual(block);
          expect(new Set(blocks.map(([left]) => left)).size).toBe(blocks.length);
          const newest = ranges.at(-1)?.left ?? 0;
          const [first] = blocks;
          expect(first !== undefined && first[0] <= newest && newest < first[1]).toBe(true);
        },
      ),
    );
  });

  it('the blocks of Linux lie apart in what has come, four at most, the newest octets in the first', () => {
    fc.assert(
      fc.property(origin, fc.array(range, { minLength: 1, maxLength: 30 }), (base, ranges) => {
        const reassembly = new Reassembly(false);
        const map = new Array<boolean>(SPACE).fill(false);
        for (const { left, right } of ranges) {
          reassembly.add((base + left) | 0, (base + right) | 0, 1_000);
          map.fill(true, left, right);
          const blocks = blocksOf(reassembly, base, 10);
          expect(blocks.length).toBeLessThanOrEqual(4);
          const [first] = blocks;
          expect(first !== undefined && first[0] <= left && right <= first[1]).toBe(true);
          const told = new Array<boolean>(SPACE).fill(false);
          for (const [from, to] of blocks) {
            expect(map.slice(from, to).every(Boolean) && !told.slice(from, to).some(Boolean)).toBe(true);
            told.fill(true, from, to);
          }
        }
      }),
    );
  });

  it('keep to their limit', () => {
    fc.assert(
      fc.property(fc.array(range, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (ranges, max) => {
        const reassembly = new Reassembly(true);
        for (const { left, right } of ranges) {
          const before = reassembly.rangeCount;
          const fresh = reassembly.add(left, right, max);
          if (fresh < 0) expect([before, reassembly.rangeCount]).toEqual([max, max]);
          expect(reassembly.rangeCount).toBeLessThanOrEqual(max);
        }
      }),
    );
  });
});

describe('the receive buffer', () => {
  it('gives every octet once, in order, in whatever order the pieces came', () => {
    const piece = fc.tuple(fc.integer({ min: 0, max: SPACE - 1 }), fc.integer({ min: 1, max: 50 }));
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), fc.integer({ min: 1, max: 40 }), (pieces, readMax) => {
        const pool = new BufferPool();
        const buffer = new ReceiveBuffer();
        const reassembly = new Reassembly(true);
        const source = Uint8Array.from({ length: SPACE + 50 }, (_, at) => (at * 37 + 11) & 255);
        const map = new Array<boolean>(SPACE + 51).fill(false);
        const got: number[] = [];
        let next = 0;
        for (const [left, length] of pieces) {
          const from = Math.max(left, next);
          const right = left + length;
          map.fill(true, left, right);
          if (right > from) {
            buffer.store(pool, from - next, source, from, right - from);
            const before = next;
            if (from === next) next = reassembly.advance(right);
            else reassembly.add(from, right, 1_000);
            buffer.advance(next - before);
          }
          const into = new Uint8Array(readMax);
          const count = buffer.read(pool, into, 0, readMax);
          got.push(...into.subarray(0, count));
        }
        const rest = new Uint8Array(buffer.length);
        buffer.read(pool, rest, 0, rest.length);
        got.push(...rest);
        let edge = 0;
        while (map[edge]) edge++;
        expect(Uint8Array.from(got)).toEqual(source.slice(0, edge));
      }),
    );
  });
});
