/** Timestamps and PAWS (RFC 7323 sections 3 to 5) and SACK blocks (RFC 2018): what is sent, taken and refused. */
import { describe, expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import type { Segment } from '../requirements/wire.ts';
import { at, blocks, timestamps } from '../support/segment-options.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MSS_1000 = [2, 4, 1_000 >> 8, 1_000 & 255];
const SACK_PERMITTED = [4, 2];
const DAY_MS = 86_400_000;

/** TSval and TSecr of a segment; throws when it carries none. */
function stamps(segment: Segment): { value: number; echo: number } {
  const body = segment.options.get(8);
  if (body === undefined) throw new Error('no timestamps');
  const view = new DataView(body.buffer, body.byteOffset);
  return { value: view.getUint32(0), echo: view.getUint32(4) };
}

const RECENT = 1_000_000;

/** Established with timestamps; TS.Recent is RECENT. */
function stamped(profile: Profile, value = RECENT, extra: readonly number[] = []): SegmentPeer {
  return SegmentPeer.inState('ESTABLISHED', { profile, synOptions: [...MSS_1000, ...extra, ...timestamps(value)] });
}

describe.each(PROFILES)('%s: timestamps', (profile) => {
  // RFC 7323 §3.2 R7323-4, R7323-5: the echo of the last value.
  it('are in every SYN, and in every segment once agreed on', () => {
    const fresh = SegmentPeer.inState('CLOSED', { profile });
    fresh.bench.connect();
    expect(stamps(fresh.bench.takeOne()).echo).toBe(0);
    const peer = stamped(profile);
    peer.user.write(text(10));
    expect(stamps(peer.bench.takeOne()).echo).toBe(RECENT);
  });

  it('are not used when the peer did not offer them', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(10));
    expect(peer.bench.takeOne().options.has(8)).toBe(false);
  });

  it('are answered in a SYN,ACK only when offered, the value echoed', () => {
    for (const offered of [true, false]) {
      const peer = SegmentPeer.inState('LISTEN', { profile });
      peer.send({ flags: 'S', options: [...MSS_1000, ...(offered ? timestamps(77) : [])] });
      const synAck = peer.bench.takeOne();
      expect(synAck.options.has(8)).toBe(offered);
      if (offered) expect(stamps(synAck).echo).toBe(77);
    }
  });

  // RFC 7323 §5.4 R7323-13: between a millisecond and a second.
  it('tick once a millisecond', () => {
    const peer = stamped(profile);
    peer.user.write(text(1));
    const first = stamps(peer.bench.takeOne()).value;
    peer.bench.run(5);
    peer.send(at(RECENT, { flags: 'A', ack: 1 }));
    peer.user.write(text(1));
    expect((stamps(peer.bench.takeOne()).value - first) >>> 0).toBe(5);
  });

  it('make a full segment twelve octets shorter', () => {
    const peer = stamped(profile);
    peer.user.write(text(3_000));
    expect(peer.taken()[0]?.length).toBe(988);
  });

  // RFC 7323 §4.3 R7323-6: the echo is the value of the segment that moved the left edge of what was acknowledged.
  it('echo the first of several segments that one ACK covers', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', {
      profile,
      synOptions: [...MSS_1000, ...timestamps(RECENT)],
      settings: { tcp: { quick_acks: 0, ack_every_segments: 2 } },
    });
    peer.send(at(RECENT + 1, { flags: 'A', data: 100 }));
    peer.send(at(RECENT + 2, { flags: 'A', seq: 100, data: 100 }));
    peer.bench.run(300);
    expect(stamps(peer.bench.take()[0] as Segment).echo).toBe(RECENT + 1);
  });

  // RFC 7323 §4.3 R7323-6: SEG.SEQ at or below what was last acknowledged.
  it('do not echo what came behind a gap, but what filled it', () => {
    const peer = stamped(profile);
    peer.send(at(RECENT + 5, { flags: 'A', seq: 100, data: 100 }));
    expect(stamps(peer.bench.takeOne()).echo).toBe(RECENT);
    peer.send(at(RECENT + 3, { flags: 'A', seq: 0, data: 100 }));
    expect(stamps(peer.bench.takeOne()).echo).toBe(RECENT + 3);
  });
});

