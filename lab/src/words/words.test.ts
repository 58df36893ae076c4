/** Both languages are whole: the same keys, each in its own script, with the punctuation it is written with. */
import { describe, expect, it } from 'vitest';
import { SETTINGS } from '../engine/settings-list.ts';
import { en } from './en.ts';
import { zh } from './zh.ts';

const CHINESE = /[\u4e00-\u9fff]/;
/** Names that are the same everywhere. */
const SAME = new Set([
  'seed',
  'backlog',
  'a',
  'b',
  'time-wait',
  'time_wait_ms',
  'direction',
  'queueOf',
  'language',
  'inUnit',
  'otherLanguage',
]);

/** Every text by its path; functions are given something to say. */
function texts(value: unknown, path: readonly string[] = []): [path: string, text: string][] {
  if (typeof value === 'string') return [[path.join('.'), value]];
  if (typeof value === 'function')
    return [[path.join('.'), String((value as (...args: unknown[]) => unknown)('7', '8', '9'))]];
  return Object.entries(value as object).flatMap(([key, inner]) => texts(inner, [...path, key]));
}

describe('the words of the page', () => {
  const english = texts(en);
  const chinese = new Map(texts(zh));

  it('have the same keys in both languages', () => {
    expect([...chinese.keys()].sort()).toEqual(english.map(([path]) => path).sort());
  });

  it.each(english)('%s', (path, text) => {
    const translated = chinese.get(path) ?? '';
    const name = path.split('.').at(-1) ?? '';
    for (const words of [text, translated]) {
      expect(words).toMatch(/\S/);
      expect(words).not.toMatch(/undefined|NaN|\[object| {2}/);
    }
    if (name === 'otherLanguage') return;
    expect(text).not.toMatch(CHINESE);
    if (!SAME.has(name) && !path.startsWith('layerNames')) expect(translated).toMatch(CHINESE);
    expect(translated).not.toMatch(/[\u4e00-\u9fff][,.;:!?(]|[,;:!?)][\u4e00-\u9fff]/);
    if (name !== 'captureTitle') expect(translated).not.toMatch(/[\u4e00-\u9fff][A-Za-z]|[A-Za-z][\u4e00-\u9fff]/);
  });

  it('name every setting that is offered', () => {
    for (const { name } of SETTINGS) {
      expect(en.settingNames[name]).toBeDefined();
      expect(zh.settingNames[name]).toBeDefined();
    }
  });
});
