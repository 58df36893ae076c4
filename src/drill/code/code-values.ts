/**
 * What names and expressions of code are worth, and what holds of values: truth, equality, order, membership. Numbers are doubles:
 * exact up to 2^53; a fraction that is whole is wrapped, so that it is told from a whole number. Whatever may take long is paid for
 * through a `Budget`.
 */
import { WoshouError } from '../../base/errors.ts';
import type { Place } from '../place.ts';
import type { FunctionTree } from './code-tree.ts';

export type CodeValue =
  | number
  | string
  | boolean
  | null
  | CodeFloat
  | CodeSequence
  | CodeDict
  | CodeCallable
  | CodeModule
  | CodeClass
  | CodeInstance;

/** `4.0`; fractions that are not whole are numbers. */
export interface CodeFloat {
  readonly kind: 'float';
  readonly value: number;
}

/** A class of the script, or an exception that is built in. */
export interface CodeClass {
  readonly kind: 'class';
  readonly name: string;
  readonly bases: readonly CodeClass[];
  readonly members: Map<string, CodeValue>;
}

export interface CodeInstance {
  readonly kind: 'instance';
  readonly of: CodeClass;
  readonly members: Map<string, CodeValue>;
}

/** Lists change, the others do not; a range is its numbers. */
export interface CodeSequence {
  readonly kind: 'tuple' | 'list' | 'set' | 'range';
  readonly items: CodeValue[];
}

/** Entries by `keyOf` their keys, in the order in which they came. */
export interface CodeDict {
  readonly kind: 'dict';
  readonly entries: Map<string | number, { readonly key: CodeValue; value: CodeValue }>;
}

/** A function of the script with the variables around it, or a built-in one by name. */
export type CodeCallable =
  | { readonly kind: 'function'; readonly tree: FunctionTree; readonly scope: CodeScope | null }
  | { readonly kind: 'builtin'; readonly name: string }
  /** A method with the value it is asked of. */
  | { readonly kind: 'bound'; readonly of: CodeValue; readonly name: string; readonly callee: CodeValue }
  /** What `@property`, `@staticmethod` and `@classmethod` make of a function. */
  | {
      readonly kind: 'wrapped';
      readonly name: 'property' | 'staticmethod' | 'classmethod';
      readonly callee: CodeValue;
    };

/** What `import` gives: a name to look attributes up by. */
export interface CodeModule {
  readonly kind: 'module';
  readonly name: string;
}

/** Variables of a function that runs. */
export interface CodeScope {
  readonly variables: Map<string, CodeValue>;
  readonly globals: Set<string>;
  /** Names that belong to a function around this one. */
  readonly outer: Set<string>;
  /** What `yield` has given, of a function that has one. */
  readonly yielded: CodeValue[];
  /** Functions do not see the names of a class around them. */
  readonly isClass: boolean;
  readonly parent: CodeScope | null;
}

/** Work is paid for, so that no code runs for ever. */
export interface Budget {
  /** @throws CodeError when the block has done too much */
  spend(steps: number): void;
}

/** An assertion that does not hold (`ERR_DRILL_ASSERTION`), or code that cannot be evaluated (`ERR_DRILL_CODE`). */
export class CodeError extends WoshouError {
  readonly place: Place;
  /** The exception that `except` may name; null: it is our bounds or our vocabulary that end here, and nothing catches that. */
  readonly exception: string | null;
  /** What `raise` has raised, or the text of an assertion. */
  readonly raised: CodeInstance | string | null;

  constructor(
    code: 'ERR_DRILL_ASSERTION' | 'ERR_DRILL_CODE',
    place: Place,
    message: string,
    exception: string | null,
    raised: CodeInstance | string | null = null,
  ) {
    super(code, message);
    this.place = place;
    this.exception = exception;
    this.raised = raised;
  }
}

/** The code makes no sense at `place`. */
export function failCode(place: Place, message: string, exception: string | null = 'TypeError'): never {
  throw new CodeError('ERR_DRILL_CODE', place, message, exception);
}

/** What Python has and scripts do without. */
export function failUnsupported(place: Place, message: string): never {
  return failCode(place, message, null);
}

/** No string has more characters, no list or dict more items. */
export const MAX_LENGTH = 1 << 16;

export function tupleOf(items: CodeValue[]): CodeSequence {
  return { kind: 'tuple', items };
}

export function listOf(items: CodeValue[]): CodeSequence {
  return { kind: 'list', items };
}

export function isSequence(value: CodeValue): value is CodeSequence {
  return typeof value === 'object' && value !== null && 'items' in value;
}

export function isDict(value: CodeValue): value is CodeDict {
  return typeof value === 'object' && value !== null && value.kind === 'dict';
}

/** A fraction, whole or not. */
export function floatOf(value: number): CodeValue {
  return Number.isInteger(value) ? { kind: 'float', value } : value;
}

/** A fraction, and no whole number. */
export function isFloat(value: CodeValue): boolean {
  return typeof value === 'number' ? !Number.isInteger(value) : isWholeFloat(value);
}

function isWholeFloat(value: CodeValue): value is CodeFloat {
  return typeof value === 'object' && value !== null && value.kind === 'float';
}

