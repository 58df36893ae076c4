/**
 * `npm run bench:net`: `woshou/net` over two virtual hosts. HTTP beside Node's own net over loopback, streams beside the stack
 * alone, the memory of an open socket. Each figure is taken in a process of its own and is the median of several.
 */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import http from 'node:http';
import nodeNet from 'node:net';
import os from 'node:os';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { createNet } from 'woshou/net';
import { Network } from 'woshou/sim';
import { optionsOf } from '../tools/command-line.ts';
import { median } from './median.ts';
import { bulk } from './workloads.ts';

type Net = typeof nodeNet;

const RUNS = 5;
const STREAM_BYTES = 100_000_000;
/** What is measured is the steady state: the engine has compiled what runs. */
const WARM_UP_MS = 1500;
const REQUESTS = 4000;
const SOCKETS = 10_000;
/** The machine's load moves figures of one kind alike: those compared are taken in turn. */
const TARGETS = { httpRatio: 1.5, streamShare: 1 / 3, socketBytes: 8192 };

interface Place {
  readonly server: Net;
  readonly client: Net;
  readonly address: string;
}

/** @param offload false: every packet of 1500 octets is made, carried and taken apart by itself */
function virtualPlace(offload = true): Place {
  const network = new Network({ seed: 1 });
  const a = network.host('a');
  const b = network.host('b');
  network.link(a, b, { plain: true, offload });
  return { client: createNet(a), server: createNet(b), address: network.addressOf('b', { family: 4 }) };
}

const loopback: Place = { server: nodeNet, client: nodeNet, address: '127.0.0.1' };

/** Microseconds of a GET of a small body on a connection that is kept. */
async function httpGet(place: Place): Promise<number> {
  const site = http.createServer((_request, response) => response.end('hello, world\n'));
  const server = place.server.createServer({ noDelay: true }, (socket) => site.emit('connection', socket));
  server.listen(0, place.address === '127.0.0.1' ? '127.0.0.1' : undefined);
  await once(server, 'listening');
  const { port } = server.address() as nodeNet.AddressInfo;
  const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
  const createConnection = (): nodeNet.Socket => place.client.connect({ port, host: place.address, noDelay: true });
  Object.assign(agent, { createConnection });
  const get = (): Promise<void> =>
    new Promise((resolve, reject) => {
      const request = http.get({ agent, host: place.address, port, path: '/' }, (response) => {
        response.resume();
        response.on('end', resolve);
      });
      request.on('error', reject);
    });
  for (let count = 0; count < REQUESTS / 2; count++) await get();
  const startMs = performance.now();
  for (let count = 0; count < REQUESTS; count++) await get();
  const us = ((performance.now() - startMs) * 1000) / REQUESTS;
  agent.destroy();
  server.close();
  site.closeAllConnections();
  return us;
}

/** Megabytes a second from a stream to a stream, checked for their number. */
async function stream(place: Place, bytes: number): Promise<number> {
  const chunk = Buffer.alloc(65_536, 7);
  let received = 0;
  const server = place.server.createServer();
  server.listen(0, place === loopback ? place.address : undefined);
  await once(server, 'listening');
  const { port } = server.address() as nodeNet.AddressInfo;
  const client = place.client.connect({ port, host: place.address });
  const [socket] = (await once(server, 'connection')) as [nodeNet.Socket];
  const startMs = performance.now();
  const sink = new Writable({
    write(data: Buffer, _encoding, done): void {
      received += data.length;
      done();
    },
  });
  const arriving = pipeline(socket, sink);
  for (let sent = 0; sent < bytes; sent += chunk.length) {
    if (!client.write(chunk.subarray(0, Math.min(chunk.length, bytes - sent)))) await once(client, 'drain');
  }
  client.end();
  client.resume();
  await arriving;
  const seconds = (performance.now() - startMs) / 1000;
  if (received !== bytes) throw new Error(`${received} of ${bytes} octets arrived`);
  server.close();
  return bytes / 1e6 / seconds;
}

async function warmStream(place: Place): Promise<number> {
  for (const endMs = performance.now() + WARM_UP_MS; performance.now() < endMs; ) await stream(place, STREAM_BYTES / 4);
  return stream(place, STREAM_BYTES);
}

