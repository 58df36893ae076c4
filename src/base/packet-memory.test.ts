/** The partial checksum sum against RFC 1071 by the letter, at every alignment. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ArgumentError } from './errors.ts';
import { copyOctets, PlainPacketMemory } from './packet-memory.ts';

/** RFC 1071 §4.1 by the letter: big-endian words, the odd byte padded with zero, carries added at the end. */
function reference(bytes: Uint8Array, offset: number, length: number): number {
  let sum = 0;
  for (let index = 0; index < length; index++) sum += (bytes[offset + index] ?? 0) * (index % 2 === 0 ? 256 : 1);
  while (sum > 0xffff) sum = (sum % 0x10000) + Math.floor(sum / 0x10000);
  return sum;
}

describe('PlainPacketMemory', () => {
  it('sums like the reference at every alignment and short length', () => {
    const memory = new PlainPacketMemory(128);
    for (let index = 0; index < 128; index++) memory.u8[index] = (index * 151 + 77) & 0xff;
    for (let offset = 0; offset < 16; offset++) {
      for (let length = 0; length <= 100; length++) {
        expect(memory.sum(offset, length), `${offset}+${length}`).toBe(reference(memory.u8, offset, length));
      }
    }
  });

  it('sums like the reference over random bytes, also of extremes', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.constantFrom(0, 255), { maxLength: 300 }).map((array) => Uint8Array.from(array)),
    );
    fc.assert(
      fc.property(bytes, fc.nat(9), (content, offset) => {
        const memory = new PlainPacketMemory(320);
        memory.u8.fill(0xa5);
        memory.u8.set(content, offset);
        expect(memory.sum(offset, content.length)).toBe(reference(content, 0, content.length));
      }),
    );
  });

  it('sums a super-segment of ones without losing carries', () => {
    const memory = new PlainPacketMemory(1 << 20);
    memory.u8.fill(0xff);
    expect(memory.sum(0, 1 << 20)).toBe(0xffff);
    expect(memory.sum(1, (1 << 20) - 3)).toBe(reference(memory.u8, 1, (1 << 20) - 3));
    expect(memory.sum(2, 65535)).toBe(reference(memory.u8, 2, 65535));
  });

  it('gives the worked example of RFC 1071 §3', () => {
    const memory = new PlainPacketMemory(64);
    memory.u8.set([0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7], 3);
    expect(memory.sum(3, 8)).toBe(0xddf2);
  });

  it('rounds its size up, shares one buffer, refuses bad sizes', () => {
    const memory = new PlainPacketMemory(65);
    expect(memory.u8.length).toBe(72);
    memory.view.setUint32(8, 0x01020304);
    expect([...memory.u8.subarray(8, 12)]).toEqual([1, 2, 3, 4]);
    expect(memory.u32.buffer).toBe(memory.u8.buffer);
    for (const size of [0, 63, 1.5, -64, 2 ** 31, Number.NaN]) {
      expect(() => new PlainPacketMemory(size), String(size)).toThrow(ArgumentError);
    }
  });
});

describe('copyOctets', () => {
  it.each([0, 1, 3, 40, 59, 96, 97, 200])('copies %i octets and no other', (length) => {
    const from = new PlainPacketMemory(300);
    for (const index of from.u8.keys()) from.u8[index] = (index * 7 + 1) & 255;
    const into = new PlainPacketMemory(300);
    into.u8.fill(0xee);
    copyOctets(from, 33, into, 50, length);
    expect(into.u8.subarray(50, 50 + length)).toEqual(from.u8.subarray(33, 33 + length));
    expect(into.u8.subarray(0, 50).every((octet) => octet === 0xee)).toBe(true);
    expect(into.u8.subarray(50 + length).every((octet) => octet === 0xee)).toBe(true);
  });
});
