/**
 * System calls of sockets that Node has none of (packet sockets, Unix datagram sockets), through koffi like native.ts.
 */
import { type Koffi, loadKoffi } from './native.ts';

/** Results are as in C. Structures lie in byte arrays that do not move. */
export interface SocketCalls {
  socket(domain: number, type: number, protocol: number): number;
  socketpair(domain: number, type: number, protocol: number, descriptors: Uint8Array): number;
  bind(fd: number, address: Uint8Array, length: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  /** Over an array of `struct mmsghdr` at `address`; without a time. */
  recvmmsg(fd: number, address: number, count: number, flags: number): number;
  sendmmsg(fd: number, address: number, count: number, flags: number): number;
  /** On a thread of Node's pool. `done` runs where no JavaScript may be called that may call Node; why it failed nobody knows. */
  sendmmsgOnThread(fd: number, address: number, count: number, flags: number, done: (sent: number) => void): void;
}

let loaded: SocketCalls | null = null;

/** @throws DeviceError ERR_DEVICE_KOFFI_MISSING as `loadNative`. */
export function loadSocketCalls(): SocketCalls {
  loaded ??= bind(loadKoffi());
  return loaded;
}

function bind(koffi: Koffi): SocketCalls {
  const libc = koffi.load(null);
  const recvmmsg = libc.func('int recvmmsg(int fd, uintptr_t vector, uint32_t count, int flags, void *timeout)');
  const sendmmsg = libc.func('int sendmmsg(int fd, uintptr_t vector, uint32_t count, int flags)');
  return {
    socket: libc.func('int socket(int domain, int type, int protocol)'),
    socketpair: libc.func('int socketpair(int domain, int type, int protocol, void *descriptors)'),
    bind: libc.func('int bind(int fd, void *address, uint32_t length)'),
    setsockopt: libc.func('int setsockopt(int fd, int level, int name, void *value, uint32_t length)'),
    recvmmsg: (fd, address, count, flags) => recvmmsg(fd, address, count, flags, null),
    sendmmsg,
    sendmmsgOnThread: (fd, address, count, flags, done) =>
      sendmmsg.async(fd, address, count, flags, (error: unknown, sent: number) => done(error === null ? sent : -1)),
  };
}

/** Families, types and options, as Linux numbers them on every architecture Node runs on but MIPS. */
export const Socket = {
  AF_UNIX: 1,
  AF_PACKET: 17,
  SOCK_DGRAM: 2,
  SOCK_RAW: 3,
  SOCK_SEQPACKET: 5,
  SOCK_NONBLOCK: 0o4000,
  SOCK_CLOEXEC: 0o2000000,
  SOL_SOCKET: 1,
  SO_SNDBUF: 7,
  SO_RCVBUF: 8,
  SO_SNDBUFFORCE: 32,
  SO_RCVBUFFORCE: 33,
  SOL_PACKET: 263,
  PACKET_ADD_MEMBERSHIP: 1,
  PACKET_VNET_HDR: 15,
  PACKET_IGNORE_OUTGOING: 23,
  PACKET_MR_PROMISC: 1,
  PACKET_MR_ALLMULTI: 2,
  MSG_TRUNC: 0x20,
  MSG_DONTWAIT: 0x40,
} as const;
