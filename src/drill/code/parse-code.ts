/**
 * `%{ … }%` from text to tree: statements, blocks told by their indentation. The first line sets the margin, wherever it stands;
 * what Python has and scripts do without is an unsupported word.
 */
import type { CodeAction } from '../ast.ts';
import type { Lexer } from '../lexer.ts';
import { readCode } from './code-lexer.ts';
import type {
  ArithmeticOperator,
  CodeBranch,
  CodeExpression,
  CodeHandler,
  CodeImport,
  CodeStatement,
} from './code-tree.ts';
import { ExpressionParser } from './parse-expression.ts';

/** Reads a block; `%{` comes next. */
export function parseCode(lexer: Lexer): CodeAction {
  const { offset, endOffset } = lexer.next();
  const end = lexer.text.indexOf('}%', endOffset);
  if (end < 0) lexer.fail({ problem: 'the code never ends', expected: "'}%'" }, offset);
  const statements = new StatementParser(lexer, readCode(lexer, endOffset, end)).program();
  lexer.continueAt(end + 2);
  return { kind: 'code', place: lexer.placeOf(offset), statements };
}

const AUGMENTED = /^(\*\*|\/\/|<<|>>|[-+*/%&|^])=$/;
/** A line that stands behind `%{` has no column that others could be compared with. */
const OPENING_LINE = -1;

class StatementParser extends ExpressionParser {
  /** Where the present line begins. */
  private column = OPENING_LINE;
  private isInFunction = false;
  private isInLoop = false;

  program(): CodeStatement[] {
    const statements: CodeStatement[] = [];
    for (;;) {
      this.skipNewline();
      if (this.isAtEnd) return statements;
      statements.push(...this.line());
    }
  }

  private skipNewline(): void {
    for (; this.ahead.type === 'newline'; this.index++) this.column = this.ahead.value;
  }

  /** A compound statement with its blocks, or simple statements with semicolons between them. */
  private line(): CodeStatement[] {
    const { text, type } = this.ahead;
    if (this.isMark('@')) return [this.decorated()];
    const compound = type === 'name' ? this.compound(text) : undefined;
    return compound === undefined ? this.simpleLine() : [compound];
  }

  private compound(word: string): CodeStatement | undefined {
    switch (word) {
      case 'if':
        return this.conditionalStatement();
      case 'while':
        return this.whileStatement();
      case 'for':
        return this.forStatement();
      case 'def':
      case 'class':
        return this.defined([]);
      case 'try':
        return this.tried();
      default:
        return undefined;
    }
  }

  private simpleLine(): CodeStatement[] {
    const statements: CodeStatement[] = [];
    do {
      if (this.isStatementEnd) continue;
      this.startStatement();
      statements.push(this.simple());
      if (!this.isStatementEnd) this.unexpected("an operator, ';' or the end of the line");
    } while (this.take(';'));
    return statements;
  }

  /** What stands behind a colon: on the same line, or further in on lines of its own. */
  private block(outer: number): CodeStatement[] {
    this.expect(':');
    if (this.ahead.type !== 'newline') {
      if (this.isAtEnd) this.unexpected('a statement, or an indented block on the next line');
      return this.simpleLine();
    }
    return this.deeper(() => {
      this.skipNewline();
      const own = this.column;
      const body: CodeStatement[] = [];
      if (own <= outer || this.isAtEnd) this.failIndentation('an indented block is missing');
      while (!this.isAtEnd && this.column === own) {
        body.push(...this.line());
        this.skipNewline();
      }
      if (!this.isAtEnd && this.column > own) this.failIndentation('a line is indented for no reason');
      if (!this.isAtEnd && this.column > outer && outer !== OPENING_LINE)
        this.failIndentation('a line is indented like no block around it');
      return body;
    });
  }

  private failIndentation(problem: string): never {
    const advice = 'the lines of a block begin in one column, further right than the line with the colon';
    return this.lexer.fail({ problem, advice }, this.ahead.offset);
  }

  /** Whether a line that belongs to a statement begun in `column` comes next: `else` of that `if`. */
  private isContinued(word: string, column: number): boolean {
    if (this.ahead.type === 'newline' && this.tokens[this.index + 1]?.text === word) {
      const next = this.ahead.value;
      if (next === column || column === OPENING_LINE) this.skipNewline();
    }
    return this.isName(word) && (this.column === column || column === OPENING_LINE);
  }

