/** What the clock of a simulated network waits for: every kind of outside work, by experiment on the Node that runs this. */
import { exec } from 'node:child_process';
import * as crypto from 'node:crypto';
import * as dns from 'node:dns';
import * as fs from 'node:fs';
import * as fsp from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import * as zlib from 'node:zlib';
import { afterAll, afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type CompanionClock, Network, type NetworkPump, pumpOf } from '../sim/index.ts';
import { NodeEventLoop } from './event-loop.ts';

const folder = fs.mkdtempSync(join(tmpdir(), 'woshou-pending-'));
const file = join(folder, 'file');
fs.writeFileSync(file, Buffer.alloc(1 << 20, 'pending '));
const packed = zlib.gzipSync(Buffer.alloc(1 << 20));
const key = crypto.generateKeyPairSync('ed25519');
const aesKey = crypto.subtle.generateKey({ name: 'AES-GCM', length: 128 }, false, ['encrypt']);

/** A timer every ten milliseconds, so that the clock always has somewhere to go. */
class Ticker implements CompanionClock {
  nowUs = 0;
  get nextDueUs(): number {
    return this.nowUs + 10_000;
  }
  advanceTo(timeUs: number): void {
    this.nowUs = timeUs;
  }
}

let network: Network;
let loop: NodeEventLoop;
let pump: NetworkPump;

beforeEach(() => {
  network = new Network();
  loop = new NodeEventLoop();
  pump = pumpOf(network, loop);
});
afterEach(() => pump.stop());
afterAll(() => fs.rmSync(folder, { recursive: true, force: true }));

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const WORK: readonly (readonly [name: string, resource: string, () => Promise<unknown>])[] = [
  ['a file read by callback', 'FSReqCallback', () => promisify(fs.readFile)(file)],
  ['a file read by promise', 'FSReqPromise', () => fsp.readFile(file)],
  [
    'a file opened and closed',
    'FileHandleCloseReq',
    async () => {
      const handle = await fsp.open(file);
      await handle.close();
    },
  ],
  ['a stream of a file', 'FSReqCallback', () => pipeline(fs.createReadStream(file), fs.createWriteStream(`${file}2`))],
  ['scrypt', 'ScryptRequest', () => promisify(crypto.scrypt)('word', 'salt', 32)],
  ['pbkdf2', 'PBKDF2Request', () => promisify(crypto.pbkdf2)('word', 'salt', 1000, 32, 'sha256')],
  ['random bytes', 'RandomBytesRequest', () => promisify(crypto.randomBytes)(1 << 16)],
  ['a pair of keys', 'KeyPairGenRequest', () => promisify(crypto.generateKeyPair)('ec', { namedCurve: 'P-256' })],
  ['a prime', 'RandomPrimeRequest', () => promisify(crypto.generatePrime)(64)],
  ['hkdf', 'DeriveBitsRequest', () => promisify(crypto.hkdf)('sha256', 'key', 'salt', 'info', 32)],
  ['a signature', 'SignRequest', () => promisify(crypto.sign)(null, Buffer.alloc(1 << 16), key.privateKey)],
  ['a web digest', 'HashRequest', () => crypto.subtle.digest('SHA-256', new Uint8Array(1 << 20))],
  [
    'a web cipher',
    'CipherRequest',
    async () => {
      const name = { name: 'AES-GCM', iv: new Uint8Array(12) };
      await crypto.subtle.encrypt(name, await aesKey, new Uint8Array(1 << 20));
    },
  ],
  ['a name', 'GetAddrInfoReqWrap', () => promisify(dns.lookup)('localhost')],
  ['gzip', 'Zlib', () => promisify(zlib.gzip)(Buffer.alloc(1 << 20))],
  ['a stream of gunzip', 'Zlib', () => pipeline([packed], zlib.createGunzip(), fs.createWriteStream(`${file}3`))],
  ['a program', 'ProcessWrap', () => promisify(exec)('exit 0')],
];

describe('the clock stands still for', () => {
  it.each(WORK)('%s (%s)', async (_name, resource, work) => {
    pump.companion = new Ticker();
    await turn();
    await turn();
    const done = work();
    const startMs = network.nowMs;
    await done;
    expect(network.nowMs).toBe(startMs);
    expect([...loop.outsideResources]).toContain(resource);
    for (let turns = 0; turns < 1000 && network.nowMs === startMs; turns++) await turn();
    expect(network.nowMs).toBeGreaterThan(startMs);
  });
});

describe('the clock goes on', () => {
  const goesOn = async (): Promise<void> => {
    pump.companion = new Ticker();
    const startMs = network.nowMs;
    for (let turns = 0; turns < 1000 && network.nowMs === startMs; turns++) await turn();
    expect(network.nowMs).toBeGreaterThan(startMs);
  };

  it('after synchronous work, which nobody calls nondeterministic', async () => {
    crypto.scryptSync('word', 'salt', 32);
    crypto.randomUUID();
    for (let i = 0; i < 500; i++) crypto.randomBytes(16);
    zlib.gzipSync('text');
    fs.readFileSync(file);
    await goesOn();
    expect([...loop.outsideResources]).toEqual([]);
  });

  it('after zlib has failed on bytes that are none', async () => {
    await expect(promisify(zlib.gunzip)(Buffer.from('no gzip at all'))).rejects.toThrow(/incorrect header/);
    await goesOn();
  });

  it('beside a stream of zlib that waits for more', async () => {
    const gunzip = zlib.createGunzip();
    await new Promise((resolve) => gunzip.write(packed.subarray(0, 10), resolve));
    await goesOn();
    gunzip.destroy();
  });

  it('beside a server that listens for real, which is named', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    await goesOn();
    expect([...loop.outsideResources]).toEqual(['TCPServerWrap']);
    await new Promise((resolve) => server.close(resolve));
  });

  it('beside a program that is not referenced', async () => {
    const child = exec('sleep 20');
    for (const handle of [child, child.stdout, child.stderr, child.stdin]) (handle as { unref?(): void }).unref?.();
    await goesOn();
    child.kill();
  });

  it('not while it is held, and then again', async () => {
    pump.hold(1);
    pump.companion = new Ticker();
    for (let turns = 0; turns < 10; turns++) await turn();
    expect(network.nowMs).toBe(0);
    pump.hold(-1);
    await goesOn();
  });
});

describe('the watch', () => {
  it('ends with the last network', async () => {
    pump.stop();
    const before = new Set(loop.outsideResources);
    await fsp.readFile(file);
    expect(new Set(loop.outsideResources)).toEqual(before);
  });
});
