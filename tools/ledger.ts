/** What has been run: a file of entries, one for each series that somebody had written down, the newest last. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';

/** What an entry begins with. */
export interface Sources {
  /** The commit the sources were at, and whether they had changed since. */
  readonly commit: string;
  readonly isModified: boolean;
  readonly date: string;
}

/** The sources as they are now: to be asked before they are run, since hours may lie between. `paths` are those that count. */
export function sourcesOf(root: string, paths: readonly string[]): Sources {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  return {
    commit: git('rev-parse', '--short=12', 'HEAD'),
    isModified: git('status', '--porcelain', '--', ...paths) !== '',
    date: new Date().toISOString().slice(0, 10),
  };
}

export function readLedger<E extends Sources>(file: string): E[] {
  return JSON.parse(readFileSync(file, 'utf8')) as E[];
}

/** Adds an entry, laid out as the formatter does it. */
export function enter<E extends Sources>(file: string, entry: E): void {
  writeFileSync(file, `${JSON.stringify([...readLedger<E>(file), entry], null, 2)}\n`);
}
