/** read(2), recv(2) and their relatives on stream sockets. */
import { POSIX } from './constants.ts';
import { PosixCall } from './posix-call.ts';
import type { StreamFile } from './stream-file.ts';

export class ReceiveCall extends PosixCall {
  private readonly file: StreamFile;
  private readonly into: readonly Uint8Array[];
  private readonly flags: number;
  private readonly room: number;
  /** Octets handed over so far. */
  private taken = 0;

  constructor(name: string, file: StreamFile, into: readonly Uint8Array[], flags: number) {
    super(name, [file]);
    this.file = file;
    this.into = into;
    this.flags = flags;
    this.room = into.reduce((sum, part) => sum + part.length, 0);
  }

  override attempt(): void {
    const { file, flags } = this;
    const { connection } = file;
    if (connection === null) {
      this.endUnconnected();
      return;
    }
    if (flags & POSIX.MSG_OOB) {
      this.takeUrgent();
      return;
    }
    if (file.isOpening) return;
    const available = file.readableLength;
    const from = Math.max(0, file.options.peekOffset);
    if (flags & POSIX.MSG_PEEK) this.taken = this.move((part, at) => connection.peek(part, 0, part.length, from + at));
    else if (flags & POSIX.MSG_TRUNC) this.discard(Math.min(this.room - this.taken, available));
    else this.taken += this.move((part) => connection.read(part));
    const target = flags & POSIX.MSG_WAITALL ? this.room : Math.min(file.options.receiveLowat, this.room);
    if (this.taken > 0 && this.taken >= target) this.end(this.taken);
    else if (this.room === 0 && available > 0) this.end(0);
    else if (this.isOver()) this.endOfStream();
  }

  private endUnconnected(): void {
    const { file } = this;
    const errno = file.listening === null ? file.takeError() : null;
    if (errno === null && file.listening === null && file.isReadShut) this.end(0);
    else this.fail(errno ?? 'ENOTCONN');
  }

  /** Nothing more will come. */
  private isOver(): boolean {
    const { file } = this;
    if (file.error !== null || file.isReadShut) return true;
    return file.connection === null || file.connection.isReadEnded;
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

  /** Fills the buffers from where the last attempt stopped. Returns octets moved, of a peek from the first on. */
  private move(read: (part: Uint8Array, at: number) => number): number {
    let skip = this.flags & POSIX.MSG_PEEK ? 0 : this.taken;
    let moved = 0;
    const bound = this.upToMark();
    for (const part of this.into) {
      if (skip >= part.length) {
        skip -= part.length;
        continue;
      }
      const room = part.subarray(skip, skip + bound - moved);
      skip = 0;
      const count = read(room, moved);
      moved += count;
      if (count < room.length || moved === bound) break;
    }
    return moved;
  }

  /** One read never goes past the urgent mark, also when the octet behind it stays in the stream (tcp(7)). */
  private upToMark(): number {
    const { connection, options } = this.file;
    const urgentLength = options.oobInline === 0 ? 0 : (connection?.urgentLength ?? 0);
    return urgentLength > 1 ? urgentLength - 1 : Number.MAX_SAFE_INTEGER;
  }

  private discard(count: number): void {
    if (count <= 0) return;
    this.file.connection?.discard(count);
    this.taken += count;
  }

  /** The out-of-band octet: never waits (tcp(7)). */
  private takeUrgent(): void {
    const { file, into, flags } = this;
    const { connection } = file;
    const urgent = connection?.tcb?.urgent ?? null;
    if (
      connection === null ||
      file.options.oobInline ||
      urgent === null ||
      !urgent.isReceiving ||
      urgent.isOctetTaken
    ) {
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
    else first[0] = octet[0]!;
    this.end(first === undefined ? 0 : 1);
  }

  private end(count: number): void {
    const { file } = this;
    if (file.options.wantsInq !== 0 && this.name === 'recvmsg') {
      this.control = [{ level: POSIX.SOL_TCP, type: POSIX.TCP_CM_INQ, data: octetsLeft(file) }];
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

/** What TCP_INQ tells: octets that can be read on; 1 when only the end of the stream is left, so that it is read. */
function octetsLeft(file: StreamFile): number {
  const left = file.readableLength;
  return left === 0 && file.connection?.tcb?.rcvFinDone ? 1 : left;
}
