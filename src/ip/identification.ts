/**
 * IPv4 identifications and IPv6 fragment identifications (RFC 6864, RFC 7739 section 5.3): counters chosen and shifted by a
 * keyed hash of the two addresses, so that one peer learns nothing about the traffic with another. Peers who happen to share a
 * counter cannot tell either: it moves on by secret steps, wider ones after a pause. Flow labels likewise (RFC 6437 section 3).
 */
import type { Address } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';

/** A power of two; as many as Linux has at least, so that an attacker with a few hundred addresses rarely shares one with a victim. */
const COUNTERS = 2048;
/** A step is 1 to this, and up to one more for each millisecond of pause: identifications last for some 20,000 datagrams. */
const STEP_MAX = 5;
/** Longer pauses widen a step no further. */
const PAUSE_MAX_MS = 8192;

/** The two ends of a flow. */
export interface AddressPair {
  readonly source: Address;
  readonly remote: Address;
}

export class IdentificationSource {
  /** All start at 0: what is seen is shifted by the hash of the pair. */
  private readonly counters = new Int32Array(COUNTERS);
  private readonly stampsMs = new Int32Array(COUNTERS);
  private readonly clock: Clock;
  private readonly hash: KeyedHash;
  private readonly words = new Int32Array(10);

  constructor(clock: Clock, hash: KeyedHash) {
    this.clock = clock;
    this.hash = hash;
  }

  /** The next identification from source to remote, int32; IPv4 uses the low 16 bits. */
  next(pair: AddressPair): number {
    this.hashPair(pair, 0, 0, 8);
    const shift = this.hash.high;
    return (this.advance(this.hash.low & (COUNTERS - 1)) + shift) | 0;
  }

  /** A 20-bit flow label, never 0, the same for all packets of a flow (RFC 6437 section 3). */
  flowLabel(pair: AddressPair, protocol: number, ports: number): number {
    this.hashPair(pair, protocol, ports, 10);
    return this.hash.low & 0xfffff || 1;
  }

  private advance(counter: number): number {
    const value = this.counters[counter]!;
    const ms = this.clock.ms | 0;
    const pauseMs = (ms - this.stampsMs[counter]!) | 0;
    this.stampsMs[counter] = ms;
    const span = STEP_MAX + (pauseMs < 0 ? PAUSE_MAX_MS : Math.min(pauseMs, PAUSE_MAX_MS));
    this.words[0] = counter;
    this.words[1] = value;
    this.hash.hashWords(this.words, 2);
    const next = (value + 1 + ((this.hash.low >>> 0) % span)) | 0;
    this.counters[counter] = next;
    return next;
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
