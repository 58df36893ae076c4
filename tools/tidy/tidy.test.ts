/** The style guide that cannot be forgotten: every rule runs over every file of the repository. */
import { describe, expect, it } from 'vitest';
import { circles } from './circles.ts';
import { EXCEPTIONS, RULES } from './rules.ts';
import { type Finding, parseSource, type Source } from './source.ts';
import { lockFile, lockFileIsWhole, type TextFile, textRules } from './text.ts';
import { textFiles } from './tree.ts';

const files = textFiles();
const unreadable: string[] = [];
const found = new Map<string, readonly Finding[]>();
// api/ is written by a program and only looks like a source.
const sources = files.filter(({ path }) => path.endsWith('.ts') && !path.startsWith('api/')).flatMap(parsed);
// Of the lab, looked at for circles only.
const pages = files.filter(({ path }) => path.endsWith('.tsx')).flatMap(parsed);

describe('the repository is tidy', () => {
  it('has files to look at', () => {
    expect(sources.length).toBeGreaterThan(10);
    expect(files.some(({ path }) => path === '.ci/run')).toBe(true);
  });

  it('can read every source', () => {
    expect(unreadable).toEqual([]);
  });

  for (const name of Object.keys(RULES)) {
    it(name, () => {
      const findings = findingsOf(name);
      expect(findings.filter((entry) => !isExcepted(entry)).map(printed)).toEqual([]);
    });
  }

  it('circles', () => {
    expect(pages.length).toBeGreaterThan(10);
    expect(circles([...sources, ...pages])).toEqual([]);
  });

  it('machine-paths and registry-hosts', () => {
    expect(files.flatMap(textRules).map(printed)).toEqual([]);
  });

  it('lock-file', () => {
    const lock = files.filter(({ path }) => path === 'package-lock.json');
    expect(lock).toHaveLength(1);
    expect(lock.flatMap((file) => [...lockFile(file), ...lockFileIsWhole(file)]).map(printed)).toEqual([]);
  });

  it('has no exception that nothing needs', () => {
    const findings = Object.keys(RULES).flatMap(findingsOf);
    const idle = EXCEPTIONS.filter(
      ({ path, rule }) => !findings.some((entry) => entry.path === path && entry.rule === rule),
    );
    expect(idle).toEqual([]);
  });
});

/** What one rule finds in all sources; each rule reads them once. */
function findingsOf(name: string): readonly Finding[] {
  const known = found.get(name);
  if (known !== undefined) return known;
  const findings = sources.flatMap((source) => RULES[name]?.(source) ?? []);
  found.set(name, findings);
  return findings;
}

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
