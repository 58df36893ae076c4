/** What shell lines of a script print, where nothing but printing is there for them. */
import { runShell } from '../../src/drill/shell/run-shell.ts';
import type { ShellTarget } from '../../src/drill/shell/shell-target.ts';

/** The lines' output without an end of line; a last command that fails is not counted. */
export function saidByShell(lines: string): string {
  const notes: string[] = [];
  const target: ShellTarget = {
    family: 4,
    setSysctl: () => {},
    sysctl: () => null,
    counters: () => new Map(),
    seenCounters: new Map(),
    flushMetrics: () => {},
    setMtu: () => {},
    setRoute: () => {},
    setQueue: () => {},
    sleep: () => {},
    note: (text) => notes.push(text.replace(/^shell: /, '')),
  };
  runShell(`${lines}\ntrue`, target);
  return notes.join('\n');
}
