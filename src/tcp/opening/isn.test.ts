/** Initial sequence numbers (RFC 9293 section 3.4.1): a clock of four microseconds plus a keyed hash of the four-tuple. */
import { describe, expect, it } from 'vitest';
import { Address } from '../../base/address.ts';
import { SipHash } from '../../base/keyed-hash.ts';
import { SeededRandom } from '../../base/random.ts';
import { initialSequenceNumber } from './isn.ts';
import { hashTuple } from './tuple-hash.ts';

const A = Address.parse('10.0.0.1');
const B = Address.parse('10.0.0.2');

function tupleHash(seed: number, local: Address, localPort: number, remote: Address, remotePort: number): number {
  return hashTuple(SipHash.keyedBy(new SeededRandom(seed)), local, localPort, remote, remotePort);
}

describe('the initial sequence number', () => {
  // RFC 9293 §3.4.1 MUST-8: a clock.
  it('moves by one every four microseconds and wraps', () => {
    expect(initialSequenceNumber(0, 0)).toBe(0);
    expect(initialSequenceNumber(0, 3)).toBe(0);
    expect(initialSequenceNumber(0, 4)).toBe(1);
    expect(initialSequenceNumber(0, 4 * 2 ** 31)).toBe(-(2 ** 31));
    expect(initialSequenceNumber(0, 4 * 2 ** 32)).toBe(0);
    expect(initialSequenceNumber(-1, 4)).toBe(0);
  });

  // RFC 9293 §3.4.1 MUST-9, SHLD-1: each of the four, and the key, changes it.
  it('depends on every part of the tuple and on the key', () => {
    const all = [
      tupleHash(1, A, 80, B, 40_000),
      tupleHash(2, A, 80, B, 40_000),
      tupleHash(1, B, 80, A, 40_000),
      tupleHash(1, A, 81, B, 40_000),
      tupleHash(1, A, 80, B, 40_001),
      tupleHash(1, A, 40_000, B, 80),
      tupleHash(1, A, 80, Address.parse('fd00::2'), 40_000),
    ];
    expect(new Set(all).size).toBe(all.length);
    expect(tupleHash(1, A, 80, B, 40_000)).toBe(all[0]);
  });

  it('the timestamp offset is another half of the same hash', () => {
    const hash = SipHash.keyedBy(new SeededRandom(1));
    hashTuple(hash, A, 80, B, 40_000);
    const { low, high } = hash;
    expect(high).not.toBe(low);
    hashTuple(hash, A, 80, B, 40_001);
    expect([hash.low, hash.high]).not.toEqual([low, high]);
  });
});
