/** The one error the parser throws, and the text it points into. A message shows the line, a caret, what was expected, what to do. */
import { WoshouError } from '../base/errors.ts';
import type { Place } from './place.ts';

/** What a complaint is made of; sentences without a full stop. */
export interface Complaint {
  readonly problem: string;
  /** What could have stood there. */
  readonly expected?: string;
  readonly advice?: string;
  /** The word that the language has elsewhere, and we do not. */
  readonly unsupportedWord?: string;
}

/** A script that is not packetdrill, or asks for what is not supported. `code` is `ERR_DRILL_SYNTAX` or `ERR_DRILL_UNSUPPORTED`. */
export class DrillSyntaxError extends WoshouError {
  readonly file: string;
  /** Counted from 1. */
  readonly line: number;
  /** Counted from 1, in UTF-16 code units. */
  readonly column: number;
  /** The line of the script, shortened around the place when it is long. */
  readonly lineText: string;
  readonly problem: string;
  readonly expected: string | undefined;
  readonly advice: string | undefined;
  readonly unsupportedWord: string | undefined;

  constructor(file: string, text: string, place: Place, complaint: Complaint) {
    const { excerpt, caret } = excerptAt(text, place);
    const { problem, expected, advice, unsupportedWord } = complaint;
    const lines = [`${file}:${place.line}:${place.column}: ${problem}`, `  ${excerpt}`, `  ${caret}`];
    if (expected !== undefined) lines.push(`expected ${expected}`);
    if (advice !== undefined) lines.push(advice);
    super(unsupportedWord === undefined ? 'ERR_DRILL_SYNTAX' : 'ERR_DRILL_UNSUPPORTED', lines.join('\n'));
    this.file = file;
    this.line = place.line;
    this.column = place.column;
    this.lineText = excerpt;
    this.problem = problem;
    this.expected = expected;
    this.advice = advice;
    this.unsupportedWord = unsupportedWord;
  }
}

const EXCERPT_WIDTH = 160;

function excerptAt(text: string, place: Place): { excerpt: string; caret: string } {
  const whole = nthLine(text, place.line);
  const index = place.column - 1;
  const from = whole.length <= EXCERPT_WIDTH ? 0 : Math.max(0, index - EXCERPT_WIDTH / 2);
  const excerpt = whole.slice(from, from + EXCERPT_WIDTH);
  // A tab stays a tab above and below, so that the caret stands under what it means.
  const caret = excerpt.slice(0, index - from).replace(/[^\t]/g, ' ') + '^';
  return { excerpt, caret };
}

function nthLine(text: string, line: number): string {
  let start = 0;
  for (let count = 1; count < line; count++) {
    const end = text.indexOf('\n', start);
    if (end < 0) return '';
    start = end + 1;
  }
  const end = text.indexOf('\n', start);
  return text.slice(start, end < 0 ? undefined : end).replace(/\r$/, '');
}
