/** Two real stacks under the model's search: no ghost, no octet of an old life, never two owners, and everything can end. */
import { describe, expect, it } from 'vitest';
import type { Profile } from '../requirements/bench.ts';
import { searchReal, walkReal } from './real-search.ts';

const BOUNDS = { opens: 2, octets: 2, wire: 2 };

describe.each<Profile>(['rfc', 'linux'])('%s: two real stacks', (profile) => {
  it('do nothing wrong in the nearest worlds', () => {
    const found = searchReal(profile, BOUNDS, 150, 15);
    expect(found.fault).toBeNull();
    expect(found.worlds).toBe(150);
  });

  it('do nothing wrong along random ways', () => {
    let [opens, octets] = [0, 0];
    for (let seed = 1; seed <= 60; seed++) {
      const walk = walkReal(profile, BOUNDS, 100, seed);
      expect(walk.fault).toBeNull();
      opens += walk.opens;
      octets += walk.octets;
    }
    // They do get somewhere: second openings, and octets read.
    expect(opens).toBeGreaterThan(80);
    expect(octets).toBeGreaterThan(40);
  });
});
