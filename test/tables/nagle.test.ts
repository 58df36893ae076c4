/** When a small segment waits: Nagle's algorithm as the RFC has it and as Minshall does, cork and no-delay (RFC 9293 section 3.7.4). */
import { describe, expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';
import { timesMs, watch } from '../support/timeline.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MSS = 1_000;

function established(profile: Profile): SegmentPeer {
  return SegmentPeer.inState('ESTABLISHED', { profile, synOptions: [2, 4, MSS >> 8, MSS & 255] });
}

// RFC 9293 §3.7.4 SHLD-7, MUST-17: what is in flight, what is written behind it, and whether it goes.
describe.each([
  ['nothing', [], 10, true, true],
  ['nothing', [], MSS, true, true],
  ['a full segment', [MSS], MSS, true, true],
  ['a small segment', [10], 10, false, false],
  ['a small segment', [10], MSS, true, true],
  ['a full segment', [MSS], 10, false, true],
  ['a full one and a small one', [MSS, 10], 10, false, false],
  ['a small one and a full one', [10, MSS], 10, false, false],
] as const)('Nagle: in flight %s', (_, flight, written, rfcGoes, linuxGoes) => {
  it.each([
    ['rfc', rfcGoes],
    ['linux', linuxGoes],
  ] as const)(`%s: ${written} octets written go at once: %s`, (profile, goes) => {
    const peer = established(profile);
    peer.user.noDelay = true;
    for (const length of flight) {
      peer.user.write(text(length));
      peer.bench.take();
    }
    peer.user.noDelay = false;
    peer.user.write(text(written));
    const total = flight.reduce<number>((sum, length) => sum + length, 0);
    expect(peer.taken().length > 0).toBe(goes);
    peer.send({ flags: 'A', ack: total });
    // An ACK of everything in flight lets it go in any case.
    if (!goes) peer.expect({ seq: total, length: written });
  });

  it.each(PROFILES)(`%s: with no delay ${written} octets go at once`, (profile) => {
    const peer = established(profile);
    peer.user.noDelay = true;
    for (const length of flight) peer.user.write(text(length));
    peer.bench.take();
    peer.user.write(text(written));
    peer.expect({ length: written });
  });
});

describe.each(PROFILES)('%s: cork', (profile) => {
  it('holds a partial segment for an RTO, 200 ms at least', () => {
    const peer = established(profile);
    peer.user.cork = true;
    const startUs = peer.bench.nowUs;
    peer.user.write(text(MSS + 100));
    expect(peer.taken()).toMatchObject([{ seq: 0, length: MSS }]);
    peer.send({ flags: 'A', ack: MSS });
    peer.expectNothing();
    const rtoMs = profile === 'linux' ? 200 : 1_000;
    const sent = watch(peer, rtoMs + 100);
    expect(timesMs(sent, startUs)[0]).toBe(rtoMs);
    expect(sent[0]?.payload.length).toBe(100);
  });

  it('released, the rest goes at once', () => {
    const peer = established(profile);
    peer.user.cork = true;
    for (let index = 0; index < 5; index++) peer.user.write(text(10));
    peer.expectNothing();
    peer.user.cork = false;
    peer.expect({ length: 50 });
  });

  it('fills segments from small writes', () => {
    const peer = established(profile);
    peer.user.cork = true;
    for (let index = 0; index < 25; index++) peer.user.write(text(100));
    expect(peer.taken().map(({ length }) => length)).toEqual([MSS, MSS]);
  });

  it('does not hold back the end', () => {
    const peer = established(profile);
    peer.user.cork = true;
    peer.user.write(text(10));
    peer.user.shutdownWrite();
    peer.expect({ flags: 'FPA', length: 10 });
  });

  it('is no loss: what was held back is sent again after one RTO', () => {
    const peer = established(profile);
    peer.user.cork = true;
    peer.user.write(text(10));
    const [first = 0, second = 0] = timesMs(watch(peer, 5_000), peer.bench.nowUs - 5_000_000);
    const rtoMs = profile === 'rfc' ? 1_000 : 200;
    expect(Math.abs(second - first - rtoMs)).toBeLessThan(10);
  });
});
