/** The outcome of a script, for plain lines, TAP and JUnit. */
import type { DrillResult } from '../drill/report.ts';

/** What came of one file, as every kind of output tells it. */
export interface DrillOutcome {
  readonly file: string;
  readonly outcome: 'pass' | 'fail' | 'syntax';
  /** First line: what went wrong. Further ones: both sides, the ladder. */
  readonly lines: readonly string[];
  /** Real milliseconds. */
  readonly elapsedMs: number;
  readonly result: DrillResult | null;
}
