/** Every story, played with several seeds: its checked outcomes hold, and the same seed gives the same rows and bytes. */
import { afterAll, describe, expect, it } from 'vitest';
import { readCapture } from '../capture/pcapng-reader.ts';
import { NodeTcpAuth } from '../node/tcp-auth.ts';
import { findScene, type LadderRow, playScene, SCENES, type SceneResult, type Text } from './index.ts';

const CHINESE = /[\u4e00-\u9fff]/;

/** Both languages are there, each in its own script, with the punctuation it is written with. */
function expectGoodWords(text: Text, where: string): void {
  expect(text.en, where).toMatch(/\S/);
  expect(text.zh, where).toMatch(CHINESE);
  expect(text.en, where).not.toMatch(CHINESE);
  for (const words of [text.en, text.zh]) {
    expect(words, where).not.toMatch(/undefined|null|NaN|\[object| {2}/);
    expect(words, where).toBe(words.trim());
  }
  expect(text.zh, where).not.toMatch(/[\u4e00-\u9fff][,.;:!?(]|[,;:!?)][\u4e00-\u9fff]/);
  // A space stands between the scripts, and one byte is no plural.
  expect(text.zh, where).not.toMatch(/[\u4e00-\u9fff][A-Za-z0-9]|[A-Za-z0-9][\u4e00-\u9fff]/);
  expect(text.en, where).not.toMatch(/\b1 bytes/);
}

/** Rows as text, frames in hexadecimal. */
function asText(rows: readonly LadderRow[]): string {
  return JSON.stringify(rows.map((row) => ({ ...row, frame: row.frame && Buffer.from(row.frame).toString('hex') })));
}

const auth = new NodeTcpAuth();
const SEEDS = [1, 2, 20_261_121];

describe('stories', () => {
  it('have ids of their own and words in both languages', () => {
    expect(new Set(SCENES.map((scene) => scene.id)).size).toBe(SCENES.length);
    for (const { id, title, summary } of SCENES) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(findScene(id)?.id).toBe(id);
      for (const text of [title, summary]) expectGoodWords(text, id);
    }
    expect(findScene('no-such-scene')).toBeNull();
  });

  it('say what they need to be played', () => {
    for (const scene of SCENES.filter(({ needsAuth }) => needsAuth)) expect(() => playScene(scene)).toThrow(/auth/);
    expect(SCENES.some(({ needsAuth }) => needsAuth)).toBe(true);
  });

  describe.each(SCENES.map((scene) => [scene.id, scene] as const))('%s', (_id, scene) => {
    const results = new Map<number, SceneResult>();
    const play = (seed: number): SceneResult => {
      const result = results.get(seed) ?? playScene(scene, { seed, auth });
      results.set(seed, result);
      return result;
    };
    afterAll(() => results.clear());

    it.each(SEEDS)('keeps what it promises with seed %d', (seed) => {
      const result = play(seed);
      expect(result.checks.length).toBeGreaterThan(0);
      expect(result.checks.filter((check) => !check.ok).map((check) => check.text.en)).toEqual([]);
      expect(result.rows.some((row) => row.kind === 'segment')).toBe(true);
    });

    it('speaks both languages well', () => {
      const { rows, checks, verdict } = play(1);
      for (const { say, aside, kind } of rows) {
        expectGoodWords(say, scene.id);
        if (aside !== null) expectGoodWords(aside, scene.id);
        if (kind !== 'note') expect(say.zh).toMatch(/[。！？”]$/);
        expect(say.en).toMatch(/[.!?”]$/);
      }
      for (const { text } of checks) expectGoodWords(text, scene.id);
      if (verdict !== undefined) expectGoodWords(verdict, scene.id);
    });

    it('is the same again with the same seed', () => {
      const [first, second] = [play(2), playScene(scene, { seed: 2, auth })];
      // Compared as text: a matcher walks every byte of every frame.
      expect(asText(second.rows) === asText(first.rows), 'rows').toBe(true);
      expect(Buffer.compare(second.pcapng, first.pcapng), 'capture').toBe(0);
    });

    it('writes every packet into its capture once', () => {
      const result = play(1);
      const file = readCapture(result.pcapng);
      expect(file.error).toBeNull();
      expect(file.packets.length).toBe(result.rows.filter((row) => row.kind === 'segment').length);
    });
  });
});
