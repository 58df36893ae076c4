/**
 * The socket interface of POSIX and Linux over one stack: descriptors, return values and errors as a program knows them. Sans-IO:
 * no call waits; what would sleep in a kernel is a pending `PosixCall`. Plain data throughout.
 *
 * News comes in one of two ways. A driver that tells the listeners of sockets (`SocketHost`) needs nothing more. Whoever drives the
 * stack by hand calls `settle(nowUs)` after each batch, and runs time no further than `nextDeadlineUs`.
 */
import { TcpState } from '../../tcp/state.ts';
import { AcceptCall, ConnectCall } from './connect-call.ts';
import { POSIX } from './constants.ts';
import { DatagramFile, DatagramReceiveCall, getDatagramOption, setDatagramOption } from './datagram-file.ts';
import { type EpollEvent, EpollFile, EpollWaitCall } from './epoll-file.ts';
import type { Errno } from './errno.ts';
import { FileTable } from './file-table.ts';
import { gathered } from './gathered.ts';
import { isImmediate } from './open-file.ts';
import { isTimeout, timeoutOf, valueFitted, valueWithin } from './option-lengths.ts';
import { PollCall, type PollEntry } from './poll-call.ts';
import { type OptionValue, PosixCall } from './posix-call.ts';
import { ReceiveCall } from './receive-call.ts';
import { SendCall } from './send-call.ts';
import { anyAddress, isTooShort, type NameArgument, stackName, userName } from './socket-name.ts';
import { bindStream, inputQueue, outputQueue } from './stream-calls.ts';
import { StreamFile } from './stream-file.ts';
import { getStreamOption, isOfFamily, setStreamOption } from './stream-options.ts';

/** Calls of every file, which an epoll instance does not answer. */
const FILE_CALLS: ReadonlySet<string> = new Set(['read', 'readv', 'write', 'writev']);

/** struct msghdr of sendmsg(2) and recvmsg(2). */
export interface MessageHeader {
  readonly name?: NameArgument | null;
  readonly iov: readonly Uint8Array[];
  /** recvmsg: there is room for control messages; absent: there is. Without it MSG_CTRUNC says what was lost. */
  readonly hasControl?: boolean;
}

type SocketFile = StreamFile | DatagramFile;

/** Descriptors and calls over one stack. */
export class PosixSockets extends FileTable {
  private socketOf(fd: number): SocketFile | Errno {
    const file = this.table.get(fd);
    if (file === undefined) return 'EBADF';
    return file instanceof StreamFile || file instanceof DatagramFile ? file : 'ENOTSOCK';
  }

  /** socket(2): SOCK_STREAM and SOCK_DGRAM of AF_INET and AF_INET6; SOCK_NONBLOCK, SOCK_CLOEXEC. */
  socket(domain: number, type: number, protocol = 0): PosixCall {
    const call = new PosixCall('socket');
    if (domain !== POSIX.AF_INET && domain !== POSIX.AF_INET6) return call.fail('EAFNOSUPPORT');
    const kind = type & 0xf;
    if (type & ~(0xf | POSIX.SOCK_NONBLOCK | POSIX.SOCK_CLOEXEC)) return call.fail('EINVAL');
    if (kind !== POSIX.SOCK_STREAM && kind !== POSIX.SOCK_DGRAM) return call.fail('ESOCKTNOSUPPORT');
    const expected = kind === POSIX.SOCK_STREAM ? POSIX.IPPROTO_TCP : POSIX.IPPROTO_UDP;
    if (protocol !== 0 && protocol !== expected) return call.fail('EPROTONOSUPPORT');
    if (this.isFull) return call.fail('EMFILE');
    const isStream = kind === POSIX.SOCK_STREAM;
    const file = isStream ? new StreamFile(this, this.stack, domain) : new DatagramFile(this, this.stack, domain);
    file.isNonBlocking = (type & POSIX.SOCK_NONBLOCK) !== 0;
    file.isClosedOnExec = (type & POSIX.SOCK_CLOEXEC) !== 0;
    return call.succeed(this.install(file));
  }

