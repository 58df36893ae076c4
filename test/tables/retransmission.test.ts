/**
 * RFC 9293 section 3.10.8 and RFC 6298: what is sent again, when, how often, and when it is given up. Every time in these
 * tables follows from the RTO of one second, Linux's 200 ms, doubling, and the limits of the profile.
 */
import { describe, expect, it } from 'vitest';
import { StreamSocket } from '../../src/socket/index.ts';
import { MSS_1460, text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';
import { backOff, runUntil, timesMs, watch } from '../support/timeline.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SECOND = 1_000;
/** RTO of a connection whose round trip takes no time. */
const RTO = { rfc: 1_000, linux: 200 } as const;

describe('SYN', () => {
  it.each([
    // Linux 6.5: four time-outs of one second, then six more that double.
    ['linux', [0, 1, 2, 3, 4, 5, 7, 11, 19, 35, 67], 131],
    // RFC 9293 §3.8.3 MUST-23: R2 of a SYN is three minutes or more. The last interval is rto_max, 120 s.
    ['rfc', [0, 1, 3, 7, 15, 31, 63, 127], 247],
  ] as const)('%s: is sent at %j s, and given up', (profile, seconds, endSeconds) => {
    const peer = SegmentPeer.inState('CLOSED', { profile });
    const startUs = peer.bench.nowUs;
    const socket = StreamSocket.connect(peer.bench.stack, { remoteAddress: '10.0.0.2', remotePort: 40_000 });
    const sent = watch(peer, endSeconds * SECOND - 1);
    expect(sent.every(({ flags }) => flags === 'S')).toBe(true);
    expect(timesMs(sent, startUs)).toEqual(seconds.map((at) => at * SECOND));
    expect(socket.error).toBeNull();
    peer.bench.run(2);
    expect(socket.error?.code).toBe('ETIMEDOUT');
    expect(socket.stateName).toBe('CLOSED');
  });

  it.each([
    ['linux', { syn_retries: 2, syn_linear_timeouts: 0 }, [0, 1, 3], 7],
    ['rfc', { syn_retries: 2 }, [0, 1, 3], 7],
    // Linux: nor longer than doubling would have taken, three seconds here; with a third retry it is seven.
    ['linux', { syn_retries: 1, syn_linear_timeouts: 2 }, [0, 1, 2], 3],
    ['linux', { syn_retries: 2, syn_linear_timeouts: 2 }, [0, 1, 2, 3, 5], 7],
  ] as const)('%s: %j', (profile, tcp, seconds, endSeconds) => {
    const peer = SegmentPeer.inState('CLOSED', { profile, settings: { tcp } });
    const startUs = peer.bench.nowUs;
    const socket = StreamSocket.connect(peer.bench.stack, { remoteAddress: '10.0.0.2', remotePort: 40_000 });
    expect(timesMs(watch(peer, 1_000 * SECOND), startUs)).toEqual(seconds.map((at) => at * SECOND));
    expect(socket.error?.code).toBe('ETIMEDOUT');
    expect(endSeconds).toBeGreaterThan(seconds.at(-1) ?? 0);
  });
});

describe('SYN,ACK', () => {
  it.each([
    ['linux', [0, 1, 3, 7, 15, 31], 63],
    ['rfc', [0, 1, 3, 7, 15, 31, 63, 127], 247],
  ] as const)('%s: is sent at %j s, then the connection is forgotten', (profile, seconds, endSeconds) => {
    const peer = SegmentPeer.inState('LISTEN', { profile });
    const startUs = peer.bench.nowUs;
    peer.send({ flags: 'S', options: MSS_1460 });
    const sent = watch(peer, endSeconds * SECOND - 1);
    expect(sent.every(({ flags }) => flags === 'SA')).toBe(true);
    expect(timesMs(sent, startUs)).toEqual(seconds.map((at) => at * SECOND));
    expect(peer.state).toBe('SYN-RECEIVED');
    peer.bench.run(2);
    expect(peer.state).toBe('LISTEN');
    expect(peer.listener?.accept()).toBeNull();
    peer.expectNothing();
  });

  // RFC 6298 §5.7 R6298-8: a SYN that had to be repeated starts the data with 3 seconds.
  it.each(PROFILES)('%s: after a repeated SYN the first RTO of data is three seconds', (profile) => {
    const peer = SegmentPeer.inState('SYN-SENT', { profile });
    peer.bench.run(1_500);
    peer.bench.take();
    peer.peer.send('SA', { options: MSS_1460 });
    peer.bench.take();
    const startUs = peer.bench.nowUs;
    peer.user.write(text(10));
    expect(timesMs(watch(peer, 8_999), startUs)).toEqual([0, 3_000]);
    // RFC 5681 §3.1: and the window with one segment.
    expect(peer.user.tcb?.cwnd).toBe(1_460);
  });

  it.each(PROFILES)('%s: nor is the round trip taken from a SYN,ACK that was sent twice', (profile) => {
    const peer = SegmentPeer.inState('SYN-RECEIVED', { profile });
    peer.bench.run(1_500);
    peer.send({ flags: 'A' });
    const socket = peer.listener?.accept();
    expect(socket?.tcb?.srttUs).toBe(0);
    peer.bench.take();
    const startUs = peer.bench.nowUs;
    socket?.write(text(10));
    expect(timesMs(watch(peer, 8_999), startUs)).toEqual([0, 3_000]);
  });

  // RFC 6298 §3: an ACK that may belong to either of two copies gives no sample.
  it.each(PROFILES)('%s: a SYN,ACK repeated for a repeated SYN gives no sample', (profile) => {
    const peer = SegmentPeer.inState('LISTEN', { profile });
    peer.send({ flags: 'S', options: MSS_1460 });
    const first = peer.bench.takeOne();
    peer.bench.run(900);
    peer.send({ flags: 'S', options: MSS_1460 });
    peer.bench.takeOne();
    peer.peer.accept(first);
    peer.mark();
    peer.send({ flags: 'A', seq: 1 });
    expect(peer.listener?.accept()?.tcb?.srttUs).toBe(0);
  });
});

describe.each(PROFILES)('%s: data', (profile) => {
  const rto = RTO[profile];

  // RFC 6298 §2.4 R6298-9: up to two minutes.
  // RFC 6298 §5 R6298-7, R6298-11: the earliest again, each wait twice the last one.
  it('doubles its time-out up to two minutes', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const startUs = peer.bench.nowUs;
    peer.user.write(text(500));
    const sent = watch(peer, 700 * SECOND);
    const expected = backOff(rto, 20, 120 * SECOND).filter((at) => at < 700 * SECOND);
    const times = timesMs(sent, startUs);
    expect(times.length).toBe(expected.length);
    // Ticks of 100 us, rounded up at every doubling.
    for (const [index, at] of times.entries()) expect(Math.abs(at - (expected[index] ?? 0))).toBeLessThan(60);
    for (const { flags, payload } of sent) expect([flags, payload]).toEqual(['PA', text(500)]);
  });

  // RFC 9293 §3.8.3 MUST-20, SHLD-11: R2 is 100 seconds at least.
  it('is given up when retries2 time-outs have passed', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(500));
    const took = runUntil(peer, SECOND, 2_000 * SECOND, () => peer.user.error !== null);
    expect(peer.user.error?.code).toBe('ETIMEDOUT');
    // 15 doublings from the smallest RTO up to 120 s: 924.6 s, and 1207 s from one second; checked at a time-out.
    const least = profile === 'linux' ? 924_600 : 1_207_000;
    expect(took).toBeGreaterThanOrEqual(least);
    expect(took).toBeLessThanOrEqual(least + 121 * SECOND);
    peer.bench.take();
    peer.bench.run(500 * SECOND);
    peer.expectNothing();
  });

  // RFC 6298 §5.4 R6298-7: the earliest first.
  it('is sent again from the oldest octet, and the rest after it is acknowledged', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(5_000));
    expect(peer.taken().map(({ seq, length }) => [seq, length])).toEqual([
      [0, 1_460],
      [1_460, 1_460],
      [2_920, 1_460],
      ...(profile === 'linux' ? [[4_380, 620]] : []),
    ]);
    peer.bench.run(rto + 1);
    expect(peer.taken()).toMatchObject([{ seq: 0, length: 1_460 }]);
    peer.send({ flags: 'A', ack: 1_460 });
    // RFC 5681 §3.1: slow start, two segments now.
    expect(peer.taken()).toMatchObject([{ seq: 1_460 }, { seq: 2_920 }]);
  });

  // RFC 6298 §5 R6298-13: as if there had been none.
  it('ends its back-off with a sample of new data', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(10));
    peer.bench.run(rto * 7 + 10);
    peer.bench.take();
    peer.send({ flags: 'A', ack: 10 });
    peer.user.write(text(10));
    peer.bench.take();
    peer.send({ flags: 'A', ack: 20 });
    const startUs = peer.bench.nowUs;
    peer.user.write(text(10));
    const [, second] = timesMs(watch(peer, rto * 2), startUs);
    expect(Math.abs((second ?? 0) - rto)).toBeLessThan(10);
  });

  // RFC 6298 §5 R6298-6: the whole time from each of them.
  // RFC 6675 §6 R6675-16: by RFC 6298.
  it('restarts the timer with every ACK of new data', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.noDelay = true;
    const startUs = peer.bench.nowUs;
    for (let index = 0; index < 4; index++) {
      peer.user.write(text(10));
      peer.bench.take();
    }
    for (let index = 1; index <= 3; index++) {
      peer.bench.run(rto * 0.8);
      peer.send({ flags: 'A', ack: index * 10 });
    }
    peer.expectNothing();
    // Each has measured a longer round trip.
    peer.bench.run(rto * 20);
    expect(timesMs(peer.bench.take(), startUs)[0]).toBeGreaterThanOrEqual(rto * (3 * 0.8 + 1) - 1);
  });

  // RFC 6298 §5 R6298-6: all is acknowledged.
  it('is not timed when nothing is in flight', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(10));
    peer.bench.take();
    peer.send({ flags: 'A', ack: 10 });
    peer.bench.run(600 * SECOND);
    peer.expectNothing();
  });
});

