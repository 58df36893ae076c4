/** The life of a connection between two stacks: open, both directions, four-way close, TIME-WAIT. */
import { describe, expect, it } from 'vitest';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { StackPair } from '../support/stack-pair.ts';

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function read(socket: StreamSocket): string {
  const into = new Uint8Array(socket.readableLength);
  socket.read(into);
  return new TextDecoder().decode(into);
}

describe.each([
  ['linux', '10.0.0.2'],
  ['rfc', '10.0.0.2'],
  ['linux', 'fd00::2'],
  ['rfc', 'fd00::2'],
] as const)('the life of a connection, profile %s, to %s', (profile, remoteAddress) => {
  it('opens, carries data both ways, closes in four steps and leaves TIME-WAIT', () => {
    const pair = new StackPair({ profile });
    const listener = new ListenSocket(pair.b, { port: 80 });
    const client = StreamSocket.connect(pair.a, { remoteAddress, remotePort: 80 });
    expect(client.stateName).toBe('SYN-SENT');
    pair.flush();
    expect(client.stateName).toBe('ESTABLISHED');
    const server = listener.accept();
    expect(server?.stateName).toBe('ESTABLISHED');
    if (server === null) return;
    expect(client.write(text('hello'))).toBe(5);
    pair.flush();
    expect(read(server)).toBe('hello');
    server.write(text('world'));
    pair.flush();
    expect(read(client)).toBe('world');
    client.close();
    expect(client.stateName).toBe('FIN-WAIT-1');
    pair.run(pair.nowUs + 500_000);
    expect(client.stateName).toBe('FIN-WAIT-2');
    expect(server.stateName).toBe('CLOSE-WAIT');
    expect(server.isReadEnded).toBe(true);
    server.close();
    pair.flush();
    expect(server.stateName).toBe('CLOSED');
    expect(client.stateName).toBe('TIME-WAIT');
    expect(pair.a.tcp.timeWaitCount).toBe(1);
    pair.run(pair.nowUs + 250_000_000);
    expect(pair.a.tcp.timeWaitCount).toBe(0);
    expect(pair.a.tcp.connections.size).toBe(0);
    expect(pair.b.tcp.connections.size).toBe(0);
  });

  it('carries a megabyte each way, byte for byte', () => {
    const pair = new StackPair({ profile });
    const listener = new ListenSocket(pair.b, { port: 80 });
    const client = StreamSocket.connect(pair.a, { remoteAddress, remotePort: 80 });
    pair.flush();
    const server = listener.accept();
    if (server === null) throw new Error('nothing to accept');
    const size = 1 << 20;
    const data = Uint8Array.from({ length: size }, (_, index) => (index * 7 + (index >> 8)) & 255);
    const ends = [client, server].map((socket) => ({ socket, sent: 0, got: new Uint8Array(size), length: 0 }));
    for (let round = 0; round < 10_000 && ends.some((end) => end.length < size); round++) {
      for (const end of ends) {
        if (end.sent < size) end.sent += end.socket.write(data, end.sent, size - end.sent);
        end.length += end.socket.read(end.got, end.length);
      }
      if (pair.flush() === 0) pair.run(pair.nowUs + 50_000);
    }
    // Compared as bytes: an element-by-element diff of a megabyte takes seconds.
    for (const end of ends) expect(Buffer.compare(end.got, data)).toBe(0);
    expect(pair.a.counters.tcp.RetransSegs).toBe(0);
  });
});
