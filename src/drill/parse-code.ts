/**
 * `%{ … }%` from text to tree: assertions, prints and assignments over expressions, with Python's precedences. What Python has
 * beyond that is an unsupported word.
 */
import type { CodeAction } from './ast.ts';
import type { ArithmeticOperator, CodeExpression, CodeStatement, ComparisonOperator } from './code-ast.ts';
import { type CodeToken, readCode } from './code-lexer.ts';
import { type Lexer, quoted } from './lexer.ts';

/** Reads a block; `%{` comes next. */
export function parseCode(lexer: Lexer): CodeAction {
  const { offset, endOffset } = lexer.next();
  const end = lexer.text.indexOf('}%', endOffset);
  if (end < 0) lexer.fail({ problem: 'the code never ends', expected: "'}%'" }, offset);
  const statements = new CodeParser(lexer, readCode(lexer, endOffset, end)).program();
  lexer.continueAt(end + 2);
  return { kind: 'code', place: lexer.placeOf(offset), statements };
}

/** Words of Python that mean something else than a name. */
const KEYWORDS: ReadonlySet<string> = new Set([
  ...['and', 'or', 'not', 'assert', 'print', 'pass', 'if', 'elif', 'else', 'for', 'while', 'def', 'class', 'import'],
  ...['from', 'lambda', 'in', 'is', 'try', 'except', 'finally', 'with', 'return', 'raise', 'del', 'global', 'yield'],
]);
/** Marks of Python that stand for what is left out: powers, lists, members, blocks. */
const FOREIGN_MARKS: readonly string[] = ['**', '[', ']', '{', '}', '.', ':', '@'];
const CALLS: readonly string[] = ['abs', 'min', 'max', 'int'];
const CONSTANTS: ReadonlyMap<string, boolean | null> = new Map([
  ['True', true],
  ['False', false],
  ['None', null],
] as const);
const COMPARISONS: readonly ComparisonOperator[] = ['==', '!=', '<', '<=', '>', '>='];
/** From the weakest to the strongest. */
const ARITHMETIC: readonly (readonly ArithmeticOperator[])[] = [
  ['|'],
  ['^'],
  ['&'],
  ['<<', '>>'],
  ['+', '-'],
  ['*', '/', '//', '%'],
];
const MAX_OPERATORS = 500;
const AN_EXPRESSION = 'an expression: a name, a number, a "string" or (…)';

class CodeParser {
  private readonly lexer: Lexer;
  private readonly tokens: readonly CodeToken[];
  private index = 0;
  private operators = 0;

  constructor(lexer: Lexer, tokens: readonly CodeToken[]) {
    this.lexer = lexer;
    this.tokens = tokens;
  }

  program(): CodeStatement[] {
    const statements: CodeStatement[] = [];
    for (;;) {
      while (this.take(';') || this.take('\n'));
      if (this.ahead.type === 'end') return statements;
      statements.push(this.statement());
      if (!this.isStatementEnd()) this.unexpected("an operator, ';' or the end of the line");
    }
  }

  private statement(): CodeStatement {
    this.operators = 0;
    const { type, text, offset } = this.ahead;
    const place = this.lexer.placeOf(offset);
    const next = this.tokens[this.index + 1]?.text ?? '';
    if (type === 'name' && text === 'assert') return this.assertion();
    if (type === 'name' && text === 'print') return this.print();
    if (type === 'name' && text === 'pass') {
      this.index++;
      return { kind: 'expression', place, value: { kind: 'constant', place, value: null } };
    }
    const operator =
      type === 'name' && !KEYWORDS.has(text) ? /^(=|[-+*/%&|^]=|\/\/=|<<=|>>=)$/.exec(next)?.[1] : undefined;
    if (operator === undefined) return { kind: 'expression', place, value: this.expressions() };
    this.index += 2;
    const value = this.expressions();
    if (operator === '=') return { kind: 'assign', place, name: text, value };
    const [left, shortened] = [
      { kind: 'name', place, name: text } as const,
      operator.slice(0, -1) as ArithmeticOperator,
    ];
    return {
      kind: 'assign',
      place,
      name: text,
      value: { kind: 'arithmetic', place, operator: shortened, left, right: value },
    };
  }

  private assertion(): CodeStatement {
    const place = this.lexer.placeOf(this.ahead.offset);
    this.index++;
    const test = this.expression();
    return { kind: 'assert', place, test, message: this.take(',') ? this.expression() : undefined };
  }

  /** With parentheses or, as older scripts do, without. */
  private print(): CodeStatement {
    const place = this.lexer.placeOf(this.ahead.offset);
    this.index++;
    if (this.isStatementEnd()) return { kind: 'print', place, values: [] };
    const value = this.expressions();
    return { kind: 'print', place, values: value.kind === 'tuple' ? value.items : [value] };
  }

  /** One expression, or several with commas between them: a tuple. */
  private expressions(): CodeExpression {
    const first = this.expression();
    const items = [first];
    while (this.take(',')) {
      if (this.isStatementEnd() || this.ahead.text === ')') break;
      items.push(this.expression());
    }
    const isTuple = this.tokens[this.index - 1]?.text === ',' || items.length > 1;
    return isTuple ? { kind: 'tuple', place: first.place, items } : first;
  }

