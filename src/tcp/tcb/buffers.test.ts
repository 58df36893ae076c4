/** Send and receive buffers: limits, places, and memory given back when they are empty. */
import { describe, expect, it } from 'vitest';
import { BufferPool } from './byte-ring.ts';
import { ReceiveBuffer } from './receive-buffer.ts';
import { SendBuffer } from './send-buffer.ts';

const bytes = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, at) => (from + at) & 255);

describe('SendBuffer', () => {
  it('takes no more than its limit', () => {
    const pool = new BufferPool();
    const buffer = new SendBuffer();
    expect(buffer.append(pool, bytes(100), 0, 100, 150)).toBe(100);
    expect(buffer.append(pool, bytes(100), 0, 100, 150)).toBe(50);
    expect(buffer.append(pool, bytes(100), 0, 100, 150)).toBe(0);
    expect(buffer.length).toBe(150);
    // A limit that was lowered below what is held takes nothing, and loses nothing.
    expect(buffer.append(pool, bytes(1), 0, 1, 10)).toBe(0);
    expect(buffer.length).toBe(150);
  });

  it('counts places from the oldest octet that is not acknowledged', () => {
    const pool = new BufferPool();
    const buffer = new SendBuffer();
    buffer.append(pool, bytes(100), 0, 100, 1_000);
    buffer.acknowledge(pool, 30);
    const out = new Uint8Array(10);
    buffer.copyTo(5, out, 0, 10);
    expect(out).toEqual(bytes(10, 35));
    expect(buffer.length).toBe(70);
  });

  it('gives its memory back when everything is acknowledged', () => {
    const pool = new BufferPool();
    const first = pool.acquire(11);
    pool.release(first);
    const buffer = new SendBuffer();
    buffer.append(pool, bytes(100), 0, 100, 1_000);
    expect(pool.acquire(11)).not.toBe(first);
    buffer.acknowledge(pool, 100);
    expect(pool.acquire(11)).toBe(first);
  });
});

describe('ReceiveBuffer', () => {
  it('keeps early octets at their place until they are in order', () => {
    const pool = new BufferPool();
    const buffer = new ReceiveBuffer();
    buffer.store(pool, 10, bytes(20, 10), 0, 20);
    expect(buffer.length).toBe(0);
    buffer.store(pool, 0, bytes(10), 0, 10);
    buffer.advance(30);
    const out = new Uint8Array(30);
    expect(buffer.read(pool, out, 0, 30)).toBe(30);
    expect(out).toEqual(bytes(30));
  });

  it('reading does not disturb what came early', () => {
    const pool = new BufferPool();
    const buffer = new ReceiveBuffer();
    buffer.store(pool, 0, bytes(10), 0, 10);
    buffer.advance(10);
    buffer.store(pool, 5, bytes(5, 15), 0, 5);
    const out = new Uint8Array(10);
    expect(buffer.read(pool, out, 0, 10)).toBe(10);
    expect(buffer.length).toBe(0);
    buffer.store(pool, 0, bytes(5, 10), 0, 5);
    buffer.advance(10);
    expect(buffer.read(pool, out, 0, 10)).toBe(10);
    expect(out).toEqual(bytes(10, 10));
  });

  it('peeks without taking', () => {
    const pool = new BufferPool();
    const buffer = new ReceiveBuffer();
    buffer.store(pool, 0, bytes(10), 0, 10);
    buffer.advance(10);
    const out = new Uint8Array(4);
    expect(buffer.peek(3, out, 0, 4)).toBe(4);
    expect(out).toEqual(bytes(4, 3));
    expect(buffer.peek(9, out, 0, 4)).toBe(1);
    expect(buffer.peek(12, out, 0, 4)).toBe(0);
    expect([buffer.length, buffer.byteAt(9)]).toEqual([10, 9]);
  });

  it('gives its memory back when nothing is left, early octets included', () => {
    const pool = new BufferPool();
    const first = pool.acquire(11);
    pool.release(first);
    const buffer = new ReceiveBuffer();
    buffer.store(pool, 0, bytes(10), 0, 10);
    buffer.advance(10);
    buffer.store(pool, 2, bytes(2), 0, 2);
    buffer.discard(pool, 10);
    const other = pool.acquire(11);
    expect(other).not.toBe(first);
    pool.release(other);
    buffer.clear(pool);
    expect([pool.acquire(11), pool.acquire(11)]).toContain(first);
  });
});