/** Heap of an open socket, its stream and its share of the stack; bytes. */
async function socketMemory(place: Place): Promise<number> {
  const gc = (globalThis as { gc?: () => void }).gc;
  if (gc === undefined) throw new Error('run node with --expose-gc to measure memory');
  const kept: nodeNet.Socket[] = [];
  const server = place.server.createServer((socket) => {
    socket.on('data', (data) => socket.write(data));
    kept.push(socket);
  });
  server.listen(0);
  await once(server, 'listening');
  const { port } = server.address() as nodeNet.AddressInfo;
  const open = async (): Promise<void> => {
    const client = place.client.connect({ port, host: place.address });
    kept.push(client);
    client.write('x');
    await once(client, 'data');
  };
  for (let count = 0; count < 100; count++) await open();
  const first = kept.length;
  gc();
  const before = memoryUse();
  while (kept.length < first + SOCKETS) await open();
  gc();
  const bytes = (memoryUse() - before) / (kept.length - first);
  for (const socket of kept) socket.destroy();
  server.close();
  return bytes;
}

function memoryUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

const WORK: Record<string, () => Promise<number>> = {
  'http-woshou': () => httpGet(virtualPlace()),
  'http-node': () => httpGet(loopback),
  'stream-woshou': () => warmStream(virtualPlace()),
  'stream-packets': () => warmStream(virtualPlace(false)),
  'stream-node': () => warmStream(loopback),
  'stream-stack': async () => {
    bulk(1500, WARM_UP_MS / 1000);
    return bulk(1500, 1) / 8e6;
  },
  'memory-woshou': () => socketMemory(virtualPlace()),
};

function sample(name: string): number {
  const script = fileURLToPath(import.meta.url);
  const runner = fileURLToPath(new URL('../scripts/ts.mjs', import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--expose-gc', runner, script, '--sample', name], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`${name} failed:\n${stderr}`);
  return Number(stdout.trim().split('\n').at(-1));
}

function medians(names: readonly string[], runs: number): number[] {
  const taken = names.map((): number[] => []);
  for (let run = 0; run < runs; run++) for (const [index, name] of names.entries()) taken[index]?.push(sample(name));
  return taken.map(median);
}

function main(): void {
  console.log(`${os.cpus()[0]?.model.trim()} · ${os.cpus().length} CPUs · Node ${process.version}`);
  const [ours = 0, node = 0] = medians(['http-woshou', 'http-node'], RUNS);
  const verdict = (isGood: boolean): string => (isGood ? 'reached' : 'missed');
  console.log(
    `HTTP GET, kept connection: ${ours.toFixed(0)} us, Node over loopback ${node.toFixed(0)} us: ` +
      `${(ours / node).toFixed(2)} of at most ${TARGETS.httpRatio}: ${verdict(ours / node <= TARGETS.httpRatio)}`,
  );
  const kinds = ['stream-woshou', 'stream-packets', 'stream-stack', 'stream-node'];
  const [streams = 0, packets = 0, stack = 0, loop = 0] = medians(kinds, RUNS);
  console.log(
    `100 MB through streams: ${streams.toFixed(0)} MB/s, the stack alone ${stack.toFixed(0)} MB/s: ` +
      `${(streams / stack).toFixed(2)} of at least ${TARGETS.streamShare.toFixed(2)}: ${verdict(streams / stack >= TARGETS.streamShare)}; ` +
      `packet by packet ${packets.toFixed(0)} MB/s (${(packets / stack).toFixed(2)}), Node over loopback ${loop.toFixed(0)} MB/s`,
  );
  const [bytes = 0] = medians(['memory-woshou'], 1);
  console.log(
    `${SOCKETS} open sockets: ${bytes.toFixed(0)} bytes each, at most ${TARGETS.socketBytes}: ${verdict(bytes <= TARGETS.socketBytes)}`,
  );
}

const USAGE = `usage: npm run bench:net -- [options]
  --sample NAME  one figure alone, in this process: ${Object.keys(WORK).join(' ')}`;

const { sample: only } = optionsOf(USAGE, () => {
  const { values } = parseArgs({
    options: { sample: { type: 'string' }, help: { type: 'boolean', default: false } },
  });
  if (values.sample !== undefined && WORK[values.sample] === undefined)
    throw new Error(`--sample takes one of ${Object.keys(WORK).join(', ')}`);
  return values;
});
const work = WORK[only ?? ''];
if (work === undefined) main();
else {
  console.log(String(await work()));
  process.exit(0);
}
