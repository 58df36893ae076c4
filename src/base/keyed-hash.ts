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
  /** v0 to v3, low half then high half. */
  private readonly v = new Int32Array(8);

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
    this.start();
    let index = 0;
    for (; index + 1 < count; index += 2) this.compress(words[index]!, words[index + 1]!);
    const lastLow = index < count ? words[index]! : 0;
    this.compress(lastLow, ((count * 4) & 0xff) << 24);
    return this.finish();
  }

  /** Hashes `length` bytes; used to check against the authors' vectors and for byte-shaped input. */
  hashBytes(bytes: Uint8Array, length: number): number {
    this.start();
    const word = (at: number): number => {
      let value = 0;
      for (let k = 0; k < 4 && at + k < length; k++) value |= bytes[at + k]! << (8 * k);
      return value;
    };
    let at = 0;
    for (; at + 8 <= length; at += 8) this.compress(word(at), word(at + 4));
    this.compress(word(at), word(at + 4) | ((length & 0xff) << 24));
    return this.finish();
  }

  private start(): void {
    const { v, key } = this;
    v[0] = key[0]! ^ 0x70736575;
    v[1] = key[1]! ^ 0x736f6d65;
    v[2] = key[2]! ^ 0x6e646f6d;
    v[3] = key[3]! ^ 0x646f7261;
    v[4] = key[0]! ^ 0x6e657261;
    v[5] = key[1]! ^ 0x6c796765;
    v[6] = key[2]! ^ 0x79746573;
    v[7] = key[3]! ^ 0x74656462;
  }

  private compress(low: number, high: number): void {
    const { v } = this;
    v[6]! ^= low;
    v[7]! ^= high;
    for (let round = 0; round < this.compressionRounds; round++) sipRound(v);
    v[0]! ^= low;
    v[1]! ^= high;
  }

  private finish(): number {
    const { v } = this;
    v[4]! ^= 0xff;
    for (let round = 0; round < this.finalRounds; round++) sipRound(v);
    this.low = v[0]! ^ v[2]! ^ v[4]! ^ v[6]!;
    this.high = v[1]! ^ v[3]! ^ v[5]! ^ v[7]!;
    return this.low;
  }
}

/** One ARX round on four 64-bit words. Locals keep the halves in registers; carries come from unsigned comparison. */
function sipRound(v: Int32Array): void {
  let l0 = v[0]!;
  let h0 = v[1]!;
  let l1 = v[2]!;
  let h1 = v[3]!;
  let l2 = v[4]!;
  let h2 = v[5]!;
  let l3 = v[6]!;
  let h3 = v[7]!;
  let swap = 0;
  l0 = (l0 + l1) | 0;
  h0 = (h0 + h1 + (l0 >>> 0 < l1 >>> 0 ? 1 : 0)) | 0;
  swap = l1;
  l1 = ((l1 << 13) | (h1 >>> 19)) ^ l0;
  h1 = ((h1 << 13) | (swap >>> 19)) ^ h0;
  swap = l0;
  l0 = h0;
  h0 = swap;
  l2 = (l2 + l3) | 0;
  h2 = (h2 + h3 + (l2 >>> 0 < l3 >>> 0 ? 1 : 0)) | 0;
  swap = l3;
  l3 = ((l3 << 16) | (h3 >>> 16)) ^ l2;
  h3 = ((h3 << 16) | (swap >>> 16)) ^ h2;
  l0 = (l0 + l3) | 0;
  h0 = (h0 + h3 + (l0 >>> 0 < l3 >>> 0 ? 1 : 0)) | 0;
  swap = l3;
  l3 = ((l3 << 21) | (h3 >>> 11)) ^ l0;
  h3 = ((h3 << 21) | (swap >>> 11)) ^ h0;
  l2 = (l2 + l1) | 0;
  h2 = (h2 + h1 + (l2 >>> 0 < l1 >>> 0 ? 1 : 0)) | 0;
  swap = l1;
  l1 = ((l1 << 17) | (h1 >>> 15)) ^ l2;
  h1 = ((h1 << 17) | (swap >>> 15)) ^ h2;
  swap = l2;
  l2 = h2;
  h2 = swap;
  v[0] = l0;
  v[1] = h0;
  v[2] = l1;
  v[3] = h1;
  v[4] = l2;
  v[5] = h2;
  v[6] = l3;
  v[7] = h3;
}
