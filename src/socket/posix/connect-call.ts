/** accept(2) and connect(2) on stream sockets. */

import { POSIX } from './constants.ts';
import type { Errno } from './errno.ts';
import type { OpenFile } from './open-file.ts';
import { PosixCall } from './posix-call.ts';
import type { NameArgument } from './socket-name.ts';
import { isTooShort, stackName, userName } from './socket-name.ts';
import type { StreamFile } from './stream-file.ts';

/** Whoever gives descriptors. */
export interface DescriptorTable {
  /** A descriptor for the file, -1 when there are too many. */
  install(file: OpenFile): number;
}

/** accept(2), accept4(2). */
export class AcceptCall extends PosixCall {
  private readonly table: DescriptorTable;
  private readonly file: StreamFile;
  private readonly flags: number;

  constructor(table: DescriptorTable, file: StreamFile, flags: number) {
    super('accept', [file]);
    this.table = table;
    this.file = file;
    this.flags = flags;
  }

  override attempt(): void {
    if (this.file.listening === null) {
      this.fail('EINVAL');
      return;
    }
    const accepted = this.file.acceptOne();
    if (accepted === null) return;
    accepted.isNonBlocking = (this.flags & POSIX.SOCK_NONBLOCK) !== 0;
    accepted.isClosedOnExec = (this.flags & POSIX.SOCK_CLOEXEC) !== 0;
    const fd = this.table.install(accepted);
    if (fd < 0) {
      accepted.dissolve();
      this.fail('EMFILE');
      return;
    }
    const { connection } = accepted;
    this.peer = userName(this.file.domain, connection?.remoteAddress ?? '', connection?.remotePort ?? 0);
    this.succeed(fd);
  }
}

/** connect(2). */
export class ConnectCall extends PosixCall {
  private readonly file: StreamFile;

  constructor(file: StreamFile) {
    super('connect', [file]);
    this.file = file;
  }

  /** What can be said without waiting, and the SYN. */
  begin(name: NameArgument): void {
    const { file } = this;
    if (name.family === POSIX.AF_UNSPEC) {
      file.disconnect();
      this.succeed();
      return;
    }
    if (file.listening !== null || (file.connection !== null && (!file.isConnecting || file.isDeferred))) {
      this.fail('EISCONN');
      return;
    }
    if (file.connection !== null) {
      this.attempt();
      if (!this.isDone && file.isNonBlocking) this.fail('EALREADY');
      return;
    }
    const errno = openTo(file, name, false);
    if (errno !== null) this.fail(errno);
    else if (file.isDeferred) this.succeed();
  }

  override attempt(): void {
    const { file } = this;
    if (file.isOpening) return;
    const errno = file.concludeConnect();
    if (errno === null) this.succeed();
    else this.fail(errno);
  }

  override expire(): void {
    this.fail('EINPROGRESS');
  }
}

/** Starts a connection to `name`. @param isEarly with data in the SYN, if that is possible */
export function openTo(file: StreamFile, name: NameArgument, isEarly: boolean): Errno | null {
  if (isTooShort(file.domain, name)) return 'EINVAL';
  const peer = stackName(file.domain, name);
  if (typeof peer === 'string') return peer;
  if (peer.port === 0) return 'ECONNREFUSED';
  if (file.options.v6Only !== 0 && file.domain === POSIX.AF_INET6 && peer.family === POSIX.AF_INET)
    return 'ENETUNREACH';
  const errno = file.open(peer, isEarly);
  if (errno === null) file.isConnecting = true;
  return errno;
}
