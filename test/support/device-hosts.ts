/** Hosts on devices, and pairs of devices that need no rights: each end of a pair is a whole device of ours. */
import { createHash, type Hash } from 'node:crypto';
import { once } from 'node:events';
import { closeSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { AddressInfo, Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type LinkCapabilities, plainCapabilities } from '../../src/base/link-capabilities.ts';
import { createNet, type Net } from '../../src/net/index.ts';
import { type Addon, AddonIo } from '../../src/node/addon.ts';
import { buildAddon, headersFolder } from '../../src/node/addon-build.ts';
import type { Device } from '../../src/node/device.ts';
import { DriverHost } from '../../src/node/driver-host.ts';
import { SystemTime } from '../../src/node/driver-time.ts';
import { FrameDevice } from '../../src/node/frame-device.ts';
import { DescriptorIo } from '../../src/node/frame-io.ts';
import { MessageIo } from '../../src/node/message-io.ts';
import { loadNative } from '../../src/node/native.ts';
import { loadSocketCalls, Socket as SocketNumber } from '../../src/node/native-sockets.ts';
import { openQemuDgram, openQemuStream } from '../../src/node/qemu.ts';
import { SystemRandom } from '../../src/node/random.ts';
import { segmentInSoftware } from '../../src/node/segmenting-device.ts';
import { Stack } from '../../src/stack/stack.ts';

/** A stack on a device, with Node's net. */
export class DeviceHost {
  readonly net: Net;
  readonly stack: Stack;
  readonly device: Device;
  readonly failures: Error[] = [];
  private readonly host: DriverHost;

  constructor(device: Device, ...addresses: readonly string[]) {
    const time = new SystemTime();
    this.device = device;
    this.stack = new Stack({
      name: device.name,
      random: new SystemRandom(),
      epochUs: time.epochUs,
      settings: { ip: { dadTransmits: 0 } },
    });
    const handler = { onEvent() {}, onDeviceFailed: (_device: Device, error: Error) => void this.failures.push(error) };
    this.host = new DriverHost({ stack: this.stack, time, handler });
    const { capabilities, mac } = device;
    const { id } = this.stack.addInterface({ name: 'dev0', capabilities, ...(mac === null ? {} : { mac }) });
    for (const address of addresses) this.stack.addAddress(id, address);
    this.net = createNet(this.host);
    this.host.driver.attachDevice(device, id);
  }

  close(): void {
    this.host.driver.close();
    this.device.close();
  }
}

/** Two devices, each the wire's other end. */
export interface DevicePair {
  readonly a: Device;
  readonly b: Device;
  release(): void;
}

/** Pairs by name; those of koffi only where koffi is. */
export const DEVICE_PAIRS: Readonly<Record<string, () => Promise<DevicePair>>> = {
  'descriptor without offload': async () => descriptorPair(0, false, false),
  'descriptor with offload': async () => descriptorPair(12, true, true),
  'descriptor with segments in software': async () => {
    const { a, b, release } = descriptorPair(0, false, false);
    return { a: segmentInSoftware(a), b: segmentInSoftware(b), release };
  },
  'descriptor whose other end ignores the offload': async () => descriptorPair(12, true, false),
  ...(canBuildAddon() ? { 'descriptor through the addon': addonPair } : {}),
  'dgram messages': async () => messagePair(false),
  'dgram messages in crowds': async () => messagePair(true),
  'QEMU stream on a Unix socket': () => inFolder(streamPair),
  'QEMU dgram on Unix sockets': () => inFolder((folder) => dgramPair(join(folder, 'a'), join(folder, 'b'))),
  'QEMU dgram on UDP': async () => ({ ...(await dgramPair({ port: 47_101 }, { port: 47_102 })), release() {} }),
};

function descriptorPair(headerLength: 0 | 12, offloadA: boolean, offloadB: boolean): DevicePair {
  const [a, b] = socketPair();
  const make = (name: string, fd: number, isOffloading: boolean): FrameDevice => {
    const capabilities: LinkCapabilities = {
      medium: 'ip',
      mtu: 1500,
      tso4: isOffloading,
      tso6: isOffloading,
      uso: isOffloading,
      checksum: isOffloading,
    };
    const io = new DescriptorIo(loadNative(), fd, headerLength, 'auto', closeSync);
    return new FrameDevice({ name, io, capabilities, largestFrame: headerLength === 0 ? 1500 : 65_535 });
  };
  return { a: make('a', a, offloadA), b: make('b', b, offloadB), release() {} };
}

/** Datagrams between two sockets. */
function messagePair(sendsCrowds: boolean): DevicePair {
  const make = (name: string, fd: number): FrameDevice => {
    const close = (): void => closeSync(fd);
    const socket = { fd, headerLength: 0, watchKind: 'auto', destination: null, sendsCrowds, close } as const;
    const io = new MessageIo(loadNative(), loadSocketCalls(), socket);
    return new FrameDevice({ name, io, capabilities: plainCapabilities('ip', 1500) });
  };
  const [a, b] = socketPair(SocketNumber.SOCK_DGRAM);
  return { a: make('a', a), b: make('b', b), release() {} };
}

/** Without a compiler, or without Node's headers, there is no addon, and nobody misses it. */
function canBuildAddon(): boolean {
  const folders = (process.env.PATH ?? '').split(':');
  return headersFolder() !== null && folders.some((folder) => existsSync(join(folder, 'cc')));
}

/** Compiled for the occasion. */
async function addonPair(): Promise<DevicePair> {
  const folder = mkdtempSync(join(tmpdir(), 'woshou-'));
  const release = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const path = await buildAddon({ output: join(folder, 'io.node') });
    const addon = createRequire(import.meta.url)(path) as Addon;
    const io = (fd: number): AddonIo => new AddonIo(addon, loadNative(), fd, 12, 'auto', closeSync);
    const capabilities = { medium: 'ip', mtu: 1500, tso4: true, tso6: true, uso: true, checksum: true } as const;
    const [a, b] = socketPair();
    return {
      a: new FrameDevice({ name: 'a', io: io(a), capabilities }),
      b: new FrameDevice({ name: 'b', io: io(b), capabilities }),
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** Descriptors that keep frames apart, as a TUN device does. */
export function socketPair(kind: number = SocketNumber.SOCK_SEQPACKET): [number, number] {
  const type = kind | SocketNumber.SOCK_NONBLOCK | SocketNumber.SOCK_CLOEXEC;
  const fds = new Int32Array(2);
  if (loadSocketCalls().socketpair(SocketNumber.AF_UNIX, type, 0, new Uint8Array(fds.buffer)) !== 0) {
    throw new Error('no pair of sockets');
  }
  return [fds[0] ?? -1, fds[1] ?? -1];
}

async function streamPair(folder: string): Promise<Omit<DevicePair, 'release'>> {
  const at = join(folder, 'stream');
  const listening = openQemuStream({ at });
  const b = await openQemuStream({ at, role: 'connect' });
  return { a: await listening, b };
}

async function dgramPair(
  a: string | { port: number },
  b: string | { port: number },
): Promise<Omit<DevicePair, 'release'>> {
  return { a: await openQemuDgram({ local: a, remote: b }), b: await openQemuDgram({ local: b, remote: a }) };
}

async function inFolder(make: (folder: string) => Promise<Omit<DevicePair, 'release'>>): Promise<DevicePair> {
  const folder = mkdtempSync(join(tmpdir(), 'woshou-'));
  const release = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    return { ...(await make(folder)), release };
  } catch (error) {
    release();
    throw error;
  }
}

/** One byte there and back, so many times; returns what came back. */
export async function echoBytes(
  server: DeviceHost,
  client: DeviceHost,
  address: string,
  count: number,
): Promise<number[]> {
  const listener = server.net.createServer((socket) => socket.on('error', () => {}).pipe(socket));
  listener.listen(0);
  await once(listener, 'listening');
  const socket = client.net.connect({ host: address, port: (listener.address() as AddressInfo).port, noDelay: true });
  await once(socket, 'connect');
  const back: number[] = [];
  for (let index = 0; index < count; index++) {
    socket.write(Uint8Array.of(index & 255));
    const [data] = (await once(socket, 'data')) as [Buffer];
    back.push(...data);
  }
  socket.destroy();
  listener.close();
  return back;
}

/** Sends `bytes` each way at once; returns whether both hashes are right. */
export async function bulkBothWays(
  server: DeviceHost,
  client: DeviceHost,
  address: string,
  bytes: number,
): Promise<boolean> {
  const listener = server.net.createServer({ allowHalfOpen: true });
  listener.listen(0);
  await once(listener, 'listening');
  const port = (listener.address() as AddressInfo).port;
  const near = client.net.connect({ host: address, port, allowHalfOpen: true });
  const [far] = (await once(listener, 'connection')) as [Socket];
  const received = [hashOf(near), hashOf(far)];
  const sent = await Promise.all([pour(near, bytes, 1), pour(far, bytes, 2)]);
  const [atNear, atFar] = await Promise.all(received);
  listener.close();
  return atNear === sent[1] && atFar === sent[0];
}

async function hashOf(socket: Socket): Promise<string> {
  const hash = createHash('sha256');
  socket.on('data', (data: Buffer) => hash.update(data));
  await once(socket, 'end');
  return hash.digest('hex');
}

/** Pieces of odd sizes, so that segments do not begin where writes do. */
async function pour(socket: Socket, bytes: number, seed: number): Promise<string> {
  const hash: Hash = createHash('sha256');
  let state = seed;
  for (let left = bytes; left > 0; ) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0;
    const piece = Buffer.alloc(Math.min(left, 1 + (state % 100_003)));
    for (let index = 0; index < piece.length; index += 4) piece[index] = (state + index * 7) & 255;
    hash.update(piece);
    left -= piece.length;
    if (!socket.write(piece)) await once(socket, 'drain');
  }
  socket.end();
  return hash.digest('hex');
}
