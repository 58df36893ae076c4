/**
 * What went wrong once with user calls: connections left behind by bad arguments, timers of connections long closed, counts that
 * lied. Each test failed on the code in which the fault was found.
 */
import { describe, expect, it, vi } from 'vitest';
import { StreamSocket } from '../../src/socket/index.ts';
import { Bench, OURS } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SECOND = 1_000;

describe('arguments', () => {
  it.each([{ hopLimit: 0 }, { receiveBufferSize: 1 }, { sendBufferSize: 1 }, { trafficClass: 256 }])(
    'connect with %j throws and leaves nothing behind',
    (wrong) => {
      const bench = new Bench();
      const options = { remoteAddress: '10.0.0.2', remotePort: 80, localAddress: OURS, localPort: 5_000 };
      expect(() => StreamSocket.connect(bench.stack, { ...options, ...wrong })).toThrow(Object.keys(wrong)[0]);
      expect([...bench.stack.tcp.connections]).toEqual([]);
      expect(StreamSocket.connect(bench.stack, options).error).toBeNull();
      expect(bench.takeOne().flags).toBe('S');
    },
  );

  it('a negative count to discard, or place to peek at, is refused before anything is touched', () => {
    const peer = SegmentPeer.inState('ESTABLISHED');
    peer.send({ flags: 'A', data: 10 });
    expect(() => peer.user.discard(-5)).toThrow('count');
    expect(() => peer.user.peek(new Uint8Array(8), 0, 4, -3)).toThrow('at');
    expect(peer.user.readableLength).toBe(10);
  });
});

describe.each(PROFILES)('%s: keep-alive', (profile) => {
  it('asked for in TIME-WAIT probes nobody and fails nothing', () => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    peer.user.setKeepAlive({ idleMs: 1_000, intervalMs: 1_000, probes: 2 });
    peer.bench.run(20 * SECOND);
    peer.expectNothing();
    expect(peer.user.error).toBeNull();
  });
});

describe('AttemptFails counts every handshake that came to nothing', () => {
  it('a passive one that is reset', () => {
    const peer = SegmentPeer.inState('SYN-RECEIVED');
    peer.send({ flags: 'R' });
    expect(peer.bench.stack.counters.tcp.AttemptFails).toBe(1);
  });

  it('a passive one that times out', () => {
    const peer = SegmentPeer.inState('SYN-RECEIVED');
    peer.bench.run(600 * SECOND);
    expect(peer.state).toBe('LISTEN');
    expect(peer.bench.stack.counters.tcp.AttemptFails).toBe(1);
  });

  it('an active one the user closes', () => {
    const peer = SegmentPeer.inState('SYN-SENT');
    peer.user.close();
    expect(peer.bench.stack.counters.tcp.AttemptFails).toBe(1);
  });
});

describe('a fault of our own', () => {
  it('while one frame is taken does not make the stack deaf to the next', () => {
    const peer = SegmentPeer.inState('ESTABLISHED');
    const receive = vi.spyOn(peer.bench.stack.ip, 'receive').mockImplementationOnce(() => {
      throw new Error('planted');
    });
    expect(() => peer.send({ flags: 'A', data: 10 })).toThrow('planted');
    receive.mockRestore();
    peer.send({ flags: 'A', data: 10 });
    expect(peer.user.readableLength).toBe(10);
  });
});
