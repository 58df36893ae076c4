/**
 * Accurate ECN's receiver (RFC 9768 sections 3.2.1 to 3.2.3) against a peer by hand: what our ACKs tell of marks that arrive,
 * when they go, and what the option has. Segments of 1000 octets.
 */
import { describe, expect, it } from 'vitest';
import { AccEcnFail, AccEcnOptionSeen, CaState } from '../../src/tcp/index.ts';
import { type Profile, text } from '../requirements/bench.ts';
import type { Segment } from '../requirements/wire.ts';
import {
  accurate,
  acknowledge,
  bits,
  bitsOf,
  CE,
  countersOf,
  ECT0,
  ECT1,
  type EcnConnection,
  ecnOfConnection,
  giveData,
  giveMany,
  MSS,
  NOT_ECT,
  START,
  writeSegments,
} from '../support/ecn-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

/** What the stack says upon a segment of data, at once or delayed: its last word. */
function lastAnswer(connection: EcnConnection, tos: number, octets = MSS): Segment {
  const segments = giveData(connection, tos, START, octets);
  connection.bench.run(300);
  const last = [...segments, ...connection.bench.take()].at(-1);
  if (last === undefined) throw new Error('no answer');
  return last;
}

/** Segments of data far apart; what the stack answers. */
function early(connection: EcnConnection, count: number, tos: number): Segment[] {
  const { peer, bench } = connection;
  const answers: Segment[] = [];
  for (let index = 1; index <= count; index++) {
    peer.send('A', { seq: (peer.seq + 2 * index * MSS) >>> 0, tos, payload: text(MSS) });
    answers.push(...bench.take());
  }
  return answers;
}

describe.each(PROFILES)('%s: the receiver', (profile) => {
  it('counts packets modulo 8, in every segment', () => {
    // RFC 9768 §3.2 R9768-32, R9768-34, R9768-35, R9768-36: r.cep counts acceptable packets with CE, control packets and retransmissions too, SYNs not.
    const connection = accurate(profile);
    const seen: number[] = [];
    for (let index = 0; index < 10; index++) seen.push(bitsOf(lastAnswer(connection, CE)));
    expect(seen).toEqual([6, 7, 0, 1, 2, 3, 4, 5, 6, 7]);
    const [data] = writeSegments(connection, 1);
    expect(data === undefined ? -1 : bitsOf(data)).toBe(7);
    connection.bench.run(3_000);
    expect(new Set(connection.bench.take().map(bitsOf))).toEqual(new Set([7]));
  });

  if (profile === 'rfc')
    it('counts pure ACKs with CE as packets, and answers the third', () => {
      // RFC 9768 §3.2 R9768-32, R9768-50, R9768-51: r.cep counts acceptable packets with CE, control packets and retransmissions too, SYNs not.
      const connection = accurate(profile);
      early(connection, 1, ECT0);
      const answers: Segment[][] = [];
      for (let index = 0; index < 3; index++) {
        connection.peer.send(`A${bits(START)}`, { tos: CE });
        answers.push(connection.bench.take());
      }
      expect(answers.map((segments) => segments.length)).toEqual([0, 0, 1]);
      const [answer] = answers[2] ?? [];
      expect(answer === undefined ? -1 : bitsOf(answer)).toBe(0);
      expect(answer?.options.has(5)).toBe(false);
    });

  it('reports what came twice by D-SACK', () => {
    // RFC 9768 §3.1.1 R9768-5: in an answer that has the counter as well.
    const connection = accurate(profile);
    giveData(connection, ECT0);
    connection.bench.run(300);
    connection.bench.take();
    connection.peer.send(`A${bits(START)}`, { seq: (connection.peer.seq - MSS) >>> 0, tos: CE, payload: text(MSS) });
    connection.bench.run(300);
    const [answer] = connection.bench.take();
    expect(answer?.options.get(5)?.length).toBe(8);
    // Linux hears what ends where its last acknowledgment stood, and counts it.
    expect(answer === undefined ? -1 : bitsOf(answer)).toBe(profile === 'linux' ? START + 1 : START);
  });

  it('does not count what is not acceptable', () => {
    const connection = accurate(profile);
    connection.peer.send('A', { seq: (connection.peer.seq - 5_000) >>> 0, tos: CE, payload: text(100) });
    expect(connection.bench.take().map(bitsOf)).toEqual([5]);
    expect(ecnOfConnection(connection).receivedCe).toBe(0);
  });

  if (profile === 'rfc')
    it('acknowledges at once when marks begin, and every second marked segment', () => {
      // RFC 9768 §3.2.2.5.1 R9768-49, R9768-50: data with CE after a packet without CE is acknowledged at once.
      const connection = accurate(profile);
      giveData(connection, ECT0, START, 100);
      connection.bench.run(300);
      connection.bench.take();
      connection.tcb.quickAcks = 0;
      expect(giveData(connection, CE, START, 100).map(bitsOf)).toEqual([6]);
      // Linux acknowledges at once for a while after a silence.
      connection.tcb.quickAcks = 0;
      expect(giveData(connection, CE, START, 100)).toEqual([]);
      expect(giveData(connection, CE, START, 100).map(bitsOf)).toEqual([0]);
    });

  it('tells a counter before it has gone round, also within one batch', () => {
    // RFC 9768 §3 R9768-50, R9768-70: after n marks an ACK is sent.
    const connection = accurate(profile);
    const codes = giveMany(connection, 20, CE).map(bitsOf);
    let counted = 0;
    let before: number = START;
    for (const code of codes) {
      const step = (code - before) & 7;
      expect(step).toBeLessThan(7);
      counted += step;
      before = code;
    }
    expect(counted).toBe(20);
  });

  it('never says by CWR that it is slower', () => {
    // RFC 9768 §3.1.5 R9768-28: the bit belongs to the counter.
    const connection = accurate(profile);
    const sent = writeSegments(connection, 30);
    const later = sent
      .slice(0, 6)
      .flatMap((segment, index) => acknowledge(connection, segment, (START + Math.min(index, 1)) & 7));
    expect(connection.tcb.caState).toBe(CaState.cwr);
    expect(new Set([...sent, ...later].map(bitsOf))).toEqual(new Set([START]));
  });
});