  /** close(2). Waits with SO_LINGER; otherwise what was written is still sent. */
  close(fd: number): PosixCall {
    const file = this.table.get(fd);
    if (file === undefined) return new PosixCall('close').fail('EBADF');
    this.table.delete(fd);
    file.isOpen = false;
    const lingering = file.pendingCalls === 0 ? file.release() : null;
    return lingering === null ? new PosixCall('close').succeed() : this.run(lingering, false);
  }

  /** fcntl(2): F_GETFL, F_SETFL with O_NONBLOCK; F_GETFD, F_SETFD with FD_CLOEXEC, which nothing comes of. */
  fcntl(fd: number, command: number, argument = 0): PosixCall {
    const call = new PosixCall('fcntl');
    const file = this.table.get(fd);
    if (file === undefined) return call.fail('EBADF');
    switch (command) {
      case POSIX.F_GETFL:
        return call.succeed(POSIX.O_RDWR | (file.isNonBlocking ? POSIX.O_NONBLOCK : 0));
      case POSIX.F_SETFL:
        file.isNonBlocking = (argument & POSIX.O_NONBLOCK) !== 0;
        return call.succeed();
      case POSIX.F_GETFD:
        return call.succeed(file.isClosedOnExec ? POSIX.FD_CLOEXEC : 0);
      case POSIX.F_SETFD:
        file.isClosedOnExec = (argument & POSIX.FD_CLOEXEC) !== 0;
        return call.succeed();
      default:
        return call.fail('EINVAL');
    }
  }

  /**
   * ioctl(2): SIOCINQ (FIONREAD), SIOCOUTQ, SIOCOUTQNSD, SIOCATMARK (tcp(7), udp(7)); the answer is `value`. FIONBIO: O_NONBLOCK is set
   * when `argument` is not 0.
   */
  ioctl(fd: number, request: number, argument = 0): PosixCall {
    const call = new PosixCall('ioctl');
    if (request === POSIX.FIONBIO) {
      const any = this.table.get(fd);
      if (any === undefined) return call.fail('EBADF');
      any.isNonBlocking = argument !== 0;
      call.value = argument;
      return call.succeed();
    }
    const file = this.socketOf(fd);
    if (typeof file === 'string') return call.fail(file === 'ENOTSOCK' ? 'EINVAL' : file);
    let answer: number | Errno = 'ENOTTY';
    if (request === POSIX.SIOCINQ) answer = file instanceof StreamFile ? inputQueue(file) : file.nextLength;
    else if (request === POSIX.SIOCOUTQ) answer = file instanceof StreamFile ? outputQueue(file, false) : 0;
    else if (request === POSIX.SIOCOUTQNSD && file instanceof StreamFile) answer = outputQueue(file, true);
    else if (request === POSIX.SIOCATMARK && file instanceof StreamFile) answer = file.isAtMark ? 1 : 0;
    if (typeof answer === 'string') return call.fail(answer);
    call.value = answer;
    return call.succeed();
  }

  // --- names and connections ---

  /** bind(2). Port 0: any. */
  bind(fd: number, name: NameArgument): PosixCall {
    const call = new PosixCall('bind');
    const file = this.socketOf(fd);
    if (typeof file === 'string') return call.fail(file);
    if (isTooShort(file.domain, name)) return call.fail('EINVAL');
    const local = stackName(file.domain, isAnyUnspecified(file.domain, name) ? { ...name, family: file.domain } : name);
    if (typeof local === 'string') return call.fail(local);
    const errno = file instanceof DatagramFile ? file.bind(local) : bindStream(file, local, this.table.values());
    return errno === null ? call.succeed() : call.fail(errno);
  }

