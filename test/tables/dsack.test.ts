/**
 * Reports of duplicates (RFC 2883, RFC 3708) as a sender takes them: which it believes, which it does not, and what follows: the
 * reduction taken back, the reordering window one step wider (RFC 8985 section 6.2), a probe known to have been in vain.
 */
import { describe, expect, it } from 'vitest';
import { CaState } from '../../src/tcp/index.ts';
import { MSS, SackPeer } from '../support/sack-peer.ts';
import type { Profile } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

/** What was counted of reports: believed or at least possible, and impossible. */
function reports({ peer }: SackPeer): [received: number, ignored: number] {
  const { TCPDSACKRecv, TCPDSACKIgnoredDubious } = peer.bench.stack.counters.tcpExt;
  return [TCPDSACKRecv, TCPDSACKIgnoredDubious];
}

/** Ten segments are out, the first was found lost by three SACKed above it and has gone again. */
function recovering(profile: Profile): SackPeer {
  const flow = new SackPeer({ profile, segments: 10 });
  flow.sent();
  flow.run(100);
  flow.ack(0, [1, 4]);
  expect(flow.sent()).toEqual([0]);
  expect([flow.tcb.caState, flow.tcb.ssthresh]).toEqual([CaState.recovery, 5 * MSS]);
  return flow;
}

// RFC 2883 §4.3 R2883-8: no more is believed than can be.
describe.each(PROFILES)('%s: a report that nobody honest makes', (profile) => {
  it.each([
    ['ends beyond what was sent', 4_000, [3_000, 10_001], [0, 1]],
    ['ends with what was sent', 4_000, [3_000, 10_000], [1, 0]],
    ['has no octet', 4_000, [3_000, 3_000], [0, 1]],
    ['has one octet', 4_000, [3_000, 3_001], [1, 0]],
    ['ends before it begins', 4_000, [3_000, 2_000], [0, 1]],
    ['is wider than any window was', 4_000, [4_000 - 9_000_000, 4_000], [0, 1]],
  ] as const)('%s', (_, ack, block, expected) => {
    const flow = recovering(profile);
    flow.ackOctets(ack, [block]);
    expect(reports(flow)).toEqual(expected);
  });

  it('is as wide as the widest window, or wider by one octet', () => {
    const flow = recovering(profile);
    const { maxSndWnd } = flow.tcb;
    flow.ackOctets(4_000, [[4_000 - maxSndWnd, 4_000]]);
    expect(reports(flow)).toEqual([1, 0]);
    flow.ackOctets(4_000, [[4_000 - maxSndWnd - 1, 4_000]]);
    expect(reports(flow)).toEqual([1, 1]);
  });
});

// RFC 3708 §2 R3708-3: all of them; §4 R3708-6: or it stays as it is.
describe.each(PROFILES)('%s: a reduction', (profile) => {
  it('is taken back when the one retransmission is reported', () => {
    const flow = recovering(profile);
    flow.ack(4);
    flow.ack(4, [0, 1]);
    expect([reports(flow), flow.peer.bench.stack.counters.tcpExt.TCPDSACKUndo]).toEqual([[1, 0], 1]);
    expect(flow.tcb.cwnd).toBeGreaterThan(5 * MSS);
  });

  it('is taken back when the report comes with what acknowledges the original', () => {
    const flow = recovering(profile);
    flow.ack(4, [0, 1]);
    expect([reports(flow), flow.peer.bench.stack.counters.tcpExt.TCPDSACKUndo]).toEqual([[1, 0], 1]);
  });

  it('stays when something else is reported', () => {
    const flow = recovering(profile);
    flow.ack(4);
    // Beyond the episode's first number nothing of it, and before it nothing of this episode.
    flow.ackOctets(4_000, [[-1_000, 0]]);
    expect([reports(flow), flow.peer.bench.stack.counters.tcpExt.TCPDSACKUndo]).toEqual([[1, 0], 0]);
    expect(flow.tcb.ssthresh).toBe(5 * MSS);
  });

  it('stays while one of two retransmissions is not reported', () => {
    const flow = new SackPeer({ profile, segments: 10 });
    flow.sent();
    flow.run(100);
    // 0 and 1 are lost, or late.
    flow.ack(0, [2, 9]);
    flow.ack(0, [2, 10]);
    flow.run(60);
    expect(flow.sent()).toEqual([0, 1]);
    flow.ack(10);
    flow.ack(10, [0, 1]);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPDSACKUndo).toBe(0);
    flow.ack(10, [1, 2]);
    // RFC 3708 §2 R3708-9: nothing is concluded about recoveries that are over; Linux does.
    expect(flow.peer.bench.stack.counters.tcpExt.TCPDSACKUndo).toBe(profile === 'linux' ? 1 : 0);
  });

  it('is taken back by a report inside of the second block', () => {
    const flow = recovering(profile);
    // 4 is lost too, goes again, and comes twice before 0 does.
    flow.ack(0, [5, 9], [1, 4]);
    flow.run(60);
    expect(flow.sent()).toContain(4);
    flow.ack(0, [4, 9], [1, 4]);
    flow.ack(0, [4, 5], [1, 9]);
    expect(reports(flow)).toEqual([1, 0]);
  });
});

