/**
 * The program that runs on every platform: nothing but woshou and what the web has. Each part throws when something is wrong;
 * `run` says what was done, one line a part.
 */
import { type Host, Network } from 'woshou/sim';
import { createConnect, createDirectSockets, createFetch, HttpResponse, serve, type TCPSocket } from 'woshou/web';

const MEBIBYTE = 1 << 20;

function check(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

function same(left: unknown, right: unknown, what: string): void {
  const [a, b] = [JSON.stringify(left), JSON.stringify(right)];
  if (a !== b) throw new Error(`${what}: ${a} instead of ${b}`);
}

/** Octets whose order can be seen. */
function pattern(length: number): Uint8Array<ArrayBuffer> {
  const octets = new Uint8Array(length);
  for (let at = 0; at < length; at++) octets[at] = (at * 31 + (at >> 8)) & 255;
  return octets;
}

function hosts(loss = 0) {
  const network = new Network({ seed: 7 });
  const client = network.host('client');
  const server = network.host('server');
  network.link(client, server, { delayMs: 10, loss });
  return { network, client, server };
}

async function allOf(readable: ReadableStream<Uint8Array>): Promise<Uint8Array> {
  return new Uint8Array(await new Response(readable).arrayBuffer());
}

/** The first connection to port 7 of a host; then the port is closed, or the program would never end. */
async function acceptOne(host: Host): Promise<TCPSocket> {
  const listener = new (createDirectSockets(host).TCPServerSocket)('::', { localPort: 7 });
  const reader = (await listener.opened).readable.getReader();
  const { value } = await reader.read();
  reader.releaseLock();
  await listener.close();
  check(value !== undefined, 'nobody was accepted');
  return value;
}

/** A connection both ends of which are in hand. */
async function pair(loss = 0, options = {}) {
  const { network, client, server } = hosts(loss);
  const accepting = acceptOne(server);
  const near = new (createDirectSockets(client).TCPSocket)('server', 7, options);
  const far = await accepting;
  return { network, near: await near.opened, far: await far.opened, nearSocket: near, farSocket: far };
}

/** One mebibyte there and back over a path that loses one packet in fifty. */
async function echo(): Promise<string> {
  const { client, server, network } = hosts(0.02);
  const echoing = (async () => {
    const { readable, writable } = await (await acceptOne(server)).opened;
    await readable.pipeTo(writable);
  })();
  const socket = createConnect(client)('server:7', { allowHalfOpen: true });
  const sent = pattern(MEBIBYTE);
  const writer = socket.writable.getWriter();
  const writing = (async () => {
    for (let at = 0; at < sent.length; at += 40_000) await writer.write(sent.subarray(at, at + 40_000));
    await writer.close();
  })();
  const got = await allOf(socket.readable);
  await Promise.all([writing, echoing, socket.closed]);
  same(got.length, sent.length, 'octets that came back');
  check(
    got.every((octet, at) => octet === sent[at]),
    'other octets came back',
  );
  return `echo: 1 MiB there and back in ${Math.round(network.nowMs)} ms of virtual time`;
}

/** A reader that does not read stops the writer; a reader with a buffer of its own gets what waits. */
async function backPressure(): Promise<string> {
  const { near, far } = await pair(0, { sendBufferSize: 65_536, receiveBufferSize: 65_536 });
  const size = 8 * MEBIBYTE;
  let isWritten = false;
  const writing = (async () => {
    const writer = near.writable.getWriter();
    await writer.write(new Uint8Array(size).fill(9));
    isWritten = true;
    await writer.close();
  })();
  await new Promise((resolve) => setTimeout(resolve, 100));
  check(!isWritten, 'a write was done although nobody read');
  const reader = far.readable.getReader({ mode: 'byob' });
  let count = 0;
  for (let view = new Uint8Array(50_000); ; ) {
    const { value, done } = await reader.read(view);
    if (done || value === undefined) break;
    check(value.byteOffset === 0 && value.buffer.byteLength === 50_000, 'the buffer was not the one given');
    count += value.length;
    view = new Uint8Array(value.buffer as ArrayBuffer);
  }
  await writing;
  same(count, size, 'octets read');
  return 'back pressure: the writer waits for the reader';
}

/** Octets asked for by a reader that went away go to the next one. */
async function release(): Promise<string> {
  const { near, far } = await pair();
  const first = far.readable.getReader({ mode: 'byob' });
  const lost = first.read(new Uint8Array(100)).catch((error: unknown) => error);
  first.releaseLock();
  check((await lost) instanceof TypeError, 'a read was answered after its lock was released');
  const writer = near.writable.getWriter();
  await writer.write(new TextEncoder().encode('for the next'));
  await writer.close();
  const second = far.readable.getReader();
  let words = '';
  for (let part = await second.read(); !part.done; part = await second.read())
    words += new TextDecoder().decode(part.value);
  same(words, 'for the next', 'what the second reader got');
  return 'release: octets go to the next reader';
}

/** One direction ends, the other goes on. */
async function halfClose(): Promise<string> {
  const { near, far, nearSocket, farSocket } = await pair();
  await near.writable.close();
  same((await allOf(far.readable)).length, 0, 'octets before the end');
  const writer = far.writable.getWriter();
  await writer.write(new TextEncoder().encode('still here'));
  await writer.close();
  same(new TextDecoder().decode(await allOf(near.readable)), 'still here', 'the other direction');
  await Promise.all([nearSocket.closed, farSocket.closed]);
  return 'half close: one direction ends, the other goes on';
}

/** A reset errors both streams of the other side with NetworkError. */
async function reset(): Promise<string> {
  const { client, server } = hosts();
  const accepting = acceptOne(server);
  const socket = createConnect(client)('server:7');
  const far = await accepting;
  const { readable, writable } = await far.opened;
  const reading = readable.getReader().read();
  await socket.writable.abort(new Error('reset on purpose'));
  const names = await Promise.all(
    [reading, writable.getWriter().closed, far.closed].map((promise: Promise<unknown>) =>
      promise.then(
        () => 'no error',
        (error: unknown) => (error instanceof DOMException ? error.name : String(error)),
      ),
    ),
  );
  same(names, ['NetworkError', 'NetworkError', 'NetworkError'], 'errors after a reset');
  const refused = await createConnect(client)('server:8').opened.catch((error: unknown) => error);
  check(
    refused instanceof TypeError && refused.message.startsWith('SocketError: server:8: '),
    `refused: ${String(refused)}`,
  );
  return 'reset: NetworkError on both streams';
}

async function http(): Promise<string> {
  const { client, server } = hosts(0.01);
  const running = serve(server, { port: 80 }, async (request) => {
    const url = new URL(request.url);
    if (url.pathname === '/hello') return new Response(`hello ${request.headers.get('host')}`);
    if (url.pathname === '/moved') return new Response(null, { status: 302, headers: { location: '/hello' } });
    if (url.pathname === '/endless') {
      return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(5000)) }));
    }
    if (url.pathname === '/gzip') {
      const body = new Response('deflated '.repeat(500)).body?.pipeThrough(new CompressionStream('gzip'));
      return new Response(body ?? null, { headers: { 'content-encoding': 'gzip' } });
    }
    if (url.pathname === '/again') {
      const again = new Request(request, { headers: { 'x-again': 'yes' } });
      check(request instanceof Request && !request.signal.aborted, 'a handler is given no Request');
      const words = [again.method, again.headers.get('x-again'), await again.text()].join(' ');
      return new HttpResponse(words, { status: 203, headers: { 'x-kind': 'at hand' } });
    }
    const octets = new Uint8Array(await request.arrayBuffer());
    return Response.json({ method: request.method, length: octets.length, last: octets.at(-1) });
  });
  const fetch = createFetch(client);
  same(await (await fetch('http://server/hello')).text(), 'hello server', 'GET');
  const post = await fetch('http://server/post', { method: 'POST', body: pattern(300_000) });
  same(await post.json(), { method: 'POST', length: 300_000, last: pattern(300_000).at(-1) }, 'POST');
  const again = await fetch('http://server/again', { method: 'PUT', body: 'words' });
  same(
    [again.status, again.headers.get('x-kind'), await again.text()],
    [203, 'at hand', 'PUT yes words'],
    'HttpResponse',
  );
  const moved = await fetch('http://server/moved');
  same([moved.redirected, moved.url, await moved.text()], [true, 'http://server/hello', 'hello server'], 'redirect');
  const head = await fetch('http://server/hello', { method: 'HEAD' });
  same([head.status, await head.text()], [200, ''], 'HEAD');
  if ('CompressionStream' in globalThis) {
    same(await (await fetch('http://server/gzip')).text(), 'deflated '.repeat(500), 'gzip');
  }
  const control = new AbortController();
  const endless = await fetch('http://server/endless', { signal: control.signal });
  const reader = endless.body?.getReader();
  check((await reader?.read())?.value !== undefined, 'no first part of an endless body');
  control.abort();
  const aborted = await (async () => {
    for (;;) if ((await reader?.read())?.done !== false) return null;
  })().catch((error: unknown) => error);
  check(aborted instanceof DOMException && aborted.name === 'AbortError', `abort: ${String(aborted)}`);
  fetch.close();
  await running.shutdown();
  return 'http: GET, POST, PUT, HEAD, redirect, gzip, abort';
}

