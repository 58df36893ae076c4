/** The report must fail on every kind of hole; trees of a few small files stand in for the project. */
import { afterEach, describe, expect, it } from 'vitest';
import { collect } from './collect.ts';
import { isWhole, judge } from './judge.ts';
import { toJson, toMarkdown, toText } from './print.ts';
import { PROOFS } from './proofs/index.ts';
import { checkProofs, findMisfits, type Proof, prove } from './prove.ts';
import { parseResults, runTests, type TestRun } from './results.ts';
import {
  CODE,
  complaints,
  judgeTree,
  makeTree,
  OPEN_LISTS,
  PASSED,
  PROJECT,
  removeTrees,
  STANDINGS,
  TEST,
} from './test-tree.ts';

afterEach(removeTrees);

function withOutcome(title: string, outcome: 'failed' | 'not-run' | null): TestRun {
  const results = PASSED.results
    .filter((result) => outcome !== null || !result.titles.includes(title))
    .map((result) => (result.titles.includes(title) && outcome !== null ? { ...result, outcome } : result));
  return { results, brokenFiles: [] };
}

describe('a whole tree', () => {
  it('has no hole, names code and tests, and prints as text, Markdown and JSON', () => {
    const report = judgeTree({});
    expect(complaints(report)).toEqual([]);
    expect(isWhole(report)).toBe(true);
    expect(report.rows[0]?.code).toEqual(['src/sum.ts:1']);
    expect(report.rows[0]?.tests).toMatchObject([{ place: 'test/sum.test.ts:4', passed: 2, failed: 0 }]);
    expect(toText(report)).toContain('0 holes, 0 errors');
    expect(toMarkdown(report)).toContain('| MUST-2 | MUST NOT | 3.2 | Never subtracts. | src/sum.ts:2 |');
    expect(JSON.parse(toJson(report))).toMatchObject({
      whole: true,
      totals: { rfc9293: { requirements: 4, withPassingTest: 3 }, 'tcp-rfcs': { requirements: 3, open: 2 } },
    });
  });
});

describe('a table of tests', () => {
  const table = `import { test } from 'vitest';
const ROWS = [
  // RFC 9293 §3.1 MUST-1: a row.
  // RFC 9293 §3.2 MUST-2: the same row.
  { name: 'adds', a: 1 },
  {
    // RFC 9293 §3.3 SHLD-1: another.
    name: 'is quick',
  },
];
test.each(ROWS)('when $name', () => {});
`;
  const ran = (outcome: 'passed' | 'failed'): TestRun => ({
    results: [
      { file: 'test/sum.test.ts', titles: ['rfc: x', 'when it adds'], outcome, failure: '' },
      { file: 'test/sum.test.ts', titles: ['linux: x', 'when it adds'], outcome: 'passed', failure: '' },
      { file: 'test/sum.test.ts', titles: ['x', 'when it is quick'], outcome: 'passed', failure: '' },
      { file: 'test/sum.test.ts', titles: ['x', 'when it never adds up'], outcome: 'failed', failure: '' },
    ],
    brokenFiles: [],
  });

  it('may be cited row by row', () => {
    expect(complaints(judgeTree({ 'test/sum.test.ts': table }, ran('passed')))).toEqual([]);
    expect(complaints(judgeTree({ 'test/sum.test.ts': table }, ran('failed')))).toEqual([
      'MUST-1: no passing test for rfc',
      'MUST-1: no passing test for linux',
      'MUST-2: no passing test for rfc',
      'test/sum.test.ts:3: MUST-1: the cited test failed: adds',
      'test/sum.test.ts:4: MUST-2: the cited test failed: adds',
    ]);
  });
});

