/**
 * Loss recovery by hand: SACK and RACK (RFC 2018, 6675, 8985), PRR (RFC 9937), tail loss probes, F-RTO (RFC 5682), undo by
 * timestamps and D-SACK (RFC 3522, 4015, 3708), and receivers that lie. A round trip of 100 ms, segments named by number.
 */
import { describe, expect, it } from 'vitest';
import { CaState } from '../../src/tcp/index.ts';
import { MSS, SackPeer } from '../support/sack-peer.ts';
import type { Profile } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
const AT_ONCE = { tcp: { tso_win_divisor: 1000 } } as const; // New data does not wait for the next ACK, as it may on Linux.

describe.each(PROFILES)('%s: SACK', (profile) => {
  // RFC 8985 §6.2 R8985-4: with as many SACKed as DupThresh, nothing waits for reordering.
  // RFC 6675 §5 R6675-8, R6675-10: what was SACKed lets new data go, then the first hole at once.
  // RFC 2018 §5 R2018-16: and it is answered like a loss found by duplicates.
  // RFC 9937 §6.2 R9937-3: the first retransmission does not wait.
  // RFC 3042 §2 R3042-1: one segment for each of the first two.
  it('three SACKed segments above a hole: it is lost, and sent again at once', () => {
    const flow = new SackPeer({ profile, settings: AT_ONCE });
    expect(flow.sent()).toEqual(range(0, 10));
    flow.run(100);
    flow.ack(0, [1, 2]);
    flow.ack(0, [1, 3]);
    // RFC 3042 §2: what has arrived makes room for new data.
    expect(flow.sent()).toEqual([10, 11]);
    expect(flow.tcb.caState).toBe(CaState.disorder);
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toEqual([0]);
    expect(flow.tcb.caState).toBe(CaState.recovery);
    expect(flow.tcb.ssthresh).toBe(5 * MSS);
  });

  // RFC 9937 §6.4 R9937-13: the window is the threshold at the end.
  // RFC 6675 §5 R6675-5, R6675-14: one event until all that was out at its beginning is acknowledged.
  // RFC 5681 §4.3 R5681-20: no burst when it is over.
  // RFC 2018 §5 R2018-10: what was SACKed is not sent again.
  it('several holes are repaired in one recovery, lowest first, and new data follows', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    // 0, 3 and 6 are lost.
    flow.ack(0, [1, 2]);
    flow.ack(0, [1, 3]);
    flow.ack(0, [4, 5], [1, 3]);
    flow.ack(0, [4, 6], [1, 3]);
    flow.ack(0, [7, 8], [4, 6], [1, 3]);
    flow.ack(0, [7, 9], [4, 6], [1, 3]);
    flow.ack(0, [7, 10], [4, 6], [1, 3]);
    const sent = flow.sent();
    expect(sent.filter((segment) => segment < 10)).toEqual([0, 3, 6]);
    expect(flow.tcb.timeouts).toBe(0);
    const { ssthresh } = flow.tcb;
    flow.run(100);
    flow.ack(3, [4, 6], [7, 10]);
    flow.ack(6, [7, 10]);
    flow.ack(10);
    expect(flow.tcb.caState).toBe(CaState.recovery);
    flow.ack(10 + sent.filter((segment) => segment >= 10).length);
    expect(flow.tcb.caState).toBe(CaState.open);
    // RFC 9937 §6: the window is the threshold when recovery ends; the last ACK may have let it grow again.
    expect(flow.tcb.cwnd).toBeGreaterThanOrEqual(ssthresh);
    expect(flow.tcb.cwnd).toBeLessThanOrEqual(ssthresh + MSS);
    expect(flow.tcb.ssthresh).toBe(ssthresh);
  });

  // RFC 8985 §6 R8985-1, R8985-3, R8985-16, R8985-26: a copy that is overtaken by what was sent after it is lost as well.
  it('a lost retransmission is found without a timeout', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    for (const to of range(2, 11)) flow.ack(0, [1, to]);
    const first = flow.sent();
    expect(first.filter((segment) => segment < 10)).toEqual([0]);
    const beyond = first.filter((segment) => segment >= 10);
    expect(beyond.length).toBeGreaterThan(0);
    flow.run(100);
    // New data sent after the copy arrives, the copy does not.
    flow.ack(0, [1, 11 + beyond.length - 1]);
    expect(flow.sent()).toContain(0);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPLostRetransmit).toBe(1);
    expect(flow.tcb.timeouts).toBe(0);
  });

  // RFC 8985 §6.2: what left first has not overtaken, though its numbers are higher and the clock stood still between the two.
  it('a lost retransmission is not suspected because of new data that left before it in the same microsecond', () => {
    const flow = new SackPeer({ profile, settings: AT_ONCE });
    flow.sent();
    flow.run(100);
    for (const to of range(2, 11)) flow.ack(0, [1, to]);
    const order = flow.sent();
    const before = order.slice(0, order.indexOf(0));
    expect(before).toEqual([10, 11]);
    flow.run(100);
    flow.ack(0, [1, 12]);
    expect(flow.sent()).not.toContain(0);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPLostRetransmit).toBe(0);
  });

  // RFC 8985 §6.2: and what left after it has, though its numbers are lower.
  it('a lost retransmission, and a later one that arrives: both left in the same microsecond', () => {
    const flow = new SackPeer({ profile, settings: AT_ONCE });
    flow.sent();
    flow.run(100);
    // 0 and 1 are lost; the copy of 1 leaves after the new data 10 and 11, and one of these is lost too.
    for (const to of range(3, 11)) flow.ack(0, [2, to]);
    const order = flow.sent();
    expect(order.slice(0, 4)).toEqual([10, 11, 0, 1]);
    flow.run(100);
    flow.ack(0, [1, 10]);
    const again = flow.sent();
    expect(again).toContain(0);
    expect(again).toContain(10);
  });

  // draft-ietf-ccwg-bbr-05 §4.2 RBBR-18: of several segments the one sent last.
  // RFC 6298 §3: the RTO counts the peer's delay, the least round trip and congestion control do not.
  it('one acknowledgment for old and new: the estimate takes the oldest, the minimum the newest', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    flow.ack(1);
    expect(flow.sent()).toEqual([10, 11]);
    const before = flow.tcb.srttUs;
    flow.run(50);
    flow.ack(12);
    expect(flow.tcb.minRttUs).toBe(50_000);
    expect(flow.tcb.srttUs).toBeGreaterThanOrEqual(before);
  });

  // RFC 8985 §6.2 R8985-4, R8985-5: below DupThresh a segment that was overtaken has a quarter of the least round trip.
  it('one SACKed segment above a hole: the reordering window passes first', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 2]);
    expect(flow.sent()).toEqual([10]);
    flow.run(20);
    expect(flow.sent()).toEqual([]);
    flow.run(10);
    expect(flow.sent()).toEqual([0]);
    expect(flow.tcb.caState).toBe(CaState.recovery);
  });

  // RFC 8985 §6.2 R8985-13, R8985-15: overtaking is seen, and the count of three says nothing from then on.
  it('reordering within the window costs nothing, and is remembered', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 2]);
    flow.run(15);
    flow.ack(2);
    expect(flow.tcb.recovery?.reorderingSeen).toBe(1);
    expect(flow.tcb.caState).toBe(CaState.open);
    flow.run(50);
    expect(flow.sent().filter((segment) => segment < 10)).toEqual([]);
    // From now on more than three may overtake.
    flow.ack(2, [3, 9]);
    expect(flow.sent().filter((segment) => segment < 10)).toEqual([]);
  });

  // RFC 2018 §5 R2018-13: the left edge goes again, SACKed or not.
  // RFC 2018 §8 R2018-5: what was SACKed is kept, and sent again when it turns out to be gone.
  it('a receiver that reneges gets its data again', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 10]);
    flow.sent();
    // The cumulative acknowledgment stops before what was SACKed.
    flow.ack(1);
    flow.run(1_500);
    expect(flow.sent()).toContain(1);
    flow.ack(2);
    flow.run(3_000);
    expect(flow.sent().length).toBeGreaterThan(0);
  });

  it.each<[string, [number, number]]>([
    ['beyond what was sent', [500, 501]],
    ['turned round', [5, 3]],
    ['empty', [5, 5]],
    ['at SND.UNA', [0, 1]],
    ['half in the past of the sequence space', [-(2 ** 20), 5]],
  ])('a block %s says nothing', (_, block) => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    for (let count = 0; count < 5; count++) flow.ack(0, block);
    expect(flow.tcb.scoreboard?.sackedWeight).toBe(0);
    expect(flow.sent().filter((segment) => segment < 10)).toEqual([]);
  });
});

