/** read(2), recv(2) and their relatives on stream sockets. */
import { TcpState } from '../../tcp/state.ts';
import type { StreamSocket } from '../stream-socket.ts';
import { POSIX } from './constants.ts';
import { PosixCall } from './posix-call.ts';
import type { StreamFile } from './stream-file.ts';

/** Calls of every file: without room for anything they do not even look. */
const READS: ReadonlySet<string> = new Set(['read', 'readv']);

export class ReceiveCall extends PosixCall {
  private readonly file: StreamFile;
  private readonly into: readonly Uint8Array[];
  private readonly flags: number;
  private readonly room: number;
  private readonly hasControl: boolean;
  /** Octets handed over so far. */
  private taken = 0;

  constructor(name: string, file: StreamFile, into: readonly Uint8Array[], flags: number, hasControl: boolean) {
    super(name, [file]);
    this.hasControl = hasControl;
    this.file = file;
    this.into = into;
    this.flags = flags;
    this.room = into.reduce((sum, part) => sum + part.length, 0);
  }

  override attempt(): void {
    const { file, flags } = this;
    const { connection } = file;
    if (this.room === 0 && READS.has(this.name)) {
      this.succeed(0);
      return;
    }
    if (file.listening !== null) {
      this.fail('ENOTCONN');
      return;
    }
    if (flags & POSIX.MSG_OOB) {
      this.takeUrgent();
      return;
    }
    if (connection === null) {
      const errno = file.takeError();
      if (errno === null && file.isReadShut) this.succeed(0);
      else this.fail(errno ?? 'ENOTCONN');
      return;
    }
    if (file.isOpening) return;
    const isAtMark = this.take(connection);
    const target = flags & POSIX.MSG_WAITALL ? this.room : Math.min(file.options.receiveLowat, this.room);
    if (this.taken > 0 && (isAtMark || this.taken >= target)) this.end(this.taken);
    else if (this.room === 0 && connection.readableLength > 0) this.end(0);
    else if (this.isOver()) this.endOfStream();
  }

  /** Nothing more will come: what there was is taken. */
  private isOver(): boolean {
    const { file } = this;
    if (file.error !== null || file.isReadShut) return true;
    const tcb = file.connection?.tcb ?? null;
    return tcb === null || tcb.rcvFinDone || tcb.state === TcpState.closed;
  }

  private endOfStream(): void {
    const { file } = this;
    if (this.taken > 0) this.end(this.taken);
    else if (file.connection?.tcb?.rcvFinDone) this.end(0);
    else {
      const errno = file.takeError();
      if (errno === null) this.end(0);
      else this.fail(errno);
    }
  }

  /**
   * Takes, looks at or throws away what is there, from where the last attempt stopped; a look begins anew. Nobody goes past the urgent
   * mark in the middle of a call, also when the octet behind it stays in the stream (tcp(7)); whoever begins there steps over an octet
   * that is read apart. Returns whether the mark has stopped it.
   */
  private take(connection: StreamSocket): boolean {
    const { options } = this.file;
    const isPeek = (this.flags & POSIX.MSG_PEEK) !== 0;
    let at = isPeek ? Math.max(0, options.peekOffset) : 0;
    if (isPeek) this.taken = 0;
    while (this.taken < this.room) {
      const mark = connection.urgentLength - 1 - at;
      if (mark === 0 && this.taken > 0) return true;
      const available = connection.readableLength - at;
      if (available <= 0) return false;
      if (mark === 0 && options.oobInline === 0) {
        if (isPeek) at++;
        else connection.discard(1);
        continue;
      }
      const most = Math.min(this.room - this.taken, available);
      const length = mark > 0 ? Math.min(most, mark) : most;
      this.move(connection, length, isPeek ? at : -1);
      this.taken += length;
      if (isPeek) at += length;
    }
    return false;
  }

  /** The next octets into the buffers. @param peekAt where to look, counted from the next to be read; below zero: they are taken */
  private move(connection: StreamSocket, length: number, peekAt: number): void {
    if (this.flags & POSIX.MSG_TRUNC) {
      if (peekAt < 0) connection.discard(length);
      return;
    }
    let skip = this.taken;
    let moved = 0;
    for (const part of this.into) {
      const count = Math.min(Math.max(0, part.length - skip), length - moved);
      if (count > 0) {
        if (peekAt < 0) connection.read(part, skip, count);
        else connection.peek(part, skip, count, peekAt + moved);
      }
      skip = Math.max(0, skip - part.length);
      moved += count;
    }
  }

  /** The out-of-band octet: never waits (tcp(7)). */
  private takeUrgent(): void {
    const { file, into, flags } = this;
    const { connection } = file;
    const urgent = connection?.tcb?.urgent ?? null;
    const isNone = urgent === null || !urgent.isReceiving || urgent.isOctetTaken;
    if (connection === null || file.options.oobInline || isNone) {
      this.fail('EINVAL');
      return;
    }
    const at = connection.urgentLength - 1;
    const octet = new Uint8Array(1);
    if (connection.peek(octet, 0, 1, at) === 0) {
      if (file.isReadShut || connection.isReadEnded) this.end(0);
      else this.fail('EAGAIN');
      return;
    }
    if ((flags & POSIX.MSG_PEEK) === 0) connection.readUrgent();
    this.messageFlags |= POSIX.MSG_OOB;
    const first = into.find((part) => part.length > 0);
    if (first === undefined) this.messageFlags |= POSIX.MSG_TRUNC;
    else if ((flags & POSIX.MSG_TRUNC) === 0) first[0] = octet[0]!;
    this.end(first === undefined ? 0 : 1);
  }

  private end(count: number): void {
    const { file } = this;
    if (file.options.wantsInq !== 0 && this.name === 'recvmsg') {
      if (!this.hasControl) this.messageFlags |= POSIX.MSG_CTRUNC;
      else this.control = [{ level: POSIX.SOL_TCP, type: POSIX.TCP_CM_INQ, data: octetsLeft(file) }];
    }
    this.movePeekOffset(count);
    this.succeed(count);
  }

  /** SO_PEEK_OFF goes on with what is looked at, and back with what is taken. */
  private movePeekOffset(count: number): void {
    const { options } = this.file;
    if (options.peekOffset < 0) return;
    const step = this.flags & POSIX.MSG_PEEK ? count : -count;
    options.peekOffset = Math.max(0, options.peekOffset + step);
  }

  override expire(): void {
    if (this.taken > 0) this.end(this.taken);
    else this.fail('EAGAIN');
  }
}

/** What TCP_INQ tells: octets that can be read on, an urgent one and the end of the stream, which is to be read as well, among them. */
function octetsLeft({ connection }: StreamFile): number {
  return (connection?.readableLength ?? 0) + (connection?.tcb?.rcvFinDone ? 1 : 0);
}
