/**
 * Receivers that want more than their share (Savage, Cardwell, Wetherall, Anderson, "TCP congestion control with a misbehaving
 * receiver", 1999): ACK division, duplicate-ACK spoofing, optimistic ACKs. None may gain anything, or it is bounded.
 */
import { describe, expect, it } from 'vitest';
import { CaState } from '../../src/tcp/index.ts';
import { MSS, SackPeer } from '../support/sack-peer.ts';
import type { Profile } from '../support/segment-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe.each(PROFILES)('%s: a receiver that', (profile) => {
  // RFC 3465 §2.1: octets count, not acknowledgments.
  it('divides acknowledgments gains nothing over one that does not', () => {
    const honest = new SackPeer({ profile });
    const divider = new SackPeer({ profile });
    for (const flow of [honest, divider]) flow.run(100);
    for (let segment = 1; segment <= 10; segment++) honest.ack(segment);
    for (let octets = 10; octets <= 10 * MSS; octets += 10) divider.ackOctets(octets);
    expect(divider.tcb.cwnd).toBeLessThanOrEqual(honest.tcb.cwnd);
    expect(divider.tcb.delivered).toBe(honest.tcb.delivered);
  });

  it('divides acknowledgments in congestion avoidance gains nothing either', () => {
    const flow = new SackPeer({ profile });
    flow.tcb.ssthresh = 5 * MSS;
    flow.run(100);
    for (let octets = 10; octets <= 10 * MSS; octets += 10) flow.ackOctets(octets);
    expect(flow.tcb.cwnd).toBeLessThanOrEqual(11 * MSS);
  });

  // RFC 5681 §3.2: invented duplicates release at most a second window, and cost half of the first. Linux believes each of them, so
  // that one segment leaves for two; the window it goes on with is the smaller one all the same.
  it.each([true, false])(
    'invents duplicate ACKs gets a smaller window and a bounded number of segments (SACK %s)',
    (sack) => {
      const flow = new SackPeer({ profile, sack, segments: 500 });
      flow.sent();
      flow.run(100);
      for (let duplicate = 0; duplicate < 1_000; duplicate++) flow.ack(0);
      const more = flow.sent().filter((segment) => segment >= 10).length;
      expect(more).toBeLessThanOrEqual(sack ? 0 : profile === 'linux' ? 500 : 10);
      if (!sack) expect(flow.tcb.ssthresh).toBe(5 * MSS);
      expect(flow.tcb.cwnd).toBeLessThanOrEqual(20 * MSS);
    },
  );

  it('invents SACK blocks is believed up to what was sent, and has to do without what it did not get', () => {
    const flow = new SackPeer({ profile, segments: 500 });
    flow.sent();
    flow.run(100);
    for (let count = 0; count < 200; count++) flow.ack(0, [1, 10 + count]);
    expect(flow.tcb.ssthresh).toBe(5 * MSS);
    expect(flow.tcb.scoreboard?.inFlight).toBeLessThanOrEqual(10 * MSS);
    expect(flow.tcb.caState).toBe(CaState.recovery);
  });

  // RFC 9293 §3.10.7.4: an ACK for what was never sent is no acknowledgment.
  it('acknowledges what was never sent is not believed', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    const { cwnd, sndUna } = flow.tcb;
    for (let count = 0; count < 50; count++) flow.ack(11 + count);
    expect([flow.tcb.cwnd, flow.tcb.sndUna]).toEqual([cwnd, sndUna]);
  });

  // Nothing in TCP shows that an octet in flight has not arrived yet. What bounds the liar: the window doubles once for each
  // flight that really was sent, it ends at the window that was offered, and what is lost meanwhile is lost to the liar alone.
  it('acknowledges early what is on its way opens the window once for each segment sent, not for each ACK', () => {
    const flow = new SackPeer({ profile, segments: 900 });
    let acknowledged = 0;
    let total = flow.sent().length;
    for (let round = 0; round < 5; round++) {
      for (let repeat = 0; repeat < 20; repeat++) flow.ack(total);
      acknowledged = total;
      total += flow.sent().length;
      expect(flow.tcb.cwnd).toBeLessThanOrEqual((10 + acknowledged) * MSS);
    }
    expect(flow.tcb.cwnd).toBeLessThanOrEqual(Math.max(flow.tcb.sndWnd, 10 * MSS) + acknowledged * MSS);
  });
});
