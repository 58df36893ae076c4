/** Moves by name, and a run played again by the names of its moves. */
import { ArgumentError } from '../base/errors.ts';
import type { TraceStep } from './explore.ts';
import { type Fault, type Move, stepsFrom } from './moves.ts';
import { type Bounds, checkBounds, type Rules } from './rules.ts';
import { CLIENT, firstWorld } from './world.ts';

/** `client open SYN 1/1`: who, what, and the segment's kind, sequence number and life. For the wire's choices, who sent the segment. */
export function nameOf(move: Move): string {
  const who = move.side === CLIENT ? 'client' : 'server';
  const { segment } = move;
  return segment === null
    ? `${who} ${move.kind}`
    : `${who} ${move.kind} ${segment.kind} ${segment.seq}/${segment.life}`;
}

/** A run as it was asked for; `fault` is what its last move does wrong. */
export interface Run {
  readonly trace: readonly TraceStep[];
  readonly fault: Fault | null;
}

/** Plays the moves named, one after the other, from the first world. @throws ArgumentError for a move that is not possible then */
export function retrace(names: readonly string[], rules: Rules, bounds: Bounds): Run {
  checkBounds(bounds);
  const trace: TraceStep[] = [];
  let world = firstWorld();
  let fault: Fault | null = null;
  for (const name of names) {
    const steps = stepsFrom(world, rules, bounds);
    const step = steps.find((one) => nameOf(one.move) === name);
    if (step === undefined) {
      const possible = steps.map((one) => nameOf(one.move)).join(', ');
      throw new ArgumentError('names', `'${name}' is not possible as move ${trace.length + 1}; possible: ${possible}`);
    }
    trace.push({ move: step.move, world: step.world });
    ({ world, fault } = step);
  }
  return { trace, fault };
}
