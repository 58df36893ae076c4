/** A pool of connections meets a server that has lost its memory behind a firewall that says nothing. */
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createNet } from 'woshou/net';
import { Network } from 'woshou/test';
import 'woshou/test/vitest';
import { Pool } from '../pool.mjs';

let network;
let server;
let pool;

beforeEach(() => {
  vi.useFakeTimers();
  // The server's half of the dead connection stays open for ever: that is what half-open means.
  network = new Network({ leaks: 'ignore' });
  network.link(network.host('client'), network.host('server'), { delayMs: 5 });
  network.useTimers(vi);
  server = createNet(network.hostNamed('server')).createServer((socket) => socket.pipe(socket).on('error', () => {}));
  server.listen(7);
  pool = new Pool(createNet(network.hostNamed('client')), { host: 'server', port: 7 });
});

afterEach(() => {
  pool.close();
  server.close();
  vi.useRealTimers();
});

it('uses one connection again and again', async () => {
  for (let i = 0; i < 10; i++) expect(await pool.ask(`line ${i}`)).toBe(`line ${i}`);
  expect(pool.opened).toBe(1);
});

it('leaves a half-open connection after one time-out and opens another', async () => {
  expect(await pool.ask('first')).toBe('first');
  // From here on the old connection is dead in both directions, and nobody says so.
  network.hostNamed('server').fault('half-open', { port: 7 });
  const startMs = network.nowMs;
  expect(await pool.ask('second')).toBe('second');
  expect(network.nowMs - startMs).toBeGreaterThan(2000);
  expect(network.nowMs - startMs).toBeLessThan(2100);
  expect(pool.opened).toBe(2);
  const old = network.connections.find((connection) => connection.isHandshaken);
  expect(old).toHaveRetransmitted();
  expect(old).not.toHaveBeenReset();
});
