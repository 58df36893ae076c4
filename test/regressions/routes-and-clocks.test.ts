/**
 * What went wrong once when routes went away or moved, and when the driver's clock jumped. Each test failed on the code in which
 * the fault was found.
 */
import { describe, expect, it } from 'vitest';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { readAll, text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';
import { StackPair } from '../support/stack-pair.ts';
import { TwoWays } from '../support/two-ways.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SECOND = 1_000;
const HOUR_US = 3_600e6;

describe.each(PROFILES)('%s: without a route', (profile) => {
  it.each([1, 60, 300])('what the user writes is kept, and goes when the route is back after %i s', (seconds) => {
    const pair = new StackPair({ profile });
    const listener = new ListenSocket(pair.b, { port: 80 });
    const socket = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 });
    pair.run(pair.nowUs + 1e6);
    const other = listener.accept();
    if (other === null) throw new Error('nothing to accept');
    pair.a.ip.setUp(pair.a.interfaceAt(1), false);
    socket.write(text(100));
    pair.run(pair.nowUs + seconds * 1e6);
    expect(socket.error).toBeNull();
    pair.a.ip.setUp(pair.a.interfaceAt(1), true);
    pair.run(pair.nowUs + 130e6);
    expect(readAll(other)).toEqual(text(100));
  });
});

describe.each(PROFILES)('%s: an interface that goes down', (profile) => {
  it('does not keep the connection that was just going to send', () => {
    const ways = new TwoWays(profile);
    ways.socket.write(text(100));
    ways.loseTheFirst();
    expect(ways.run(10 * SECOND)).toBeGreaterThan(0);
  });
});

describe.each(PROFILES)('%s: a clock that jumps by seventy hours', (profile) => {
  it('ends a TIME-WAIT that is long over', () => {
    const peer = SegmentPeer.inState('TIME-WAIT', { profile });
    peer.bench.nowUs += 70 * HOUR_US;
    peer.bench.stack.handleTimeout(peer.bench.nowUs);
    expect([...peer.bench.stack.tcp.connections]).toEqual([]);
  });

  it('does not let data in flight wait for hours', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const { bench } = peer;
    peer.user.write(text(100));
    bench.take();
    bench.nowUs += 70 * HOUR_US;
    bench.stack.handleTimeout(bench.nowUs);
    const waitUs = bench.stack.nextTimeoutUs() - bench.nowUs;
    expect(peer.user.error !== null || waitUs < 300e6).toBe(true);
  });
});
