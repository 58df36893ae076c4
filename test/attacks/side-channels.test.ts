/**
 * What a third party could learn by counting: how much of a limit that all share somebody else has used (CVE-2016-5696 for challenge ACKs,
 * SAD DNS of 2020 and 2021 for ICMP errors), how many datagrams went to somebody else (IP identifications), which port comes next
 * (RFC 6056). Each test looks through the attacker's eyes, and through the same eyes at the naive mechanism.
 */
import { describe, expect, it } from 'vitest';
import { Address } from '../../src/base/address.ts';
import { Clock } from '../../src/base/clock.ts';
import { SipHash } from '../../src/base/keyed-hash.ts';
import { SeededGenerator, SeededRandom } from '../../src/base/random.ts';
import { IcmpRateLimiter, RateVerdict, TokenBucket } from '../../src/icmp/rate-limit.ts';
import { IdentificationSource } from '../../src/ip/identification.ts';
import { StreamSocket } from '../../src/socket/index.ts';
import { Bench, MSS_1460, Peer, type Profile, THEIRS } from '../requirements/bench.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

/** Connections of an attacker and one of his victim, to the same host. */
function crowd(
  profile: Profile,
  tcp: Record<string, number>,
  own: number,
): { bench: Bench; own: Peer[]; victim: Peer } {
  const bench = new Bench({ profile, settings: { tcp } } as ConstructorParameters<typeof Bench>[0]);
  const listener = bench.listen(80);
  const open = (address: string, port: number): Peer => {
    const peer = new Peer(bench, { address, port });
    peer.send('S', { options: MSS_1460 });
    peer.accept(bench.takeOne());
    peer.send('A');
    listener.accept();
    bench.take();
    return peer;
  };
  const peers = Array.from({ length: own }, (_, index) => open('203.0.113.5', 20_000 + index));
  return { bench, own: peers, victim: open(THEIRS, 40_000) };
}

/** Challenges an attacker can draw on his own connections after forging one RST that does, or does not, hit the victim's window. */
function countAfterGuess(profile: Profile, tcp: Record<string, number>, isHit: boolean): number {
  const { bench, own, victim } = crowd(profile, tcp, 30);
  victim.send('R', { seq: (victim.seq + (isHit ? 100 : 1_000_000_000)) >>> 0 });
  bench.take();
  for (const peer of own) peer.send('R', { seq: (peer.seq + 100) >>> 0 });
  return bench.take().filter(({ destination }) => destination === '203.0.113.5').length;
}

describe.each(PROFILES)('%s: challenge ACKs', (profile) => {
  it('are counted alike whether a guess at another connection was right or not', () => {
    expect(countAfterGuess(profile, {}, true)).toBe(30);
    expect(countAfterGuess(profile, {}, false)).toBe(30);
  });

  it('with challenge_ack_limit the guess costs the attacker one of his own, which is why it is off', () => {
    const tcp = { challenge_ack_limit: 20 };
    const [hit, miss] = [countAfterGuess(profile, tcp, true), countAfterGuess(profile, tcp, false)];
    // The seed is the same, so that what chance hides on a real host can be seen here.
    expect(hit).toBeLessThan(30);
    expect(miss - hit).toBe(1);
  });

  it('cannot be used up: a peer that has restarted still gets the one it needs', () => {
    for (const [limit, answers] of [
      [2 ** 31 - 1, 1],
      [20, 0],
    ] as const) {
      const { bench, own, victim } = crowd(profile, { challenge_ack_limit: limit }, 40);
      for (const peer of own) peer.send('R', { seq: (peer.seq + 100) >>> 0 });
      bench.take();
      victim.send('S', { seq: 77, options: MSS_1460 });
      expect(bench.take().length).toBe(answers);
    }
  });

  it('of one connection are limited all the same', () => {
    const { bench, victim } = crowd(profile, {}, 0);
    for (let index = 0; index < 500; index++) victim.send('R', { seq: (victim.seq + 1 + index) >>> 0 });
    expect(bench.take().length).toBe(1);
  });
});

const address = (index: number): Address => Address.parse(`10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`);

function limiter(seed: number, perSec = 1_000, pauseMs = 1_000): { limits: IcmpRateLimiter; clock: Clock } {
  const clock = new Clock(0);
  clock.set(1_000_000);
  const hash = new SipHash(Int32Array.of(seed, 2, 3, 4));
  return { clock, limits: new IcmpRateLimiter(clock, new SeededRandom(seed), hash, perSec, 50, pauseMs, 65_664) };
}

