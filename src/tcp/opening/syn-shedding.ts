/**
 * What a listener under a flood leaves unanswered when frames come faster than they can be looked at. A SYN that is read and dropped costs a third of
 * one that is answered; a queue before us that runs over drops everybody's segments alike, three of them for each honest connection. So a
 * share of the SYNs that would get a cookie is dropped here, never anything else, and not the SYNs of peers that completed a handshake
 * lately, nor those that come for the second time: floods do not repeat themselves, clients do, after a second.
 */
import type { Address } from '../../base/address.ts';
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpSurroundings } from '../surroundings.ts';

/** All are answered. */
const WHOLE = 256;
/** One in 64 is answered whatever comes. */
const LEAST = 4;
/** Full batches in a row that are only what had gathered while others had the processor. */
const PATIENCE = 32;
/** How fast the share falls with each full batch, as a shift, and rises with each other one. */
const FALL_SHIFT = 4;
const RISE = 2;
/** Bits for peers that are known, and for SYNs that were dropped: some percent are set when it is busy. */
const PEER_BITS = 1 << 16;
const DROPPED_BITS = 1 << 20;
/** How long what was seen is remembered, at least: half of how long at most. */
const PEER_MEMORY_US = 600e6;
const DROPPED_MEMORY_US = 4e6;

const WORDS = new Int32Array(4);

/** A set that forgets: bits of this spell and of the one before. */
class FadingSet {
  private bits: Int32Array;
  private before: Int32Array;
  private sinceUs = 0;
  private readonly spellUs: number;

  /** @param size bits, a power of two */
  constructor(size: number, spellUs: number) {
    this.bits = new Int32Array(size >>> 5);
    this.before = new Int32Array(size >>> 5);
    this.spellUs = spellUs;
  }

  has(hash: number): boolean {
    const at = (hash >>> 5) & (this.bits.length - 1);
    return (((this.bits[at]! | this.before[at]!) >>> (hash & 31)) & 1) !== 0;
  }

  add(hash: number, nowUs: number): void {
    if (nowUs - this.sinceUs >= this.spellUs) this.turn(nowUs);
    this.bits[(hash >>> 5) & (this.bits.length - 1)]! |= 1 << (hash & 31);
  }

  private turn(nowUs: number): void {
    const isLong = nowUs - this.sinceUs >= 2 * this.spellUs;
    const { bits } = this;
    this.bits = this.before.fill(0);
    this.before = isLong ? bits.fill(0) : bits;
    this.sinceUs = nowUs;
  }
}

/** Of one stack. */
export class SynShedding {
  /** SYNs from strangers that are answered, of 256. */
  share = WHOLE;
  private fullBatches = 0;
  private peers: FadingSet | null = null;
  private dropped: FadingSet | null = null;

  /** A batch of frames was taken from a device. @param isFull there are more behind it */
  batchTaken(isFull: boolean): void {
    if (!isFull) {
      this.fullBatches = 0;
      this.share = Math.min(WHOLE, this.share + RISE);
    } else if (++this.fullBatches > PATIENCE) {
      this.share = Math.max(LEAST, this.share - Math.max(1, this.share >> FALL_SHIFT));
    }
  }

  /** A peer has completed a handshake: it is there. */
  peerProven(env: TcpSurroundings, address: Address): void {
    this.peers ??= new FadingSet(PEER_BITS, PEER_MEMORY_US / 2);
    this.peers.add(sourceHash(env, address.family, address.w0, address.w1, address.w3), env.clock.nowUs);
  }

  /** Whether this SYN, for which there is no room in a queue, is answered by a cookie. */
  admits(env: TcpSurroundings, segment: TcpSegment): boolean {
    if (this.share === WHOLE || !env.settings.syn_shedding) return true;
    if ((env.random.publicInt32() & (WHOLE - 1)) < this.share) return true;
    const { packet } = segment;
    if (this.peers?.has(sourceHash(env, packet.family, packet.source0, packet.source1, packet.source3))) return true;
    this.dropped ??= new FadingSet(DROPPED_BITS, DROPPED_MEMORY_US / 2);
    WORDS[0] = packet.source3;
    WORDS[1] = packet.source2;
    WORDS[2] = (segment.destinationPort << 16) | segment.sourcePort;
    WORDS[3] = segment.seq;
    const hash = env.hash.hashWords(WORDS, 4);
    if (this.dropped.has(hash)) return true;
    this.dropped.add(hash, env.clock.nowUs);
    return false;
  }
}

/** An IPv4 address, or the 64 bits of IPv6 that one site has. */
export function sourceHash(env: TcpSurroundings, family: number, w0: number, w1: number, w3: number): number {
  WORDS[0] = family === 4 ? 0 : w0;
  WORDS[1] = family === 4 ? w3 : w1;
  return env.hash.hashWords(WORDS, 2);
}