describe.each(PROFILES)('%s: the option we send', (profile) => {
  if (profile === 'rfc')
    it('has a counter for each that has ever changed', () => {
      // RFC 9768 §3.2 R9768-67, R9768-33, R9768-54, R9768-56: option on every scheduled ACK when a byte counter changed, with a field for each that ever changed.
      const connection = accurate(profile);
      expect(countersOf(lastAnswer(connection, ECT0))).toEqual({ kind: 172, counters: [1001] });
      expect(countersOf(lastAnswer(connection, CE, 500))).toEqual({ kind: 172, counters: [1001, 500] });
      expect(countersOf(lastAnswer(connection, ECT1, 200))).toEqual({ kind: 172, counters: [1001, 500, 201] });
    });

  if (profile === 'rfc')
    it('begins with ECT(1) where nothing else has come', () => {
      const connection = accurate(profile);
      expect(countersOf(lastAnswer(connection, ECT1))).toEqual({ kind: 174, counters: [1001] });
      expect(countersOf(lastAnswer(connection, CE))).toEqual({ kind: 174, counters: [1001, 1000] });
    });

  if (profile === 'rfc')
    it('is left out when nothing has changed', () => {
      const connection = accurate(profile);
      lastAnswer(connection, ECT0);
      lastAnswer(connection, ECT0);
      expect(countersOf(lastAnswer(connection, NOT_ECT))).toBeNull();
    });

  if (profile === 'rfc')
    it('counts modulo 2^24', () => {
      // RFC 9768 §3.2.3.1 R9768-57: fields carry the low 24 bits.
      const connection = accurate(profile);
      ecnOfConnection(connection).receivedE0Bytes = 2 ** 24 - 501;
      expect(countersOf(lastAnswer(connection, ECT0))?.counters).toEqual([500]);
    });

  if (profile === 'rfc')
    it('leaves two SACK blocks their room, and is whole or absent', () => {
      // RFC 9768 §3.2.3.3 R9768-66, R9768-68: where the option would leave no room for two SACK blocks, SACK goes first.
      const connection = accurate(profile, { comp_sack_nr: 0 }, 1_000);
      const answers = early(connection, 4, ECT0);
      const blocks = answers.map((segment) => (segment.options.get(5)?.length ?? 0) / 8);
      expect(blocks.every((count) => count >= 1)).toBe(true);
      expect(blocks.at(-1)).toBe(2);
      expect(countersOf(answers.at(-1) ?? connection.first)?.counters).toEqual([4001]);
      for (const segment of answers) expect(segment.optionBytes.length).toBeLessThanOrEqual(40);
      // With CE and ECT(1) seen, three counters and two blocks are too much beside timestamps.
      connection.peer.send('A', { seq: (connection.peer.seq + 20 * MSS) >>> 0, tos: CE, payload: text(MSS) });
      connection.peer.send('A', { seq: (connection.peer.seq + 22 * MSS) >>> 0, tos: ECT1, payload: text(MSS) });
      const last = connection.bench.take().at(-1) ?? connection.first;
      expect(countersOf(last)).toBeNull();
      expect((last.options.get(5)?.length ?? 0) / 8).toBe(3);
    });

  if (profile === 'rfc')
    it('is sparing under ecn_option 1: on change, on CE, and a few times per round trip', () => {
      const connection = accurate(profile, { ecn_option: 1, ecn_option_beacon: 0 });
      const options: (number[] | null)[] = [];
      for (const tos of [ECT0, ECT0, ECT0, CE, ECT0, ECT0, ECT0]) {
        options.push(countersOf(lastAnswer(connection, tos))?.counters ?? null);
      }
      const isThere = options.map((option) => option !== null);
      expect(isThere.slice(-1)).toEqual([false]);
      expect(isThere.slice(3, 5)).toEqual([true, true]);
      // RFC 9768 §3.2.3.3 R9768-69: and before a counter has moved by a quarter of its range.
      ecnOfConnection(connection).receivedE0Bytes += 2 ** 22;
      expect(countersOf(lastAnswer(connection, ECT0))).not.toBeNull();
      const beacon = accurate(profile, { ecn_option: 1 });
      for (let index = 0; index < 4; index++) lastAnswer(beacon, ECT0);
      expect(countersOf(lastAnswer(beacon, ECT0))).not.toBeNull();
    });

  if (profile === 'rfc')
    it('is not tried again with text that goes again, and given up if none gets through', () => {
      // RFC 9768 §3.2.3.2.2 R9768-61: first data segment with option lost.
      const connection = accurate(profile);
      const [first] = writeSegments(connection, 1);
      expect(first === undefined ? null : countersOf(first)).not.toBeNull();
      connection.bench.run(10_000);
      const again = connection.bench.take();
      expect(again.length).toBeGreaterThan(1);
      expect(again.map(countersOf).filter((option) => option !== null)).toEqual([]);
      expect(ecnOfConnection(connection).failMode & AccEcnFail.optionSend).toBe(AccEcnFail.optionSend);
      expect(countersOf(lastAnswer(connection, ECT0))).toBeNull();
    });
});

