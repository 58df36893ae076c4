/** Reading and writing on sockets of the kernel. */
import { POSIX } from '../../socket/posix/constants.ts';
import type { Errno } from '../../socket/posix/errno.ts';
import { gathered } from '../../socket/posix/gathered.ts';
import { PosixCall } from '../../socket/posix/posix-call.ts';
import type { MessageHeader } from '../../socket/posix/posix-sockets.ts';
import type { NameArgument } from '../../socket/posix/socket-name.ts';
import { int32 } from '../native.ts';
import { joinedRest, spread } from './call-data.ts';
import { KernelCall } from './kernel-call.ts';
import { isOpening } from './kernel-info.ts';
import { KernelWaiting } from './kernel-waiting.ts';
import { encodeName, Message, viewOf } from './structures.ts';

export class KernelTransfers extends KernelWaiting {
  read(fd: number, into: Uint8Array): PosixCall {
    return this.obtain('read', fd, [into], 0);
  }

  readv(fd: number, parts: readonly Uint8Array[]): PosixCall {
    return this.obtain('readv', fd, parts, 0);
  }

  recv(fd: number, into: Uint8Array, flags = 0): PosixCall {
    return this.obtain('recv', fd, [into], flags);
  }

  recvfrom(fd: number, into: Uint8Array, flags = 0): PosixCall {
    return this.obtain('recvfrom', fd, [into], flags);
  }

  recvmsg(fd: number, { iov, hasControl = true }: MessageHeader, flags = 0): PosixCall {
    return this.obtain('recvmsg', fd, iov, flags, hasControl);
  }

  protected isSocket(fd: number): boolean {
    return this.numberOption(fd, POSIX.SOL_SOCKET, POSIX.SO_TYPE) !== null;
  }

  /** All is recvmsg(2) and sendmsg(2) here: what read(2) and write(2) say of a descriptor that is no socket. */
  private asNamed(name: string, errno: Errno): Errno {
    return errno === 'ENOTSOCK' && /^(?:read|write)/.test(name) ? 'EINVAL' : errno;
  }

  /** Whoever waits for all gets no more: at the urgent mark, and at the end of what can be looked at. */
  private isStopped(fd: number, isPeek: boolean): boolean {
    const answer = int32(0);
    if (this.libc.ioctl(fd, POSIX.SIOCATMARK, answer) >= 0 && viewOf(answer).getInt32(0, true) !== 0) return true;
    return isPeek && this.ready(fd, POSIX.POLLRDHUP) !== 0;
  }

  /** So much can be read, or no more will come before something is read. */
  private isReached(fd: number, target: number): boolean {
    const answer = int32(0);
    if (this.libc.ioctl(fd, POSIX.SIOCINQ, answer) < 0 || viewOf(answer).getInt32(0, true) >= target) return true;
    return this.ready(fd, POSIX.POLLIN | POSIX.POLLRDHUP) !== 0;
  }

