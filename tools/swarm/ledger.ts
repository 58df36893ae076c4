/** What has been run: one entry for each series that somebody had written down, the newest last. Laid out as the formatter does it. */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import type { Reached } from './coverage.ts';
import type { Series } from './series.ts';

export interface LedgerEntry {
  /** The commit the sources were at, and whether they had changed since. */
  readonly commit: string;
  readonly isModified: boolean;
  readonly date: string;
  readonly firstSeed: number;
  readonly lastSeed: number;
  readonly runs: number;
  readonly counted: number;
  /** Seeds, with spaces between. */
  readonly failed: string;
  /** Branches reached by the series, of those in a folder's files that take part, in per cent; where they were counted. */
  readonly reached?: Reached;
}

export function readLedger(file: string): LedgerEntry[] {
  return JSON.parse(readFileSync(file, 'utf8')) as LedgerEntry[];
}

/** Adds a series. */
export function enterSeries(file: string, root: string, series: Series, reached: Reached | null): void {
  const git = (...args: string[]): string => execFileSync('git', args, { cwd: root, encoding: 'utf8' }).trim();
  const entry: LedgerEntry = {
    commit: git('rev-parse', '--short=12', 'HEAD'),
    isModified: git('status', '--porcelain', '--', 'src', 'tools/swarm/*.ts') !== '',
    date: new Date().toISOString().slice(0, 10),
    firstSeed: series.firstSeed,
    lastSeed: series.firstSeed + series.runs - 1,
    runs: series.runs,
    counted: series.counted,
    failed: series.failures.map(({ seed }) => seed).join(' '),
    ...(reached === null ? {} : { reached }),
  };
  writeFileSync(file, `${JSON.stringify([...readLedger(file), entry], null, 2)}\n`);
}
