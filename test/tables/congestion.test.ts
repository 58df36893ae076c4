/**
 * Congestion control by numbers: RFC 5681 (slow start, avoidance, fast retransmit), RFC 6582 (NewReno), RFC 6928 (initial
 * window), RFC 3042 (limited transmit), RFC 3465 (byte counting). Segments of 1000 octets, so that windows read as counts.
 */
import { describe, expect, it } from 'vitest';
import { CaState, type Tcb } from '../../src/tcp/index.ts';
import { MSS_1460, text } from '../requirements/bench.ts';
import { SackPeer } from '../support/sack-peer.ts';
import { type Profile, SegmentPeer, type StageOptions } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MSS = 1_000;
const mss = (value: number): number[] => [2, 4, value >> 8, value & 255];

/** Reno's numbers are those of RFC 5681; CUBIC and HyStart have tables of their own. */
const RENO = { tcp: { congestion_control: 'reno', hystart: 'off' } } as const;

/** Established, `segments` full segments written; those of the initial window are in flight. */
function writing(profile: Profile, segments: number, options: StageOptions = {}): { peer: SegmentPeer; tcb: Tcb } {
  const peer = SegmentPeer.inState('ESTABLISHED', { profile, synOptions: mss(MSS), settings: RENO, ...options });
  const { tcb } = peer.user;
  if (tcb === null) throw new Error('no connection');
  // For Linux the first ACK behind a SYN,ACK brings a window and is no duplicate.
  if (profile === 'linux') peer.send({ flags: 'A' });
  peer.user.write(text(segments * MSS));
  return { peer, tcb };
}

/** Numbers of the full segments sent since. */
function segments(peer: SegmentPeer): number[] {
  return peer
    .taken()
    .filter(({ length }) => length > 0)
    .map(({ seq }) => seq / MSS);
}

/** Segments of new data sent so far beyond the twelve of the initial window and limited transmit. */
function segmentsBeyond(tcb: Tcb): number {
  return ((tcb.sndNxt - tcb.iss - 1) | 0) / MSS - 12;
}

function ack(peer: SegmentPeer, segment: number): void {
  peer.send({ flags: 'A', ack: segment * MSS });
}

describe('pacing by setting', () => {
  it.each(PROFILES)('%s: the first window is spread over the round trip that the handshake measured', (profile) => {
    const flow = new SackPeer({ profile, segments: 10, settings: { tcp: { pacing: true } } });
    // Two windows per round trip in slow start: the last of ten leaves in the middle of it.
    const halfMs = flow.tcb.srttUs / 2000;
    expect(flow.sent()).toEqual([0]);
    flow.run(halfMs / 2);
    const early = flow.sent().length;
    expect(early).toBeGreaterThanOrEqual(3);
    expect(early).toBeLessThanOrEqual(6);
    flow.run(halfMs / 2);
    expect(flow.sent().length).toBe(9 - early);
  });
});

// RFC 6928 §1 R6928-5: from the settings' segments and octets.
// RFC 6928 §2 R6928-1, R6928-2: and the handshake has not opened it.
// RFC 5681 §3.1 R5681-1: never fewer than two segments.
// RFC 5681 §3 R5681-24: nothing goes beyond it.
describe('initial window (RFC 6928)', () => {
  it.each([
    [536, 5_360],
    [1_000, 10_000],
    [1_460, 14_600],
    [4_000, 14_600],
    [8_960, 17_920],
  ])('MSS %i: %i octets', (size, octets) => {
    for (const profile of PROFILES) {
      const peer = SegmentPeer.inState('ESTABLISHED', { profile, mtu: 9_000, synOptions: mss(size) });
      expect(peer.user.tcb?.cwnd).toBe(octets);
      peer.user.write(text(100_000));
      const sent = peer.taken().reduce((sum, { length }) => sum + length, 0);
      expect(sent).toBe(octets - (octets % size));
    }
  });
});

