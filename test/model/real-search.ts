/** Searches the worlds of two real stacks: breadth first to a bound, and along random ways far beyond it. */
import { SeededGenerator } from '../../src/base/random.ts';
import type { Profile } from '../requirements/bench.ts';
import { type RealBounds, RealPair } from './real-pair.ts';

export interface Found {
  readonly worlds: number;
  readonly depth: number;
  /** Moves to a fault and what it is; null without. */
  readonly fault: string | null;
}

/** Every world within `worldsMax`, nearest first. Each `endEvery`-th is let end, to see that it can. */
export function searchReal(profile: Profile, bounds: RealBounds, worldsMax: number, endEvery: number): Found {
  const seen = new Set<string>();
  const queue: { readonly world: RealPair; readonly way: readonly string[] }[] = [];
  const first = new RealPair(profile, bounds, 1);
  seen.add(first.key());
  queue.push({ world: first, way: [] });
  let depth = 0;
  for (const { world, way } of queue) {
    depth = way.length;
    for (const name of world.moves()) {
      const next = world.copy();
      const fault = next.move(name);
      const nextWay = [...way, name];
      if (fault !== null) return { worlds: seen.size, depth, fault: `${nextWay.join(', ')}: ${fault}` };
      const key = next.key();
      if (seen.has(key)) continue;
      seen.add(key);
      if (seen.size % endEvery === 0 && !next.copy().endsWell())
        return { worlds: seen.size, depth, fault: `${nextWay.join(', ')}: does not end` };
      if (seen.size >= worldsMax) return { worlds: seen.size, depth, fault: null };
      queue.push({ world: next, way: nextWay });
    }
  }
  return { worlds: seen.size, depth, fault: null };
}

/** What a walk came to. */
export interface Walk {
  /** The moves and what is wrong, or null. */
  readonly fault: string | null;
  readonly opens: number;
  /** Octets the server's programs read. */
  readonly octets: number;
}

/** One long way by chance, let end at its end. Returns the moves and what is wrong, or null. */
export function walkReal(profile: Profile, bounds: RealBounds, moves: number, seed: number): Walk {
  const random = new SeededGenerator(seed);
  const world = new RealPair(profile, bounds, seed);
  const way: string[] = [];
  for (let count = 0; count < moves; count++) {
    const names = world.moves();
    if (names.length === 0) break;
    const name = choose(names, random);
    way.push(name);
    const fault = world.move(name);
    if (fault !== null) return walked(world, `seed ${seed}: ${way.join(', ')}: ${fault}`);
  }
  return walked(world, world.endsWell() ? null : `seed ${seed}: ${way.join(', ')}: does not end`);
}

function walked(world: RealPair, fault: string | null): Walk {
  const octets = world.served.reduce((sum, one) => sum + one.octets.length, 0);
  return { fault, opens: world.written.length, octets };
}

/** Mostly the wire delivers, or nothing would ever come about. */
function choose(names: readonly string[], random: SeededGenerator): string {
  const kinds =
    'deliver deliver deliver deliver deliver write write write open close serve-close repeat lose time'.split(' ');
  for (;;) {
    const kind = kinds[random.nextBelow(kinds.length)] ?? '';
    const some = names.filter((name) => name.split(' ')[0] === kind);
    const name = some[random.nextBelow(Math.max(1, some.length))];
    if (name !== undefined) return name;
  }
}
