/** What a run writes down as it goes: the ladder, and the failure that ends it. */
import type { Script, ShellAction } from './ast.ts';
import type { Place } from './place.ts';
import { type DrillFailure, lineAt, type TraceEntry } from './report.ts';
import { type DueTime, secondsText } from './timing.ts';

/** Ends a run. */
export class Failed extends Error {
  readonly failure: DrillFailure;

  constructor(failure: DrillFailure) {
    super(failure.message);
    this.failure = failure;
  }
}

export class RunLog {
  readonly trace: TraceEntry[] = [];
  /** Where the script's zero lies on the virtual clock. */
  startUs = 0;
  /** What of the script is at work. */
  place: Place = { line: 1, column: 1 };
  private readonly script: Script;
  private readonly nowUs: () => number;

  constructor(script: Script, nowUs: () => number) {
    this.script = script;
    this.nowUs = nowUs;
  }

  seconds(timeUs: number): string {
    return secondsText(timeUs, this.startUs);
  }

  dueText(due: DueTime): string {
    if (due.isAny) return 'at any time';
    return due.fromUs === due.toUs
      ? `at ${this.seconds(due.fromUs)}`
      : `from ${this.seconds(due.fromUs)} to ${this.seconds(due.toUs)}`;
  }

  /** The line of the script without its time and what is said about it. */
  source(place: Place): string {
    const text = lineAt(this.script.text, place.line);
    return text.replace(/^[-+*0-9.~]+\s+/, '').replace(/\s*\/\/.*$/, '');
  }

  record(
    mark: TraceEntry['mark'],
    place: Place,
    actual: string,
    isRight: boolean,
    timeUs: number = this.nowUs(),
  ): void {
    const expected = this.source(place).replace(/^[<>]\s*/, '');
    this.trace.push({ time: this.seconds(timeUs), line: place.line, mark, expected, actual, isRight });
  }

  fail(
    kind: DrillFailure['kind'],
    message: string,
    expected: string,
    actual: string,
    differences: DrillFailure['differences'] = [],
  ): never {
    throw new Failed({ kind, place: this.place, message, expected, actual, differences });
  }

  failAt(place: Place, kind: DrillFailure['kind'], message: string, expected: string, actual: string): never {
    this.place = place;
    this.fail(kind, message, expected, actual);
  }
}

/** The place in the script of what stands so far into a command; that of the command when a definition stands for it. */
export function placeWithin(text: string, { place, command }: ShellAction, offset: number): Place {
  const lines = text.split('\n');
  const before = lines.slice(0, place.line - 1).reduce((sum, line) => sum + line.length + 1, 0);
  const start = before + place.column;
  if (text.slice(start, start + command.length) !== command) return place;
  const upTo = text.slice(0, start + offset).split('\n');
  return { line: upTo.length, column: (upTo[upTo.length - 1] ?? '').length + 1 };
}
