/**
 * Losses by counting what was SACKed (RFC 6675 section 4), as they are found without RACK; room for what may wait unsent; a window
 * that was not used for minutes (RFC 7661). Segments of 1000 octets, a round trip of 100 ms.
 */
import { describe, expect, it } from 'vitest';
import { CaState } from '../../src/tcp/index.ts';
import { MSS, SackPeer } from '../support/sack-peer.ts';
import type { Profile } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);

// RFC 6675 §4: DupThresh ranges, or more than (DupThresh - 1) segments of octets, above it.
describe.each(PROFILES)('%s: without RACK a segment is lost', (profile) => {
  function flowOf(): SackPeer {
    const flow = new SackPeer({ profile, segments: 10, settings: { tcp: { recovery: 0 } } });
    expect(flow.sent()).toEqual(range(0, 10));
    flow.run(100);
    return flow;
  }

  it('when three above it have arrived, in one range', () => {
    const flow = flowOf();
    flow.ack(0, [1, 2]);
    flow.ack(0, [1, 3]);
    expect([flow.sent(), flow.tcb.caState]).toEqual([[], CaState.disorder]);
    flow.ack(0, [1, 4]);
    expect([flow.sent(), flow.tcb.caState]).toEqual([[0], CaState.recovery]);
  });

  it('when three above it have arrived, in three ranges; those between them wait', () => {
    const flow = flowOf();
    flow.ack(0, [2, 3]);
    flow.ack(0, [4, 5], [2, 3]);
    expect([flow.sent(), flow.tcb.scoreboard?.lostWeight]).toEqual([[], 0]);
    flow.ack(0, [6, 7], [4, 5], [2, 3]);
    expect(flow.tcb.scoreboard?.lostWeight).toBe(2 * MSS);
    flow.ack(0, [8, 9], [6, 7], [4, 5], [2, 3]);
    // 3 has 4, 6 and 8 above it now.
    expect(flow.tcb.scoreboard?.lostWeight).toBe(3 * MSS);
  });

  it('not when it has gone again: only a time-out finds that', () => {
    const flow = flowOf();
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toEqual([0]);
    flow.run(50);
    flow.ack(0, [1, 7]);
    flow.ack(0, [1, 10]);
    flow.run(100);
    expect(flow.sent().filter((segment) => segment === 0)).toEqual([]);
  });
});

// tcp(7) TCP_NOTSENT_LOWAT: so much may wait unsent.
describe.each(PROFILES)('%s: what may wait unsent', (profile) => {
  it('fills up the last segment, and is no more', () => {
    const flow = new SackPeer({ profile, segments: 0, settings: { tcp: { skb_accounting: false } } });
    const { user } = flow.peer;
    const plenty = user.writableLength;
    expect(plenty).toBeGreaterThan(100 * MSS);
    user.notsentLowat = 1_500;
    const first = user.writableLength;
    // Linux also takes what its windows let go at once.
    expect(first).toBe(profile === 'linux' ? 32_000 : 2_000);
    user.write(new Uint8Array(20 * MSS));
    flow.sent();
    const { unsentLength } = flow.tcb;
    expect(user.writableLength).toBe(unsentLength >= 1_500 ? 0 : 2_000 - unsentLength);
  });
});

// RFC 7661 §4.4.3: the five minutes are over.
describe('rfc: a window that was not used', () => {
  /** Grown to 20 segments in slow start, everything acknowledged. */
  function grown(): SackPeer {
    const flow = new SackPeer({ profile: 'rfc', segments: 10, settings: { tcp: { window_validation: true } } });
    expect(flow.sent()).toEqual(range(0, 10));
    flow.run(100);
    for (let upTo = 1; upTo <= 10; upTo++) flow.ack(upTo);
    expect(flow.tcb.cwnd).toBe(20 * MSS);
    return flow;
  }

  it('is believed for five minutes', () => {
    const flow = grown();
    flow.run(295_000);
    flow.write(20);
    expect(flow.sent()).toEqual(range(10, 30));
  });

  it('is halved after five minutes, and the threshold remembers', () => {
    const flow = grown();
    flow.tcb.ssthresh = 5 * MSS;
    flow.run(301_000);
    flow.write(20);
    expect(flow.sent()).toEqual(range(10, 20));
    expect([flow.tcb.cwnd, flow.tcb.ssthresh]).toEqual([10 * MSS, 15 * MSS]);
  });
});
