/** Keep-alive, urgent data, linger and half-close, simultaneous open and close: services around the state diagram. */
import { describe, expect, it } from 'vitest';
import { SocketEvent } from '../../src/socket/index.ts';
import { MSS_1460, readAll, text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';
import { timesMs, watch } from '../support/timeline.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

// RFC 9293 section 3.8.4.
describe.each(PROFILES)('%s: keep-alive', (profile) => {
  const OPTIONS = { idleMs: 10_000, intervalMs: 2_000, probes: 3 };

  it('probes after the idle time, then by the interval; then a RST and a time-out', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.setKeepAlive(OPTIONS);
    const startUs = peer.bench.nowUs;
    const sent = watch(peer, 60_000);
    expect(timesMs(sent, startUs)).toEqual([10_000, 12_000, 14_000, 16_000]);
    expect(sent.map(({ flags, seq, payload }) => [flags, (seq - peer.sndNxt) | 0, payload.length])).toEqual([
      ['A', -1, 0],
      ['A', -1, 0],
      ['A', -1, 0],
      ['RA', 0, 0],
    ]);
    expect(peer.user.error?.code).toBe('ETIMEDOUT');
  });

  it('any answer starts the idle time again', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.setKeepAlive(OPTIONS);
    peer.bench.run(12_500);
    expect(peer.bench.take().length).toBe(2);
    peer.send({ flags: 'A' });
    const startUs = peer.bench.nowUs;
    expect(timesMs(watch(peer, 11_000), startUs)).toEqual([10_000]);
    expect(peer.user.error).toBeNull();
  });

  it('switched off, it is quiet', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.setKeepAlive(OPTIONS);
    peer.bench.run(5_000);
    peer.user.setKeepAlive(null);
    peer.bench.run(1_000_000);
    peer.expectNothing();
  });

  it('the answer to the peer’s probe is an ACK', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.send({ flags: 'A', seq: -1 });
    peer.expect({ flags: 'A', seq: 0, ack: 0 });
    peer.bench.run(1_000);
    peer.send({ flags: 'A', seq: -1, data: 1 });
    peer.expect({ flags: 'A', seq: 0, ack: 0 });
  });

  it.each(['FIN-WAIT-2', 'CLOSE-WAIT'] as const)('works when %s', (state) => {
    const peer = SegmentPeer.inState(state, { profile });
    peer.user.setKeepAlive(OPTIONS);
    peer.bench.run(60_000);
    expect(peer.state).toBe('CLOSED');
  });
});

// RFC 9293 section 3.8.5.
describe.each(PROFILES)('%s: urgent data', (profile) => {
  it('in line: everything is read in order, the mark is known', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.takeEvents();
    peer.send({ flags: 'UPA', urgent: 4, data: 10 });
    expect(peer.user.takeEvents() & SocketEvent.urgent).toBe(SocketEvent.urgent);
    expect(peer.user.urgentLength).toBe(4);
    expect(readAll(peer.user)).toEqual(text(10));
    expect(peer.user.urgentLength).toBe(0);
  });

  it('out of band: the octet before the pointer is read apart, the stream is without it', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.urgentOutOfBand = true;
    peer.send({ flags: 'UPA', urgent: 4, data: 10 });
    const octets = text(10);
    expect(peer.user.readUrgent()).toBe(octets[3]);
    expect(peer.user.readUrgent()).toBe(-1);
    const into = new Uint8Array(20);
    expect(peer.user.read(into)).toBe(3);
    expect(peer.user.read(into)).toBe(6);
    expect(into.slice(0, 6)).toEqual(octets.slice(4));
  });

  it('out of band: an octet nobody asked for is skipped', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.urgentOutOfBand = true;
    peer.send({ flags: 'UPA', urgent: 4, data: 10 });
    expect(readAll(peer.user)).toEqual(Uint8Array.from([...text(10).slice(0, 3), ...text(10).slice(4)]));
  });

  it('out of band: -1 while the octet has not come', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.urgentOutOfBand = true;
    peer.send({ flags: 'UPA', urgent: 15, data: 10 });
    expect(peer.user.readUrgent()).toBe(-1);
    peer.send({ flags: 'PA', seq: 10, data: 10 });
    expect(peer.user.readUrgent()).toBe(text(10)[4]);
  });

  it('a pointer that moves on is told again, one that does not is not', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const isTold = (): boolean => (peer.user.takeEvents() & SocketEvent.urgent) !== 0;
    peer.send({ flags: 'UA', urgent: 50 });
    expect([isTold(), peer.user.urgentLength]).toEqual([true, 50]);
    peer.send({ flags: 'UA', urgent: 50 });
    expect(isTold()).toBe(false);
    peer.send({ flags: 'UA', urgent: 40 });
    expect([isTold(), peer.user.urgentLength]).toEqual([false, 50]);
    peer.send({ flags: 'UPA', urgent: 90, data: 10 });
    expect([isTold(), peer.user.urgentLength]).toEqual([true, 90]);
  });

  it('is marked in the segments up to its end, and not behind', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.noDelay = true;
    peer.user.writeUrgent(text(10));
    const first = peer.bench.takeOne();
    expect([first.flags.includes('U'), first.urgent]).toEqual([true, 10]);
    peer.user.write(text(20));
    const second = peer.bench.takeOne();
    expect([second.flags.includes('U'), second.urgent]).toEqual([false, 0]);
  });

  // To Linux zero is the octet that the segment begins with, as one is.
  it('a pointer to nothing is not told, but under linux', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.takeEvents();
    peer.send({ flags: 'UA', urgent: 0 });
    expect(peer.user.takeEvents() & SocketEvent.urgent).toBe(profile === 'linux' ? SocketEvent.urgent : 0);
  });

  it('a pointer of zero, or behind what was read, means nothing', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.send({ flags: 'UPA', urgent: 0, data: 10 });
    readAll(peer.user);
    peer.send({ flags: 'UPA', seq: 0, urgent: 10, data: 10 });
    expect(peer.user.urgentLength).toBe(0);
  });
});

