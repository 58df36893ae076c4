/** A call on sockets of the kernel that may wait: made without waiting, and tried again until it is done. */
import type { EpollEvent } from '../../socket/posix/epoll-file.ts';
import { PosixCall } from '../../socket/posix/posix-call.ts';

/** What a call does each time it is tried; it ends the call when it can. */
type Attempt = (call: KernelCall) => void;

/** A call that may wait. */
export class KernelCall extends PosixCall {
  private readonly tryOnce: Attempt;
  private readonly whenLate: Attempt;
  /** Octets moved so far. */
  moved = 0;
  /** epoll_wait: what happened. */
  events: readonly EpollEvent[] = [];

  constructor(name: string, tryOnce: Attempt, whenLate: Attempt = (call) => call.fail('EAGAIN')) {
    super(name);
    this.tryOnce = tryOnce;
    this.whenLate = whenLate;
  }

  override attempt(): void {
    this.tryOnce(this);
  }

  override expire(): void {
    this.whenLate(this);
  }
}
