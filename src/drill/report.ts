/** What came of a script, as plain data, and the words for it: where it failed, what was expected, what came, and a ladder of both. */

import type { Difference } from './packet-check.ts';
import type { Place } from './place.ts';

/** One line of the ladder: what the script says beside what happened. */
export interface TraceEntry {
  /** Seconds of the script. */
  readonly time: string;
  /** Line of the script; 0: the script has nothing for it. */
  readonly line: number;
  /** `<` to the stack, `>` from it, `=` a call, `$` shell and code. */
  readonly mark: '<' | '>' | '=' | '$';
  readonly expected: string;
  readonly actual: string;
  readonly isRight: boolean;
}

/** Why a script did not pass. */
export interface DrillFailure {
  /** What of the script has failed; `script`: it asks for something wrong or not supported. */
  readonly kind: 'packet' | 'call' | 'time' | 'assertion' | 'leftover' | 'script';
  readonly place: Place;
  /** One sentence. */
  readonly message: string;
  readonly expected: string;
  readonly actual: string;
  readonly differences: readonly Difference[];
}

/** What came of one script. */
export interface DrillResult {
  readonly file: string;
  readonly hasPassed: boolean;
  readonly failure: DrillFailure | null;
  readonly trace: readonly TraceEntry[];
  /** Packets of the stack the script says nothing about, at its end. */
  readonly leftover: readonly string[];
  /** Segments whose PSH was not as scripted and was let pass. */
  readonly pushDifferences: number;
  /** Virtual microseconds the script took. */
  readonly elapsedUs: number;
  /** What its code has printed. */
  readonly printed: readonly string[];
}

/** Rows of the ladder before the failure. */
const LADDER_ROWS = 12;
const SIDE_WIDTH = 58;

/** A failure for people, several lines: the place as compilers write it, both sides, the ladder. */
export function failureLines(result: DrillResult, text: string): string[] {
  const { failure, file } = result;
  if (failure === null) return [];
  const { line, column } = failure.place;
  const lines = [`${file}:${line}:${column}: ${failure.message}`];
  const source = lineAt(text, line);
  if (source !== '') lines.push(`  ${source}`);
  if (failure.expected !== '') lines.push(`  expected: ${failure.expected}`, `  actual:   ${failure.actual}`);
  for (const { field, expected, actual } of failure.differences) {
    lines.push(`    ${field}: expected ${expected}, got ${actual}`);
  }
  return [...lines, ...ladderLines(result.trace.slice(-LADDER_ROWS))];
}

/** The ladder: script on the left, stack on the right. A row that went wrong is marked. */
export function ladderLines(trace: readonly TraceEntry[]): string[] {
  if (trace.length === 0) return [];
  const header = `${''.padStart(12)}  line    ${'script'.padEnd(SIDE_WIDTH)}  stack`;
  const rows = trace.map(({ time, line, mark, expected, actual, isRight }) => {
    const at = line === 0 ? '' : String(line);
    const side = isRight ? ' ' : '✗';
    return `${time.padStart(12)} ${at.padStart(5)} ${side}${mark} ${cut(expected).padEnd(SIDE_WIDTH)}  ${actual}`.trimEnd();
  });
  return [header, ...rows];
}

/** A line of a text, trimmed; empty when there is none. */
export function lineAt(text: string, line: number): string {
  return (text.split('\n')[line - 1] ?? '').trim();
}

function cut(text: string): string {
  return text.length <= SIDE_WIDTH ? text : `${text.slice(0, SIDE_WIDTH - 1)}…`;
}
