/** Frames as datagrams between two Unix sockets, which Node has no sockets for: through koffi. */
import { closeSync, unlinkSync } from 'node:fs';
import { ArgumentError } from '../base/errors.ts';
import { DeviceError } from './device-error.ts';
import type { FrameIo } from './frame-io.ts';
import { MessageIo } from './message-io.ts';
import { int32, loadNative } from './native.ts';
import { loadSocketCalls, Socket } from './native-sockets.ts';
import { checkLinux } from './tun.ts';

/** Room for a few hundred frames. */
const BUFFER_BYTES = 1 << 20;
const PATH_BYTES_MAX = 107;

/** @throws DeviceError, ArgumentError for a path that is too long. */
export function unixDatagramIo(local: string, remote: string): FrameIo {
  checkLinux('Unix datagram');
  const native = loadNative();
  const calls = loadSocketCalls();
  const address = unixAddress('local', local);
  const destination = unixAddress('remote', remote);
  const type = Socket.SOCK_DGRAM | Socket.SOCK_NONBLOCK | Socket.SOCK_CLOEXEC;
  const fd = calls.socket(Socket.AF_UNIX, type, 0);
  if (fd < 0) throw systemError(local, native.errnoName(native.errno()));
  if (calls.bind(fd, address, address.length) < 0) {
    const errno = native.errnoName(native.errno());
    closeSync(fd);
    throw systemError(local, errno);
  }
  calls.setsockopt(fd, Socket.SOL_SOCKET, Socket.SO_SNDBUF, int32(BUFFER_BYTES), 4);
  const close = (): void => {
    closeSync(fd);
    try {
      unlinkSync(local);
    } catch {
      // Somebody has cleared up before us.
    }
  };
  return new MessageIo(native, calls, {
    fd,
    headerLength: 0,
    watchKind: 'auto',
    destination,
    sendsCrowds: false,
    close,
  });
}

/** `struct sockaddr_un`: the family, then the path with its NUL. */
function unixAddress(argument: string, path: string): Uint8Array {
  const bytes = Buffer.from(path);
  if (bytes.length === 0 || bytes.length > PATH_BYTES_MAX || bytes.includes(0)) {
    throw new ArgumentError(argument, `'${path}' is no path of a socket; use 1 to ${PATH_BYTES_MAX} bytes`);
  }
  const address = new Uint8Array(2 + bytes.length + 1);
  new Uint16Array(address.buffer, 0, 1)[0] = Socket.AF_UNIX;
  address.set(bytes, 2);
  return address;
}

function systemError(path: string, errno: string): DeviceError {
  if (errno !== 'EADDRINUSE')
    return new DeviceError('ERR_DEVICE_SYSTEM', `${path} could not be bound (${errno})`, '', errno);
  return new DeviceError(
    'ERR_DEVICE_BUSY',
    `${path} is taken`,
    'choose another, or remove the file a dead program left',
    errno,
  );
}
