/**
 * A hash table keyed by an address. Buckets are chosen by the stack's keyed hash, so that whoever chooses addresses cannot
 * choose collisions; nothing is allocated to look something up. Bounding the number of entries is the owner's business.
 */
import type { Address } from '../base/address.ts';
import type { KeyedHash } from '../base/keyed-hash.ts';

/** An entry: its key, and the place in its bucket which belongs to the table. */
export interface AddressKeyed<T> {
  readonly key: Address;
  tableNext: T | null;
}

/** Entries by address; several may share one address when their owner tells them apart by `nextWith`. */
export class AddressTable<T extends AddressKeyed<T>> {
  private readonly buckets: (T | null)[];
  private readonly mask: number;
  private readonly hash: KeyedHash;
  private readonly words = new Int32Array(4);
  private count = 0;

  /** @param bucketCount a power of two. */
  constructor(hash: KeyedHash, bucketCount: number) {
    this.hash = hash;
    this.mask = bucketCount - 1;
    this.buckets = new Array<T | null>(bucketCount).fill(null);
  }

  get size(): number {
    return this.count;
  }

  find(address: Address): T | null {
    return this.findWords(address.w0, address.w1, address.w2, address.w3);
  }

  findWords(w0: number, w1: number, w2: number, w3: number): T | null {
    if (this.count === 0) return null;
    return matching(this.buckets[this.bucketOf(w0, w1, w2, w3)] ?? null, w0, w1, w2, w3);
  }

  /** The next entry behind `entry` with the same address. */
  nextWith(entry: T): T | null {
    const { w0, w1, w2, w3 } = entry.key;
    return matching(entry.tableNext, w0, w1, w2, w3);
  }

  add(entry: T): void {
    const { w0, w1, w2, w3 } = entry.key;
    const bucket = this.bucketOf(w0, w1, w2, w3);
    entry.tableNext = this.buckets[bucket] ?? null;
    this.buckets[bucket] = entry;
    this.count++;
  }

  remove(entry: T): void {
    const { w0, w1, w2, w3 } = entry.key;
    const bucket = this.bucketOf(w0, w1, w2, w3);
    let previous: T | null = null;
    for (let at = this.buckets[bucket] ?? null; at !== null; at = at.tableNext) {
      if (at === entry) {
        if (previous === null) this.buckets[bucket] = entry.tableNext;
        else previous.tableNext = entry.tableNext;
        entry.tableNext = null;
        this.count--;
        return;
      }
      previous = at;
    }
  }

  /** All entries, in no particular but reproducible order. */
  entries(): T[] {
    const all: T[] = [];
    for (const head of this.buckets) for (let at = head; at !== null; at = at.tableNext) all.push(at);
    return all;
  }

  private bucketOf(w0: number, w1: number, w2: number, w3: number): number {
    const { words } = this;
    words[0] = w0;
    words[1] = w1;
    words[2] = w2;
    words[3] = w3;
    return this.hash.hashWords(words, 4) & this.mask;
  }
}

function matching<T extends AddressKeyed<T>>(from: T | null, w0: number, w1: number, w2: number, w3: number): T | null {
  for (let at = from; at !== null; at = at.tableNext) {
    const { key } = at;
    if (key.w3 === w3 && key.w0 === w0 && key.w1 === w1 && key.w2 === w2) return at;
  }
  return null;
}
