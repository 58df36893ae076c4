/** The two languages of the command line, and which of them a person gets. */

export type Language = 'en' | 'zh';

/** The same sentence in both languages; each written for its readers, not translated word by word. */
export interface Text {
  readonly en: string;
  readonly zh: string;
}

/**
 * `--lang` on the command line before the locale of the environment (LC_ALL, LC_MESSAGES, LANG), as POSIX ranks them.
 * The arguments are looked at before they are parsed, because `--help` and complaints speak the language too.
 */
export function detectLanguage(args: readonly string[], env: Readonly<Record<string, string | undefined>>): Language {
  const chosen = chosenLanguage(args);
  if (chosen !== undefined) return isChinese(chosen) ? 'zh' : 'en';
  const locale = [env.LC_ALL, env.LC_MESSAGES, env.LANG].find((value) => value !== undefined && value !== '');
  return isChinese(locale ?? '') ? 'zh' : 'en';
}

function chosenLanguage(args: readonly string[]): string | undefined {
  const end = args.indexOf('--');
  const options = end < 0 ? args : args.slice(0, end);
  for (const [index, arg] of options.entries()) {
    if (arg === '--lang') return options[index + 1] ?? '';
    if (arg.startsWith('--lang=')) return arg.slice('--lang='.length);
  }
  return undefined;
}

function isChinese(locale: string): boolean {
  return /^(?:zh|chinese)/i.test(locale);
}