// RFC 5961 §7 R5961-5: by number and time.
// RFC 5961 section 7, and Linux's tcp_invalid_ratelimit: answers to nothing are limited, so that two ends cannot answer each other for ever.
describe.each(PROFILES)('%s: answers to what is out of place', (profile) => {
  it('at most two in a second to segments without text', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    for (let index = 0; index < 10; index++) {
      peer.send({ flags: 'A', seq: -10 });
      peer.bench.run(100);
    }
    expect(peer.taken().length).toBe(2);
    expect(peer.bench.stack.counters.tcpExt.TCPACKSkippedSeq).toBe(8);
  });

  it('one for each segment with text: the sender repeats because it lacks our ACK', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    for (let index = 0; index < 10; index++) peer.send({ flags: 'A', seq: -10, data: 10 });
    expect(peer.taken().length).toBe(10);
  });

  it.each(['R', 'S', 'SA'])('at most two challenges in a second: %s', (flags) => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    for (let index = 0; index < 10; index++) {
      peer.send({ flags, seq: 100 + index });
      peer.bench.run(100);
    }
    expect(peer.taken().length).toBe(2);
    expect(peer.bench.stack.counters.tcpExt.TCPACKSkippedChallenge).toBe(8);
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('challenge_ack_limit bounds all connections together', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', {
      profile,
      settings: { tcp: { challenge_ack_limit: 20, invalid_ratelimit: 0 } },
    });
    for (let index = 0; index < 200; index++) peer.send({ flags: 'R', seq: 100 + index });
    const { length } = peer.taken();
    // Drawn anew each second between half the limit and one and a half times it (CVE-2016-5696).
    expect(length).toBeGreaterThanOrEqual(10);
    expect(length).toBeLessThanOrEqual(30);
    peer.bench.run(1_100);
    peer.send({ flags: 'R', seq: 5 });
    expect(peer.taken().length).toBe(1);
  });
});

