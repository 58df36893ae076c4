/**
 * The few system calls that Node has no function for, through koffi, an optional peer dependency loaded when first needed.
 * Pointers travel as numbers (`uintptr_t`): faster than passing a Buffer, and nothing is allocated per call.
 */
import { createRequire } from 'node:module';
import { DeviceError } from './device-error.ts';

/** A poll on the event loop (koffi `node.poll`). */
export interface NativePoll {
  /** Watches again after `stop`. */
  start(events: { readable: boolean }, ready: (events: PollEvents) => void): void;
  stop(): void;
  ref(): void;
  unref(): void;
  close(): void;
}

type PollEvents = { readable: boolean; writable: boolean };

/** System calls; results are as in C, with -1 for failure and `errno()` telling why. */
export interface NativeCalls {
  ioctl(fd: number, request: number, argument: Uint8Array): number;
  /** An ioctl whose argument is a number. */
  ioctlNumber(fd: number, request: number, argument: number): number;
  read(fd: number, address: number, length: number): number;
  write(fd: number, address: number, length: number): number;
  /** As `poll(2)`: the thread waits. */
  poll(descriptors: Uint8Array, count: number, timeoutMs: number): number;
  /** As `poll(2)` over one or more `struct pollfd`, on a thread of the pool; `done` gets an error or the count. */
  pollOnThread(descriptors: Uint8Array, count: number, timeoutMs: number, done: (error: unknown) => void): void;
  /** As `timerfd_create(2)`; -1 also where there is no such call. */
  timerfdCreate(clock: number, flags: number): number;
  /** As `timerfd_settime(2)` with a `struct itimerspec` and without the old value. */
  timerfdSettime(fd: number, flags: number, spec: Uint8Array): number;
  /** Whether `pollOnLoop` works. */
  readonly canPollOnLoop: boolean;
  /** Watches a descriptor on the event loop itself; null when this koffi cannot. */
  pollOnLoop(fd: number, ready: () => void): NativePoll | null;
  /** Creates a pipe into two int32. */
  pipe(descriptors: Uint8Array): number;
  /** Where the bytes lie; they must not move (never growing memory). */
  addressOf(bytes: Uint8Array): number;
  errno(): number;
  /** `EPERM` for 1 and so on; `errno 999` for the unknown. */
  errnoName(errno: number): string;
}

export interface KoffiFunction {
  (...args: unknown[]): number;
  async(...args: unknown[]): void;
}

/** The part of koffi in use, written down here so that our declarations do not need its. */
export interface Koffi {
  load(path: string | null): { func(definition: string): KoffiFunction };
  address(value: unknown): bigint;
  errno(): number;
  os: { errno: Record<string, number> };
  node?: { poll?(fd: number, events: { readable: boolean }, ready: (events: PollEvents) => void): NativePoll };
}

let loaded: NativeCalls | null = null;

/** An `int`, or several side by side, as system calls read them through a pointer. */
export function int32(...values: readonly number[]): Uint8Array {
  return new Uint8Array(Int32Array.from(values).buffer);
}

/** What `loadNative` has loaded in this process, null when nothing needed it yet. */
export function nativeIfLoaded(): NativeCalls | null {
  return loaded;
}

/**
 * Loads koffi and binds the calls, once per process.
 * @param resolveFrom for tests: the file or URL whose `node_modules` are searched.
 * @throws DeviceError ERR_DEVICE_KOFFI_MISSING with the command that installs it.
 */
export function loadNative(resolveFrom: string | URL = import.meta.url): NativeCalls {
  if (loaded !== null && resolveFrom === import.meta.url) return loaded;
  loaded = bind(loadKoffi(resolveFrom));
  return loaded;
}

/** The package alone. @throws DeviceError ERR_DEVICE_KOFFI_MISSING */
export function loadKoffi(resolveFrom: string | URL = import.meta.url): Koffi {
  try {
    return createRequire(resolveFrom)('koffi') as Koffi;
  } catch (cause) {
    const reason = cause instanceof Error ? (cause.message.split('\n')[0] ?? '') : String(cause);
    throw new DeviceError(
      'ERR_DEVICE_KOFFI_MISSING',
      `a network device needs the optional package koffi, which did not load (${reason})`,
      'run `npm install koffi`',
    );
  }
}

function bind(koffi: Koffi): NativeCalls {
  // null is the running program itself, which has the C library loaded whatever its file name is (glibc or musl).
  const libc = koffi.load(null);
  const poll = libc.func('int poll(void *descriptors, unsigned long count, int timeoutMs)');
  const names = new Map(Object.entries(koffi.os.errno).map(([name, value]) => [value, name]));
  return {
    ioctl: libc.func('int ioctl(int fd, unsigned long request, void *argument)'),
    ioctlNumber: libc.func('int ioctl(int fd, unsigned long request, uintptr_t argument)'),
    read: libc.func('intptr_t read(int fd, uintptr_t address, size_t length)'),
    write: libc.func('intptr_t write(int fd, uintptr_t address, size_t length)'),
    pipe: libc.func('int pipe(void *descriptors)'),
    ...bindTimer(libc),
    canPollOnLoop: koffi.node?.poll !== undefined,
    poll: (descriptors, count, timeoutMs) => poll(descriptors, count, timeoutMs),
    pollOnThread: (descriptors, count, timeoutMs, done) => poll.async(descriptors, count, timeoutMs, done),
    pollOnLoop: (fd, ready) => koffi.node?.poll?.(fd, { readable: true }, () => ready()) ?? null,
    addressOf: (bytes) => Number(koffi.address(bytes)),
    errno: () => koffi.errno(),
    errnoName: (errno) => names.get(errno) ?? `errno ${errno}`,
  };
}

function bindTimer(libc: ReturnType<Koffi['load']>): Pick<NativeCalls, 'timerfdCreate' | 'timerfdSettime'> {
  try {
    const settime = libc.func('int timerfd_settime(int fd, int flags, void *spec, void *old)');
    return {
      timerfdCreate: libc.func('int timerfd_create(int clock, int flags)'),
      timerfdSettime: (fd, flags, spec) => settime(fd, flags, spec, null),
    };
  } catch {
    return { timerfdCreate: () => -1, timerfdSettime: () => -1 };
  }
}
