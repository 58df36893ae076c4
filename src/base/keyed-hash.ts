/**
 * The keyed hash behind ISNs, ports, demux and timestamp offsets: SipHash (Aumasson and Bernstein, 2012) with 64-bit
 * words held as int32 halves. Rounds are parameters: 2-4 where an outsider may guess, 1-3 for tables.
 */
import { ArgumentError } from './errors.ts';
import type { RandomSource } from './random.ts';

/** A keyed 64-bit hash over 32-bit words. The result of the last call stands in `low` and `high` (int32). */
export interface KeyedHash {
  readonly low: number;
  readonly high: number;
  /** Hashes the first `count` words, each as four bytes in little-endian order; returns `low`. */
  hashWords(words: Int32Array, count: number): number;
}

/** SipHash-c-d. */
export class SipHash implements KeyedHash {
  low = 0;
  high = 0;
  private readonly key: Int32Array;
  private readonly compressionRounds: number;
  private readonly finalRounds: number;

  /** @param key 128 bits as four int32 words, little-endian order of the key's bytes. */
  constructor(key: Int32Array, compressionRounds = 2, finalRounds = 4) {
    if (key.length !== 4) throw new ArgumentError('key', `SipHash takes four 32-bit words, got ${key.length}`);
    this.key = key.slice();
    this.compressionRounds = compressionRounds;
    this.finalRounds = finalRounds;
  }

  /** A hash with a key drawn from the secret stream. */
  static keyedBy(random: RandomSource, compressionRounds = 2, finalRounds = 4): SipHash {
    const key = Int32Array.of(random.secretInt32(), random.secretInt32(), random.secretInt32(), random.secretInt32());
    return new SipHash(key, compressionRounds, finalRounds);
  }

  hashWords(words: Int32Array, count: number): number {
    const blocks = count >>> 1;
    // An odd word shares its block with the length.
    const lastLow = count & 1 ? words[count - 1]! : 0;
    return this.mix(words, blocks, lastLow, ((count * 4) & 0xff) << 24);
  }

  /** Hashes `length` bytes; used to check against the authors' vectors and for byte-shaped input. */
  hashBytes(bytes: Uint8Array, length: number): number {
    const word = (at: number): number => {
      let value = 0;
      for (let k = 0; k < 4 && at + k < length; k++) value |= bytes[at + k]! << (8 * k);
      return value;
    };
    const blocks = length >>> 3;
    const words = Int32Array.from({ length: blocks * 2 }, (_, index) => word(index * 4));
    return this.mix(words, blocks, word(blocks * 8), word(blocks * 8 + 4) | ((length & 0xff) << 24));
  }

  /**
   * All rounds in one function: the halves of v0 to v3 stay in registers (a SYN that is answered by a cookie costs fifty rounds), carries from the top bits, without a branch that nobody could predict. The step behind the last
   * block is the finalization.
   */
  private mix(words: Int32Array, blocks: number, lastLow: number, lastHigh: number): number {
    const { key } = this;
    let l0 = key[0]! ^ 0x70736575;
    let h0 = key[1]! ^ 0x736f6d65;
    let l1 = key[2]! ^ 0x6e646f6d;
    let h1 = key[3]! ^ 0x646f7261;
    let l2 = key[0]! ^ 0x6e657261;
    let h2 = key[1]! ^ 0x6c796765;
    let l3 = key[2]! ^ 0x79746573;
    let h3 = key[3]! ^ 0x74656462;
    for (let step = 0; step <= blocks + 1; step++) {
      let low = 0;
      let high = 0;
      let rounds = this.compressionRounds;
      if (step < blocks) {
        low = words[step * 2]!;
        high = words[step * 2 + 1]!;
      } else if (step === blocks) {
        low = lastLow;
        high = lastHigh;
      } else {
        l2 ^= 0xff;
        rounds = this.finalRounds;
      }
      l3 ^= low;
      h3 ^= high;
      for (let round = 0; round < rounds; round++) {
        let sum = (l0 + l1) | 0;
        h0 = (h0 + h1 + (((l0 & l1) | ((l0 | l1) & ~sum)) >>> 31)) | 0;
        l0 = sum;
        let swap = l1;
        l1 = ((l1 << 13) | (h1 >>> 19)) ^ l0;
        h1 = ((h1 << 13) | (swap >>> 19)) ^ h0;
        swap = l0;
        l0 = h0;
        h0 = swap;
        sum = (l2 + l3) | 0;
        h2 = (h2 + h3 + (((l2 & l3) | ((l2 | l3) & ~sum)) >>> 31)) | 0;
        l2 = sum;
        swap = l3;
        l3 = ((l3 << 16) | (h3 >>> 16)) ^ l2;
        h3 = ((h3 << 16) | (swap >>> 16)) ^ h2;
        sum = (l0 + l3) | 0;
        h0 = (h0 + h3 + (((l0 & l3) | ((l0 | l3) & ~sum)) >>> 31)) | 0;
        l0 = sum;
        swap = l3;
        l3 = ((l3 << 21) | (h3 >>> 11)) ^ l0;
        h3 = ((h3 << 21) | (swap >>> 11)) ^ h0;
        sum = (l2 + l1) | 0;
        h2 = (h2 + h1 + (((l2 & l1) | ((l2 | l1) & ~sum)) >>> 31)) | 0;
        l2 = sum;
        swap = l1;
        l1 = ((l1 << 17) | (h1 >>> 15)) ^ l2;
        h1 = ((h1 << 17) | (swap >>> 15)) ^ h2;
        swap = l2;
        l2 = h2;
        h2 = swap;
      }
      l0 ^= low;
      h0 ^= high;
    }
    this.low = l0 ^ l1 ^ l2 ^ l3;
    this.high = h0 ^ h1 ^ h2 ^ h3;
    return this.low;
  }
}
