/** Rules of loss recovery that recovery.test.ts does not meet. A round trip of 100 ms, segments of 1000 octets by number. */
import { describe, expect, it } from 'vitest';
import { CaState } from '../../src/tcp/index.ts';
import { keepUp } from '../../src/tcp/recovery/recovery.ts';
import { MSS, SackPeer } from '../support/sack-peer.ts';
import type { Profile } from '../support/segment-peer.ts';

const RTO_MS = { rfc: 1_000, linux: 320 } as const;
const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe('RACK', () => {
  // RFC 8985 §4 R8985-11: finer than a quarter of any round trip worth the name.
  it('knows the departure of each segment to the microsecond', () => {
    const flow = new SackPeer({ profile: 'rfc', segments: 1 });
    flow.sent();
    flow.run(0.05);
    flow.write(1);
    flow.sent();
    const board = flow.tcb.scoreboard;
    if (board === null) throw new Error('nothing in flight');
    expect((board.sentUs(board.slotAt(1)) - board.sentUs(board.slotAt(0))) | 0).toBe(50);
  });

  // RFC 8985 §6.2 R8985-14: a D-SACK widens the window by one step for sixteen recoveries, then it is as before.
  it.each(PROFILES)(
    '%s: the reordering window grows with D-SACKs, and falls back when recoveries pass without',
    (profile) => {
      const flow = new SackPeer({ profile, segments: 100 });
      flow.sent();
      flow.run(100);
      flow.ack(0, [1, 4]);
      flow.sent();
      flow.ack(10);
      flow.ack(10, [0, 1]);
      flow.run(100);
      flow.ack(12);
      expect(flow.tcb.recovery).toMatchObject({ windowSteps: 2, windowPersist: 16 });
      const { recovery } = flow.tcb;
      if (recovery === null) throw new Error('no recovery');
      recovery.windowPersist = 1;
      const flight = flow.tcb.flightSize / MSS;
      flow.ack(12, [13, 12 + flight]);
      flow.run(60);
      expect(flow.tcb.caState).toBe(CaState.recovery);
      flow.run(100);
      flow.ack((flow.tcb.sndNxt - flow.tcb.sndUna) / MSS + 12);
      expect(recovery.windowPersist).toBe(0);
      flow.sent();
      flow.run(100);
      flow.ack((flow.tcb.sndNxt - flow.tcb.iss - 1) / MSS);
      expect(recovery.windowSteps).toBe(1);
    },
  );

  // RFC 8985 §6.2 R8985-2: the echo is older than the copy, so that the original came, and what left before the copy may still come.
  it('rfc: an acknowledgment that echoes a time before the retransmission is no evidence against what was sent before it', () => {
    const flow = new SackPeer({ profile: 'rfc', timestamps: true });
    const { size } = flow;
    flow.sent();
    const original = flow.echo;
    flow.run(100);
    flow.ackOctets(0, [[size, 2 * size]], original);
    flow.ackOctets(0, [[size, 3 * size]], original);
    expect(flow.sent()).toEqual([10, 11]);
    flow.run(1);
    flow.ackOctets(0, [[size, 4 * size]], original);
    expect(flow.sent()).toContain(0);
    flow.run(106);
    flow.ackOctets(4 * size, [], original);
    flow.ackOctets(4 * size, [[10 * size, 11 * size]], original + 100);
    flow.run(40);
    // 4 to 9 were overtaken. 11 left with 10 and behind it: nothing that left later has arrived.
    expect(flow.tcb.scoreboard?.lostWeight).toBe(6 * size);
  });

  // RFC 8985 §6.3 R8985-6: rtt and reo_wnd have to pass for all but the first.
  it('rfc: a time-out condemns what is older than a round trip and the reordering window', () => {
    const flow = new SackPeer({ profile: 'rfc', segments: 5, settings: { tcp: { early_retrans: 0 } } });
    flow.sent();
    flow.run(100);
    flow.ack(1);
    flow.run(890);
    flow.write(1);
    expect(flow.sent()).toEqual([5]);
    flow.run(111);
    expect(flow.tcb.caState).toBe(CaState.loss);
    // 1 to 4; the fifth left 110 ms ago, and 125 are granted.
    expect(flow.tcb.scoreboard?.lostWeight).toBe(4 * MSS);
  });
});

