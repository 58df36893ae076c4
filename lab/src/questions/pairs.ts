/**
 * Questions of stories in pairs: one mechanism with it and without it. Both halves ask the same; which answer is right is
 * found by the number the story measures, and what is said of an answer holds in either half.
 */
import type { Text } from '../../../src/scenes/text.ts';
import { appears, type Choice, type Question, type Questions, type Seen } from './question.ts';

/** An answer, and the numbers it stands for. */
export interface Outcome {
  readonly say: Text;
  readonly why: Text;
  /** From here on, and below `to`; default no bound. */
  readonly from?: number;
  readonly to?: number;
}

export interface Pair {
  readonly ask: Text;
  readonly on: Outcome;
  readonly off: Outcome;
  /** What happens in neither half. */
  readonly neither: Outcome;
}

/** The questions of both halves of each pair, by the ids of their stories. */
export function pairQuestions(pairs: Readonly<Record<string, Pair>>): Questions {
  const all = Object.entries(pairs).flatMap(([id, pair]) => [
    [id, [half(pair, 'on', 'off')]] as const,
    [`${id}-off`, [half(pair, 'off', 'on')]] as const,
  ]);
  return Object.fromEntries(all);
}

function half({ ask, ...outcomes }: Pair, right: 'on' | 'off', wrong: 'on' | 'off'): Question {
  const choice = (is: 'on' | 'off' | 'neither'): Choice => ({ is, say: outcomes[is].say, why: outcomes[is].why });
  return {
    ask,
    before: appears({ isData: true }),
    truth: ({ measured }: Seen) =>
      (['on', 'off', 'neither'] as const).find((is) => measured !== null && isWithin(measured.value, outcomes[is])) ??
      null,
    choices: [choice(right), choice(wrong), choice('neither')],
  };
}

function isWithin(value: number, { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY }: Outcome): boolean {
  return value >= from && value < to;
}
