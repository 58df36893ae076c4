/** What operators make of values: arithmetic on numbers, joining and repeating of strings and sequences, bits, comparisons. */
import type { Place } from '../place.ts';
import type { ArithmeticOperator, ComparisonOperator } from './code-tree.ts';
import {
  type Budget,
  type CodeSequence,
  type CodeValue,
  checkLength,
  failCode,
  floatOf,
  isDict,
  isEqual,
  isFloat,
  isSequence,
  isTrue,
  isWithin,
  kindOf,
  numberOf,
  order,
  wholeOf,
} from './code-values.ts';
import { percentFormat } from './format-code.ts';
import { textOf } from './format-spec.ts';

export function unary(operator: '-' | '+' | '~' | 'not', operand: CodeValue, place: Place): CodeValue {
  if (operator === 'not') return !isTrue(operand);
  const number = numberOf(operand, place);
  if (operator === '~') return Number(~bitsOf(number, place));
  // Zero has no sign.
  const signed = operator === '-' && number !== 0 ? -number : number;
  return isFloat(operand) ? floatOf(signed) : signed;
}

export function compare(
  operator: ComparisonOperator,
  left: CodeValue,
  right: CodeValue,
  place: Place,
  budget: Budget,
): boolean {
  switch (operator) {
    case '==':
      return isEqual(left, right, budget);
    case '!=':
      return !isEqual(left, right, budget);
    case 'in':
      return isWithin(left, right, place, budget);
    case 'not in':
      return !isWithin(left, right, place, budget);
    case 'is':
    case 'is not':
      return (left === right) === (operator === 'is');
    default: {
      const difference = order(left, right, place, budget);
      if (operator === '<') return difference < 0;
      if (operator === '<=') return difference <= 0;
      return operator === '>' ? difference > 0 : difference >= 0;
    }
  }
}

export function arithmetic(
  operator: ArithmeticOperator,
  left: CodeValue,
  right: CodeValue,
  place: Place,
  budget: Budget,
): CodeValue {
  if (typeof left === 'string') return withString(operator, left, right, place, budget);
  if (operator === '*' && typeof right === 'string') return repeated(right, left, place, budget);
  if (isSequence(left) || (operator === '*' && isSequence(right)))
    return withSequence(operator, left, right, place, budget);
  if (typeof left === 'boolean' && typeof right === 'boolean' && '&|^'.includes(operator))
    return operator === '&' ? left && right : operator === '|' ? left || right : left !== right;
  const result = calculate(operator, numberOf(left, place), numberOf(right, place), place);
  if (!Number.isFinite(result)) return failCode(place, `the result of ${operator} is too large`, 'OverflowError');
  const isFraction = operator === '/' || isFloat(left) || isFloat(right);
  return isFraction ? floatOf(result) : result;
}

function withString(
  operator: ArithmeticOperator,
  left: string,
  right: CodeValue,
  place: Place,
  budget: Budget,
): CodeValue {
  if (operator === '*') return repeated(left, right, place, budget);
  let result: string | { readonly problem: string };
  if (operator === '%') result = percentFormat(left, right);
  else if (operator === '+' && typeof right === 'string') result = left + right;
  else {
    const advice = 'a string takes + and another string, * and a number, or % and values';
    return failCode(place, `a string and ${textOf(right)} cannot be joined by ${operator}; ${advice}`);
  }
  if (typeof result !== 'string') return failCode(place, result.problem);
  checkLength(result.length, 'string', place, budget);
  return result;
}

function repeated(text: string, count: CodeValue, place: Place, budget: Budget): string {
  const times = Math.max(0, wholeOf(count, place));
  checkLength(text.length * times, 'string', place, budget);
  return text.repeat(times);
}

function withSequence(
  operator: ArithmeticOperator,
  left: CodeValue,
  right: CodeValue,
  place: Place,
  budget: Budget,
): CodeValue {
  if (operator === '*') {
    const [whole, count] = isSequence(left) ? [left, right] : [right as CodeSequence, left];
    const times = Math.max(0, wholeOf(count, place));
    checkLength(whole.items.length * times, 'list', place, budget);
    return { kind: whole.kind, items: Array.from({ length: times }, () => whole.items).flat() };
  }
  if (isSequence(left) && isSequence(right) && left.kind === right.kind) {
    const joined = joinSequences(operator, left, right, budget);
    if (joined !== undefined) {
      checkLength(joined.length, 'list', place, budget);
      return { kind: left.kind, items: joined };
    }
  }
  return failCode(place, `${kindOf(left)} and ${kindOf(right)} cannot be joined by ${operator}`);
}