describe('ICMP errors', () => {
  // SAD DNS: 50 forged probes to 50 ports; is one port open, one token is left for the attacker's own probe.
  const probe = (seed: number, closed: number): boolean => {
    const { limits } = limiter(seed);
    for (let index = 0; index < closed; index++) limits.take(address(index));
    return limits.take(Address.parse('203.0.113.5')) === RateVerdict.allowed;
  };

  it('do not tell which of fifty ports was open; a bucket of fixed price does', () => {
    const told = (closed: number): number =>
      Array.from({ length: 400 }, (_, seed) => probe(seed, closed)).filter(Boolean).length;
    expect(Math.abs(told(49) - told(50))).toBeLessThan(60);
    expect(told(50)).toBeGreaterThan(100);
    expect(told(50)).toBeLessThan(300);
    const naive = (closed: number): number => {
      const bucket = new TokenBucket(1_000, 50, 0);
      bucket.consume(closed);
      return bucket.available(0);
    };
    expect([naive(49), naive(50)]).toEqual([1, 0]);
  });

  it('to one destination leave the buckets of all others full: there is no address that shares one', () => {
    const { limits } = limiter(1, 0);
    const victim = Address.parse('192.0.2.53');
    for (let count = 0; count < 20; count++) limits.take(victim);
    const refused = Array.from({ length: 5_000 }, (_, index) => limits.take(address(index)));
    expect(refused.filter((verdict) => verdict !== RateVerdict.allowed)).toEqual([]);
    expect(limits.take(victim)).toBe(RateVerdict.hostLimit);
  });

  it('refused by the limit of one destination cost the host nothing', () => {
    const { limits } = limiter(3, 1_000);
    for (let count = 0; count < 10_000; count++) limits.take(address(1));
    expect(limits.take(address(2))).toBe(RateVerdict.allowed);
  });

  it('remember no more destinations than the host answers in six seconds', () => {
    const { limits, clock } = limiter(4);
    for (let ms = 0; ms < 20_000; ms++) {
      clock.set(1_000_000 + ms * 1_000);
      for (let turn = 0; turn < 3; turn++) limits.take(address(ms * 3 + turn));
    }
    expect(limits.hostCount).toBeLessThan(8_000);
    expect(limits.hostCount).toBeGreaterThan(500);
  });
});

describe('IP identifications', () => {
  const source = Address.parse('10.0.0.1');
  const made = (seed: number): { ids: IdentificationSource; clock: Clock } => {
    const clock = new Clock(0);
    clock.set(5_000_000);
    return { clock, ids: new IdentificationSource(clock, new SipHash(Int32Array.of(seed, 6, 7, 8))) };
  };

  it('differ from peer to peer and from host to host', () => {
    const { ids } = made(1);
    const first = Array.from({ length: 200 }, (_, index) => ids.next({ source, remote: address(index) }));
    expect(new Set(first).size).toBe(200);
    expect(made(2).ids.next({ source, remote: address(0) })).not.toBe(first[0]);
  });

  it('do not show how many datagrams went to a peer that shares the counter', () => {
    // All peers at once, so that the attacker is sure to share a counter with somebody.
    const steps = (others: number): number[] => {
      const { ids, clock } = made(3);
      const mine = { source, remote: Address.parse('203.0.113.5') };
      let last = ids.next(mine);
      return Array.from({ length: 50 }, () => {
        clock.set(clock.nowUs + 100_000);
        for (let index = 0; index < others; index++) ids.next({ source, remote: address(index) });
        const next = ids.next(mine);
        const step = (next - last) | 0;
        last = next;
        return step;
      });
    };
    // In silence the counter moves on too, by what nobody can tell from a busy neighbor.
    const [idle, busy] = [steps(0), steps(3_000)];
    expect(new Set(idle).size).toBeGreaterThan(25);
    expect(new Set(busy).size).toBeGreaterThan(25);
    for (const step of [...idle, ...busy]) expect(step).toBeGreaterThan(0);
    expect(Math.max(...idle)).toBeGreaterThan(Math.min(...busy));
  });

  // RFC 6864 §4.3: not again while the last one may live.
  it('do not come again to one peer within ten thousand datagrams', () => {
    const { ids } = made(4);
    const mine = { source, remote: Address.parse('203.0.113.5') };
    const seen = new Set(Array.from({ length: 10_000 }, () => ids.next(mine) & 0xffff));
    expect(seen.size).toBe(10_000);
  });
});

describe.each(PROFILES)('%s: ports and initial sequence numbers', (profile) => {
  const syn = (bench: Bench, remoteAddress: string): { port: number; seq: number } => {
    StreamSocket.connect(bench.stack, { remoteAddress, remotePort: 80 });
    const segment = bench.take().find(({ destination }) => destination === remoteAddress);
    return { port: segment?.sourcePort ?? 0, seq: segment?.seq ?? 0 };
  };

  // RFC 6056 §3.3.3 and RFC 6528. The part of a setting is played by a range of a single port.
  it('towards a victim do not follow from those towards the attacker', () => {
    const gaps = [11, 12, 13, 14, 15, 16].map((seed) => {
      const bench = new Bench({ profile, seed });
      const mine = syn(bench, '203.0.113.5');
      const theirs = syn(bench, '198.51.100.7');
      return [theirs.port - mine.port, (theirs.seq - mine.seq) | 0];
    });
    expect(new Set(gaps.map(([ports]) => ports)).size).toBeGreaterThan(4);
    expect(new Set(gaps.map(([, numbers]) => numbers)).size).toBe(6);
    const tcp = { ip_local_port_first: 40_000, ip_local_port_last: 40_000 };
    const bench = new Bench({ profile, settings: { tcp } });
    expect([syn(bench, '203.0.113.5').port, syn(bench, '198.51.100.7').port]).toEqual([40_000, 40_000]);
  });

  it('cover the range', () => {
    const random = new SeededGenerator(5);
    const ports = Array.from({ length: 60 }, () => {
      const bench = new Bench({ profile, seed: random.nextBelow(1e9) });
      return syn(bench, '198.51.100.7').port;
    });
    expect(Math.min(...ports)).toBeLessThan(40_000);
    expect(Math.max(...ports)).toBeGreaterThan(54_000);
    expect(new Set(ports).size).toBeGreaterThan(50);
  });
});
