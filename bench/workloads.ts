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
export function bulk(mtu: number, seconds: number, segmentation = false): number {
  const pair = new BenchPair({ mtu, segmentation });
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

/** How long a TIME-WAIT lasts under the profile `linux`. */
const TIME_WAIT_US = 60e6;

/**
 * Connects, closes both ends in order, next, with `waiting` connections in TIME-WAIT all the while: as many end as begin, because the
 * clock moves on by a share of their minute with each connection. Returns connections per second.
 */
export function connects(seconds: number, waiting: number): number {
  const street = new BusyStreet(waiting);
  // A tenth more, so that the first have ended.
  for (let turn = 0; turn < waiting * 1.1; turn += street.ports) street.turn();
  let count = 0;
  const start = process.hrtime.bigint();
  let elapsed = 0;
  while (elapsed < seconds) {
    street.turn();
    count += street.ports;
    elapsed = Number(process.hrtime.bigint() - start) / 1e9;
  }
  if (Math.abs(street.waiting - waiting) > street.ports) throw new Error(`${street.waiting} are in TIME-WAIT`);
  return count / elapsed;
}

/** Two stacks; the one closes first and keeps its connections, the other listens on many ports, since each has so many peers. */
class BusyStreet {
  readonly ports = 64;
  private readonly pair: BenchPair;
  private readonly listeners: ListenSocket[];
  private nowUs = 0;
  private readonly stepUs: number;

  constructor(waiting: number) {
    this.stepUs = TIME_WAIT_US / waiting;
    const settings = { tcp: { max_tw_buckets: waiting * 2 } };
    this.pair = new BenchPair({ mtu: 1500, settings, clock: () => this.nowUs });
    this.listeners = Array.from(
      { length: this.ports },
      (_, index) => new ListenSocket(this.pair.b, { port: PORT + index }),
    );
  }

  get waiting(): number {
    return this.pair.a.tcp.timeWaitCount;
  }

  /** A connection to each port. */
  turn(): void {
    const { pair } = this;
    for (const listener of this.listeners) {
      this.nowUs += this.stepUs;
      pair.tick();
      const [client, server] = open(pair, listener);
      client.close();
      pair.exchange();
      server.close();
      pair.settle();
      if (server.stateName !== 'CLOSED') throw new Error(`the server's end is ${server.stateName}`);
      while (pair.a.pollEvent() !== null);
      while (pair.b.pollEvent() !== null);
    }
  }
}

/** Every timer of a spell of work has run out. */
const REST_MS = 1_200;

/** Heap of one idle connection, both ends, after 1 kB each way and a second of rest; bytes. Needs --expose-gc. */
export function idleMemory(connections: number, warmUp: number): number {
  const gc = (globalThis as { gc?: () => void }).gc;
  if (gc === undefined) throw new Error('run node with --expose-gc to measure memory');
  const pair = new BenchPair({ mtu: 1500 });
  const listener = new ListenSocket(pair.b, { port: PORT });
  const kept: StreamSocket[] = [];
  talk(pair, listener, warmUp, kept);
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
