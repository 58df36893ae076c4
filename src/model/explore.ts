/**
 * Breadth-first search through every world the model can reach, with the shortest way to the first fault.
 *
 * When no fault is found, a second pass asks from which worlds rest can be reached (both ends closed, the wire empty): a world that
 * cannot is one that hangs.
 */
import { type Fault, isRest, type Move, type Step, stepsFrom } from './moves.ts';
import { type Bounds, checkBounds, type Rules } from './rules.ts';
import { firstWorld, keyOf, type World } from './world.ts';

export interface TraceStep {
  readonly move: Move;
  /** The world after the move. */
  readonly world: World;
}

export interface Verdict {
  /** `safe`: every world was seen and none is at fault. `unfinished`: none of those seen before `worldsMax`. */
  readonly result: 'safe' | 'fault' | 'hang' | 'unfinished';
  readonly fault: Fault | null;
  /** The shortest way to the fault or to a world that hangs, from the first world; empty when safe. */
  readonly trace: readonly TraceStep[];
  /** Different worlds seen. */
  readonly worlds: number;
  /** Moves tried. */
  readonly moves: number;
  /** Moves on the longest of the shortest ways. */
  readonly depth: number;
}

interface Seen {
  readonly index: Map<string, number>;
  readonly worlds: World[];
  readonly parents: number[];
  readonly via: (Move | null)[];
  readonly depths: number[];
  /** Edges, flat: from, to. Kept for the second pass. */
  readonly edges: number[];
}

/**
 * Explores until the first fault; with `sought`, until the first fault of that kind, and past all others.
 * Throws an ArgumentError for bounds outside their ranges.
 */
export function explore(rules: Rules, bounds: Bounds, sought: Fault | null = null): Verdict {
  checkBounds(bounds);
  const seen: Seen = { index: new Map(), worlds: [], parents: [], via: [], depths: [], edges: [] };
  note(seen, firstWorld(), -1, null);
  let moves = 0;
  for (let at = 0; at < seen.worlds.length; at++) {
    const world = seen.worlds[at] as World;
    for (const step of stepsFrom(world, rules, bounds)) {
      moves++;
      const to = note(seen, step.world, at, step.move);
      if (step.fault !== null && (sought === null || step.fault === sought))
        return verdict(seen, moves, 'fault', step.fault, [...wayTo(seen, at), traced(step)]);
      seen.edges.push(at, to);
    }
    if (seen.worlds.length > bounds.worldsMax) return verdict(seen, moves, 'unfinished', null, []);
  }
  const hung = firstHung(seen);
  if (hung >= 0) return verdict(seen, moves, 'hang', null, wayTo(seen, hung));
  return verdict(seen, moves, 'safe', null, []);
}

function note(seen: Seen, world: World, parent: number, via: Move | null): number {
  const key = keyOf(world);
  const known = seen.index.get(key);
  if (known !== undefined) return known;
  const fresh = seen.worlds.length;
  seen.index.set(key, fresh);
  seen.worlds.push(world);
  seen.parents.push(parent);
  seen.via.push(via);
  seen.depths.push(parent < 0 ? 0 : (seen.depths[parent] as number) + 1);
  return fresh;
}

function traced(step: Step): TraceStep {
  return { move: step.move, world: step.world };
}

function wayTo(seen: Seen, last: number): TraceStep[] {
  const way: TraceStep[] = [];
  for (let at = last; at > 0; at = seen.parents[at] as number) {
    const move = seen.via[at];
    if (move) way.unshift({ move, world: seen.worlds[at] as World });
  }
  return way;
}

/** The first world, in the order of the search, from which rest cannot be reached; -1 when there is none. */
function firstHung(seen: Seen): number {
  const count = seen.worlds.length;
  const heads = new Int32Array(count + 1);
  for (let at = 1; at < seen.edges.length; at += 2) heads[(seen.edges[at] as number) + 1]! += 1;
  for (let at = 0; at < count; at++) heads[at + 1]! += heads[at]!;
  const next = heads.slice();
  const sources = new Int32Array(seen.edges.length / 2);
  for (let at = 0; at < seen.edges.length; at += 2) sources[next[seen.edges[at + 1]!]!++] = seen.edges[at]!;
  const ends = new Uint8Array(count);
  const queue: number[] = [];
  for (let at = 0; at < count; at++) {
    if (!isRest(seen.worlds[at] as World)) continue;
    ends[at] = 1;
    queue.push(at);
  }
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (let edge = heads[at]!; edge < heads[at + 1]!; edge++) {
      const from = sources[edge]!;
      if (ends[from]) continue;
      ends[from] = 1;
      queue.push(from);
    }
  }
  return ends.indexOf(0);
}

function verdict(
  seen: Seen,
  moves: number,
  result: Verdict['result'],
  fault: Fault | null,
  trace: readonly TraceStep[],
): Verdict {
  return {
    result,
    fault,
    trace,
    worlds: seen.worlds.length,
    moves,
    depth: Math.max(trace.length, seen.depths.at(-1) ?? 0),
  };
}
