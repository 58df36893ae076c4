/** The questions of a run, as data for the page: those written for its story whose answer is what happened in it. */
import type { AskedQuestion } from './asked-question.ts';
import { QUESTIONS } from './index.ts';
import type { Seen } from './question.ts';

/** In a run that was interfered with fewer are left: what is no longer true is not asked. */
export function askedOf(scene: string, run: Seen): AskedQuestion[] {
  const asked: AskedQuestion[] = [];
  for (const { ask, before, truth, choices } of QUESTIONS[scene] ?? []) {
    const entry = before(run);
    const answer = choices[0].is;
    if (entry === null || truth(run) !== answer) continue;
    const told = choices.map(({ is, say, why }) => ({ is, say: say ?? null, why }));
    asked.push({ entry, ask, answer, choices: mixed(told, ask.en.length) });
  }
  return asked;
}

/** Another order than the written one, always the same for a question. */
function mixed<T>(choices: readonly T[], key: number): T[] {
  const shift = key % choices.length;
  const turned = [...choices.slice(shift), ...choices.slice(0, shift)];
  return key % 2 === 0 ? turned : turned.reverse();
}
