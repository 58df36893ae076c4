/** The queues of a listener: half-open connections, connections nobody has accepted, and what happens when they are full. */
import { describe, expect, it } from 'vitest';
import { ListenSocket } from '../../src/socket/index.ts';
import { Bench, MSS_1460, Peer, type Profile, text } from '../requirements/bench.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];

function syn(bench: Bench, port: number): Peer {
  const peer = new Peer(bench, { port });
  peer.send('S', { options: MSS_1460 });
  return peer;
}

/** SYN and SYN,ACK; the last ACK is for the caller to send. */
function halfOpen(bench: Bench, port: number): Peer {
  const peer = syn(bench, port);
  peer.accept(bench.takeOne());
  return peer;
}

function open(bench: Bench, port: number): Peer {
  const peer = halfOpen(bench, port);
  peer.send('A');
  return peer;
}

describe.each(PROFILES)('%s: a listener', (profile) => {
  it('hands out connections in the order in which they were finished', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen(80);
    const first = halfOpen(bench, 1_001);
    open(bench, 1_002);
    first.send('A');
    expect([listener.accept(), listener.accept()].map((socket) => socket?.remotePort)).toEqual([1_002, 1_001]);
    expect(listener.accept()).toBeNull();
  });

  it('keeps one more finished connection than the backlog says, and drops the SYN after that', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen(80, { backlog: 2 });
    for (const port of [1_001, 1_002, 1_003]) open(bench, port);
    syn(bench, 1_004);
    expect(bench.take()).toEqual([]);
    expect(bench.stack.counters.tcpExt.ListenOverflows).toBe(1);
    expect(bench.stack.counters.tcpExt.ListenDrops).toBe(1);
    expect(listener.accept()).not.toBeNull();
    open(bench, 1_004);
    expect([1, 2, 3, 4].map(() => listener.accept()?.remotePort)).toEqual([1_002, 1_003, 1_004, undefined]);
  });

  it('bounds what is half open', () => {
    const bench = new Bench({ profile, settings: { tcp: { syncookies: 0 } } });
    bench.listen(80, { backlog: 2 });
    for (const port of [1_001, 1_002, 1_003]) halfOpen(bench, port);
    syn(bench, 1_004);
    expect(bench.take()).toEqual([]);
    expect(bench.stack.counters.tcpExt.TCPReqQFullDrop).toBe(1);
    // Those that never finish make room in the end.
    bench.run(300_000);
    bench.take();
    expect(bench.stack.tcp.connections.size).toBe(0);
    halfOpen(bench, 1_005);
  });

  it('a RST makes room among the half open', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen(80, { backlog: 2 });
    const peers = [1_001, 1_002, 1_003].map((port) => halfOpen(bench, port));
    peers[0]?.send('R');
    expect(listener.listener.halfOpen).toBe(2);
    halfOpen(bench, 1_004);
  });

  it('full at the last ACK: the ACK is forgotten and asked for again', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen(80, { backlog: 2 });
    const late = halfOpen(bench, 1_004);
    for (const port of [1_001, 1_002, 1_003]) open(bench, port);
    late.send('A');
    expect(bench.take()).toEqual([]);
    expect(bench.stack.counters.tcpExt.ListenOverflows).toBe(1);
    listener.accept();
    bench.run(1_100);
    expect(bench.takeOne().flags).toBe('SA');
    late.send('PA', { payload: text(10) });
    listener.accept();
    listener.accept();
    expect(listener.accept()).toMatchObject({ remotePort: 1_004, readableLength: 10 });
  });

  it('abort_on_overflow: the last ACK is answered by a RST', () => {
    const bench = new Bench({ profile, settings: { tcp: { abort_on_overflow: true } } });
    bench.listen(80, { backlog: 2 });
    const late = halfOpen(bench, 1_004);
    for (const port of [1_001, 1_002, 1_003]) open(bench, port);
    late.send('A');
    expect(bench.takeOne()).toMatchObject({ flags: 'R', seq: late.ack });
    expect(bench.stack.tcp.connections.size).toBe(3);
  });

  it('somaxconn bounds every backlog', () => {
    const bench = new Bench({ profile, settings: { tcp: { somaxconn: 1 } } });
    const listener = bench.listen(80, { backlog: 1_000 });
    expect(listener.listener.backlog).toBe(1);
    for (const port of [1_001, 1_002]) open(bench, port);
    syn(bench, 1_003);
    expect(bench.take()).toEqual([]);
  });

  it('max_syn_backlog bounds the half open of every listener', () => {
    const bench = new Bench({ profile, settings: { tcp: { max_syn_backlog: 1, syncookies: 0 } } });
    bench.listen(80, { backlog: 1_000 });
    for (const port of [1_001, 1_002]) halfOpen(bench, port);
    syn(bench, 1_003);
    expect(bench.take()).toEqual([]);
  });

  it('a connection reset in the queue is handed out with its error', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen(80);
    open(bench, 1_001).send('R');
    const socket = listener.accept();
    expect(socket?.stateName).toBe('CLOSED');
    expect(socket?.error?.code).toBe('ECONNRESET');
    expect(bench.stack.tcp.connections.size).toBe(0);
  });

  it('data and FIN that came before accept are there', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen(80);
    const peer = open(bench, 1_001);
    peer.send('PA', { payload: text(100) });
    peer.send('FA');
    const socket = listener.accept();
    expect([socket?.stateName, socket?.readableLength]).toEqual(['CLOSE-WAIT', 100]);
  });

  it('closed: what nobody accepted is reset, what was accepted lives', () => {
    const bench = new Bench({ profile });
    const listener = bench.listen(80);
    open(bench, 1_001);
    const kept = listener.accept();
    const waiting = open(bench, 1_002);
    bench.take();
    listener.close();
    expect(bench.take()).toMatchObject([{ flags: 'RA', destinationPort: 1_002, seq: waiting.ack }]);
    expect(kept?.stateName).toBe('ESTABLISHED');
    syn(bench, 1_003);
    expect(bench.takeOne().flags).toBe('RA');
  });

  it('passes on what its connections start with', () => {
    const bench = new Bench({ profile });
    const listener = new ListenSocket(bench.stack, {
      port: 80,
      noDelay: true,
      keepAliveMs: 5_000,
      trafficClass: 0x48,
      receiveBufferSize: 9_000,
      sendBufferSize: 7_000,
    });
    const peer = syn(bench, 1_001);
    const synAck = bench.takeOne();
    // Linux offers whole segments.
    expect([synAck.tos, synAck.window]).toEqual([0x48, profile === 'linux' ? 6 * 1460 : 9_000]);
    peer.accept(synAck);
    peer.send('A');
    const socket = listener.accept();
    // SO_SNDBUF: Linux doubles it.
    const sendLimit = profile === 'linux' ? 14_000 : 7_000;
    expect([socket?.noDelay, socket?.receiveBufferSize, socket?.sendBufferSize]).toEqual([true, 9_000, sendLimit]);
    bench.run(5_010);
    expect(bench.takeOne()).toMatchObject({ flags: 'A', seq: (peer.ack - 1) >>> 0 });
  });

  it('two listeners on one port: the one with the address is asked first', () => {
    const bench = new Bench({ profile });
    const own = bench.listen(80, { address: '10.0.0.1' });
    open(bench, 1_001);
    expect(own.accept()?.remotePort).toBe(1_001);
  });
});
