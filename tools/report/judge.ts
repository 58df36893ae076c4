/**
 * The judgement: for every requirement its places in the code, its tests and what became of them, its standing; and every
 * hole. A hole is a requirement that says "kept" under some profile and lacks code or a test that passed for it. In a list
 * that is not strict only a MUST can be a hole, and only once the list is complete; the rest is open: shown, not fatal.
 * A test speaks for one profile when one of its titles begins with `rfc: ` or `linux: `, else for both.
 */
import type { Citation } from './citations.ts';
import type { CitedTest, Collected } from './collected.ts';
import type { RuleList } from './lists.ts';
import { isAbsolute, type Problem, type Requirement, type Standing } from './requirements.ts';
import type { TestRun } from './results.ts';
import { isOfPlace, placeOfLine, type TestPlace } from './test-places.ts';

/** What became of a cited test in this run; `it.each` and groups count all their tests. */
export interface TestVerdict {
  readonly place: string;
  readonly label: string;
  readonly passed: number;
  readonly failed: number;
  readonly notRun: number;
  /** Of those that passed, how many speak for a profile: all but those with a title that names the other one. */
  readonly passedFor: Readonly<Record<Profile, number>>;
}

export const PROFILES = ['rfc', 'linux'] as const;
export type Profile = (typeof PROFILES)[number];

export interface ReportRow {
  readonly requirement: Requirement;
  readonly standing: Standing | null;
  /** `src/tcp/x.ts:12` */
  readonly code: readonly string[];
  readonly tests: readonly TestVerdict[];
  /** Empty when all is well. */
  readonly holes: readonly string[];
  /** What a hole would be, were the list strict and complete. */
  readonly open: readonly string[];
}

export interface Report {
  readonly lists: readonly RuleList[];
  readonly rows: readonly ReportRow[];
  readonly problems: readonly Problem[];
}

/** Finds the test of each citation; those without one become problems. */
export function assignTests(
  citations: readonly Citation[],
  places: readonly TestPlace[],
  problems: Problem[],
): CitedTest[] {
  const cited: CitedTest[] = [];
  for (const citation of citations) {
    const place = placeOfLine(places, citation.line);
    if (place === null) {
      problems.push({ place: placeOf(citation), message: `${citation.id}: no test encloses or follows this citation` });
    } else cited.push({ citation, place });
  }
  return cited;
}

/** Puts everything together; what went wrong while reading comes first among the problems. */
export function judge(collected: Collected, run: TestRun): Report {
  const { lists, requirements, standings, code, tests, problems } = collected;
  const all = [...problems];
  for (const broken of run.brokenFiles) all.push({ place: broken.file, message: `did not load: ${broken.failure}` });
  const verdicts = tests.map((test) => ({ id: test.citation.id, verdict: verdictOf(test, run) }));
  for (const { id, verdict } of verdicts) {
    if (verdict.failed > 0)
      all.push({ place: verdict.place, message: `${id}: the cited test failed: ${verdict.label}` });
    else if (verdict.passed === 0)
      all.push({ place: verdict.place, message: `${id}: the cited test did not run: ${verdict.label}` });
    else if (verdict.notRun > 0)
      all.push({ place: verdict.place, message: `${id}: part of the cited test did not run: ${verdict.label}` });
  }
  const rows = [...requirements.values()].map((requirement): ReportRow => {
    const id = requirement.id;
    const row = {
      requirement,
      standing: standings.get(id) ?? null,
      code: code.filter((citation) => citation.id === id).map(placeOf),
      tests: verdicts.filter((entry) => entry.id === id).map((entry) => entry.verdict),
    };
    const isFatal = isFatalFor(requirement, lists);
    const found = holesOf(row);
    const [holes, open] = isFatal ? [found, []] : [[], found];
    return { ...row, holes, open };
  });
  return { lists, rows, problems: all };
}

/** True when nothing is wrong. */
export function isWhole(report: Report): boolean {
  return report.problems.length === 0 && report.rows.every((row) => row.holes.length === 0);
}

function isFatalFor(requirement: Requirement, lists: readonly RuleList[]): boolean {
  const list = lists.find((candidate) => candidate.name === requirement.list);
  return list === undefined || list.isStrict || (list.isComplete && isAbsolute(requirement.level));
}

function holesOf(row: Omit<ReportRow, 'holes' | 'open'>): string[] {
  const { standing } = row;
  if (standing === null) return ['no standing'];
  const holes: string[] = [];
  const isKept = standing.rfc === 'kept' || standing.linux === 'kept';
  if (isKept) {
    if (row.code.length === 0) holes.push('no place in the code');
    for (const profile of PROFILES) {
      if (standing[profile] !== 'kept') continue;
      const hasTest = row.tests.some((test) => test.passedFor[profile] > 0 && test.failed === 0);
      if (!hasTest) holes.push(`no passing test for ${profile}`);
    }
  } else if (row.code.length > 0) {
    holes.push(`cited in the code, yet it stands as ${standing.rfc}`);
  }
  return holes;
}

function verdictOf(test: CitedTest, run: TestRun): TestVerdict {
  const counts = { passed: 0, failed: 0, 'not-run': 0 };
  const passedFor = { rfc: 0, linux: 0 };
  for (const result of run.results) {
    if (result.file !== test.citation.file || !isOfPlace(test.place, result.titles)) continue;
    counts[result.outcome]++;
    if (result.outcome !== 'passed') continue;
    const named = PROFILES.find((profile) => result.titles.some((title) => title.startsWith(`${profile}: `)));
    for (const profile of PROFILES) if (named === undefined || named === profile) passedFor[profile]++;
  }
  return {
    place: placeOf(test.citation),
    label: test.place.label,
    passed: counts.passed,
    failed: counts.failed,
    notRun: counts['not-run'],
    passedFor,
  };
}

function placeOf(citation: Citation): string {
  return `${citation.file}:${citation.line}`;
}
