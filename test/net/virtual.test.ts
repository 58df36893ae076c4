/** `woshou/net` on virtual networks: loss, resets, crashes, time, and what keeps a process alive. */
import { AsyncLocalStorage } from 'node:async_hooks';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { createNet, streamSocketOf } from '../../src/net/index.ts';
import { NodeEventLoop } from '../../src/node/event-loop.ts';
import { Network, pumpOf } from '../../src/sim/index.ts';
import { listen, virtualPair } from './both.ts';

afterEach(() => {
  vi.useRealTimers();
});

function pattern(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31 + (index >> 8)) & 255));
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Not by `for await`: that destroys the socket at the end, with what is still to be written. */
async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on('data', (chunk) => chunks.push(chunk));
  await once(socket, 'end');
  return Buffer.concat(chunks);
}

describe('over a bad link', () => {
  it.each([1, 2, 3])('both directions arrive whole, seed %i', async (seed) => {
    const link = { seed, time: 'virtual', loss: 0.03, delayMs: 20 } as const;
    const { server: serverNet, client: clientNet, address } = virtualPair(link);
    const up = pattern(400_000);
    const down = pattern(300_000).reverse();
    const server = serverNet.createServer({ allowHalfOpen: true });
    const port = await listen(server);
    const client = clientNet.connect({ port, host: address, allowHalfOpen: true });
    const [socket] = (await once(server, 'connection')) as [Socket];
    client.end(up);
    socket.end(down);
    const [atServer, atClient] = await Promise.all([readAll(socket), readAll(client)]);
    expect(digest(atServer)).toBe(digest(up));
    expect(digest(atClient)).toBe(digest(down));
    expect([client.bytesWritten, client.bytesRead]).toEqual([up.length, down.length]);
    server.close();
    await once(server, 'close');
  });

  it('a reader that does not read stops the writer', async () => {
    const { server: serverNet, client: clientNet, address } = virtualPair();
    const server = serverNet.createServer({ pauseOnConnect: true });
    const port = await listen(server);
    const client = clientNet.connect({ port, host: address });
    const [socket] = (await once(server, 'connection')) as [Socket];
    const bytes = 64 << 20;
    expect(client.write(Buffer.alloc(bytes))).toBe(false);
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(socket.bytesRead).toBe(0);
    const held = streamSocketOf(client)?.unacknowledgedLength ?? 0;
    expect(held).toBeGreaterThan(0);
    expect(client.writableLength).toBe(bytes);
    socket.resume();
    await once(client, 'drain');
    client.destroy();
    await once(socket, 'close');
    server.close();
  });
});

describe('when a machine fails', () => {
  it('small writes that have to wait arrive as they were, whatever other sockets write meanwhile', async () => {
    const { server: serverNet, client: clientNet, address } = virtualPair();
    const accepted: Socket[] = [];
    const server = serverNet.createServer({ pauseOnConnect: true }, (socket) => accepted.push(socket));
    const port = await listen(server);
    const text = ['häüß ', 'abcdefg ', '0123456789 '];
    const clients = text.map(() => clientNet.connect({ port, host: address }));
    while (accepted.length < text.length) await once(server, 'connection');
    const written = text.map(() => '');
    const write = (index: number): void => {
      const piece = (text[index] ?? '').repeat(400);
      // Strings and octets in one write, as HTTP corks its head and its body.
      clients[index]?.cork();
      clients[index]?.write(piece);
      clients[index]?.write(Buffer.from(piece));
      clients[index]?.uncork();
      written[index] += piece + piece;
    };
    for (let round = 0; round < 200; round++) for (const index of clients.keys()) write(index);
    expect(clients.map(({ writableLength }) => writableLength).filter((length) => length === 0)).toEqual([]);
    for (const client of clients) client.end();
    const arrived = await Promise.all(accepted.map((socket) => readAll(socket.resume())));
    expect(arrived.map(digest).sort()).toEqual(written.map((all) => digest(Buffer.from(all))).sort());
    server.close();
  });

  it('a peer that has crashed is noticed by whoever writes', async () => {
    const { network, server: serverNet, client: clientNet, address } = virtualPair({ time: 'virtual' });
    const server = serverNet.createServer();
    const port = await listen(server);
    const client = clientNet.connect({ port, host: address });
    await once(client, 'connect');
    network.hostNamed('server').crash();
    client.write('hello?');
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.message).toMatch(/^(?:read|write) (?:ETIMEDOUT|EHOSTUNREACH)$/);
    expect(network.nowMs).toBeGreaterThan(10_000);
  });

  it('a peer that has booted again answers with a RST', async () => {
    const { network, server: serverNet, client: clientNet, address } = virtualPair({ time: 'virtual' });
    const server = serverNet.createServer();
    const port = await listen(server);
    const client = clientNet.connect({ port, host: address });
    await once(client, 'connect');
    const host = network.hostNamed('server');
    host.crash();
    host.restart();
    client.write('hello?');
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error).toMatchObject({ code: 'ECONNRESET', syscall: 'read', message: 'read ECONNRESET' });
    // The port is free in the new life.
    const again = serverNet.createServer((socket) => socket.end('here'));
    await new Promise<void>((resolve) => again.listen(port, resolve));
    const second = clientNet.connect({ port, host: address });
    expect((await readAll(second)).toString()).toBe('here');
    again.close();
  });

  it('keep-alive notices a peer that is silent for good', async () => {
    const { network, server: serverNet, client: clientNet, address } = virtualPair({ time: 'virtual' });
    const server = serverNet.createServer();
    const port = await listen(server);
    const client = clientNet.connect({ port, host: address, keepAlive: true, keepAliveInitialDelay: 5000 });
    await once(client, 'connect');
    network.hostNamed('server').freeze();
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.message).toMatch(/^read (?:ETIMEDOUT|EHOSTUNREACH)$/);
    // Five seconds of idleness, ten probes a second apart.
    expect(network.nowMs).toBeLessThan(30_000);
  });

  it('nobody answers: ETIMEDOUT with the address', async () => {
    const { network, client: clientNet, address } = virtualPair({ time: 'virtual' });
    network.hostNamed('server').stack.filter.add({ protocol: 'tcp', verdict: 'drop' });
    const client = clientNet.connect({ port: 80, host: address });
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.message).toBe(`connect ETIMEDOUT ${address}:80`);
  });
});

