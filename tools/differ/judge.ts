/** Whether our stack does what a script says that the kernel has done; and of what kinds the differences are. */
import { parseDrillScript } from '../../src/drill/parse-script.ts';
import { type DrillResult, failureLines } from '../../src/drill/report.ts';
import type { DrillRunOptions } from '../../src/drill/run-options.ts';
import { runScript } from '../../src/drill/runner.ts';

/** What differs, without its numbers, so that differences of one kind are alike; and how it shows. */
export interface Difference {
  readonly kind: string;
  readonly lines: readonly string[];
  /** Of the script, from 1; 0 when it shows at the end. */
  readonly line: number;
}

/** Timers of the kernel go by its ticks, those of a quarter of a second and more by eight of them; and its packets are seen when somebody looks. */
const TOLERANCE_US = 36_000;

const KINDS_MAX = 8;

/** The first difference; null when there is none. */
export function judge(text: string, subject?: DrillRunOptions['subject']): Difference | null {
  const options = new Map([['compare_ts_ecr', '1']]);
  // Where timers of seconds matter, the script has a wider one.
  if (!text.includes('--tolerance_usecs=')) options.set('tolerance_usecs', String(TOLERANCE_US));
  const result = runScript(parseDrillScript(text, { file: 'differ.pkt' }), {
    options,
    ...(subject && { subject }),
  });
  const { failure, leftover } = result;
  if (failure !== null)
    return { kind: kindOf(failure, text), lines: failureLines(result, text), line: failure.place.line };
  return leftover.length === 0 ? null : { kind: 'more packets than expected', lines: leftover, line: 0 };
}

/** All differences: where a figure differs it is asked about no more, and the script goes on. */
export function judgeAll(text: string): Difference[] {
  const found: Difference[] = [];
  for (let rest = text; found.length < KINDS_MAX; ) {
    const difference = judge(rest);
    if (difference === null) return found;
    found.push(difference);
    const figure = figureOf(difference.kind);
    if (figure === null) return found;
    rest = withoutFigure(rest, figure);
  }
  return found;
}

/** The name in `figure tcpi_rto`; null for other kinds. */
export function figureOf(kind: string): string | null {
  return /^figure tcpi_(\w+)$/.exec(kind)?.[1] ?? null;
}

/** Lines stay where they are. */
export function withoutFigure(text: string, name: string): string {
  return text.replace(new RegExp(`\\bassert [^,\\n]*\\btcpi_${name}\\b[^,\\n]*, tcpi_${name}\\b`, 'g'), '0');
}

function kindOf(failure: NonNullable<DrillResult['failure']>, text: string): string {
  const source = text.split('\n')[failure.place.line - 1] ?? '';
  switch (failure.kind) {
    case 'assertion':
      return `figure ${/tcpi_\w+/.exec(source)?.[0] ?? failure.message}`;
    case 'call':
      return `result of ${/\w+(?=\()/.exec(source)?.[0] ?? ''}`;
    case 'packet':
      return failure.message.replace(/, expected at .*/, '');
    case 'time':
      return failure.message.includes('too early') ? 'packet too early' : 'packet too late';
    default:
      return `${failure.kind}: ${failure.message}`;
  }
}
