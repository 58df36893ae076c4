/** A machine that slept for days with data in flight, and connections that said nothing for longer than half of what a clock can tell apart. */
import { describe, expect, it } from 'vitest';
import { MSS_1460, text } from '../requirements/bench.ts';
import { type Profile, SegmentPeer } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const HOUR_US = 3_600e6;
const MSS = 1_460;

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

// Found by the fuzzer: the time of the last delivery, an hour old, was taken for one to come, and all that left later for overtaken.
describe.each(PROFILES)('%s: an hour of silence', (profile) => {
  it('makes nothing look lost but what was overtaken since', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile, synOptions: [...MSS_1460, 4, 2, 1, 1] });
    const { bench } = peer;
    const sack = (segment: number): number[] => {
      const from = (peer.sndNxt + segment * MSS) >>> 0;
      return [1, 1, 5, 10, ...octets(from), ...octets(from + MSS)];
    };
    // What came early is remembered: the sender's memory is not given back. Then round trips, so that no probe goes before its time.
    peer.user.write(text(3 * MSS));
    peer.send({ flags: 'A', options: sack(2) });
    let acked = 3 * MSS;
    peer.send({ flags: 'A', ack: acked });
    for (let trip = 0; trip < 40; trip++) {
      peer.user.write(text(MSS));
      bench.run(100);
      acked += MSS;
      peer.send({ flags: 'A', ack: acked });
    }
    bench.run(50 * 60 * 1_000);
    bench.take();
    peer.user.write(text(2 * MSS));
    expect(peer.taken().map(({ seq }) => seq)).toEqual([acked, acked + MSS]);
    bench.run(1);
    peer.user.write(text(MSS));
    bench.run(99);
    peer.send({ flags: 'A', ack: acked, options: sack(acked / MSS + 1) });
    bench.run(60);
    expect(peer.taken().map(({ seq }) => seq)).toEqual([acked + 2 * MSS, acked]);
    expect(peer.user.tcpInfo().lost).toBe(1);
  });
});

// Found by the fuzzer: the time-out that began a recovery which was over stood for the beginning of the trouble of days later, further off than
// ticks can tell, and nobody gave up.
describe.each(PROFILES)('%s: seventy hours after a time-out', (profile) => {
  it('a peer that has gone is given up in as many minutes as ever', () => {
    const peer = SegmentPeer.inState('ESTABLISHED', { profile });
    const { bench } = peer;
    peer.user.write(text(2 * MSS));
    bench.run(1_500);
    peer.send({ flags: 'A', ack: 2 * MSS });
    bench.run(70 * 3_600_000);
    peer.user.write(text(100));
    bench.run(30 * 60_000);
    expect(peer.user.error?.code).toBe('ETIMEDOUT');
  });
});

function octets(value: number): number[] {
  return [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);
}
