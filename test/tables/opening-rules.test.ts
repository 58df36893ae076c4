/**
 * Rules of the companion RFCs about opening a connection, and about segments that attack one: RFC 5681 and 6928 (first
 * windows), RFC 5961 (challenges).
 */
import { expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const MSS = 1_000;
const PROFILES: readonly Profile[] = ['rfc', 'linux'];

// RFC 5681 §3.1 R5681-12: after a SYN that was lost one segment.
// RFC 6928 §2 R6928-4: Linux forgives one repetition.
it.each([
  ['rfc', 1],
  ['linux', 10],
] as const)('%s: a SYN that was sent twice leaves an initial window of %i', (profile, segments) => {
  const peer = SegmentPeer.inState('SYN-SENT', { profile });
  peer.bench.run(1_500);
  peer.bench.take();
  peer.peer.send('SA', { options: [2, 4, 3, 232] });
  expect(peer.user.tcb?.cwnd).toBe(segments * MSS);
});

// RFC 6928 §3 R6928-6: the window first offered holds ten segments of any usual size.
it.each(PROFILES)('%s: the first window takes an initial window', (profile) => {
  const peer = SegmentPeer.inState('CLOSED', { profile });
  peer.bench.connect();
  expect(peer.bench.takeOne().window).toBeGreaterThanOrEqual(10 * 1_460);
});

// RFC 5961 §3.2 R5961-2: without an ACK of our SYN a RST says nothing.
it.each(PROFILES)('%s: a RST without a good ACK does not end SYN-SENT', (profile) => {
  const peer = SegmentPeer.inState('SYN-SENT', { profile });
  peer.peer.send('R', {});
  expect(peer.state).toBe('SYN-SENT');
});

// RFC 5961 §3.2 R5961-6: <SEQ=SND.NXT><ACK=RCV.NXT>.
// RFC 5961 §4.2 R5961-3, R5961-8: a peer that has restarted answers the challenge with the RST that ends the old connection.
it.each(PROFILES)('%s: the challenge to a SYN draws the RST that fits', (profile) => {
  const peer = SegmentPeer.inState('ESTABLISHED', { profile });
  peer.send({ flags: 'S', seq: 5_000 });
  const challenge = peer.expect({ flags: 'A', seq: 0, ack: 0 });
  expect(challenge.length).toBe(0);
  // RFC 9293 §3.5.2: <SEQ=SEG.ACK><CTL=RST>.
  peer.send({ flags: 'R', seq: challenge.ack });
  expect(peer.state).toBe('CLOSED');
});

// draft-ietf-ccwg-bbr-05 §2.1 RBBR-1: acknowledgments of what the peer sends are neither in flight nor delivered.
it.each(PROFILES)('%s: pure ACKs do not count', (profile) => {
  const peer = SegmentPeer.inState('ESTABLISHED', { profile });
  const before = peer.user.tcb?.delivered;
  for (let index = 0; index < 4; index++) peer.send({ flags: 'A', seq: index * 100, data: 100 });
  peer.bench.run(500);
  expect(peer.taken().length).toBeGreaterThan(0);
  expect(peer.user.tcb?.delivered).toBe(before);
  expect(peer.user.tcb?.scoreboard ?? null).toBeNull();
});

// RFC 5961 §3.2 R5961-1: in place, elsewhere in the window, outside.
it.each([
  [0, 'CLOSED', 0],
  [1, 'ESTABLISHED', 1],
  [1_000, 'ESTABLISHED', 1],
  [-1, 'ESTABLISHED', 0],
  [1_000_000, 'ESTABLISHED', 0],
] as const)('a RST at %i: %s, %i challenges', (seq, state, challenges) => {
  for (const profile of PROFILES) {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.send({ flags: 'R', seq });
    expect(peer.state).toBe(state);
    expect(peer.taken().length).toBe(challenges);
  }
});

// RFC 5961 §5.2 R5961-4, R5961-7: from the largest window the peer ever gave up to SND.NXT, also when it is smaller now.
// To Linux no number can be acknowledged that was never sent: the first one that counts is the ISN.
it.each([
  [-1_000, true],
  [-1_500, true],
  [-2_001, true],
  [-2_002, 'rfc'],
  [-60_000, 'rfc'],
  [-70_000, false],
  [1, false],
])('an ACK at %i from SND.UNA, text taken: %s', (ack, taken) => {
  for (const profile of PROFILES) {
    const isTaken = taken === true || taken === profile;
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(2_000));
    peer.taken();
    peer.send({ flags: 'A', ack: 2_000, window: 65_535 });
    peer.send({ flags: 'A', ack: 2_000, window: 500 });
    peer.taken();
    peer.send({ flags: 'PA', ack: 2_000 + ack, data: text(10) });
    expect(peer.user.readableLength).toBe(isTaken ? 10 : 0);
    expect(peer.user.tcb?.maxSndWnd).toBe(65_535);
  }
});

// RFC 9293 §3.4: text may come with a SYN; it is held against the window that our SYN has offered like any other.
it('rfc: text and FIN of a SYN,ACK beyond the window are left out, and come again', () => {
  const peer = SegmentPeer.inState('SYN-SENT', { profile: 'rfc', receiveBufferSize: 2_000 });
  peer.peer.send('SAF', { options: [2, 4, 5, 180], payload: text(2_500) });
  expect([peer.state, peer.user.readableLength]).toEqual(['ESTABLISHED', 2_000]);
  peer.bench.take();
  const other = SegmentPeer.inState('SYN-SENT', { profile: 'rfc', receiveBufferSize: 2_000 });
  other.peer.send('SAF', { options: [2, 4, 5, 180], payload: text(2_000) });
  expect([other.state, other.user.readableLength]).toEqual(['CLOSE-WAIT', 2_000]);
});
