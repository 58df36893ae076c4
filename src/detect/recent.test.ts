/** The table of those seen last. */
import { expect, it } from 'vitest';
import { RecentTable } from './recent.ts';

class Entry {
  cleared = 0;
  clear(): void {
    this.cleared++;
  }
}

function full(): { table: RecentTable<Entry>; entries: Entry[] } {
  const table = new RecentTable<Entry>(3);
  const entries = ['a', 'b', 'c'].map((key) => {
    expect(table.evict()).toBeNull();
    const entry = new Entry();
    table.add(key, entry);
    return entry;
  });
  return { table, entries };
}

it('gives back the entry unseen for longest, cleared, when there is no room', () => {
  const { table, entries } = full();
  expect(table.get('a')).toBe(entries[0]);
  // A look does not count as seeing.
  expect(table.peek('b')).toBe(entries[1]);
  const evicted = table.evict();
  expect(evicted).toBe(entries[1]);
  expect(evicted?.cleared).toBe(1);
  expect(table.peek('b')).toBeNull();
  expect(table.size).toBe(2);
});

it('never holds more than it may when used as it is meant to be', () => {
  const { table } = full();
  for (let number = 0; number < 1_000; number++) {
    if (table.get(`key ${number % 7}`) !== null) continue;
    table.add(`key ${number % 7}`, table.evict() ?? new Entry());
    expect(table.size).toBeLessThanOrEqual(3);
  }
  expect(table.get('a')).toBeNull();
});
