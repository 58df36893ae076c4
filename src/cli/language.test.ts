/** Which language a person gets. */
import { describe, expect, it } from 'vitest';
import { detectLanguage } from './language.ts';

describe('detectLanguage', () => {
  it.each([
    [[], {}, 'en'],
    [[], { LANG: 'zh_CN.UTF-8' }, 'zh'],
    [[], { LANG: 'C' }, 'en'],
    [[], { LC_ALL: 'en_US.UTF-8', LANG: 'zh_CN.UTF-8' }, 'en'],
    [[], { LC_ALL: '', LC_MESSAGES: 'zh_TW', LANG: 'en_US' }, 'zh'],
    [['--lang', 'zh'], { LANG: 'en_US' }, 'zh'],
    [['demo', 'life', '--lang=en'], { LANG: 'zh_CN' }, 'en'],
    [['--lang'], { LANG: 'zh_CN' }, 'en'],
    [['--', '--lang', 'zh'], {}, 'en'],
  ] as const)('%j in %j: %s', (args, env, language) => {
    expect(detectLanguage(args, env)).toBe(language);
  });
});