describe.each(PROFILES)('%s: tail loss probe', (profile) => {
  // RFC 8985 §7 R8985-7, R8985-8, R8985-22: two round trips after the last segment, new data if there is any.
  it('sends new data when there is some', () => {
    const flow = new SackPeer({ profile, segments: 12 });
    expect(flow.sent()).toEqual(range(0, 10));
    flow.run(198);
    expect(flow.sent()).toEqual([]);
    flow.run(6);
    expect(flow.sent()).toEqual([10]);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPLossProbes).toBe(1);
    expect(flow.tcb.timeouts).toBe(0);
  });

  // RFC 8985 §7.3 R8985-8, R8985-19, R8985-20: one probe, then the timer, counted from the probe.
  it('else the last segment again, once', () => {
    const flow = new SackPeer({ profile, segments: 4 });
    flow.sent();
    flow.run(204);
    expect(flow.sent()).toEqual([3]);
    // One probe an episode: the timer comes next.
    flow.run(profile === 'rfc' ? 900 : 250);
    expect(flow.sent()).toEqual([]);
    flow.run(200);
    expect(flow.sent()[0]).toBe(0);
  });

  // RFC 8985 §7.3 R8985-21: the probe is a transmission like any other for RACK.
  it('finds a lost tail: the SACK for the probe starts fast recovery', () => {
    const flow = new SackPeer({ profile, segments: 6 });
    flow.sent();
    flow.run(100);
    flow.ack(2);
    flow.run(204);
    expect(flow.sent()).toEqual([5]);
    flow.run(100);
    flow.ack(2, [5, 6]);
    flow.run(30);
    expect(flow.sent().slice(0, 1)).toEqual([2]);
    expect(flow.tcb.timeouts).toBe(0);
  });

  // RFC 8985 §7.4 R8985-9, R8985-24: the probe repaired the only loss; the window answers for it.
  it('a loss that the probe repaired costs a reduction', () => {
    const flow = new SackPeer({ profile, segments: 4 });
    flow.sent();
    flow.run(204);
    expect(flow.sent()).toEqual([3]);
    flow.run(100);
    flow.write(1);
    flow.sent();
    const before = flow.tcb.cwnd;
    flow.ack(5);
    expect(flow.tcb.cwnd).toBeLessThan(before);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPLossProbeRecovery).toBe(1);
  });

  // RFC 8985 §7.4 R8985-23: both copies came.
  it('a probe that was not needed costs nothing: D-SACK tells', () => {
    const flow = new SackPeer({ profile, segments: 4 });
    flow.sent();
    flow.run(204);
    flow.sent();
    const before = flow.tcb.cwnd;
    flow.ack(4);
    flow.ack(4, [3, 4]);
    expect(flow.tcb.cwnd).toBeGreaterThanOrEqual(before);
    expect(flow.tcb.caState).toBe(CaState.open);
    // Nor does what is acknowledged later look as if only one copy had arrived.
    flow.write(2);
    flow.sent();
    flow.run(100);
    flow.ack(6);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPLossProbeRecovery).toBe(0);
    expect(flow.tcb.cwnd).toBeGreaterThanOrEqual(before);
  });
});

