/** Expressions of code, from the weakest operator to the strongest, with Python's precedences. */

import { readCode } from './code-lexer.ts';
import type { StringPart } from './code-string.ts';
import { ARITHMETIC, COMPARISONS, CONSTANTS, CodeTokens } from './code-tokens.ts';
import type {
  CodeClause,
  CodeExpression,
  CodeFormatted,
  CodeParameter,
  CodeTarget,
  ComparisonOperator,
  FunctionTree,
} from './code-tree.ts';

const AN_EXPRESSION = 'an expression: a name, a number, a "string", (…), […] or {…}';

export class ExpressionParser extends CodeTokens {
  /** One expression, or several with commas between them: a tuple. */
  protected expressions(): CodeExpression {
    const first = this.item();
    if (!this.isMark(',')) return first;
    const items = [first];
    while (this.take(',')) {
      if (this.isStatementEnd || this.isMark(')') || this.isMark('=')) break;
      items.push(this.item());
    }
    return { kind: 'tuple', place: first.place, items };
  }

  protected expression(): CodeExpression {
    return this.deeper(() => {
      const { place } = this;
      if (this.isName('yield')) return this.yielded();
      const value = this.isName('lambda') ? this.lambda() : this.conditional();
      if (value.kind !== 'name' || !this.take(':=')) return value;
      return { kind: 'named', place, name: value.name, value: this.expression() };
    });
  }

  /** An expression, or several by a star. */
  protected item(): CodeExpression {
    const { place } = this;
    return this.take('*') ? { kind: 'spread', place, of: this.arithmetic(0) } : this.expression();
  }

  /** Whether the function that is read has a `yield`. */
  protected hasYield = false;

  private yielded(): CodeExpression {
    const { place } = this;
    this.index++;
    this.hasYield = true;
    const isFrom = this.takeName('from');
    const isBare = !isFrom && (this.isStatementEnd || this.isMark(')') || this.isMark('='));
    return { kind: 'yield', place, isFrom, value: isBare ? undefined : this.expressions() };
  }

  private lambda(): CodeExpression {
    const { place } = this;
    this.index++;
    const parameters = this.parameters(':');
    const value = this.expression();
    const tree: FunctionTree = { name: 'lambda', parameters, body: [{ kind: 'return', place, value }], yields: false };
    return { kind: 'lambda', place, function: tree };
  }

  /** `a, b=1, *rest, **names` up to `close`, which is taken; what stands behind a colon says nothing here. */
  protected parameters(close: string): FunctionTree['parameters'] {
    const parameters: CodeParameter[] = [];
    let isNamedOnly = false;
    while (!this.take(close)) {
      const star = this.take('**') ? 'names' : this.take('*') ? 'rest' : 'plain';
      if (star === 'plain' && this.take('/')) isNamedOnly = false;
      else if (star === 'rest' && this.isMark(',')) isNamedOnly = true;
      else {
        const name = this.takeIdentifier('the name of a parameter');
        if (close === ')' && this.take(':')) this.expression();
        const standard = this.take('=') ? this.expression() : undefined;
        parameters.push({ name, kind: star === 'plain' && isNamedOnly ? 'named' : star, standard });
        isNamedOnly ||= star === 'rest';
      }
      if (!this.take(',') && !this.isMark(close)) this.unexpected(`',' or '${close}'`);
    }
    return parameters;
  }

  private conditional(): CodeExpression {
    const then = this.logical('or');
    if (!this.takeName('if')) return then;
    const test = this.logical('or');
    this.expectName('else');
    return { kind: 'conditional', place: then.place, test, then, otherwise: this.expression() };
  }

  private logical(operator: 'or' | 'and'): CodeExpression {
    const operand = () => (operator === 'or' ? this.logical('and') : this.negation());
    const first = operand();
    const operands = [first];
    while (this.takeName(operator)) operands.push(operand());
    return operands.length === 1 ? first : { kind: 'logical', place: first.place, operator, operands };
  }

  private negation(): CodeExpression {
    const { place } = this;
    if (!this.takeName('not')) return this.comparison();
    return { kind: 'unary', place, operator: 'not', operand: this.deeper(() => this.negation()) };
  }

  private comparison(): CodeExpression {
    const first = this.arithmetic(0);
    const operands = [first];
    const operators: ComparisonOperator[] = [];
    for (;;) {
      const operator = this.comparisonOperator();
      if (!operator) break;
      operators.push(operator);
      operands.push(this.arithmetic(0));
    }
    return operators.length === 0 ? first : { kind: 'comparison', place: first.place, operators, operands };
  }

  private comparisonOperator(): ComparisonOperator | undefined {
    if (this.takeName('in')) return 'in';
    if (this.takeName('is')) return this.takeName('not') ? 'is not' : 'is';
    if (this.isName('not') && this.tokens[this.index + 1]?.text === 'in') {
      this.index += 2;
      return 'not in';
    }
    return COMPARISONS.find((mark) => this.take(mark));
  }

