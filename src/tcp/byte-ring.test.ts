/** The ring grows, wraps, keeps what it holds, and gives its memory back to a bounded pool. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { BufferPool, ByteRing } from './byte-ring.ts';

const bytes = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, at) => (from + at) & 255);

describe('BufferPool', () => {
  it('hands out the buffer that was given back', () => {
    const pool = new BufferPool();
    const buffer = pool.acquire(11);
    expect(buffer.length).toBe(2_048);
    pool.release(buffer);
    expect(pool.acquire(11)).toBe(buffer);
    expect(pool.acquire(11)).not.toBe(buffer);
  });

  it('keeps no more idle bytes of a size than it was told', () => {
    const pool = new BufferPool(4_096);
    const buffers = [1, 2, 3].map(() => pool.acquire(11));
    for (const buffer of buffers) pool.release(buffer);
    const again = [1, 2, 3].map(() => pool.acquire(11));
    expect(again.filter((buffer) => buffers.includes(buffer)).length).toBe(2);
  });
});

describe('ByteRing', () => {
  it('holds nothing until it must', () => {
    const pool = new BufferPool();
    const ring = new ByteRing();
    expect(ring.capacity).toBe(0);
    ring.reserve(pool, 1, 0);
    expect(ring.capacity).toBe(2_048);
    ring.reserve(pool, 2_048, 0);
    expect(ring.capacity).toBe(2_048);
    ring.reserve(pool, 2_049, 0);
    expect(ring.capacity).toBe(4_096);
    ring.release(pool);
    expect(ring.capacity).toBe(0);
  });

  it.each([10, 24, 25, 1_000])('copies %i octets in and out across its end', (length) => {
    const pool = new BufferPool();
    const ring = new ByteRing();
    ring.reserve(pool, 2_048, 0);
    ring.consume(2_048 - 5);
    ring.copyIn(0, bytes(length), 0, length);
    const out = new Uint8Array(length);
    ring.copyOut(0, out, 0, length);
    expect(out).toEqual(bytes(length));
    expect(ring.byteAt(length - 1)).toBe((length - 1) & 255);
  });

  it('keeps what it holds when it grows, wherever it began', () => {
    const pool = new BufferPool();
    const ring = new ByteRing();
    ring.reserve(pool, 2_048, 0);
    ring.consume(2_000);
    ring.copyIn(0, bytes(500), 0, 500);
    ring.reserve(pool, 5_000, 500);
    const out = new Uint8Array(500);
    ring.copyOut(0, out, 0, 500);
    expect(out).toEqual(bytes(500));
  });

  it('is a queue of octets', () => {
    const step = fc.record({ isWrite: fc.boolean(), length: fc.integer({ min: 0, max: 3_000 }) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const pool = new BufferPool();
        const ring = new ByteRing();
        let written = 0;
        let read = 0;
        for (const { isWrite, length } of steps) {
          const held = written - read;
          if (isWrite) {
            ring.reserve(pool, held + length, held);
            ring.copyIn(held, bytes(length, written), 0, length);
            written += length;
          } else {
            const count = Math.min(length, held);
            const out = new Uint8Array(count);
            ring.copyOut(0, out, 0, count);
            expect(out).toEqual(bytes(count, read));
            ring.consume(count);
            read += count;
          }
        }
      }),
    );
  });
});