describe('tail loss probe', () => {
  // RFC 8985 §7.2 R8985-7: two round trips, and what a peer may take to acknowledge a single segment.
  it('rfc: waits for a delayed acknowledgment when a single segment is out', () => {
    const flow = new SackPeer({ profile: 'rfc', segments: 1 });
    expect(flow.sent()).toEqual([0]);
    flow.run(399);
    expect(flow.sent()).toEqual([]);
    flow.run(2);
    expect(flow.sent()).toEqual([0]);
    expect(flow.tcb.timeouts).toBe(0);
  });

  // RFC 8985 §7.1 R8985-17: a time-out ends the episode of the probe.
  it.each(PROFILES)(
    '%s: is forgotten with a time-out: what is acknowledged then is no repair by the probe',
    (profile) => {
      const flow = new SackPeer({ profile, segments: 4 });
      flow.sent();
      flow.run(204);
      expect(flow.sent()).toEqual([3]);
      flow.run(1_100);
      expect(flow.sent()[0]).toBe(0);
      expect(flow.tcb.caState).toBe(CaState.loss);
      flow.write(4);
      flow.ack(1);
      flow.sent();
      flow.run(100);
      flow.ack(6);
      expect(flow.peer.bench.stack.counters.tcpExt.TCPLossProbeRecovery).toBe(0);
    },
  );

  // RFC 8985 §7.4.2 R8985-23: also when everything was acknowledged before the second copy is reported.
  it.each(PROFILES)('%s: a late report of its second copy ends the episode without a response', (profile) => {
    const flow = new SackPeer({ profile, segments: 4 });
    flow.sent();
    flow.run(204);
    expect(flow.sent()).toEqual([3]);
    flow.run(100);
    flow.ack(4);
    flow.ack(4, [3, 4]);
    flow.write(2);
    flow.sent();
    const { cwnd } = flow.tcb;
    flow.run(100);
    flow.ack(6);
    expect(flow.tcb.cwnd).toBeGreaterThanOrEqual(cwnd);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPLossProbeRecovery).toBe(0);
  });

  // RFC 8985 §7.3 R8985-18, R8985-19: without a new round-trip time no second probe; the retransmission timer is there.
  it('rfc: is not sent again before a round trip was measured', () => {
    const flow = new SackPeer({ profile: 'rfc', segments: 4 });
    flow.sent();
    flow.run(204);
    expect(flow.sent()).toEqual([3]);
    flow.run(100);
    // Which copy this acknowledges nobody knows.
    flow.ack(4);
    flow.ack(4, [3, 4]);
    flow.write(1);
    expect(flow.sent()).toEqual([4]);
    flow.run(900);
    expect(flow.sent()).toEqual([]);
    flow.run(110);
    expect(flow.sent()).toEqual([4]);
    expect(flow.tcb.timeouts).toBe(1);
  });
});

describe('a time-out in fast recovery', () => {
  // RFC 5681 §3.1 R5681-4, R5681-23: what has not been sent again by the timer halves the flight once more; Linux counts both as one.
  it.each([
    ['rfc', 4],
    ['linux', 5],
  ] as const)('%s: the threshold is %i segments then', (profile, segments) => {
    const flow = new SackPeer({ profile, segments: 10, settings: { tcp: { early_retrans: 0 } } });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toEqual([0]);
    expect(flow.tcb.ssthresh).toBe(5 * MSS);
    flow.ack(2, [2, 4]);
    expect(flow.tcb.caState).toBe(CaState.recovery);
    flow.run(1_300);
    expect(flow.tcb.caState).toBe(CaState.loss);
    expect(flow.tcb.ssthresh).toBe(segments * MSS);
  });
});

describe('window validation', () => {
  // RFC 7661 §4.2 R7661-1, R7661-7, R7661-10, R7661-11: what recovery delivers is no sample, and what was known before it counts no more.
  it('rfc: begins anew after a recovery', () => {
    const flow = new SackPeer({ profile: 'rfc', segments: 60 });
    flow.sent();
    for (let segment = 2; segment <= 30; segment += 2) {
      flow.run(20);
      flow.ack(segment);
    }
    flow.sent();
    expect(flow.tcb.recovery?.pipeAck).toBeGreaterThan(0);
    flow.ack(30, [31, 35]);
    expect(flow.tcb.caState).toBe(CaState.recovery);
    expect(flow.tcb.recovery?.pipeAck).toBe(0);
    flow.run(100);
    flow.ack(35);
    expect(flow.tcb.recovery?.pipeAck).toBe(0);
  });
});

