/** The report as a table for the terminal, as Markdown and as JSON. Pure: report in, text out. */
import { isWhole, type Report, type ReportRow, type TestVerdict } from './judge.ts';
import type { StandingWord } from './requirements.ts';

/** Totals of a report. */
export interface Totals {
  readonly requirements: number;
  readonly withCode: number;
  readonly withPassingTest: number;
  readonly holes: number;
  readonly problems: number;
  readonly rfc: Readonly<Record<StandingWord, number>>;
  readonly linux: Readonly<Record<StandingWord, number>>;
}

export function totalsOf(report: Report): Totals {
  const { rows } = report;
  return {
    requirements: rows.length,
    withCode: rows.filter((row) => row.code.length > 0).length,
    withPassingTest: rows.filter((row) => row.tests.some((test) => test.passed > 0 && test.failed === 0)).length,
    holes: rows.filter((row) => row.holes.length > 0).length,
    problems: report.problems.length,
    rfc: countStandings(rows, 'rfc'),
    linux: countStandings(rows, 'linux'),
  };
}

/** A table of fixed columns, one line per requirement, then holes, problems and totals. */
export function toText(report: Report): string {
  const header = ['id', 'level', 'section', 'code', 'tests that passed', 'rfc', 'linux', ''];
  const body = report.rows.map((row) => [
    row.requirement.id,
    row.requirement.level,
    row.requirement.section,
    shorten(row.code),
    shorten(row.tests.filter(hasPassed).map(describeTest)),
    row.standing?.rfc ?? '?',
    row.standing?.linux ?? '?',
    row.holes.length === 0 ? '' : `HOLE: ${row.holes.join(', ')}`,
  ]);
  const lines = [alignColumns([header, ...body]), ''];
  for (const { place, message } of report.problems) lines.push(`error: ${place}: ${message}`);
  if (report.problems.length > 0) lines.push('');
  lines.push(...totalLines(report));
  return lines.join('\n');
}

export function toMarkdown(report: Report): string {
  const lines = ['# RFC 9293: the labelled requirements', '', ...totalLines(report).map((line) => `- ${line}`), ''];
  lines.push('| id | level | section | what | code | tests that passed in this run | rfc | linux | reason |');
  lines.push('| --- | --- | --- | --- | --- | --- | --- | --- | --- |');
  for (const row of report.rows) {
    const cells = [
      row.requirement.id,
      row.requirement.level,
      row.requirement.section,
      row.requirement.description,
      row.code.join('<br>'),
      row.tests.filter(hasPassed).map(describeTest).join('<br>'),
      row.standing?.rfc ?? '?',
      row.standing?.linux ?? '?',
      [row.standing?.reason ?? '', ...row.holes.map((hole) => `**hole: ${hole}**`)]
        .filter((part) => part !== '')
        .join(' '),
    ];
    lines.push(`| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`);
  }
  if (report.problems.length > 0) lines.push('', '## Errors', '');
  for (const { place, message } of report.problems) lines.push(`- \`${place}\`: ${message}`);
  return lines.join('\n') + '\n';
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
  }));
  return (
    JSON.stringify({ whole: isWhole(report), totals: totalsOf(report), rows, problems: report.problems }, null, 2) +
    '\n'
  );
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
  const totals = totalsOf(report);
  const standings = (counts: Readonly<Record<StandingWord, number>>): string =>
    Object.entries(counts)
      .map(([word, count]) => `${count} ${word}`)
      .join(', ');
  return [
    `${totals.requirements} requirements: ${totals.withCode} with a place in the code, ${totals.withPassingTest} with a test that passed`,
    `rfc: ${standings(totals.rfc)}`,
    `linux: ${standings(totals.linux)}`,
    `${totals.holes} holes, ${totals.problems} errors`,
  ];
}

function countStandings(rows: readonly ReportRow[], profile: 'rfc' | 'linux'): Record<StandingWord, number> {
  const counts = { kept: 0, deviates: 0, 'not-taken': 0, application: 0 };
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
