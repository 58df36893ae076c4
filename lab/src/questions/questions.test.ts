/** Questions written for the stories: every story has one, and its right answer is what the stacks do. */
import { describe, expect, it } from 'vitest';
import { SCENES } from '../../../src/scenes/index.ts';
import type { Text } from '../../../src/scenes/text.ts';
import { Laboratory } from '../engine/laboratory.ts';
import type { History } from '../engine/messages.ts';
import { joined, type Run } from '../model/run.ts';
import { QUESTIONS } from './index.ts';
import type { Question } from './question.ts';

const stories = SCENES.filter(({ needsAuth }) => !needsAuth).map(({ id }) => id);

function played(scene: string): Run {
  return joined(null, new Laboratory().answer({ kind: 'load', recipe: { scene, seed: 1, actions: [] } }) as History);
}

const EMPTY = { rows: [], moments: [], checks: [], measured: null };
const CHINESE = /[\u4e00-\u9fff]/;

function textsOf({ ask, choices }: Question): Text[] {
  return [ask, ...choices.flatMap(({ say, why }) => (say === undefined ? [why] : [say, why]))];
}

describe('questions of the stories', () => {
  it('belong to stories that are there', () => {
    expect(Object.keys(QUESTIONS).filter((id) => !stories.includes(id))).toEqual([]);
  });

  it.each(stories)('%s', (id) => {
    const questions = QUESTIONS[id] ?? [];
    expect(questions.length).toBeGreaterThan(0);
    const run = played(id);
    for (const { ask, before, truth, choices } of questions) {
      expect(truth(run), ask.en).toBe(choices[0].is);
      const entry = before(run);
      expect(entry, ask.en).not.toBeNull();
      // The reader comes to it: what it asks about is still ahead, within what the story plays.
      expect(entry).toBeLessThan(run.moments.at(-1)?.entry ?? 0);
      expect(truth(EMPTY), `${ask.en}: says something of an empty run`).not.toBe(choices[0].is);
      expect(choices.length).toBeGreaterThan(2);
      expect(new Set(choices.map(({ is }) => is)).size).toBe(choices.length);
    }
  });

  it.each(stories.filter((id) => id.startsWith('myth-')))('%s has a packet that decides it', (id) => {
    const run = played(id);
    const row = run.rows.find(({ number }) => number === run.evidence);
    expect(row?.kind).toBe('segment');
    expect(run.verdict).not.toBeNull();
  });

  it.each(stories)('the words of %s', (id) => {
    for (const { en, zh } of (QUESTIONS[id] ?? []).flatMap(textsOf)) {
      expect(en).not.toMatch(CHINESE);
      expect(en).toMatch(/\S/);
      expect(zh).toMatch(/\S/);
      if (/[a-z]{3}/.test(en)) expect(zh).toMatch(CHINESE);
      expect(zh).not.toMatch(/[\u4e00-\u9fff][,.;:!?(A-Za-z]|[A-Za-z,;:!?)][\u4e00-\u9fff]/);
    }
  });
});
