/**
 * Accurate ECN's sender (RFC 9768 sections 3.2.2 and 3.2.3) against a peer by hand: what it makes of counters that wrap, lag,
 * contradict each other or lie. Segments of 1000 octets.
 */
import { describe, expect, it } from 'vitest';
import { AccEcnFail, AccEcnOptionSeen, CaState } from '../../src/tcp/index.ts';
import { endOf, type Profile } from '../requirements/bench.ts';
import {
  accEcn0,
  accEcn1,
  accurate,
  acknowledge,
  bits,
  countersOf,
  ECT0,
  ecnOf,
  ecnOfConnection,
  giveMany,
  MSS,
  NOT_ECT,
  START,
  writeSegments,
} from '../support/ecn-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

describe.each(PROFILES)('%s: the sender reads ACE', (profile) => {
  it('the least increment, once per window', () => {
    // RFC 9768 §3 R9768-44, R9768-31: superseded ACKs are not read.
    const connection = accurate(profile);
    const { tcb } = connection;
    const sent = writeSegments(connection, 40);
    const window = tcb.cwnd;
    acknowledge(connection, sent[0] ?? connection.first, START);
    expect(tcb.caState).toBe(CaState.open);
    acknowledge(connection, sent[1] ?? connection.first, START + 1);
    expect(tcb.caState).toBe(CaState.cwr);
    expect(tcb.ssthresh).toBeLessThan(window);
    const after = tcb.ssthresh;
    acknowledge(connection, sent[2] ?? connection.first, START + 2);
    expect(tcb.ssthresh).toBe(after);
    expect(ecnOfConnection(connection).deliveredCe).toBe(2);
    expect(tcb.deliveredCe).toBe(2 * MSS);
    expect(tcb.retransmitted).toBe(0);
  });

  it('follows the counter round and round', () => {
    const connection = accurate(profile);
    const [first, ...rest] = writeSegments(connection, 40);
    let waiting = rest;
    acknowledge(connection, first ?? connection.first, START);
    for (let marks = 1; marks <= 20; marks++) {
      const [next, ...others] = waiting;
      if (next === undefined) throw new Error('nothing to acknowledge');
      waiting = [...others, ...acknowledge(connection, next, (START + marks) & 7)];
      if (waiting.length === 0) waiting = writeSegments(connection, 10);
    }
    // Three times the counter was zero: that means something in the first one only.
    const { deliveredCe, sendsEct, failMode } = ecnOfConnection(connection);
    expect([deliveredCe, sendsEct, failMode]).toEqual([20, true, 0]);
  });

  it('takes the safest number when ACKs were lost and the counter may have gone round', () => {
    // RFC 9768 §3.2.2.5.2 R9768-52, R9768-53: without options, if ACE may have cycled, the safest likely case is taken.
    const connection = accurate(profile, { ecn_option: 0, initial_window_bytes: 30_000, initial_window_segments: 20 });
    const sent = writeSegments(connection, 20);
    acknowledge(connection, sent[0] ?? connection.first, START);
    acknowledge(connection, sent[10] ?? connection.first, START + 2);
    expect(ecnOfConnection(connection).deliveredCe).toBe(10);
    acknowledge(connection, sent[19] ?? connection.first, (START + 2 + 10) & 7);
    // Nine more packets, two by the field: two or ten; ten would be more than there were.
    expect(ecnOfConnection(connection).deliveredCe).toBe(10 + 0 + ((((START + 12) & 7) - (START + 10) + 16) % 8));
  });

  it('believes an option that says it was fewer', () => {
    const connection = accurate(profile, { initial_window_bytes: 30_000, initial_window_segments: 20 });
    const sent = writeSegments(connection, 20);
    acknowledge(connection, sent[0] ?? connection.first, START, accEcn0(1001, 0));
    acknowledge(connection, sent[10] ?? connection.first, START + 2, accEcn0(9001, 2000));
    expect(ecnOfConnection(connection).deliveredCe).toBe(2);
    expect(connection.tcb.deliveredCe).toBe(2 * MSS);
    expect(ecnOfConnection(connection).deliveredE0Bytes).toBe(9000);
  });

  it('does not look at ACKs that were overtaken', () => {
    // RFC 9768 §3.2.2.2 R9768-44: superseded ACKs are not read.
    const connection = accurate(profile);
    const sent = writeSegments(connection, 10);
    acknowledge(connection, sent[3] ?? connection.first, START + 1);
    const old = sent[1] ?? connection.first;
    connection.peer.send(`A${bits(START)}`, { ack: endOf(old) });
    connection.peer.send(`A${bits(START)}`, {});
    expect(ecnOfConnection(connection).deliveredCe).toBe(1);
  });

  it('a jump of seven for one segment is worth one segment', () => {
    const connection = accurate(profile);
    const sent = writeSegments(connection, 10);
    acknowledge(connection, sent[0] ?? connection.first, START);
    acknowledge(connection, sent[1] ?? connection.first, (START + 7) & 7);
    expect(connection.tcb.deliveredCe).toBe(MSS);
    expect(connection.tcb.deliveredCe).toBeLessThanOrEqual(connection.tcb.delivered);
  });

  if (profile === 'rfc')
    it('a zero at first: no ECT, no answer to marks', () => {
      // RFC 9768 §3.2.2.4 R9768-47: it was cleared on the way.
      const connection = accurate(profile);
      const sent = writeSegments(connection, 30);
      const later = acknowledge(connection, sent[0] ?? connection.first, 0);
      expect(later.map(ecnOf)).toEqual(later.map(() => NOT_ECT));
      for (const segment of sent.slice(1)) acknowledge(connection, segment, 3);
      expect(connection.tcb.caState).toBe(CaState.open);
      expect(ecnOfConnection(connection).failMode).toBe(AccEcnFail.aceReceive);
      expect(connection.tcb.deliveredCe).toBe(0);
    });

  it.each([1, 2, 3, 4, 6, 7])('begins with any other value: %i', (code) => {
    // RFC 9768 §3.2.2.4 R9768-48: none is asked for.
    const connection = accurate(profile);
    const [data] = writeSegments(connection, 1);
    acknowledge(connection, data ?? connection.first, code);
    expect(ecnOfConnection(connection).failMode).toBe(0);
  });

  if (profile === 'rfc')
    it('marks on everything for round after round are disbelieved', () => {
      // RFC 9768 §3.2.2.3 R9768-46: continuous CE over some rounds.
      const connection = accurate(profile);
      const [first, ...rest] = writeSegments(connection, 80);
      acknowledge(connection, first ?? connection.first, START);
      let waiting = rest;
      for (let marks = 1; marks <= 50; marks++) {
        const [next, ...others] = waiting;
        if (next === undefined) throw new Error('nothing to acknowledge');
        waiting = [...others, ...acknowledge(connection, next, (START + marks) & 7)];
      }
      const ecn = ecnOfConnection(connection);
      expect(ecn.answersMarks).toBe(false);
      expect(ecnOf(waiting.at(-1) ?? connection.first)).toBe(NOT_ECT);
    });
});

