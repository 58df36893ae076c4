/** Every story, played with several seeds: its checked outcomes hold, and the same seed gives the same rows and bytes. */
import { describe, expect, it } from 'vitest';
import { readCapture } from '../capture/pcapng-reader.ts';
import { findScene, playScene, SCENES } from './index.ts';

const SEEDS = [1, 2, 20_261_121];

describe('stories', () => {
  it('have ids of their own and words in both languages', () => {
    expect(new Set(SCENES.map((scene) => scene.id)).size).toBe(SCENES.length);
    for (const { id, title, summary } of SCENES) {
      expect(id).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
      expect(findScene(id)?.id).toBe(id);
      for (const text of [title, summary]) {
        expect(text.en.length, id).toBeGreaterThan(2);
        expect(text.zh, id).toMatch(/[\u4e00-\u9fff]/);
        expect(text.en, id).not.toMatch(/[\u4e00-\u9fff]/);
      }
    }
    expect(findScene('no-such-scene')).toBeNull();
  });

  describe.each(SCENES.map((scene) => [scene.id, scene] as const))('%s', (_id, scene) => {
    it.each(SEEDS)('keeps what it promises with seed %d', (seed) => {
      const result = playScene(scene, { seed });
      expect(result.checks.length).toBeGreaterThan(0);
      expect(result.checks.filter((check) => !check.ok).map((check) => check.text.en)).toEqual([]);
      expect(result.rows.some((row) => row.kind === 'segment')).toBe(true);
      for (const row of result.rows) {
        expect(row.say.en).toMatch(/\S/);
        expect(row.say.zh).toMatch(/[\u4e00-\u9fff].*[。！？”]$/);
      }
    });

    it('is the same again with the same seed', () => {
      const [first, second] = [playScene(scene, { seed: 7 }), playScene(scene, { seed: 7 })];
      expect(second.rows).toEqual(first.rows);
      expect(second.pcapng).toEqual(first.pcapng);
    });

    it('writes every packet into its capture once', () => {
      const result = playScene(scene);
      const file = readCapture(result.pcapng);
      expect(file.error).toBeNull();
      expect(file.packets.length).toBe(result.rows.filter((row) => row.kind === 'segment').length);
    });
  });
});