describe.each(PROFILES)('%s: SACK as a sender reads it', (profile) => {
  // RFC 2018 §5 R2018-11: half a segment marks nothing.
  // Records are cut at segments only: blocks of single octets cannot multiply them.
  it('blocks of single octets make no records', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    for (let octet = 1_001; octet < 3_000; octet += 2) flow.ackOctets(0, [[octet, octet + 1]]);
    expect(flow.tcb.scoreboard?.count).toBeLessThanOrEqual(12);
    expect(flow.tcb.scoreboard?.sackedWeight).toBe(0);
  });

  // RFC 8985 §4 R8985-10: without SACK neither RACK nor probes.
  it('tail loss probes are off without SACK, and by setting', () => {
    for (const options of [{ sack: false }, { settings: { tcp: { early_retrans: 0 } } }]) {
      const flow = new SackPeer({ profile, segments: 4, ...options });
      flow.sent();
      flow.run(250);
      expect(flow.sent()).toEqual([]);
    }
  });

  // RFC 6675 §2 R6675-7: new SACK blocks count, also on segments that move the window.
  it('news of what arrived start recovery whatever else the segment says', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    for (let count = 1; count <= 3; count++) {
      const base = flow.peer.sndNxt;
      const edges = new DataView(new ArrayBuffer(8));
      edges.setInt32(0, (base + MSS) | 0);
      edges.setInt32(4, (base + (1 + count) * MSS) | 0);
      const options = [1, 1, 5, 10, ...new Uint8Array(edges.buffer)];
      flow.peer.send({ flags: 'A', ack: 0, window: 50_000 - count, options });
    }
    expect(flow.sent()).toContain(0);
    expect(flow.tcb.caState).toBe(CaState.recovery);
  });

  // RFC 3042 §2 R3042-4: the same block again says that nothing has left the network.
  it('a duplicate without new blocks lets nothing go', () => {
    const flow = new SackPeer({ profile });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 2]);
    expect(flow.sent()).toEqual([10]);
    for (let count = 0; count < 5; count++) flow.ack(0, [1, 2]);
    expect(flow.sent()).toEqual([]);
  });

  // RFC 2018 §2 R2018-17: who did not permit SACK is not understood when it sends blocks.
  it('blocks of a peer that did not permit SACK are ignored', () => {
    const flow = new SackPeer({ profile, sack: false });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 9]);
    expect(flow.tcb.scoreboard?.sackedWeight).toBe(0);
  });
});

describe('proportional rate reduction', () => {
  // RFC 9937 §6 R9937-5, R9937-6, R9937-8, R9937-12: what was SACKed before is not in RecoverFS, and counts start at zero.
  it.each([
    ['rfc', 10],
    ['linux', 10],
  ] as const)('%s: begins with what is still to be delivered', (profile, segments) => {
    const flow = new SackPeer({ profile, settings: { tcp: { tso_win_divisor: 1000 } } });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 2]);
    flow.ack(0, [1, 3]);
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toEqual([10, 11, 0]);
    expect(flow.tcb.recovery).toMatchObject({
      recoverFlight: segments * MSS,
      prrDelivered: MSS,
      prrOut: MSS,
    });
  });
});