describe.each(PROFILES)('%s: growing', (profile) => {
  // RFC 5681 §3.1 R5681-11, R5681-13: no threshold is in the way yet.
  it('slow start: twice as much for each round trip', () => {
    const { peer, tcb } = writing(profile, 60);
    expect(segments(peer)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    for (let segment = 2; segment <= 10; segment += 2) ack(peer, segment);
    expect(tcb.cwnd).toBe(20 * MSS);
    expect(segments(peer).length).toBe(20);
  });

  it('one ACK for everything: no more than L segments under rfc (RFC 3465)', () => {
    const { peer, tcb } = writing(profile, 60);
    peer.bench.take();
    ack(peer, 10);
    expect(tcb.cwnd).toBe(profile === 'rfc' ? 12 * MSS : 20 * MSS);
  });

  // RFC 5681 §5 R5681-22: octets count.
  it('ACKs of single octets do not open the window faster (RFC 3465)', () => {
    const { peer, tcb } = writing(profile, 60);
    peer.bench.take();
    for (let octet = 1; octet <= 100; octet++) peer.send({ flags: 'A', ack: octet });
    // Linux counts whole segments, and none is acknowledged yet.
    expect(tcb.cwnd).toBe(10 * MSS + (profile === 'rfc' ? 100 : 0));
  });

  // RFC 5681 §3.1 R5681-3, R5681-11, R5681-14: at the threshold and above.
  it('congestion avoidance: one segment for each window', () => {
    const { peer, tcb } = writing(profile, 100);
    tcb.ssthresh = 10 * MSS;
    peer.bench.take();
    for (let segment = 1; segment <= 10; segment++) ack(peer, segment);
    expect(tcb.cwnd).toBe(11 * MSS);
    for (let segment = 11; segment <= 20; segment++) ack(peer, segment);
    expect(tcb.cwnd).toBe(11 * MSS);
    ack(peer, 21);
    expect(tcb.cwnd).toBe(12 * MSS);
  });

  it('nor does it in congestion avoidance', () => {
    const { peer, tcb } = writing(profile, 1);
    tcb.ssthresh = 5 * MSS;
    for (let segment = 1; segment <= 60; segment++) {
      peer.bench.take();
      ack(peer, segment);
      peer.user.write(text(MSS));
    }
    expect(tcb.cwnd).toBe(10 * MSS);
  });

  // RFC 7661 §4.4 R7661-9: twenty round trips change nothing.
  // RFC 9438 §4.6 R9438-15: without this, cutting cwnd instead of flight would cut nothing.
  it('a window that is not used does not grow (RFC 7661)', () => {
    const { peer, tcb } = writing(profile, 1);
    for (let segment = 1; segment <= 20; segment++) {
      peer.bench.take();
      ack(peer, segment);
      peer.user.write(text(MSS));
    }
    expect(tcb.cwnd).toBe(10 * MSS);
  });

  // RFC 5681 §4.1 R5681-8: ten segments, though more had been allowed.
  it('after an idle RTO it starts from the initial window again (RFC 5681 section 4.1)', () => {
    const { peer, tcb } = writing(profile, 30);
    peer.bench.take();
    for (let segment = 2; segment <= 30; segment += 2) ack(peer, segment);
    expect(tcb.cwnd).toBeGreaterThan(10 * MSS);
    peer.bench.run(10_000);
    peer.bench.take();
    peer.user.write(text(60 * MSS));
    expect(segments(peer).length).toBe(10);
    expect(tcb.cwnd).toBe(10 * MSS);
  });
});

describe.each(PROFILES)('%s: losing one', (profile) => {
  // RFC 3042 §2 R3042-1, R3042-2, R3042-3: one each, the window unchanged.
  // RFC 5681 §3.2 R5681-7: as RFC 3042 says.
  it('limited transmit: the first two duplicates let one new segment go each', () => {
    const { peer, tcb } = writing(profile, 30);
    peer.bench.take();
    ack(peer, 0);
    expect(segments(peer)).toEqual([10]);
    ack(peer, 0);
    expect(segments(peer)).toEqual([11]);
    expect(tcb.cwnd).toBe(10 * MSS);
  });

  // RFC 5681 §2 R5681-10: what comes with text is none, also where nothing of the text is new.
  it('old text that comes again is no duplicate', () => {
    const { peer, tcb } = writing(profile, 30);
    peer.send({ flags: 'A', data: 100 });
    for (let again = 0; again < 5; again++) peer.send({ flags: 'A', data: 100 });
    expect(segments(peer)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(tcb.caState).toBe(CaState.open);
    peer.send({ flags: 'A', seq: 100, ack: 0 });
    // To Linux the first bare ACK behind it brings a window, as the old text has moved SND.WL1 to where that begins.
    if (profile === 'linux') {
      expect(segments(peer)).toEqual([]);
      peer.send({ flags: 'A', seq: 100, ack: 0 });
    }
    expect(segments(peer)).toEqual([10]);
  });

  // RFC 9937 §6.2 R9937-1, R9937-3, R9937-7, R9937-11: the numbers below.
  // RFC 9937 §3 R9937-16: and no more than that.
  // RFC 5681 §3.2 R5681-6: without waiting for the timer.
  // RFC 3042 §3 R3042-5: what limited transmit added is not halved.
  it('the third duplicate sends the first segment again; window and threshold by RFC 5681 section 3.2', () => {
    const { peer, tcb } = writing(profile, 30);
    peer.bench.take();
    for (let duplicate = 1; duplicate <= 2; duplicate++) ack(peer, 0);
    peer.bench.take();
    ack(peer, 0);
    expect(segments(peer)).toEqual([0]);
    // Half of the ten in flight: what limited transmit added does not count.
    expect(tcb.ssthresh).toBe(5 * MSS);
    // Twelve sent, three arrived, one lost: eight on their way, and PRR lets one go (RFC 9937 section 6).
    expect(tcb.cwnd).toBe(9 * MSS);
    // From here on one leaves for every two that arrive, until five are on their way.
    const sent: number[] = [];
    for (let duplicate = 4; duplicate <= 8; duplicate++) {
      ack(peer, 0);
      sent.push(segments(peer).length);
    }
    expect(sent).toEqual([0, 1, 0, 1, 0]);
  });

  // RFC 6582 §3.2 R6582-4: the window is the threshold then.
  // RFC 6582 §6 R6582-8: nine duplicates have not ended it before.
  it('the full ACK ends recovery (RFC 6582 section 3.2 step 3)', () => {
    const { peer, tcb } = writing(profile, 30);
    peer.bench.take();
    for (let duplicate = 1; duplicate <= 9; duplicate++) ack(peer, 0);
    peer.bench.take();
    expect(tcb.caState).toBe(CaState.recovery);
    ack(peer, 12 + segmentsBeyond(tcb));
    expect(tcb.caState).not.toBe(CaState.recovery);
    // RFC 9937 §6: the window is what it was to become.
    expect(tcb.cwnd).toBeGreaterThanOrEqual(tcb.ssthresh);
    expect(tcb.cwnd).toBeLessThanOrEqual(tcb.ssthresh + MSS);
  });

  // RFC 6582 §1 R6582-7: without SACK.
  // RFC 6582 §3.2 R6582-6: the first recovery of a connection.
  it('a partial ACK sends the next hole', () => {
    const { peer, tcb } = writing(profile, 30);
    peer.bench.take();
    for (let duplicate = 1; duplicate <= 5; duplicate++) ack(peer, 0);
    peer.bench.take();
    ack(peer, 3);
    // Linux leaves it to PRR, which has let enough go for what has arrived.
    if (profile === 'linux') for (let duplicate = 1; duplicate <= 2; duplicate++) ack(peer, 3);
    expect(segments(peer)[0]).toBe(3);
    expect(tcb.caState).toBe(CaState.recovery);
    ack(peer, 4);
    if (profile === 'linux') for (let duplicate = 1; duplicate <= 2; duplicate++) ack(peer, 4);
    expect(segments(peer)[0]).toBe(4);
    expect(tcb.ssthresh).toBe(5 * MSS);
  });

  // RFC 5681 §2 R5681-10: they say something else.
  it.each([
    ['that carry data', { flags: 'A', data: 10 }],
    ['that change the window', { flags: 'A', window: 60_000 }],
  ] as const)('ACKs %s are no duplicates', (_, given) => {
    const { peer, tcb } = writing(profile, 30);
    peer.bench.take();
    for (let index = 1; index <= 4; index++) {
      const moved =
        'data' in given
          ? { seq: (index - 1) * 10 }
          : { window: profile === 'rfc' || index % 2 === 0 ? 60_000 + index : 0 };
      peer.send({ ...given, ...moved, ack: 0 });
    }
    expect(segments(peer).filter((segment) => segment < 10)).toEqual([]);
    expect(tcb.caState).not.toBe(CaState.recovery);
  });

  it('duplicates with nothing in flight mean nothing', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile, synOptions: mss(MSS) });
    for (let index = 0; index < 10; index++) peer.send({ flags: 'A' });
    peer.expectNothing();
    expect(peer.user.tcb?.caState).toBe(CaState.open);
  });

  it('the ssthresh is two segments at least', () => {
    const { peer, tcb } = writing(profile, 4);
    tcb.cwnd = 3 * MSS;
    peer.bench.take();
    for (let duplicate = 1; duplicate <= 3; duplicate++) ack(peer, 0);
    expect(tcb.ssthresh).toBe(2 * MSS);
  });
});

