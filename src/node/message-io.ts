/**
 * Frames as messages of a socket, a batch with one system call: recvmmsg(2) and sendmmsg(2). For packet sockets and Unix
 * datagram sockets of 64-bit machines; elsewhere `DescriptorIo` moves the same frames one by one.
 *
 * With `sendsCrowds` hundreds of frames leave with one call on a thread of Node's pool. While a crowd is out nobody waits for frames
 * that come in: they are read when it is back. Otherwise each answer to it would wake this thread, which would read it alone, and
 * waking costs the kernel more than sending. Only when a crowd is not back in time, since all threads are busy, is the socket watched.
 */
import type { Slot } from '../base/slot.ts';
import { BATCH_FRAMES } from './device.ts';
import { type FdWatch, type PausableWatch, type WatchKind, watchReadable } from './fd-watch.ts';
import type { CrowdWriter, FrameIo } from './frame-io.ts';
import { MessageVector } from './message-vector.ts';
import type { NativeCalls } from './native.ts';
import { Socket, type SocketCalls } from './native-sockets.ts';

/** What a `MessageIo` works on. */
export interface MessageSocket {
  readonly fd: number;
  readonly headerLength: 0 | 10;
  readonly watchKind: WatchKind;
  /** Where to send: a `struct sockaddr`; null when the socket knows. */
  readonly destination: Uint8Array | null;
  readonly sendsCrowds: boolean;
  /** Gives the socket back. */
  close(): void;
}

/** The layout of messages in `MessageVector` is that of 64-bit little-endian systems. */
export const HAS_MESSAGE_CALLS = ['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch);

/** A crowd takes the kernel about a millisecond. */
const CROWD_FRAMES = 256;
const PATIENCE_MS = 5;
/** What came in meanwhile is read up to so many batches, before the loop has its turn. */
const CROWD_BATCHES = 8;

export class MessageIo implements FrameIo {
  readonly headerLength: 0 | 10;
  readonly crowds?: CrowdWriter;
  errno = '';
  private readonly native: NativeCalls;
  private readonly calls: SocketCalls;
  private readonly socket: MessageSocket;
  private readonly incoming: MessageVector;
  private readonly outgoing: MessageVector;
  private ready: () => boolean = () => false;
  private watching: PausableWatch | null = null;
  private isCrowdOut = false;
  private patience: NodeJS.Timeout | null = null;

  constructor(native: NativeCalls, calls: SocketCalls, socket: MessageSocket) {
    const { headerLength, destination, sendsCrowds } = socket;
    this.native = native;
    this.calls = calls;
    this.socket = socket;
    this.headerLength = headerLength;
    this.incoming = new MessageVector(native, BATCH_FRAMES, headerLength, null);
    this.outgoing = new MessageVector(native, BATCH_FRAMES, headerLength, destination);
    // A watch on a thread takes one of the pool away, the only one perhaps.
    if (!sendsCrowds || !native.canPollOnLoop) return;
    const crowd = new MessageVector(native, CROWD_FRAMES, headerLength, destination);
    this.crowds = { frames: CROWD_FRAMES, send: (slots, done) => this.sendCrowd(crowd, slots, done) };
  }

  read(slots: readonly Slot[]): number {
    const { incoming } = this;
    const most = Math.min(slots.length, BATCH_FRAMES);
    for (let index = 0; index < most; index++) incoming.setRoom(index, slots[index]!);
    const count = this.calls.recvmmsg(this.socket.fd, incoming.address, most, Socket.MSG_DONTWAIT);
    this.errno = count < 0 ? this.native.errnoName(this.native.errno()) : count < most ? 'EAGAIN' : '';
    for (let index = 0; index < count; index++) {
      const slot = slots[index]!;
      slot.reset();
      // Cut off: longer than any frame may be, so that it is not taken for one.
      slot.length = incoming.isTruncated(index) ? slot.capacity + 1 : incoming.lengthOf(index);
    }
    return Math.max(count, 0);
  }

  write(slots: readonly Slot[], from: number, to: number): number {
    const { outgoing } = this;
    this.errno = '';
    for (let next = from; next < to; ) {
      const most = Math.min(to - next, BATCH_FRAMES);
      for (let index = 0; index < most; index++) outgoing.setFrame(index, slots[next + index]!);
      const count = this.calls.sendmmsg(this.socket.fd, outgoing.address, most, Socket.MSG_DONTWAIT);
      if (count < 0) this.errno = this.native.errnoName(this.native.errno());
      if (count <= 0) return next;
      next += count;
    }
    return to;
  }

  watch(ready: () => boolean): FdWatch {
    this.ready = ready;
    this.watching = watchReadable(this.native, this.socket.fd, this.socket.watchKind, ready);
    if (this.isCrowdOut) this.watching.pause();
    return this.watching;
  }

  close(): void {
    this.endPatience();
    this.socket.close();
  }

  private sendCrowd(vector: MessageVector, slots: readonly Slot[], done: (next: number) => void): void {
    for (const [index, slot] of slots.entries()) vector.setFrame(index, slot);
    this.isCrowdOut = true;
    this.watching?.pause();
    this.patience = setTimeout(() => this.watching?.resume(), PATIENCE_MS).unref();
    this.calls.sendmmsgOnThread(this.socket.fd, vector.address, slots.length, Socket.MSG_DONTWAIT, (sent) => {
      // Out of the native callback; see `Wake` in fd-watch.ts.
      setImmediate(() => this.crowdIsBack(Math.max(sent, 0), done));
    });
  }

  private crowdIsBack(sent: number, done: (next: number) => void): void {
    this.isCrowdOut = false;
    this.endPatience();
    // The next crowd leaves first, then the answers to this one are read.
    done(sent);
    for (let batch = 0; batch < CROWD_BATCHES && this.ready(); batch++);
    if (!this.isCrowdOut) this.watching?.resume();
  }

  private endPatience(): void {
    if (this.patience !== null) clearTimeout(this.patience);
    this.patience = null;
  }
}
