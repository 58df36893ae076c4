/** What counts as a round trip (RFC 6298 section 3, RFC 7323 section 4): of acknowledgments, of SACK blocks, of echoes. */
import { describe, expect, it } from 'vitest';
import { SackPeer } from '../support/sack-peer.ts';
import type { Profile } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

/** A path of 100 ms, known from the handshake; ten segments leave at 0 ms. */
function flowOf(profile: Profile, options: { readonly timestamps?: boolean } = {}): SackPeer {
  const flow = new SackPeer({ profile, segments: 10, ...options });
  expect(flow.sent()).toEqual(range(0, 10));
  expect(flow.tcb.srttUs).toBe(100_000);
  return flow;
}

/** An eighth of the way to the sample (RFC 6298 section 2.3). */
const nearer = (srttMs: number, sampleMs: number): number => (srttMs + (sampleMs - srttMs) / 8) * 1_000;

describe.each(PROFILES)('%s: a round trip', (profile) => {
  it('is measured by what is acknowledged', () => {
    const flow = flowOf(profile);
    flow.run(140);
    flow.ack(10);
    expect(flow.tcb.srttUs).toBe(nearer(100, 140));
  });

  it('is measured by a SACK block when nothing is acknowledged', () => {
    const flow = flowOf(profile);
    flow.run(140);
    flow.ack(0, [1, 2]);
    expect(flow.tcb.srttUs).toBe(nearer(100, 140));
  });

  // RFC 6298 §3 R6298-5: nobody knows which copy it was.
  it('is not measured by what was sent twice', () => {
    const flow = flowOf(profile);
    flow.run(100);
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toEqual([0]);
    const before = flow.tcb.srttUs;
    flow.run(50);
    flow.ack(1, [1, 4]);
    expect(flow.tcb.srttUs).toBe(before);
  });
});

/** The other profile takes one sample a round trip (RFC 7323 appendix G). */
describe('linux: every acknowledgment is a sample', () => {
  it('of what is acknowledged when there is a block as well', () => {
    const flow = flowOf('linux');
    flow.run(40);
    flow.write(2);
    flow.sent();
    flow.run(60);
    flow.ack(2);
    expect(flow.sent()).toEqual([10, 11]);
    flow.run(40);
    // 2 left at 0 ms, 10 at 100 ms; it is 140 ms now.
    flow.ack(3, [10, 11]);
    expect(flow.tcb.srttUs).toBe(nearer(100, 140));
  });

  // RFC 7323 §4.1 R7323-14: an echo that acknowledges nothing is none.
  it('of the echo when what is acknowledged was sent twice', () => {
    const flow = flowOf('linux', { timestamps: true });
    flow.run(100);
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toEqual([0]);
    const before = flow.tcb.srttUs / 1_000;
    flow.run(50);
    flow.ack(4);
    expect(Math.abs(flow.tcb.srttUs - nearer(before, 50))).toBeLessThanOrEqual(125);
  });
});