describe.each(PROFILES)('%s: taking back', (profile) => {
  // RFC 3522 §3.2 R3522-1, R3522-2, R3522-6: each recovery has a stamp of its own.
  it('Eifel detection works in the second recovery as in the first', () => {
    const flow = new SackPeer({ profile, timestamps: true, segments: 100 });
    const { size } = flow;
    flow.sent();
    flow.run(100);
    // A recovery that was needed.
    flow.ackOctets(0, [[size, 4 * size]]);
    flow.sent();
    flow.run(100);
    flow.ackOctets(12 * size);
    flow.ackOctets((flow.tcb.sndNxt - flow.tcb.iss - 1) | 0);
    expect(flow.tcb.caState).toBe(CaState.open);
    flow.sent();
    const original = flow.echo;
    const una = (flow.tcb.sndUna - flow.tcb.iss - 1) | 0;
    flow.run(100);
    flow.ackOctets(una, [[una + size, una + 4 * size]], original);
    flow.run(60);
    flow.sent();
    expect(flow.tcb.caState).toBe(CaState.recovery);
    const { ssthresh } = flow.tcb;
    flow.ackOctets((flow.tcb.sndNxt - flow.tcb.iss - 1) | 0, [], original);
    expect(flow.tcb.caState).toBe(CaState.open);
    expect(flow.tcb.ssthresh).toBeGreaterThan(ssthresh);
  });

  // RFC 3708 §2 R3708-9: with nothing outstanding a report of duplicates takes nothing back.
  it('nothing is concluded from a D-SACK when nothing is outstanding', () => {
    const flow = new SackPeer({ profile, segments: 10 });
    flow.sent();
    flow.run(100);
    flow.ack(0, [1, 4]);
    expect(flow.sent()).toEqual([0]);
    flow.ack(10);
    flow.ack(10, [0, 1]);
    // Linux takes the reduction back here too.
    if (profile === 'rfc') expect(flow.tcb.ssthresh).toBe(5 * MSS);
    else expect(flow.tcb.ssthresh).toBeGreaterThan(5 * MSS);
  });

  // RFC 5682 §2.1 R5682-12: without new data the time-out is answered as ever.
  it('F-RTO is not used when there is nothing new to send', () => {
    const flow = new SackPeer({ profile, segments: 10, settings: { tcp: { early_retrans: 0 } } });
    flow.sent();
    flow.run(RTO_MS[profile]);
    expect(flow.sent()).toEqual([0]);
    flow.ack(1);
    expect(flow.sent()).toEqual([1, 2]);
  });

  // RFC 5682 §2.1 R5682-3, R5682-5: without SACK the second ACK that advances says so.
  it('F-RTO without SACK: two acknowledgments that advance show a spurious time-out', () => {
    const flow = new SackPeer({ profile, sack: false });
    flow.sent();
    flow.run(RTO_MS[profile]);
    expect(flow.sent()).toEqual([0]);
    flow.ack(1);
    expect(flow.sent()).toEqual([10, 11]);
    flow.ack(2);
    expect(flow.tcb.caState).toBe(CaState.open);
    expect(flow.peer.bench.stack.counters.tcpExt.TCPSpuriousRTOs).toBe(1);
  });
});

// RFC 5682 §4 R5682-11: never more than before.
// RFC 4015 §3: eight are in flight, two were acknowledged, and this ACK counts for growth.
it('rfc: a spurious time-out gives back no more than is in flight', () => {
  const flow = new SackPeer({ profile: 'rfc', segments: 10, settings: { tcp: { early_retrans: 0 } } });
  flow.sent();
  flow.run(1_000);
  flow.sent();
  flow.write(10);
  flow.tcb.priorCwnd = 20 * MSS;
  flow.ack(2);
  expect(flow.tcb.caState).toBe(CaState.open);
  expect(flow.tcb.cwnd).toBe(12 * MSS);
});

// RFC 6582 §6 R6582-9: a number that stays behind for half the sequence space would seem to lie ahead.
it('the end of the last recovery moves along with SND.UNA', () => {
  const flow = new SackPeer({ profile: 'rfc' });
  flow.sent();
  const { recovery } = flow.tcb;
  if (recovery === null) throw new Error('nothing was sent');
  recovery.highSeq = (flow.tcb.sndUna - 5) | 0;
  keepUp(flow.tcb, recovery);
  expect(recovery.highSeq).toBe(flow.tcb.sndUna);
});

// RFC 6298 §3 R6298-10: every round trip is measured.
it.each(PROFILES)('%s: each round trip gives a sample', (profile) => {
  const flow = new SackPeer({ profile, segments: 300 });
  flow.sent();
  flow.run(100);
  flow.ack(10);
  for (let round = 0; round < 2; round++) {
    const before = flow.tcb.srttUs;
    flow.sent();
    flow.run(300);
    flow.ack((flow.tcb.sndNxt - flow.tcb.iss - 1) / MSS);
    expect(flow.tcb.srttUs).toBeGreaterThan(before);
  }
});

// RFC 7323 §4 R7323-9, R7323-14: one sample counts for a round trip under rfc, and an ACK that moves nothing gives none.
it.each(PROFILES)('%s: duplicates with old echoes do not touch the round-trip time', (profile) => {
  const flow = new SackPeer({ profile, timestamps: true });
  flow.sent();
  const { echo } = flow;
  flow.run(100);
  flow.ackOctets(2 * flow.size, [], echo);
  const { srttUs, rttvarUs } = flow.tcb;
  flow.run(50);
  for (let count = 0; count < 3; count++) flow.ackOctets(2 * flow.size, [], echo);
  expect([flow.tcb.srttUs, flow.tcb.rttvarUs]).toEqual([srttUs, rttvarUs]);
});
