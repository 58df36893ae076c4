/**
 * IPv4 identifications and IPv6 fragment identifications (RFC 6864, RFC 7739 section 5.3): counters chosen and shifted by a
 * keyed hash of the two addresses, so that one peer learns nothing about the traffic with another. Flow labels likewise
 * (RFC 6437 section 3).
 */
import type { Address } from '../base/address.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import type { RandomSource } from '../base/random.ts';

const COUNTERS = 256;

/** The two ends of a flow. */
export interface AddressPair {
  readonly source: Address;
  readonly remote: Address;
}

export class IdentificationSource {
  private readonly counters = new Int32Array(COUNTERS);
  private readonly hash: KeyedHash;
  private readonly words = new Int32Array(10);

  constructor(random: RandomSource, hash: KeyedHash) {
    this.hash = hash;
    for (let index = 0; index < COUNTERS; index++) this.counters[index] = random.publicInt32();
  }

  /** The next identification from source to remote, int32; IPv4 uses the low 16 bits. */
  next(pair: AddressPair): number {
    this.hashPair(pair, 0, 0, 8);
    const counter = this.hash.low & (COUNTERS - 1);
    const value = this.counters[counter]!;
    this.counters[counter] = (value + 1) | 0;
    return (value + this.hash.high) | 0;
  }

  /** A 20-bit flow label, never 0, the same for all packets of a flow (RFC 6437 section 3). */
  flowLabel(pair: AddressPair, protocol: number, ports: number): number {
    this.hashPair(pair, protocol, ports, 10);
    return this.hash.low & 0xfffff || 1;
  }

  private hashPair(pair: AddressPair, protocol: number, ports: number, count: number): void {
    const { words } = this;
    const { source, remote } = pair;
    words[0] = source.w0;
    words[1] = source.w1;
    words[2] = source.w2;
    words[3] = source.w3;
    words[4] = remote.w0;
    words[5] = remote.w1;
    words[6] = remote.w2;
    words[7] = remote.w3;
    words[8] = protocol;
    words[9] = ports;
    this.hash.hashWords(words, count);
  }
}