describe.each(PROFILES)('%s: linger', (profile) => {
  it('0: CLOSE is an abort', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.lingerMs = 0;
    peer.user.write(text(10));
    peer.user.close();
    expect(peer.taken().at(-1)).toMatchObject({ flags: 'RA' });
    expect(peer.state).toBe('CLOSED');
  });

  it('a time: the data has that long', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.lingerMs = 5_000;
    peer.user.write(text(10));
    peer.user.close();
    peer.bench.run(4_990);
    expect(peer.state).toBe('FIN-WAIT-1');
    expect(peer.taken().every(({ flags }) => !flags.includes('R'))).toBe(true);
    const { tcp } = peer.bench.stack;
    expect(tcp.extCounters.TCPAbortOnLinger).toBe(0);
    peer.bench.run(20);
    peer.expect({ flags: 'RA' });
    expect(peer.state).toBe('CLOSED');
    expect([tcp.orphanCount, tcp.extCounters.TCPAbortOnLinger]).toEqual([0, 1]);
  });

  it('a time: acknowledged data is enough', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.lingerMs = 5_000;
    peer.user.write(text(10));
    peer.user.close();
    peer.bench.take();
    peer.send({ flags: 'A', ack: 11 });
    expect(peer.state).toBe('FIN-WAIT-2');
    peer.bench.run(5_500);
    peer.expectNothing();
    expect(peer.state).toBe('FIN-WAIT-2');
  });

  it('an orphan in FIN-WAIT-2 ends in silence, and no linger is counted', () => {
    const peer = SegmentPeer.inState('FIN-WAIT-2', { profile, settings: { tcp: { fin_timeout: 10 } } });
    peer.user.close();
    peer.bench.run(9_900);
    expect(peer.state).toBe('FIN-WAIT-2');
    peer.bench.run(200);
    peer.expectNothing();
    expect(peer.bench.stack.tcp.connections.size).toBe(0);
    expect(peer.bench.stack.tcp.extCounters.TCPAbortOnLinger).toBe(0);
  });
});

// RFC 9293 §3.6: one direction closed, the other goes on.
describe.each(PROFILES)('%s: half-close', (profile) => {
  it('our direction closed, theirs goes on for as long as they like', () => {
    const peer = SegmentPeer.inState('FIN-WAIT-2', { profile });
    for (let index = 0; index < 20; index++) {
      peer.send({ flags: 'PA', seq: index * 1_000, data: 1_000 });
      peer.bench.run(60_000);
    }
    expect(readAll(peer.user).length).toBe(20_000);
    peer.send({ flags: 'FA', seq: 20_000 });
    expect(peer.state).toBe('TIME-WAIT');
  });

  it('their direction closed, ours goes on', () => {
    const peer = SegmentPeer.inState('CLOSE-WAIT', { profile });
    for (let index = 0; index < 20; index++) {
      peer.user.write(text(1_000));
      peer.expect({ length: 1_000, ack: 0 });
      peer.send({ flags: 'A', ack: (index + 1) * 1_000 });
      peer.bench.run(60_000);
    }
    peer.user.shutdownWrite();
    peer.expect({ flags: 'FA', seq: 20_000 });
    peer.send({ flags: 'A', ack: 20_001 });
    expect(peer.state).toBe('CLOSED');
    expect(peer.user.error).toBeNull();
  });
});

// RFC 9293 section 3.5 figure 8, and section 3.6 figure 13.
describe.each(PROFILES)('%s: both at once', (profile) => {
  it('open: SYNs cross, SYN,ACKs cross', () => {
    const peer = SegmentPeer.inState('SYN-SENT', { profile });
    peer.send({ flags: 'S', options: MSS_1460 });
    peer.expect({ flags: 'SA', seq: -1, ack: 1 });
    peer.send({ flags: 'SA', seq: 0, options: MSS_1460 });
    expect(peer.state).toBe('ESTABLISHED');
    peer.bench.take();
    peer.user.write(text(10));
    peer.expect({ seq: 0, ack: 1, length: 10 });
    peer.send({ flags: 'PA', seq: 1, ack: 10, data: 10 });
    expect(readAll(peer.user)).toEqual(text(10));
  });

  it('open: the SYN,ACK of ours lost, theirs is enough', () => {
    const peer = SegmentPeer.inState('SYN-RECEIVED', { profile, opening: 'active' });
    peer.send({ flags: 'SA', seq: -1, options: MSS_1460 });
    expect(peer.state).toBe('ESTABLISHED');
  });

  it('close: FINs cross, ACKs cross, both wait', () => {
    const peer = SegmentPeer.inState('FIN-WAIT-1', { profile });
    peer.send({ flags: 'FA', ack: -1 });
    expect(peer.state).toBe('CLOSING');
    peer.expect({ flags: 'A', ack: 1 });
    peer.send({ flags: 'A', seq: 1 });
    expect(peer.state).toBe('TIME-WAIT');
    expect(peer.user.error).toBeNull();
  });
});
