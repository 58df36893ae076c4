/**
 * Words, numbers, strings and marks of a packetdrill script, read on demand: some places of the language (flags, times, hex cookies)
 * are read as raw text by `match`, all others as tokens. Comments are `//`, `#` and slash-star ones. A word that is defined
 * (`-D NAME=value`) is replaced by its value wherever a token is read. Every step moves forward, so time is linear in the text.
 */

import { type Complaint, DrillSyntaxError } from './drill-syntax-error.ts';
import type { Place } from './place.ts';
import { readString } from './string-literal.ts';

export interface Token {
  readonly type: 'word' | 'integer' | 'string' | 'shell' | 'mark' | 'end';
  /** The word, the bytes of the string, the command, the mark; for messages the digits of an integer. */
  readonly text: string;
  /** Of an integer. */
  readonly value: number;
  /** Where it stands in the script, and where what follows begins. */
  readonly offset: number;
  readonly endOffset: number;
}

const BLANKS = /\s+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /[0-9][A-Za-z0-9_]*/y;
const INTEGER = /^(?:0[xX][0-9a-fA-F]+|[0-9]+)$/;
const HEX_WORD = /[A-Za-z0-9_]+/y;
const LONG_MARKS: readonly string[] = ['...', '%{', '}%'];
/** Deeper than any structure of a socket call. */
const MAX_DEPTH = 32;

export class Lexer {
  readonly file: string;
  readonly text: string;
  readonly defines: Map<string, string>;
  private readonly lineStarts: number[] = [0];
  private position = 0;
  /** Where the last thing taken ended; `position` may be past blanks already. */
  private lastEnd = 0;
  private ahead: Token | undefined;
  private depth = 0;

