/**
 * Descriptors, calls that wait, and the driver they wait for: what every call of `PosixSockets` stands on. Plain data.
 * Invariant: a file is released when no descriptor and no call under way needs it.
 */
import type { Stack } from '../../stack/stack.ts';
import { tellListener } from '../socket-host.ts';
import type { FileKeeper, OpenFile } from './open-file.ts';
import type { PosixCall } from './posix-call.ts';

/** First descriptor of a process that has its three standard streams open. */
const FIRST_FD = 3;
/** RLIMIT_NOFILE, as most systems begin. */
const FILES_MAX = 1024;

/** The open files of one user of a stack. */
export class FileTable implements FileKeeper {
  readonly stack: Stack;
  protected readonly table = new Map<number, OpenFile>();
  private readonly pending: PosixCall[] = [];
  private isRetrying = false;
  private hasNews = false;
  private latestUs: number;

  constructor(stack: Stack) {
    this.stack = stack;
    this.latestUs = stack.clock.nowUs;
  }

  // --- the driver's side ---

  /** The present as last told, by `settle` or to the stack; microseconds. */
  get nowUs(): number {
    return Math.max(this.latestUs, this.stack.clock.nowUs);
  }

  /** When `settle` must be called at the latest, Infinity while no call waits for a time. */
  get nextDeadlineUs(): number {
    return this.pending.reduce((least, call) => Math.min(least, call.deadlineUs), Number.POSITIVE_INFINITY);
  }

  /** Calls that are not done, oldest first. */
  get pendingCalls(): readonly PosixCall[] {
    return this.pending;
  }

  /** Hands on the stack's news, to listeners of sockets that are not this layer's as well, and ends what can be ended. */
  settle(nowUs = this.nowUs): void {
    this.latestUs = Math.max(this.latestUs, nowUs);
    for (let socket = this.stack.pollEvent(); socket !== null; socket = this.stack.pollEvent()) {
      tellListener(socket, socket.takeEvents());
    }
    this.retry();
  }

  /** Tries what is pending again. */
  retry(): void {
    this.hasNews = true;
    if (this.isRetrying) return;
    this.isRetrying = true;
    while (this.hasNews && this.pending.length > 0) {
      this.hasNews = false;
      for (const call of [...this.pending]) {
        call.attempt();
        if (!call.isDone && call.deadlineUs <= this.nowUs) call.expire();
        if (call.isDone) this.drop(call);
      }
    }
    this.isRetrying = false;
  }

  private drop(call: PosixCall): void {
    this.pending.splice(this.pending.indexOf(call), 1);
    for (const file of call.files) {
      file.pendingCalls--;
      if (!file.isOpen && file.pendingCalls === 0) file.release();
    }
  }

  /** Ends the call now if it can or must be, else lets it wait `timeoutUs` (0: until its own deadline; below zero: not at all). */
  protected run<T extends PosixCall>(call: T, mustNotWait: boolean, timeoutUs = 0): T {
    if (!call.isDone) call.attempt();
    if (!call.isDone && (mustNotWait || timeoutUs < 0)) call.expire();
    if (!call.isDone) {
      if (timeoutUs > 0) call.deadlineUs = this.nowUs + timeoutUs;
      for (const file of call.files) file.pendingCalls++;
      this.pending.push(call);
    }
    return call;
  }

  // --- descriptors ---

  /** No descriptor is left (EMFILE). */
  protected get isFull(): boolean {
    return this.table.size >= FILES_MAX;
  }

  /** For accept: the lowest free descriptor, -1 when there are too many. */
  install(file: OpenFile): number {
    if (this.isFull) return -1;
    let fd = FIRST_FD;
    while (this.table.has(fd)) fd++;
    this.table.set(fd, file);
    return fd;
  }

  /** What a descriptor names, null when it is not open: for tools that look inside. */
  fileOf(fd: number): OpenFile | null {
    return this.table.get(fd) ?? null;
  }
}
