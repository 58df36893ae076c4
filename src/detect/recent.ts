/**
 * A table that remembers those seen last, so many at most; what is forgotten is used again. Keys are keyed hashes, so that nobody outside
 * chooses collisions; links are numbers in arrays, so that a flood of new keys allocates nothing.
 */

const NONE = -1;

/** What the table holds. */
export interface Forgettable {
  clear(): void;
}

export class RecentTable<T extends Forgettable> {
  /** The last `take` met a key that was not there: its entry is a new one. */
  isNew = false;
  private readonly entries: T[] = [];
  private readonly largest: number;
  private readonly keys: Int32Array;
  /** First entry of each bucket, and the next one in the same bucket. */
  private readonly buckets: Int32Array;
  private readonly chain: Int32Array;
  /** Neighbours by when they were last seen. */
  private readonly older: Int32Array;
  private readonly newer: Int32Array;
  private oldest = NONE;
  private newest = NONE;

  constructor(largest: number) {
    this.largest = largest;
    this.buckets = new Int32Array(2 ** (32 - Math.clz32(largest))).fill(NONE);
    this.keys = new Int32Array(largest);
    this.chain = new Int32Array(largest);
    this.older = new Int32Array(largest);
    this.newer = new Int32Array(largest);
  }

  get size(): number {
    return this.entries.length;
  }

  /** The entry of that key, or null; a look is not being seen. */
  peek(key: number): T | null {
    const at = this.find(key);
    return at === NONE ? null : (this.entries[at] ?? null);
  }

  /** The entry of that key, now the one seen last. A new key gets a new entry, or the one unseen for longest, cleared. */
  take(key: number, make: () => T): T {
    let at = this.find(key);
    this.isNew = at === NONE;
    if (at !== NONE) this.unlink(at);
    else if (this.entries.length < this.largest) at = this.entries.push(make()) - 1;
    else {
      at = this.oldest;
      this.unlink(at);
      this.unchain(at);
      this.entries[at]?.clear();
    }
    if (this.isNew) {
      const bucket = key & (this.buckets.length - 1);
      this.keys[at] = key;
      this.chain[at] = this.buckets[bucket]!;
      this.buckets[bucket] = at;
    }
    this.older[at] = this.newest;
    this.newer[at] = NONE;
    if (this.newest === NONE) this.oldest = at;
    else this.newer[this.newest] = at;
    this.newest = at;
    return this.entries[at] as T;
  }

  private find(key: number): number {
    let at = this.buckets[key & (this.buckets.length - 1)]!;
    while (at !== NONE && this.keys[at] !== key) at = this.chain[at]!;
    return at;
  }

  private unlink(at: number): void {
    const older = this.older[at]!;
    const newer = this.newer[at]!;
    if (older === NONE) this.oldest = newer;
    else this.newer[older] = newer;
    if (newer === NONE) this.newest = older;
    else this.older[newer] = older;
  }

  private unchain(at: number): void {
    const bucket = this.keys[at]! & (this.buckets.length - 1);
    const next = this.chain[at]!;
    let before = this.buckets[bucket]!;
    if (before === at) {
      this.buckets[bucket] = next;
      return;
    }
    while (this.chain[before] !== at) before = this.chain[before]!;
    this.chain[before] = next;
  }
}
