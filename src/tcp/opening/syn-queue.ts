/**
 * The SYN queue of a listener: half-open connections in the order in which they came, linked through themselves, and how many
 * there may be. Adding, removing and asking are constant time.
 */
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import type { ConnectionKey } from '../connection-key.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import { sourceHash } from './syn-shedding.ts';

/** What the queue needs of a half-open connection; linked to its neighbours. */
export interface QueuedSyn<Entry> {
  readonly key: ConnectionKey;
  /** Times its SYN-ACK was sent again. */
  readonly timeouts: number;
  sourceHash: number | null;
  queuePrevious: Entry | null;
  queueNext: Entry | null;
}

export class SynQueue<Entry extends QueuedSyn<Entry>> {
  /** Half-open connections at most, and one more as on Linux. */
  limit: number;
  length = 0;
  /** Those whose SYN-ACK has not been sent again. */
  young = 0;
  private oldest: Entry | null = null;
  private newest: Entry | null = null;
  /** Half-open connections by the keyed hash of who asked, while there is a limit for each. */
  private readonly bySource = new Map<number, number>();

  constructor(limit: number) {
    this.limit = limit;
  }

  get isFull(): boolean {
    return this.length > this.limit;
  }

  /** No room for this SYN: the queue is full, or its sender has taken as much of it as the setting allows. */
  isFullFor(env: TcpSurroundings, segment: TcpSegment): boolean {
    if (this.isFull) return true;
    const most = env.settings.max_syn_per_source;
    if (most === 0) return false;
    const { packet } = segment;
    const source = sourceHash(env, packet.family, packet.source0, packet.source1, packet.source3);
    return (this.bySource.get(source) ?? 0) >= most;
  }

  add(env: TcpSurroundings, entry: Entry): void {
    if (env.settings.max_syn_per_source > 0) this.countSource(env, entry);
    entry.queuePrevious = this.newest;
    if (this.newest === null) this.oldest = entry;
    else this.newest.queueNext = entry;
    this.newest = entry;
    this.length++;
    this.young++;
  }

  remove(entry: Entry): void {
    const { queuePrevious, queueNext } = entry;
    if (queuePrevious === null) this.oldest = queueNext;
    else queuePrevious.queueNext = queueNext;
    if (queueNext === null) this.newest = queuePrevious;
    else queueNext.queuePrevious = queuePrevious;
    entry.queuePrevious = null;
    entry.queueNext = null;
    this.length--;
    if (entry.timeouts === 0) this.young--;
    if (entry.sourceHash !== null) this.releaseSource(entry.sourceHash);
  }

  private countSource(env: TcpSurroundings, entry: Entry): void {
    const { family, w0, w1, w3 } = entry.key.remoteAddress;
    entry.sourceHash = sourceHash(env, family, w0, w1, w3);
    this.bySource.set(entry.sourceHash, (this.bySource.get(entry.sourceHash) ?? 0) + 1);
  }

  private releaseSource(source: number): void {
    const count = this.bySource.get(source) ?? 0;
    if (count > 1) this.bySource.set(source, count - 1);
    else this.bySource.delete(source);
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
  *[Symbol.iterator](): IterableIterator<Entry> {
    for (let entry = this.oldest; entry !== null; ) {
      const next: Entry | null = entry.queueNext;
      yield entry;
      entry = next;
    }
  }
}

/** Fewer than half of so many are no crowd, whatever the backlog. */
const CROWD_MIN = 8;
const RETRIES_MIN = 2;