describe('a hole', () => {
  it.each([
    [
      'no code',
      { 'src/sum.ts': CODE.replace('// RFC 9293 §3.1 MUST-1: the sum.', '') },
      'MUST-1: no place in the code',
    ],
    [
      'no test',
      { 'test/sum.test.ts': TEST.replace('// RFC 9293 §3.3 SHLD-1: it is.', '') },
      'SHLD-1: no passing test for rfc',
    ],
    [
      'an unknown id',
      { 'src/sum.ts': CODE.replace('MUST-2', 'MUST-77') },
      'src/sum.ts:2: RFC 9293 has no requirement MUST-77',
    ],
    [
      'a wrong section',
      { 'src/sum.ts': CODE.replace('§3.3', '§3.1') },
      'src/sum.ts:4: SHLD-1 is of section 3.3, not 3.1',
    ],
    [
      'a citation that is none',
      { 'src/sum.ts': CODE.replace('MUST-1: the sum', 'MUST-1 the sum') },
      'src/sum.ts:1: citation is not of the form "RFC 9293 §3.5 MUST-10, MUST-11: text": RFC 9293 §3.1 MUST-1 the sum.',
    ],
    [
      'a citation behind the last test',
      { 'test/sum.test.ts': `${TEST}// RFC 9293 §3.1 MUST-1: late.\n` },
      'test/sum.test.ts:12: MUST-1: no test encloses or follows this citation',
    ],
    [
      'a citation in a helper',
      { 'test/help.ts': '// RFC 9293 §3.1 MUST-1: help.\n' },
      'test/help.ts:1: MUST-1: a citation in a helper counts for nothing; put it over the test',
    ],
    [
      'a MUST that deviates under rfc',
      {
        'docs/requirements/rfc9293-standing.tsv': STANDINGS.replace(
          'MUST-2\tkept\tdeviates',
          'MUST-2\tdeviates\tdeviates',
        ),
      },
      'docs/requirements/rfc9293-standing.tsv:3: MUST-2: a MUST NOT cannot be "deviates" under the rfc profile',
    ],
    [
      'a deviation without reason',
      { 'docs/requirements/rfc9293-standing.tsv': STANDINGS.replace('Linux subtracts when it rains.', '') },
      'docs/requirements/rfc9293-standing.tsv:3: MUST-2: not kept under both profiles, so it needs a reason of at least 15 characters',
    ],
    [
      'a SHOULD that is not taken',
      { 'docs/requirements/rfc9293-standing.tsv': STANDINGS.replace('SHLD-1\tkept', 'SHLD-1\tnot-taken') },
      'docs/requirements/rfc9293-standing.tsv:4: SHLD-1: only a MAY can be "not-taken", this is a SHOULD',
    ],
    [
      'a requirement without standing',
      { 'docs/requirements/rfc9293-standing.tsv': STANDINGS.replace(/MAY-1.*\n/, '') },
      'MAY-1: no standing',
    ],
    [
      'code for what is not taken',
      { 'src/sing.ts': '// RFC 9293 §3.4 MAY-1: la la.\n' },
      'MAY-1: cited in the code, yet it stands as not-taken',
    ],
  ] as [string, Record<string, string>, string][])('is seen: %s', (_name, changes, complaint) => {
    const report = judgeTree(changes);
    expect(complaints(report)).toContain(complaint);
    expect(isWhole(report)).toBe(false);
  });

  it.each([
    ['failed', 'is quick 2 times', 'failed', 'the cited test failed: sum > is quick … times'],
    ['was skipped', 'is quick 2 times', 'not-run', 'the cited test did not run: sum > is quick … times'],
    ['is not in the run', 'is quick 2 times', null, 'the cited test did not run: sum > is quick … times'],
  ] as const)('is seen: a cited test that %s', (_name, title, outcome, message) => {
    const report = judgeTree({}, withOutcome(title, outcome));
    expect(complaints(report)).toContain(`test/sum.test.ts:8: SHLD-1: ${message}`);
    expect(complaints(report)).toContain('SHLD-1: no passing test for rfc');
  });

  it('is seen: one of several rows of a cited it.each failed', () => {
    const report = judgeTree({}, withOutcome('of 2 and 2 is 4', 'failed'));
    expect(complaints(report)).toContain('MUST-1: no passing test for linux');
  });

  it('is seen: a rule kept under both profiles, tested under one', () => {
    const report = judgeTree(
      { 'test/sum.test.ts': TEST.replace("describe('sum'", "describe('rfc: sum'") },
      {
        results: PASSED.results.map((result) => ({ ...result, titles: ['rfc: sum', ...result.titles.slice(1)] })),
        brokenFiles: [],
      },
    );
    expect(complaints(report)).toEqual(['MUST-1: no passing test for linux', 'SHLD-1: no passing test for linux']);
  });

  it('is seen: a test file that did not load', () => {
    const report = judgeTree(
      {},
      { results: [], brokenFiles: [{ file: 'test/sum.test.ts', failure: 'no such module' }] },
    );
    expect(complaints(report)).toContain('test/sum.test.ts: did not load: no such module');
  });
});

