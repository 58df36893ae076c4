/**
 * Calls on the kernel that may wait. One thread plays program and peer, so no call may really sleep: each is made without waiting,
 * and one that would have slept is pending and tried again (`step`) until it is done.
 */
import { POSIX } from '../../socket/posix/constants.ts';
import { PosixCall } from '../../socket/posix/posix-call.ts';
import { int32 } from '../native.ts';
import { pollEntries } from './call-data.ts';
import type { KernelCall } from './kernel-call.ts';
import type { Libc } from './libc.ts';
import { viewOf } from './structures.ts';

export class KernelWaiting {
  protected readonly libc: Libc;
  private readonly nowUs: () => number;
  private readonly pending: KernelCall[] = [];
  /** SO_RCVTIMEO and SO_SNDTIMEO, by descriptor and option. */
  protected readonly timeoutsUs: Map<string, number> = new Map();

  constructor(libc: Libc, nowUs: () => number) {
    this.libc = libc;
    this.nowUs = nowUs;
  }

  get isWaiting(): boolean {
    return this.pending.length > 0;
  }

  /** Tries what is pending again. */
  step(): void {
    for (const call of [...this.pending]) {
      call.attempt();
      if (!call.isDone && call.deadlineUs <= this.nowUs()) call.expire();
      if (call.isDone) this.pending.splice(this.pending.indexOf(call), 1);
    }
  }

  protected run(call: KernelCall, mustNotWait: boolean, timeoutUs = 0): KernelCall {
    call.attempt();
    if (!call.isDone && (mustNotWait || timeoutUs < 0)) call.expire();
    if (call.isDone) return call;
    if (timeoutUs > 0) call.deadlineUs = this.nowUs() + timeoutUs;
    this.pending.push(call);
    return call;
  }

  /** A call that never waits. */
  protected plain(name: string, result: number): PosixCall {
    const call = new PosixCall(name);
    return result < 0 ? call.fail(this.libc.errno()) : call.succeed(result);
  }

  protected isNonBlocking(fd: number): boolean {
    const flags = this.libc.fcntl(fd, POSIX.F_GETFL, 0);
    return flags < 0 || (flags & POSIX.O_NONBLOCK) !== 0;
  }

  /** POLL bits of one descriptor now. */
  protected ready(fd: number, events: number): number {
    const entry = pollEntries([{ fd, events, revents: 0 }]);
    this.libc.poll(entry, 1, 0);
    return viewOf(entry).getInt16(6, true);
  }

  /** An option that is a number; null where there is none. */
  protected numberOption(fd: number, level: number, name: number): number | null {
    const [value, length] = [int32(0), int32(4)];
    return this.libc.getsockopt(fd, level, name, value, length) < 0 ? null : viewOf(value).getInt32(0, true);
  }

  protected finish(call: PosixCall, result: number): void {
    if (result < 0) call.fail(this.libc.errno());
    else call.succeed(result);
  }
}