// RFC 2883 §4: a duplicate is told by its place in this acknowledgment, whatever the one before has said.
describe.each(PROFILES)('%s: a block', (profile) => {
  it('inside of what was the second block before is no report when it stands alone', () => {
    const flow = new SackPeer({ profile, segments: 10 });
    flow.run(100);
    flow.ack(0, [8, 9], [4, 7]);
    flow.ack(0, [5, 6]);
    expect(reports(flow)).toEqual([0, 0]);
    flow.ack(0, [5, 6], [4, 7]);
    expect(reports(flow)).toEqual([1, 0]);
  });

  it.each([
    ['begins before the second one', [3, 6], [4, 7]],
    ['ends behind the second one', [5, 8], [4, 7]],
  ] as const)('that %s is no report', (_, first, second) => {
    const flow = new SackPeer({ profile, segments: 10 });
    flow.run(100);
    flow.ack(0, second);
    flow.ack(0, first, second);
    expect(reports(flow)).toEqual([0, 0]);
  });

  it('that is the second one is a report', () => {
    const flow = new SackPeer({ profile, segments: 10 });
    flow.run(100);
    flow.ack(0, [4, 7]);
    flow.ack(0, [4, 7], [4, 7]);
    expect(reports(flow)).toEqual([1, 0]);
  });

  it('that reports half of a segment counts as a segment on Linux, as half of it in the RFC', () => {
    const flow = recovering(profile);
    flow.ack(4);
    flow.ackOctets(4_000, [[0, 500]]);
    const { tcpExt } = flow.peer.bench.stack.counters;
    expect(tcpExt.TCPDSACKUndo).toBe(profile === 'linux' ? 1 : 0);
    flow.ackOctets(4_000, [[500, 1_000]]);
    expect(tcpExt.TCPDSACKUndo).toBe(1);
  });
});

// RFC 8985 §6.2 R8985-14: a step wider for each round trip with a D-SACK.
describe.each(PROFILES)('%s: the reordering window', (profile) => {
  const steps = ({ tcb }: SackPeer): number => tcb.recovery?.windowSteps ?? 0;

  it('is a step wider after a report', () => {
    const flow = recovering(profile);
    flow.ack(4);
    flow.ack(4, [0, 1]);
    flow.ack(5);
    expect(steps(flow)).toBe(2);
  });

  // RFC 2883 §4.3 R2883-8: it may be of an earlier time.
  it('is not, when more is reported than was sent twice', () => {
    const flow = recovering(profile);
    flow.ack(4);
    flow.ack(4, [0, 1]);
    flow.ack(5);
    flow.peer.user.write(new Uint8Array(10 * MSS));
    flow.run(100);
    flow.sent();
    flow.ack(10);
    flow.ack(10, [0, 1]);
    flow.run(100);
    flow.ack(12);
    expect([reports(flow), steps(flow)]).toEqual([[2, 0], 2]);
  });
});

// RFC 8985 §7.4.2 R8985-23: both copies of the probe have arrived.
describe.each(PROFILES)('%s: a tail loss probe', (profile) => {
  /** Five segments are out and not answered: the last has gone again. */
  function probed(): SackPeer {
    const flow = new SackPeer({ profile, segments: 5 });
    flow.sent();
    flow.run(250);
    expect(flow.sent()).toEqual([4]);
    return flow;
  }

  function goesOn(flow: SackPeer): number {
    flow.write(5);
    flow.sent();
    flow.run(100);
    flow.ack(10);
    return flow.peer.bench.stack.counters.tcpExt.TCPLossProbeRecovery;
  }

  it('was in vain when its duplicate is reported with what it repeats: nothing was lost', () => {
    const flow = probed();
    flow.ack(5, [4, 5]);
    expect(goesOn(flow)).toBe(0);
    expect(flow.tcb.cwnd).toBeGreaterThanOrEqual(10 * MSS);
  });

  it('was in vain when a plain duplicate follows', () => {
    const flow = probed();
    flow.ack(5);
    flow.ack(5);
    expect(goesOn(flow)).toBe(0);
  });

  it('does not widen the reordering window', () => {
    const flow = probed();
    flow.ack(4);
    flow.ack(5, [4, 5]);
    flow.ack(5);
    expect(flow.tcb.recovery?.windowSteps ?? 1).toBe(1);
  });

  it('has repaired a loss when nothing is reported: the window answers', () => {
    const flow = probed();
    flow.ack(5);
    expect(goesOn(flow)).toBe(1);
    expect(flow.tcb.cwnd).toBeLessThan(10 * MSS);
  });

  it('has repaired a loss when something else is reported', () => {
    const flow = probed();
    flow.ack(5, [3, 4]);
    expect(goesOn(flow)).toBe(1);
  });
});
