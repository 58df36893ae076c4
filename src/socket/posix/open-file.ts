/** What a file descriptor stands for: the open file description, and who watches it. */
import { SocketEvent } from '../socket-event.ts';
import { POSIX } from './constants.ts';
import type { FileInUse, PosixCall } from './posix-call.ts';

/** POLL bits of what can be read, and of what can be written. */
export const READABLE: number = POSIX.POLLIN | POSIX.POLLRDNORM;
export const WRITABLE: number = POSIX.POLLOUT | POSIX.POLLWRNORM;

/** Bits whose watchers hear of text that has come, of room that was made, and of everything. */
const WAKES_READERS = POSIX.POLLIN | POSIX.POLLPRI | POSIX.POLLRDNORM | POSIX.POLLRDBAND;
const WAKES_WRITERS = POSIX.POLLOUT | POSIX.POLLWRNORM | POSIX.POLLWRBAND;
const WAKES_ALL = -1;

/** Who has something to hear of these events. Trouble that is survived is told to whoever asks. */
function wokenBy(events: number): number {
  const { connected, readEnd, error, closed, finAcknowledged, readable, urgent, acceptable, writable } = SocketEvent;
  if (events & (connected | readEnd | error | closed | finAcknowledged)) return WAKES_ALL;
  const readers = events & (readable | urgent | acceptable) ? WAKES_READERS : 0;
  return readers | (events & writable ? WAKES_WRITERS : 0);
}

/** For files: where news goes, and what time it is. */
export interface FileKeeper {
  /** Something has changed: pending calls are tried again. */
  retry(): void;
  /** The present, the stack's microseconds. */
  readonly nowUs: number;
}

/** Who is told that something has happened to a file. */
export interface FileWatcher {
  /** POLL bits it asks for. */
  readonly events: number;
  isTriggered: boolean;
}

/** An open file description (open(2)): shared by calls that are under way when its descriptor is closed. */
export abstract class OpenFile implements FileInUse {
  protected readonly keeper: FileKeeper;
  /** O_NONBLOCK. */
  isNonBlocking = false;
  /** FD_CLOEXEC of its descriptor. */
  isClosedOnExec = false;
  /** A descriptor names it. */
  isOpen = true;
  /** Calls under way. */
  pendingCalls = 0;
  /** epoll instances that watch it. */
  readonly watchers: FileWatcher[] = [];

  constructor(keeper: FileKeeper) {
    this.keeper = keeper;
  }

  /** POLL bits that hold now (poll(2)). */
  abstract readiness(): number;

  /** The last descriptor is closed and no call is under way. Returns a call when that may take time (SO_LINGER), else null. */
  abstract release(): PosixCall | null;

  /** For drivers: SocketEvent bits of the socket below. */
  socketEvents(events: number): void {
    this.wake(wokenBy(events));
  }

  /** Tells pending calls, and watchers who ask for one of these bits. */
  wake(bits: number = WAKES_ALL): void {
    for (const watcher of this.watchers)
      if (bits === WAKES_ALL || (watcher.events & bits) !== 0) watcher.isTriggered = true;
    this.keeper.retry();
  }
}

/** Whether a call on this file with these flags must not wait. */
export function isImmediate(file: OpenFile, flags: number): boolean {
  return file.isNonBlocking || (flags & POSIX.MSG_DONTWAIT) !== 0;
}
