/** What counts as reordering at the sender (RFC 8985 section 6.2 step 3), and what does not. */
import { describe, expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MSS = 1_000;
const SYN_OPTIONS = [2, 4, MSS >> 8, MSS & 255, 4, 2, 1, 1];

function writing(profile: Profile): { peer: SegmentPeer; sack: (ack: number, from: number, to: number) => void } {
  const peer = SegmentPeer.inState('ESTABLISHED', { profile, synOptions: SYN_OPTIONS });
  peer.user.write(text(10 * MSS));
  peer.bench.take();
  const sack = (ack: number, from: number, to: number): void => {
    const options = new Uint8Array(12);
    const view = new DataView(options.buffer);
    options.set([1, 1, 5, 10]);
    view.setInt32(4, peer.sndNxt + from * MSS);
    view.setInt32(8, peer.sndNxt + to * MSS);
    peer.send({ flags: 'A', ack: ack * MSS, options: [...options] });
  };
  return { peer, sack };
}

const seen = (peer: SegmentPeer): number => peer.bench.stack.counters.tcpExt.TCPSACKReorder;

describe.each(PROFILES)('%s', (profile) => {
  // A delayed acknowledgment that a gap releases covers data in order and SACKs what came behind the gap, both at once.
  it('data acknowledged by the segment that reports a gap behind it arrived in order', () => {
    const { peer, sack } = writing(profile);
    sack(2, 3, 4);
    expect(seen(peer)).toBe(0);
    sack(2, 3, 6);
    expect(seen(peer)).toBe(0);
  });

  it('a gap that fills itself was reordering', () => {
    const { peer, sack } = writing(profile);
    sack(1, 2, 3);
    peer.send({ flags: 'A', ack: 3 * MSS });
    expect(seen(peer)).toBe(1);
    sack(3, 5, 6);
    sack(3, 4, 6);
    expect(seen(peer)).toBe(2);
  });
});
