/** What is left unanswered under a flood: only while batches are full, never who is known, and nobody twice. */
import { describe, expect, it } from 'vitest';
import { Address } from '../../base/address.ts';
import { Clock } from '../../base/clock.ts';
import { SipHash } from '../../base/keyed-hash.ts';
import { SeededRandom } from '../../base/random.ts';
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { linuxTcpSettings } from '../settings.ts';
import { SynShedding, sourceHash } from './syn-shedding.ts';

function setUp(syn_shedding = true) {
  const random = new SeededRandom(3);
  const clock = new Clock(0);
  const settings = { ...linuxTcpSettings(), syn_shedding };
  const env = { random, clock, settings, hash: SipHash.keyedBy(random) } as unknown as TcpEnvironment;
  const shedding = new SynShedding();
  return { env, clock, shedding, overload: () => Array.from({ length: 500 }, () => shedding.batchTaken(true)) };
}

function syn(source: string, sourcePort: number, seq = 1): TcpSegment {
  const { family, w0, w1, w2, w3 } = Address.parse(source);
  const packet = { family, source0: w0, source1: w1, source2: w2, source3: w3 };
  return { packet, sourcePort, destinationPort: 80, seq } as unknown as TcpSegment;
}

describe('SynShedding', () => {
  it('answers all until full batches follow one another for a while', () => {
    const { env, shedding } = setUp();
    for (let round = 0; round < 1_000; round++) {
      for (let full = 0; full < 32; full++) shedding.batchTaken(true);
      shedding.batchTaken(false);
    }
    expect(shedding.share).toBe(256);
    for (let port = 0; port < 1_000; port++) expect(shedding.admits(env, syn('10.0.0.1', port))).toBe(true);
  });

  it('answers one in 64 of the strangers at least, and all again when it keeps up', () => {
    const { env, shedding, overload } = setUp();
    overload();
    let answered = 0;
    for (let count = 0; count < 20_000; count++) {
      if (shedding.admits(env, syn(`10.${count & 255}.${count >> 8}.1`, count))) answered++;
    }
    expect(answered / 20_000).toBeGreaterThan(1 / 80);
    // Some look like one that was dropped before.
    expect(answered / 20_000).toBeLessThan(1 / 25);
    for (let batch = 0; batch < 200; batch++) shedding.batchTaken(false);
    expect(shedding.share).toBe(256);
  });

  it.each(['10.0.0.7', 'fd00::7'])(
    'answers the peer %s that was there before, from any port, for some minutes',
    (peer) => {
      const { env, clock, shedding, overload } = setUp();
      shedding.peerProven(env, Address.parse(peer));
      overload();
      const share = (): number => {
        let answered = 0;
        for (let port = 0; port < 500; port++) if (shedding.admits(env, syn(peer, port, clock.nowUs))) answered++;
        return answered / 500;
      };
      expect(share()).toBe(1);
      for (let minute = 1; minute < 40; minute++) {
        clock.set(minute * 60e6);
        shedding.peerProven(env, Address.parse('192.0.2.1'));
        if (minute < 5) expect(share()).toBe(1);
      }
      expect(share()).toBeLessThan(0.1);
    },
  );

  it('answers what comes again, and only the same SYN', () => {
    const { env, clock, shedding, overload } = setUp();
    overload();
    const dropped = Array.from({ length: 500 }, (_, port) => syn('10.0.0.1', port)).filter(
      (segment) => !shedding.admits(env, segment),
    );
    expect(dropped.length).toBeGreaterThan(450);
    clock.set(1e6);
    for (const segment of dropped) expect(shedding.admits(env, segment)).toBe(true);
    clock.set(20e6);
    // A set turns when something is added to it.
    shedding.admits(env, syn('10.9.9.9', 9));
    shedding.admits(env, syn('10.9.9.9', 10));
    const forgotten = dropped.filter((segment) => !shedding.admits(env, segment));
    expect(forgotten.length).toBeGreaterThan(400);
  });

  it('does nothing when it is switched off', () => {
    const { env, shedding, overload } = setUp(false);
    overload();
    for (let port = 0; port < 1_000; port++) expect(shedding.admits(env, syn('10.0.0.1', port))).toBe(true);
  });
});

describe('where a SYN is from', () => {
  const hashOf = (source: string): number => {
    const { env } = setUp();
    const { family, w0, w1, w3 } = Address.parse(source);
    return sourceHash(env, family, w0, w1, w3);
  };

  it.each([
    ['the same address', '10.0.0.7', '10.0.0.7', true],
    ['another address', '10.0.0.7', '10.0.0.8', false],
    ['another network', '10.0.0.7', '10.1.0.7', false],
    ['the same site', 'fd00::7', 'fd00::8', true],
    ['another site', 'fd00::7', 'fd00:0:0:1::7', false],
    ['another site, further up', 'fd00::7', 'fd01::7', false],
  ])('is %s', (_, one, other, isSame) => {
    expect(hashOf(one) === hashOf(other)).toBe(isSame);
  });
});
