/**
 * Questions before the answer, made from what the stacks are about to do: in which state will it be, what will it send, does
 * it arrive. The answer is the simulator's, so the questions stay right whatever was done to the scene.
 */

import { TCP_STATE_NAMES, TRANSITIONS } from '../../../src/tcp/state.ts';
import type { RowView } from '../engine/row-keeper.ts';
import type { Run } from './run.ts';

/** A question at a moment. */
export type Quiz = {
  /** It is asked when the tape has this many entries: just before the answer comes. */
  readonly entry: number;
  readonly row: RowView;
  readonly choices: readonly string[];
  readonly answer: string;
} & (
  | {
      /** A packet is about to arrive: which state will its receiver be in? */ readonly kind: 'state';
      readonly host: string;
    }
  | { /** What does the host send next? */ readonly kind: 'next'; readonly host: string }
);

const QUIZZES_MAX = 5;
const CHOICES = 4;

/** The questions of a run, in order, few and apart. */
export function quizzesOf(run: Run): Quiz[] {
  const all: Quiz[] = [];
  const segments = run.rows.filter(({ kind, protocol }) => kind === 'segment' && protocol === 'tcp');
  for (const [index, row] of segments.entries()) {
    const question = stateQuiz(row) ?? nextQuiz(row, segments[index - 1]);
    if (question !== null) all.push(question);
  }
  if (all.length <= QUIZZES_MAX) return all;
  return Array.from({ length: QUIZZES_MAX }, (_, index) => all[Math.floor((index * all.length) / QUIZZES_MAX)]).filter(
    (one): one is Quiz => one !== undefined,
  );
}

function stateQuiz(row: RowView): Quiz | null {
  const first = row.arrivals[0];
  const { toState } = row;
  if (first === undefined || toState === null || toState.before === toState.after) return null;
  const choices = stateChoices(toState.before, toState.after);
  return { kind: 'state', host: row.to, entry: first.entry, row, choices, answer: toState.after };
}

/** What a timer sends: nobody has said anything, and yet a packet leaves. */
function nextQuiz(row: RowView, before: RowView | undefined): Quiz | null {
  if (row.timer === null || !row.isRepeat || before === undefined) return null;
  const answer = row.flags;
  const others = ['SYN', 'SYN,ACK', 'ACK', 'FIN,ACK', 'RST', 'PSH,ACK'].filter((flags) => flags !== answer);
  return {
    kind: 'next',
    host: row.from,
    entry: row.entry,
    row,
    choices: mixed([answer, ...others.slice(0, 3)]),
    answer,
  };
}

/** The right state among those that could come next, and it could stay where it is. */
function stateChoices(before: string, after: string): string[] {
  const near = TRANSITIONS.filter(({ from }) => from === before).map(({ to }): string => to);
  const from = before === 'LISTEN' ? ['SYN-RECEIVED', 'ESTABLISHED'] : [];
  const others = [...new Set([before, ...from, ...near, 'ESTABLISHED', 'CLOSED', 'TIME-WAIT'])];
  return mixed([after, ...others.filter((state) => state !== after).slice(0, CHOICES - 1)]);
}

/** In the order of a connection's life, so that the place tells nothing. */
function mixed(choices: readonly string[]): string[] {
  const names: readonly string[] = TCP_STATE_NAMES;
  return [...choices].sort((a, b) => names.indexOf(a) - names.indexOf(b) || a.localeCompare(b));
}
