/**
 * Opening /dev/net/tun and making or joining an interface through it (TUNSETIFF), with an answer for everything that is
 * commonly missing; then the offloads this kernel's driver has (TUNSETOFFLOAD), as many as it takes.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { ArgumentError } from '../base/errors.ts';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import { DeviceError } from './device-error.ts';
import { int32, type NativeCalls } from './native.ts';

/** Bare IP packets, or Ethernet frames. */
export type TunKind = 'tun' | 'tap';

/** What to attach to. */
export interface TunRequest {
  /** `%d` stands for the next free number. */
  readonly name: string;
  readonly kind: TunKind;
  /** Whether super-segments and unfinished checksums are wanted. */
  readonly offload: boolean;
  /** One of several descriptors of the same interface, each with a queue of its own. */
  readonly isQueue: boolean;
}

/** An open descriptor, the name the kernel gave, and what its driver does for us. */
export interface AttachedTun {
  readonly fd: number;
  readonly name: string;
  readonly headerLength: 0 | 12;
  readonly offloads: Offloads;
}

/** The offloads of an interface, as its capabilities name them. */
export type Offloads = Omit<LinkCapabilities, 'medium' | 'mtu'>;

/** What a carrier without offloads has. */
export const NO_OFFLOADS: Offloads = { checksum: false, tso4: false, tso6: false, uso: false };

/** @throws ArgumentError for a name no interface can have. */
export function checkInterfaceName(name: string): void {
  if (!/^[A-Za-z0-9_.-]{1,15}$/.test(name.replace('%d', '0')) || name === '.' || name === '..') {
    throw new ArgumentError('name', `'${name}' is no name of an interface; use 1 to 15 letters, digits, _ . -`);
  }
}

/**
 * Opens a descriptor (non-blocking, closed on exec) and attaches it to an interface. Where the driver has no offloads it is
 * a plain device all the same.
 * @throws ArgumentError for a name no interface can have; DeviceError otherwise.
 */
