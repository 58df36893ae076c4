/** A machine that slept for days with data in flight. */
import { describe, expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const HOUR_US = 3_600e6;

describe.each(PROFILES)('%s: a clock that jumps by seventy hours', (profile) => {
  it('leaves data in flight one more try', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const { bench } = peer;
    peer.user.write(text(100));
    bench.take();
    bench.nowUs += 70 * HOUR_US;
    bench.stack.handleTimeout(bench.nowUs);
    peer.expect({ seq: 0, length: 100 });
    peer.send({ flags: 'A', ack: 100 });
    expect(peer.user.error).toBeNull();
  });
});
