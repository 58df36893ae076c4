/** The style guide that cannot be forgotten: every rule runs over every file of the repository. */
import { describe, expect, it } from 'vitest';
import { EXCEPTIONS, RULES } from './rules.ts';
import { type Finding, parseSource, type Source } from './source.ts';
import { lockFile, lockFileIsWhole, type TextFile, textRules } from './text.ts';
import { textFiles } from './tree.ts';

const files = textFiles();
const unreadable: string[] = [];
// api/ is written by a program and only looks like a source.
const sources = files.filter(({ path }) => path.endsWith('.ts') && !path.startsWith('api/')).flatMap(parsed);

describe('the repository is tidy', () => {
  it('has files to look at', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(files.some(({ path }) => path === '.ci/run')).toBe(true);
  });

  it('can read every source', () => {
    expect(unreadable).toEqual([]);
  });

  for (const [name, rule] of Object.entries(RULES)) {
    it(name, () => {
      const findings = sources.flatMap((source) => rule(source));
      expect(findings.filter((entry) => !isExcepted(entry)).map(printed)).toEqual([]);
    });
  }

  it('machine-paths and registry-hosts', () => {
    expect(files.flatMap(textRules).map(printed)).toEqual([]);
  });

  it('lock-file', () => {
    const lock = files.filter(({ path }) => path === 'package-lock.json');
    expect(lock).toHaveLength(1);
    expect(lock.flatMap((file) => [...lockFile(file), ...lockFileIsWhole(file)]).map(printed)).toEqual([]);
  });

  it('has no exception that nothing needs', () => {
    const findings = sources.flatMap((source) => Object.values(RULES).flatMap((rule) => rule(source)));
    const idle = EXCEPTIONS.filter(
      ({ path, rule }) => !findings.some((entry) => entry.path === path && entry.rule === rule),
    );
    expect(idle).toEqual([]);
  });
});

function parsed({ path, text }: TextFile): Source[] {
  try {
    return [parseSource(path, text)];
  } catch (error) {
    unreadable.push(`${path} ${error instanceof Error ? error.message : String(error)}`);
    return [];
  }
}

function isExcepted(entry: Finding): boolean {
  return EXCEPTIONS.some(({ path, rule }) => path === entry.path && rule === entry.rule);
}

function printed({ path, line, message }: Finding): string {
  return `${path}:${line} ${message}`;
}
