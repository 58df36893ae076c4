/** The calls of a script on sockets of the kernel, as `PosixSockets` has them. */
import type { SocketCalls } from '../../drill/subject.ts';
import { POSIX } from '../../socket/posix/constants.ts';
import type { EpollEvent } from '../../socket/posix/epoll-file.ts';
import type { PollEntry } from '../../socket/posix/poll-call.ts';
import type { OptionValue, PosixCall } from '../../socket/posix/posix-call.ts';
import type { NameArgument } from '../../socket/posix/socket-name.ts';
import { int32 } from '../native.ts';
import { decodeOption, encodeOption, pollEntries, timeval } from './call-data.ts';
import { KernelCall } from './kernel-call.ts';
import { KernelTransfers } from './kernel-transfers.ts';
import type { Libc } from './libc.ts';
import { decodeName, EPOLL_EVENT, encodeName, viewOf } from './structures.ts';

/** Octets for the value of an option when the script does not say how many. */
const OPTION_ROOM = 512;

/** Seconds a lingering close waits, and what for. */
export interface LingerWatch {
  /** Whether the connection behind a descriptor that is about to be closed still has something to send. */
  watch(fd: number): () => boolean;
}

export class KernelSockets extends KernelTransfers implements SocketCalls {
  private readonly lingers: LingerWatch;
  private readonly lingerSeconds = new Map<number, number>();
  private readonly open = new Set<number>();
  /** Stream sockets that may have a connection, latest last. */
  readonly streams: number[] = [];
  /** Of new sockets. Set one by one: a namespace may not choose for itself what the machine does not allow to all. */
  congestionControl = 'cubic';

  constructor(libc: Libc, nowUs: () => number, lingers: LingerWatch) {
    super(libc, nowUs);
    this.lingers = lingers;
  }

  closeAll(): void {
    for (const fd of this.open) this.libc.close(fd);
    this.open.clear();
  }

  private opened(call: PosixCall, isStream: boolean): PosixCall {
    if (call.result < 0) return call;
    this.open.add(call.result);
    if (isStream) this.streams.push(call.result);
    return call;
  }

  socket(domain: number, type: number, protocol = 0): PosixCall {
    const isStream = (type & 0xf) === POSIX.SOCK_STREAM;
    const call = this.opened(this.plain('socket', this.libc.socket(domain, type, protocol)), isStream);
    if (isStream && call.result >= 0)
      this.setsockopt(call.result, POSIX.SOL_TCP, POSIX.TCP_CONGESTION, this.congestionControl);
    return call;
  }

  bind(fd: number, name: NameArgument): PosixCall {
    const bytes = encodeName(name);
    return this.plain('bind', this.libc.bind(fd, bytes, bytes.length));
  }

  listen(fd: number, backlog: number): PosixCall {
    return this.plain('listen', this.libc.listen(fd, backlog));
  }

  accept(fd: number): PosixCall {
    return this.accept4(fd, 0);
  }

  accept4(fd: number, flags: number): PosixCall {
    const mayWait = !this.isNonBlocking(fd);
    const call = new KernelCall('accept', (self) => {
      if (mayWait && this.isSocket(fd) && this.ready(fd, POSIX.POLLIN) === 0) return;
      this.finish(self, this.libc.accept4(fd, 0, 0, flags));
      this.opened(self, true);
      for (const option of [POSIX.SO_RCVTIMEO, POSIX.SO_SNDTIMEO]) {
        const waitUs = this.timeoutsUs.get(`${fd} ${option}`);
        if (self.result >= 0 && waitUs !== undefined) this.timeoutsUs.set(`${self.result} ${option}`, waitUs);
      }
      if (self.result >= 0) self.peer = this.getpeername(self.result).peer;
    });
    return this.run(call, false, this.timeoutsUs.get(`${fd} ${POSIX.SO_RCVTIMEO}`));
  }

  connect(fd: number, name: NameArgument): PosixCall {
    const bytes = encodeName(name);
    const again = (): number => this.libc.connect(fd, bytes, bytes.length);
    const flags = this.libc.fcntl(fd, POSIX.F_GETFL, 0);
    if (flags < 0 || flags & POSIX.O_NONBLOCK) return this.plain('connect', again());
    let isUnderWay = false;
    const call = new KernelCall(
      'connect',
      (self) => {
        // The kernel ends an attempt that is over when it is asked again.
        if (isUnderWay && this.ready(fd, POSIX.POLLOUT) === 0) return;
        this.libc.fcntl(fd, POSIX.F_SETFL, flags | POSIX.O_NONBLOCK);
        const result = again();
        const errno = result < 0 ? this.libc.errno() : null;
        this.libc.fcntl(fd, POSIX.F_SETFL, flags);
        if (errno === 'EINPROGRESS' || errno === 'EALREADY') isUnderWay = true;
        else if (errno !== null) self.fail(errno);
        else self.succeed();
      },
      (self) => self.fail('EINPROGRESS'),
    );
    return this.run(call, false, this.timeoutsUs.get(`${fd} ${POSIX.SO_SNDTIMEO}`));
  }

  /** SO_LINGER is imitated: closed without it, and told when the kernel has nothing left to send. */
  close(fd: number): PosixCall {
    const seconds = this.lingerSeconds.get(fd) ?? 0;
    this.open.delete(fd);
    if (seconds <= 0) return this.plain('close', this.libc.close(fd));
    const isBusy = this.lingers.watch(fd);
    this.libc.setsockopt(fd, POSIX.SOL_SOCKET, POSIX.SO_LINGER, int32(0, 0), 8);
    const result = this.libc.close(fd);
    if (result < 0) return this.plain('close', result);
    const call = new KernelCall(
      'close',
      (self) => {
        if (!isBusy()) self.succeed();
      },
      (self) => self.succeed(),
    );
    return this.run(call, false, seconds * 1e6);
  }