describe.each(PROFILES)('%s: the sender reads the option', (profile) => {
  it.each([
    ['172 with three counters', accEcn0(2001, 1000, 1), 2000, 1000, 0],
    ['172 with two', accEcn0(2001, 1000), 2000, 1000, 0],
    ['172 with one', accEcn0(2001), 2000, 0, 0],
    ['172 with none', accEcn0(), 0, 0, 0],
    ['174 with three', accEcn1(2001, 1000, 1), 0, 1000, 2000],
    ['174 with one', accEcn1(2001), 0, 0, 2000],
    ['a length between', [172, 7, 0, 0x07, 0xd1, 0, 0], 2000, 0, 0],
    ['more than three counters', [172, 14, 0, 0x07, 0xd1, 0, 0x03, 0xe8, 0, 0, 1, 9, 9, 9], 2000, 1000, 0],
  ] as const)('%s', (_, option, e0, ce, e1) => {
    // RFC 9768 §3.2.3 R9768-54, R9768-55: kinds 172 (e0b, ceb, e1b) and 174 (e1b, ceb, e0b), 24-bit fields, lengths 11, 8, 5, 2.
    const connection = accurate(profile);
    const sent = writeSegments(connection, 5);
    acknowledge(connection, sent[2] ?? connection.first, START + 1, option);
    expect(ecnOfConnection(connection)).toMatchObject({
      deliveredE0Bytes: e0,
      deliveredCeBytes: ce,
      deliveredE1Bytes: e1,
      deliveredCe: 1,
      failMode: 0,
    });
  });

  it.each([
    ['odd length that ends the list', [172, 40, 0, 0, 1]],
    ['length 1', [172, 1]],
    ['length 0', [174, 0]],
  ])('a malformed one does no harm: %s', (_, option) => {
    const connection = accurate(profile);
    const sent = writeSegments(connection, 5);
    acknowledge(connection, sent[2] ?? connection.first, START, option);
    expect(connection.tcb.sndUna >>> 0).toBe(endOf(sent[2] ?? connection.first));
    expect(ecnOfConnection(connection).failMode).toBe(0);
  });

  it('a zero in the first one: options are ignored', () => {
    // RFC 9768 §3.2.3.2.4 R9768-63: zero in the first e0b or e1b.
    const connection = accurate(profile);
    const sent = writeSegments(connection, 5);
    acknowledge(connection, sent[0] ?? connection.first, START, accEcn0(0, 0, 0));
    acknowledge(connection, sent[1] ?? connection.first, START, accEcn0(500_000, 400_000, 1));
    const ecn = ecnOfConnection(connection);
    expect(ecn).toMatchObject({ optionSeen: AccEcnOptionSeen.invalid, failMode: AccEcnFail.optionReceive });
    expect(ecn.deliveredCeBytes).toBe(0);
    expect(connection.tcb.caState).toBe(CaState.open);
  });

  if (profile === 'rfc')
    it('octets with CE and no packet with CE: no ECT from here on', () => {
      // RFC 9768 §3.2.3.2.5 R9768-65: the two contradict each other.
      const connection = accurate(profile);
      const sent = writeSegments(connection, 30);
      acknowledge(connection, sent[0] ?? connection.first, START, accEcn0(1001, 0));
      const later = acknowledge(connection, sent[1] ?? connection.first, START, accEcn0(1001, 1000));
      expect(later.length).toBeGreaterThan(0);
      expect(later.map(ecnOf)).toEqual(later.map(() => NOT_ECT));
      expect(connection.tcb.deliveredCe).toBe(0);
    });

  it('marks told first by ACE alone and then by an option count once', () => {
    // RFC 9768 §3.2.3.2.5 R9768-64: ACE is always reconciled with the option.
    const connection = accurate(profile);
    const sent = writeSegments(connection, 10);
    acknowledge(connection, sent[0] ?? connection.first, START + 1);
    acknowledge(connection, sent[2] ?? connection.first, START + 1, accEcn0(2001, 1000));
    expect(connection.tcb.deliveredCe).toBe(MSS);
    expect(ecnOfConnection(connection).failMode).toBe(0);
  });

  if (profile === 'rfc')
    it('a counter that goes back moves nothing', () => {
      const connection = accurate(profile);
      const sent = writeSegments(connection, 10);
      acknowledge(connection, sent[1] ?? connection.first, START, accEcn0(2001, 0));
      acknowledge(connection, sent[2] ?? connection.first, START, accEcn0(1001, 0xff_ff00));
      expect(ecnOfConnection(connection)).toMatchObject({ deliveredE0Bytes: 2000, deliveredCeBytes: 0 });
    });

  it('more octets than were sent are worth what was delivered', () => {
    const connection = accurate(profile);
    const sent = writeSegments(connection, 10);
    acknowledge(connection, sent[0] ?? connection.first, START + 1, accEcn0(1, 4_000_000));
    expect(connection.tcb.deliveredCe).toBe(connection.tcb.delivered);
  });

  it('an option that comes late is read', () => {
    // RFC 9768 §3.2.3.2.3 R9768-62: none on the SYN-ACK here.
    const connection = accurate(profile);
    expect(ecnOfConnection(connection).optionSeen).toBe(AccEcnOptionSeen.none);
    const sent = writeSegments(connection, 10);
    acknowledge(connection, sent[3] ?? connection.first, START, accEcn0(4001, 0));
    expect(ecnOfConnection(connection).optionSeen).toBe(AccEcnOptionSeen.counters);
    // And ours have gone out all the time; Linux's begin here.
    const told = profile === 'linux' ? { kind: 174, counters: [1, 0, 2001] } : { kind: 172, counters: [2001] };
    expect(giveMany(connection, 2, ECT0).map(countersOf)).toContainEqual(told);
  });
});
