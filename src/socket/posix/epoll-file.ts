/** epoll(7): interest lists, level-triggered, edge-triggered and one-shot. */
import { POSIX } from './constants.ts';
import type { Errno } from './errno.ts';
import { type FileWatcher, OpenFile, READABLE } from './open-file.ts';
import { PosixCall } from './posix-call.ts';

/** struct epoll_event: bits, and a number that is handed back. */
export interface EpollEvent {
  readonly events: number;
  /** The user's; Linux has 64 bits for it. */
  readonly data: number | bigint;
}

/** Reported whether asked for or not. */
const ALWAYS = POSIX.EPOLLERR | POSIX.EPOLLHUP;
/** Bits that are no events. */
const FLAGS = POSIX.EPOLLET | POSIX.EPOLLONESHOT | POSIX.EPOLLEXCLUSIVE;
/** What EPOLLEXCLUSIVE may stand with (epoll_ctl(2)). */
const EXCLUSIVE_WITH =
  POSIX.EPOLLEXCLUSIVE | POSIX.EPOLLET | POSIX.EPOLLIN | POSIX.EPOLLOUT | POSIX.EPOLLERR | POSIX.EPOLLHUP;

/** One file of an interest list. */
export class EpollInterest implements FileWatcher {
  readonly fd: number;
  readonly file: OpenFile;
  events: number;
  data: number | bigint;
  /** Something has happened since it was last reported, or it was added or changed. */
  isTriggered = true;
  /** EPOLLONESHOT has fired. */
  isDisabled = false;

  constructor(fd: number, file: OpenFile, event: EpollEvent) {
    this.fd = fd;
    this.file = file;
    this.events = event.events >>> 0;
    this.data = event.data;
  }

  /** Bits to report now, 0 when there are none. */
  ready(): number {
    if (this.isDisabled || ((this.events & POSIX.EPOLLET) !== 0 && !this.isTriggered)) return 0;
    return this.file.readiness() & ((this.events & ~FLAGS) | ALWAYS);
  }

  /** It was reported. */
  reported(): void {
    this.isTriggered = false;
    if (this.events & POSIX.EPOLLONESHOT) this.isDisabled = true;
  }
}

/** An epoll instance. */
export class EpollFile extends OpenFile {
  private interests: EpollInterest[] = [];

  readiness(): number {
    return this.interests.some((interest) => interest.ready() !== 0) ? READABLE : 0;
  }

  release(): null {
    for (const interest of this.interests) unwatch(interest);
    this.interests = [];
    return null;
  }

  /** epoll_ctl(2). EINVAL for an epoll instance in another: not offered. */
  control(operation: number, fd: number, file: OpenFile, event: EpollEvent | null): Errno | null {
    if (file instanceof EpollFile) return 'EINVAL';
    const known = this.interests.find((interest) => interest.fd === fd && interest.file === file);
    switch (operation) {
      case POSIX.EPOLL_CTL_ADD:
        if (event === null || (isExclusive(event) && (event.events & ~EXCLUSIVE_WITH) !== 0)) return 'EINVAL';
        if (known !== undefined) return 'EEXIST';
        this.add(new EpollInterest(fd, file, event));
        return null;
      case POSIX.EPOLL_CTL_MOD:
        if (event !== null && isExclusive(event)) return 'EINVAL';
        if (known === undefined) return 'ENOENT';
        if (event === null || isExclusive(known)) return 'EINVAL';
        known.events = event.events >>> 0;
        known.data = event.data;
        known.isTriggered = true;
        known.isDisabled = false;
        return null;
      case POSIX.EPOLL_CTL_DEL:
        if (known === undefined) return 'ENOENT';
        this.drop(known);
        return null;
      default:
        return 'EINVAL';
    }
  }

  /** Up to `most` events that hold now; whoever was reported goes to the end of the list, so that all have their turn. */
  take(most: number): EpollEvent[] {
    const found: EpollEvent[] = [];
    for (const interest of [...this.interests]) {
      if (found.length === most) break;
      if (!interest.file.isOpen) {
        this.drop(interest);
        continue;
      }
      const events = interest.ready();
      if (events === 0) continue;
      found.push({ events, data: interest.data });
      interest.reported();
      this.interests.splice(this.interests.indexOf(interest), 1);
      this.interests.push(interest);
    }
    return found;
  }

  private add(interest: EpollInterest): void {
    this.interests.push(interest);
    interest.file.watchers.push(interest);
  }

  private drop(interest: EpollInterest): void {
    this.interests.splice(this.interests.indexOf(interest), 1);
    unwatch(interest);
  }
}

/** Wakes one of several who wait; with one thread there is nothing to choose, but it cannot be changed later. */
function isExclusive({ events }: { readonly events: number }): boolean {
  return (events & POSIX.EPOLLEXCLUSIVE) !== 0;
}

function unwatch(interest: EpollInterest): void {
  const { watchers } = interest.file;
  const index = watchers.indexOf(interest);
  if (index >= 0) watchers.splice(index, 1);
}

/** epoll_wait(2). */
export class EpollWaitCall extends PosixCall {
  private readonly epoll: EpollFile;
  private readonly most: number;
  /** What happened, filled when it is done. */
  events: readonly EpollEvent[] = [];

  constructor(epoll: EpollFile, most: number) {
    super('epoll_wait', [epoll]);
    this.epoll = epoll;
    this.most = most;
  }

  override attempt(): void {
    this.events = this.epoll.take(this.most);
    if (this.events.length > 0) this.succeed(this.events.length);
  }

  override expire(): void {
    this.succeed(0);
  }
}
