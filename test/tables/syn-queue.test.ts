/**
 * The SYN queue: what becomes of a record between a SYN and the segment that completes the handshake, by what comes for it.
 * What follows SYN-RECEIVED in general stands in `opening.test.ts`; here is what only a record without a Tcb could get wrong.
 */
import { describe, expect, it } from 'vitest';
import type { ObserverRecord } from '../../src/base/observer.ts';
import { ListenSocket } from '../../src/socket/index.ts';
import { Bench, MSS_1460, OURS, Peer, type Profile, readAll, text } from '../requirements/bench.ts';
import { buildIcmpError, type Segment } from '../requirements/wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const SCALE_7 = [1, 3, 3, 7];
const SACK_PERMITTED = [1, 1, 4, 2];
const ALL_OPTIONS = [...MSS_1460, ...SACK_PERMITTED, ...SCALE_7];

interface Open {
  readonly bench: Bench;
  readonly peer: Peer;
  readonly synAck: Segment;
}

function halfOpen(profile: Profile, options: readonly number[] = MSS_1460, timestamp?: number): Open {
  const bench = new Bench({ profile });
  bench.listen(80);
  const peer = new Peer(bench, timestamp === undefined ? {} : { timestamp });
  peer.send('S', { options });
  const synAck = peer.accept(bench.takeOne());
  return { bench, peer, synAck };
}

const irsOf = (peer: Peer): number => (peer.seq - 1) >>> 0;
const listenerOf = ({ tcp }: Bench['stack']) => [...tcp.listeners][0];
const accepted = ({ stack }: Bench) => listenerOf(stack)?.accept() ?? null;
const queued = ({ stack }: Bench): number => listenerOf(stack)?.halfOpen ?? 0;

