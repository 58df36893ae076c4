/**
 * Waiting until a descriptor is readable, for kinds of files that libuv's own streams refuse (a TUN device is one).
 * On the event loop where koffi offers it: no thread, awake at once. Otherwise poll(2) on a thread of the pool, with a
 * pipe as second descriptor so that closing does not wait; such a thread is taken for as long as the watch lives.
 */
import { closeSync, writeSync } from 'node:fs';
import { DeviceError } from './device-error.ts';
import type { NativeCalls, NativePoll } from './native.ts';

/**
 * How to wait: `auto` takes the loop where it can. With `block` the thread itself sleeps in poll(2), for a millisecond at most
 * before other work of its event loop gets its turn: the quickest answer, for a worker that does nothing else.
 */
export type WatchKind = 'auto' | 'loop' | 'thread' | 'block';

/** A running watch. */
export interface FdWatch {
  readonly kind: 'loop' | 'thread' | 'block';
  ref(): void;
  unref(): void;
  close(): void;
}

/** One that can rest: it calls nobody between `pause` and `resume`, and whoever makes the descriptor readable wakes nobody. */
export interface PausableWatch extends FdWatch {
  pause(): void;
  resume(): void;
}

/**
 * Calls `ready` whenever `fd` is readable. It returns true when more is left (it stopped because its batch was full);
 * it is then called again after other work of the event loop had its turn.
 */
export function watchReadable(native: NativeCalls, fd: number, kind: WatchKind, ready: () => boolean): PausableWatch {
  if (kind === 'block') return new BlockWatch(native, fd, ready);
  if (kind !== 'thread') {
    const wake = new Wake(ready);
    const onReadable = (): void => wake.schedule();
    // Level-triggered: what `ready` leaves behind is reported again in the next turn of the loop.
    const poll = native.pollOnLoop(fd, onReadable);
    if (poll !== null) return new LoopWatch(poll, wake, onReadable);
  }
  return new ThreadWatch(native, fd, ready);
}

/**
 * Takes a native callback to where JavaScript may run. Inside of one, Node believes that no JavaScript is under way: the
 * first call from there into its own native code (the HTTP parser is such) would run ticks and promises in the middle of
 * ours. The check phase, where immediates run, follows at once in the same turn of the loop.
 */
class Wake {
  private readonly run: () => unknown;
  private immediate: NodeJS.Immediate | null = null;

  constructor(run: () => unknown) {
    this.run = run;
  }

  schedule(): void {
    this.immediate ??= setImmediate(() => {
      this.immediate = null;
      this.run();
    });
  }

  cancel(): void {
    if (this.immediate !== null) clearImmediate(this.immediate);
    this.immediate = null;
  }
}

class LoopWatch implements PausableWatch {
  readonly kind = 'loop';
  private readonly poll: NativePoll;
  private readonly wake: Wake;
  private readonly onReadable: () => void;

  constructor(poll: NativePoll, wake: Wake, onReadable: () => void) {
    this.poll = poll;
    this.wake = wake;
    this.onReadable = onReadable;
    if (openPolls.size === 0) process.on('exit', closeOpenPolls);
    openPolls.add(poll);
  }

  ref(): void {
    this.poll.ref();
  }

  unref(): void {
    this.poll.unref();
  }

  pause(): void {
    this.poll.stop();
    this.wake.cancel();
  }

  resume(): void {
    if (openPolls.has(this.poll)) this.poll.start({ readable: true }, this.onReadable);
  }

  close(): void {
    if (!openPolls.delete(this.poll)) return;
    this.wake.cancel();
    this.poll.close();
    if (openPolls.size === 0) process.off('exit', closeOpenPolls);
  }
}

/**
 * Polls of this thread that are open. At the end of the process Node runs its loop once more without JavaScript: a poll
 * that becomes ready then would call into nothing and abort the process, so all are closed before.
 */
const openPolls = new Set<NativePoll>();

function closeOpenPolls(): void {
  for (const poll of openPolls) poll.close();
  openPolls.clear();
}

