/** A graceful shutdown: who closes first, who is cut off, and when. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createNet } from 'woshou/net';
import { Network } from 'woshou/test';
import 'woshou/test/vitest';
import { graceful } from '../shutdown.mjs';

let network;

beforeEach(() => {
  vi.useFakeTimers();
  network = new Network();
  network.link(network.host('client'), network.host('server'), { delayMs: 10 });
  network.useTimers(vi);
});

afterEach(() => vi.useRealTimers());

/** A client that has connected, and what became of it. */
async function connected() {
  const socket = createNet(network.hostNamed('client')).connect({ host: 'server', port: 7 });
  const ended = new Promise((resolve) => {
    socket.on('close', () => resolve('closed')).on('error', (error) => resolve(error.code));
  });
  socket.resume();
  await new Promise((resolve) => socket.once('connect', resolve));
  await network.advance(50);
  return { socket, ended };
}

it('ends idle connections with a FIN of the server, and nobody is reset', async () => {
  const server = createNet(network.hostNamed('server')).createServer();
  const { stop } = graceful(server.listen(7), 10_000);
  const { ended } = await connected();
  expect(await stop()).toBe(0);
  expect(await ended).toBe('closed');
  expect(network).toHaveClosedBy('server');
  expect(network).not.toHaveBeenReset();
});

it('waits for an answer under way, but not for longer than its grace', async () => {
  const server = createNet(network.hostNamed('server')).createServer((socket) => {
    socket.isBusy = true;
    socket.on('error', () => {});
  });
  const { stop } = graceful(server.listen(7), 10_000);
  await connected();
  const startMs = network.nowMs;
  expect(await stop()).toBe(1);
  expect(network.nowMs - startMs).toBe(10_000);
  await network.advance(100);
});