  /** listen(2). A second call changes the backlog. */
  listen(fd: number, backlog: number): PosixCall {
    const call = new PosixCall('listen');
    const file = this.socketOf(fd);
    if (typeof file === 'string') return call.fail(file);
    const errno = file instanceof StreamFile ? file.listen(backlog) : 'EOPNOTSUPP';
    return errno === null ? call.succeed() : call.fail(errno);
  }

  /** accept(2): the new descriptor; `peer` says who. */
  accept(fd: number): PosixCall {
    return this.accept4(fd, 0);
  }

  /** accept4(2), with SOCK_NONBLOCK and SOCK_CLOEXEC. */
  accept4(fd: number, flags: number): PosixCall {
    const file = this.socketOf(fd);
    const isOdd = (flags & ~(POSIX.SOCK_NONBLOCK | POSIX.SOCK_CLOEXEC)) !== 0;
    if (isOdd && file !== 'EBADF') return new PosixCall('accept').fail('EINVAL');
    if (typeof file === 'string') return new PosixCall('accept').fail(file);
    if (file instanceof DatagramFile) return new PosixCall('accept').fail('EOPNOTSUPP');
    return this.run(new AcceptCall(this, file, flags), file.isNonBlocking, file.options.receiveTimeoutUs);
  }

  /** connect(2). AF_UNSPEC dissolves the association. */
  connect(fd: number, name: NameArgument): PosixCall {
    const file = this.socketOf(fd);
    if (typeof file === 'string') return new PosixCall('connect').fail(file);
    if (file instanceof DatagramFile) {
      const errno = file.connect(name);
      const call = new PosixCall('connect');
      return errno === null ? call.succeed() : call.fail(errno);
    }
    const call = new ConnectCall(file);
    call.begin(name);
    return this.run(call, file.isNonBlocking, file.options.sendTimeoutUs);
  }

  /** shutdown(2): SHUT_RD, SHUT_WR, SHUT_RDWR. */
  shutdown(fd: number, how: number): PosixCall {
    const call = new PosixCall('shutdown');
    const file = this.socketOf(fd);
    if (typeof file === 'string') return call.fail(file);
    if (how !== POSIX.SHUT_RD && how !== POSIX.SHUT_WR && how !== POSIX.SHUT_RDWR) return call.fail('EINVAL');
    const errno = file.shutdown(how);
    file.wake();
    return errno === null ? call.succeed() : call.fail(errno);
  }

  /** getsockname(2): `peer` is our own name. */
  getsockname(fd: number): PosixCall {
    const call = new PosixCall('getsockname');
    const file = this.socketOf(fd);
    if (typeof file === 'string') return call.fail(file);
    if (file instanceof DatagramFile) {
      const { localAddress, localPort } = file.socket;
      call.peer = userName(file.domain, localAddress, localPort);
    } else {
      const { connection, listening, bound } = file;
      const address = connection?.localAddress || (listening === null ? bound?.address : listening.address);
      call.peer = userName(file.domain, address ?? '', connection?.localPort || listening?.port || (bound?.port ?? 0));
    }
    return call.succeed();
  }

  /** getpeername(2). */
  getpeername(fd: number): PosixCall {
    const call = new PosixCall('getpeername');
    const file = this.socketOf(fd);
    if (typeof file === 'string') return call.fail(file);
    if (file instanceof DatagramFile) call.peer = file.peer;
    else if (file.isConnected && file.connection !== null && file.connection.state !== TcpState.timeWait) {
      // A connection in TIME-WAIT has left its socket.
      call.peer = userName(file.domain, file.connection.remoteAddress, file.connection.remotePort);
    }
    return call.peer === null ? call.fail('ENOTCONN') : call.succeed();
  }

  // --- sending ---

  /** write(2). */
  write(fd: number, bytes: Uint8Array): PosixCall {
    return this.transmit('write', fd, bytes, 0, null);
  }

  /** writev(2). */
  writev(fd: number, iov: readonly Uint8Array[]): PosixCall {
    return this.transmit('writev', fd, gathered(iov), 0, null);
  }