export function attachTun(native: NativeCalls, request: TunRequest, path = TUN_PATH): AttachedTun {
  checkInterfaceName(request.name);
  const plain = flagsOf(request);
  const fd = openTunFile(path);
  try {
    if (request.offload) {
      const name = setInterface(native, fd, request.name, plain | IFF_VNET_HDR);
      const offloads = name === null ? null : setOffloads(native, fd);
      if (name !== null && offloads !== null) return { fd, name, headerLength: 12, offloads };
      // Attached already: the header can no longer be done without.
      if (name !== null)
        throw new DeviceError('ERR_DEVICE_SYSTEM', `no offload header of 12 bytes on ${name}`, PLAIN_FIX);
    }
    const name = setInterface(native, fd, request.name, plain);
    if (name === null) throw attachError(request, native.errnoName(native.errno()));
    // A device that outlives its programs keeps what the one before asked for.
    native.ioctlNumber(fd, TUNSETOFFLOAD, 0);
    return { fd, name, headerLength: 0, offloads: NO_OFFLOADS };
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Takes a queue of several out of the kernel's steering; its descriptor stays open. */
export function detachQueue(native: NativeCalls, fd: number): void {
  const request = new Uint8Array(40);
  new Uint16Array(request.buffer)[8] = IFF_DETACH_QUEUE;
  native.ioctl(fd, TUNSETQUEUE, request);
}

function flagsOf({ kind, isQueue }: TunRequest): number {
  return (kind === 'tun' ? IFF_TUN : IFF_TAP) | IFF_NO_PI | (isQueue ? IFF_MULTI_QUEUE : 0);
}

/** The name of the interface, null when the kernel refuses. */
function setInterface(native: NativeCalls, fd: number, name: string, flags: number): string | null {
  // struct ifreq: 16 bytes of name, then the flags.
  const request = new Uint8Array(40);
  for (let index = 0; index < name.length; index++) request[index] = name.charCodeAt(index);
  new Uint16Array(request.buffer)[8] = flags;
  if (native.ioctl(fd, TUNSETIFF, request) < 0) return null;
  const end = request.indexOf(0);
  return String.fromCharCode(...request.subarray(0, Math.min(end, 16)));
}

/** The most this kernel takes, older ones without UDP; null when it does not know the longer header. */
function setOffloads(native: NativeCalls, fd: number): Offloads | null {
  if (native.ioctl(fd, TUNSETVNETHDRSZ, int32(12)) < 0) return null;
  for (const wanted of [TUN_F_TCP | TUN_F_USO, TUN_F_TCP, TUN_F_CSUM]) {
    if (native.ioctlNumber(fd, TUNSETOFFLOAD, wanted) < 0) continue;
    const hasTcp = wanted !== TUN_F_CSUM;
    return { checksum: true, tso4: hasTcp, tso6: hasTcp, uso: (wanted & TUN_F_USO) !== 0 };
  }
  native.ioctlNumber(fd, TUNSETOFFLOAD, 0);
  return NO_OFFLOADS;
}

function openTunFile(path: string): number {
  try {
    return openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    const errno = (error as NodeJS.ErrnoException).code ?? '';
    if (errno === 'ENOENT') {
      throw new DeviceError(
        'ERR_DEVICE_TUN_MISSING',
        `${path} does not exist`,
        'run `sudo mkdir -p /dev/net && sudo mknod /dev/net/tun c 10 200` (in a container: start it with `--device /dev/net/tun`)',
        errno,
      );
    }
    if (errno === 'ENODEV' || errno === 'ENXIO') {
      throw new DeviceError('ERR_DEVICE_TUN_MISSING', `the kernel has no tun driver`, 'run `sudo modprobe tun`', errno);
    }
    if (errno === 'EACCES' || errno === 'EPERM') {
      throw new DeviceError(
        'ERR_DEVICE_PERMISSION',
        `${path} may not be opened (${errno})`,
        'run with `sudo`, or let root run `chmod 666 /dev/net/tun` (opening alone gives no rights over interfaces)',
        errno,
      );
    }
    throw new DeviceError('ERR_DEVICE_SYSTEM', `${path} did not open (${errno})`, '', errno);
  }
}

function attachError({ name, kind, isQueue }: TunRequest, errno: string): DeviceError {
  const prepared = name.includes('%d') ? 'woshou0' : name;
  if (errno === 'EPERM' || errno === 'EACCES') {
    return new DeviceError(
      'ERR_DEVICE_PERMISSION',
      `no right to make or join interface ${name} (${errno})`,
      'run with `sudo`, or `sudo setcap cap_net_admin+ep "$(readlink -f "$(which node)")"`, or let root run ' +
        `\`sudo ip tuntap add dev ${prepared} mode ${kind}${isQueue ? ' multi_queue' : ''} user $USER\` and open it by that name`,
      errno,
    );
  }
  if (errno === 'EBUSY') {
    return new DeviceError(
      'ERR_DEVICE_BUSY',
      `interface ${name} is in use by another process`,
      'close that process or choose another name',
      errno,
    );
  }
  if (errno === 'EINVAL') {
    return new DeviceError(
      'ERR_DEVICE_CONFIGURATION',
      `interface ${name} exists and is no ${kind.toUpperCase()} device ${isQueue ? 'with' : 'without'} several queues`,
      'choose another name (see `ip link`)',
      errno,
    );
  }
  return new DeviceError('ERR_DEVICE_SYSTEM', `interface ${name} could not be made (${errno})`, '', errno);
}

const TUN_PATH = '/dev/net/tun';
const PLAIN_FIX = 'open the device with `offload: false`';
const IFF_TUN = 0x0001;
const IFF_TAP = 0x0002;
const IFF_MULTI_QUEUE = 0x0100;
const IFF_DETACH_QUEUE = 0x0400;
const IFF_NO_PI = 0x1000;
const IFF_VNET_HDR = 0x4000;
const TUN_F_CSUM = 0x01;
/** Checksums, TCP over both families, with ECN. */
const TUN_F_TCP = 0x0f;
/** Over both families. */
const TUN_F_USO = 0x60;
/** _IOW('T', n, int); the write bit of an ioctl number stands elsewhere on MIPS and POWER. */
const IOW_T = /^(mips|ppc)/.test(process.arch) ? 0x80045400 : 0x40045400;
const TUNSETIFF = IOW_T + 202;
const TUNSETOFFLOAD = IOW_T + 208;
const TUNSETVNETHDRSZ = IOW_T + 216;
const TUNSETQUEUE = IOW_T + 217;
