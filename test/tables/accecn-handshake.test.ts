/**
 * Agreeing on Accurate ECN (RFC 9768 section 3.1 and 3.2.2.1) against a peer by hand: the whole table of SYNs and SYN-ACKs,
 * what each end tells of the ECN field it saw, and the ways back where a path or a peer does not play along. Codes are the three
 * bits AE, CWR, ECE.
 */
import { describe, expect, it } from 'vitest';
import { AccEcnFail, EcnMode } from '../../src/tcp/index.ts';
import { Bench, Peer, type Profile, text } from '../requirements/bench.ts';
import {
  accEcn0,
  accepted,
  bits,
  bitsOf,
  CE,
  connected,
  countersOf,
  ECT0,
  ECT1,
  type EcnOptions,
  ecnOf,
  NOT_ECT,
  SACK_1000,
  tcbOf,
  writeSegments,
} from '../support/ecn-peer.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MODES = { none: undefined, classic: EcnMode.classic, accurate: EcnMode.accurate } as const;

function options(profile: Profile, code: number, more: Partial<EcnOptions> = {}, ecn = 3): EcnOptions {
  return { profile, code, synOptions: SACK_1000, settings: { tcp: { ecn } }, ...more };
}

describe.each(PROFILES)('%s: the client', (profile) => {
  it('asks with all three bits, without an option', () => {
    // RFC 9768 §3.1.1 R9768-1: AE, CWR, ECE.
    // RFC 9768 §3.2.3.2.1 R9768-58: the option comes later.
    const { first } = connected(options(profile, 0b010));
    expect(bitsOf(first)).toBe(0b111);
    expect(countersOf(first)).toBeNull();
  });

  it.each([
    [0b000, 'none', NOT_ECT],
    [0b001, 'classic', ECT0],
    [0b010, 'accurate', ECT0],
    [0b011, 'accurate', NOT_ECT],
    [0b100, 'accurate', NOT_ECT],
    [0b101, 'accurate', ECT0],
    [0b110, 'accurate', NOT_ECT],
    [0b111, 'none', NOT_ECT],
  ] as const)('SYN-ACK %i: mode %s, data with field %i by the RFC', (code, mode, rfcField) => {
    // RFC 9768 §3.1 R9768-4, R9768-6, R9768-9, R9768-13: the table.
    // RFC 9768 §3.1.5 R9768-25, R9768-26: ECT where something was agreed, never elsewhere.
    // RFC 9768 §3.2.2.3 R9768-45: our SYN was Not-ECT; a path that made anything else of it gets no ECT. Linux judges it where CE comes back.
    const field = profile === 'linux' && mode === 'accurate' ? ECT0 : rfcField;
    const connection = connected(options(profile, code));
    expect(connection.ecn?.mode).toBe(MODES[mode]);
    expect(ecnOf(writeSegments(connection, 1).at(-1) ?? connection.first)).toBe(field);
    const isChanged = mode === 'accurate' && field === NOT_ECT;
    expect(connection.ecn?.failMode ?? 0).toBe(isChanged ? AccEcnFail.aceSend : 0);
    expect(connection.ecn?.answersMarks ?? true).toBe(true);
  });

  it.each([
    [NOT_ECT, 0b010],
    [ECT1, 0b011],
    [ECT0, 0b100],
    [CE, 0b110],
  ])('a SYN-ACK with field %i is acknowledged by %i, also the second time, and before any data', (synTos, code) => {
    // RFC 9768 §3.2.2.1 R9768-37, R9768-38: a pure ACK tells it.
    // RFC 9768 §3.2.2.2 R9768-42: CE there counts, once.
    const connection = connected(options(profile, 0b010, { synTos }));
    expect(connection.second.map(bitsOf)).toEqual([code]);
    connection.peer.send(`SA${bits(0b010)}`, { seq: (connection.peer.seq - 1) >>> 0, options: SACK_1000, tos: synTos });
    expect(connection.bench.take().map(bitsOf)).toEqual([code]);
    const [data] = writeSegments(connection, 1);
    expect(data === undefined ? -1 : bitsOf(data)).toBe(synTos === CE ? 0b110 : 0b101);
    expect(connection.ecn?.receivedCe).toBe(synTos === CE ? 1 : 0);
  });

  it('sends that ACK first when data is at hand', () => {
    // RFC 9768 §3.2.2.1 R9768-38: if data is at hand, that pure ACK goes first.
    const bench = new Bench({ profile, settings: { tcp: { ecn: 3 } } });
    const socket = bench.connect();
    socket.write(text(100));
    const syn = bench.takeOne();
    const peer = new Peer(bench, { port: 80, ourPort: syn.sourcePort });
    peer.accept(syn);
    peer.send(`SA${bits(0b010)}`, { options: SACK_1000, tos: ECT0 });
    expect(bench.take().map((segment) => [segment.payload.length, bitsOf(segment)])).toEqual([
      [0, 0b100],
      [100, 0b101],
    ]);
  });

  it('puts the option on its first ACK and on its first data', () => {
    // RFC 9768 §3.2 R9768-59, R9768-35, R9768-54: with the start values. Linux: in its own order, to a peer that has one, everywhere.
    const synOptions = profile === 'linux' ? [...SACK_1000, ...accEcn0(1, 0, 1), 1] : SACK_1000;
    const connection = connected(options(profile, 0b010, { synOptions }));
    if (profile === 'linux') {
      const whole = { kind: 174, counters: [1, 0, 1] };
      expect(connection.second.map(countersOf)).toEqual([whole]);
      expect(new Set(writeSegments(connection, 2).map((segment) => countersOf(segment)?.counters.join()))).toEqual(
        new Set(['1,0,1']),
      );
      return;
    }
    const start = { kind: 172, counters: [1, 0, 1] };
    expect(connection.second.map(countersOf)).toEqual([start]);
    // What the option has displaced may follow.
    expect(writeSegments(connection, 3).slice(0, 3).map(countersOf)).toEqual([start, null, null]);
  });

  it('the second SYN asks again, later ones do not; the ISN stays', () => {
    // RFC 9768 §3.1.4.1 R9768-14, R9768-15: the first SYN retransmission still asks.
    const bench = new Bench({ profile, settings: { tcp: { ecn: 3 } } });
    bench.connect();
    bench.run(8_000);
    const syns = bench.take();
    expect(syns.slice(0, 3).map(bitsOf)).toEqual([0b111, 0b111, 0b000]);
    expect(new Set(syns.map(({ seq }) => seq)).size).toBe(1);
  });

  it('takes CE told of its SYN as congestion', () => {
    // RFC 9768 §3.2.2.2 R9768-41: not counted, but answered. Linux does neither.
    const connection = connected(options(profile, 0b110));
    expect(connection.tcb.cwnd).toBe(profile === 'linux' ? 10_000 : 1000);
    expect(connection.ecn?.deliveredCe).toBe(0);
  });

  it('keeps the first mode: another SYN-ACK changes nothing', () => {
    // RFC 9768 §3.1.5 R9768-17, R9768-18: the first mode stands for the connection.
    const connection = connected(options(profile, 0b010));
    for (const code of [0b001, 0b000, 0b111]) {
      connection.peer.send(`SA${bits(code)}`, { seq: (connection.peer.seq - 1) >>> 0, options: SACK_1000 });
    }
    expect(tcbOf(connection.bench).ecn?.mode).toBe(EcnMode.accurate);
  });
});

