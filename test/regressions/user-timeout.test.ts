/** A user timeout counts from trouble with the peer, not from anything else that is waited for. */
import { describe, expect, it } from 'vitest';
import { openActively, text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SECOND = 1_000;

describe.each(PROFILES)('%s: cork', (profile) => {
  it('released by its time, what it held back goes, whatever the user timeout', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.bench.run(60 * SECOND);
    peer.user.userTimeoutMs = 5 * SECOND;
    peer.user.cork = true;
    peer.user.write(text(10));
    peer.expectNothing();
    peer.bench.run(profile === 'linux' ? 250 : 1_050);
    expect(peer.user.error).toBeNull();
    peer.expect({ length: 10 });
  });
});

describe.each(PROFILES)('%s: without a route for a second', (profile) => {
  it('a user timeout of half a minute has not passed', () => {
    const { bench, peer, socket } = openActively({ profile });
    bench.run(60 * SECOND);
    socket.userTimeoutMs = 30 * SECOND;
    const { stack } = bench;
    const owner = stack.interfaceAt(bench.interfaceId);
    stack.ip.setUp(owner, false);
    socket.write(text(100));
    bench.run(SECOND);
    stack.ip.setUp(owner, true);
    expect(socket.error).toBeNull();
    expect(peer.acknowledgeAll()).toEqual(text(100));
  });
});
