/** A retry policy of half a minute, tested in milliseconds, with node:test. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, it, mock } from 'node:test';
import { createNet } from 'woshou/net';
import { Network } from 'woshou/test';
import { expectNetwork } from 'woshou/test/node';
import { ask } from '../ask.mjs';

let network;
let server;

beforeEach(() => {
  mock.timers.enable({ apis: ['setTimeout', 'setInterval', 'Date'] });
  network = new Network();
  network.link(network.host('client'), network.host('server'), { delayMs: 20 });
  network.useTimers(mock.timers);
  server = createNet(network.hostNamed('server')).createServer((socket) => socket.pipe(socket));
  server.listen(7);
});

afterEach(() => {
  server.close();
  network.dispose();
  mock.timers.reset();
});

const askServer = () => ask(createNet(network.hostNamed('client')), { host: 'server', port: 7 }, 'hello');

it('gets its answer at once where nothing is wrong', async () => {
  assert.equal(await askServer(), 'hello');
  expectNetwork(network).toHaveClosedBy('client');
  expectNetwork(network).not.toHaveRetransmitted();
});

it('asks again until a server that refuses is back', async () => {
  const refused = network.hostNamed('server').fault('refused', { port: 7 });
  setTimeout(() => refused.remove(), 5000);
  assert.equal(await askServer(), 'hello');
  assert.equal(network.connections.filter((one) => one.isHandshaken).length, 1);
  expectNetwork(network.hostNamed('client')).toHaveBeenReset('network');
  assert.ok(network.nowMs > 7000);
});

it('gives up after five attempts at a server that takes everything and says nothing', async () => {
  network.hostNamed('server').fault('stall', { port: 7 });
  await assert.rejects(askServer(), /no answer in time/);
  assert.equal(network.nowMs, 40_000);
});
