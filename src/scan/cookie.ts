/**
 * Probes that know themselves again: sequence number, acknowledgment number and source port of a probe are a keyed hash of where
 * it goes and which try it is. An answer that does not carry them is not an answer, and nothing has to be remembered for
 * telling that. Whoever does not see the probes can guess none of them (RFC 9293 section 3.4.1, RFC 6056).
 */
import type { Address } from '../base/address.ts';
import { SipHash } from '../base/keyed-hash.ts';
import type { RandomSource } from '../base/random.ts';

/** Source ports are drawn from here up: the upper half, where nothing well known lives. */
const FIRST_SOURCE_PORT = 0x8000;

/** The numbers of one probe at a time. */
export class ProbeCookie {
  /** Of the probe last computed; int32. */
  seq = 0;
  ack = 0;
  sourcePort = 0;
  private readonly hash: SipHash;
  private readonly words = new Int32Array(6);

  constructor(random: RandomSource) {
    this.hash = SipHash.keyedBy(random);
  }

  /**
   * Computes the numbers of a probe.
   * @param kind IP protocol number; other numbers for what is no port scan
   * @param tryNumber 0 for the first
   */
  compute(target: Address, kind: number, port: number, tryNumber: number): void {
    const { words, hash } = this;
    words[0] = target.w3;
    words[1] = (port << 16) | (kind << 8) | tryNumber;
    let count = 2;
    if (target.family === 6) {
      words[2] = target.w0;
      words[3] = target.w1;
      words[4] = target.w2;
      count = 5;
    }
    this.seq = hash.hashWords(words, count);
    const { high } = hash;
    this.sourcePort = FIRST_SOURCE_PORT | (high & 0x7fff);
    this.ack = Math.imul(high, 0x9e3779b1) ^ (high >>> 15);
  }
}
