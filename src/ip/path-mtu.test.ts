/** Path MTU: which messages change it, for how long, and the bound of the table (RFC 1191, RFC 8201). */
import { describe, expect, it } from 'vitest';
import { Address } from '../base/address.ts';
import { Clock } from '../base/clock.ts';
import { SipHash } from '../base/keyed-hash.ts';
import { PathMtuCache } from './path-mtu.ts';

const PEER = Address.parse('192.0.2.1');
const PEER6 = Address.parse('2001:db8::1');

function cache(minPmtu = 552, entriesMax = 16): { clock: Clock; mtus: PathMtuCache } {
  const clock = new Clock(0);
  const hash = new SipHash(Int32Array.of(1, 2, 3, 4));
  return {
    clock,
    mtus: new PathMtuCache(clock, hash, { minPmtu, pmtuPlateaus: true, mtuExpiresMs: 600_000 }, entriesMax),
  };
}

describe('candidate path MTU', () => {
  // RFC 1191 §3 R1191-2: never up because of a message, never below 68.
  // RFC 1191 §5 R1191-3: plateaus where the router names no MTU.
  it.each([
    ['linux takes what is named', 552, 1500, 1400, 1500, 1400],
    ['an equal value says nothing', 552, 1500, 1500, 1500, 0],
    ['a larger value says nothing', 552, 1500, 9000, 1500, 0],
    ['linux stops at 552', 552, 1500, 100, 1500, 552],
    ['nothing is left below 552', 552, 552, 100, 552, 0],
    ['rfc stops at 68', 68, 1500, 20, 1500, 68],
    ['the plateau below the packet', 552, 1500, 0, 1500, 1492],
    ['the next plateau', 552, 1492, 0, 1492, 1006],
    ['the plateau below a shorter packet', 552, 1500, 0, 1000, 552],
    ['rfc goes down to 508', 68, 1006, 0, 1006, 508],
    ['an incredible length is replaced', 552, 1500, 0, 0xdc05, 1492],
    ['a missing length is replaced', 552, 1500, 0, 0, 1492],
  ])('%s', (_name, minPmtu, current, reported, quoted, expected) => {
    expect(cache(minPmtu).mtus.candidate(PEER, current, reported, quoted)).toBe(expected);
  });

  // RFC 8201 §4 R8201-1, R8201-9: a packet too big that names less than 1280 is discarded, one that names more changes nothing.
  it.each([
    [1500, 1400, 1400],
    [1500, 1280, 1280],
    [1500, 1279, 0],
    [1500, 0, 0],
    [1500, 1500, 0],
    [1400, 1500, 0],
  ])('IPv6 from %i by a report of %i is %i', (current, reported, expected) => {
    expect(cache().mtus.candidate(PEER6, current, reported, 1500)).toBe(expected);
  });
});

describe('accepted path MTU', () => {
  // RFC 1191 §3 R1191-4: more than the five minutes asked for.
  // RFC 1191 §6.5 R1191-9: the first hop's MTU stays a bound.
  // RFC 8201 §4 R8201-5: nothing larger before.
  it('holds for ten minutes and never rises before', () => {
    const { clock, mtus } = cache();
    expect(mtus.mtuFor(PEER, 1500)).toBe(1500);
    expect(mtus.accept(PEER, 1400)?.mtu).toBe(1400);
    const { generation } = mtus;
    expect(mtus.accept(PEER, 1450)).toBeNull();
    expect([mtus.mtuFor(PEER, 1500), mtus.mtuFor(PEER, 1300), mtus.generation]).toEqual([1400, 1300, generation]);
    clock.set(599_999_999);
    expect(mtus.mtuFor(PEER, 1500)).toBe(1400);
    clock.set(600_000_000);
    expect(mtus.mtuFor(PEER, 1500)).toBe(1500);
    expect(mtus.accept(PEER, 1450)?.mtu).toBe(1450);
    expect(mtus.size).toBe(1);
  });

  // RFC 8201 §5.2 R8201-7: by destination.
  // RFC 4821 §5.2 R4821-17: never by prefix.
  it('keeps families and peers apart', () => {
    const { mtus } = cache();
    mtus.accept(PEER, 1400);
    mtus.accept(PEER6, 1300);
    expect([mtus.mtuFor(PEER, 1500), mtus.mtuFor(PEER6, 1500)]).toEqual([1400, 1300]);
    expect(mtus.mtuFor(Address.parse('192.0.2.2'), 1500)).toBe(1500);
  });

  it('marks a path below the minimum, which gets packets without DF', () => {
    const { mtus } = cache();
    expect(mtus.accept(PEER, 552)).toMatchObject({ mtu: 552, isLocked: true });
    expect(mtus.accept(PEER6, 1280)).toMatchObject({ mtu: 1280, isLocked: false });
  });

  it('forgets on demand', () => {
    const { mtus } = cache();
    mtus.accept(PEER, 1400);
    mtus.forget(PEER);
    expect(mtus.mtuFor(PEER, 1500)).toBe(1500);
  });

  it('is bounded: the entry learned longest ago gives way', () => {
    const { mtus } = cache(552, 4);
    const peers = [1, 2, 3, 4, 5, 6].map((last) => Address.v4(0x0a000000 + last));
    for (const peer of peers) mtus.accept(peer, 1000);
    expect(mtus.size).toBe(4);
    expect(peers.map((peer) => mtus.mtuFor(peer, 1500))).toEqual([1500, 1500, 1000, 1000, 1000, 1000]);
  });
});
