/** The report as a table for the terminal, as Markdown and as JSON. Pure: report in, text out. */
import { isWhole, type Report, type ReportRow, type TestVerdict } from './judge.ts';
import type { ListName, RuleList } from './lists.ts';
import type { StandingWord } from './requirements.ts';

/** Totals of one list in a report. */
export interface Totals {
  readonly requirements: number;
  readonly withCode: number;
  readonly withPassingTest: number;
  readonly holes: number;
  /** Kept without code or test in a list that does not insist on it (yet). */
  readonly open: number;
  readonly problems: number;
  readonly rfc: Readonly<Record<StandingWord, number>>;
  readonly linux: Readonly<Record<StandingWord, number>>;
}

export function totalsOf(report: Report, list: ListName): Totals {
  const rows = rowsOf(report, list);
  return {
    requirements: rows.length,
    withCode: rows.filter((row) => row.code.length > 0).length,
    withPassingTest: rows.filter((row) => row.tests.some((test) => test.passed > 0 && test.failed === 0)).length,
    holes: rows.filter((row) => row.holes.length > 0).length,
    open: rows.filter((row) => row.open.length > 0).length,
    problems: report.problems.length,
    rfc: countStandings(rows, 'rfc'),
    linux: countStandings(rows, 'linux'),
  };
}

/** Per list a table of fixed columns, one line per requirement with its holes; then problems and totals. */
export function toText(report: Report): string {
  const lines: string[] = [];
  for (const list of report.lists) {
    const header = ['id', 'level', 'section', 'code', 'tests that passed', 'rfc', 'linux', ''];
    const body = rowsOf(report, list.name).map((row) => [
      row.requirement.id,
      row.requirement.level,
      row.requirement.section,
      shorten(row.code),
      shorten(row.tests.filter(hasPassed).map(describeTest)),
      row.standing?.rfc ?? '?',
      row.standing?.linux ?? '?',
      complaintsOf(row),
    ]);
    lines.push(list.title, '', alignColumns([header, ...body]), '');
  }
  for (const { place, message } of report.problems) lines.push(`error: ${place}: ${message}`);
  if (report.problems.length > 0) lines.push('');
  lines.push(...totalLines(report));
  return lines.join('\n');
}

export function toMarkdown(report: Report): string {
  const lines = ['# Requirements', '', ...totalLines(report).map((line) => `- ${line}`)];
  for (const list of report.lists) lines.push('', `## ${list.title}`, '', ...markdownTable(report, list));
  if (report.problems.length > 0) lines.push('', '## Errors', '');
  for (const { place, message } of report.problems) lines.push(`- \`${place}\`: ${message}`);
  return lines.join('\n') + '\n';
}

function markdownTable(report: Report, list: RuleList): string[] {
  const lines = ['| id | level | section | what | code | tests that passed in this run | rfc | linux | reason |'];
  lines.push('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const row of rowsOf(report, list.name)) {
    const cells = [
      row.requirement.id,
      row.requirement.level,
      row.requirement.section,
      row.requirement.description,
      row.code.join('<br>'),
      row.tests.filter(hasPassed).map(describeTest).join('<br>'),
      row.standing?.rfc ?? '?',
      row.standing?.linux ?? '?',
      [
        row.standing?.reason ?? '',
        ...row.holes.map((hole) => `**hole: ${hole}**`),
        ...row.open.map((gap) => `open: ${gap}`),
      ]
        .filter((part) => part !== '')
        .join(' '),
    ];
    lines.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  }
  return lines;
}

export function toJson(report: Report): string {
  const rows = report.rows.map((row) => ({
    ...row.requirement,
    rfc: row.standing?.rfc ?? null,
    linux: row.standing?.linux ?? null,
    reason: row.standing?.reason ?? '',
    code: row.code,
    tests: row.tests,
    holes: row.holes,
    open: row.open,
  }));
  const totals = Object.fromEntries(report.lists.map((list) => [list.name, totalsOf(report, list.name)]));
  return JSON.stringify({ whole: isWhole(report), totals, rows, problems: report.problems }, null, 2) + '\n';
}

/** Pads every column to its widest cell. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? '').length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function totalLines(report: Report): string[] {
  const lines: string[] = [];
  for (const { name, isComplete } of report.lists) {
    const totals = totalsOf(report, name);
    const what = name === 'rfc9293' ? 'requirements' : 'requirements of the companion RFCs';
    lines.push(
      `${totals.requirements} ${what}: ${totals.withCode} with a place in the code, ${totals.withPassingTest} with a test that passed` +
        (totals.open > 0 ? `, ${totals.open} open` : '') +
        (isComplete ? '' : ' (list not complete)'),
      `rfc: ${describeStandings(totals.rfc)}`,
      `linux: ${describeStandings(totals.linux)}`,
    );
  }
  const holes = report.rows.filter((row) => row.holes.length > 0).length;
  lines.push(`${holes} holes, ${report.problems.length} errors`);
  return lines;
}

/** `later` is named only where it occurs. */
function describeStandings(counts: Readonly<Record<StandingWord, number>>): string {
  return Object.entries(counts)
    .filter(([word, count]) => word !== 'later' || count > 0)
    .map(([word, count]) => `${count} ${word}`)
    .join(', ');
}

function rowsOf(report: Report, list: ListName): ReportRow[] {
  return report.rows.filter((row) => row.requirement.list === list);
}

function complaintsOf(row: ReportRow): string {
  if (row.holes.length > 0) return `HOLE: ${row.holes.join(', ')}`;
  return row.open.length > 0 ? `open: ${row.open.join(', ')}` : '';
}

function countStandings(rows: readonly ReportRow[], profile: 'rfc' | 'linux'): Record<StandingWord, number> {
  const counts = { kept: 0, deviates: 0, 'not-taken': 0, application: 0, later: 0 };
  for (const row of rows) if (row.standing !== null) counts[row.standing[profile]]++;
  return counts;
}

function hasPassed(test: TestVerdict): boolean {
  return test.passed > 0 && test.failed === 0;
}

function describeTest(test: TestVerdict): string {
  return `${test.place} ${test.label}${test.passed > 1 ? ` (${test.passed})` : ''}`;
}

const CELL_WIDTH = 72;

function shorten(entries: readonly string[]): string {
  const [first] = entries;
  if (first === undefined) return '-';
  const more = entries.length > 1 ? ` +${entries.length - 1}` : '';
  return (first.length > CELL_WIDTH ? `${first.slice(0, CELL_WIDTH - 1)}…` : first) + more;
}
