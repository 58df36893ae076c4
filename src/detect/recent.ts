/** A table that remembers those seen last, so many at most; what is forgotten is used again. */
export class RecentTable<T extends { clear(): void }> {
  private readonly entries = new Map<string, T>();
  private readonly largest: number;

  constructor(largest: number) {
    this.largest = largest;
  }

  get size(): number {
    return this.entries.size;
  }

  /** The entry of that key, or null. */
  peek(key: string): T | null {
    return this.entries.get(key) ?? null;
  }

  /** The entry, now the one seen last; `spare` is called for when it is new and nothing can be used again. */
  get(key: string): T | null {
    const known = this.entries.get(key);
    if (known === undefined) return null;
    this.entries.delete(key);
    this.entries.set(key, known);
    return known;
  }

  /** Makes room for a new entry: the one forgotten for it, cleared, or null while there is room. */
  evict(): T | null {
    if (this.entries.size < this.largest) return null;
    for (const [key, entry] of this.entries) {
      this.entries.delete(key);
      entry.clear();
      return entry;
    }
    return null;
  }

  add(key: string, entry: T): void {
    this.entries.set(key, entry);
  }
}
