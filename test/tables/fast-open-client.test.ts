/** RFC 7413 sections 4.1.3 and 4.2: what an active open asks for, sends with its SYN, and learns from the answer. */
import { describe, expect, it } from 'vitest';
import { StreamSocket } from '../../src/socket/index.ts';
import { SocketEvent } from '../../src/socket/socket-event.ts';
import { CaState, FastOpenFailure } from '../../src/tcp/index.ts';
import { Bench, MSS_1460, OURS, type Profile, readAll, THEIRS, text } from '../requirements/bench.ts';
import { buildIcmpError, type Segment } from '../requirements/wire.ts';
import { COOKIE, cookieOf, EXPERIMENT, FAST_OPEN, FastClient } from '../support/fast-open.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const MSS_SMALL = [2, 4, 2, 0];

describe.each(PROFILES)('%s: an active open with Fast Open', (profile) => {
  // RFC 7413 §4.2.1 R7413-16: without a cookie an ordinary SYN that asks for one; the data follows the handshake.
  it('asks for a cookie when it has none', () => {
    const client = new FastClient(profile);
    const socket = client.open({ data: text(10) });
    const { syn, peer } = client.syn();
    expect([syn.flags, cookieOf(syn), syn.payload.length]).toEqual(['S', [], 0]);
    // Padded with no-operations at the end, as Linux does.
    expect([...syn.optionBytes.slice(-4)]).toEqual([FAST_OPEN, 2, 1, 1]);
    expect(socket.tcb?.fastOpen?.failure).toBe(FastOpenFailure.cookieUnavailable);
    peer.send('SA', { options: [...MSS_1460, FAST_OPEN, 10, ...COOKIE] });
    expect(client.bench.takeOne().payload).toEqual(text(10));
    expect([client.bench.stack.tcp.fastOpen.cache.size, socket.isSynDataAcked]).toEqual([1, false]);
  });

  // RFC 7413 §4.1.3 R7413-4: with a cookie the data goes at once.
  it('sends data and cookie with the next SYN', () => {
    const client = new FastClient(profile);
    client.learn();
    const { socket, syn, peer } = client.early(text(100));
    expect([cookieOf(syn), syn.payload]).toEqual([COOKIE, text(100)]);
    peer.send('SA', { options: MSS_1460 });
    expect([socket.stateName, socket.isSynDataAcked, socket.unacknowledgedLength]).toEqual(['ESTABLISHED', true, 0]);
    expect([client.counters.TCPFastOpenActive, client.counters.TCPFastOpenActiveFail]).toEqual([1, 0]);
    const third = client.bench.takeOne();
    expect([third.flags, third.payload.length, client.bench.stack.counters.tcp.RetransSegs]).toEqual(['A', 0, 0]);
  });

  it('lets the SYN wait for the first octets, as TCP_FASTOPEN_CONNECT does', () => {
    const client = new FastClient(profile);
    client.learn();
    const socket = client.open();
    client.bench.run(10_000);
    expect([client.bench.take().length, socket.stateName]).toEqual([0, 'SYN-SENT']);
    expect(socket.takeEvents() & SocketEvent.writable).not.toBe(0);
    socket.write(text(3));
    expect(client.syn().syn.payload).toEqual(text(3));
  });

  it('sends the SYN without data when the user will not write', () => {
    const client = new FastClient(profile);
    client.learn();
    const socket = client.open();
    socket.shutdownWrite();
    const { syn, peer } = client.syn();
    expect([cookieOf(syn), syn.payload.length]).toEqual([COOKIE, 0]);
    peer.send('SA', { options: MSS_1460 });
    expect(client.bench.take().map(({ flags }) => flags.includes('F'))).toContain(true);
  });

  it('sends nothing at all when it is closed before', () => {
    const client = new FastClient(profile);
    client.learn();
    const socket = client.open();
    socket.close();
    client.bench.run(10_000);
    expect([client.bench.take(), client.bench.stack.tcp.connections.size]).toEqual([[], 0]);
  });

  // RFC 7413 §4.2.2 R7413-11: the MSS is remembered too: it bounds the data of the SYN.
  it('fills one segment of the size the server took before, less what options may need', () => {
    const client = new FastClient(profile);
    client.learn(COOKIE, {}, MSS_SMALL);
    const small = client.early(text(5_000));
    expect(small.syn.payload.length).toBe(512 - 40);
    small.socket.abort();
    client.learn();
    const { syn, peer, socket } = client.early(text(5_000));
    expect(syn.payload.length).toBe(1460 - 40);
    peer.send('SA', { options: MSS_1460 });
    expect(peer.acknowledgeAll()).toEqual(text(5_000).subarray(1420));
    expect([socket.unacknowledgedLength, client.bench.stack.counters.tcp.RetransSegs]).toEqual([0, 0]);
  });

  // RFC 7413 §4.1.3 R7413-4, R7413-14: one cookie for a pair of addresses.
  it('knows servers by address, not by name of port', () => {
    const client = new FastClient(profile);
    client.learn();
    expect(cookieOf(client.early(text(1), { remotePort: 8080 }).syn)).toEqual(COOKIE);
    client.open({ remoteAddress: '10.0.0.3' });
    expect(cookieOf(client.syn().syn)).toEqual([]);
    client.open({ localAddress: '10.0.0.9' });
    expect(cookieOf(client.syn().syn)).toEqual([]);
  });

  it.each([[4], [6], [16]])('keeps a cookie of %i octets as it is', (length) => {
    const client = new FastClient(profile);
    const cookie = text(length);
    client.learn([...cookie]);
    expect(cookieOf(client.early(text(1)).syn)).toEqual([...cookie]);
  });

  // RFC 7413 §4.1.1 R7413-1: 4 to 16 octets, an even number.
  it.each([
    ['of eighteen octets', [FAST_OPEN, 20, ...text(18)]],
    ['of an odd length', [FAST_OPEN, 7, 1, 2, 3, 4, 5]],
    ['of two octets', [FAST_OPEN, 4, 1, 2]],
    ['of no octets', [FAST_OPEN, 2]],
  ])('does not keep a cookie %s', (_how, option) => {
    const client = new FastClient(profile);
    client.open();
    client.syn().peer.send('SA', { options: [...MSS_1460, ...option] });
    client.bench.take();
    client.open();
    const { syn } = client.syn();
    expect(syn.payload.length).toBe(0);
    expect([cookieOf(syn)?.length ?? 0]).toEqual([0]);
  });

  it('does not keep a cookie that it did not ask for', () => {
    const client = new FastClient(profile);
    client.open({ fastOpen: false });
    client.syn().peer.send('SA', { options: [...MSS_1460, FAST_OPEN, 10, ...COOKIE] });
    expect(client.bench.stack.tcp.fastOpen.cache.size).toBe(0);
  });

  // RFC 7413 §4.1.3 R7413-13: a refusal with a fresh cookie: the data goes again with the third segment, the next SYN has the cookie.
  it('takes a fresh cookie with the refusal of a stale one', () => {
    const client = new FastClient(profile);
    client.learn();
    const { peer, socket } = client.early(text(100));
    const fresh = [9, 9, 9, 9, 9, 9, 9, 9];
    peer.send('SA', { ack: (peer.ack - 100) >>> 0, options: [...MSS_1460, FAST_OPEN, 10, ...fresh] });
    const again = client.bench.takeOne();
    expect([again.flags.replace('P', ''), again.payload]).toEqual(['A', text(100)]);
    expect([socket.isSynDataAcked, socket.tcb?.fastOpen?.failure]).toEqual([false, FastOpenFailure.dataNotAcked]);
    expect([client.counters.TCPFastOpenActive, client.counters.TCPFastOpenActiveFail]).toEqual([0, 1]);
    expect(cookieOf(client.early(text(1)).syn)).toEqual(fresh);
  });

  // RFC 7413 §4.2.2 R7413-7: data that was not taken is sent as if it never had been: nobody lost anything.
  it('does not take unacknowledged data of the SYN for a loss', () => {
    const client = new FastClient(profile);
    client.learn();
    const { peer, socket } = client.early(text(1420));
    peer.send('SA', { ack: (peer.ack - 1420) >>> 0, options: MSS_1460 });
    client.bench.take();
    const { tcb } = socket;
    expect([tcb?.ssthresh, tcb?.caState, client.counters.TCPTimeouts]).toEqual([0x7fffffff, CaState.open, 0]);
    expect(tcb?.cwnd).toBe(14_600);
  });

  it('sends the rest of what was acknowledged in part', () => {
    const client = new FastClient(profile);
    client.learn();
    const { peer, socket } = client.early(text(1000));
    peer.send('SA', { ack: (peer.ack - 400) >>> 0, options: MSS_1460 });
    expect(client.bench.takeOne().payload).toEqual(text(1000).subarray(600));
    expect([socket.isSynDataAcked, client.counters.TCPFastOpenActiveFail]).toEqual([false, 1]);
  });

  // RFC 7413 §4.2.2 R7413-3: the timer repeats the SYN without data and without option.
  it('repeats a SYN without data and option', () => {
    const client = new FastClient(profile);
    client.learn();
    const { syn, peer, socket } = client.early(text(100));
    client.bench.run(1_100);
    const again = client.syn();
    expect([again.syn.seq, again.syn.payload.length, cookieOf(again.syn)]).toEqual([syn.seq, 0, null]);
    peer.send('SA', { ack: (peer.ack - 100) >>> 0, options: MSS_1460 });
    expect(client.bench.takeOne().payload).toEqual(text(100));
    expect(socket.tcb?.fastOpen?.failure).toBe(FastOpenFailure.synRetransmitted);
  });

  it('is content when the first SYN was received after all', () => {
    const client = new FastClient(profile);
    client.learn();
    const { peer, socket } = client.early(text(100));
    client.bench.run(1_100);
    client.bench.take();
    peer.send('SA', { options: MSS_1460 });
    expect(client.bench.takeOne().payload.length).toBe(0);
    expect([socket.isSynDataAcked, client.counters.TCPFastOpenActive]).toEqual([true, 1]);
  });

  it('takes data that comes with the SYN-ACK', () => {
    const client = new FastClient(profile);
    client.learn();
    const { peer, socket } = client.early(text(10));
    peer.send('SA', { options: MSS_1460, payload: text(50) });
    expect([readAll(socket), client.bench.takeOne().ack]).toEqual([text(50), peer.seq]);
  });

  it('is refused by a RST like anybody', () => {
    const client = new FastClient(profile);
    client.learn();
    const { peer, socket } = client.early(text(10));
    peer.send('RA', { seq: 0 });
    expect(socket.error?.code).toBe('ECONNREFUSED');
  });

  it('takes an acknowledgment beyond its data for a mistake', () => {
    const client = new FastClient(profile);
    client.learn();
    const { peer, socket } = client.early(text(10));
    peer.send('SA', { ack: (peer.ack + 1) >>> 0, options: MSS_1460 });
    expect([client.bench.takeOne().flags, socket.stateName]).toEqual(['R', 'SYN-SENT']);
  });

  // RFC 7413 §4.2.2: both at once: an ordinary handshake of two, and the data with its end.
  it('opens with a peer that opens at the same time', () => {
    const client = new FastClient(profile);
    client.learn();
    const { peer, socket, syn } = client.early(text(100));
    peer.ack = (syn.seq + 1) >>> 0;
    peer.send('S', { options: [...MSS_1460, FAST_OPEN, 10, ...COOKIE], payload: text(30) });
    const answer = client.bench.takeOne();
    expect([answer.flags, answer.ack, answer.payload.length, cookieOf(answer)]).toEqual([
      'SA',
      (peer.seq - 30) >>> 0,
      0,
      null,
    ]);
    // Linux takes a SYN,ACK only if it acknowledges everything; an ACK will do.
    if (profile === 'linux') peer.send('A', { seq: (peer.seq - 30) >>> 0 });
    else peer.send('SA', { seq: (peer.seq - 31) >>> 0 });
    expect(socket.stateName).toBe('ESTABLISHED');
    // Linux leaves it to the timer.
    if (profile === 'linux') client.bench.run(1_500);
    const data = client.bench.take().filter(({ payload }) => payload.length > 0);
    expect(data[0]?.payload).toEqual(text(100));
  });

  // RFC 7413 §9 R7413-19: servers older than the RFC answer to the experimental kind only.
  it('asks by the experimental kind where nobody answered the first question, and speaks it from then on', () => {
    const client = new FastClient(profile);
    const ask = (option: readonly number[]): Segment => {
      client.open();
      const { syn, peer } = client.syn();
      peer.send('SA', { options: [...MSS_1460, ...option] });
      client.bench.take();
      return syn;
    };
    ask([]);
    const second = ask([EXPERIMENT, 12, 0xf9, 0x89, ...COOKIE]);
    expect([...(second.options.get(EXPERIMENT) ?? [])]).toEqual([0xf9, 0x89]);
    const { syn } = client.early(text(5));
    expect([...(syn.options.get(EXPERIMENT) ?? [])]).toEqual([0xf9, 0x89, ...COOKIE]);
    expect(syn.payload).toEqual(text(5));
  });

  it('goes back to the standard kind when neither is answered', () => {
    const client = new FastClient(profile);
    const kinds = [1, 2, 3, 4].map(() => {
      client.open();
      const { syn, peer } = client.syn();
      peer.send('SA', { options: MSS_1460 });
      client.bench.take();
      return [...syn.options.keys()].at(-1);
    });
    expect(kinds).toEqual([FAST_OPEN, EXPERIMENT, FAST_OPEN, FAST_OPEN]);
  });

  it('needs no cookie where it is told so', () => {
    for (const [tcp, options] of [
      [{}, { fastOpenNoCookie: true }],
      [{ fastopen: 5 }, { fastOpen: true }],
    ] as const) {
      const { syn } = new FastClient(profile, tcp).early(text(20), options);
      expect([syn.payload, cookieOf(syn)]).toEqual([text(20), null]);
    }
  });

  it('is an ordinary open where the setting says so', () => {
    const client = new FastClient(profile, { fastopen: 2 });
    client.open();
    expect(cookieOf(client.syn().syn)).toBeNull();
  });

  it('lets go without data a SYN that is too large for the path', () => {
    const client = new FastClient(profile);
    client.learn();
    const { packet } = client.early(text(1420));
    client.bench.give(buildIcmpError('10.0.0.77', OURS, 3, 4, packet.bytes, 600));
    const { syn } = client.syn();
    expect([syn.payload.length, cookieOf(syn)]).toEqual([0, null]);
  });

  it('refuses data that does not fit the send buffer', () => {
    const bench = new Bench({ profile });
    expect(() =>
      StreamSocket.connect(bench.stack, {
        remoteAddress: THEIRS,
        remotePort: 80,
        sendBufferSize: 256,
        data: text(profile === 'linux' ? 513 : 257),
      }),
    ).toThrow(/send buffer/);
    expect(bench.stack.tcp.connections.size).toBe(0);
  });

  it('bounds what it remembers', () => {
    const client = new FastClient(profile);
    for (let host = 0; host < 1100; host++) client.learn(COOKIE, { remoteAddress: `10.7.${host >> 8}.${host & 255}` });
    expect(client.bench.stack.tcp.fastOpen.cache.size).toBe(1024);
    client.open({ remoteAddress: '10.7.0.3' });
    expect(cookieOf(client.syn().syn)).toEqual([]);
    client.open({ remoteAddress: '10.7.4.5', data: text(1) });
    expect(cookieOf(client.syn().syn)).toEqual(COOKIE);
  });
});
