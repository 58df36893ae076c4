/**
 * Questions before the answer. Those written for the story come first; around them stand a few that are made from what the
 * stacks are about to do: in which state will it be, what will it send. The answer is always the simulator's.
 */

import type { Text } from '../../../src/scenes/text.ts';
import { TCP_STATE_NAMES, TRANSITIONS } from '../../../src/tcp/state.ts';
import type { RowView } from '../engine/row-keeper.ts';
import type { Run } from './run.ts';

export interface QuizChoice {
  readonly is: string;
  /** Null: what it is called says it. */
  readonly say: Text | null;
  /** Why it is so, or why not; null where only the right one is explained. */
  readonly why: Text | null;
}

/** A question at a moment. */
export type Quiz = {
  /** It is asked when the tape has this many entries: just before the answer comes. */
  readonly entry: number;
  readonly choices: readonly QuizChoice[];
  readonly answer: string;
} & (
  | { readonly kind: 'story'; readonly ask: Text }
  | {
      /** `state`: a packet is about to arrive, in which state will its receiver be? `next`: what does the host send next? */
      readonly kind: 'state' | 'next';
      readonly host: string;
      readonly row: RowView;
    }
);

const QUIZZES_MAX = 5;
const CHOICES = 4;
/** Two questions so few entries apart would ask about the same. */
const APART = 3;

/** The questions of a run, in order, few and apart. */
export function quizzesOf(run: Run): Quiz[] {
  const written = run.questions.map((question): Quiz => ({ kind: 'story', ...question }));
  const made: Quiz[] = [];
  const segments = run.rows.filter(({ kind, protocol }) => kind === 'segment' && protocol === 'tcp');
  for (const [index, row] of segments.entries()) {
    const question = stateQuiz(row) ?? nextQuiz(row, segments[index - 1]);
    if (question !== null && written.every(({ entry }) => Math.abs(entry - question.entry) >= APART)) {
      made.push(question);
    }
  }
  return [...written, ...spread(made, QUIZZES_MAX - written.length)].sort((a, b) => a.entry - b.entry);
}

/** So many of them, evenly. */
function spread<T>(all: readonly T[], count: number): T[] {
  if (all.length <= count) return [...all];
  return all.filter(
    (_, index) => Math.floor((index * count) / all.length) > Math.floor(((index - 1) * count) / all.length),
  );
}

function stateQuiz(row: RowView): Quiz | null {
  const first = row.arrivals[0];
  const { toState } = row;
  if (first === undefined || toState === null || toState.before === toState.after) return null;
  const { before, after: answer } = toState;
  return {
    kind: 'state',
    host: row.to,
    entry: first.entry,
    row,
    answer,
    ...explained(stateChoices(before, answer), answer, row),
  };
}

/** What a timer sends: nobody has said anything, and yet a packet leaves. */
function nextQuiz(row: RowView, before: RowView | undefined): Quiz | null {
  if (row.timer === null || !row.isRepeat || before === undefined) return null;
  const answer = row.flags;
  const others = ['SYN', 'SYN,ACK', 'ACK', 'FIN,ACK', 'RST', 'PSH,ACK'].filter((flags) => flags !== answer);
  const choices = mixed([answer, ...others.slice(0, 3)]);
  return { kind: 'next', host: row.from, entry: row.entry, row, answer, ...explained(choices, answer, row) };
}

/** The sentence of the packet says why the right one is right. */
function explained(choices: readonly string[], answer: string, { say }: RowView): { readonly choices: QuizChoice[] } {
  return { choices: choices.map((is) => ({ is, say: null, why: is === answer ? say : null })) };
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
