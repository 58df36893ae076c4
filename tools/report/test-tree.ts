/** A tree of a few small files that stands in for the project in the tests of the report; whole as it is, changed to show a hole. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { collect } from './collect.ts';
import { judge, type Report } from './judge.ts';
import { LISTS, type RuleList } from './lists.ts';
import type { TestRun } from './results.ts';

export const PROJECT = resolve(import.meta.dirname, '..', '..');
const trees: string[] = [];

/** To be called after each test. */
export function removeTrees(): void {
  for (const tree of trees.splice(0)) rmSync(tree, { recursive: true, force: true });
}

export const REQUIREMENTS = `id\tlevel\tsection\tdescription
MUST-1\tMUST\t3.1\tAdds up.
MUST-2\tMUST NOT\t3.2\tNever subtracts.
SHLD-1\tSHOULD\t3.3\tIs quick.
MAY-1\tMAY\t3.4\tMay sing.
`;
export const STANDINGS = `id\trfc\tlinux\treason
MUST-1\tkept\tkept\t
MUST-2\tkept\tdeviates\tLinux subtracts when it rains.
SHLD-1\tkept\tkept\t
MAY-1\tnot-taken\tnot-taken\tNobody wants to hear it.
`;
export const CODE = `// RFC 9293 §3.1 MUST-1: the sum.
// RFC 9293 §3.2 MUST-2: no difference.
export const add = (a: number, b: number): number => a + b;
/** RFC 9293 §3.3 SHLD-1: no loop. */
export const quick = true;
`;
export const TEST = `import { describe, expect, it } from 'vitest';
import { add, quick } from '../src/sum.ts';
describe('sum', () => {
  // RFC 9293 §3.1 MUST-1: the sum.
  // RFC 9293 §3.2 MUST-2: and not the difference.
  it.each([[1, 2, 3], [2, 2, 4]])('of %i and %i is %i', (a, b, c) => { expect(add(a, b)).toBe(c); });
  it(\`is quick \${1 + 1} times\`, () => {
    // RFC 9293 §3.3 SHLD-1: it is.
    expect(quick).toBe(true);
  });
});
`;

export const RULES = `id\trfc\tsection\tlevel\trule\tchecked
R8985-1\t8985\t6.2\tMUST\tCounts twice.\tagainst-text
R8985-2\t8985\t7\tstep\tThen rests.\tfrom-knowledge
RBBR-1\tbbr-05\t5.3.2\tstep\tDrains.\tagainst-draft
`;
export const RULE_STANDINGS = `id\trfc\tlinux\treason
R8985-1\tkept\tkept\t
R8985-2\tlater\tlater\t
RBBR-1\tkept\tdeviates\tLinux has the first version.
`;

const WHOLE: Readonly<Record<string, string>> = {
  'docs/requirements/rfc9293.tsv': REQUIREMENTS,
  'docs/requirements/rfc9293-standing.tsv': STANDINGS,
  'docs/requirements/tcp-rfcs.tsv': RULES,
  'docs/requirements/tcp-rfcs-standing.tsv': RULE_STANDINGS,
  'src/sum.ts': CODE,
  'test/sum.test.ts': TEST,
  'package.json': '{ "type": "module" }',
  'vitest.config.ts': 'export default {};\n',
};
export const PASSED: TestRun = {
  results: [
    { file: 'test/sum.test.ts', titles: ['sum', 'of 1 and 2 is 3'], outcome: 'passed', failure: '' },
    { file: 'test/sum.test.ts', titles: ['sum', 'of 2 and 2 is 4'], outcome: 'passed', failure: '' },
    { file: 'test/sum.test.ts', titles: ['sum', 'is quick 2 times'], outcome: 'passed', failure: '' },
  ],
  brokenFiles: [],
};

export function makeTree(changes: Readonly<Record<string, string>> = {}): string {
  const root = mkdtempSync(join(tmpdir(), 'woshou-report-test-'));
  trees.push(root);
  for (const [path, text] of Object.entries({ ...WHOLE, ...changes })) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  symlinkSync(join(PROJECT, 'node_modules'), join(root, 'node_modules'), 'dir');
  return root;
}

/** The lists with that of the companions still open: its sample has a rule that waits. */
export const OPEN_LISTS: readonly RuleList[] = LISTS.map((list) => ({ ...list, isComplete: list.isStrict }));

export function judgeTree(
  changes: Readonly<Record<string, string>>,
  run: TestRun = PASSED,
  lists: readonly RuleList[] = OPEN_LISTS,
): Report {
  return judge(collect(makeTree(changes), lists), run);
}

export function complaints(report: Report): string[] {
  const holes = report.rows.flatMap((row) => row.holes.map((hole) => `${row.requirement.id}: ${hole}`));
  return [...holes, ...report.problems.map(({ place, message }) => `${place}: ${message}`)];
}
