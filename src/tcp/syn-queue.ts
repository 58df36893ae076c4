/**
 * The SYN queue of a listener: half-open connections in the order in which they came, linked through themselves, and how many
 * there may be. Adding, removing and asking are constant time.
 */
import type { HalfOpen } from './half-open.ts';

export class SynQueue {
  /** Half-open connections at most, and one more as on Linux. */
  readonly limit: number;
  length = 0;
  /** Those whose SYN-ACK has not been sent again. */
  young = 0;
  private oldest: HalfOpen | null = null;
  private newest: HalfOpen | null = null;

  constructor(limit: number) {
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.length > this.limit;
  }

  add(entry: HalfOpen): void {
    entry.queuePrevious = this.newest;
    if (this.newest === null) this.oldest = entry;
    else this.newest.queueNext = entry;
    this.newest = entry;
    this.length++;
    this.young++;
  }

  remove(entry: HalfOpen): void {
    const { queuePrevious, queueNext } = entry;
    if (queuePrevious === null) this.oldest = queueNext;
    else queuePrevious.queueNext = queueNext;
    if (queueNext === null) this.newest = queuePrevious;
    else queueNext.queuePrevious = queuePrevious;
    entry.queuePrevious = null;
    entry.queueNext = null;
    this.length--;
    if (entry.timeouts === 0) this.young--;
  }

  /** The SYN-ACK of `entry` is about to be sent again for the first time. */
  aged(): void {
    this.young--;
  }

  /**
   * How often SYN-ACKs go again before their connections are forgotten: `most`, and less while more than half of the queue is
   * used and most of it is old, so that the young find room (as Linux does).
   * @param backlog the listener's
   */
  retries(most: number, backlog: number): number {
    if (this.length * 2 <= Math.max(CROWD_MIN, backlog)) return most;
    let retries = most;
    for (let young = this.young * 2; retries > RETRIES_MIN && this.length >= young; young *= 2) {
      retries--;
      if (young === 0) return RETRIES_MIN;
    }
    return retries;
  }

  /** From the oldest on; may be removed while it is looked at. */
  *[Symbol.iterator](): IterableIterator<HalfOpen> {
    for (let entry = this.oldest; entry !== null; ) {
      const next: HalfOpen | null = entry.queueNext;
      yield entry;
      entry = next;
    }
  }
}

/** Fewer than half of so many are no crowd, whatever the backlog. */
const CROWD_MIN = 8;
const RETRIES_MIN = 2;
