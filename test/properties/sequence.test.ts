/** Sequence arithmetic modulo 2^32 (RFC 9293 section 3.4) against plain numbers. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { seqDistance, seqGe, seqGt, seqLe, seqLt, seqMax, seqMin } from '../../src/tcp/index.ts';

const seq = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 2 ** 31 - 2, -(2 ** 31) + 1),
);
/** Less than half the space: windows of 2^30 guarantee it. */
const distance = fc.oneof(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.constantFrom(1, 2, 2 ** 30, 2 ** 31 - 1));

describe('sequence numbers', () => {
  it('ahead by less than half the space is greater, wherever the wrap lies', () => {
    fc.assert(
      fc.property(seq, distance, (from, ahead) => {
        const to = (from + ahead) | 0;
        expect([seqLt(from, to), seqLe(from, to), seqGt(from, to), seqGe(from, to)]).toEqual([
          true,
          true,
          false,
          false,
        ]);
        expect([seqLt(to, from), seqLe(to, from), seqGt(to, from), seqGe(to, from)]).toEqual([
          false,
          false,
          true,
          true,
        ]);
        expect(seqDistance(from, to)).toBe(ahead);
        expect(seqDistance(to, from)).toBe(-ahead);
        expect([seqMax(from, to), seqMax(to, from)]).toEqual([to, to]);
        expect([seqMin(from, to), seqMin(to, from)]).toEqual([from, from]);
      }),
    );
  });

  it('a number is equal to itself', () => {
    fc.assert(
      fc.property(seq, (value) => {
        expect([seqLt(value, value), seqLe(value, value), seqGt(value, value), seqGe(value, value)]).toEqual([
          false,
          true,
          false,
          true,
        ]);
        expect([seqMax(value, value), seqMin(value, value), seqDistance(value, value)]).toEqual([value, value, 0]);
      }),
    );
  });

  it('the order is that of plain numbers around any origin', () => {
    const offset = fc.integer({ min: -(2 ** 30) + 1, max: 2 ** 30 - 1 });
    fc.assert(
      fc.property(seq, offset, offset, (origin, one, other) => {
        const a = (origin + one) | 0;
        const b = (origin + other) | 0;
        expect([seqLt(a, b), seqLe(a, b)]).toEqual([one < other, one <= other]);
        expect(seqMax(a, b)).toBe((origin + Math.max(one, other)) | 0);
        expect(seqMin(a, b)).toBe((origin + Math.min(one, other)) | 0);
      }),
    );
  });
});