// RFC 7323 §5 R7323-7, R7323-15: refused, and answered.
// RFC 7323 section 5.3: SEG.TSval < TS.Recent is not acceptable, in 32-bit circular order.
describe.each(PROFILES)('%s: PAWS', (profile) => {
  /** Linux lets a timestamp be one behind. */
  const slack = profile === 'linux' ? 1 : 0;
  const old = RECENT - 1 - slack;

  it.each([
    ['one less', RECENT - 1, slack === 1],
    ['two less', RECENT - 2, false],
    ['the same', RECENT, true],
    ['one more', RECENT + 1, true],
    ['2^31 - 1 more', RECENT + 2 ** 31 - 1, true],
    ['2^31 - 1 less', RECENT - (2 ** 31 - 1), false],
    ['far less', RECENT - 900_000, false],
  ])('a value %s: text taken %s', (_, value, isTaken) => {
    const peer = stamped(profile);
    peer.send(at(value, { flags: 'PA', data: 100 }));
    peer.bench.run(500);
    expect(peer.user.readableLength).toBe(isTaken ? 100 : 0);
    // R1: refused, and answered by an ACK.
    expect(peer.taken().at(-1)).toMatchObject({ flags: 'A', ack: isTaken ? 100 : 0 });
    expect(peer.bench.stack.counters.tcpExt.PAWSEstab).toBe(isTaken ? 0 : 1);
  });

  it.each([0xffff_ffff, 0x7fff_ffff, 0])('compares across the wrap: from %i on', (value) => {
    const peer = stamped(profile, value);
    peer.send(at(value + 1, { flags: 'PA', data: 100 }));
    peer.send(at(value - slack, { flags: 'PA', seq: 100, data: 100 }));
    expect(peer.user.readableLength).toBe(100);
    peer.send(at(value + 2, { flags: 'PA', seq: 100, data: 100 }));
    expect(peer.user.readableLength).toBe(200);
  });

  it('an old FIN does not close', () => {
    const peer = stamped(profile);
    peer.send(at(old, { flags: 'FA' }));
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('an old ACK does not acknowledge', () => {
    const peer = stamped(profile);
    peer.user.write(text(10));
    peer.bench.take();
    peer.send(at(old, { flags: 'A', ack: 10 }));
    expect(peer.user.unacknowledgedLength).toBe(10);
  });

  // RFC 7323 §5.2: PAWS does not apply to a RST.
  it('an old value does not save from a RST in place', () => {
    const peer = stamped(profile);
    peer.send(at(old, { flags: 'R' }));
    expect(peer.state).toBe('CLOSED');
  });

  // RFC 7323 §3.2 R7323-12: with them or without.
  it('a RST needs no timestamps', () => {
    const peer = stamped(profile);
    peer.send({ flags: 'R' });
    expect(peer.state).toBe('CLOSED');
  });

  // RFC 7323 §3.2 R7323-4: SHOULD silently drop; Linux takes it.
  it('text without timestamps', () => {
    const peer = stamped(profile);
    peer.send({ flags: 'PA', data: 100 });
    expect(peer.user.readableLength).toBe(profile === 'rfc' ? 0 : 100);
  });

  // RFC 7323 §5.5 R7323-8: after 24 days the value says nothing any more.
  it.each([
    [23, false],
    [24.5, true],
    [30, true],
  ])('after %f days of silence an old value is taken: %s', (days, isTaken) => {
    const peer = stamped(profile);
    peer.bench.run(days * DAY_MS);
    peer.send(at(old, { flags: 'PA', data: 100 }));
    expect(peer.user.readableLength).toBe(isTaken ? 100 : 0);
  });
});

// RFC 2018 section 4.
describe.each(PROFILES)('%s: SACK blocks', (profile) => {
  const sacking = (extra: readonly number[] = []): SegmentPeer =>
    SegmentPeer.inState('ESTABLISHED', { profile, synOptions: [...MSS_1000, ...SACK_PERMITTED, ...extra] });
  const early = (peer: SegmentPeer, seq: number, data = 100): void => {
    peer.send({ flags: 'A', seq, data });
    // Linux holds back what follows the third duplicate, a millisecond at most.
    peer.bench.run(2);
  };

  // draft-ietf-ccwg-bbr-05 §4.1.3.6 RBBR-17: and timestamps beside it.
  // RFC 2018 §2 R2018-1: asked for there.
  it('are permitted in our SYN', () => {
    const peer = SegmentPeer.inState('CLOSED', { profile });
    peer.bench.connect();
    expect(peer.bench.takeOne().options.has(4)).toBe(true);
  });

  // RFC 2018 §2 R2018-1, R2018-17: both ends, or nothing.
  it('are not sent to a peer that did not permit them', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    early(peer, 100);
    expect(blocks(peer)).toEqual([]);
  });

  // RFC 2018 §3 R2018-6, R2018-7: left edge and the octet behind the right one; the ACK stays.
  // RFC 2018 §4 R2018-2: with the first that is early.
  it('name what lies behind the gap', () => {
    const peer = sacking();
    early(peer, 500);
    expect(blocks(peer)).toEqual([[500, 600]]);
  });

  // RFC 2018 §4 R2018-3, R2018-9: what triggered it, then what was told before, three times over.
  it('the latest first', () => {
    const peer = sacking();
    for (const seq of [500, 900, 100]) early(peer, seq);
    expect(blocks(peer)).toEqual([
      [100, 200],
      [900, 1_000],
      [500, 600],
    ]);
    early(peer, 1_000, 50);
    expect(blocks(peer)).toEqual([
      [900, 1_050],
      [100, 200],
      [500, 600],
    ]);
  });

  // RFC 2018 §4 R2018-8: as many distinct ones as fit.
  it('a block that grows again and again does not crowd out the others', () => {
    const peer = sacking();
    for (const seq of [100, 300, 500, 700]) early(peer, seq);
    for (const seq of [800, 850, 900]) early(peer, seq, 50);
    expect(blocks(peer)).toEqual([
      [700, 950],
      [500, 600],
      [300, 400],
      [100, 200],
    ]);
  });

  it('neighbors are one block', () => {
    const peer = sacking();
    for (const seq of [500, 700, 600]) early(peer, seq);
    expect(blocks(peer)).toEqual([[500, 800]]);
  });

  // RFC 2018 §3 R2018-4: 34 octets of 40.
  it('four fit, the oldest is left out', () => {
    const peer = sacking();
    for (const seq of [100, 300, 500, 700, 900]) early(peer, seq);
    expect(blocks(peer).map(([left]) => left)).toEqual([900, 700, 500, 300]);
  });

  // RFC 2018 §3 R2018-4: 26 octets beside 12.
  it('three beside timestamps', () => {
    const peer = sacking(timestamps(RECENT));
    for (const seq of [100, 300, 500, 700]) peer.send(at(RECENT, { flags: 'A', seq, data: 100 }));
    peer.bench.run(2);
    expect(blocks(peer).map(([left]) => left)).toEqual([700, 500, 300]);
  });

  it('end when the gap is filled', () => {
    const peer = sacking();
    early(peer, 100);
    early(peer, 300);
    early(peer, 0);
    expect(blocks(peer)).toEqual([[300, 400]]);
    early(peer, 200);
    expect(blocks(peer)).toEqual([]);
    expect(peer.user.readableLength).toBe(400);
  });

  it('make room for themselves in segments with text', () => {
    const peer = sacking();
    early(peer, 100);
    peer.bench.take();
    peer.user.write(text(3_000));
    const [first] = peer.bench.take();
    expect(first?.options.has(5)).toBe(true);
    expect(first?.payload.length).toBe(1_000 - 12);
  });
});