/** The process stays alive while it runs, whatever `unref` says: a busy thread of the pool cannot be let go. */
class ThreadWatch implements PausableWatch {
  readonly kind = 'thread';
  private readonly native: NativeCalls;
  private readonly ready: () => boolean;
  /** Two `struct pollfd`: {int fd; short events; short revents}. */
  private readonly descriptors = new Uint8Array(16);
  private readonly wakeRead: number;
  private readonly wakeWrite: number;
  private readonly wake = new Wake(() => this.drain());
  private isPaused = false;
  /** Came back while it was paused; no thread waits. */
  private isResting = false;
  private isClosed = false;

  constructor(native: NativeCalls, fd: number, ready: () => boolean) {
    this.native = native;
    this.ready = ready;
    const pipe = new Int32Array(2);
    if (native.pipe(new Uint8Array(pipe.buffer)) !== 0) {
      const errno = native.errnoName(native.errno());
      throw new DeviceError('ERR_DEVICE_SYSTEM', `no pipe for the wake-up (${errno})`, 'raise `ulimit -n`', errno);
    }
    this.wakeRead = pipe[0] ?? -1;
    this.wakeWrite = pipe[1] ?? -1;
    const view = new DataView(this.descriptors.buffer);
    const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
    for (const [index, watched] of [fd, this.wakeRead].entries()) {
      view.setInt32(index * 8, watched, isLittleEndian);
      view.setInt16(index * 8 + 4, POLLIN, isLittleEndian);
    }
    this.arm();
  }

  ref(): void {}
  unref(): void {}

  pause(): void {
    this.isPaused = true;
  }

  resume(): void {
    this.isPaused = false;
    if (!this.isResting || this.isClosed) return;
    this.isResting = false;
    this.arm();
  }

  close(): void {
    if (this.isClosed) return;
    this.isClosed = true;
    if (this.isResting) this.drain();
    else writeSync(this.wakeWrite, 'x');
  }

  private arm(): void {
    this.native.pollOnThread(this.descriptors, 2, -1, () => this.wake.schedule());
  }

  private drain(): void {
    if (this.isClosed) {
      closeSync(this.wakeRead);
      closeSync(this.wakeWrite);
      return;
    }
    if (this.isPaused) {
      this.isResting = true;
      return;
    }
    let isMore = false;
    try {
      isMore = this.ready();
    } finally {
      if (this.isClosed) this.drain();
      // Waking a thread costs microseconds: with a full batch there is more, so look again without it.
      else if (isMore || this.isPaused) this.wake.schedule();
      else this.arm();
    }
  }
}

/** Waits inside of the loop's check phase, over and over. */
class BlockWatch implements PausableWatch {
  readonly kind = 'block';
  private readonly native: NativeCalls;
  private readonly ready: () => boolean;
  /** One `struct pollfd`. */
  private readonly descriptor = new Uint8Array(8);
  private immediate: NodeJS.Immediate;
  private isReferenced = true;
  private isPaused = false;
  private isClosed = false;

  constructor(native: NativeCalls, fd: number, ready: () => boolean) {
    this.native = native;
    this.ready = ready;
    new Int32Array(this.descriptor.buffer, 0, 1)[0] = fd;
    new Int16Array(this.descriptor.buffer, 4, 1)[0] = POLLIN;
    this.immediate = setImmediate(this.wait);
  }

  ref(): void {
    this.isReferenced = true;
    this.immediate.ref();
  }

  unref(): void {
    this.isReferenced = false;
    this.immediate.unref();
  }

  pause(): void {
    this.isPaused = true;
    clearImmediate(this.immediate);
  }

  resume(): void {
    if (this.isPaused && !this.isClosed) this.waitAgain();
    this.isPaused = false;
  }

  close(): void {
    this.isClosed = true;
    clearImmediate(this.immediate);
  }

  private readonly wait = (): void => {
    try {
      if (this.native.poll(this.descriptor, 1, BLOCK_MS) > 0) this.ready();
    } finally {
      if (!this.isClosed && !this.isPaused) this.waitAgain();
    }
  };

  private waitAgain(): void {
    this.immediate = setImmediate(this.wait);
    if (!this.isReferenced) this.immediate.unref();
  }
}

/** Node's own timers are no finer. */
const BLOCK_MS = 1;
const POLLIN = 1;