function joinSequences(
  operator: ArithmeticOperator,
  left: CodeSequence,
  right: CodeSequence,
  budget: Budget,
): CodeValue[] | undefined {
  if (left.kind !== 'set') return operator === '+' ? [...left.items, ...right.items] : undefined;
  const isIn = (item: CodeValue, { items }: CodeSequence) => items.some((each) => isEqual(each, item, budget));
  switch (operator) {
    case '|':
      return [...left.items, ...right.items.filter((item) => !isIn(item, left))];
    case '&':
      return left.items.filter((item) => isIn(item, right));
    case '-':
      return left.items.filter((item) => !isIn(item, right));
    default:
      return undefined;
  }
}

function calculate(operator: ArithmeticOperator, left: number, right: number, place: Place): number {
  if (right === 0 && ['/', '//', '%'].includes(operator))
    return failCode(place, 'division by zero', 'ZeroDivisionError');
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
    case '**':
      return power(left, right, place);
    default:
      return Number(bitwise(operator, bitsOf(left, place), bitsOf(right, place), place));
  }
}

function power(left: number, right: number, place: Place): number {
  if (left === 0 && right < 0) return failCode(place, 'division by zero', 'ZeroDivisionError');
  const result = left ** right;
  return Number.isNaN(result) ? failCode(place, `${left} ** ${right} is no number`) : result;
}

function bitwise(operator: '&' | '|' | '^' | '<<' | '>>', left: bigint, right: bigint, place: Place): bigint {
  if (operator === '&') return left & right;
  if (operator === '|') return left | right;
  if (operator === '^') return left ^ right;
  if (right < 0n || (operator === '<<' && right > 64n))
    return failCode(place, `a shift by ${right}; 0 to 64 are allowed`);
  return operator === '<<' ? left << right : left >> right;
}

function bitsOf(value: number, place: Place): bigint {
  if (Number.isInteger(value)) return BigInt(value);
  return failCode(place, `${value} is not a whole number, and has no bits to work on`);
}

/** The place of an index in a whole of so many items: negative ones count from the end. */
export function indexIn(length: number, index: CodeValue, place: Place): number {
  const given = wholeOf(index, place);
  const at = given < 0 ? given + length : given;
  return at >= 0 && at < length
    ? at
    : failCode(place, `the index ${given} is out of range, there are ${length}`, 'IndexError');
}

/** `whole[from:to:step]`. */
export function slice(
  whole: CodeValue,
  bounds: readonly (CodeValue | undefined)[],
  place: Place,
  budget: Budget,
): CodeValue {
  if (isDict(whole)) return failCode(place, 'a dict has no slices');
  const items = typeof whole === 'string' ? [...whole] : isSequence(whole) ? whole.items : undefined;
  if (items === undefined) return failCode(place, `${kindOf(whole)} has no slices`);
  const [from, to, step] = bounds.map((bound) => (bound == null ? undefined : wholeOf(bound, place)));
  const by = step ?? 1;
  if (by === 0) return failCode(place, 'a step of 0');
  const clamp = (bound: number): number => {
    const at = bound < 0 ? bound + items.length : bound;
    return by > 0 ? Math.min(Math.max(at, 0), items.length) : Math.min(Math.max(at, -1), items.length - 1);
  };
  const start = from === undefined ? (by > 0 ? 0 : items.length - 1) : clamp(from);
  const end = to === undefined ? (by > 0 ? items.length : -1) : clamp(to);
  const taken: CodeValue[] = [];
  for (let at = start; by > 0 ? at < end : at > end; at += by) taken.push(items[at] ?? null);
  budget.spend(taken.length >> 3);
  if (typeof whole === 'string') return taken.join('');
  return isSequence(whole) ? { kind: whole.kind === 'range' ? 'list' : whole.kind, items: taken } : null;
}
