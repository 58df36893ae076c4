/** The checksum's partial sum (RFC 1071) in WebAssembly against the plain one and one written straight from the RFC. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PlainPacketMemory, sumFloat64 } from '../base/packet-memory.ts';
import { createPacketMemory, WasmPacketMemory } from './wasm-memory.ts';

const SIZE = 400_000;
const wasm = createPacketMemory(SIZE);
const plain = new PlainPacketMemory(SIZE);

/** RFC 1071 section 1, word by word, as slow and plain as it can be written. */
function sumByTheBook(bytes: Uint8Array, offset: number, length: number): number {
  let sum = 0;
  for (let index = 0; index < length; index += 2) {
    const low = index + 1 < length ? (bytes[offset + index + 1] ?? 0) : 0;
    sum += ((bytes[offset + index] ?? 0) << 8) | low;
    if (sum > 0xffff) sum -= 0xffff;
  }
  return sum;
}

describe('packet memory in WebAssembly', () => {
  it('is what this Node gets', () => {
    expect(wasm).toBeInstanceOf(WasmPacketMemory);
    expect(wasm.u8.length).toBe(7 * 65536);
    expect(wasm.u8.buffer).toBe(wasm.view.buffer);
    expect(wasm.u8.buffer).toBe(wasm.u32.buffer);
  });

  it('sums as the plain memory and as RFC 1071 section 1 at every start and length up to 300', () => {
    for (let index = 0; index < 400; index++) {
      wasm.u8[index] = (index * 89 + (index >> 3) * 251) & 0xff;
      plain.u8[index] = wasm.u8[index] ?? 0;
    }
    for (let offset = 0; offset < 20; offset++) {
      for (let length = 0; length <= 300; length++) {
        const expected = sumByTheBook(wasm.u8, offset, length);
        const got = [wasm.sum(offset, length), plain.sum(offset, length)];
        if (got[0] !== expected || got[1] !== expected)
          expect([offset, length, ...got]).toEqual([offset, length, expected, expected]);
      }
    }
  });

  it('sums random frames as the plain memory does', () => {
    const frame = fc.record({
      offset: fc.integer({ min: 0, max: 64 }),
      bytes: fc.oneof(
        fc.uint8Array({ minLength: 0, maxLength: 4000 }),
        fc
          .tuple(fc.nat(70_000), fc.constantFrom(0, 1, 0xff))
          .map(([length, fill]) => new Uint8Array(length).fill(fill)),
      ),
    });
    fc.assert(
      fc.property(frame, ({ offset, bytes }) => {
        wasm.u8.set(bytes, offset);
        plain.u8.set(bytes, offset);
        expect(wasm.sum(offset, bytes.length)).toBe(plain.sum(offset, bytes.length));
      }),
      { numRuns: 200 },
    );
  });

  it('does not run over on the largest values and lengths', () => {
    wasm.u8.fill(0xff);
    plain.u8.fill(0xff);
    for (const length of [262_144, 262_143, 262_145, 399_999])
      expect(wasm.sum(1, length)).toBe(sumFloat64(plain, 1, length));
    expect(wasm.sum(0, 262_144)).toBe(0xffff);
  });

  it('refuses a size that is none', () => {
    expect(() => createPacketMemory(0)).toThrow(/size: must be an integer from 64/);
  });
});
