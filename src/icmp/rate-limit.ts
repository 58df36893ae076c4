/**
 * How many ICMP errors may leave (RFC 1812 section 4.3.2.8, RFC 4443 section 2.4 f), the way Linux does it: a bucket for the
 * host as a whole and one per destination. An attacker who counts answers could learn which ports are open elsewhere on the
 * host, so the common bucket pays a random price per message (Man et al., "DNS Cache Poisoning Attack Reloaded", 2020), and no two
 * destinations share one of theirs: who found an address that does would see what is sent to the other.
 */
import type { Address } from '../base/address.ts';
import type { Clock } from '../base/clock.ts';
import { TICKS_PER_MS, TICKS_PER_SECOND } from '../base/clock.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';
import type { RandomSource } from '../base/random.ts';

/** Messages a destination may get in a row before the pause between two applies. */
const HOST_BURST = 6;

/** What one destination has left. */
interface HostBucket {
  savedTicks: number;
  stampTick: number;
}

/** A token bucket over ticks: `rate` tokens a second, at most `burst` saved. */
export class TokenBucket {
  readonly ratePerSec: number;
  readonly burst: number;
  private tokens: number;
  private stampTick: number;

  constructor(ratePerSec: number, burst: number, tick: number) {
    this.ratePerSec = ratePerSec;
    this.burst = burst;
    this.tokens = burst;
    this.stampTick = tick;
  }

  /** Tokens there are now, whole ones. */
  available(tick: number): number {
    const elapsed = elapsedTicks(this.stampTick, tick, TICKS_PER_SECOND);
    const earned = Math.floor((elapsed * this.ratePerSec) / TICKS_PER_SECOND);
    this.tokens = Math.min(this.tokens + earned, this.burst);
    // The stamp moves by what was earned only, or frequent questions would keep the bucket empty.
    if (elapsed === TICKS_PER_SECOND) this.stampTick = tick;
    else if (earned > 0) this.stampTick = (this.stampTick + (earned * TICKS_PER_SECOND) / this.ratePerSec) | 0;
    return this.tokens;
  }

  /** Takes `count` tokens; the bucket may owe some afterwards, so that a random price keeps its mean when it is low. */
  consume(count: number): void {
    this.tokens -= count;
  }
}

/** Verdict of the limiter. */
export const RateVerdict = { allowed: 0, globalLimit: 1, hostLimit: 2 } as const;

/** The limiter of one stack. */
export class IcmpRateLimiter {
  private readonly clock: Clock;
  private readonly random: RandomSource;
  private readonly hash: KeyedHash;
  private readonly common: TokenBucket;
  private readonly pauseTicks: number;
  private readonly hostsMax: number;
  /** By 53 bits of the keyed hash, least recently used first. One that has had time to fill up again says nothing and goes first. */
  private readonly hosts = new Map<number, HostBucket>();
  private readonly hashInput = new Int32Array(4);

  /**
   * @param messagesPerSec errors of the whole host; 0 switches this limit off
   * @param burst messages in a row, of the whole host
   * @param pauseMs between two errors to one destination, after a burst of six; 0 switches this limit off
   * @param hostsMax destinations remembered at most; while all of them wait, others get no errors
   */
  constructor(
    clock: Clock,
    random: RandomSource,
    hash: KeyedHash,
    messagesPerSec: number,
    burst: number,
    pauseMs: number,
    hostsMax: number,
  ) {
    this.clock = clock;
    this.random = random;
    this.hash = hash;
    this.common = new TokenBucket(messagesPerSec, burst, clock.tick);
    this.pauseTicks = Math.ceil(pauseMs * TICKS_PER_MS);
    this.hostsMax = hostsMax;
  }

  /** Destinations remembered now. */
  get hostCount(): number {
    return this.hosts.size;
  }

  /** Asks for one error to `destination` and pays for it when it is allowed. */
  take(destination: Address): number {
    const { tick } = this.clock;
    const isCommonOn = this.common.ratePerSec > 0;
    if (isCommonOn && this.common.available(tick) < 1) return RateVerdict.globalLimit;
    if (this.pauseTicks > 0 && !this.takeFromHost(destination, tick)) return RateVerdict.hostLimit;
    // Nought to two tokens, one in the mean; drawn from the secret stream.
    if (isCommonOn) this.common.consume((this.random.secretInt32() >>> 0) % 3);
    return RateVerdict.allowed;
  }

  private takeFromHost(destination: Address, tick: number): boolean {
    const input = this.hashInput;
    input[0] = destination.w0;
    input[1] = destination.w1;
    input[2] = destination.w2;
    input[3] = destination.w3;
    this.hash.hashWords(input, 4);
    const key = (this.hash.low >>> 0) * 2 ** 21 + (this.hash.high >>> 11);
    const most = this.pauseTicks * HOST_BURST;
    let bucket = this.hosts.get(key);
    if (bucket === undefined) {
      this.forgetFull(most, tick);
      if (this.hosts.size >= this.hostsMax) return false;
      bucket = { savedTicks: most, stampTick: tick };
    } else this.hosts.delete(key);
    this.hosts.set(key, bucket);
    const saved = Math.min(bucket.savedTicks + elapsedTicks(bucket.stampTick, tick, most), most);
    bucket.stampTick = tick;
    const isAllowed = saved >= this.pauseTicks;
    bucket.savedTicks = isAllowed ? saved - this.pauseTicks : saved;
    return isAllowed;
  }

  /** Two at most each time, which is more than are added. */
  private forgetFull(most: number, tick: number): void {
    let count = 0;
    for (const [key, { savedTicks, stampTick }] of this.hosts) {
      if (count === 2 || savedTicks + elapsedTicks(stampTick, tick, most) < most) return;
      this.hosts.delete(key);
      count++;
    }
  }
}

/** Ticks from `since` to `now`, at most `most`; a difference that looks negative is one too old to be told. */
function elapsedTicks(since: number, now: number, most: number): number {
  const elapsed = (now - since) | 0;
  return elapsed < 0 || elapsed > most ? most : elapsed;
}
