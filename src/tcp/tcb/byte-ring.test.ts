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

describe('BufferPool, large buffers', () => {
  const MIB = 20;

  it('are handed out again, or every ring of a fast stream would be new memory', () => {
    const pool = new BufferPool();
    const buffer = pool.acquire(MIB + 2);
    pool.release(buffer);
    expect(pool.acquire(MIB + 2)).toBe(buffer);
  });

  it('are not kept beyond their bytes together; what has waited longest goes', () => {
    const pool = new BufferPool(1_024, 3 * 4_096);
    const buffers = [12, 12, 13].map((log2) => pool.acquire(log2));
    for (const buffer of buffers) pool.release(buffer);
    expect(pool.acquire(13)).toBe(buffers[2]);
    expect(pool.acquire(12)).toBe(buffers[1]);
    expect(buffers).not.toContain(pool.acquire(12));
  });

  it('of more bytes than may be kept are not kept, and do not push out the others', () => {
    const pool = new BufferPool(1_024, 4_096);
    const [small, large] = [pool.acquire(12), pool.acquire(13)];
    pool.release(small);
    pool.release(large);
    expect(pool.acquire(13)).not.toBe(large);
    expect(pool.acquire(12)).toBe(small);
  });

  it('count what is in use, not what lies idle', () => {
    const pool = new BufferPool();
    const buffer = pool.acquire(MIB + 1);
    expect(pool.heldBytes).toBe(2 ** (MIB + 1));
    pool.release(buffer);
    expect(pool.heldBytes).toBe(0);
  });
});

describe('ByteRing, memory taken again', () => {
  /** Octets moved from one memory to another since the ring was empty. */
  const fillAndEmpty = (pool: BufferPool, ring: ByteRing, octets: number): number => {
    let moved = 0;
    for (let held = 0; held < octets; held += 1_000) {
      const before = ring.capacity;
      ring.reserve(pool, held + 1_000, held);
      if (ring.capacity !== before) moved += held;
    }
    ring.release(pool);
    return moved;
  };

  it('has the size that was needed lately, so that a stream copies nothing while its ring fills', () => {
    const pool = new BufferPool();
    const ring = new ByteRing();
    expect(fillAndEmpty(pool, ring, 1_000_000)).toBeGreaterThan(900_000);
    expect(fillAndEmpty(pool, ring, 1_000_000)).toBe(0);
    expect(fillAndEmpty(pool, ring, 600_000)).toBe(0);
  });

  it('becomes small again when little is needed', () => {
    const pool = new BufferPool();
    const ring = new ByteRing();
    fillAndEmpty(pool, ring, 64_000);
    const capacities = Array.from({ length: 40 }, () => {
      ring.reserve(pool, 10, 0);
      const { capacity } = ring;
      ring.release(pool);
      return capacity;
    });
    expect(new Set(capacities)).toEqual(new Set([65_536, 32_768, 16_384, 8_192, 4_096, 2_048]));
    expect(capacities).toEqual([...capacities].sort((a, b) => b - a));
  });

  it('is as small as can be when memory is scarce', () => {
    const pool = new BufferPool(undefined, undefined, 20_000);
    const ring = new ByteRing();
    fillAndEmpty(pool, ring, 64_000);
    ring.reserve(pool, 10, 0);
    expect(pool.heldBytes).toBe(2_048);
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
