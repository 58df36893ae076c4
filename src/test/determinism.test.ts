/** Runs that use the outside are named; TLS, keyed by a shared secret, is one of them. */
import { scrypt } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import * as tls from 'node:tls';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { createNet } from '../net/index.ts';
import { type Network, withNetwork } from './index.ts';
import './vitest.ts';

/** What a conversation over `createNet` leaves: its capture, and what the network says of it. */
async function conversation(program: (network: Network) => Promise<unknown>): Promise<[Uint8Array, string]> {
  return await withNetwork({ seed: 3 }, async (network) => {
    network.link(network.host('client'), network.host('server'), { delayMs: 10, loss: 0.1 });
    const server = createNet(network.hostNamed('server'))
      .createServer((socket) => socket.pipe(socket))
      .listen(7);
    const socket = createNet(network.hostNamed('client')).connect({ host: 'server', port: 7 });
    await program(network);
    socket.end('hello').resume();
    await new Promise((resolve) => socket.on('close', resolve));
    server.close();
    return [network.toPcapng(), network.determinism];
  });
}

const KEY = { ciphers: 'PSK', minVersion: 'TLSv1.2', maxVersion: 'TLSv1.2' } as const;
const psk = Buffer.alloc(32, 'k');

async function talkTls(network: Network): Promise<void> {
  const secure = tls.createServer({ ...KEY, pskCallback: () => psk }, (socket) => socket.pipe(socket));
  const server = createNet(network.hostNamed('server'))
    .createServer((raw) => secure.emit('connection', raw))
    .listen(8);
  const raw = createNet(network.hostNamed('client')).connect({ host: 'server', port: 8 });
  const pskCallback = (): tls.PSKCallbackNegotation => ({ psk, identity: 'test' });
  const socket = tls.connect({ socket: raw, ...KEY, pskCallback, checkServerIdentity: () => undefined });
  socket.write('secret');
  expect(String(await new Promise((resolve) => socket.once('data', resolve)))).toBe('secret');
  socket.end();
  await new Promise((resolve) => socket.on('close', resolve));
  server.close();
}

describe('a run', () => {
  it('of promises and sockets gives the same capture twice', async () => {
    const [[first, determinism], [second]] = [await conversation(async () => {}), await conversation(async () => {})];
    expect(determinism).toBe('deterministic');
    expect(Buffer.compare(first, second)).toBe(0);
  });

  it.each([
    ['FSReqPromise', () => readFile(new URL(import.meta.url))],
    ['ScryptRequest', () => promisify(scrypt)('word', 'salt', 32)],
    ['TLSWrap', talkTls],
  ])('that uses %s says so', async (name, program) => {
    const [, determinism] = await conversation(program);
    expect(determinism).toMatch(new RegExp(`^not deterministic: .*${name}`));
  });
});