describe('a run of Vitest', () => {
  it('is read by file and titles, with skipped and broken files told apart', () => {
    const root = makeTree({
      'test/more.test.ts': `import { expect, it } from 'vitest';\nit.skip('later', () => {});\nit('is wrong', () => { expect(1).toBe(2); });\n`,
      'test/broken.test.ts': `import { no } from '../src/none.ts';\nno();\n`,
    });
    const run = runTests({
      root,
      files: ['test/sum.test.ts', 'test/more.test.ts', 'test/broken.test.ts'],
      timeLimitMs: 60_000,
    });
    expect(run?.results).toEqual(expect.arrayContaining([...PASSED.results]));
    expect(run?.results).toContainEqual({
      file: 'test/more.test.ts',
      titles: ['later'],
      outcome: 'not-run',
      failure: '',
    });
    expect(run?.results.find((result) => result.outcome === 'failed')?.failure).toMatch(/expected 1 to be 2/);
    expect(run?.brokenFiles.map((broken) => broken.file)).toEqual(['test/broken.test.ts']);
    expect(judge(collect(root, OPEN_LISTS), run ?? PASSED).problems.length).toBe(1);
  });

  it('must be a report', () => {
    expect(() => parseResults('{}', '/')).toThrow(/testResults is missing/);
  });
});

describe('a proof', () => {
  const right: Proof = {
    id: 'MUST-1',
    file: 'src/sum.ts',
    find: 'a + b',
    replace: 'a - b',
    testFile: 'test/sum.test.ts',
    testName: 'sum of 1 and 2 is 3',
  };

  it('counts when the break turns its test red, and only then', { timeout: 120_000 }, () => {
    const root = makeTree();
    const verdicts = prove(
      root,
      [
        right,
        { ...right, id: 'still green', replace: 'b + a' },
        { ...right, id: 'no such text', find: 'a * b' },
        { ...right, id: 'text twice', find: 'export' },
        { ...right, id: 'no such test', testName: 'sum is warm' },
        { ...right, id: 'does not load', replace: 'a + ;' },
        { ...right, id: 'two breaks', replace: 'a * b', also: [{ file: 'src/sum.ts', find: 'a * b', replace: '0' }] },
        {
          ...right,
          id: 'both found',
          replace: 'b + a',
          also: [{ file: 'src/sum.ts', find: 'add =', replace: 'add = () => 0, plus =' }],
        },
      ],
      () => {},
    );
    expect(verdicts.map((verdict) => [verdict.proof.id, verdict.outcome])).toEqual([
      ['MUST-1', 'proven'],
      ['still green', 'still-green'],
      ['no such text', 'not-found'],
      ['text twice', 'not-found'],
      ['no such test', 'not-green'],
      ['does not load', 'did-not-run'],
      ['two breaks', 'not-found'],
      ['both found', 'proven'],
    ]);
    expect(verdicts[0]?.detail).toMatch(/expected -1 to be 3/);
    expect(complaints(judge(collect(root, OPEN_LISTS), PASSED))).toEqual([]);
  });

  it('fits as long as its text and its test file are there', () => {
    const root = makeTree();
    const messages = findMisfits(root, [
      right,
      { ...right, find: 'a ** b' },
      { ...right, testFile: 'test/no.test.ts' },
    ]);
    expect(messages.map(({ place, message }) => `${place}: ${message}`)).toEqual([
      'src/sum.ts: the proof of MUST-1 breaks "a ** b", which stands there 0 times',
      'test/no.test.ts: does not exist',
    ]);
  });

  it('is refused when its id is unknown or it changes nothing', () => {
    const { requirements } = collect(makeTree());
    const messages = checkProofs(
      [
        { ...right, id: 'MUST-99' },
        { ...right, replace: right.find },
      ],
      requirements,
    );
    expect(messages.map((problem) => problem.message)).toEqual([
      'no list has the requirement MUST-99',
      'MUST-1: the break changes nothing',
    ]);
  });
});

describe('the project itself', () => {
  it('has 119 requirements and the rules of 38 companions, lawful standings, valid citations and valid proofs', () => {
    const collected = collect(PROJECT);
    const requirements = [...collected.requirements.values()];
    expect(requirements.filter((requirement) => requirement.list === 'rfc9293').length).toBe(119);
    const companions = requirements.filter((requirement) => requirement.list === 'tcp-rfcs');
    expect(companions.length).toBeGreaterThan(500);
    expect(new Set(companions.map((requirement) => requirement.source)).size).toBe(38);
    expect(collected.problems).toEqual([]);
    expect(checkProofs(PROOFS, collected.requirements)).toEqual([]);
    expect(findMisfits(PROJECT, PROOFS)).toEqual([]);
  });
});