describe('addresses and names', () => {
  it('IPv6, and IPv4 as a socket of both families shows it', async () => {
    const { network, server: serverNet, client: clientNet, address } = virtualPair();
    const server = serverNet.createServer((socket) => socket.end(`${socket.remoteAddress} ${socket.remoteFamily}`));
    const port = await listen(server);
    const seen = async (host: string): Promise<string> =>
      (await readAll(clientNet.connect({ port, host, allowHalfOpen: false }))).toString();
    expect(await seen(address)).toBe(`::ffff:${network.addressOf('client', { family: 4 })} IPv6`);
    expect(await seen(network.addressOf('server', { family: 6 }))).toBe(
      `${network.addressOf('client', { family: 6 })} IPv6`,
    );
    expect(await seen(`::ffff:${address}`)).toBe(`::ffff:${network.addressOf('client', { family: 4 })} IPv6`);
    expect(await seen('server')).toMatch(/IPv6$/);
    server.close();
  });

  it('a name nobody knows', async () => {
    const { client: clientNet } = virtualPair();
    const client = clientNet.connect({ port: 80, host: 'nobody.example' });
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException & { hostname: string }];
    expect(error).toMatchObject({
      code: 'ENOTFOUND',
      errno: -3008,
      syscall: 'getaddrinfo',
      hostname: 'nobody.example',
    });
  });

  it('happy eyeballs: an address where nobody is gives way to the next', async () => {
    const { server: serverNet, client: clientNet, address } = virtualPair();
    const server = serverNet.createServer((socket) => socket.end('here'));
    const port = await listen(server, address);
    const addresses = ['fd00:0:0:1::99', address].map((one) => ({ address: one, family: one.includes(':') ? 6 : 4 }));
    const client = clientNet.connect({
      port,
      host: 'both',
      autoSelectFamily: true,
      autoSelectFamilyAttemptTimeout: 50,
      lookup: (_name, _options, callback) => callback(null, addresses),
    });
    expect((await readAll(client)).toString()).toBe('here');
    expect(client.autoSelectFamilyAttemptedAddresses).toEqual([`fd00:0:0:1::99:${port}`, `${address}:${port}`]);
    server.close();
  });

  it('pipes and descriptors are not of this host', async () => {
    const { client: clientNet, server: serverNet } = virtualPair();
    const client = clientNet.connect('/run/some.sock');
    expect((await once(client, 'error'))[0]).toMatchObject({ code: 'ENOENT', address: '/run/some.sock' });
    const server = serverNet.createServer().listen('/run/some.sock');
    expect((await once(server, 'error'))[0]).toMatchObject({ code: 'ENOTSUP', syscall: 'listen' });
    const onDescriptor = serverNet.createServer().listen({ fd: 3 });
    expect((await once(onDescriptor, 'error'))[0]).toMatchObject({ code: 'ENOTSOCK', syscall: 'listen' });
  });
});

