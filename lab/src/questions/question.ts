/**
 * What a question written for a story is, and how one looks at a run: where the question is asked, and what the stacks did.
 * The right answer is written down and must be what the run shows; of a run in which it is not the question is not asked.
 */
import type { Text } from '../../../src/scenes/text.ts';
import type { RowView } from '../engine/row-keeper.ts';
import { momentOfEntry } from '../model/player.ts';
import type { Run } from '../model/run.ts';

/** What a question looks at. */
export type Seen = Pick<Run, 'rows' | 'moments' | 'checks' | 'measured'>;

export interface Choice {
  /** What it is called by `truth`: a state, control bits, a word. */
  readonly is: string;
  /** Default: `is`. */
  readonly say?: Text;
  /** Why it is so, or when it would be. */
  readonly why: Text;
}

export interface Question {
  readonly ask: Text;
  /** Entries of the tape before what gives the answer away; null when that does not come. */
  readonly before: (run: Seen) => number | null;
  /** What happened, as the name of a choice. */
  readonly truth: (run: Seen) => string | null;
  /** The right one first; the page puts them in another order. */
  readonly choices: readonly [right: Choice, ...wrong: Choice[]];
}

/** Questions of each story by its id. */
export type Questions = Readonly<Record<string, readonly Question[]>>;

/** What a row must be like. */
export type Pattern = Partial<
  Pick<RowView, 'kind' | 'from' | 'to' | 'flags' | 'isRepeat' | 'status' | 'protocol' | 'cause' | 'reason'>
> & {
  /** It has payload, or has none. */
  readonly isData?: boolean;
  /** Which of those that fit, from 1. */
  readonly nth?: number;
};

/** All rows that fit. */
export function allOf(run: Seen, { nth: _nth, isData, ...pattern }: Pattern): RowView[] {
  const wanted = Object.entries(pattern);
  return run.rows.filter(
    (row) =>
      wanted.every(([name, value]) => row[name as keyof RowView] === value) &&
      (isData === undefined || (row.length ?? 0) > 0 === isData),
  );
}

export function rowOf(run: Seen, pattern: Pattern): RowView | null {
  return allOf(run, pattern)[(pattern.nth ?? 1) - 1] ?? null;
}

// --- when it is asked ---

/** Before the row is there. */
export const appears =
  (pattern: Pattern) =>
  (run: Seen): number | null =>
    rowOf(run, pattern)?.entry ?? null;

/** Before the packet reaches its end. */
export const arrives =
  (pattern: Pattern) =>
  (run: Seen): number | null =>
    rowOf(run, pattern)?.arrivals[0]?.entry ?? null;

// --- what happened ---

/** The state of the host's newest connection when the tape has `entry` entries. */
function stateAtEntry(run: Seen, host: string, entry: number): string {
  const view = run.moments[momentOfEntry(run.moments, entry) - 1]?.hosts.find(({ name }) => name === host);
  return view?.connections.at(-1)?.state ?? 'CLOSED';
}

/** The state of a host when a row appears. */
export const stateAt =
  (host: string, pattern: Pattern) =>
  (run: Seen): string | null => {
    const row = rowOf(run, pattern);
    return row === null ? null : stateAtEntry(run, host, row.entry);
  };

/** The state of the packet's receiver once it is there. */
export const receiverOf =
  (pattern: Pattern) =>
  (run: Seen): string | null => {
    const row = rowOf(run, pattern);
    const arrival = row?.arrivals[0];
    if (row === null || arrival === undefined) return null;
    return row.toState?.after ?? stateAtEntry(run, row.to, arrival.entry);
  };

/** Control bits of a packet. */
export const flagsOf =
  (pattern: Pattern) =>
  (run: Seen): string | null =>
    rowOf(run, pattern)?.flags ?? null;

/** Control bits of what comes back for a packet before its sender says anything else; `nothing` when nothing does. */
export const answerTo =
  (pattern: Pattern) =>
  (run: Seen): string | null => {
    const row = rowOf(run, pattern);
    if (row === null) return null;
    const since = row.arrivals[0]?.entry ?? row.entry;
    const next = run.rows.find(
      (one) =>
        one.entry > since &&
        ((one.source === row.source && one.destination === row.destination) ||
          (one.source === row.destination && one.destination === row.source)),
    );
    return next === undefined || next.source === row.source ? 'nothing' : next.flags;
  };

/** How many rows there are. */
export const countOf =
  (pattern: Pattern) =>
  (run: Seen): string =>
    String(allOf(run, pattern).length);

/** One name when an outcome of the scene came true, else another. @param index of the outcome, from 0 */
export const checked =
  (index: number, name: string, otherwise = 'something else') =>
  (run: Seen): string | null => {
    const check = run.checks[index];
    return check === undefined ? null : check.ok ? name : otherwise;
  };

/** Microseconds between the appearances of two rows; NaN when one is missing. */
export function gapUs(run: Seen, first: Pattern, second: Pattern): number {
  return (rowOf(run, second)?.timeUs ?? Number.NaN) - (rowOf(run, first)?.timeUs ?? Number.NaN);
}

/** States in which a connection of the host was ever seen. */
export function statesOf(run: Seen, host: string): Set<string> {
  const views = run.moments.flatMap(({ hosts }) => hosts.filter(({ name }) => name === host));
  return new Set(views.flatMap(({ connections }) => connections.map(({ state }) => state)));
}
