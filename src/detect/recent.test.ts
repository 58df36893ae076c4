/** The table of those seen last. */
import { expect, it } from 'vitest';
import { SeededRandom } from '../base/random.ts';
import { RecentTable } from './recent.ts';

class Entry {
  cleared = 0;
  clear(): void {
    this.cleared++;
  }
}

const make = (): Entry => new Entry();

function full(): { table: RecentTable<Entry>; entries: Entry[] } {
  const table = new RecentTable<Entry>(3);
  const entries = [1, 2, 3].map((key) => table.take(key, make));
  expect(new Set(entries).size).toBe(3);
  return { table, entries };
}

it('gives away the entry unseen for longest, cleared, when there is no room', () => {
  const { table, entries } = full();
  expect(table.take(1, make)).toBe(entries[0]);
  expect(table.isNew).toBe(false);
  // A look does not count as seeing.
  expect(table.peek(2)).toBe(entries[1]);
  expect(table.take(4, make)).toBe(entries[1]);
  expect(table.isNew).toBe(true);
  expect(entries.map(({ cleared }) => cleared)).toEqual([0, 1, 0]);
  expect([1, 2, 3, 4].map((key) => table.peek(key))).toEqual([entries[0], null, entries[2], entries[1]]);
});

it('does what a map in the order of use does, with keys that share buckets', () => {
  const random = new SeededRandom(4);
  const table = new RecentTable<Entry>(5);
  const model = new Map<number, Entry>();
  for (let round = 0; round < 20_000; round++) {
    // Low bits agree: they meet in few buckets.
    const key = ((random.publicInt32() & 15) << 28) | (random.publicInt32() & 1);
    const entry = table.take(key, make);
    const known = model.get(key);
    expect(table.isNew).toBe(known === undefined);
    if (known !== undefined) expect(entry).toBe(known);
    model.delete(key);
    model.set(key, entry);
    const [oldest] = model.keys();
    if (model.size > 5 && oldest !== undefined) model.delete(oldest);
    expect(table.size).toBe(Math.min(5, Math.max(table.size, model.size)));
    for (const [other, there] of model) expect(table.peek(other)).toBe(there);
  }
  expect(table.size).toBe(5);
});
