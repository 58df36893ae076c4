/**
 * What went wrong once around closed windows: sequence numbers behind a probe, samples and time-outs of probes, windows that
 * never opened again. Each test failed on the code in which the fault was found.
 */
import { describe, expect, it } from 'vitest';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { MSS_1460, readAll, text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer, type StageOptions } from '../support/segment-peer.ts';
import { StackPair } from '../support/stack-pair.ts';
import { runUntil } from '../support/timeline.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SECOND = 1_000;

/** 500 octets wait at a closed window; offsets count from the first of them. */
function shut(options: StageOptions): SegmentPeer {
  const peer = SegmentPeer.inState('ESTABLISHED', options);
  peer.user.write(text(10));
  peer.bench.take();
  peer.send({ flags: 'A', ack: 10, window: 0 });
  peer.sndNxt = (peer.sndNxt + 10) >>> 0;
  peer.user.write(text(500));
  return peer;
}

/** As `shut`, and one octet went as a probe. */
function probed(): SegmentPeer {
  const peer = shut({ profile: 'rfc' });
  peer.bench.run(SECOND + 10);
  peer.expect({ seq: 0, length: 1 });
  return peer;
}

describe.each(PROFILES)('%s: a window that opens again', (profile) => {
  // Observed on Linux: nothing goes before its timer.
  it('has what is still in flight sent again by the ACK that opens it: at once, on Linux in its time', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(1_000));
    peer.expect({ seq: 0, length: 1_000 });
    peer.send({ flags: 'A', window: 0 });
    peer.expectNothing();
    peer.send({ flags: 'A', ack: 300, window: 5_000 });
    if (profile === 'linux') {
      peer.expectNothing();
      peer.bench.run(2 * SECOND);
    }
    expect(peer.taken()[0]).toMatchObject({ seq: 300, length: 700 });
  });

  it('has nothing sent again by an ACK that finds it open', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(1_000));
    peer.expect({ seq: 0, length: 1_000 });
    peer.send({ flags: 'A', window: 1_200 });
    peer.send({ flags: 'A', ack: 300, window: 5_000 });
    peer.expectNothing();
  });
});

describe('segments behind a closed window', () => {
  it('an ACK after a zero-window probe carries a sequence number the peer accepts', () => {
    const peer = probed();
    peer.send({ flags: 'PA', data: 100, window: 0 });
    peer.bench.run(300);
    peer.expect({ flags: 'A', seq: 0, ack: 100, length: 0 });
  });

  it('so does a RST: the peer of an abort is told', () => {
    const peer = probed();
    peer.user.abort();
    expect(peer.expect({ seq: 0 }).flags).toMatch(/R/);
  });

  it.each(PROFILES)('%s: so does an ACK after the window has shrunk below what is in flight', (profile) => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.user.write(text(1_000));
    peer.expect({ length: 1_000 });
    peer.send({ flags: 'A', data: 3_000, window: 100 });
    peer.bench.run(300);
    expect(peer.taken().filter(({ length }) => length === 0)[0]).toMatchObject({ seq: 100, ack: 3_000 });
  });

  it('an ACK before our SYN is acknowledged starts behind the SYN, though the peer said window 0', () => {
    for (const profile of PROFILES) {
      const peer = SegmentPeer.inState('SYN-RECEIVED', { profile, opening: 'active', window: 0 });
      peer.send({ flags: 'A', seq: 400_000 });
      peer.expect({ flags: 'A', seq: 0, ack: 0 });
    }
  });

  it('two ends that filled each other up go on as soon as one of them reads', () => {
    const pair = new StackPair({ profile: 'rfc' });
    const listener = new ListenSocket(pair.b, { port: 80, receiveBufferSize: 4_096 });
    const a = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80, receiveBufferSize: 4_096 });
    pair.run(pair.nowUs + 100_000);
    const b = listener.accept();
    if (b === null) throw new Error('nothing to accept');
    a.write(text(20_000));
    b.write(text(20_000));
    pair.run(pair.nowUs + 20e6);
    const got: number[] = [];
    for (let step = 0; step < 100; step++) {
      got.push(...readAll(b));
      pair.run(pair.nowUs + 50_000);
    }
    expect(Uint8Array.from(got)).toEqual(text(20_000));
  });
});

describe('probes', () => {
  it('a probed octet that is acknowledged a minute later is no round-trip sample', () => {
    const peer = shut({ profile: 'rfc' });
    for (let elapsed = 0; elapsed < 60; elapsed++) {
      peer.bench.run(SECOND);
      if (peer.taken().length > 0) peer.send({ flags: 'A', window: 0 });
    }
    peer.send({ flags: 'A', ack: 1 });
    peer.bench.take();
    peer.send({ flags: 'A', ack: 500 });
    peer.user.write(text(10));
    peer.expect({ seq: 500 });
    peer.bench.run(3 * SECOND);
    // With a sample of a minute the RTO would be one as well.
    expect(peer.taken()[0]).toMatchObject({ seq: 500, length: 10 });
  });

  it('a user timeout on Linux ends a connection whose peer only ever answers that its window is closed', () => {
    const peer = shut({ profile: 'linux' });
    peer.user.userTimeoutMs = 5 * SECOND;
    const tookMs = runUntil(peer, 100, 20 * SECOND, () => {
      if (peer.taken().length > 0) peer.send({ flags: 'A', window: 0 });
      return peer.user.error !== null;
    });
    expect(peer.user.error?.code).toBe('ETIMEDOUT');
    expect(tookMs).toBeGreaterThanOrEqual(5 * SECOND);
  });

  it('a FIN that waits at a closed window is probed for, though the SYN was due again when the user closed', () => {
    for (const profile of PROFILES) {
      const peer = SegmentPeer.inState('SYN-RECEIVED', { profile, opening: 'active' });
      const { bench } = peer;
      // The time-out is handled, but what it asks for is not sent before the user's call and the peer's ACK.
      bench.nowUs += 1_010_000;
      bench.stack.handleTimeout(bench.nowUs);
      peer.user.shutdownWrite();
      peer.send({ flags: 'A', window: 0 });
      bench.take();
      bench.run(10 * SECOND);
      expect(peer.taken().length, profile).toBeGreaterThan(0);
    }
  });
});

describe('a receive buffer about as small as a unit of the window', () => {
  // rmem_max of 64 MiB: a scale of 11, units of 2048 octets.
  const options: StageOptions = {
    settings: { tcp: { rmem_max: 2 ** 26, rmem_default: 1_500, moderate_rcvbuf: false } },
    synOptions: [...MSS_1460, 1, 3, 3, 7],
  };
  const SCALE = 11;

  it.each([1, 100, 500, 700, 1_016, 1_460])('opens again once it is read, filled by segments of %i octets', (size) => {
    for (const profile of PROFILES) {
      const peer = SegmentPeer.inState('ESTABLISHED', { ...options, profile });
      // What the SYN offered is not scaled.
      let edge = 1_500;
      let at = 0;
      while (at < edge) {
        const data = Math.min(size, edge - at);
        peer.send({ flags: 'A', seq: at, data });
        at += data;
        peer.bench.run(SECOND);
        for (const { ack, window } of peer.taken()) edge = ack + (window << SCALE);
      }
      expect(readAll(peer.user).length).toBe(at);
      const updates = peer.taken();
      expect(updates.length, profile).toBeGreaterThan(0);
      expect(updates.at(-1), profile).toMatchObject({ flags: 'A', ack: at });
      expect(updates.at(-1)?.window, profile).toBeGreaterThan(0);
    }
  });
});
