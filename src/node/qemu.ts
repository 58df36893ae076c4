/**
 * Ethernet to a virtual machine of QEMU, without privileges: `-netdev stream` (frames in a byte stream over a Unix or TCP socket;
 * no native code) and `-netdev dgram` (a frame in each datagram; Unix sockets through koffi, UDP without native code).
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { connect, createServer, isIP, type Socket } from 'node:net';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import type { MacAddress } from '../base/mac-address.ts';
import { DatagramIo } from './datagram-io.ts';
import type { Device } from './device.ts';
import { DeviceError } from './device-error.ts';
import { FrameDevice } from './frame-device.ts';
import type { FrameIo } from './frame-io.ts';
import { ownMac } from './own-mac.ts';
import { segmentInSoftware } from './segmenting-device.ts';
import { StreamIo } from './stream-io.ts';
import { unixDatagramIo } from './unix-datagram.ts';

/** An address of UDP or TCP. */
export interface InetPlace {
  /** A literal address. Default `127.0.0.1`. */
  readonly host?: string;
  readonly port: number;
}

interface EthernetOptions {
  /** Largest IP packet in bytes, 576 to 65535; the guest must be told the same. Default 1500. */
  readonly mtu?: number;
  /** false: our stack sees every packet. Default true: it has super-segments, cut and put together at the device. */
  readonly offload?: boolean;
  /** Our hardware address. Default: a random one. */
  readonly mac?: MacAddress;
}

/** How to meet QEMU on a stream. */
export interface QemuStreamOptions extends EthernetOptions {
  /** Path of a Unix socket, or where on TCP. */
  readonly at: string | InetPlace;
  /**
   * Who waits. `listen` (default): QEMU is started with `server=off` and connects to us. `connect`: with `server=on`, it must
   * run already.
   */
  readonly role?: 'listen' | 'connect';
  /** Ends the waiting for QEMU. */
  readonly signal?: AbortSignal;
}

/** How to meet QEMU with datagrams. Both are paths of Unix sockets, or both UDP. */
export interface QemuDgramOptions extends EthernetOptions {
  /** Ours: QEMU's `remote`. */
  readonly local: string | InetPlace;
  /** QEMU's `local`. It need not be there yet. */
  readonly remote: string | InetPlace;
}

/**
 * The device for a guest with `-netdev stream,id=n0,server=off,addr.type=unix,addr.path=PATH`. Resolves when both are connected;
 * it is gone when the guest ends.
 * @throws DeviceError ERR_DEVICE_BUSY when the path is taken, ERR_DEVICE_SYSTEM; ArgumentError; the signal's reason.
 */
export async function openQemuStream(options: QemuStreamOptions): Promise<Device> {
  const { at, role = 'listen', signal } = options;
  checkEthernet(options);
  const place = typeof at === 'string' ? { path: at } : { host: at.host ?? '127.0.0.1', port: at.port };
  const title = typeof at === 'string' ? at : `${place.host}:${place.port}`;
  try {
    const socket = role === 'listen' ? await acceptOne(place, signal) : connect(place);
    if (role === 'connect') await once(socket, 'connect', signal === undefined ? {} : { signal });
    // Frames are whole when they are written: waiting for more only delays them.
    socket.setNoDelay(true);
    return ethernetDevice(title, new StreamIo(socket, () => {}), options);
  } catch (error) {
    throw explain(title, error);
  }
}

/**
 * The device for a guest with `-netdev dgram,id=n0,local.type=unix,local.path=REMOTE,remote.type=unix,remote.path=LOCAL`, or with
 * `inet`. Nothing tells when the guest is gone: frames are lost then.
 * @throws DeviceError ERR_DEVICE_BUSY when the local address is taken, ERR_DEVICE_KOFFI_MISSING for Unix sockets without koffi,
 * ERR_DEVICE_SYSTEM; ArgumentError when one is a path and the other is not.
 */
export async function openQemuDgram(options: QemuDgramOptions): Promise<Device> {
  const { local, remote } = options;
  checkEthernet(options);
  if (typeof local === 'string' && typeof remote === 'string') {
    return ethernetDevice(local, unixDatagramIo(local, remote), options);
  }
  if (typeof local === 'string' || typeof remote === 'string') {
    throw new ArgumentError('remote', 'both ends are paths of Unix sockets or both have a port; give two of a kind');
  }
  const { host = '127.0.0.1', port } = local;
  const peer = { address: remote.host ?? '127.0.0.1', port: checkInteger('remote', remote.port, 1, 65_535) };
  if (isIP(peer.address) === 0)
    throw new ArgumentError('remote', `'${peer.address}' is no address; write for example 127.0.0.1`);
  const socket = createSocket(isIP(host) === 6 ? 'udp6' : 'udp4');
  try {
    socket.bind(port, host);
    await once(socket, 'listening');
    return ethernetDevice(`${host}:${socket.address().port}`, new DatagramIo(socket, peer), options);
  } catch (error) {
    socket.close();
    throw explain(`${host}:${port}`, error);
  }
}

function checkEthernet(options: EthernetOptions): void {
  checkInteger('mtu', options.mtu ?? 1500, 576, 65_535);
}

function ethernetDevice(name: string, io: FrameIo, options: EthernetOptions): Device {
  const device = new FrameDevice({
    name,
    io,
    capabilities: plainCapabilities('ethernet', options.mtu ?? 1500),
    mac: options.mac ?? ownMac(),
  });
  return options.offload === false ? device : segmentInSoftware(device);
}

/** The first who connects; nobody else may. */
async function acceptOne(
  place: { path: string } | { host: string; port: number },
  signal?: AbortSignal,
): Promise<Socket> {
  const server = createServer({ pauseOnConnect: true });
  server.maxConnections = 1;
  try {
    server.listen(place);
    const [socket] = (await once(server, 'connection', signal === undefined ? {} : { signal })) as [Socket];
    return socket;
  } finally {
    // It takes its file along.
    server.close();
  }
}

function explain(title: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('syscall' in error)) return error;
  const errno = String((error as NodeJS.ErrnoException).code);
  if (errno === 'EADDRINUSE') {
    return new DeviceError(
      'ERR_DEVICE_BUSY',
      `${title} is taken`,
      'choose another, or remove the file a dead program left',
      errno,
    );
  }
  const isAbsent = errno === 'ENOENT' || errno === 'ECONNREFUSED';
  return new DeviceError(
    'ERR_DEVICE_SYSTEM',
    `${title}: ${error.message}`,
    isAbsent ? 'start QEMU first, with server=on' : '',
    errno,
  );
}
