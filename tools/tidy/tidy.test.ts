/** The style guide that cannot be forgotten: every rule runs over every file of the repository. */
import { describe, expect, it } from 'vitest';
import { EXCEPTIONS, RULES } from './rules.ts';
import { type Finding, parseSource } from './source.ts';
import { lockFile, lockFileIsWhole, textRules } from './text.ts';
import { textFiles } from './tree.ts';

const files = textFiles();
const sources = files.filter(({ path }) => path.endsWith('.ts')).map(({ path, text }) => parseSource(path, text));

describe('the repository is tidy', () => {
  it('has files to look at', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(files.some(({ path }) => path === '.ci/run')).toBe(true);
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

function isExcepted(entry: Finding): boolean {
  return EXCEPTIONS.some(({ path, rule }) => path === entry.path && rule === entry.rule);
}

function printed({ path, line, message }: Finding): string {
  return `${path}:${line} ${message}`;
}
