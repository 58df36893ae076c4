/** PSH under profile `linux`: at the end of each write, after half of the widest window, and again with what is sent again. */
import { describe, expect, it } from 'vitest';
import { text } from '../requirements/bench.ts';
import { MSS, SackPeer } from '../support/sack-peer.ts';
import type { Profile } from '../support/segment-peer.ts';

/** Ends of the segments with PSH sent since, in octets from the first. */
function pushed(flow: SackPeer): number[] {
  return flow.peer.bench
    .take()
    .filter(({ payload, flags }) => payload.length > 0 && flags.includes('P'))
    .map(({ seq, payload }) => ((seq - flow.peer.sndNxt) | 0) + payload.length);
}

function flowOf(profile: Profile): SackPeer {
  const flow = new SackPeer({ profile, segments: 0 });
  flow.peer.user.noDelay = true;
  return flow;
}

/** The window is full, so that writes wait. */
function blocked(profile: Profile): SackPeer {
  const flow = flowOf(profile);
  flow.peer.user.write(text(10 * MSS));
  expect(pushed(flow)).toEqual([10 * MSS]);
  return flow;
}

describe('linux: PSH', () => {
  it('stays at the end of a write that filled a segment', () => {
    const flow = blocked('linux');
    flow.peer.user.write(text(2 * MSS));
    flow.peer.user.write(text(1_500));
    flow.run(100);
    flow.ack(10);
    expect(pushed(flow)).toEqual([12 * MSS, 12 * MSS + 1_500]);
  });

  it('moves on when the next write fills the segment up', () => {
    const flow = blocked('linux');
    flow.peer.user.write(text(1_500));
    flow.peer.user.write(text(1_500));
    flow.run(100);
    flow.ack(10);
    expect(pushed(flow)).toEqual([13 * MSS]);
  });

  it.each([
    ['linux', [0x8000, 0x10000, 70_000]],
    ['rfc', [70_000]],
  ] as const)('%s: after more than half of the widest window in one long write', (profile, around) => {
    const flow = flowOf(profile);
    const half = flow.tcb.maxSndWnd >> 1;
    const length = around.at(-1) ?? 0;
    flow.peer.user.write(text(length));
    const ends: number[] = pushed(flow);
    for (let upTo = 10; upTo <= 80; upTo += 10) {
      flow.run(100);
      flow.ack(Math.min(upTo, length / MSS));
      ends.push(...pushed(flow));
    }
    const step = (Math.floor(half / MSS) + 1) * MSS;
    const marks = Array.from({ length: Math.floor((length - 1) / step) }, (_, index) => (index + 1) * step);
    expect(ends).toEqual(profile === 'linux' ? [...marks, length] : [length]);
    expect(marks.length).toBeGreaterThanOrEqual(1);
    expect(flow.tcb.pushMarks).toBeNull();
  });

  it('comes again with the data it was sent with, and only there', () => {
    const flow = flowOf('linux');
    flow.peer.user.write(text(3 * MSS));
    expect(pushed(flow)).toEqual([3 * MSS]);
    flow.peer.user.write(text(7 * MSS));
    expect(pushed(flow)).toEqual([10 * MSS]);
    flow.run(100);
    // 1 and 2 are lost: the copies go one by one.
    for (const to of [4, 5, 6, 7, 8, 9, 10]) flow.ack(1, [3, to]);
    expect(pushed(flow)).toEqual([3 * MSS]);
  });
});