// RFC 6298 §3 R6298-5: Karn, for what fast retransmit sends again as well.
describe.each(PROFILES)('%s: no sample', (profile) => {
  it('from a segment that fast retransmit sent again', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.send({ flags: 'A' });
    peer.user.write(text(5 * 1_460));
    peer.bench.take();
    peer.bench.run(100);
    for (let duplicate = 0; duplicate < 3; duplicate++) peer.send({ flags: 'A' });
    peer.bench.run(50);
    const before = peer.user.tcb?.srttUs;
    peer.send({ flags: 'A', ack: 1_460 });
    expect(peer.user.tcb?.srttUs).toBe(before);
  });

  it('from data that timed out', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(100));
    peer.bench.run(1_100);
    const before = peer.user.tcb?.srttUs;
    peer.send({ flags: 'A', ack: 100 });
    expect(peer.user.tcb?.srttUs).toBe(before);
  });
});

// RFC 6298 §2: with R the first sample: SRTT = R, RTTVAR = R/2, RTO = SRTT + 4 RTTVAR, at least a second.
describe('the first sample', () => {
  it.each([
    ['rfc', 100, 1_000],
    ['rfc', 400, 1_200],
    ['rfc', 900, 2_700],
    ['linux', 10, 210],
    ['linux', 100, 300],
    ['linux', 400, 1_200],
  ] as const)('%s: a round trip of %i ms gives an RTO of %i ms', (profile, rttMs, rtoMs) => {
    const peer = SegmentPeer.inState('SYN-SENT', { profile });
    peer.bench.run(rttMs);
    peer.peer.send('SA', { options: MSS_1460 });
    peer.bench.take();
    const startUs = peer.bench.nowUs;
    peer.user.write(text(10));
    expect(timesMs(watch(peer, rtoMs + 100), startUs)).toEqual([0, rtoMs]);
  });
});