  private conditionalStatement(): CodeStatement {
    const { place, column } = this;
    const branches: CodeBranch[] = [];
    do {
      this.index++;
      this.startStatement();
      branches.push({ test: this.expression(), body: this.block(column) });
    } while (this.isContinued('elif', column));
    if (this.isContinued('else', column)) branches.push({ test: undefined, body: this.otherwise(column) });
    return { kind: 'if', place, branches };
  }

  private otherwise(column: number): CodeStatement[] {
    this.index++;
    return this.block(column);
  }

  private loopBody(column: number): { readonly body: CodeStatement[]; readonly otherwise: CodeStatement[] } {
    const { isInLoop } = this;
    this.isInLoop = true;
    const body = this.block(column);
    this.isInLoop = isInLoop;
    return { body, otherwise: this.isContinued('else', column) ? this.otherwise(column) : [] };
  }

  private whileStatement(): CodeStatement {
    const { place, column } = this;
    this.index++;
    this.startStatement();
    const test = this.expression();
    return { kind: 'while', place, test, ...this.loopBody(column) };
  }

  private forStatement(): CodeStatement {
    const { place, column } = this;
    this.index++;
    this.startStatement();
    const target = this.targets();
    this.expectName('in');
    const over = this.expressions();
    return { kind: 'for', place, target, over, ...this.loopBody(column) };
  }

  /** `@decorator` lines and what they stand over. */
  private decorated(): CodeStatement {
    const decorators: CodeExpression[] = [];
    while (this.take('@')) {
      this.startStatement();
      decorators.push(this.expression());
      this.skipNewline();
    }
    if (!this.isName('def') && !this.isName('class')) this.unexpected("'def' or 'class'");
    return this.defined(decorators);
  }

  private defined(decorators: readonly CodeExpression[]): CodeStatement {
    const { place, column, isInFunction, isInLoop, hasYield } = this;
    const isClass = this.isName('class');
    this.index++;
    this.startStatement();
    const name = this.takeIdentifier('a name');
    const bases = isClass && this.take('(') ? this.bases() : [];
    if (!isClass) this.expect('(');
    const parameters = isClass ? [] : this.parameters(')');
    if (!isClass && this.take('->')) this.expression();
    this.isInFunction = !isClass;
    this.isInLoop = this.hasYield = false;
    const body = this.block(column);
    const yields = this.hasYield;
    this.isInFunction = isInFunction;
    this.isInLoop = isInLoop;
    this.hasYield = hasYield;
    if (isClass) return { kind: 'class', place, name, bases, body, decorators };
    return { kind: 'def', place, name, function: { name, parameters, body, yields }, decorators };
  }

  private bases(): CodeExpression[] {
    const bases: CodeExpression[] = [];
    while (!this.take(')')) {
      bases.push(this.expression());
      if (!this.take(',') && !this.isMark(')')) this.unexpected("',' or ')'");
    }
    return bases;
  }

  private tried(): CodeStatement {
    const { place, column } = this;
    this.index++;
    this.startStatement();
    const body = this.block(column);
    const handlers: CodeHandler[] = [];
    while (this.isContinued('except', column)) {
      const { place: at } = this;
      this.index++;
      this.startStatement();
      const expected = this.isMark(':') ? undefined : this.expression();
      const name = this.takeName('as') ? this.takeIdentifier('a name') : undefined;
      handlers.push({ place: at, expected, name, body: this.block(column) });
    }
    const otherwise = this.isContinued('else', column) ? this.otherwise(column) : [];
    const hasEnd = this.isContinued('finally', column);
    if (handlers.length === 0 && !hasEnd) this.unexpected("'except' or 'finally'");
    return { kind: 'try', place, body, handlers, otherwise, finally: hasEnd ? this.otherwise(column) : [] };
  }

  // --- statements of one line ---

  private simple(): CodeStatement {
    const { place } = this;
    const { type, text } = this.ahead;
    switch (type === 'name' ? text : '') {
      case 'assert':
        return this.assertion();
      case 'print':
        return this.print();
      case 'pass':
        this.index++;
        return { kind: 'pass', place };
      case 'break':
      case 'continue':
        return this.jump(text as 'break' | 'continue');
      case 'return':
        return this.returned();
      case 'global':
      case 'nonlocal':
        this.index++;
        return { kind: text as 'global', place, names: this.several(() => this.takeIdentifier('a name')) };
      case 'raise':
        return this.raised();
      case 'del':
        this.index++;
        return {
          kind: 'delete',
          place,
          targets: this.several(() => this.asTarget(this.expression(), this.ahead.offset)),
        };
      case 'import':
      case 'from':
        return this.imports();
      default:
        return this.assignment();
    }
  }