  private arithmetic(level: number): CodeExpression {
    const marks = ARITHMETIC[level];
    if (!marks) return this.unary();
    let left = this.arithmetic(level + 1);
    for (;;) {
      const operator = marks.find((mark) => this.take(mark));
      if (!operator) return left;
      this.countOperator();
      left = { kind: 'arithmetic', place: left.place, operator, left, right: this.arithmetic(level + 1) };
    }
  }

  private unary(): CodeExpression {
    const { place } = this;
    const operator = (['-', '+', '~'] as const).find((mark) => this.take(mark));
    return operator ? { kind: 'unary', place, operator, operand: this.deeper(() => this.unary()) } : this.power();
  }

  /** Binds stronger than a sign on its left, weaker than one on its right. */
  private power(): CodeExpression {
    const left = this.trailers();
    if (!this.take('**')) return left;
    return { kind: 'arithmetic', place: left.place, operator: '**', left, right: this.deeper(() => this.unary()) };
  }

  /** What stands behind a value: calls, subscripts, attributes. */
  private trailers(): CodeExpression {
    let value = this.primary();
    for (;;) {
      const { place } = this;
      if (this.take('(')) value = this.call(value);
      else if (this.take('[')) value = this.deeper(() => this.subscript(value));
      else if (this.take('.'))
        value = { kind: 'attribute', place, of: value, name: this.takeIdentifier('the name of an attribute') };
      else return value;
      this.countOperator();
    }
  }

  private call(callee: CodeExpression): CodeExpression {
    const args: CodeExpression[] = [];
    const named: [string, CodeExpression][] = [];
    while (!this.take(')')) {
      const { type, text } = this.ahead;
      const next = this.tokens[this.index + 1];
      if (type === 'name' && next?.type === 'mark' && next.text === '=') {
        this.index += 2;
        named.push([text, this.expression()]);
      } else if (this.take('**')) named.push(['', this.expression()]);
      else if (named.length > 0 && !this.isMark('*')) this.unexpected('name=value, as the argument before it');
      else args.push(this.argument());
      if (!this.take(',') && !this.isMark(')')) this.unexpected("',' or ')'");
    }
    return { kind: 'call', place: callee.place, callee, arguments: args, named };
  }

  /** An expression, or a generator that stands alone in the parentheses. */
  private argument(): CodeExpression {
    const first = this.item();
    return this.isName('for') ? this.comprehension('list', undefined, first) : first;
  }

  private subscript(of: CodeExpression): CodeExpression {
    const { place } = of;
    const bound = () => (this.isMark(':') || this.isMark(']') ? undefined : this.expression());
    const from = bound();
    if (from !== undefined && !this.isMark(':')) {
      const index = this.isMark(',') ? this.tupleFrom(from, ']') : from;
      this.expect(']');
      return { kind: 'item', place, of, index };
    }
    this.expect(':');
    const to = bound();
    const step = this.take(':') ? bound() : undefined;
    this.expect(']');
    return { kind: 'slice', place, of, from, to, step };
  }

  private tupleFrom(first: CodeExpression, close: string): CodeExpression {
    return { kind: 'tuple', place: first.place, items: [first, ...this.further(close)] };
  }

  /** What follows the first of several up to `close`, which stays. */
  private further(close: string): CodeExpression[] {
    const items: CodeExpression[] = [];
    while (this.take(',')) {
      if (this.isMark(close)) break;
      items.push(this.item());
    }
    return items;
  }

  private primary(): CodeExpression {
    const { place } = this;
    const { type, text, value } = this.ahead;
    if (type === 'number') {
      this.index++;
      // A point or an exponent makes a fraction.
      const isFraction = /^[^xX]*[.eE]/.test(text) && Number.isInteger(value);
      return { kind: 'constant', place, value: isFraction ? { kind: 'float', value } : value };
    }
    if (type === 'string') return this.string();
    if (type === 'name') {
      if (this.isReserved) this.unexpected(AN_EXPRESSION);
      this.index++;
      const constant = CONSTANTS.get(text);
      return constant === undefined
        ? { kind: 'name', place, name: text }
        : { kind: 'constant', place, value: constant };
    }
    if (this.take('(')) return this.deeper(() => this.parenthesized());
    if (this.take('[')) return this.deeper(() => this.display('list', ']'));
    if (this.take('{')) return this.deeper(() => this.braces());
    return this.unexpected(AN_EXPRESSION);
  }

  private parenthesized(): CodeExpression {
    const { place } = this;
    if (this.take(')')) return { kind: 'tuple', place, items: [] };
    const first = this.item();
    let value = first;
    if (this.isName('for')) value = this.comprehension('list', undefined, first);
    else if (this.isMark(',')) value = this.tupleFrom(first, ')');
    this.expect(')');
    return value;
  }

