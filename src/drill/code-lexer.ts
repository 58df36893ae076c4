/** Words and marks of the code in `%{ … }%`. A line's end ends a statement, except within parentheses or after `\`. */
import type { Lexer } from './lexer.ts';
import { quoted } from './lexer.ts';
import { readString } from './string-literal.ts';

export interface CodeToken {
  readonly type: 'name' | 'number' | 'string' | 'mark' | 'newline' | 'end';
  readonly text: string;
  /** Of a number. */
  readonly value: number;
  /** In the script. */
  readonly offset: number;
}

const BLANKS = /(?:[^\S\n]|\\\r?\n)+|#[^\n]*/y;
const NAME = /[A-Za-z_]\w*/y;
const NUMBER = /0[xX][0-9a-fA-F]+|(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?/y;
const MARK = /\*\*|\/\/=|<<=|>>=|\/\/|<<|>>|[-+*/%&|^=!<>]=|[-+*/%&|^=<>~();,.:@[\]{}]/y;

/** The tokens from `start` up to `end`, the place of `}%`. */
export function readCode(lexer: Lexer, start: number, end: number): CodeToken[] {
  // Cut out, so that no pattern looks beyond the block.
  const text = lexer.text.slice(start, end);
  const tokens: CodeToken[] = [];
  const push = (type: CodeToken['type'], found: string, offset: number, value = 0) =>
    tokens.push({ type, text: found, value, offset: start + offset });
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const blanks = matchAt(BLANKS, text, at);
    if (blanks !== undefined) {
      at += blanks.length;
    } else if (text[at] === '\n') {
      if (depth === 0) push('newline', '\n', at);
      at++;
    } else if (text[at] === '"' || text[at] === "'") {
      const string = readString(text, at, text[at] ?? '"');
      if ('problem' in string) return lexer.fail(string, start + string.offset);
      push('string', string.bytes, at);
      at = string.endOffset;
    } else {
      const name = matchAt(NAME, text, at);
      const number = matchAt(NUMBER, text, at);
      const mark = matchAt(MARK, text, at);
      const found = name ?? number ?? mark;
      if (found === undefined)
        return lexer.unsupported(text[at] ?? '', start + at, 'the code of scripts is plain expressions');
      if (found === '(') depth++;
      if (found === ')') depth--;
      if (name !== undefined) push('name', name, at);
      else if (number !== undefined) push('number', number, at, numberValue(lexer, number, start + at));
      else push('mark', found, at);
      at += found.length;
    }
  }
  push('end', '', text.length);
  return tokens;
}

function numberValue(lexer: Lexer, digits: string, offset: number): number {
  const value = Number(digits);
  const isExact = Number.isFinite(value) && (Number.isSafeInteger(value) || /[.eE]/.test(digits));
  // The largest counters are 64 bits of ones; compared as doubles they still meet themselves.
  if (isExact || value <= 2 ** 64) return value;
  return lexer.fail({ problem: `${quoted(digits)} is too large`, expected: 'at most 2^64' }, offset);
}

function matchAt(pattern: RegExp, text: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(text)?.[0];
}
