/** Lines that are written over: what a program shows while it works. */
import type { Screen } from './screen.ts';

/** Writes over the `before` lines drawn last, in one piece so that nothing flickers; returns how many there are now. */
export function redraw(screen: Screen, before: number, lines: readonly string[]): number {
  const up = before > 0 ? `\u001b[${before}A\r` : '';
  screen.raw(`${up}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
  return lines.length;
}
