/** A screen that keeps what is written, for tests of the command line. */
import type { Language } from '../../src/cli/language.ts';
import { Screen } from '../../src/cli/screen.ts';

export interface FakeScreen {
  readonly screen: Screen;
  readonly out: () => string;
  readonly err: () => string;
}

/** @param columns width; @param color colour codes wanted; @param isTTY as a terminal is */
export function fakeScreen(language: Language = 'en', columns = 80, color = false, isTTY = false): FakeScreen {
  const written = { out: '', err: '' };
  const screen = new Screen({
    language,
    out: { write: (text) => (written.out += text), columns, isTTY },
    err: { write: (text) => (written.err += text) },
    env: {},
    color,
  });
  return { screen, out: () => written.out, err: () => written.err };
}