describe.each(PROFILES)('%s: a half-open connection', (profile) => {
  it('is no Tcb until the handshake is complete', () => {
    const { bench, peer } = halfOpen(profile);
    expect([...bench.stack.tcp.connections].map((entry) => entry.constructor.name)).toEqual(['HalfOpen']);
    peer.send('A');
    expect([...bench.stack.tcp.connections].map((entry) => entry.constructor.name)).toEqual(['Tcb']);
    expect(queued(bench)).toBe(0);
  });

  it('answers the same SYN again at once, and no more than every half second', () => {
    const { bench, peer, synAck } = halfOpen(profile);
    const again = (): Segment[] => {
      peer.send('S', { seq: irsOf(peer), options: MSS_1460 });
      return bench.take();
    };
    expect(again()).toMatchObject([{ flags: 'SA', seq: synAck.seq, ack: synAck.ack }]);
    expect(again()).toEqual([]);
    expect(bench.stack.counters.tcpExt.TCPACKSkippedSynRecv).toBe(1);
    bench.run(510);
    expect(again()).toMatchObject([{ flags: 'SA', seq: synAck.seq }]);
    // Answered by hand the timer starts anew: nothing is due a second after the first SYN-ACK.
    bench.run(600);
    expect(bench.take()).toEqual([]);
    bench.run(500);
    expect(bench.takeOne().flags).toBe('SA');
  });

  it('keeps to the options of the first SYN when it comes again with others', () => {
    const { bench, peer } = halfOpen(profile, ALL_OPTIONS);
    peer.send('S', { seq: irsOf(peer), options: [2, 4, 1, 0] });
    expect([...bench.takeOne().options.keys()]).toEqual(expect.arrayContaining([3, 4]));
    peer.send('A');
    expect(accepted(bench)).toMatchObject({ peerMss: 1460, sndScale: 7 });
  });

  it('is not believed an ACK of another number', () => {
    const { bench, peer, synAck } = halfOpen(profile);
    for (const ack of [synAck.seq, synAck.seq + 2, synAck.seq + 0x8000_0000]) {
      peer.send('A', { ack: ack >>> 0, seq: peer.seq });
      expect(bench.takeOne()).toMatchObject({ flags: 'R', seq: ack >>> 0 });
    }
    expect(queued(bench)).toBe(1);
    peer.send('A');
    expect(accepted(bench)).not.toBeNull();
  });

  it('ends by a RST in its place alone', () => {
    const { bench, peer } = halfOpen(profile);
    peer.send('R', { seq: (peer.seq - 1) >>> 0 });
    peer.send('R', { seq: (peer.seq + 70_000) >>> 0 });
    expect([bench.take(), queued(bench)]).toEqual([[], 1]);
    peer.send('R', { seq: (peer.seq + 100) >>> 0 });
    expect(bench.takeOne()).toMatchObject({ flags: 'A', ack: peer.seq });
    peer.send('R', { seq: peer.seq });
    expect([bench.take(), queued(bench), bench.stack.tcp.connections.size]).toEqual([[], 0, 0]);
    expect(bench.stack.counters.tcpExt.EmbryonicRsts).toBe(1);
    expect(bench.stack.counters.tcp.AttemptFails).toBe(1);
    expect(bench.stack.nextTimeoutUs()).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes text and FIN of the segment that completes it', () => {
    const { bench, peer } = halfOpen(profile);
    peer.send('FPA', { payload: text(100) });
    const tcb = accepted(bench);
    expect(tcb).toMatchObject({ bytesReceived: 100, rcvFinDone: true });
    bench.run(300);
    expect(bench.take().at(-1)).toMatchObject({ flags: 'A', ack: peer.seq });
  });

  it('is completed by text when the ACK before it was lost, out of order too', () => {
    const { bench, peer } = halfOpen(profile);
    const first = peer.build('PA', { payload: text(50) });
    peer.send('PA', { payload: text(50, 50) });
    expect(bench.take().at(-1)?.ack).toBe((peer.seq - 100) >>> 0);
    bench.give(first);
    expect(accepted(bench)).toMatchObject({ bytesReceived: 100 });
  });

  it('asks again, twice as late each time, and is forgotten without a word', () => {
    const { bench } = halfOpen(profile);
    const times: number[] = [];
    const startUs = bench.nowUs;
    bench.run(400_000);
    for (const { flags, timeUs } of bench.take() as (Segment & { timeUs: number })[]) {
      expect(flags).toBe('SA');
      times.push(Math.round((timeUs - startUs) / 1e6));
    }
    const expected = profile === 'linux' ? [1, 3, 7, 15, 31] : [1, 3, 7, 15, 31, 63, 127];
    expect(times).toEqual(expected);
    expect([queued(bench), bench.stack.tcp.connections.size, accepted(bench)]).toEqual([0, 0, null]);
  });

  it('acknowledges what lies outside its window, and nothing of it counts', () => {
    const { bench, peer } = halfOpen(profile);
    // Text each time; what could be an answer to the answer once in a while.
    for (let times = 0; times < 2; times++) {
      peer.send('PA', { seq: (peer.seq + 100_000) >>> 0, payload: text(10) });
      expect(bench.takeOne()).toMatchObject({ flags: 'A', ack: peer.seq });
    }
    peer.send('A', { seq: (peer.seq + 100_000) >>> 0 });
    expect(bench.takeOne()).toMatchObject({ flags: 'A', ack: peer.seq });
    peer.send('A', { seq: (peer.seq + 100_000) >>> 0 });
    expect([bench.take(), queued(bench)]).toEqual([[], 1]);
  });

  it('drops what is older than its SYN (PAWS), with an ACK', () => {
    const { bench, peer } = halfOpen(profile, MSS_1460, 1_000_000);
    peer.timestamp = 999_999;
    peer.send('A', { seq: peer.seq });
    expect(bench.takeOne()).toMatchObject({ flags: 'A', ack: peer.seq });
    expect([queued(bench), bench.stack.counters.tcpExt.PAWSEstab]).toEqual([1, 1]);
    peer.timestamp = 1_000_001;
    peer.send('A');
    expect(accepted(bench)).toMatchObject({ tsRecent: 1_000_001 });
  });

  it('a SYN that is new in the window ends it', () => {
    const { bench, peer } = halfOpen(profile);
    peer.send('S', { seq: (peer.seq + 1000) >>> 0 });
    expect(bench.take().map(({ flags }) => flags)).toEqual(profile === 'linux' ? ['RA'] : []);
    expect(queued(bench)).toBe(0);
  });

  it('goes with its listener: silently on Linux, with a RST by the RFC', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen(80);
    const peers = [1_001, 1_002, 1_003].map((port) => new Peer(bench, { port }));
    for (const peer of peers) peer.send('S', { options: MSS_1460 });
    for (const synAck of bench.take()) peers.find(({ port }) => port === synAck.destinationPort)?.accept(synAck);
    listener.close();
    expect(bench.take().map(({ flags }) => flags)).toEqual(profile === 'rfc' ? ['RA', 'RA', 'RA'] : []);
    expect(bench.stack.tcp.connections.size).toBe(0);
    peers[0]?.send('A');
    expect(bench.takeOne()).toMatchObject({ flags: 'R', seq: peers[0]?.ack });
  });

  it('is told to an observer as the state it is', () => {
    const records: ObserverRecord[] = [];
    const bench = new Bench({ profile, observer: { observe: (record) => records.push(record) } });
    bench.listen(80);
    const peer = new Peer(bench);
    peer.send('S', { options: MSS_1460 });
    peer.accept(bench.takeOne());
    peer.send('A');
    const states = records.flatMap((record) => (record.kind === 'state' ? [`${record.from} ${record.to}`] : []));
    expect(states).toEqual(['CLOSED SYN-RECEIVED', 'SYN-RECEIVED ESTABLISHED']);
    const ids = new Set(records.flatMap((record) => ('connectionId' in record ? [record.connectionId] : [])));
    expect(ids.size).toBe(1);
    expect(records.some((record) => record.kind === 'segment-sent' && record.reason === 'syn-ack')).toBe(true);
  });

  it('restores from a snapshot and goes on', () => {
    const { bench, peer } = halfOpen(profile, ALL_OPTIONS);
    const copy = bench.stack.snapshot();
    expect(listenerOf(copy)?.halfOpen).toBe(1);
    expect(copy.nextTimeoutUs()).toBe(bench.stack.nextTimeoutUs());
    peer.send('A');
    expect(listenerOf(copy)?.halfOpen).toBe(1);
  });
});

