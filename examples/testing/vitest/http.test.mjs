/** node:http on simulated hosts: a time-out, a slow network, a refusal. */
import http from 'node:http';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createNet } from 'woshou/net';
import { Network } from 'woshou/test';
import 'woshou/test/vitest';
import { fetchJson } from '../fetch-json.mjs';

let network;
let listener;

beforeEach(() => {
  vi.useFakeTimers();
  network = new Network();
  network.link(network.host('client'), network.host('server'), { delayMs: 25 });
  network.useTimers(vi);
  const web = http.createServer((_request, response) => response.end('{"answer":42}'));
  // The web server takes its connections from a simulated host instead of the machine.
  listener = createNet(network.hostNamed('server')).createServer((socket) => web.emit('connection', socket));
  listener.listen(80);
});

afterEach(() => {
  listener.close();
  vi.useRealTimers();
});

const get = () => fetchJson(createNet(network.hostNamed('client')), { host: 'server', port: 80, path: '/' }, 10_000);

it('answers', async () => {
  expect(await get()).toEqual({ answer: 42 });
  expect(network.nowMs).toBeLessThan(500);
});

it('answers late on a slow network', async () => {
  network.linkNamed('client-server').fault('slow', { delayMs: 2000 });
  expect(await get()).toEqual({ answer: 42 });
  expect(network.nowMs).toBeGreaterThan(8000);
});

it('times out after exactly ten seconds when the answer never comes', async () => {
  const stalled = network.hostNamed('server').fault('stall', { port: 80 });
  await expect(get()).rejects.toThrow('no answer within 10000 ms');
  expect(network.nowMs).toBe(10_000);
  expect(stalled.hits).toBeGreaterThan(1);
});

it('fails at once when nobody listens', async () => {
  network.hostNamed('server').fault('refused', { port: 80 });
  await expect(get()).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});
