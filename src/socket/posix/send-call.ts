/** write(2), send(2) and their relatives on stream sockets. */
import { releaseSyn, synDataRoom } from '../../tcp/fast-open/client.ts';
import { FastOpenBit } from '../../tcp/fast-open/fast-open.ts';
import { markRecordEnd } from '../../tcp/output/push-marks.ts';
import { rareOptions } from '../../tcp/rare-options.ts';
import { canSend, TcpState } from '../../tcp/state.ts';
import type { StreamSocket } from '../stream-socket.ts';
import { openTo } from './connect-call.ts';
import { POSIX } from './constants.ts';
import type { Errno } from './errno.ts';
import { isImmediate } from './open-file.ts';
import { PosixCall } from './posix-call.ts';
import type { NameArgument } from './socket-name.ts';
import type { StreamFile } from './stream-file.ts';

export class SendCall extends PosixCall {
  private readonly file: StreamFile;
  private readonly bytes: Uint8Array;
  private readonly flags: number;
  /** Octets taken so far, and those of them that were taken for the SYN. */
  private taken = 0;
  private takenEarly = 0;
  /** It opens the connection: who may wait does so until that is open. */
  private isOpener = false;

  constructor(name: string, file: StreamFile, bytes: Uint8Array, flags: number) {
    super(name, [file]);
    this.file = file;
    this.bytes = bytes;
    this.flags = flags;
  }

  /** MSG_FASTOPEN: connect and send in one. */
  begin(name: NameArgument | null): void {
    if ((this.flags & POSIX.MSG_FASTOPEN) === 0) return;
    const { file } = this;
    this.isOpener = true;
    const wasConnecting = file.isConnecting;
    const errno = this.openEarly(name);
    if (errno !== null) this.fail(errno);
    // An attempt that was made before, and has succeeded: this is a write.
    if (errno !== null || (wasConnecting && file.isConnected)) return;
    if (this.bytes.length > 0 && file.isDeferred) return;
    // Nothing can ride along: an ordinary handshake, and the data after it.
    const tcb = file.connection?.tcb ?? null;
    if (tcb !== null) releaseSyn(file.stack.tcp, tcb);
    if (file.isNonBlocking || this.flags & POSIX.MSG_DONTWAIT) this.fail('EINPROGRESS');
  }

  private openEarly(name: NameArgument | null): Errno | null {
    const { file } = this;
    if ((file.stack.tcp.settings.fastopen & FastOpenBit.client) === 0) return 'EOPNOTSUPP';
    if (name?.family === POSIX.AF_UNSPEC) return 'EOPNOTSUPP';
    if (file.listening !== null || (file.connection !== null && !file.isConnecting)) return 'EISCONN';
    if (file.connection === null) return name === null ? 'EINVAL' : openTo(file, name, true);
    if (file.isOpening) return 'EALREADY';
    return file.concludeConnect();
  }

  override attempt(): void {
    const { file } = this;
    const { connection } = file;
    if (file.error !== null) {
      if (this.taken > this.takenEarly) this.succeed(this.taken);
      else this.fail(file.takeError() ?? 'EPIPE');
      return;
    }
    if (file.isDeferred) this.writeEarly();
    else if (connection !== null && file.isOpening) this.awaitOpening(connection);
    else if (connection === null || file.isWriteShut || !canWrite(connection)) this.endOfPipe();
    else this.write();
  }

  /** Whoever waits with more to write lets the handshake's last segment ride on it, as on Linux. */
  private awaitOpening({ tcb, stack }: StreamSocket): void {
    const { profile } = stack.tcp.settings;
    if (this.isOpener && tcb !== null && profile === 'linux' && !isImmediate(this.file, this.flags))
      tcb.isInteractive = true;
  }

  private endOfPipe(): void {
    if (this.taken > 0) {
      this.succeed(this.taken);
      return;
    }
    if ((this.flags & POSIX.MSG_NOSIGNAL) === 0) this.signal = 'SIGPIPE';
    this.fail('EPIPE');
  }

  /** The first octets ride on the SYN; more has to wait for its answer. */
  private writeEarly(): void {
    const { file, bytes } = this;
    const { connection } = file;
    if (connection?.tcb == null) return;
    this.isOpener = true;
    if (bytes.length === 0) {
      releaseSyn(file.stack.tcp, connection.tcb);
      if (isImmediate(file, this.flags)) this.fail('EINPROGRESS');
      return;
    }
    this.taken += connection.write(bytes, 0, Math.min(bytes.length, Math.max(1, synDataRoom(connection.tcb))));
    this.takenEarly = this.taken;
    this.awaitOpening(connection);
  }

  /** MSG_EOR: the record ends where this call does. */
  private endRecord(): void {
    const tcb = this.file.connection?.tcb ?? null;
    if (tcb !== null && this.flags & POSIX.MSG_EOR) markRecordEnd(tcb);
  }

  private write(): void {
    const { bytes, flags } = this;
    const { connection } = this.file;
    if (connection === null) return;
    noteMore(connection, (flags & POSIX.MSG_MORE) !== 0);
    const isUrgent = (flags & POSIX.MSG_OOB) !== 0;
    const rest = bytes.subarray(this.taken);
    this.taken += isUrgent ? connection.writeUrgent(rest) : connection.write(rest);
    if (this.taken < bytes.length) return;
    // Who has waited knows that the connection is open.
    if (this.isOpener && !isImmediate(this.file, flags)) this.file.isConnecting = false;
    this.endRecord();
    this.succeed(this.taken);
  }

  override expire(): void {
    if (this.taken > 0) this.succeed(this.taken);
    else this.fail('EAGAIN');
  }
}

/** This end was not closed: segments of a handshake that was accepted early count as open. */
function canWrite(connection: StreamSocket): boolean {
  const { tcb } = connection;
  return tcb !== null && !tcb.finQueued && (canSend(tcb.state) || tcb.isFastOpened) && tcb.state !== TcpState.closed;
}

/** Whether the write that follows promises more. */
function noteMore({ tcb }: StreamSocket, isMore: boolean): void {
  if (tcb === null || (!isMore && tcb.rare === null)) return;
  const rare = rareOptions(tcb);
  rare.isMoreComing = isMore;
  rare.isHeldForMore = isMore;
}