describe('linux: the option we send', () => {
  /** Linux sends it to peers that have shown theirs. */
  function shown(tcp: Record<string, number>, timestamp?: number): EcnConnection {
    const connection = accurate('linux', tcp, timestamp);
    ecnOfConnection(connection).optionSeen = AccEcnOptionSeen.counters;
    return connection;
  }

  it('counts modulo 2^24, ECT(1) first', () => {
    // RFC 9768 §3.2.3.1 R9768-57: fields carry the low 24 bits.
    const connection = shown({ ecn_option: 2 });
    ecnOfConnection(connection).receivedE0Bytes = 2 ** 24 - 501;
    expect(countersOf(lastAnswer(connection, ECT0))).toEqual({ kind: 174, counters: [1, 0, 500] });
  });

  it('leaves two SACK blocks their room, and has what has changed or is absent', () => {
    // RFC 9768 §3.2.3.3 R9768-66, R9768-68: where the option would leave no room for two SACK blocks, SACK goes first.
    const connection = shown({ ecn_option: 2, comp_sack_nr: 0 }, 1_000);
    const answers = early(connection, 4, CE);
    expect(answers.map((segment) => (segment.options.get(5)?.length ?? 0) / 8)).toEqual([1, 2, 2, 2]);
    expect(answers.map((segment) => countersOf(segment)?.counters)).toEqual([
      [1, 1000, 1],
      [1, 2000],
      [1, 3000],
      [1, 4000],
    ]);
    for (const segment of answers) expect(segment.optionBytes.length).toBeLessThanOrEqual(40);
    // All three are more than there is room for beside timestamps and two blocks.
    connection.peer.send('A', { seq: (connection.peer.seq + 20 * MSS) >>> 0, tos: ECT0, payload: text(MSS) });
    const last = connection.bench.take().at(-1) ?? connection.first;
    expect(countersOf(last)).toBeNull();
    expect((last.options.get(5)?.length ?? 0) / 8).toBe(3);
  });
});

describe.each(PROFILES)('%s: the end', (profile) => {
  it('TIME-WAIT and RST have the counter too', () => {
    // RFC 9768 §3.2 R9768-34: every packet carries the newest counters, retransmissions too.
    const connection = accurate(profile);
    const { peer, bench, socket } = connection;
    lastAnswer(connection, CE);
    socket.shutdownWrite();
    for (const segment of bench.take()) peer.accept(segment);
    peer.send(`A${bits(START)}`);
    peer.send(`FA${bits(START)}`, { tos: NOT_ECT });
    expect(bench.take().map(bitsOf)).toEqual([6]);
    peer.send(`FA${bits(START)}`, { seq: (peer.seq - 1) >>> 0 });
    // Linux's record of TIME-WAIT knows nothing of it.
    expect(bench.take().map(bitsOf)).toEqual([profile === 'linux' ? 0 : 6]);
    const aborted = accurate(profile);
    lastAnswer(aborted, CE);
    aborted.socket.abort();
    expect(aborted.bench.take().map(({ flags }) => flags)).toEqual([expect.stringContaining('R')]);
  });
});
