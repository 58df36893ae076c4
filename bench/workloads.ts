/** The work that is measured, on two stacks in one process. Every byte is verified where bytes move. */
import { ListenSocket, StreamSocket } from 'woshou';
import { BenchPair } from './pair.ts';

const PORT = 80;

function open(pair: BenchPair, listener: ListenSocket): [StreamSocket, StreamSocket] {
  const client = StreamSocket.connect(pair.a, { remoteAddress: '10.0.0.2', remotePort: listener.port, noDelay: true });
  pair.settle();
  const server = listener.accept();
  if (server === null) throw new Error(`the handshake failed: ${client.stateName}`);
  server.noDelay = true;
  return [client, server];
}

/** Moves data one way for about `seconds`; returns bits per second. The receiver compares what it reads. */
export function bulk(mtu: number, seconds: number): number {
  const pair = new BenchPair({ mtu });
  const listener = new ListenSocket(pair.b, { port: PORT });
  const [client, server] = open(pair, listener);
  const chunk = 65_536;
  const pattern = Uint8Array.from({ length: chunk }, (_, index) => (index * 31 + 7) & 255);
  const expected = Buffer.concat([pattern, pattern]);
  const into = new Uint8Array(chunk);
  let sent = 0;
  let received = 0;
  const start = process.hrtime.bigint();
  let elapsed = 0;
  while (elapsed < seconds) {
    for (let turn = 0; turn < 64; turn++) {
      pair.tick();
      sent += client.write(pattern, sent % chunk, chunk - (sent % chunk));
      pair.exchange();
      const count = server.read(into);
      const at = received % chunk;
      // Compared as one block: the memcmp is part of the figure, as a user's own look at the data would be.
      if (Buffer.compare(into.subarray(0, count), expected.subarray(at, at + count)) !== 0) {
        throw new Error(`wrong bytes at ${received}`);
      }
      received += count;
    }
    elapsed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  return (received * 8) / elapsed;
}

/** One octet there and back, again and again; returns round trips per second. */
export function roundTrips(seconds: number): number {
  const pair = new BenchPair({ mtu: 1500 });
  const listener = new ListenSocket(pair.b, { port: PORT });
  const [client, server] = open(pair, listener);
  const octet = new Uint8Array(1);
  let count = 0;
  const start = process.hrtime.bigint();
  let elapsed = 0;
  while (elapsed < seconds) {
    for (let turn = 0; turn < 1000; turn++) {
      pair.tick();
      octet[0] = count & 255;
      client.write(octet);
      pair.exchange();
      if (server.read(octet) !== 1) throw new Error('the octet did not arrive');
      server.write(octet);
      pair.exchange();
      if (client.read(octet) !== 1 || octet[0] !== (count & 255)) throw new Error('the octet did not come back');
      count++;
    }
    elapsed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  return count / elapsed;
}

/** Connects, closes both ends in order, next; returns connections per second. */
export function connects(seconds: number): number {
  const pair = new BenchPair({ mtu: 1500, settings: { tcp: { max_tw_buckets: 100_000 } } });
  // TIME-WAIT holds a port for each closed connection: one listener would run out of them within the second.
  const listeners = Array.from({ length: 64 }, (_, index) => new ListenSocket(pair.b, { port: PORT + index }));
  let count = 0;
  const start = process.hrtime.bigint();
  let elapsed = 0;
  while (elapsed < seconds) {
    for (const listener of listeners) {
      pair.tick();
      const [client, server] = open(pair, listener);
      client.close();
      pair.exchange();
      server.close();
      pair.settle();
      if (server.stateName !== 'CLOSED') throw new Error(`the server's end is ${server.stateName}`);
      while (pair.a.pollEvent() !== null);
      while (pair.b.pollEvent() !== null);
      count++;
    }
    elapsed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  return count / elapsed;
}

/** Connections opened before counting begins: the code that opens them is compiled by then, and is nobody's memory. */
const WARM_UP = 500;
/** Every timer of a spell of work has run out. */
const REST_MS = 1_200;

/** Heap of one idle connection, both ends, after 1 kB each way and a second of rest; bytes. Needs --expose-gc. */
export function idleMemory(connections: number): number {
  const gc = (globalThis as { gc?: () => void }).gc;
  if (gc === undefined) throw new Error('run node with --expose-gc to measure memory');
  const pair = new BenchPair({ mtu: 1500 });
  const listener = new ListenSocket(pair.b, { port: PORT });
  const kept: StreamSocket[] = [];
  talk(pair, listener, WARM_UP, kept);
  rest(pair);
  gc();
  const before = memoryUse();
  talk(pair, listener, connections, kept);
  rest(pair);
  gc();
  const after = memoryUse();
  if (kept.some((socket) => socket.stateName !== 'ESTABLISHED')) throw new Error('a connection did not stay open');
  return (after - before) / connections;
}

/** Opens connections that say 1 kB each way. */
function talk(pair: BenchPair, listener: ListenSocket, connections: number, kept: StreamSocket[]): void {
  const data = new Uint8Array(1024);
  for (let index = 0; index < connections; index++) {
    pair.tick();
    const [client, server] = open(pair, listener);
    client.write(data);
    server.write(data);
    pair.settle();
    client.read(data);
    server.read(data);
    kept.push(client, server);
    while (pair.a.pollEvent() !== null);
    while (pair.b.pollEvent() !== null);
  }
}

function rest(pair: BenchPair): void {
  const end = Date.now() + REST_MS;
  while (Date.now() < end) {
    pair.tick();
    pair.settle();
  }
}

function memoryUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}