  shutdown(fd: number, how: number): PosixCall {
    return this.plain('shutdown', this.libc.shutdown(fd, how));
  }

  getsockname(fd: number): PosixCall {
    const [name, length] = [new Uint8Array(128), int32(128)];
    return this.named('getsockname', this.libc.getsockname(fd, name, length), name);
  }

  getpeername(fd: number): PosixCall {
    const [name, length] = [new Uint8Array(128), int32(128)];
    return this.named('getpeername', this.libc.getpeername(fd, name, length), name);
  }

  private named(call: string, result: number, name: Uint8Array): PosixCall {
    const done = this.plain(call, result);
    if (result >= 0) done.peer = decodeName(name);
    return done;
  }

  fcntl(fd: number, command: number, argument = 0): PosixCall {
    return this.plain('fcntl', this.libc.fcntl(fd, command, argument));
  }

  ioctl(fd: number, request: number, argument = 0): PosixCall {
    const answer = int32(argument);
    const call = this.plain('ioctl', this.libc.ioctl(fd, request, answer));
    if (call.result >= 0) call.value = viewOf(answer).getInt32(0, true);
    return call;
  }

  // --- options ---

  setsockopt(fd: number, level: number, name: number, value: OptionValue, length?: number): PosixCall {
    const isTimeout = level === POSIX.SOL_SOCKET && (name === POSIX.SO_RCVTIMEO || name === POSIX.SO_SNDTIMEO);
    const waitUs = isTimeout ? waitOf(value) : null;
    const given = isTimeout && typeof value === 'number' ? timeval(value) : encodeOption(value);
    const bytes = new Uint8Array(Math.max(given.length, length ?? 0));
    bytes.set(given);
    const told = (length ?? given.length) >>> 0;
    const call = this.plain('setsockopt', this.libc.setsockopt(fd, level, name, bytes, told));
    if (call.result < 0) return call;
    if (waitUs !== null) this.timeoutsUs.set(`${fd} ${name}`, waitUs);
    if (level === POSIX.SOL_SOCKET && name === POSIX.SO_LINGER && typeof value === 'object' && 'onoff' in value)
      this.lingerSeconds.set(fd, value.onoff === 0 ? 0 : value.linger);
    return call;
  }

  getsockopt(fd: number, level: number, name: number, room = OPTION_ROOM): PosixCall {
    const value = new Uint8Array(Math.max(room, OPTION_ROOM));
    const length = int32(room);
    const call = this.plain('getsockopt', this.libc.getsockopt(fd, level, name, value, length));
    if (call.result < 0) return call;
    call.length = viewOf(length).getInt32(0, true);
    call.value = decodeOption(level, name, value.slice(0, call.length));
    return call;
  }

  // --- waiting for several ---

  poll(entries: readonly PollEntry[], timeoutMs: number): PosixCall {
    const bytes = pollEntries(entries);
    const call = new KernelCall(
      'poll',
      (self) => {
        const count = this.libc.poll(bytes, entries.length, 0);
        entries.forEach((entry, index) => {
          entry.revents = viewOf(bytes).getInt16(index * 8 + 6, true);
        });
        if (count !== 0) this.finish(self, count);
      },
      (self) => self.succeed(0),
    );
    return this.run(call, timeoutMs === 0, Math.max(0, timeoutMs) * 1000);
  }

  epollCreate(flags = 0): PosixCall {
    return this.opened(this.plain('epoll_create', this.libc.epoll_create1(flags)), false);
  }

  epollCtl(epfd: number, operation: number, fd: number, event: EpollEvent | null = null): PosixCall {
    const bytes = new Uint8Array(EPOLL_EVENT.octets);
    if (event !== null) {
      viewOf(bytes).setUint32(0, event.events >>> 0, true);
      viewOf(bytes).setBigUint64(EPOLL_EVENT.data, BigInt(event.data), true);
    }
    return this.plain('epoll_ctl', this.libc.epoll_ctl(epfd, operation, fd, bytes));
  }

  epollWait(epfd: number, maxEvents: number, timeoutMs: number): KernelCall {
    const bytes = new Uint8Array(EPOLL_EVENT.octets * Math.max(1, Math.min(maxEvents, 1024)));
    const call = new KernelCall(
      'epoll_wait',
      (self) => {
        const count = this.libc.epoll_wait(epfd, bytes, maxEvents, 0);
        self.events = Array.from({ length: Math.max(0, count) }, (_, index) => ({
          events: viewOf(bytes).getUint32(index * EPOLL_EVENT.octets, true),
          data: Number(viewOf(bytes).getBigUint64(index * EPOLL_EVENT.octets + EPOLL_EVENT.data, true)),
        }));
        if (count !== 0) this.finish(self, count);
      },
      (self) => self.succeed(0),
    );
    return this.run(call, timeoutMs === 0, Math.max(0, timeoutMs) * 1000);
  }
}

/** Microseconds a call waits; below zero: not at all. */
function waitOf(value: OptionValue): number | null {
  if (typeof value === 'number') return value;
  return typeof value === 'object' && 'seconds' in value ? value.seconds * 1e6 + value.micros : null;
}