  private obtain(name: string, fd: number, parts: readonly Uint8Array[], flags: number, hasControl = false): PosixCall {
    // An urgent octet is there or not: nobody waits for it.
    const mustNotWait = (flags & (POSIX.MSG_DONTWAIT | POSIX.MSG_OOB)) !== 0 || this.isNonBlocking(fd);
    const length = parts.reduce((sum, part) => sum + part.length, 0);
    // The kernel does not ask the socket either when nothing is to be read.
    if (length === 0 && name.startsWith('read') && this.isSocket(fd)) return new PosixCall(name).succeed(0);
    const lowat = mustNotWait ? 1 : (this.numberOption(fd, POSIX.SOL_SOCKET, POSIX.SO_RCVLOWAT) ?? 1);
    const target = Math.min(lowat, length);
    const isPeek = (flags & POSIX.MSG_PEEK) !== 0;
    const wantsAll = (flags & POSIX.MSG_WAITALL) !== 0 && !mustNotWait;
    const call = new KernelCall(
      name,
      (self) => {
        if (target > 1 && !this.isReached(fd, target)) return;
        const rest = self.moved === 0 || isPeek ? parts : [joinedRest(parts, self.moved)];
        const room = name.startsWith('recv') ? new Uint8Array(128) : null;
        const message = new Message(this.libc, rest, room, hasControl);
        const count = this.libc.recvmsg(fd, message.header, flags | POSIX.MSG_DONTWAIT);
        const errno = count < 0 ? this.libc.errno() : null;
        if (errno === 'EAGAIN') return;
        if (errno !== null) {
          if (self.moved > 0) self.succeed(self.moved);
          else self.fail(this.asNamed(name, errno));
          return;
        }
        if (rest !== parts) spread(rest[0] ?? new Uint8Array(0), parts, self.moved, count);
        self.moved = isPeek ? count : self.moved + count;
        self.messageFlags = message.flags;
        if (room !== null) self.peer = message.sender;
        self.control = message.controlMessages();
        if (!wantsAll || count === 0 || self.moved >= length || this.isStopped(fd, isPeek)) self.succeed(self.moved);
      },
      (self) => (self.moved > 0 ? self.succeed(self.moved) : self.fail('EAGAIN')),
    );
    return this.run(call, mustNotWait, this.timeoutsUs.get(`${fd} ${POSIX.SO_RCVTIMEO}`));
  }

  write(fd: number, bytes: Uint8Array): PosixCall {
    return this.transmit('write', fd, bytes, 0, null);
  }

  writev(fd: number, parts: readonly Uint8Array[]): PosixCall {
    return this.transmit('writev', fd, gathered(parts), 0, null);
  }

  send(fd: number, bytes: Uint8Array, flags = 0): PosixCall {
    return this.transmit('send', fd, bytes, flags, null);
  }

  sendto(fd: number, bytes: Uint8Array, flags: number, name: NameArgument | null): PosixCall {
    return this.transmit('sendto', fd, bytes, flags, name);
  }

  sendmsg(fd: number, message: MessageHeader, flags = 0): PosixCall {
    return this.transmit('sendmsg', fd, gathered(message.iov), flags, message.name ?? null);
  }

  private transmit(name: string, fd: number, bytes: Uint8Array, flags: number, to: NameArgument | null): PosixCall {
    const mustNotWait = (flags & POSIX.MSG_DONTWAIT) !== 0 || this.isNonBlocking(fd);
    const address = to === null ? null : encodeName(to);
    let early = flags & POSIX.MSG_FASTOPEN;
    const call = new KernelCall(
      name,
      (self) => {
        // Whoever may wait is told once the connection is open that this call has begun.
        if (self.moved > 0 && self.moved === bytes.length) {
          if (!isOpening(this.libc, fd)) self.succeed(self.moved);
          return;
        }
        if (self.moved > 0 && this.ready(fd, POSIX.POLLOUT) === 0) return;
        const message = new Message(
          this.libc,
          [bytes.subarray(self.moved)],
          early || self.moved === 0 ? address : null,
          false,
        );
        const given = (flags & ~POSIX.MSG_FASTOPEN) | early | POSIX.MSG_DONTWAIT | POSIX.MSG_NOSIGNAL;
        const count = this.libc.sendmsg(fd, message.header, given);
        const errno = count < 0 ? this.libc.errno() : null;
        early = 0;
        if (errno === 'EAGAIN' || (errno === 'EINPROGRESS' && !mustNotWait)) return;
        if (errno !== null) {
          if (self.moved > 0) self.succeed(self.moved);
          else self.fail(this.asNamed(name, errno));
          return;
        }
        self.moved += count;
        if (mustNotWait || (self.moved >= bytes.length && !isOpening(this.libc, fd))) self.succeed(self.moved);
      },
      (self) => (self.moved > 0 ? self.succeed(self.moved) : self.fail('EAGAIN')),
    );
    return this.run(call, mustNotWait, this.timeoutsUs.get(`${fd} ${POSIX.SO_SNDTIMEO}`));
  }
}