describe('the crowd in the queue', () => {
  it('old records give up sooner when most of a crowded queue is old', () => {
    const bench = new Bench({ profile: 'linux' });
    bench.listen(80, { backlog: 16 });
    for (let port = 1_000; port < 1_016; port++) new Peer(bench, { port }).send('S', { options: MSS_1460 });
    bench.take();
    bench.run(64_000);
    // 1, 3 and 7 s, as synack_retries says 5 times for a queue that is not crowded.
    expect(bench.take().length).toBeLessThan(16 * 5);
    expect(queued(bench)).toBe(0);
  });

  it('an ICMP error ends a record only with the number that is in flight', () => {
    const bench = new Bench();
    bench.listen(80);
    new Peer(bench).send('S', { options: MSS_1460 });
    const quoted = bench.takePackets()[0]?.bytes.slice() ?? new Uint8Array(0);
    const SEQ_LOW_OCTET = 20 + 7;
    const stale = quoted.slice();
    stale[SEQ_LOW_OCTET] = (stale[SEQ_LOW_OCTET] ?? 0) ^ 1;
    bench.give(buildIcmpError('10.0.0.254', OURS, 3, 3, stale));
    expect([queued(bench), bench.stack.counters.tcpExt.OutOfWindowIcmps]).toEqual([1, 1]);
    // Neither does a message that a SYN-ACK was too big, or one that says nothing final.
    for (const code of [4, 1]) bench.give(buildIcmpError('10.0.0.254', OURS, 3, code, quoted));
    expect(queued(bench)).toBe(1);
    bench.give(buildIcmpError('10.0.0.254', OURS, 3, 3, quoted));
    expect(queued(bench)).toBe(0);
  });
});

describe('text in a SYN (accept_syn_data)', () => {
  it('waits in the record, is acknowledged by the SYN-ACK, and is read after the handshake', () => {
    const bench = new Bench({ profile: 'rfc' });
    const listener = bench.listen(80);
    const peer = new Peer(bench);
    peer.send('SF', { options: MSS_1460, payload: text(300) });
    const synAck = peer.accept(bench.takeOne());
    expect(synAck).toMatchObject({ flags: 'SA', ack: (peer.seq - 1) >>> 0 });
    expect(listener.accept()).toBeNull();
    peer.send('A');
    const socket = listener.accept();
    if (socket === null) throw new Error('nothing to accept');
    expect([socket.stateName, readAll(socket)]).toEqual(['CLOSE-WAIT', text(300)]);
  });

  it('takes room from the window, and no more of it than fits is kept, nor a FIN behind the rest', () => {
    const bench = new Bench({ profile: 'rfc' });
    const listener = new ListenSocket(bench.stack, { port: 80, receiveBufferSize: 1_000 });
    const roomy = new Peer(bench, { port: 40_001 });
    roomy.send('S', { options: MSS_1460, payload: text(300) });
    const empty = new Peer(bench, { port: 40_002 });
    empty.send('S', { options: MSS_1460 });
    const [held, plain] = bench.take();
    expect((plain?.window ?? 0) - (held?.window ?? 0)).toBe(300);
    const greedy = new Peer(bench, { port: 40_003 });
    greedy.send('SF', { options: MSS_1460, payload: text(1_400) });
    const cut = bench.takeOne();
    const taken = plain?.window ?? 0;
    expect([cut.ack, cut.window]).toEqual([(0xffff_fff1 + taken) >>> 0, 0]);
    greedy.ack = (cut.seq + 1) >>> 0;
    greedy.send('A', { seq: cut.ack });
    const socket = listener.accept();
    if (socket === null) throw new Error('nothing to accept');
    expect([socket.stateName, readAll(socket).length]).toEqual(['ESTABLISHED', taken]);
  });
});
