/**
 * Opening /dev/net/tun and making or joining an interface through it (TUNSETIFF), with an answer for everything that is
 * commonly missing. Plain packets, no offload: IFF_TUN | IFF_NO_PI.
 */
import { closeSync, constants, openSync } from 'node:fs';
import { ArgumentError } from '../base/errors.ts';
import { DeviceError } from './device-error.ts';
import type { NativeCalls } from './native.ts';

/** An open descriptor and the name the kernel gave. */
export interface AttachedTun {
  readonly fd: number;
  readonly name: string;
}

/**
 * Opens a descriptor (non-blocking, closed on exec) and attaches it to interface `name` (`%d`: next free number).
 * @throws ArgumentError for a name no interface can have; DeviceError otherwise.
 */
export function attachTun(native: NativeCalls, name: string, path = TUN_PATH): AttachedTun {
  if (!/^[A-Za-z0-9_.-]{1,15}$/.test(name.replace('%d', '0')) || name === '.' || name === '..') {
    throw new ArgumentError('name', `'${name}' is no name of an interface; use 1 to 15 letters, digits, _ . -`);
  }
  const fd = openTunFile(path);
  // struct ifreq: 16 bytes of name, then the flags.
  const request = new Uint8Array(40);
  for (let index = 0; index < name.length; index++) request[index] = name.charCodeAt(index);
  new Uint16Array(request.buffer)[8] = IFF_TUN | IFF_NO_PI;
  if (native.ioctl(fd, TUNSETIFF, request) < 0) {
    const errno = native.errnoName(native.errno());
    closeSync(fd);
    throw attachError(name, errno);
  }
  const end = request.indexOf(0);
  return { fd, name: String.fromCharCode(...request.subarray(0, Math.min(end, 16))) };
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

function attachError(name: string, errno: string): DeviceError {
  const prepared = name.includes('%d') ? 'woshou0' : name;
  if (errno === 'EPERM' || errno === 'EACCES') {
    return new DeviceError(
      'ERR_DEVICE_PERMISSION',
      `no right to make or join interface ${name} (${errno})`,
      'run with `sudo`, or `sudo setcap cap_net_admin+ep "$(readlink -f "$(which node)")"`, or let root run ' +
        `\`sudo ip tuntap add dev ${prepared} mode tun user $USER\` and open it by that name`,
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
      `interface ${name} exists and is not a plain TUN device`,
      'choose another name (see `ip link`)',
      errno,
    );
  }
  return new DeviceError('ERR_DEVICE_SYSTEM', `interface ${name} could not be made (${errno})`, '', errno);
}

const TUN_PATH = '/dev/net/tun';
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
/** _IOW('T', 202, int); the write bit of an ioctl number stands elsewhere on MIPS and POWER. */
const TUNSETIFF = /^(mips|ppc)/.test(process.arch) ? 0x800454ca : 0x400454ca;