/** Datagrams, which nobody holds back. */
async function datagrams(): Promise<string> {
  const { client, server } = hosts();
  const bound = new (createDirectSockets(server).UDPSocket)({ localAddress: '0.0.0.0', localPort: 53 });
  const { readable, writable } = await bound.opened;
  const asking = new (createDirectSockets(client).UDPSocket)({ remoteAddress: 'server', remotePort: 53 });
  const { readable: answers, writable: questions } = await asking.opened;
  const asker = questions.getWriter();
  await asker.write({ data: new TextEncoder().encode('who') });
  const listener = readable.getReader();
  const { value } = await listener.read();
  check(value !== undefined && value.remoteAddress !== undefined && value.remotePort !== undefined, 'no question');
  const { remoteAddress, remotePort } = value;
  const answerer = writable.getWriter();
  await answerer.write({ data: new TextEncoder().encode('me'), remoteAddress, remotePort });
  const reader = answers.getReader();
  same(new TextDecoder().decode((await reader.read()).value?.data), 'me', 'the answer');
  for (const lock of [asker, reader, answerer, listener]) lock.releaseLock();
  await Promise.all([asking.close(), bound.close()]);
  return 'datagrams: question and answer';
}

/** Runs every part. @returns one line for each */
export async function run(): Promise<string[]> {
  const lines: string[] = [];
  for (const part of [echo, backPressure, release, halfClose, reset, http, datagrams]) lines.push(await part());
  return lines;
}
