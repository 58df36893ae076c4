/** A stack described: what `ss` and `nstat` are told, at every stage of a connection. */
import { describe, expect, it } from 'vitest';
import { StackPair } from '../../test/support/stack-pair.ts';
import { DatagramSocket, ListenSocket, StreamSocket } from '../socket/index.ts';
import { describeCounters, describeSockets, type SocketDescription } from './describe.ts';
import type { Stack } from './stack.ts';

function states(stack: Stack): string[] {
  return describeSockets(stack).sockets.map(({ state }) => state);
}

function only(stack: Stack, state: string, nowUs?: number): SocketDescription {
  const found = describeSockets(stack, nowUs).sockets.filter((socket) => socket.state === state);
  if (found.length !== 1 || found[0] === undefined) throw new Error(`${found.length} sockets in ${state}`);
  return found[0];
}

describe('describeSockets', () => {
  it('of a listener: what waits and how much may', () => {
    const pair = new StackPair();
    new ListenSocket(pair.b, { port: 80, backlog: 5 });
    expect(only(pair.b, 'LISTEN')).toMatchObject({
      receiveQueue: 0,
      sendQueue: 5,
      localPort: 80,
      family: 0,
      tcp: null,
    });
    StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 });
    pair.flush();
    expect(only(pair.b, 'LISTEN')).toMatchObject({ receiveQueue: 1, sendQueue: 5, listen: { halfOpen: 0 } });
  });

  it('of a connection: the life of its queues and timers', () => {
    const pair = new StackPair();
    const listener = new ListenSocket(pair.b, { port: 80 });
    const client = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 });
    pair.filter = { passes: () => false };
    pair.run(pair.nowUs + 1_500_000);
    // The SYN counts as one, and it was sent again once so far.
    expect(only(pair.a, 'SYN-SENT')).toMatchObject({ sendQueue: 1, timer: { name: 'on', retries: 1 } });
    pair.filter = null;
    pair.run(pair.nowUs + 1_500_000);
    const server = listener.accept();
    if (server === null) throw new Error('nothing to accept');
    client.write(new Uint8Array(100));
    pair.flush();
    expect(only(pair.b, 'ESTABLISHED')).toMatchObject({
      receiveQueue: 100,
      remoteAddress: '10.0.0.1',
      remotePort: client.localPort,
    });
    pair.run(pair.nowUs + 100_000);
    const open = only(pair.a, 'ESTABLISHED');
    expect(open).toMatchObject({ sendQueue: 0, timer: null });
    expect(open.tcp).toMatchObject({ bytesSent: 100, bytesAcked: 100, totalRetrans: 2, sndMss: 1448, unacked: 0 });
    server.read(new Uint8Array(100));
    client.setKeepAlive({ idleMs: 5000 });
    expect(only(pair.a, 'ESTABLISHED').timer).toMatchObject({ name: 'keepalive', retries: 0 });
    client.close();
    pair.flush();
    server.close();
    pair.flush();
    const waiting = only(pair.a, 'TIME-WAIT', pair.nowUs + 10_000_000);
    expect(waiting.timer?.name).toBe('timewait');
    expect(waiting.timer?.expiresMs).toBeCloseTo(50_000, -2);
    expect(states(pair.b)).toEqual(['LISTEN']);
  });

  it('of a closed window: the persist timer, and what could not be sent', () => {
    const pair = new StackPair();
    new ListenSocket(pair.b, { port: 80, receiveBufferSize: 4096 });
    const client = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 });
    pair.flush();
    client.write(new Uint8Array(10_000));
    pair.run(pair.nowUs + 700_000);
    const stuck = only(pair.a, 'ESTABLISHED');
    expect(stuck.timer?.name).toBe('persist');
    expect(stuck.sendQueue).toBeGreaterThan(5000);
    expect(stuck.tcp?.notsentBytes).toBe(stuck.sendQueue);
  });

  it('of datagram sockets', () => {
    const pair = new StackPair();
    new DatagramSocket(pair.a, { port: 53 });
    expect(only(pair.a, 'CLOSED')).toMatchObject({
      protocol: 'udp',
      localPort: 53,
      remoteAddress: '',
      receiveQueue: 0,
    });
  });

  it('changes nothing and is plain data', () => {
    const pair = new StackPair();
    new ListenSocket(pair.b, { port: 80 });
    const first = describeSockets(pair.b);
    expect(JSON.parse(JSON.stringify(first))).toEqual(first);
    expect(describeSockets(pair.b)).toEqual(first);
  });
});

describe('describeCounters', () => {
  it('has the groups of the kernel, as copies', () => {
    const pair = new StackPair();
    const before = describeCounters(pair.a);
    StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: 80 });
    pair.flush();
    expect(before.groups.Tcp?.ActiveOpens).toBe(0);
    expect(describeCounters(pair.a).groups.Tcp).toMatchObject({ ActiveOpens: 1, AttemptFails: 1, InSegs: 1 });
    expect(Object.keys(before.groups)).toEqual(expect.arrayContaining(['Ip', 'Icmp', 'Tcp', 'Udp', 'TcpExt', 'Ip6']));
  });
});