  constructor(file: string, text: string, defines: ReadonlyMap<string, string>) {
    this.file = file;
    this.text = text;
    this.defines = new Map(defines);
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) this.lineStarts.push(at + 1);
  }

  /** The next token, left where it is. */
  peek(): Token {
    this.ahead ??= this.read();
    return this.ahead;
  }

  next(): Token {
    const token = this.peek();
    this.continueAt(token.endOffset);
    return token;
  }

  /** The offset of what comes next, past blanks and comments. */
  get offset(): number {
    this.skip();
    return this.position;
  }

  /** Goes on reading at `offset`. */
  continueAt(offset: number): void {
    this.position = offset;
    this.lastEnd = offset;
    this.ahead = undefined;
  }

  /** Raw text: what the sticky `pattern` finds after blanks and comments, taken; undefined takes nothing. */
  match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.text) ?? undefined;
    if (found) this.continueAt(this.position + found[0].length);
    return found;
  }

  isMark(mark: string): boolean {
    const token = this.peek();
    return token.type === 'mark' && token.text === mark;
  }

  isWord(word: string): boolean {
    const token = this.peek();
    return token.type === 'word' && token.text === word;
  }

  takeMark(mark: string): boolean {
    if (!this.isMark(mark)) return false;
    this.next();
    return true;
  }

  takeWord(word: string): boolean {
    if (!this.isWord(word)) return false;
    this.next();
    return true;
  }

  expectMark(mark: string, expected = `'${mark}'`): Token {
    return this.isMark(mark) ? this.next() : this.unexpected(expected);
  }

  /** An integer from `min` to `max`. */
  expectInteger(what: string, min: number, max: number): number {
    const token = this.peek();
    if (token.type !== 'integer') this.unexpected(`${what}, a whole number`);
    if (token.value < min || token.value > max)
      this.fail({ problem: `${what} is ${token.text}`, expected: `a number from ${min} to ${max}` }, token.offset);
    return this.next().value;
  }

  /** Bytes in hexadecimal, or the defined word that stands for them; undefined when neither follows. */
  takeHex(what: string): Uint8Array | undefined {
    const offset = this.offset;
    const word = this.match(HEX_WORD)?.[0];
    if (word === undefined) return undefined;
    const digits = this.defines.get(word) ?? word;
    if (/^(?:[0-9a-fA-F]{2})+$/.test(digits))
      return Uint8Array.from(digits.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
    const problem = `${what} is ${quoted(digits)}, which is not bytes in hexadecimal`;
    return this.fail({ problem, expected: 'an even number of the digits 0-9 and a-f' }, offset);
  }

  /** Whether the next token stands on the line where the last one ended. */
  get sameLine(): boolean {
    return this.placeOf(this.peek().offset).line === this.placeOf(this.lastEnd).line;
  }

  /** Runs `parse` one level deeper; too deep is an error at `offset`. */
  nested<Result>(offset: number, parse: () => Result): Result {
    if (++this.depth > MAX_DEPTH)
      this.fail({ problem: `nested deeper than ${MAX_DEPTH} levels`, advice: 'flatten the expression' }, offset);
    const result = parse();
    this.depth--;
    return result;
  }

  placeOf(offset: number): Place {
    let low = 0;
    let high = this.lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.lineStarts[low]! + 1 };
  }

  offsetOf({ line, column }: Place): number {
    return (this.lineStarts[line - 1] ?? 0) + column - 1;
  }

  fail(complaint: Complaint, offset: number): never {
    throw new DrillSyntaxError(this.file, this.text, this.placeOf(offset), complaint);
  }

  /** A word the language may have, and we do not. */
  unsupported(word: string, offset: number, advice: string): never {
    this.fail({ problem: `${quoted(word)} is not supported`, advice, unsupportedWord: word }, offset);
  }

  /** Complains about the next token. */
  unexpected(expected: string, advice?: string): never {
    const token = this.peek();
    const problem = token.type === 'end' ? 'the script ends too early' : `unexpected ${describe(token)}`;
    this.fail(advice === undefined ? { problem, expected } : { problem, expected, advice }, token.offset);
  }

  private skip(): void {
    for (;;) {
      BLANKS.lastIndex = this.position;
      if (BLANKS.test(this.text)) this.position = BLANKS.lastIndex;
      if (this.text[this.position] === '#' || this.text.startsWith('//', this.position)) {
        const end = this.text.indexOf('\n', this.position);
        this.position = end < 0 ? this.text.length : end + 1;
      } else if (this.text.startsWith('/*', this.position)) {
        const end = this.text.indexOf('*/', this.position + 2);
        if (end < 0) this.fail({ problem: 'a comment never ends', expected: "'*/'" }, this.position);
        this.position = end + 2;
      } else return;
    }
  }

  private read(): Token {
    const token = this.readAt(this.text, this.offset);
    const value = token.type === 'word' ? this.defines.get(token.text) : undefined;
    if (value === undefined) return token;
    const { offset, endOffset } = token;
    if (!isOneToken(value)) {
      const problem = `${token.text} is defined as ${quoted(value)}`;
      this.fail({ problem, expected: 'a word, a whole number, a "string" or a `command`' }, offset);
    }
    return { ...this.readAt(value, 0), offset, endOffset };
  }

  private readAt(text: string, offset: number): Token {
    const first = text[offset];
    if (first === undefined) return token('end', '', offset, offset);
    if (first === '"') return this.readStringAt(text, offset);
    if (first === '`') return this.readShellAt(text, offset);
    const word = matchAt(WORD, text, offset);
    if (word !== undefined) return token('word', word, offset, offset + word.length);
    const digits = matchAt(NUMBER, text, offset);
    if (digits !== undefined) return this.integer(text, digits, offset);
    const mark =
      LONG_MARKS.find((long) => text.startsWith(long, offset)) ?? String.fromCodePoint(text.codePointAt(offset) ?? 0);
    return token('mark', mark, offset, offset + mark.length);
  }

  private integer(text: string, digits: string, offset: number): Token {
    const value = INTEGER.test(digits) ? Number(digits) : Number.NaN;
    if (Number.isNaN(value)) {
      this.fail(
        { problem: `${quoted(digits)} is not a number`, expected: 'decimal digits, or 0x and hexadecimal ones' },
        this.whereIn(text, offset),
      );
    }
    if (!Number.isSafeInteger(value))
      this.fail({ problem: `${quoted(digits)} is too large`, expected: 'less than 2^53' }, this.whereIn(text, offset));
    return { ...token('integer', digits, offset, offset + digits.length), value };
  }

  /** The place in the script of what stands in `text`: the script, or a definition's value met where we are. */
  private whereIn(text: string, offset: number): number {
    return text === this.text ? offset : this.position;
  }

  private readStringAt(text: string, offset: number): Token {
    const string = readString(text, offset, '"');
    if ('problem' in string)
      this.fail({ problem: string.problem, expected: string.expected }, this.whereIn(text, string.offset));
    return token('string', string.bytes, offset, string.endOffset);
  }

  private readShellAt(text: string, offset: number): Token {
    const end = text.indexOf('`', offset + 1);
    if (end < 0) this.fail({ problem: 'a command never ends', expected: "'`' after it" }, this.whereIn(text, offset));
    return token('shell', text.slice(offset + 1, end), offset, end + 1);
  }
}

/** How a message calls a token. */
export function describe({ type, text }: Token): string {
  if (type === 'end') return 'end of the script';
  if (type === 'string') return `string ${quoted(text)}`;
  return type === 'shell' ? 'command' : quoted(text);
}

/** A piece of script in a message: on one line and not long. */
export function quoted(text: string): string {
  const line = text.replace(/[^ -~\u00a1-\uffff]+/g, ' ');
  return `'${line.length > 60 ? `${line.slice(0, 60)}…` : line}'`;
}

function isOneToken(value: string): boolean {
  return /^(?:\w+|"(?:[^"\\]|\\.)*"|`[^`]*`)$/s.test(value);
}

function token(type: Token['type'], text: string, offset: number, endOffset: number): Token {
  return { type, text, value: 0, offset, endOffset };
}

function matchAt(pattern: RegExp, text: string, offset: number): string | undefined {
  pattern.lastIndex = offset;
  return pattern.exec(text)?.[0];
}