describe.each(PROFILES)('%s: the server', (profile) => {
  it.each([
    [0b000, 'none', 0b000],
    [0b001, 'accurate', 0b010],
    [0b010, 'accurate', 0b010],
    [0b011, 'classic', 0b001],
    [0b100, 'accurate', 0b010],
    [0b101, 'accurate', 0b010],
    [0b110, 'accurate', 0b010],
    [0b111, 'accurate', 0b010],
  ] as const)('SYN %i: mode %s, SYN-ACK %i', (code, mode, answer) => {
    // RFC 9768 §3.1 R9768-2, R9768-3, R9768-7, R9768-8, R9768-12: A server that gets it enters AccECN and answers by the ECN field of the SYN.
    for (const ecn of [3, 4, 5]) {
      const { first, ecn: state } = accepted(options(profile, code, { ackCode: 0b010 }, ecn));
      expect(state?.mode).toBe(MODES[mode]);
      expect(bitsOf(first)).toBe(answer);
      expect(ecnOf(first)).toBe(NOT_ECT);
    }
  });

  it('who knows RFC 3168 alone does not look at AE', () => {
    // RFC 9768 §3.1.2 R9768-6: what a client finds that asks such a server.
    expect(bitsOf(accepted(options(profile, 0b111, {}, 2)).first)).toBe(0b001);
  });

  it.each([
    [NOT_ECT, 0b010],
    [ECT1, 0b011],
    [ECT0, 0b100],
    [CE, 0b110],
  ])('a SYN with field %i is answered by %i', (synTos, code) => {
    // RFC 9768 §3 R9768-2, R9768-41: the server does not count it.
    const { first, ecn } = accepted(options(profile, 0b111, { synTos, ackCode: 0b010 }));
    expect(bitsOf(first)).toBe(code);
    expect(ecn?.receivedCe).toBe(0);
  });

  it('puts the option on the SYN-ACK, but not when it goes again; at last the bits go too, and ECT with them', () => {
    // RFC 9768 §3 R9768-59, R9768-60, R9768-27: option on SYN-ACK, on the client's first ACK and first data segment.
    const bench = new Bench(options(profile, 0));
    const listener = bench.listen();
    const peer = new Peer(bench);
    peer.send(`S${bits(0b111)}`, { options: SACK_1000 });
    bench.run(8_000);
    const answers = bench.take();
    expect(answers.slice(0, 3).map(bitsOf)).toEqual([0b010, 0b010, 0b000]);
    const kind = profile === 'linux' ? 174 : 172;
    expect(answers.slice(0, 3).map(countersOf)).toEqual([{ kind, counters: [1, 0, 1] }, null, null]);
    peer.ack = ((answers[0]?.seq ?? 0) + 1) >>> 0;
    peer.send(`A${bits(0b010)}`);
    const socket = listener.accept();
    socket?.write(text(1000));
    expect(tcbOf(bench).ecn?.mode).toBe(EcnMode.accurate);
    expect(bench.take().map((segment) => [ecnOf(segment), bitsOf(segment)])).toEqual([[NOT_ECT, 0b101]]);
  });

  it('a repeated SYN: the newest field is told, without the option', () => {
    // RFC 9768 §3 R9768-21, R9768-60: feedback on SYN-ACK or its ACK is of the latest valid one that arrived.
    const bench = new Bench(options(profile, 0));
    bench.listen();
    const peer = new Peer(bench);
    peer.send(`S${bits(0b111)}`, { options: SACK_1000 });
    bench.take();
    peer.send(`S${bits(0b111)}`, { seq: (peer.seq - 1) >>> 0, options: SACK_1000, tos: CE });
    const again = bench.takeOne();
    expect(bitsOf(again)).toBe(0b110);
    expect(countersOf(again)).toBeNull();
  });

  it('a repeated SYN without the bits: the mode stays, ECT goes', () => {
    // RFC 9768 §3.1.5 R9768-22, R9768-27: A server in AccECN mode answers a 000 SYN with an AccECN SYN-ACK.
    const bench = new Bench(options(profile, 0));
    const listener = bench.listen();
    const peer = new Peer(bench);
    peer.send(`S${bits(0b111)}`, { options: SACK_1000 });
    bench.take();
    peer.send('S', { seq: (peer.seq - 1) >>> 0, options: SACK_1000 });
    const again = bench.takeOne();
    expect(bitsOf(again)).toBe(0b010);
    peer.accept(again);
    peer.send(`A${bits(0b010)}`);
    listener.accept()?.write(text(900));
    expect(bench.take().map(ecnOf)).toEqual([NOT_ECT]);
  });

  it('without ECN it answers whatever comes later without it', () => {
    // RFC 9768 §3.1.5 R9768-23, R9768-24: A server in no-ECN mode answers later SYNs with 000.
    const bench = new Bench(options(profile, 0));
    bench.listen();
    const peer = new Peer(bench);
    peer.send('S', { options: SACK_1000 });
    peer.send(`S${bits(0b111)}`, { seq: (peer.seq - 1) >>> 0, options: SACK_1000 });
    expect(bench.take().map(bitsOf)).toEqual([0, 0]);
  });

  it.each([
    [0b011, 0b111],
    [0b111, 0b011],
  ])('SYNs %i and %i in one handshake: reset, which Linux does not', (first, second) => {
    // RFC 9768 §3.1.5 R9768-19, R9768-20: no client does that.
    const bench = new Bench(options(profile, 0));
    bench.listen();
    const peer = new Peer(bench);
    peer.send(`S${bits(first)}`, { options: SACK_1000 });
    bench.take();
    peer.send(`S${bits(second)}`, { seq: (peer.seq - 1) >>> 0, options: SACK_1000 });
    const isReset = profile === 'rfc';
    expect(bench.take().map(({ flags }) => flags.includes('R'))).toEqual([isReset]);
    expect([...bench.stack.tcp.connections]).toHaveLength(isReset ? 0 : 1);
  });

  it.each([
    [0b010, 0, true, true],
    [0b011, 0, false, true],
    [0b100, 0, false, true],
    [0b110, 1, false, true],
    [0b001, 0, true, true],
    [0b101, 0, true, true],
    [0b111, 0, true, true],
    [0b000, 0, false, false],
  ])(
    'the ACK of the handshake has %i: CE counted %i, ECT sent %s, marks answered %s',
    (ackCode, marks, isEct, isAnswered) => {
      // RFC 9768 §3.2.2 R9768-39, R9768-40, R9768-43: what the SYN-ACK arrived with, or that somebody clears bits.
      // RFC 9768 §3.1.5 R9768-29: feedback about what comes goes on in any case.
      const connection = accepted(options(profile, 0b111, { ackCode }));
      const { ecn } = connection;
      // Linux believes no CE on what left as Not-ECT, and answers the marks of later ACKs in any case.
      const isLinux = profile === 'linux';
      expect(ecn?.deliveredCe).toBe(isLinux ? 0 : marks);
      expect(ecn?.answersMarks).toBe(isLinux || isAnswered);
      expect(connection.tcb.cwnd).toBe(ackCode === 0b110 && !isLinux ? 1000 : 10_000);
      expect(
        writeSegments(connection, 1)
          .slice(0, 1)
          .map((sent) => [ecnOf(sent), bitsOf(sent)]),
      ).toEqual([[isEct ? ECT0 : NOT_ECT, 0b101]]);
      connection.peer.send('A', { tos: CE, payload: text(1000) });
      expect(connection.bench.take().map(bitsOf)).toEqual([0b110]);
    },
  );

  it('the first segment may be data: its count is read the same', () => {
    const bench = new Bench(options(profile, 0));
    bench.listen();
    const peer = new Peer(bench);
    peer.send(`S${bits(0b111)}`, { options: SACK_1000 });
    peer.accept(bench.takeOne());
    peer.send(`A${bits(0b101)}`, { payload: text(10), tos: ECT0, options: accEcn0(1, 0, 1) });
    const { ecn } = tcbOf(bench);
    expect(ecn).toMatchObject({
      deliveredCe: 0,
      sendsEct: true,
      answersMarks: true,
      receivedE0Bytes: 10,
      optionSeen: 2,
    });
  });
});

