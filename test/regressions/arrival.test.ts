/**
 * What went wrong once with segments that arrive: duplicates owed for a gap already filled, text past a FIN, ACKs with nobody to
 * send them, windows scaled where they are not. Each test failed on the code in which the fault was found.
 */
import { describe, expect, it, vi } from 'vitest';
import type { Tcb } from '../../src/tcp/index.ts';
import { MSS_1460, readAll, text } from '../requirements/bench.ts';
import { buildIcmpError } from '../requirements/wire.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';
import { runUntil } from '../support/timeline.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MSS = 1_460;
const SECOND = 1_000;
const DAY = 86_400 * SECOND;

function established(profile: Profile, settings: Record<string, number> = {}): SegmentPeer {
  return SegmentPeer.inState('ESTABLISHED', { profile, settings: { tcp: settings } });
}

function tcbOf(peer: SegmentPeer): Tcb {
  const { tcb } = peer.user;
  if (tcb === null) throw new Error('no connection');
  return tcb;
}

/** Full segments written and acknowledged one by one; offsets count from behind them. */
function exchange(peer: SegmentPeer, segments: number): void {
  for (let index = 0; index < segments; index++) {
    peer.user.write(text(MSS));
    peer.expect({ seq: 0, length: MSS });
    peer.sndNxt = (peer.sndNxt + MSS) >>> 0;
    peer.send({ flags: 'A' });
  }
}

describe.each(PROFILES)('%s: text and FIN', (profile) => {
  it('one batch that brings a gap and what fills it is acknowledged once', () => {
    const peer = established(profile);
    const order = [1, 2, 3, 4, 5, 0];
    peer.bench.giveAll(
      order.map((index) => peer.peer.build('A', { seq: (peer.rcvNxt + index * MSS) >>> 0, payload: text(MSS) })),
    );
    peer.expect({ flags: 'A', ack: 6 * MSS });
  });

  it('text that runs past a FIN already announced stops at the FIN', () => {
    const peer = established(profile);
    peer.send({ flags: 'FA', seq: 100 });
    peer.send({ flags: 'A', data: 300 });
    expect(readAll(peer.user)).toEqual(text(100));
    expect(peer.taken().at(-1)).toMatchObject({ ack: 101 });
    expect(peer.state).toBe('CLOSE-WAIT');
  });

  it.each(['CLOSE-WAIT', 'LAST-ACK'] as const)('text that straddles a FIN already taken is answered: %s', (state) => {
    const peer = SegmentPeer.inState(state, { profile });
    peer.send({ flags: 'A', seq: -1, ack: state === 'LAST-ACK' ? -1 : 0, data: 5 });
    // Linux takes it for text that nobody will read.
    peer.expect(profile === 'linux' ? { flags: 'R', length: 0 } : { flags: 'A', ack: 0, length: 0 });
  });
});

describe.each(PROFILES)('%s: windows and losses', (profile) => {
  // RFC 7323 §2.2; `tcp_rcv_state_process` of Linux scales it.
  it('the window of a SYN,ACK that answers our SYN is not scaled when both ends open at once, but on Linux', () => {
    const synOptions = [...MSS_1460, 1, 3, 3, 7];
    const peer = SegmentPeer.inState('SYN-RECEIVED', { profile, opening: 'active', synOptions });
    peer.send({ flags: 'SA', seq: -1, window: 2_000, options: synOptions });
    expect(peer.state).toBe('ESTABLISHED');
    peer.bench.take();
    peer.user.write(text(5_000));
    const sent = peer.taken().reduce((sum, { length }) => sum + length, 0);
    expect(sent).toBeGreaterThan(0);
    if (profile === 'linux') expect(sent).toBe(5_000);
    else expect(sent).toBeLessThanOrEqual(2_000);
  });

  it('three duplicates still start a fast retransmit when the last loss lies two gibibytes back', () => {
    const peer = established(profile);
    const tcb = tcbOf(peer);
    // As if so much had passed without a loss; what follows crosses the half of the sequence space.
    exchange(peer, 1);
    if (tcb.recovery !== null) tcb.recovery.highSeq = (tcb.sndUna - 0x7fff_0000) | 0;
    exchange(peer, 60);
    peer.user.write(text(8 * MSS));
    peer.bench.take();
    for (let index = 0; index < 3; index++) peer.send({ flags: 'A' });
    expect(peer.taken().some(({ seq, length }) => seq === 0 && length === MSS)).toBe(true);
  });

  it('data received before a RST: Linux lets it be read, the RFC flushes it', () => {
    const peer = established(profile);
    peer.send({ flags: 'A', data: 10 });
    peer.send({ flags: 'R', seq: 10 });
    expect(peer.user.error?.code).toBe('ECONNRESET');
    expect(readAll(peer.user).length).toBe(profile === 'linux' ? 10 : 0);
  });

  it('trouble the connection got over is not the reason it ends for later', () => {
    const peer = established(profile);
    const { bench } = peer;
    peer.user.userTimeoutMs = 5 * SECOND;
    peer.user.write(text(10));
    const [packet] = bench.takePackets();
    if (packet === undefined) throw new Error('nothing was sent');
    // Host unreachable, then the host is there after all.
    bench.give(buildIcmpError('10.0.0.254', '10.0.0.1', 3, 1, packet.bytes));
    peer.send({ flags: 'A', ack: 10 });
    peer.user.write(text(10));
    runUntil(peer, 100, 60 * SECOND, () => peer.user.error !== null);
    expect(peer.user.error?.code).toBe('ETIMEDOUT');
  });
});