const RTO_MS = { rfc: 1_000, linux: 320 } as const;

describe.each(PROFILES)('%s: spurious timeouts', (profile) => {
  const timedOut = (options: { timestamps?: boolean; frto?: number } = {}): SackPeer => {
    const { frto = 2, ...rest } = options;
    const flow = new SackPeer({ profile, ...rest, settings: { tcp: { early_retrans: 0, frto } } });
    flow.sent();
    flow.run(RTO_MS[profile]);
    expect(flow.sent()).toEqual([0]);
    expect(flow.tcb.caState).toBe(CaState.loss);
    return flow;
  };

  // RFC 4015 §3 R4015-3: new data goes next.
  // RFC 4015 §2 R4015-1: found by F-RTO.
  // RFC 9438 §4.9.1 R9438-17: for any congestion control.
  // RFC 5682 §3.1 R5682-7, R5682-8: data that was sent once is acknowledged after the timeout: it was only late.
  it('F-RTO: an acknowledgment of data sent once ends it and restores the window', () => {
    const flow = timedOut();
    flow.ack(2);
    expect(flow.tcb.caState).toBe(CaState.open);
    expect(flow.tcb.ssthresh).toBeGreaterThan(5 * MSS);
    expect(flow.sent().every((segment) => segment >= 10)).toBe(true);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPSpuriousRTOs).toBe(1);
  });

  // RFC 5682 §2.1 R5682-3, R5682-4, R5682-6: two segments and nothing else; then what was lost.
  // RFC 5682 §3.1 R5682-10: the scoreboard says what.
  it('F-RTO: new data goes first; duplicates then say that the loss was real', () => {
    const flow = timedOut();
    flow.ack(1);
    expect(flow.sent()).toEqual([10, 11]);
    flow.run(100);
    flow.ack(1, [10, 11]);
    flow.ack(1, [10, 12]);
    expect(flow.sent()[0]).toBe(1);
    expect(flow.tcb.caState).toBe(CaState.loss);
    expect(flow.tcb.ssthresh).toBe(5 * MSS);
  });

  // RFC 6675 §5.1 R6675-6, R6675-15: from the beginning.
  it('without F-RTO everything unacknowledged goes again', () => {
    const flow = timedOut({ frto: 0 });
    flow.ack(1);
    expect(flow.sent()).toEqual([1, 2]);
  });

  // RFC 2018 §5 R2018-10: six of them.
  it('SACK saves what has arrived from being sent again', () => {
    const flow = timedOut({ frto: 0 });
    flow.ack(1, [2, 8]);
    flow.run(1);
    const sent = flow.sent();
    expect(sent.filter((segment) => segment >= 2 && segment < 8)).toEqual([]);
    expect(sent).toContain(1);
  });
});

