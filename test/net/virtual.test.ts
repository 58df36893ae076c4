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

async function readAll(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of socket) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

describe('over a bad link', () => {
  it.each([1, 2, 3])('both directions arrive whole, seed %i', async (seed) => {
    const link = { seed, time: 'virtual', lossRate: 0.03, delayMs: 20 } as const;
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
    network.hostNamed('server').stack.filter.drop({ protocol: 'tcp' });
    const client = clientNet.connect({ port: 80, host: address });
    const [error] = (await once(client, 'error')) as [NodeJS.ErrnoException];
    expect(error.message).toBe(`connect ETIMEDOUT ${address}:80`);
  });
});
