/** What the matrix of `test/matrix/` found once: segments that lie across an edge. Each test failed on the code in which it was found. */
import { describe, expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe.each(PROFILES)('%s: across the left edge', (profile) => {
  it.each(['passive', 'active'] as const)('a bad ACK in SYN-RECEIVED (%s) is answered by its RST alone', (opening) => {
    const peer = SegmentPeer.inState('SYN-RECEIVED', { profile, opening });
    peer.send({ flags: 'A', seq: -5, ack: 700, data: 20 });
    peer.expect({ flags: 'R', seq: 700 });
    expect(peer.state).toBe('SYN-RECEIVED');
  });

  it('text without ACK is dropped without a word', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    peer.send({ flags: '', seq: -5, data: 20 });
    peer.expectNothing();
    expect(peer.user.readableLength).toBe(0);
  });
});

describe.each(PROFILES)('%s: a closed window', (profile) => {
  // RFC 9293 §3.10.7.4, first: no octet is acceptable, a FIN neither. Linux takes one that comes alone.
  it('and a FIN without text', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile, receiveBufferSize: 4_096 });
    for (let window = 4_096; window > 0; ) {
      const octets = Math.min(window, 1_000);
      peer.peer.send('PA', { payload: text(octets) });
      peer.bench.run(600);
      window = peer.bench.take().at(-1)?.window ?? 0;
    }
    peer.mark();
    peer.send({ flags: 'FA' });
    peer.expect({ flags: 'A', ack: profile === 'linux' ? 1 : 0 });
    expect(peer.state).toBe(profile === 'linux' ? 'CLOSE-WAIT' : 'ESTABLISHED');
  });
});

// Records of odd sizes: one octet of room in the congestion window let a whole segment go.
describe('rfc: the loss window', () => {
  it('holds what goes again after a time-out, to the octet', () => {
    const mss = 1_000;
    const peer = SegmentPeer.inState('ESTABLISHED', { profile: 'rfc', synOptions: [2, 4, mss >> 8, mss & 255] });
    peer.user.noDelay = true;
    for (const octets of [900, 99, 990]) {
      peer.user.write(text(octets));
      peer.bench.take();
    }
    peer.bench.run(1_100);
    const again = peer.taken().reduce((sum, { length }) => sum + length, 0);
    expect(again).toBe(999);
  });
});