describe.each(PROFILES)('%s: a time-out', (profile) => {
  const rtoMs = profile === 'rfc' ? 1_000 : 200;

  it('leaves a window of one segment and half the flight as threshold', () => {
    const { peer, tcb } = writing(profile, 30);
    peer.bench.take();
    peer.bench.run(rtoMs + 1);
    expect(segments(peer)).toEqual([0]);
    expect(tcb.cwnd).toBe(MSS);
    expect(tcb.ssthresh).toBe(5 * MSS);
  });

  it('halves the threshold once for one loss, however often it is repeated (RFC 5681 section 3.1)', () => {
    const { peer, tcb } = writing(profile, 30);
    peer.bench.run(rtoMs * 16);
    expect(tcb.timeouts).toBeGreaterThan(2);
    expect(tcb.ssthresh).toBe(5 * MSS);
  });

  it('is followed by slow start through what was lost', () => {
    const { peer, tcb } = writing(profile, 30, { settings: { tcp: { ...RENO.tcp, frto: 0 } } });
    peer.bench.take();
    peer.bench.run(rtoMs + 1);
    peer.bench.take();
    ack(peer, 1);
    expect(tcb.cwnd).toBe(2 * MSS);
    expect(segments(peer)).toEqual([1, 2]);
    ack(peer, 2);
    expect(segments(peer)).toEqual([3, 4]);
    ack(peer, 3);
    expect(segments(peer)).toEqual([5, 6]);
  });

  // RFC 3465 §2.3 R3465-3: L is one segment then, because the ACK may cover what had arrived before the time-out.
  it('rfc lets one ACK open the window by one segment, whatever it covers; Linux by what it covers, up to the threshold', () => {
    const { peer, tcb } = writing(profile, 30, { settings: { tcp: { ...RENO.tcp, frto: 0 } } });
    peer.bench.take();
    peer.bench.run(rtoMs + 1);
    ack(peer, 5);
    expect(tcb.cwnd).toBe((profile === 'rfc' ? 2 : 5) * MSS);
  });

  // RFC 6582 §3.2 R6582-1, R6582-5: duplicates for what was sent before the time-out start no fast retransmit.
  it('does not let duplicates of the repeated segments start a fast retransmit', () => {
    const { peer, tcb } = writing(profile, 30, { settings: { tcp: { ...RENO.tcp, frto: 0 } } });
    peer.bench.take();
    peer.bench.run(rtoMs + 1);
    peer.bench.take();
    ack(peer, 1);
    peer.bench.take();
    for (let duplicate = 0; duplicate < 5; duplicate++) ack(peer, 1);
    expect(tcb.caState).not.toBe(CaState.recovery);
    expect(segments(peer)).not.toContain(1);
  });
});

describe('the control "none"', () => {
  it('sends what the window takes', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', {
      settings: { tcp: { congestion_control: 'none' } },
      synOptions: [...MSS_1460],
    });
    peer.user.write(text(100_000));
    expect(peer.taken().reduce((sum, { length }) => sum + length, 0)).toBeGreaterThan(60_000);
  });
});