  /** send(2). */
  send(fd: number, bytes: Uint8Array, flags = 0): PosixCall {
    return this.transmit('send', fd, bytes, flags, null);
  }

  /** sendto(2). */
  sendto(fd: number, bytes: Uint8Array, flags: number, name: NameArgument | null): PosixCall {
    return this.transmit('sendto', fd, bytes, flags, name);
  }

  /** sendmsg(2). */
  sendmsg(fd: number, message: MessageHeader, flags = 0): PosixCall {
    return this.transmit('sendmsg', fd, gathered(message.iov), flags, message.name ?? null);
  }

  private transmit(name: string, fd: number, bytes: Uint8Array, flags: number, to: NameArgument | null): PosixCall {
    const file = this.socketOf(fd);
    if (typeof file === 'string') return failOn(name, file);
    if (file instanceof DatagramFile) {
      const call = new PosixCall(name, []);
      if (flags & ~(POSIX.MSG_DONTWAIT | POSIX.MSG_NOSIGNAL)) return call.fail('EOPNOTSUPP');
      const errno = file.send(bytes, to);
      return errno === null ? call.succeed(bytes.length) : call.fail(errno);
    }
    const call = new SendCall(name, file, bytes, flags);
    call.begin(to);
    return this.run(call, isImmediate(file, flags), file.options.sendTimeoutUs);
  }

  // --- receiving ---

  /** read(2). */
  read(fd: number, into: Uint8Array): PosixCall {
    return this.obtain('read', fd, [into], 0);
  }

  /** readv(2). */
  readv(fd: number, iov: readonly Uint8Array[]): PosixCall {
    return this.obtain('readv', fd, iov, 0);
  }

  /** recv(2). */
  recv(fd: number, into: Uint8Array, flags = 0): PosixCall {
    return this.obtain('recv', fd, [into], flags);
  }

  /** recvfrom(2): `peer` says who sent a datagram. */
  recvfrom(fd: number, into: Uint8Array, flags = 0): PosixCall {
    return this.obtain('recvfrom', fd, [into], flags);
  }

  /** recvmsg(2): `messageFlags`, `control` and `peer` are the rest of the answer. */
  recvmsg(fd: number, message: MessageHeader, flags = 0): PosixCall {
    return this.obtain('recvmsg', fd, message.iov, flags, message.hasControl);
  }

  private obtain(name: string, fd: number, into: readonly Uint8Array[], flags: number, hasControl = true): PosixCall {
    const file = this.socketOf(fd);
    if (typeof file === 'string') return failOn(name, file);
    if (file instanceof DatagramFile) {
      if (flags & POSIX.MSG_OOB) return new PosixCall(name).fail('EOPNOTSUPP');
      const call = new DatagramReceiveCall(name, file, into, flags);
      return this.run(call, isImmediate(file, flags), file.receiveTimeoutUs);
    }
    const call = new ReceiveCall(name, file, into, flags, hasControl);
    return this.run(call, isImmediate(file, flags), file.options.receiveTimeoutUs);
  }

  // --- options ---

  /**
   * setsockopt(2). SO_LINGER takes `{onoff, linger}`, SO_RCVTIMEO and SO_SNDTIMEO microseconds or `{seconds, micros}`, TCP_CONGESTION a name.
   * @param length octets the program says there are; absent: as many as it takes
   */
  setsockopt(fd: number, level: number, name: number, value: OptionValue, length?: number): PosixCall {
    const call = new PosixCall('setsockopt');
    const file = this.socketOf(fd);
    if (typeof file === 'string') return call.fail(file);
    if (length !== undefined && length < 0) return call.fail('EINVAL');
    if (!isOfFamily(file, level)) return call.fail('ENOPROTOOPT');
    const given = length === undefined ? { value } : valueWithin(level, name, value, length);
    if (given === null) return call.fail('EINVAL');
    const taken = isTimeout(level, name) ? timeoutOf(given.value) : given.value;
    if (taken === null) return call.fail('EDOM');
    const set =
      file instanceof StreamFile
        ? setStreamOption(file, level, name, taken)
        : setDatagramOption(file, level, name, taken);
    return set === null ? call.succeed() : call.fail(set);
  }

