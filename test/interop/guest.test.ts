/**
 * A Linux guest of QEMU and our stack in this process, on the two ends of a Unix socket: HTTP both ways by hash, and connections
 * that end in every way from either side. Without root.
 */
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, get } from 'node:http';
import type { AddressInfo, Server, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TunHost } from '../../src/cli/tun-host.ts';
import { describeCounters, describeSockets } from '../../src/stack/describe.ts';
import { damagedFrames, noTshark, repeatedSegments } from '../support/tshark.ts';
import { Guest } from './guest.ts';
import { findGuestKernel } from './guest-image.ts';
import { explainedRepeats } from './station.ts';

const kernel = findGuestKernel();
const obstacle = typeof kernel === 'string' ? kernel : null;
const OCTETS = 2_000_000;
const OURS = ['10.9.0.2', 'fd00:9::2'];
const THEIRS = ['10.9.0.3', 'fd00:9::3'];

function hashOf(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

// Skipped, with the reason in the title, where QEMU, busybox or the kernel's package cannot be had.
describe.skipIf(obstacle !== null)(`a Linux guest${obstacle === null ? '' : ` (skipped: ${obstacle})`}`, () => {
  const data = randomBytes(OCTETS);
  let folder: string;
  let host: TunHost;
  let guest: Guest;

  beforeAll(async () => {
    if (typeof kernel === 'string') throw new Error(kernel);
    folder = mkdtempSync(join(tmpdir(), 'woshou-guest-'));
    const path = join(folder, 'net.sock');
    const opening = TunHost.open({
      name: 'host',
      kind: `qemu:${path}`,
      addresses: ['10.9.0.2/24', 'fd00:9::2/64'],
      peers: [],
      profile: 'linux',
      pcap: join(folder, 'wire.pcapng'),
      onCaptureFailed: (error) => console.error(error),
      onGone: () => {},
    });
    guest = Guest.start(kernel, folder, path, ['10.9.0.3/24', 'fd00:9::3/64']);
    host = await opening;
    await guest.booted();
    const making = await guest.run(`head -c ${OCTETS} /dev/urandom > /www/data; httpd -p 80 -h /www`);
    expect(making).toEqual({ code: 0, output: '' });
  });

  afterAll(async () => {
    await guest?.end();
    host?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** Listens on a port of ours for one test. */
  async function listen(onConnection: (socket: Socket) => void): Promise<{ server: Server; port: number }> {
    const server = host.net.createServer({ allowHalfOpen: true }, onConnection);
    server.listen(0);
    await once(server, 'listening');
    return { server, port: (server.address() as AddressInfo).port };
  }

  async function fetch(address: string): Promise<string> {
    const createConnection = () => host.net.connect({ host: address, port: 80 });
    const [response] = await once(get(`http://${inUrl(address)}/data`, { createConnection }), 'response');
    const hash = createHash('sha256');
    response.on('data', (piece: Buffer) => hash.update(piece));
    await once(response, 'end');
    return hash.digest('hex');
  }

  /** States of connections of ours with this port at one end. */
  function states(port: number): string[] {
    return describeSockets(host.stack, host.driver.nowUs())
      .sockets.filter(
        ({ localPort, remotePort, remoteAddress }) => remoteAddress !== '' && [localPort, remotePort].includes(port),
      )
      .map(({ state }) => state);
  }

  it.each(OURS)('the guest fetches two megabytes from our server at %s, every one right', async (address) => {
    const site = createServer((_request, response) => response.end(data));
    const { server, port } = await listen((socket) => void site.emit('connection', socket));
    const { code, output } = await guest.run(`wget -q -O - http://${inUrl(address)}:${port}/ | sha256sum`);
    expect({ code, output }).toEqual({ code: 0, output: `${hashOf(data)}  -` });
    server.close();
  });

  it.each(THEIRS)('our client fetches two megabytes from the guest at %s, every one right', async (address) => {
    const { output } = await guest.run('sha256sum /www/data');
    expect(await fetch(address)).toBe(output.split(' ')[0]);
  });

  it('both at the same time', async () => {
    const { server, port } = await listen((socket) => socket.resume().end(data));
    const [theirs, ...ours] = await Promise.all([
      guest.run(`nc 10.9.0.2 ${port} </dev/null | sha256sum; sha256sum /www/data`),
      fetch('10.9.0.3'),
      fetch('fd00:9::3'),
    ]);
    const [got, sent] = theirs.output.split('\n').map((line) => line.split(' ')[0]);
    expect([got, ours]).toEqual([hashOf(data), [sent, sent]]);
    server.close();
  });

  it('the guest closes first: what we say afterwards still arrives, and the guest waits in TIME-WAIT', async () => {
    const { server, port } = await listen((socket) => {
      let heard = '';
      socket.on('data', (piece) => {
        heard += piece;
      });
      socket.on('end', () => socket.end(`you said ${heard}`));
    });
    expect(await guest.run(`echo hello | nc 10.9.0.2 ${port}`)).toEqual({ code: 0, output: 'you said hello' });
    expect((await guest.run(`netstat -tan | grep ':${port} '`)).output).toMatch(/TIME_WAIT/);
    expect(states(port)).toEqual([]);
    server.close();
  });

  it('we close first: then we are the ones in TIME-WAIT', async () => {
    const socket = host.net.connect({ host: '10.9.0.3', port: 80 });
    await once(socket, 'connect');
    socket.resume().end();
    await once(socket, 'close');
    expect(states(80)).toContain('TIME-WAIT');
    expect((await guest.run("netstat -tan | grep -c 'ESTAB\\|CLOSE_WAIT'")).output).toBe('0');
  });

  it('we reset: the guest’s reader is told, its connection is gone', async () => {
    const { server, port } = await listen((socket) => socket.once('data', () => socket.resetAndDestroy()));
    const resets = "awk '/^Tcp: [0-9]/ { print $9 }' /proc/net/snmp";
    const before = Number((await guest.run(resets)).output);
    const { code, output } = await guest.run(`wget -O - http://10.9.0.2:${port}/`);
    expect([code, output]).toEqual([1, expect.stringContaining('reset by peer')]);
    expect((await guest.run(`netstat -tan | grep ':${port} '`)).output).toBe('');
    expect(Number((await guest.run(resets)).output)).toBe(before + 1);
    server.close();
  });

  it('the guest resets, for it ends with octets unread: our socket is told', async () => {
    const { server, port } = await listen((socket) => void socket.write(data));
    const connected = once(server, 'connection') as Promise<[Socket]>;
    // What nobody reads fills the pipe, then nc, then its socket.
    await guest.run(`sleep 1000 | nc 10.9.0.2 ${port} | sleep 1000 &`);
    const [socket] = await connected;
    const unread = `netstat -tan | awk '/:${port} / { print ($2 > 0) }'`;
    await expect.poll(async () => (await guest.run(unread)).output, { timeout: 20_000 }).toBe('1');
    const failed = new Promise((resolve) => socket.once('error', resolve));
    await guest.run('killall -9 nc; killall sleep');
    expect(await failed).toMatchObject({ code: 'ECONNRESET' });
    expect(states(port)).toEqual([]);
    server.close();
  });

  it('nobody listens: refused both ways', async () => {
    const { code, output } = await guest.run('wget -q -O - http://10.9.0.2:81/');
    expect([code, output]).toEqual([1, expect.stringContaining('Connection refused')]);
    const socket = host.net.connect({ host: '10.9.0.3', port: 81 });
    const [error] = await new Promise<unknown[]>((resolve) => socket.once('error', (...errors) => resolve(errors)));
    expect(error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('tshark finds the wire clean: nothing sent again but by a timer that is counted', async () => {
    const explained = explainedRepeats(describeCounters(host.stack).groups);
    await guest.end();
    host.close();
    if (noTshark !== null) {
      console.log(`the wire was not looked at: ${noTshark}`);
      return;
    }
    const ours = 'ip.src==10.9.0.2 or ipv6.src==fd00:9::2';
    expect(await damagedFrames(join(folder, 'wire.pcapng'), ours)).toEqual([]);
    expect((await repeatedSegments(join(folder, 'wire.pcapng'), ours)).length).toBeLessThanOrEqual(explained);
  });
});
