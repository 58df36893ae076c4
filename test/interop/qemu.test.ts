/**
 * Ethernet of QEMU itself, without a guest and without root: its `-netdev user` network, with a TCP of its own, behind each kind of
 * socket `-netdev` offers. What our stack sends to 10.0.2.2 comes out of QEMU as a connection to this machine's loopback.
 */
import { spawn } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { Device } from '../../src/node/device.ts';
import { openQemuDgram, openQemuStream } from '../../src/node/qemu.ts';
import { DeviceHost } from '../support/device-hosts.ts';
import { hasCommand } from './namespace.ts';

const PROGRAM = 'qemu-system-x86_64';
const BYTES = 2_000_000;
const UDP = { ours: 47_201, theirs: 47_202 };

/** What `-netdev` says, and the device for it; the one that listens is opened first. */
const KINDS: Record<
  string,
  { netdev: (path: string) => string; open: (path: string) => Promise<Device>; isAfter?: true }
> = {
  'stream, QEMU connects': {
    netdev: (path) => `stream,id=s0,server=off,addr.type=unix,addr.path=${path}`,
    open: (path) => openQemuStream({ at: path }),
  },
  'stream, QEMU listens': {
    netdev: (path) => `stream,id=s0,server=on,addr.type=unix,addr.path=${path}`,
    open: (path) => untilThere(() => openQemuStream({ at: path, role: 'connect' })),
    isAfter: true,
  },
  'dgram on Unix sockets': {
    netdev: (path) => `dgram,id=s0,local.type=unix,local.path=${path}.q,remote.type=unix,remote.path=${path}`,
    open: (path) => openQemuDgram({ local: path, remote: `${path}.q` }),
  },
  'dgram on UDP': {
    netdev: () =>
      `dgram,id=s0,local.type=inet,local.host=127.0.0.1,local.port=${UDP.theirs},` +
      `remote.type=inet,remote.host=127.0.0.1,remote.port=${UDP.ours}`,
    open: () => openQemuDgram({ local: { port: UDP.ours }, remote: { port: UDP.theirs } }),
  },
};

async function untilThere(open: () => Promise<Device>): Promise<Device> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await open();
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

const reason = hasCommand(PROGRAM) ? '' : ` (skipped: ${PROGRAM} is not installed)`;
// Skipped, with the reason in the title, without QEMU.
describe.skipIf(reason !== '')(`Ethernet of QEMU${reason}`, () => {
  let folder = '';
  let server: Server;
  let release: (() => Promise<void>) | null = null;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'woshou-qemu-'));
    server = createServer({ allowHalfOpen: true }, (socket) => socket.on('error', () => {}).pipe(socket));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  });

  afterEach(async () => {
    await release?.();
    release = null;
  });

  afterAll(() => {
    server.close();
    rmSync(folder, { recursive: true, force: true });
  });

  /** QEMU without a machine: its user network and our end in one hub. */
  async function start(name: string): Promise<DeviceHost> {
    const kind = KINDS[name];
    if (kind === undefined) throw new Error(name);
    const path = join(folder, `net${Object.keys(KINDS).indexOf(name)}`);
    const early = kind.isAfter === undefined ? kind.open(path) : null;
    const hub = ['-netdev', 'hubport,id=h0,hubid=0,netdev=s0', '-netdev', 'hubport,id=h1,hubid=0,netdev=u0'];
    const nothing = ['-machine', 'none', '-display', 'none', '-nodefaults', '-monitor', 'none', '-serial', 'none'];
    const args = [...nothing, '-netdev', kind.netdev(path), '-netdev', 'user,id=u0', ...hub];
    const child = spawn(PROGRAM, args, { stdio: 'ignore' });
    const ended = once(child, 'exit');
    release = async () => {
      child.kill();
      await ended;
    };
    const host = new DeviceHost(await (early ?? kind.open(path)), '10.0.2.15/24');
    const kill = release;
    release = async () => {
      await kill();
      host.close();
    };
    return host;
  }

  it.each(Object.keys(KINDS))('%s: two megabytes to an echo behind it and back, every byte right', async (name) => {
    const host = await start(name);
    const { port } = server.address() as AddressInfo;
    const socket = host.net.connect({ host: '10.0.2.2', port, allowHalfOpen: true });
    const sent = randomBytes(BYTES);
    const back = createHash('sha256');
    socket.on('data', (data: Buffer) => back.update(data));
    socket.end(sent);
    await once(socket, 'end');
    expect(back.digest('hex')).toBe(createHash('sha256').update(sent).digest('hex'));
    expect(host.device.statistics).toMatchObject({ malformedFrames: 0 });
  });

  it.each(['stream, QEMU connects', 'stream, QEMU listens'])(
    '%s: the device says when QEMU has ended',
    async (name) => {
      const host = await start(name);
      await release?.();
      release = null;
      for (let turn = 0; turn < 100 && host.failures.length === 0; turn++) {
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
      expect(host.device.isClosed).toBe(true);
    },
  );

  it('gives up waiting when told so, and leaves no socket behind', async () => {
    const at = join(folder, 'never');
    const controller = new AbortController();
    const opening = openQemuStream({ at, signal: controller.signal });
    controller.abort();
    await expect(opening).rejects.toThrow(/abort/i);
    // The path is free again.
    const other = new AbortController();
    const again = openQemuStream({ at, signal: other.signal });
    await expect(openQemuStream({ at })).rejects.toMatchObject({ code: 'ERR_DEVICE_BUSY' });
    other.abort();
    await expect(again).rejects.toThrow(/abort/i);
  });
});
