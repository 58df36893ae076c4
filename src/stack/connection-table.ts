/**
 * The demultiplexer's table: connections and TIME-WAIT records by four-tuple, open addressing with linear probing.
 * Constant time, no allocation on lookup. A removed entry is closed up by moving its followers, so there are no tombstones.
 */
import type { Address } from '../base/address.ts';
import type { ConnectionKey } from '../tcp/connection-key.ts';
import type { TcpSegment } from '../wire/tcp-segment.ts';

/** What can stand in the table. */
export interface Connection {
  readonly key: ConnectionKey;
}

export class ConnectionTable<T extends Connection> {
  private slots: (T | null)[];
  /** Of the entry in each slot: who looks for another one passes by without touching it. */
  private hashes: Int32Array;
  private mask: number;
  private used = 0;

  constructor() {
    this.slots = new Array<T | null>(64).fill(null);
    this.hashes = new Int32Array(64);
    this.mask = 63;
  }

  get size(): number {
    return this.used;
  }

  /** The entry a segment with this tuple hash belongs to, or null. */
  find(segment: TcpSegment, hash: number): T | null {
    const { slots, hashes, mask } = this;
    for (let index = hash & mask; ; index = (index + 1) & mask) {
      const entry = slots[index] ?? null;
      if (entry === null) return null;
      if (hashes[index] === hash && entry.key.matches(segment)) return entry;
    }
  }

  findTuple(hash: number, local: Address, localPort: number, remote: Address, remotePort: number): T | null {
    const { slots, hashes, mask } = this;
    for (let index = hash & mask; ; index = (index + 1) & mask) {
      const entry = slots[index] ?? null;
      if (entry === null) return null;
      if (hashes[index] === hash && entry.key.equals(local, localPort, remote, remotePort)) return entry;
    }
  }

  add(entry: T): void {
    if ((this.used + 1) * 4 > this.slots.length * 3) this.grow();
    this.place(entry);
    this.used++;
  }

  /** Puts `entry` where `former`, of the same key, stands. */
  replace(former: T, entry: T): void {
    const index = this.indexOf(former);
    if (index >= 0) this.slots[index] = entry;
  }

  remove(entry: T): void {
    let hole = this.indexOf(entry);
    if (hole < 0) return;
    const { slots, hashes, mask } = this;
    this.used--;
    for (let index = (hole + 1) & mask; ; index = (index + 1) & mask) {
      const follower = slots[index] ?? null;
      if (follower === null) break;
      const home = hashes[index]! & mask;
      // A follower may fill the hole unless its home lies behind the hole.
      if (((index - home) & mask) >= ((index - hole) & mask)) {
        slots[hole] = follower;
        hashes[hole] = hashes[index]!;
        hole = index;
      }
    }
    slots[hole] = null;
  }

  /** Calls nothing and allocates nothing but the iterator: for listings, not for the packet path. */
  *[Symbol.iterator](): IterableIterator<T> {
    let left = this.used;
    for (const entry of this.slots) {
      // Most tables hold few entries in many slots.
      if (left === 0) return;
      if (entry === null) continue;
      left--;
      yield entry;
    }
  }

  private indexOf(entry: T): number {
    const { slots, mask } = this;
    for (let index = entry.key.hash & mask; ; index = (index + 1) & mask) {
      const found = slots[index] ?? null;
      if (found === entry) return index;
      if (found === null) return -1;
    }
  }

  private place(entry: T): void {
    const { slots, mask } = this;
    const { hash } = entry.key;
    let index = hash & mask;
    while ((slots[index] ?? null) !== null) index = (index + 1) & mask;
    slots[index] = entry;
    this.hashes[index] = hash;
  }

  private grow(): void {
    const former = this.slots;
    this.slots = new Array<T | null>(former.length * 2).fill(null);
    this.hashes = new Int32Array(former.length * 2);
    this.mask = this.slots.length - 1;
    for (const entry of former) if (entry !== null) this.place(entry);
  }
}