  private expression(): CodeExpression {
    return this.lexer.nested(this.ahead.offset, () => this.logical('or'));
  }

  private logical(operator: 'or' | 'and'): CodeExpression {
    const operand = () => (operator === 'or' ? this.logical('and') : this.negation());
    const first = operand();
    const operands = [first];
    while (this.takeName(operator)) operands.push(operand());
    return operands.length === 1 ? first : { kind: 'logical', place: first.place, operator, operands };
  }

  private negation(): CodeExpression {
    const place = this.lexer.placeOf(this.ahead.offset);
    if (!this.takeName('not')) return this.comparison();
    return { kind: 'unary', place, operator: 'not', operand: this.deeper(() => this.negation()) };
  }

  private comparison(): CodeExpression {
    const first = this.arithmetic(0);
    const operands = [first];
    const operators: ComparisonOperator[] = [];
    for (;;) {
      const operator = COMPARISONS.find((mark) => this.take(mark));
      if (!operator) break;
      operators.push(operator);
      operands.push(this.arithmetic(0));
    }
    return operators.length === 0 ? first : { kind: 'comparison', place: first.place, operators, operands };
  }

  private arithmetic(level: number): CodeExpression {
    const marks = ARITHMETIC[level];
    if (!marks) return this.unary();
    let left = this.arithmetic(level + 1);
    for (;;) {
      const operator = marks.find((mark) => this.take(mark));
      if (!operator) return left;
      // A chain leans to the left, and the evaluator descends as deep as it is long.
      if (++this.operators > MAX_OPERATORS)
        this.lexer.fail({ problem: `more than ${MAX_OPERATORS} operators in a statement` }, this.ahead.offset);
      left = { kind: 'arithmetic', place: left.place, operator, left, right: this.arithmetic(level + 1) };
    }
  }

  private unary(): CodeExpression {
    const place = this.lexer.placeOf(this.ahead.offset);
    const operator = (['-', '+', '~'] as const).find((mark) => this.take(mark));
    return operator ? { kind: 'unary', place, operator, operand: this.deeper(() => this.unary()) } : this.primary();
  }

  private primary(): CodeExpression {
    const { type, text, value, offset } = this.ahead;
    const place = this.lexer.placeOf(offset);
    if (type === 'number' || type === 'string') {
      this.index++;
      return { kind: 'constant', place, value: type === 'number' ? value : text };
    }
    if (type === 'name') return this.name();
    if (this.take('(')) {
      const isEmpty = this.take(')');
      const inner: CodeExpression = isEmpty
        ? { kind: 'tuple', place, items: [] }
        : this.deeper(() => this.expressions());
      if (!isEmpty) this.expect(')');
      return inner;
    }
    return this.unexpected(AN_EXPRESSION);
  }

  private name(): CodeExpression {
    const { text, offset } = this.ahead;
    const place = this.lexer.placeOf(offset);
    if (KEYWORDS.has(text)) this.unexpected(AN_EXPRESSION);
    this.index++;
    const constant = CONSTANTS.get(text);
    if (constant !== undefined) return { kind: 'constant', place, value: constant };
    if (!this.take('(')) return { kind: 'name', place, name: text };
    if (!CALLS.includes(text)) this.lexer.unsupported(text, offset, `functions that are: ${CALLS.join(', ')}`);
    const args: CodeExpression[] = [];
    if (!this.take(')')) {
      do args.push(this.expression());
      while (this.take(','));
      this.expect(')');
    }
    return { kind: 'call', place, name: text, arguments: args };
  }

  private get ahead(): CodeToken {
    // The last token is `end`, and is never taken.
    return this.tokens[this.index]!;
  }

  private isStatementEnd(): boolean {
    const { type, text } = this.ahead;
    return type === 'end' || type === 'newline' || (type === 'mark' && text === ';');
  }

  private deeper<Result>(parse: () => Result): Result {
    return this.lexer.nested(this.ahead.offset, parse);
  }

  private take(mark: string): boolean {
    const { type, text } = this.ahead;
    if ((type !== 'mark' && type !== 'newline') || text !== mark) return false;
    this.index++;
    return true;
  }

  private takeName(name: string): boolean {
    if (this.ahead.type !== 'name' || this.ahead.text !== name) return false;
    this.index++;
    return true;
  }

  private expect(mark: string): void {
    if (!this.take(mark)) this.unexpected(`'${mark}'`);
  }

  private unexpected(expected: string): never {
    const { type, text, offset } = this.ahead;
    if ((type === 'name' && KEYWORDS.has(text)) || (type === 'mark' && FOREIGN_MARKS.includes(text)))
      this.lexer.unsupported(
        text,
        offset,
        'the code of scripts has assert, print, assignments and expressions, nothing else',
      );
    const problem =
      type === 'end' ? 'the code ends too early' : `unexpected ${type === 'newline' ? 'end of line' : quoted(text)}`;
    this.lexer.fail({ problem, expected }, offset);
  }
}