describe('in a program', () => {
  it('carries http both ways, with a connection that is kept', async () => {
    const { server: serverNet, client: clientNet, address } = virtualPair();
    const site = http.createServer((request, response) => {
      request.pipe(response);
    });
    let connections = 0;
    const server = serverNet.createServer({ allowHalfOpen: true }, (socket) => {
      connections++;
      site.emit('connection', socket);
    });
    const port = await listen(server);
    const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
    Object.assign(agent, { createConnection: () => clientNet.connect({ port, host: address }) });
    for (const body of ['one', 'two', 'x'.repeat(300_000)]) {
      const request = http.request({ agent, host: address, port, method: 'POST' });
      request.end(body);
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      let text = '';
      for await (const chunk of response.setEncoding('utf8')) text += chunk;
      expect(text).toBe(body);
    }
    expect(connections).toBe(1);
    agent.destroy();
    server.close();
    await once(server, 'close');
  });

  it('a socket is an instance of its own net, with and without new', () => {
    const { server: serverNet, client: clientNet } = virtualPair();
    const call = clientNet.Socket as unknown as () => Socket;
    expect(call()).toBeInstanceOf(clientNet.Socket);
    expect(new clientNet.Socket()).not.toBeInstanceOf(serverNet.Socket);
    class Own extends clientNet.Socket {}
    expect(new Own()).toBeInstanceOf(clientNet.Socket);
    expect((clientNet as unknown as { Stream: unknown }).Stream).toBe(clientNet.Socket);
    expect([clientNet.isIP('::1'), clientNet.isIPv4('1.2.3.4')]).toEqual([6, true]);
  });

  it('fake timers reach setTimeout of a socket, not the network', async () => {
    const { server: serverNet, client: clientNet, address } = virtualPair();
    const server = serverNet.createServer((socket) => socket.resume());
    const port = await listen(server);
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setImmediate', 'queueMicrotask'] });
    const client = clientNet.connect({ port, host: address });
    await once(client, 'connect');
    let idle = 0;
    client.setTimeout(60_000, () => idle++);
    vi.advanceTimersByTime(59_000);
    client.write('still here');
    vi.advanceTimersByTime(59_000);
    expect(idle).toBe(0);
    vi.advanceTimersByTime(2000);
    expect(idle).toBe(1);
    client.destroy();
    server.close();
    await once(server, 'close');
  });

  it('AsyncLocalStorage goes along from connect to data', async () => {
    const { server: serverNet, client: clientNet, address } = virtualPair();
    const server = serverNet.createServer((socket) => socket.pipe(socket));
    const port = await listen(server);
    const storage = new AsyncLocalStorage<string>();
    const seen = await Promise.all(
      ['a', 'b', 'c'].map((name) =>
        storage.run(name, async () => {
          const client = clientNet.connect({ port, host: address });
          client.write(name);
          const store = await new Promise((resolve) => client.on('data', () => resolve(storage.getStore())));
          client.destroy();
          return store;
        }),
      ),
    );
    expect(seen).toEqual(['a', 'b', 'c']);
    server.close();
  });

  it('promises and ticks of one event are done before the next', async () => {
    const { server: serverNet, client: clientNet, address } = virtualPair();
    const order: string[] = [];
    const server = serverNet.createServer((socket) => {
      socket.on('data', (data) => {
        order.push(`data ${data}`);
        process.nextTick(() => order.push(`tick ${data}`));
        void Promise.resolve().then(() => order.push(`promise ${data}`));
        socket.destroy();
      });
    });
    const port = await listen(server);
    const clients = ['1', '2', '3'].map((name) => clientNet.connect({ port, host: address }).end(name));
    await Promise.all(clients.map((client) => once(client.resume(), 'close')));
    expect(order).toEqual(['1', '2', '3'].flatMap((name) => [`data ${name}`, `tick ${name}`, `promise ${name}`]));
    server.close();
  });

  it('keeps the process alive while something is open and refed, and no longer', async () => {
    const network = new Network({ seed: 1 });
    const [a, b] = [network.host('a'), network.host('b')];
    network.link(a, b);
    const pump = pumpOf(network, new NodeEventLoop(), { time: 'real' });
    const serverNet = createNet(b);
    const clientNet = createNet(a);
    const server = serverNet.createServer((socket) => socket.pipe(socket));
    expect(pump.referenceCount).toBe(0);
    const port = await listen(server);
    expect(pump.referenceCount).toBe(1);
    server.unref();
    expect(pump.referenceCount).toBe(0);
    server.ref();
    const client = clientNet.connect({ port, host: network.addressOf('b') });
    client.write('x');
    await once(client, 'data');
    expect(pump.referenceCount).toBe(3);
    client.unref();
    expect(pump.referenceCount).toBe(2);
    // The programs of a crashed machine are gone.
    b.crash();
    expect(pump.referenceCount).toBe(0);
    server.close();
    client.destroy();
    expect(pump.referenceCount).toBe(0);
    expect((server.address() as AddressInfo | null) === null).toBe(true);
  });
});
