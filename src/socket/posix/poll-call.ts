/** poll(2). */
import { POSIX } from './constants.ts';
import type { OpenFile } from './open-file.ts';
import { PosixCall } from './posix-call.ts';

/** struct pollfd; `revents` is written when the call is done. */
export interface PollEntry {
  /** Negative: skipped. */
  readonly fd: number;
  readonly events: number;
  revents: number;
}

const ALWAYS = POSIX.POLLERR | POSIX.POLLHUP;

/** poll(2), waiting. */
export class PollCall extends PosixCall {
  private readonly entries: readonly PollEntry[];
  /** Beside each entry its file, null when the descriptor is not open. */
  private readonly watched: readonly (OpenFile | null)[];

  constructor(entries: readonly PollEntry[], watched: readonly (OpenFile | null)[]) {
    super(
      'poll',
      watched.filter((file) => file !== null),
    );
    this.entries = entries;
    this.watched = watched;
  }

  override attempt(): void {
    let count = 0;
    this.entries.forEach((entry, index) => {
      const file = this.watched[index] ?? null;
      if (entry.fd < 0) entry.revents = 0;
      else if (file === null) entry.revents = POSIX.POLLNVAL;
      else entry.revents = file.readiness() & (entry.events | ALWAYS);
      if (entry.revents !== 0) count++;
    });
    if (count > 0) this.succeed(count);
  }

  override expire(): void {
    this.succeed(0);
  }
}
