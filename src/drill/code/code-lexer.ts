/**
 * Words and marks of the code in `%{ … }%`. A line's end ends a statement, except within brackets or after `\`; it knows where the
 * next line begins, so that the parser can tell blocks by their indentation.
 */
import { type Lexer, quoted } from '../lexer.ts';
import { isStringAt, readCodeString, type StringPart } from './code-string.ts';

export interface CodeToken {
  readonly type: 'name' | 'number' | 'string' | 'mark' | 'newline' | 'end';
  /** Of a plain string: what it says. */
  readonly text: string;
  /** Of a number; of a line's end: the column in which the next line begins, blank lines left out. */
  readonly value: number;
  /** In the script. */
  readonly offset: number;
  /** Of an f-string. */
  readonly parts: readonly StringPart[] | undefined;
}

const BLANKS = /(?:[^\S\n]+|\\\r?\n)+|#[^\n]*/y;
const NAME = /[A-Za-z_]\w*/y;
/** An L behind it is of older scripts. */
const NUMBER =
  /(0[xX][0-9a-fA-F_]*|0[oO][0-7_]*|0[bB][01_]*|(?:[0-9][0-9_]*(?:\.[0-9_]*)?|\.[0-9][0-9_]*)(?:[eE][-+]?[0-9]+)?)[lL]?/y;
const MARK = /\*\*=?|\/\/=|<<=|>>=|\/\/|<<|>>|->|:=|<>|[-+*/%&|^=!<>]=|[-+*/%&|^=<>~();,.:@[\]{}!]/y;
const INDENT = /[ \t\r\f]*/y;
const TAB_STOP = 8;

/** The tokens from `start` up to `end`. */
export function readCode(lexer: Lexer, start: number, end: number): CodeToken[] {
  // Cut out, so that no pattern looks beyond the block.
  const text = lexer.text.slice(start, end);
  const tokens: CodeToken[] = [];
  const push = (
    type: CodeToken['type'],
    found: string,
    offset: number,
    value = 0,
    parts: CodeToken['parts'] = undefined,
  ) => tokens.push({ type, text: found, value, offset: start + offset, parts });
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const blanks = matchAt(BLANKS, text, at);
    if (blanks !== undefined) {
      at += blanks.length;
    } else if (text[at] === '\n') {
      const column = columnAfter(text, at + 1);
      const last = tokens[tokens.length - 1];
      if (depth === 0 && last?.type === 'newline') tokens[tokens.length - 1] = { ...last, value: column };
      else if (depth === 0) push('newline', '\n', at, column);
      at++;
    } else if (isStringAt(text, at)) {
      const string = readCodeString(text, at);
      if ('problem' in string) return lexer.fail(string, start + string.offset);
      if (string.isFormatted) push('string', '', at, 0, moved(string.parts, start));
      else push('string', String(string.parts[0] ?? ''), at);
      at = string.endOffset;
    } else {
      const found = readPlain(lexer, text, at, start);
      push(found.type, found.text, at, found.value);
      if ('([{'.includes(found.text)) depth++;
      if (')]}'.includes(found.text)) depth = Math.max(0, depth - 1);
      at += found.text.length;
    }
  }
  push('end', '', text.length);
  return tokens;
}

function readPlain(
  lexer: Lexer,
  text: string,
  at: number,
  start: number,
): { readonly type: 'name' | 'number' | 'mark'; readonly text: string; readonly value: number } {
  const name = matchAt(NAME, text, at);
  if (name !== undefined) return { type: 'name', text: name, value: 0 };
  const number = matchAt(NUMBER, text, at);
  if (number !== undefined) return { type: 'number', text: number, value: numberValue(lexer, number, start + at) };
  const mark = matchAt(MARK, text, at);
  if (mark !== undefined) return { type: 'mark', text: mark, value: 0 };
  return lexer.unsupported(text[at] ?? '', start + at, "this mark is none of Python's, or of none that scripts use");
}

/** Columns of the first line that is not blank: tabs reach to the next multiple of eight. */
function columnAfter(text: string, at: number): number {
  const indent = matchAt(INDENT, text, at) ?? '';
  let column = 0;
  for (const character of indent)
    column = character === '\t' ? (Math.floor(column / TAB_STOP) + 1) * TAB_STOP : column + 1;
  return column;
}

/** Fields of an f-string as places in the script. */
function moved(parts: readonly StringPart[], by: number): StringPart[] {
  return parts.map((part) =>
    typeof part === 'string'
      ? part
      : { ...part, start: part.start + by, end: part.end + by, spec: moved(part.spec, by) },
  );
}

function numberValue(lexer: Lexer, written: string, offset: number): number {
  const digits = written.replace(/[lL]$/, '').replaceAll('_', '');
  const value = Number(digits);
  if (Number.isNaN(value)) lexer.fail({ problem: `${quoted(written)} is not a number`, expected: 'digits' }, offset);
  const isExact = Number.isFinite(value) && (Number.isSafeInteger(value) || /^[^xX]*[.eE]/.test(digits));
  // The largest counters are 64 bits of ones; compared as doubles they still meet themselves.
  if (isExact || value <= 2 ** 64) return value;
  return lexer.fail({ problem: `${quoted(digits)} is too large`, expected: 'at most 2^64' }, offset);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