describe.each(PROFILES)('%s: FIN', (profile) => {
  const rto = RTO[profile];

  it.each(['FIN-WAIT-1', 'CLOSING', 'LAST-ACK'] as const)('is sent again when %s', (state) => {
    const peer = SegmentPeer.inState(state, { profile });
    const sent = watch(peer, rto * 7 + 50);
    expect(sent.length).toBe(3);
    for (const { flags, seq } of sent) {
      expect(flags).toBe('FA');
      expect((seq - peer.sndNxt) | 0).toBe(-1);
    }
    peer.send({ flags: 'A' });
    peer.bench.run(100 * rto);
    peer.expectNothing();
  });

  it('rides on the text that is sent again', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(10));
    peer.user.shutdownWrite();
    // Written in one go, sent in one segment; and again so.
    expect(peer.taken()).toMatchObject([{ flags: 'FPA', length: 10 }]);
    peer.bench.run(rto + 1);
    expect(peer.taken()).toMatchObject([{ flags: 'FPA', seq: 0, length: 10 }]);
  });

  // An orphan has eight retries, not fifteen.
  // Linux: after the time that so many take without a round trip to measure, from 200 ms on.
  it('of a connection nobody holds is given up after eight', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const startUs = peer.bench.nowUs;
    peer.user.close();
    const sent = watch(peer, 1_000 * SECOND);
    const copies = profile === 'linux' ? 9 : 8;
    const expected = backOff(rto, copies, 120 * SECOND);
    const times = timesMs(sent, startUs);
    expect(times.length).toBe(copies + 1);
    for (const [index, at] of times.entries()) expect(Math.abs(at - (expected[index] ?? 0))).toBeLessThan(60);
    expect(peer.state).toBe('CLOSED');
  });

  it('of a connection nobody holds: orphan_retries', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile, settings: { tcp: { orphan_retries: 2 } } });
    peer.user.close();
    expect(watch(peer, 1_000 * SECOND).length).toBe(profile === 'linux' ? 4 : 3);
    expect(peer.state).toBe('CLOSED');
  });
});

