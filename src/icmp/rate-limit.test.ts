/** The rates of ICMP errors: token bucket, per destination, whole host (RFC 1812 section 4.3.2.8). */
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { Clock } from '../base/clock.ts';
import { SipHash } from '../base/keyed-hash.ts';
import { SeededRandom } from '../base/random.ts';
import { IcmpRateLimiter, RateVerdict, TokenBucket } from './rate-limit.ts';

const PEER = Address.parse('192.0.2.1');

function limiter(perSec: number, burst: number, pauseMs: number, seed = 1): { clock: Clock; limits: IcmpRateLimiter } {
  const clock = new Clock(0);
  clock.set(5_000_000);
  const hash = new SipHash(Int32Array.of(1, 2, 3, 4));
  return { clock, limits: new IcmpRateLimiter(clock, new SeededRandom(seed), hash, perSec, burst, pauseMs, 64) };
}

describe('token bucket', () => {
  it('earns at its rate, keeps fractions, saves no more than the burst', () => {
    const bucket = new TokenBucket(100, 5, 0);
    bucket.consume(5);
    expect(bucket.available(99)).toBe(0);
    expect(bucket.available(150)).toBe(1);
    expect(bucket.available(199)).toBe(1);
    expect(bucket.available(200)).toBe(2);
    expect(bucket.available(100_000)).toBe(5);
    expect(bucket.available(-2_000_000_000)).toBe(5);
  });
});

describe('ICMP rate limit', () => {
  // RFC 1812 §4.3.2.8, RFC 4443 §2.4 f.
  it('lets a destination have six at once, then one a second', () => {
    const { clock, limits } = limiter(0, 0, 1000);
    const burst = Array.from({ length: 8 }, () => limits.take(PEER));
    expect(burst.map((verdict) => verdict === RateVerdict.allowed)).toEqual([1, 1, 1, 1, 1, 1, 0, 0].map(Boolean));
    clock.set(5_999_000);
    expect(limits.take(PEER)).toBe(RateVerdict.hostLimit);
    clock.set(6_001_000);
    expect(limits.take(PEER)).toBe(RateVerdict.allowed);
    expect(limits.take(PEER)).toBe(RateVerdict.hostLimit);
    expect(limits.take(Address.parse('192.0.2.2'))).toBe(RateVerdict.allowed);
  });

  it('remembers so many destinations and no more; those that have rested make room', () => {
    const { clock, limits } = limiter(0, 0, 1000);
    const ask = (host: number): number => limits.take(Address.parse(`192.0.2.${host}`));
    const verdicts = Array.from({ length: 100 }, (_, host) => ask(host));
    expect(verdicts.filter((verdict) => verdict === RateVerdict.allowed).length).toBe(64);
    expect(limits.hostCount).toBe(64);
    clock.set(6_100_000);
    expect(ask(200)).toBe(RateVerdict.allowed);
    // Two have gone for the one that came.
    expect(limits.hostCount).toBe(63);
  });

  it('bounds the whole host near its rate', () => {
    const { clock, limits } = limiter(1000, 50, 0);
    let allowed = 0;
    for (let ms = 0; ms < 2000; ms++) {
      clock.set(5_000_000 + ms * 1000);
      for (let attempt = 0; attempt < 4; attempt++) if (limits.take(PEER) === RateVerdict.allowed) allowed++;
    }
    expect(allowed).toBeGreaterThan(1700);
    expect(allowed).toBeLessThan(2500);
  });

  it('does not tell by the count of answers how many others were sent', () => {
    const counts = [1, 2, 3, 4, 5, 6].map((seed) => {
      const { limits } = limiter(1000, 50, 0, seed);
      let count = 0;
      while (limits.take(PEER) === RateVerdict.allowed) count++;
      return count;
    });
    expect(new Set(counts).size).toBeGreaterThan(1);
    for (const count of counts) expect(Math.abs(count - 50)).toBeLessThan(30);
  });
});
