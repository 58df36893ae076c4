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

// RFC 5681 §2: without SACK a duplicate says that one segment has arrived.
describe.each(PROFILES)('%s: what duplicates count for', (profile) => {
  const info = ({ peer }: SackPeer): { delivered: number; sacked: number } => {
    const { delivered, sacked } = peer.user.tcpInfo();
    return { delivered, sacked };
  };

  it('one segment each without SACK, and all but one of those outstanding at most', () => {
    const flow = new SackPeer({ profile, segments: 4, sack: false, settings: { tcp: { limited_transmit: false } } });
    flow.sent();
    flow.run(100);
    // The first one tells the scaled window: no duplicate.
    flow.ack(0);
    const { delivered } = info(flow);
    flow.ack(0);
    expect(info(flow)).toEqual({ delivered: delivered + 1, sacked: 1 });
    flow.ack(0);
    expect(info(flow)).toEqual({ delivered: delivered + 2, sacked: 2 });
    for (let more = 0; more < 5; more++) flow.ack(0);
    expect(info(flow)).toEqual({ delivered: delivered + 3, sacked: 3 });
    // What was counted before is not counted again.
    flow.ack(4);
    expect(info(flow)).toEqual({ delivered: delivered + 4, sacked: 0 });
  });

  // RFC 3042 §2 R3042-4: with SACK only blocks tell of what has come.
  it('nothing with SACK unless there are new blocks', () => {
    const flow = new SackPeer({ profile, segments: 10 });
    flow.sent();
    flow.run(100);
    const { delivered } = info(flow);
    for (let duplicates = 0; duplicates < 5; duplicates++) flow.ack(0);
    expect(info(flow)).toEqual({ delivered, sacked: 0 });
    expect([flow.tcb.caState, flow.sent()]).toEqual([CaState.open, []]);
    flow.ack(0, [1, 3]);
    expect(info(flow)).toEqual({ delivered: delivered + 2, sacked: 2 });
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
