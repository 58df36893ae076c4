/** Entries of ledgers: what they say of the sources, and that they are added, laid out as the formatter does it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { enter, readLedger, sourcesOf } from './ledger.ts';

const ROOT = join(import.meta.dirname, '..');
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'woshou-ledger-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe('a ledger', () => {
  it('names the commit, and says whether the sources that count have changed since', () => {
    const git = (...args: string[]): string => execFileSync('git', args, { cwd: folder, encoding: 'utf8' }).trim();
    git('init', '--quiet');
    writeFileSync(join(folder, 'source'), 'a');
    git('add', 'source');
    git('-c', 'user.name=a', '-c', 'user.email=a@example.com', 'commit', '--quiet', '--message=first');
    const clean = { commit: git('rev-parse', 'HEAD').slice(0, 12), isModified: false };
    expect(sourcesOf(folder, ['source'])).toEqual({ ...clean, date: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) });
    writeFileSync(join(folder, 'ledger'), '[]');
    expect(sourcesOf(folder, ['source']).isModified).toBe(false);
    writeFileSync(join(folder, 'source'), 'b');
    expect(sourcesOf(folder, ['source']).isModified).toBe(true);
  });

  it('keeps what was entered, the newest last', () => {
    const file = join(folder, 'ledger.json');
    const entry = { commit: '0123456789ab', isModified: false, date: '2026-11-27' };
    writeFileSync(file, '[]\n');
    enter(file, { ...entry, runs: 1 });
    enter(file, { ...entry, runs: 2 });
    expect(readLedger(file)).toEqual([
      { ...entry, runs: 1 },
      { ...entry, runs: 2 },
    ]);
  });

  it.each(['swarm', 'fuzz', 'mutate'])('of %s is laid out as it would be written again', (tool) => {
    const file = join(ROOT, 'tools', tool, 'ledger.json');
    expect(readFileSync(file, 'utf8')).toBe(`${JSON.stringify(readLedger(file), null, 2)}\n`);
  });
});