describe('a small write on Linux', () => {
  it('goes at once behind full segments, though the last small one lies two gibibytes back', () => {
    const peer = established('linux');
    const tcb = tcbOf(peer);
    tcb.smallSeq = (tcb.sndUna - 0x7fff_0000) | 0;
    exchange(peer, 60);
    peer.user.write(text(MSS));
    peer.expect({ length: MSS });
    peer.user.write(text(10));
    peer.expect({ seq: MSS, length: 10 });
  });
});

describe('the first window after repeated SYNs', () => {
  it.each([
    ['rfc', 1, 1],
    ['linux', 1, 10],
    ['linux', 2, 1],
  ] as const)('%s: repeated %i times, %i segments', (profile, repeated, segments) => {
    const peer = SegmentPeer.inState('SYN-SENT', { profile });
    let syns = 0;
    runUntil(peer, 100, 20 * SECOND, () => {
      syns += peer.taken().length;
      return syns === repeated;
    });
    peer.send({ flags: 'SA', options: MSS_1460 });
    peer.rcvNxt = (peer.rcvNxt + 1) >>> 0;
    peer.bench.take();
    peer.user.write(text(50_000));
    expect(peer.taken().length).toBe(segments);
  });
});

describe.each(PROFILES)('%s: after days of silence', (profile) => {
  it('the window starts small again when the clock ticks have come round to a negative age', () => {
    const peer = established(profile);
    exchange(peer, 1);
    tcbOf(peer).cwnd = 500_000;
    peer.bench.run(80 * 3_600 * SECOND);
    peer.user.write(text(60_000));
    expect(peer.taken().length).toBe(10);
  });

  it('challenges that were used up are there again', () => {
    const peer = established(profile, { challenge_ack_limit: 2, invalid_ratelimit: 0 });
    for (let index = 0; index < 10; index++) peer.send({ flags: 'R', seq: 1 });
    expect(peer.taken().length).toBeLessThan(10);
    peer.send({ flags: 'R', seq: 1 });
    peer.expectNothing();
    peer.bench.run(80 * 3_600 * SECOND);
    peer.send({ flags: 'R', seq: 1 });
    peer.expect({ flags: 'A' });
  });

  it.each([55, 70])('%i days old, a timestamp refuses nothing any more', (days) => {
    const timestamp = [8, 10, 0, 0, 1, 0, 0, 0, 0, 0];
    const peer = SegmentPeer.inState('ESTABLISHED', {
      profile,
      timestamp: 1_000_000,
      synOptions: MSS_1460,
    });
    peer.peer.timestamp = null;
    peer.bench.run(days * DAY);
    peer.send({ flags: 'A', data: 10, options: timestamp });
    expect(peer.user.readableLength).toBe(10);
  });
});

describe('TIME-WAIT', () => {
  it('gives way to a new SYN only once, even when there is no way to answer it', () => {
    const peer = SegmentPeer.inState('TIME-WAIT', { opening: 'passive' });
    const { stack } = peer.bench;
    const timestamp = [8, 10, 0, 0, 1, 0, 0, 0, 0, 0];
    const lookup = vi.spyOn(stack.ip, 'lookup').mockReturnValue(null);
    peer.send({ flags: 'SF', seq: -2, options: timestamp });
    lookup.mockRestore();
    peer.bench.run(600 * SECOND);
    expect(stack.tcp.timeWaitCount).toBe(0);
    expect([...stack.tcp.connections]).toEqual([]);
  });
});