  private display(kind: 'list' | 'set', close: string): CodeExpression {
    const { place } = this;
    if (this.take(close)) return { kind, place, items: [] };
    const first = this.item();
    const value: CodeExpression = this.isName('for')
      ? this.comprehension(kind, undefined, first)
      : { kind, place, items: [first, ...this.further(close)] };
    this.expect(close);
    return value;
  }

  /** A dict, or a set when the first has no colon behind it. */
  private braces(): CodeExpression {
    const { place, index } = this;
    if (this.take('}')) return { kind: 'dict', place, entries: [] };
    if (this.isMark('**')) return { kind: 'dict', place, entries: this.entries() };
    const first = this.item();
    if (!this.take(':')) {
      this.index = index;
      return this.display('set', '}');
    }
    const each = this.expression();
    if (this.isName('for')) {
      const made = this.comprehension('dict', first, each);
      this.expect('}');
      return made;
    }
    if (!this.isMark('}')) this.expect(',');
    return { kind: 'dict', place, entries: [[first, each], ...this.entries()] };
  }

  /** `key: value` and `**others` up to the end. */
  private entries(): (readonly [CodeExpression, CodeExpression])[] {
    const entries: (readonly [CodeExpression, CodeExpression])[] = [];
    while (!this.take('}')) {
      const { place } = this;
      const isSpread = this.take('**');
      const key = isSpread ? { kind: 'spread' as const, place, of: this.arithmetic(0) } : this.expression();
      if (!isSpread) this.expect(':');
      entries.push([key, isSpread ? key : this.expression()]);
      if (!this.take(',') && !this.isMark('}')) this.unexpected("',' or '}'");
    }
    return entries;
  }

  private comprehension(
    makes: 'list' | 'set' | 'dict',
    key: CodeExpression | undefined,
    each: CodeExpression,
  ): CodeExpression {
    const clauses: CodeClause[] = [];
    while (this.takeName('for')) {
      this.countOperator();
      const target = this.targets();
      this.expectName('in');
      const over = this.logical('or');
      const tests: CodeExpression[] = [];
      while (this.takeName('if')) tests.push(this.logical('or'));
      clauses.push({ target, over, tests });
    }
    return { kind: 'comprehension', place: each.place, makes, key, each, clauses };
  }

  /** `a`, `a, b`, `(a, b)` before `in`. */
  protected targets(): CodeTarget {
    const { offset } = this.ahead;
    const first = this.arithmetic(0);
    const whole: CodeExpression = this.isMark(',')
      ? { kind: 'tuple', place: first.place, items: [first, ...this.furtherTargets()] }
      : first;
    return this.asTarget(whole, offset);
  }

  private furtherTargets(): CodeExpression[] {
    const items: CodeExpression[] = [];
    while (this.take(',') && !this.isName('in')) items.push(this.arithmetic(0));
    return items;
  }

  /** An expression as something that can be assigned to. */
  protected asTarget(expression: CodeExpression, offset: number): CodeTarget {
    const { place } = expression;
    switch (expression.kind) {
      case 'name':
        return { kind: 'name', place, name: expression.name };
      case 'item':
        return { kind: 'item', place, of: expression.of, index: expression.index };
      case 'attribute':
        return { kind: 'attribute', place, of: expression.of, name: expression.name };
      case 'tuple':
      case 'list': {
        const items = expression.items.map((item) => this.asTarget(item.kind === 'spread' ? item.of : item, offset));
        return { kind: 'tuple', place, items, rest: expression.items.findIndex(({ kind }) => kind === 'spread') };
      }
      default:
        return this.lexer.fail(
          {
            problem: 'this cannot be assigned to',
            expected: 'a name, a[index], a.name, or several with commas between them',
          },
          offset,
        );
    }
  }

  // --- strings ---

  /** One or several beside each other. */
  private string(): CodeExpression {
    const { place } = this;
    const parts: (string | CodeFormatted)[] = [];
    for (; this.ahead.type === 'string'; this.index++) {
      const { text, parts: fields } = this.ahead;
      if (fields === undefined) parts.push(text);
      else parts.push(...this.deeper(() => this.fields(fields)));
    }
    if (parts.every((part) => typeof part === 'string')) return { kind: 'constant', place, value: parts.join('') };
    return { kind: 'formatted', place, parts };
  }

  private fields(parts: readonly StringPart[]): (string | CodeFormatted)[] {
    return parts.map((part) => {
      if (typeof part === 'string') return part;
      const { start, end, conversion, spec } = part;
      const inner = new ExpressionParser(this.lexer, readCode(this.lexer, start, end));
      const value = inner.whole();
      return { value, conversion, spec: this.fields(spec) };
    });
  }

  /** All tokens are one expression. */
  private whole(): CodeExpression {
    const value = this.expressions();
    if (this.ahead.type !== 'end') this.unexpected("'}' behind the expression");
    return value;
  }

  protected get place(): CodeExpression['place'] {
    return this.lexer.placeOf(this.ahead.offset);
  }
}
