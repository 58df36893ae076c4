/** Rules of the companion RFCs: cited by id, open while their list is not complete, holes when it is. */
import { afterEach, describe, expect, it } from 'vitest';
import { isWhole } from './judge.ts';
import { LISTS } from './lists.ts';
import { toText } from './print.ts';
import type { TestRun } from './results.ts';
import { complaints, judgeTree, PASSED, RULE_STANDINGS, RULES, removeTrees } from './test-tree.ts';

afterEach(removeTrees);

describe('a companion rule', () => {
  const cited = {
    'src/count.ts': [
      '// RFC 8985 §6.2 R8985-1: twice.',
      '// draft-ietf-ccwg-bbr-05 §5.3 RBBR-1: drained.',
      '// RFC 8985 §6.2: prose that names no rule.',
      'export const twice = 2; // RFC 8985 §6.2 R8985-1: here too.',
    ].join('\n'),
    'test/count.test.ts': `import { it } from 'vitest';
// RFC 8985 §6.2 R8985-1: two.
it('counts', () => {});
// draft-ietf-ccwg-bbr-05 §5.3.2 RBBR-1: runs dry.
it('rfc: drains', () => {});
`,
  };
  const ran: TestRun = {
    results: [
      ...PASSED.results,
      { file: 'test/count.test.ts', titles: ['counts'], outcome: 'passed', failure: '' },
      { file: 'test/count.test.ts', titles: ['rfc: drains'], outcome: 'passed', failure: '' },
    ],
    brokenFiles: [],
  };
  const complete = LISTS.map((list) => ({ ...list, isComplete: true }));
  const decided = RULE_STANDINGS.replace('later\tlater\t', 'kept\tkept\t');

  it('is matched by id to code and tests', () => {
    const report = judgeTree(cited, ran);
    expect(complaints(report)).toEqual([]);
    const rows = report.rows.filter((row) => row.requirement.list === 'tcp-rfcs');
    expect(rows.map((row) => [row.requirement.id, row.code.length, row.tests.length, row.open])).toEqual([
      ['R8985-1', 2, 1, []],
      ['R8985-2', 0, 0, []],
      ['RBBR-1', 1, 1, []],
    ]);
  });

  it('without code or test is open while its list is not complete', () => {
    const report = judgeTree({});
    expect(isWhole(report)).toBe(true);
    expect(report.rows.find((row) => row.requirement.id === 'R8985-1')?.open).toEqual([
      'no place in the code',
      'no passing test for rfc',
      'no passing test for linux',
    ]);
    expect(toText(report)).toContain('3 requirements of the companion RFCs: 0 with a place in the code');
    expect(toText(report)).toContain('2 open (list not complete)');
    expect(toText(report)).toContain('rfc: 2 kept, 0 deviates, 0 not-taken, 0 application, 1 later');
  });

  it('is a hole in a complete list when it is a MUST, and open when it is less', () => {
    const changes = { 'docs/requirements/tcp-rfcs-standing.tsv': decided };
    const report = judgeTree(changes, PASSED, complete);
    expect(complaints(report)).toEqual([
      'R8985-1: no place in the code',
      'R8985-1: no passing test for rfc',
      'R8985-1: no passing test for linux',
    ]);
    expect(report.rows.filter((row) => row.open.length > 0).map((row) => row.requirement.id)).toEqual([
      'R8985-2',
      'RBBR-1',
    ]);
    expect(isWhole(judgeTree({ ...cited, ...changes }, ran, complete))).toBe(true);
  });

  it('cannot wait in a complete list', () => {
    expect(complaints(judgeTree(cited, ran, complete))).toEqual([
      'docs/requirements/tcp-rfcs-standing.tsv:3: R8985-2: stands as "later", yet the list is complete',
    ]);
  });

  it.each([
    ['an unknown id', 'RFC 8985 §6.2 R8985-9: x', 'RFC 8985 has no requirement R8985-9'],
    ['another RFC', 'RFC 6675 §6.2 R8985-1: x', 'R8985-1 is of RFC 8985, not of RFC 6675'],
    ['another revision', 'draft-ietf-ccwg-bbr-04 §5.3.2 RBBR-1: x', /is of draft-ietf-ccwg-bbr-05, not of draft/],
    ['another section', 'RFC 8985 §7 R8985-1: x', 'R8985-1 is of section 6.2, not 7'],
    ['a section that only begins alike', 'RFC 8985 §6.20 R8985-1: x', 'R8985-1 is of section 6.2, not 6.20'],
    ['no words', 'RFC 8985 §6.2 R8985-1', /citation is not of the form "RFC 8985 §6.2 R8985-4, R8985-5: text"/],
  ])('is not cited by %s', (_name, citation, message) => {
    const { problems } = judgeTree({ 'src/bad.ts': `// ${citation}\n` });
    expect(problems.map((problem) => problem.place)).toEqual(['src/bad.ts:1']);
    expect(problems[0]?.message).toMatch(message);
  });

  it.each([
    ['a foreign prefix', RULES.replace('R8985-1\t8985', 'R8985-1\t6675'), 'R8985-1 should begin with R6675-'],
    ['an unknown check', RULES.replace('against-text', 'by-heart'), 'R8985-1: unknown check "by-heart"'],
    ['an unknown level', RULES.replace('\tMUST\t', '\tOUGHT\t'), 'unknown level "OUGHT"'],
  ])('is refused with %s', (_name, rules, message) => {
    const { problems } = judgeTree({ 'docs/requirements/tcp-rfcs.tsv': rules });
    expect(problems).toContainEqual({ place: 'docs/requirements/tcp-rfcs.tsv:2', message });
  });

  it('needs a reason to deviate, also when it is a MUST under rfc', () => {
    const table = (line: string) => ({
      'docs/requirements/tcp-rfcs-standing.tsv': RULE_STANDINGS.replace('R8985-1\tkept\tkept\t', line),
    });
    const reasoned = judgeTree(table('R8985-1\tdeviates\tdeviates\tA later RFC says otherwise.'));
    expect(reasoned.problems).toEqual([]);
    expect(complaints(judgeTree(table('R8985-1\tdeviates\tkept\t')))).toEqual([
      'docs/requirements/tcp-rfcs-standing.tsv:2: R8985-1: not kept under both profiles, so it needs a reason of at least 15 characters',
    ]);
  });
});