/** `a list`, for messages. */
export function kindOf(value: CodeValue): string {
  if (value === null) return 'None';
  if (isWholeFloat(value)) return 'a number';
  if (typeof value === 'object') {
    if (value.kind === 'instance') return `a ${value.of.name}`;
    return ['builtin', 'bound', 'wrapped'].includes(value.kind) ? 'a function' : `a ${value.kind}`;
  }
  return typeof value === 'boolean' ? 'a truth value' : `a ${typeof value}`;
}

export function isTrue(value: CodeValue): boolean {
  if (typeof value !== 'object' || value === null) return Boolean(value);
  if (value.kind === 'float') return value.value !== 0;
  if (isSequence(value)) return value.items.length > 0;
  return isDict(value) ? value.entries.size > 0 : true;
}

export function numberOf(value: CodeValue, place: Place): number {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (isWholeFloat(value)) return value.value;
  return failCode(place, `${typeof value === 'string' ? value : kindOf(value)} is not a number`);
}

/** A whole number, for indexes and counts. */
export function wholeOf(value: CodeValue, place: Place): number {
  const number = numberOf(value, place);
  return Number.isInteger(number) && !isFloat(value) ? number : failCode(place, `${number} is not a whole number`);
}

export function isEqual(left: CodeValue, right: CodeValue, budget: Budget): boolean {
  budget.spend(1);
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) {
    const plain = (value: CodeValue) =>
      typeof value === 'boolean' ? Number(value) : isWholeFloat(value) ? value.value : value;
    return plain(left) === plain(right);
  }
  if (left === right) return true;
  if (isWholeFloat(left)) return isWholeFloat(right) && left.value === right.value;
  if (isSequence(left) && isSequence(right)) {
    if (left.kind !== right.kind || left.items.length !== right.items.length) return false;
    if (left.kind === 'set') return left.items.every((item) => contains(right, item, budget));
    return left.items.every((item, index) => isEqual(item, right.items[index] ?? null, budget));
  }
  if (!isDict(left) || !isDict(right))
    return left.kind === 'builtin' && right.kind === 'builtin' && left.name === right.name;
  if (left.entries.size !== right.entries.size) return false;
  return [...left.entries].every(([key, { value }]) => {
    const other = right.entries.get(key);
    return other !== undefined && isEqual(value, other.value, budget);
  });
}

/** Below zero: `left` is less. Strings with strings, sequences item by item, numbers with numbers. */
export function order(left: CodeValue, right: CodeValue, place: Place, budget: Budget): number {
  budget.spend(1);
  if (typeof left === 'string' && typeof right === 'string') return left < right ? -1 : Number(left > right);
  if (isSequence(left) && isSequence(right) && left.kind === right.kind) {
    for (const [index, item] of left.items.entries()) {
      const other = right.items[index];
      if (other === undefined) return 1;
      if (!isEqual(item, other, budget)) return order(item, other, place, budget);
    }
    return left.items.length - right.items.length;
  }
  return numberOf(left, place) - numberOf(right, place);
}

/** `item in whole`. */
export function isWithin(item: CodeValue, whole: CodeValue, place: Place, budget: Budget): boolean {
  if (typeof whole === 'string') {
    budget.spend(whole.length >> 4);
    return typeof item === 'string' ? whole.includes(item) : failCode(place, `${kindOf(item)} cannot be in a string`);
  }
  if (isDict(whole)) return whole.entries.has(keyOf(item, place, budget));
  if (isSequence(whole)) return contains(whole, item, budget);
  return failCode(place, `nothing is in ${kindOf(whole)}`);
}

function contains({ items }: CodeSequence, item: CodeValue, budget: Budget): boolean {
  return items.some((each) => isEqual(each, item, budget));
}

/** What tells one key of a dict from others. */
export function keyOf(value: CodeValue, place: Place, budget: Budget): string | number {
  budget.spend(1);
  if (typeof value === 'number' || typeof value === 'boolean') return Number(value);
  if (isWholeFloat(value)) return value.value;
  if (typeof value === 'string') return `s${value}`;
  if (value === null) return 'n';
  if (isSequence(value) && value.kind === 'tuple') {
    const key = `(${value.items.map((item) => keyOf(item, place, budget)).join(',')})`;
    return key.length <= MAX_LENGTH ? key : failCode(place, 'the tuple is too large for a key');
  }
  return failCode(place, `${kindOf(value)} cannot be a key`);
}

/** The items of whatever has some: a string's characters, a dict's keys. */
export function itemsOf(value: CodeValue, place: Place, budget: Budget): CodeValue[] {
  let items: CodeValue[];
  if (typeof value === 'string') items = [...value];
  else if (isSequence(value)) items = [...value.items];
  else if (isDict(value)) items = [...value.entries.values()].map(({ key }) => key);
  else return failCode(place, `${kindOf(value)} has no items`);
  budget.spend(items.length >> 3);
  return items;
}

/** Strings and lists do not grow without end. */
export function checkLength(length: number, what: 'string' | 'list' | 'dict', place: Place, budget: Budget): void {
  if (length > MAX_LENGTH) {
    const parts = what === 'string' ? 'characters' : 'items';
    failCode(place, `a ${what} of ${length} ${parts}; ${MAX_LENGTH} are allowed`, null);
  }
  budget.spend(length >> 3);
}
