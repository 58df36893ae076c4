/** Larger searches: what the scene `why-2msl` tells is what the search finds, and TCP's rules hold on a wider wire. */
import { describe, expect, it } from 'vitest';
import { OLD_OCTET_BOUNDS, OLD_OCTET_RUN } from '../scenes/closing/why-2msl.ts';
import { type Bounds, explore, nameOf, SMALL_BOUNDS, STANDARD_RULES } from './index.ts';

describe('the model, searched further', () => {
  it('finds the run of why-2msl, and no shorter one', () => {
    const verdict = explore({ ...STANDARD_RULES, timeWait: false }, OLD_OCTET_BOUNDS, 'old-octet');
    expect(verdict.trace.map(({ move }) => nameOf(move))).toEqual(OLD_OCTET_RUN);
  });

  it.each<Partial<Bounds>>([
    { octets: 2 },
    { accepts: 3 },
    { wire: 3 },
    { octets: 2, mischief: 1 },
    { wire: 1, opens: 4, accepts: 6, octets: 3 },
  ])('finds no fault with %o', (bounds) => {
    const verdict = explore(STANDARD_RULES, { ...SMALL_BOUNDS, ...bounds });
    console.log(`${JSON.stringify(bounds)}: ${verdict.worlds} worlds, ${verdict.moves} moves, depth ${verdict.depth}`);
    expect(verdict.result).toBe('safe');
  });
});
