/** Parts of loss recovery that can be switched off (RFC 3042, RFC 9937), and D-SACKs behind the last acknowledgment. */
import { describe, expect, it } from 'vitest';
import { CaState } from '../../src/tcp/index.ts';
import { MSS, SackPeer } from '../support/sack-peer.ts';
import type { Profile } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe.each(PROFILES)('%s: recovery in parts', (profile) => {
  // RFC 3042 §2: the first two duplicates release one segment each; it can be switched off.
  it('without limited transmit duplicates release nothing before the loss is certain', () => {
    const flow = new SackPeer({ profile, settings: { tcp: { limited_transmit: false } } });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 2]);
    flow.ack(0, [1, 3]);
    expect(flow.sent()).toEqual([]);
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toEqual([0]);
  });

  // RFC 6675 §5: without PRR what is missing up to the new window goes at once.
  it('without PRR the window falls at once', () => {
    const flow = new SackPeer({ profile, settings: { tcp: { prr: false } } });
    flow.sent();
    flow.run(100);
    // 0 to 4 are lost, 5 to 9 arrive.
    flow.ack(0, [5, 10]);
    expect(flow.tcb.caState).toBe(CaState.recovery);
    expect(flow.tcb.cwnd).toBe(5 * MSS);
    expect(flow.sent()).toEqual([0, 1, 2, 3, 4]);
    const slow = new SackPeer({ profile });
    slow.sent();
    slow.run(100);
    for (let to = 6; to <= 10; to++) slow.ack(0, [5, to]);
    expect(slow.sent().filter((segment) => segment < 5).length).toBeLessThan(5);
  });
});

describe('linux: D-SACK behind the last acknowledgment', () => {
  // RFC 3708 §3: the report may come when nothing is outstanding any more.
  it('is taken back by a D-SACK behind the last acknowledgment', () => {
    const flow = new SackPeer({ profile: 'linux', segments: 10 });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toEqual([0]);
    flow.ack(10);
    expect(flow.tcb.sndUna).toBe(flow.tcb.sndNxt);
    const cut = flow.tcb.ssthresh;
    flow.ack(10, [0, 1]);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPDSACKUndo).toBe(1);
    expect(flow.tcb.ssthresh).toBeGreaterThan(cut);
    expect(flow.tcb.cwnd).toBeGreaterThanOrEqual(flow.tcb.priorCwnd);
  });
});