  private several<Item>(one: () => Item): Item[] {
    const items = [one()];
    while (this.take(',')) items.push(one());
    return items;
  }

  private assertion(): CodeStatement {
    const { place } = this;
    this.index++;
    const test = this.expression();
    return { kind: 'assert', place, test, message: this.take(',') ? this.expression() : undefined };
  }

  private jump(kind: 'break' | 'continue'): CodeStatement {
    const { place } = this;
    if (!this.isInLoop) this.lexer.fail({ problem: `'${kind}' outside of a loop` }, this.ahead.offset);
    this.index++;
    return { kind, place };
  }

  private returned(): CodeStatement {
    const { place } = this;
    if (!this.isInFunction) this.lexer.fail({ problem: "'return' outside of a function" }, this.ahead.offset);
    this.index++;
    return { kind: 'return', place, value: this.isStatementEnd ? undefined : this.expressions() };
  }

  private raised(): CodeStatement {
    const { place } = this;
    this.index++;
    const value = this.isStatementEnd ? undefined : this.expression();
    // Where it came from is not told.
    if (this.takeName('from')) this.expression();
    return { kind: 'raise', place, value };
  }

  private imports(): CodeStatement {
    const { place } = this;
    const isFrom = this.takeName('from');
    const module = isFrom ? this.dotted() : undefined;
    this.expectName('import');
    const isBracketed = isFrom && this.take('(');
    const imports = this.several((): CodeImport => {
      const found = module === undefined ? this.dotted() : this.takeIdentifier('a name of the module');
      const name = this.takeName('as') ? this.takeIdentifier('a name') : (found.split('.')[0] ?? found);
      return module === undefined ? { module: found, member: undefined, name } : { module, member: found, name };
    });
    if (isBracketed) this.expect(')');
    return { kind: 'import', place, imports };
  }

  private dotted(): string {
    const names = [this.takeIdentifier('the name of a module')];
    while (this.take('.')) names.push(this.takeIdentifier('the name of a module'));
    return names.join('.');
  }

  /** As a function, or as older scripts have it: values without parentheses, `>>` and a file before them, a comma behind. */
  private print(): CodeStatement {
    const { place } = this;
    const { index } = this;
    this.index++;
    const callee: CodeExpression = { kind: 'name', place, name: 'print' };
    const call = (values: readonly CodeExpression[]): CodeStatement => ({
      kind: 'expression',
      place,
      value: { kind: 'call', place, callee, arguments: values, named: [] },
    });
    if (this.isStatementEnd) return call([]);
    const next = this.ahead;
    if (next.type === 'mark' && (next.text === '(' ? this.isWholeCall() : next.text === '=')) {
      this.index = index;
      return this.assignment();
    }
    if (this.take('>>')) {
      this.expression();
      if (!this.take(',')) return call([]);
    }
    const values = [this.expression()];
    while (this.take(',') && !this.isStatementEnd) values.push(this.expression());
    return call(values);
  }

  /** Whether the parentheses that open here close at the end of the statement. */
  private isWholeCall(): boolean {
    let depth = 0;
    for (let at = this.index; at < this.tokens.length; at++) {
      const { type, text } = this.tokens[at]!;
      if (type !== 'mark') continue;
      if ('([{'.includes(text)) depth++;
      if (!')]}'.includes(text) || --depth > 0) continue;
      const next = this.tokens[at + 1];
      return next === undefined || next.type === 'end' || next.type === 'newline' || next.text === ';';
    }
    return true;
  }

  /** `a = b = value`, `a += value`, or an expression for nothing but its evaluation. */
  private assignment(): CodeStatement {
    const { place } = this;
    const { offset } = this.ahead;
    const first = this.expressions();
    // What stands behind a colon says nothing here.
    if (['name', 'attribute', 'item'].includes(first.kind) && this.take(':')) {
      this.expression();
      if (this.isStatementEnd) return { kind: 'pass', place };
    }
    const operator = this.ahead.type === 'mark' ? AUGMENTED.exec(this.ahead.text)?.[1] : undefined;
    if (operator !== undefined) {
      const target = this.asTarget(first, offset);
      if (target.kind === 'tuple') this.unexpected("'='");
      this.index++;
      return { kind: 'augment', place, target, operator: operator as ArithmeticOperator, value: this.expressions() };
    }
    const values = [first];
    while (this.take('=')) values.push(this.expressions());
    const value = values.pop() ?? first;
    if (values.length === 0) return { kind: 'expression', place, value };
    return { kind: 'assign', place, targets: values.map((each) => this.asTarget(each, offset)), value };
  }
}
