/**
 * A small model of TCP's connections and a search through everything that can happen to them.
 *
 * {@link explore} goes through all worlds of two hosts on a wire that loses, repeats and reorders, and answers with the shortest way to
 * a fault, or that there is none. It shows what the three-way handshake and TIME-WAIT are for: leave one out and read the trace.
 */
export { explore, type TraceStep, type Verdict } from './explore.ts';
export type { Fault, Move } from './moves.ts';
export { nameOf, type Run, retrace } from './retrace.ts';
export { type Bounds, type Rules, SMALL_BOUNDS, STANDARD_RULES } from './rules.ts';
export type { Host, Kind, ModelSegment, Phase, Side, World } from './world.ts';
