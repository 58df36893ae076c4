/**
 * Runs the code of `%{ … }%` blocks as one program: variables live from block to block, the captured fields of a block hide
 * variables of the same name. Numbers are doubles: exact up to 2^53. There are no loops, so time is linear in the code.
 */
import { WoshouError } from '../base/errors.ts';
import type { Place } from './ast.ts';
import type { ArithmeticOperator, CodeExpression, CodeStatement, CodeValue, ComparisonOperator } from './code-ast.ts';
import { formatText, MAX_TEXT, textOf } from './format-code.ts';

/** An assertion that does not hold (`ERR_DRILL_ASSERTION`), or code that cannot be evaluated (`ERR_DRILL_CODE`). */
export class CodeError extends WoshouError {
  readonly place: Place;

  constructor(code: 'ERR_DRILL_ASSERTION' | 'ERR_DRILL_CODE', place: Place, message: string) {
    super(code, message);
    this.place = place;
  }
}

/** What a program has kept so far. */
export interface CodeState {
  readonly variables: Map<string, CodeValue>;
}

/** No string grows beyond this, whatever is added to itself. */
const MAX_STRING = 4096;

/**
 * Runs one block. `names` are the fields and constants captured for it; `print` receives each line without its end.
 * Throws CodeError at the first assertion that fails or expression that makes no sense.
 */
export function runCode(
  statements: readonly CodeStatement[],
  names: ReadonlyMap<string, CodeValue>,
  state: CodeState,
  print: (line: string) => void,
): void {
  for (const name of names.keys()) state.variables.delete(name);
  const scope: Scope = { names, variables: state.variables };
  for (const statement of statements) {
    if (statement.kind === 'assert') checkAssertion(statement, scope);
    else if (statement.kind === 'print') print(printedLine(statement, scope));
    else {
      const value = evaluate(statement.value, scope);
      if (statement.kind === 'assign') state.variables.set(statement.name, value);
    }
  }
}

interface Scope {
  readonly names: ReadonlyMap<string, CodeValue>;
  readonly variables: ReadonlyMap<string, CodeValue>;
}

function printedLine({ values, place }: CodeStatement & { kind: 'print' }, scope: Scope): string {
  let line = '';
  for (const [index, value] of values.entries()) {
    line += (index === 0 ? '' : ' ') + textOf(evaluate(value, scope));
    if (line.length > MAX_TEXT)
      throw new CodeError('ERR_DRILL_CODE', place, `a line of more than ${MAX_TEXT} characters is printed`);
  }
  return line;
}

function checkAssertion(statement: CodeStatement & { kind: 'assert' }, scope: Scope): void {
  const { test, message, place } = statement;
  if (isTrue(evaluate(test, scope))) return;
  const parts = ['assertion failed'];
  const pair = test.kind === 'comparison' ? failingPair(test, scope) : undefined;
  if (pair) parts.push(`${textOf(pair.left)} ${pair.operator} ${textOf(pair.right)}`);
  if (message) parts.push(textOf(evaluate(message, scope)));
  throw new CodeError('ERR_DRILL_ASSERTION', place, parts.join(': '));
}

function evaluate(expression: CodeExpression, scope: Scope): CodeValue {
  switch (expression.kind) {
    case 'constant':
      return expression.value;
    case 'name':
      return lookUp(expression.name, expression.place, scope);
    case 'tuple':
      return expression.items.map((item) => tupleItem(item, scope));
    case 'unary':
      return unary(expression.operator, evaluate(expression.operand, scope), expression.place);
    case 'arithmetic':
      return arithmetic(expression, evaluate(expression.left, scope), evaluate(expression.right, scope));
    case 'logical':
      return logical(expression, scope);
    case 'comparison':
      return failingPair(expression, scope) === undefined;
    case 'call':
      return callFunction(
        expression.name,
        expression.arguments.map((value) => evaluate(value, scope)),
        expression.place,
      );
  }
}

/** A tuple holds no tuple: otherwise one put twice into the next would grow without bounds. */
function tupleItem(item: CodeExpression, scope: Scope): CodeValue {
  const value = evaluate(item, scope);
  if (!Array.isArray(value)) return value;
  throw new CodeError('ERR_DRILL_CODE', item.place, 'a tuple within a tuple is not supported');
}

function lookUp(name: string, place: Place, { names, variables }: Scope): CodeValue {
  const variable = variables.get(name);
  const value = variable === undefined ? names.get(name) : variable;
  if (value !== undefined) return value;
  throw new CodeError(
    'ERR_DRILL_CODE',
    place,
    `the name '${name}' has no value here: it is no captured field and no variable`,
  );
}

function unary(operator: '-' | '+' | '~' | 'not', operand: CodeValue, place: Place): CodeValue {
  if (operator === 'not') return !isTrue(operand);
  const number = numberOf(operand, place);
  if (operator === '~') return Number(~bitsOf(number, place));
  // Zero has no sign.
  return operator === '-' && number !== 0 ? -number : number;
}

function logical({ operator, operands }: CodeExpression & { kind: 'logical' }, scope: Scope): CodeValue {
  let value: CodeValue = null;
  for (const operand of operands) {
    value = evaluate(operand, scope);
    if (isTrue(value) === (operator === 'or')) return value;
  }
  return value;
}

