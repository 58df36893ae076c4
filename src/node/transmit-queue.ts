/**
 * The frames of a device on their way to the carrier, and what happens when it stops or refuses: frames wait and are tried again, or are
 * counted as refused. They leave in the order they came. Only where the carrier sends crowds on another thread do frames pass a
 * crowd that is under way: then both threads send, since for a packet socket the kernel's work is many times ours.
 */
import type { Slot } from '../base/slot.ts';
import { BATCH_BYTES, BATCH_FRAMES, type DeviceStatistics } from './device.ts';
import type { FrameIo } from './frame-io.ts';
import { writeVirtioHeader } from './virtio-header.ts';

/** What a queue works with. */
export interface TransmitQueueParts {
  readonly io: FrameIo;
  /** Free ones; the queue's from now on. */
  readonly slots: Slot[];
  readonly statistics: DeviceStatistics;
  /** There is room again after `slot` was null. */
  onRoom(): void;
}

/** Fewer frames leave at once, on this thread: waking another takes longer. */
const ASIDE_FRAMES = 32;
const RETRY_MS = 1;

/** One per device. */
export class TransmitQueue {
  private readonly parts: TransmitQueueParts;
  /** Those that wait, in order, then the free ones. */
  private readonly slots: Slot[];
  private queuedFrames = 0;
  private queuedBytes = 0;
  /** What is on another thread. */
  private crowd: Slot[] = [];
  private retryTimer: NodeJS.Timeout | null = null;
  private turn: NodeJS.Immediate | null = null;
  private isReferenced = true;
  private isClosed = false;
  private release: (() => void) | null = null;

  constructor(parts: TransmitQueueParts) {
    this.parts = parts;
    this.slots = parts.slots;
  }

  /** The next free slot, null when there is no room. */
  slot(): Slot | null {
    return this.isFull || this.turn !== null ? null : (this.slots[this.queuedFrames] ?? null);
  }

  /** The frame in the slot given last, its length set, goes into the queue. */
  commit(): void {
    const slot = this.slots[this.queuedFrames];
    if (slot === undefined) return;
    const { headerLength } = this.parts.io;
    if (headerLength !== 0) writeVirtioHeader(slot, headerLength);
    this.queuedFrames++;
    this.queuedBytes += slot.length;
  }

  /** Sends what waits. While the carrier takes nothing a timer asks it again; what waits behind a crowd follows it. */
  flush(): void {
    if (this.queuedFrames === 0 || this.retryTimer !== null) return;
    if (this.crowd.length === 0) {
      if (this.queuedFrames < ASIDE_FRAMES || !this.sendAside()) this.send(this.queuedFrames);
    } else if (this.isFull && this.turn === null) this.sendBeside();
  }

  /** Whether waiting for the carrier keeps the process alive. */
  setReferenced(isReferenced: boolean): void {
    this.isReferenced = isReferenced;
  }

  /** Forgets what waits. `release` is called when nobody works on the carrier any more. */
  close(release: () => void): void {
    this.isClosed = true;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    if (this.turn !== null) clearImmediate(this.turn);
    if (this.crowd.length === 0) release();
    else this.release = release;
  }

  private get isFull(): boolean {
    return this.isClosed || this.queuedBytes >= BATCH_BYTES || this.queuedFrames === this.slots.length;
  }

  private sendAside(): boolean {
    const { crowds } = this.parts.io;
    if (crowds === undefined) return false;
    const crowd = this.slots.slice(0, Math.min(this.queuedFrames, crowds.frames));
    crowds.send(crowd, this.cameBack);
    this.slots.splice(0, crowd.length);
    this.crowd = crowd;
    this.queuedFrames -= crowd.length;
    for (const slot of crowd) this.queuedBytes -= slot.length;
    return true;
  }

  /** No room, and a crowd under way: a batch leaves from here, then the loop has its turn, for the crowd may be back. */
  private sendBeside(): void {
    this.send(Math.min(this.queuedFrames, BATCH_FRAMES));
    if (this.retryTimer !== null) return;
    this.turn = setImmediate(() => {
      this.turn = null;
      this.parts.onRoom();
    });
  }

  private readonly cameBack = (next: number): void => {
    const { crowd } = this;
    this.crowd = [];
    if (this.isClosed) {
      this.release?.();
      return;
    }
    this.count(crowd, 0, next);
    this.slots.push(...crowd.slice(0, next));
    if (next < crowd.length) {
      // The first that did not go says why when it is tried on this thread.
      const left = crowd.slice(next);
      this.slots.unshift(...left);
      this.queuedFrames += left.length;
      for (const slot of left) this.queuedBytes += slot.length;
      if (this.retryTimer === null) this.send(this.queuedFrames);
    } else this.flush();
    if (this.retryTimer === null && this.turn === null) this.parts.onRoom();
  };

  /** Sends the first `count` frames, on this thread. */
  private send(count: number): void {
    const { slots } = this;
    const { io, statistics } = this.parts;
    let next = 0;
    while (next < count) {
      const from = next;
      next = io.write(slots, from, count);
      this.count(slots, from, next);
      if (next === count) break;
      if (isBusy(io.errno)) {
        this.retryLater();
        break;
      }
      if (io.errno === 'EINTR') continue;
      // The interface is down, or this is no IP packet: as on any wire, the frame is lost and counted.
      statistics.refusedFrames++;
      next++;
    }
    for (let gone = 0; gone < next; gone++) this.queuedBytes -= slots[gone]!.length;
    this.queuedFrames -= next;
    // Rotating the slots keeps the order of the frames without copying them.
    if (this.queuedFrames > 0 && next > 0) slots.push(...slots.splice(0, next));
  }

  private count(slots: readonly Slot[], from: number, to: number): void {
    const { statistics } = this.parts;
    for (let index = from; index < to; index++) statistics.sentBytes += slots[index]!.length;
    statistics.sentFrames += to - from;
  }

  /** The carrier takes no more now. */
  private retryLater(): void {
    this.retryTimer = setTimeout(() => {
      this.retryTimer = null;
      this.send(this.queuedFrames);
      if (this.retryTimer === null) this.parts.onRoom();
    }, RETRY_MS);
    if (!this.isReferenced) this.retryTimer.unref();
  }
}

function isBusy(errno: string): boolean {
  return errno === 'EAGAIN' || errno === 'EWOULDBLOCK' || errno === 'ENOBUFS' || errno === 'ENOMEM';
}
