/**
 * What loss recovery promises, on whole stacks in virtual time: no long silences, no needless retransmissions on a path that
 * only reorders, a cost per acknowledgment that does not grow with the window.
 */
import { describe, expect, it } from 'vitest';
import { CaState } from '../../src/tcp/index.ts';
import { BulkFlow, type BulkFlowOptions } from '../support/bulk-flow.ts';

/** Records touched for each acknowledgment in the steady state with `segments` in flight. */
function visitedPerAck(segments: number): number {
  const flow = new BulkFlow({
    bytes: 12 * segments * 1_448,
    bufferBytes: 64 << 20,
    // One acknowledgment a segment: how many wait for one another would depend on how many come.
    settings: { congestion_control: 'none', wmem_default: segments * 1_448, comp_sack_nr: 0 },
    delayMs: 50,
    loss: 0.01,
  });
  let seen = 0;
  let board = flow.tcb.scoreboard;
  flow.run(60_000, () => {
    board = flow.tcb.scoreboard ?? board;
    seen = board?.visited ?? seen;
  });
  expect(flow.isComplete).toBe(true);
  expect(flow.stack.counters.tcp.RetransSegs).toBeGreaterThan(0.05 * segments);
  return seen / flow.tcb.segmentsIn;
}

describe('the scoreboard', () => {
  it('touches at most twice as many records for an acknowledgment at 10,000 segments in flight as at 100', () => {
    const few = visitedPerAck(100);
    const many = visitedPerAck(10_000);
    expect(many).toBeLessThanOrEqual(2 * few);
  });
});

/** Longest time between two advances of SND.UNA while data was outstanding, milliseconds. */
function longestSilenceMs(options: Partial<BulkFlowOptions>): { silenceMs: number; timeouts: number } {
  const flow = new BulkFlow({ bytes: 400_000, delayMs: 10, loss: 0.1, ...options });
  let una = flow.tcb.sndUna;
  let sinceMs = flow.network.nowMs;
  let longest = 0;
  flow.run(600_000, () => {
    if (flow.tcb.sndUna === una) return;
    longest = Math.max(longest, flow.network.nowMs - sinceMs);
    una = flow.tcb.sndUna;
    sinceMs = flow.network.nowMs;
  });
  expect(flow.isComplete).toBe(true);
  return { silenceMs: longest, timeouts: flow.stack.counters.tcpExt.TCPTimeouts };
}

describe('10 % loss, 20 ms round trip', () => {
  it('SND.UNA moves at least every two seconds in 99 of 100 runs', () => {
    const silences = Array.from({ length: 100 }, (_, index) => longestSilenceMs({ seed: index + 1 }).silenceMs);
    expect(silences.filter((ms) => ms > 2_000).length).toBeLessThanOrEqual(1);
  });
});

describe('a path that only reorders', () => {
  // RFC 8985 §6.2 step 4: less than a quarter of the least round-trip time.
  it.each([1, 2, 3])('by less than a quarter of min_RTT: nothing goes twice after the first time, seed %i', (seed) => {
    const flow = new BulkFlow({
      seed,
      bytes: 20_000_000,
      delayMs: 20,
      // No queue: RACK compares hours of sending, and a queue that drains in between moves them against each other.
      reorder: 0.02,
      reorderDelayMs: 8,
      settings: { congestion_control: 'newreno', wmem_default: 400_000 },
    });
    let afterFirst = -1;
    const { tcp, tcpExt } = flow.stack.counters;
    flow.run(60_000, () => {
      const isOver = tcpExt.TCPSackRecovery > 0 && flow.tcb.caState <= CaState.disorder;
      if (isOver && afterFirst < 0) afterFirst = tcp.RetransSegs;
    });
    expect(flow.isComplete).toBe(true);
    // The first recovery, if there was one, was taken back, and nothing went twice after it.
    expect(tcp.RetransSegs).toBe(Math.max(0, afterFirst));
    expect(tcpExt.TCPSackRecovery).toBeLessThanOrEqual(1);
    expect(flow.tcb.recovery?.reorderingSeen).toBeGreaterThan(10);
  });
});
