/** A retry policy of half a minute, tested in milliseconds, with jest. Needs NODE_OPTIONS=--experimental-vm-modules. */
import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { createNet } from 'woshou/net';
import { Network } from 'woshou/test';
import 'woshou/test/jest';
import { ask } from '../ask.mjs';

let network;
let server;

beforeEach(() => {
  jest.useFakeTimers();
  network = new Network();
  network.link(network.host('client'), network.host('server'), { delayMs: 20 });
  network.useTimers(jest);
  server = createNet(network.hostNamed('server')).createServer((socket) => socket.pipe(socket));
  server.listen(7);
});

afterEach(() => {
  server.close();
  jest.useRealTimers();
});

const askServer = () => ask(createNet(network.hostNamed('client')), { host: 'server', port: 7 }, 'hello');

it('gets its answer at once where nothing is wrong', async () => {
  expect(await askServer()).toBe('hello');
  expect(network).toHaveClosedBy('client');
  expect(network).not.toHaveRetransmitted();
});

it('asks again until a server that refuses is back', async () => {
  const refused = network.hostNamed('server').fault('refused', { port: 7 });
  setTimeout(() => refused.remove(), 5000);
  expect(await askServer()).toBe('hello');
  expect(network.connections.filter((one) => one.isHandshaken).length).toBe(1);
  expect(network.hostNamed('client')).toHaveBeenReset('network');
  expect(network.nowMs).toBeGreaterThan(7000);
});

it('gives up after five attempts at a server that takes everything and says nothing', async () => {
  network.hostNamed('server').fault('stall', { port: 7 });
  await expect(askServer()).rejects.toThrow('no answer in time');
  expect(network.nowMs).toBe(40_000);
});