// Section 3.10.8, USER TIMEOUT.
describe.each(PROFILES)('%s: user timeout', (profile) => {
  const rto = RTO[profile];

  it.each([5_000, 30_000])('of %i ms ends a connection whose data is not acknowledged', (userTimeoutMs) => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.userTimeoutMs = userTimeoutMs;
    peer.user.write(text(10));
    const took = runUntil(peer, 10, 100 * SECOND, () => peer.user.error !== null);
    expect(peer.user.error?.code).toBe('ETIMEDOUT');
    expect(took).toBeGreaterThanOrEqual(userTimeoutMs);
    expect(took).toBeLessThanOrEqual(userTimeoutMs + rto + 20);
  });

  it('of a SYN', () => {
    const peer = SegmentPeer.inState('SYN-SENT', { profile });
    peer.user.userTimeoutMs = 5_000;
    const took = runUntil(peer, 10, 100 * SECOND, () => peer.user.error !== null);
    expect(took).toBeGreaterThanOrEqual(5_000);
    expect(took).toBeLessThanOrEqual(6_100);
  });

  it('does not touch a connection that gets answers', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.userTimeoutMs = 3_000;
    for (let index = 1; index <= 20; index++) {
      peer.user.write(text(10));
      peer.bench.run(900);
      peer.send({ flags: 'A', ack: index * 10 });
    }
    expect(peer.user.error).toBeNull();
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('longer than retries2 holds on', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.userTimeoutMs = 3_000_000;
    peer.user.write(text(10));
    peer.bench.run(2_900 * SECOND);
    expect(peer.user.error).toBeNull();
    peer.bench.run(200 * SECOND);
    expect(peer.user.error?.code).toBe('ETIMEDOUT');
  });
});

// Section 3.10.8, TIME-WAIT TIMEOUT.
describe('TIME-WAIT', () => {
  it.each([
    ['rfc', 240],
    ['linux', 60],
  ] as const)('%s: lasts 2 MSL of %i s', (profile, seconds) => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    peer.bench.run(seconds * SECOND - 10);
    expect(peer.state).toBe('TIME-WAIT');
    peer.bench.run(20);
    expect(peer.state).toBe('CLOSED');
    expect(peer.bench.stack.tcp.timeWaitCount).toBe(0);
    peer.expectNothing();
  });

  it('takes no more than max_tw_buckets', () => {
    const peer = SegmentPeer.inState('FIN-WAIT-2', { settings: { tcp: { max_tw_buckets: 0 } } });
    peer.send({ flags: 'FA' });
    expect(peer.state).toBe('CLOSED');
    expect(peer.bench.stack.counters.tcpExt.TCPTimeWaitOverflow).toBe(1);
  });
});

describe('FIN-WAIT-2 of an orphan', () => {
  it.each(PROFILES)('%s: lasts fin_timeout seconds', (profile) => {
    const peer = SegmentPeer.inState('FIN-WAIT-2', { profile, settings: { tcp: { fin_timeout: 30 } } });
    peer.user.close();
    peer.bench.run(29_990);
    expect(peer.state).toBe('FIN-WAIT-2');
    peer.bench.run(20);
    expect(peer.state).toBe('CLOSED');
  });

  it.each(PROFILES)('%s: of a user who still reads lasts', (profile) => {
    const peer = SegmentPeer.inState('FIN-WAIT-2', { profile });
    peer.bench.run(1_000 * SECOND);
    expect(peer.state).toBe('FIN-WAIT-2');
  });
});