describe.each(PROFILES)('%s: unnecessary recovery', (profile) => {
  // RFC 2883 §5 R2883-7: a block below the ACK.
  // RFC 3708 §5 R3708-7: the threshold of before.
  // RFC 3708 §2 R3708-3, R3708-5: every retransmission is reported as a duplicate: nothing was lost.
  it('is taken back when D-SACKs account for every retransmission', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toContain(0);
    const { priorCwnd } = flow.tcb;
    expect(flow.tcb.caState).toBe(CaState.recovery);
    flow.ack(10);
    flow.ack(10, [0, 1]);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPDSACKUndo + flow.peer.bench.stack.counters.tcpExt.TCPFullUndo).toBe(
      1,
    );
    expect(flow.tcb.caState).toBe(CaState.open);
    if (profile === 'linux') expect(flow.tcb.cwnd).toBeGreaterThanOrEqual(priorCwnd);
    expect(flow.tcb.ssthresh).toBeGreaterThan(5 * MSS);
  });

  // RFC 3522 §3.2 R3522-1, R3522-2: the echo is older than the retransmission: the original arrived.
  it('is taken back when a timestamp shows that the original was acknowledged (Eifel)', () => {
    const flow = new SackPeer({ profile, timestamps: true });
    flow.sent();
    const original = flow.echo;
    flow.run(100);
    flow.ackOctets(0, [[flow.size, 4 * flow.size]], original);
    expect(flow.sent()).toContain(0);
    const { cwnd } = flow.tcb;
    flow.ackOctets(10 * flow.size, [], original);
    flow.ackOctets(12 * flow.size, [], original);
    expect(flow.tcb.caState).toBe(CaState.open);
    expect(flow.tcb.ssthresh).toBeGreaterThan(5 * flow.size);
    expect(flow.tcb.cwnd).toBeGreaterThan(cwnd);
  });

  // RFC 3708 §4 R3708-6: what is not reported counts as needed.
  it('stands when only some of the retransmissions were duplicates', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 2]);
    flow.ack(0, [1, 2], [3, 4]);
    flow.ack(0, [3, 10], [1, 2]);
    const again = flow.sent().filter((segment) => segment < 10);
    expect(again).toEqual([0, 2]);
    flow.run(100);
    flow.ack(10);
    flow.ack(10, [0, 1]);
    expect(flow.tcb.ssthresh).toBe(5 * MSS);
  });

  // RFC 2883 §4.3 R2883-8: they may be old, or lies.
  // RFC 2883 §5 R2883-9: and they free nothing.
  // A receiver that invents duplicates: no more than was sent twice is believed, and nothing outside of an episode.
  it('D-SACKs out of nothing gain nothing', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    const before = flow.tcb.cwnd;
    flow.ack(2);
    const after = flow.tcb.cwnd;
    for (let count = 0; count < 50; count++) flow.ack(2, [0, 1]);
    expect(flow.tcb.cwnd).toBe(after);
    expect(after - before).toBeLessThanOrEqual(2 * MSS);
    expect(flow.tcb.recovery?.windowSteps).toBe(1);
  });
});