describe.each(PROFILES)('%s: both ends open at once', (profile) => {
  it.each([
    [0b111, 0b010, EcnMode.accurate],
    [0b011, 0b001, EcnMode.classic],
    [0b000, 0b000, undefined],
  ])('a SYN with %i crosses ours: answered by %i', (code, answer, mode) => {
    // RFC 9768 §3.1.2 R9768-10: as one that answers.
    const bench = new Bench(options(profile, 0));
    bench.connect();
    const syn = bench.takeOne();
    const peer = new Peer(bench, { port: 80, ourPort: syn.sourcePort });
    peer.accept(syn);
    peer.send(`S${bits(code)}`, { options: SACK_1000 });
    const reply = bench.takeOne();
    expect(reply.flags.slice(0, 2)).toBe('SA');
    expect(bitsOf(reply)).toBe(answer);
    expect(tcbOf(bench).ecn?.mode).toBe(mode);
    peer.send(`A${bits(0b010)}`);
    expect(tcbOf(bench).state).toBeGreaterThan(3);
  });
});

describe.each(PROFILES)('%s: settings of the option', (profile) => {
  it('0 sends none, anywhere', () => {
    const settings = { tcp: { ecn: 3, ecn_option: 0 } };
    const client = connected(options(profile, 0b010, { settings }));
    const server = accepted(options(profile, 0b111, { ackCode: 0b010, settings }));
    client.peer.send('A', { tos: CE, payload: text(1000) });
    const all = [...client.second, ...client.bench.take(), ...writeSegments(client, 2), server.first];
    expect(all.map(countersOf).filter((option) => option !== null)).toEqual([]);
  });

  it('gives room to what else is in a SYN-ACK', () => {
    // MSS, SACK, timestamps and window scale take 20 octets, so the whole option fits.
    const synOptions = [...SACK_1000, 1, 3, 3, 7];
    const { first } = accepted(options(profile, 0b111, { ackCode: 0b010, synOptions, timestamp: 1 }));
    expect(first.options.has(8)).toBe(true);
    expect(countersOf(first)?.counters).toEqual([1, 0, 1]);
    expect(first.optionBytes.length).toBeLessThanOrEqual(40);
  });
});
