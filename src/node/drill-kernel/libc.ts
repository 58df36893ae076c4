/** The socket calls of the C library, through koffi (native.ts): numbers and addresses in, numbers out, `errno()` behind them. */
import { ERRNO, type Errno } from '../../socket/posix/errno.ts';
import { loadKoffi } from '../native.ts';

/** Results are as in C: -1 for failure. Pointers are numbers from `addressOf`; 0 is NULL. */
export interface Libc {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, name: Uint8Array, length: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, name: number, length: number, flags: number): number;
  connect(fd: number, name: Uint8Array, length: number): number;
  close(fd: number): number;
  shutdown(fd: number, how: number): number;
  setsockopt(fd: number, level: number, name: number, value: Uint8Array, length: number): number;
  /** `length` is an int32, in and out. */
  getsockopt(fd: number, level: number, name: number, value: Uint8Array, length: Uint8Array): number;
  getsockname(fd: number, name: Uint8Array, length: Uint8Array): number;
  getpeername(fd: number, name: Uint8Array, length: Uint8Array): number;
  fcntl(fd: number, command: number, argument: number): number;
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  sendmsg(fd: number, message: Uint8Array, flags: number): number;
  recvmsg(fd: number, message: Uint8Array, flags: number): number;
  poll(entries: Uint8Array, count: number, timeoutMs: number): number;
  /** `timeout` is a struct timespec; the mask stays as it is. */
  ppoll(entries: Uint8Array, count: number, timeout: Uint8Array, mask: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(epfd: number, operation: number, fd: number, event: Uint8Array): number;
  epoll_wait(epfd: number, events: Uint8Array, count: number, timeoutMs: number): number;
  unshare(flags: number): number;
  read(fd: number, address: number, length: number): number;
  write(fd: number, bytes: Uint8Array, length: number): number;
  /** Where the bytes lie; they must not move. */
  addressOf(bytes: Uint8Array): number;
  /** Why the last call failed. */
  errno(): Errno;
}

const SIGNATURES: Readonly<Record<Exclude<keyof Libc, 'addressOf' | 'errno'>, string>> = {
  socket: 'int socket(int domain, int type, int protocol)',
  bind: 'int bind(int fd, void *name, unsigned int length)',
  listen: 'int listen(int fd, int backlog)',
  accept4: 'int accept4(int fd, uintptr_t name, uintptr_t length, int flags)',
  connect: 'int connect(int fd, void *name, unsigned int length)',
  close: 'int close(int fd)',
  shutdown: 'int shutdown(int fd, int how)',
  setsockopt: 'int setsockopt(int fd, int level, int name, void *value, unsigned int length)',
  getsockopt: 'int getsockopt(int fd, int level, int name, void *value, void *length)',
  getsockname: 'int getsockname(int fd, void *name, void *length)',
  getpeername: 'int getpeername(int fd, void *name, void *length)',
  fcntl: 'int fcntl(int fd, int command, long argument)',
  ioctl: 'int ioctl(int fd, unsigned long request, void *argument)',
  sendmsg: 'intptr_t sendmsg(int fd, void *message, int flags)',
  recvmsg: 'intptr_t recvmsg(int fd, void *message, int flags)',
  poll: 'int poll(void *entries, unsigned long count, int timeoutMs)',
  ppoll: 'int ppoll(void *entries, unsigned long count, void *timeout, uintptr_t mask)',
  epoll_create1: 'int epoll_create1(int flags)',
  epoll_ctl: 'int epoll_ctl(int epfd, int operation, int fd, void *event)',
  epoll_wait: 'int epoll_wait(int epfd, void *events, int count, int timeoutMs)',
  unshare: 'int unshare(int flags)',
  read: 'intptr_t read(int fd, uintptr_t address, size_t length)',
  write: 'intptr_t write(int fd, void *bytes, size_t length)',
};

const NAMES: ReadonlyMap<number, Errno> = new Map(
  Object.entries(ERRNO).map(([name, number]) => [number, name as Errno] as const),
);

/** Binds the calls. @throws DeviceError when koffi is missing */
export function loadLibc(): Libc {
  const koffi = loadKoffi();
  const library = koffi.load(null);
  const calls = Object.fromEntries(
    Object.entries(SIGNATURES).map(([name, signature]) => [name, library.func(signature)]),
  ) as unknown as Omit<Libc, 'addressOf' | 'errno'>;
  return {
    ...calls,
    addressOf: (bytes) => Number(koffi.address(bytes)),
    errno: () => NAMES.get(koffi.errno()) ?? 'EPROTO',
  };
}
