/** Words and operators of the language; reading the tokens of a block one by one, and complaints about them. */
import { type Lexer, quoted } from '../lexer.ts';
import type { CodeToken } from './code-lexer.ts';
import type { ArithmeticOperator, ComparisonOperator } from './code-tree.ts';

export const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
] as const);
export const COMPARISONS: readonly ComparisonOperator[] = ['==', '!=', '<', '<=', '>', '>='];
/** From the weakest to the strongest. */
export const ARITHMETIC: readonly (readonly ArithmeticOperator[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%'],
];
/** Words of Python that mean something else than a name. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...['and', 'or', 'not', 'in', 'is', 'if', 'elif', 'else', 'for', 'while', 'break', 'continue', 'pass', 'return'],
  ...['def', 'lambda', 'assert', 'del', 'global', 'nonlocal', 'import', 'from', 'as'],
  ...['class', 'try', 'except', 'finally', 'raise', 'yield'],
]);
/** Words of Python that scripts do without. */
const LEFT_OUT: ReadonlySet<string> = new Set([...['with', 'async', 'await', 'exec']]);
const LEFT_OUT_MARKS: readonly string[] = ['@', '<>', '!'];
const MAX_OPERATORS = 500;

export class CodeTokens {
  protected readonly lexer: Lexer;
  protected readonly tokens: readonly CodeToken[];
  protected index = 0;
  private operators = 0;

  constructor(lexer: Lexer, tokens: readonly CodeToken[]) {
    this.lexer = lexer;
    this.tokens = tokens;
  }

  protected get ahead(): CodeToken {
    // The last token is `end`, and is never taken.
    return this.tokens[this.index]!;
  }

  protected get isAtEnd(): boolean {
    return this.ahead.type === 'end';
  }

  protected get isStatementEnd(): boolean {
    const { type, text } = this.ahead;
    return type === 'end' || type === 'newline' || (type === 'mark' && text === ';');
  }

  /** A new statement: its operators are counted anew. */
  protected startStatement(): void {
    this.operators = 0;
  }

  /** A chain leans to the left, and the evaluator descends as deep as it is long. */
  protected countOperator(): void {
    if (++this.operators > MAX_OPERATORS)
      this.lexer.fail({ problem: `more than ${MAX_OPERATORS} operators in a statement` }, this.ahead.offset);
  }

  protected deeper<Result>(parse: () => Result): Result {
    return this.lexer.nested(this.ahead.offset, parse);
  }

  protected isMark(mark: string): boolean {
    const { type, text } = this.ahead;
    return type === 'mark' && text === mark;
  }

  protected isName(name: string): boolean {
    const { type, text } = this.ahead;
    return type === 'name' && text === name;
  }

  protected take(mark: string): boolean {
    if (!this.isMark(mark)) return false;
    this.index++;
    return true;
  }

  protected takeName(name: string): boolean {
    if (!this.isName(name)) return false;
    this.index++;
    return true;
  }

  protected expect(mark: string): void {
    if (!this.take(mark)) this.unexpected(`'${mark}'`);
  }

  protected expectName(name: string): void {
    if (!this.takeName(name)) this.unexpected(`'${name}'`);
  }

  /** A name that is none of the language's words. */
  protected takeIdentifier(what: string): string {
    const { type, text } = this.ahead;
    if (type !== 'name' || this.isReserved) this.unexpected(what);
    this.index++;
    return text;
  }

  protected get isReserved(): boolean {
    const { type, text } = this.ahead;
    return type === 'name' && (KEYWORDS.has(text) || LEFT_OUT.has(text));
  }

  protected unexpected(expected: string): never {
    const { type, text, offset } = this.ahead;
    if ((type === 'name' && LEFT_OUT.has(text)) || (type === 'mark' && LEFT_OUT_MARKS.includes(text)))
      this.lexer.unsupported(text, offset, 'the code of scripts opens nothing and runs nothing else');
    const problem =
      type === 'end' ? 'the code ends too early' : `unexpected ${type === 'newline' ? 'end of line' : quoted(text)}`;
    this.lexer.fail({ problem, expected }, offset);
  }
}