  /**
   * getsockopt(2): the answer is `value`, its octets are `length`; SO_ERROR is a number, TCP_INFO a `TcpInfo`.
   * @param room octets the program has room for; absent: enough
   */
  getsockopt(fd: number, level: number, name: number, room?: number): PosixCall {
    const call = new PosixCall('getsockopt');
    const file = this.socketOf(fd);
    if (typeof file === 'string') return call.fail(file);
    if (room !== undefined && room < 0 && level !== POSIX.SOL_IPV6) return call.fail('EINVAL');
    const isSyn = file instanceof StreamFile && level === POSIX.SOL_TCP && name === POSIX.TCP_SAVED_SYN;
    const value = isSyn
      ? file.takeSavedSyn(room)
      : file instanceof StreamFile
        ? getStreamOption(file, level, name)
        : getDatagramOption(file, level, name);
    if (typeof value === 'object' && 'errno' in value) return call.fail(value.errno);
    const fitted = valueFitted(level, name, value, room);
    call.value = fitted.value;
    call.length = fitted.length;
    return call.succeed();
  }

  // --- readiness ---

  /** poll(2). @param timeoutMs negative: for ever; 0: look only */
  poll(entries: readonly PollEntry[], timeoutMs: number): PosixCall {
    const files = entries.map((entry) => this.table.get(entry.fd) ?? null);
    return this.run(new PollCall(entries, files), timeoutMs === 0, Math.max(0, timeoutMs) * 1000);
  }

  /** epoll_create1(2). */
  epollCreate(flags = 0): PosixCall {
    const call = new PosixCall('epoll_create');
    if (flags & ~POSIX.EPOLL_CLOEXEC) return call.fail('EINVAL');
    const file = new EpollFile(this);
    file.isClosedOnExec = (flags & POSIX.EPOLL_CLOEXEC) !== 0;
    const fd = this.install(file);
    return fd < 0 ? call.fail('EMFILE') : call.succeed(fd);
  }

  /** epoll_ctl(2). */
  epollCtl(epfd: number, operation: number, fd: number, event: EpollEvent | null = null): PosixCall {
    const call = new PosixCall('epoll_ctl');
    const epoll = this.table.get(epfd);
    const file = this.table.get(fd);
    if (epoll === undefined || file === undefined) return call.fail('EBADF');
    if (!(epoll instanceof EpollFile)) return call.fail('EINVAL');
    const errno = epoll.control(operation, fd, file, event);
    epoll.wake();
    return errno === null ? call.succeed() : call.fail(errno);
  }

  /** epoll_wait(2): `events` are filled when it is done. @param timeoutMs negative: for ever; 0: look only */
  epollWait(epfd: number, maxEvents: number, timeoutMs: number): EpollWaitCall {
    const epoll = this.table.get(epfd);
    const isEpoll = epoll instanceof EpollFile;
    const call = new EpollWaitCall(isEpoll ? epoll : new EpollFile(this), maxEvents);
    if (epoll === undefined) return call.fail('EBADF');
    if (!isEpoll || maxEvents <= 0) return call.fail('EINVAL');
    return this.run(call, timeoutMs === 0, Math.max(0, timeoutMs) * 1000);
  }
}

function failOn(name: string, errno: Errno): PosixCall {
  return new PosixCall(name).fail(errno === 'ENOTSOCK' && FILE_CALLS.has(name) ? 'EINVAL' : errno);
}

/** bind(2): AF_UNSPEC with no address is AF_INET, as programs of old have it. */
function isAnyUnspecified(domain: number, { family, address }: NameArgument): boolean {
  return family === POSIX.AF_UNSPEC && domain === POSIX.AF_INET && address === anyAddress(domain);
}
