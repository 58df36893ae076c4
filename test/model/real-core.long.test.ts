/** The search of `real-core.test.ts`, further. */
import { describe, expect, it } from 'vitest';
import type { Profile } from '../requirements/bench.ts';
import { searchReal, walkReal } from './real-search.ts';

const BOUNDS = { opens: 2, octets: 2, wire: 2 };

describe.each<Profile>(['rfc', 'linux'])('%s: two real stacks', (profile) => {
  it('do nothing wrong in ten thousand worlds', () => {
    const found = searchReal(profile, BOUNDS, 10_000, 50);
    console.log(`${profile}: ${found.worlds} worlds, ${found.depth} moves deep`);
    expect(found.fault).toBeNull();
  });

  it('do nothing wrong along random ways', () => {
    const from = Math.floor(Math.random() * 2 ** 30);
    for (let seed = from; seed < from + 3_000; seed++)
      expect(walkReal(profile, { ...BOUNDS, wire: 4 }, 120, seed)).toBeNull();
  });
});