interface Pair {
  readonly left: CodeValue;
  readonly operator: ComparisonOperator;
  readonly right: CodeValue;
}

/** The first neighbours that do not compare as they should; what follows them is not evaluated. */
function failingPair(
  { operators, operands, place }: CodeExpression & { kind: 'comparison' },
  scope: Scope,
): Pair | undefined {
  let left = evaluate(operands[0]!, scope);
  for (const [index, operator] of operators.entries()) {
    const right = evaluate(operands[index + 1]!, scope);
    if (!compare(operator, left, right, place)) return { left, operator, right };
    left = right;
  }
  return undefined;
}

function compare(operator: ComparisonOperator, left: CodeValue, right: CodeValue, place: Place): boolean {
  if (operator === '==') return isEqual(left, right);
  if (operator === '!=') return !isEqual(left, right);
  const areStrings = typeof left === 'string' && typeof right === 'string';
  const [a, b] = areStrings ? [left, right] : [numberOf(left, place), numberOf(right, place)];
  if (operator === '<') return a < b;
  if (operator === '<=') return a <= b;
  return operator === '>' ? a > b : a >= b;
}

function isEqual(left: CodeValue, right: CodeValue): boolean {
  if (Array.isArray(left) && Array.isArray(right))
    return left.length === right.length && left.every((item, index) => isEqual(item, right[index]!));
  const plain = (value: CodeValue) => (typeof value === 'boolean' ? Number(value) : value);
  return plain(left) === plain(right);
}

function arithmetic(
  { operator, place }: { readonly operator: ArithmeticOperator; readonly place: Place },
  left: CodeValue,
  right: CodeValue,
): CodeValue {
  if (typeof left === 'string') return stringArithmetic(operator, left, right, place);
  const result = calculate(operator, numberOf(left, place), numberOf(right, place), place);
  if (!Number.isFinite(result)) throw new CodeError('ERR_DRILL_CODE', place, `the result of ${operator} is too large`);
  return result;
}

function stringArithmetic(operator: ArithmeticOperator, left: string, right: CodeValue, place: Place): string {
  const fail = (problem: string) => new CodeError('ERR_DRILL_CODE', place, problem);
  if (operator !== '%' && !(operator === '+' && typeof right === 'string'))
    throw fail(
      `a string and ${textOf(right)} cannot be joined by ${operator}; a string takes + and another string, or % and values`,
    );
  const result = operator === '+' ? left + textOf(right) : formatText(left, Array.isArray(right) ? right : [right]);
  if (typeof result !== 'string') throw fail(result.problem);
  if (result.length > MAX_STRING) throw fail(`a string of ${result.length} characters; ${MAX_STRING} are allowed`);
  return result;
}

function calculate(operator: ArithmeticOperator, left: number, right: number, place: Place): number {
  if (right === 0 && ['/', '//', '%'].includes(operator))
    throw new CodeError('ERR_DRILL_CODE', place, 'division by zero');
  switch (operator) {
    case '+':
      return left + right;
    case '-':
      return left - right;
    case '*':
      return left * right;
    case '/':
      return left / right;
    case '//':
      return Math.floor(left / right);
    case '%':
      // The sign is the divisor's.
      return left - Math.floor(left / right) * right;
    default:
      return Number(bitwise(operator, bitsOf(left, place), bitsOf(right, place), place));
  }
}

function bitwise(operator: '&' | '|' | '^' | '<<' | '>>', left: bigint, right: bigint, place: Place): bigint {
  if (operator === '&') return left & right;
  if (operator === '|') return left | right;
  if (operator === '^') return left ^ right;
  if (right < 0n || right > 64n)
    throw new CodeError('ERR_DRILL_CODE', place, `a shift by ${right}; 0 to 64 are allowed`);
  return operator === '<<' ? left << right : left >> right;
}

function callFunction(name: string, values: readonly CodeValue[], place: Place): CodeValue {
  const numbers = values.map((value) => numberOf(value, place));
  const wanted = name === 'abs' || name === 'int' ? 'one argument' : 'arguments';
  if (wanted === 'one argument' ? numbers.length !== 1 : numbers.length === 0)
    throw new CodeError('ERR_DRILL_CODE', place, `${name} takes ${wanted}, got ${numbers.length}`);
  if (name === 'abs') return Math.abs(numbers[0]!);
  if (name === 'int') return Math.trunc(numbers[0]!);
  // Not spread into Math.min: the number of arguments is the script's.
  return numbers.reduce((best, number) => (name === 'min' ? Math.min(best, number) : Math.max(best, number)));
}

function isTrue(value: CodeValue): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}

function numberOf(value: CodeValue, place: Place): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  throw new CodeError('ERR_DRILL_CODE', place, `${textOf(value)} is not a number`);
}

function bitsOf(value: number, place: Place): bigint {
  if (Number.isInteger(value)) return BigInt(value);
  throw new CodeError('ERR_DRILL_CODE', place, `${value} is not a whole number, and has no bits to work on`);
}
