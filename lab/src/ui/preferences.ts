/** What the page remembers of its reader: language, colours, how ladders are drawn. Kept when the browser allows it. */
import { signal } from '@preact/signals';
import type { CaptionKind } from '../words/captions.ts';
import { en } from '../words/en.ts';
import type { Language, Words } from '../words/words.ts';
import { zh } from '../words/zh.ts';

export type Theme = 'auto' | 'light' | 'dark';

export interface Preferences {
  readonly language: Language;
  readonly theme: Theme;
  readonly isRaw: boolean;
  readonly isInTime: boolean;
  readonly hasSentences: boolean;
  readonly caption: CaptionKind;
  readonly asks: boolean;
  /** Index into SPEEDS_US. */
  readonly speed: number;
}

const KEY = 'woshou-lab';
const DEFAULTS: Preferences = {
  language: navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en',
  theme: 'auto',
  isRaw: false,
  isInTime: false,
  hasSentences: true,
  caption: 'none',
  asks: true,
  speed: 3,
};

/** Asked once and then told: colours are looked up for each packet in each frame, and the browser takes long to answer. */
const darkSystem = matchMedia('(prefers-color-scheme: dark)');
const isSystemDark = signal(darkSystem.matches);
darkSystem.addEventListener('change', ({ matches }) => {
  isSystemDark.value = matches;
});

/** The browser refused to keep them. */
export const isStorageDenied = signal(false);
export const preferences = signal<Preferences>(read());

export function prefer(changes: Partial<Preferences>): void {
  preferences.value = { ...preferences.value, ...changes };
  apply();
  try {
    localStorage.setItem(KEY, JSON.stringify(preferences.value));
  } catch {
    isStorageDenied.value = true;
  }
}

/** Words in the reader's language. */
export function words(): Words {
  return preferences.value.language === 'zh' ? zh : en;
}

/** Tells the document. */
export function apply(): void {
  const { language, theme } = preferences.value;
  document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
  document.documentElement.dataset.theme = theme;
  document.title = `${words().title} · ${words().tagline}`;
}

export function isDark(): boolean {
  const { theme } = preferences.value;
  return theme === 'dark' || (theme === 'auto' && isSystemDark.value);
}

/** What was kept may be from another version: each value is taken only when it is one of ours. */
function read(): Preferences {
  try {
    const kept = JSON.parse(localStorage.getItem(KEY) ?? '{}') as Record<string, unknown>;
    const valid = Object.entries(kept).filter(
      ([name, value]) => typeof value === typeof DEFAULTS[name as keyof Preferences],
    );
    const merged = { ...DEFAULTS, ...Object.fromEntries(valid) } as Preferences;
    return {
      ...merged,
      language: merged.language === 'zh' ? 'zh' : 'en',
      speed: Math.max(0, Math.min(8, merged.speed)),
    };
  } catch {
    isStorageDenied.value = true;
    return DEFAULTS;
  }
}
