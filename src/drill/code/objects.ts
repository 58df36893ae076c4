/** Classes, instances and exceptions: who descends from whom, who has which member, and what an exception says. */
import type { Place } from '../place.ts';
import {
  type CodeClass,
  CodeError,
  type CodeInstance,
  type CodeValue,
  failCode,
  isSequence,
  tupleOf,
} from './code-values.ts';
import { textOf } from './format-spec.ts';

/** Each exception and what it is a kind of. */
const FAMILY: readonly (readonly [name: string, base: string])[] = [
  ['BaseException', ''],
  ['Exception', 'BaseException'],
  ['SystemExit', 'BaseException'],
  ['AssertionError', 'Exception'],
  ['ArithmeticError', 'Exception'],
  ['ZeroDivisionError', 'ArithmeticError'],
  ['OverflowError', 'ArithmeticError'],
  ['LookupError', 'Exception'],
  ['KeyError', 'LookupError'],
  ['IndexError', 'LookupError'],
  ['ValueError', 'Exception'],
  ['TypeError', 'Exception'],
  ['NameError', 'Exception'],
  ['AttributeError', 'Exception'],
  ['RuntimeError', 'Exception'],
  ['NotImplementedError', 'RuntimeError'],
  ['OSError', 'Exception'],
  ['ImportError', 'Exception'],
  ['StopIteration', 'Exception'],
];

export const EXCEPTIONS: ReadonlyMap<string, CodeClass> = family();

function family(): Map<string, CodeClass> {
  const made = new Map<string, CodeClass>();
  for (const [name, base] of FAMILY) {
    const parent = made.get(base);
    made.set(name, { kind: 'class', name, bases: parent === undefined ? [] : [parent], members: new Map() });
  }
  return made;
}

export function descendsFrom(one: CodeClass, base: CodeClass): boolean {
  return one === base || one.bases.some((each) => descendsFrom(each, base));
}

/** A member of a class or of what it descends from. */
export function memberOf(one: CodeClass, name: string): CodeValue | undefined {
  const own = one.members.get(name);
  if (own !== undefined || one.members.has(name)) return own;
  for (const base of one.bases) {
    const found = memberOf(base, name);
    if (found !== undefined) return found;
  }
  return undefined;
}

export function isInstance(value: CodeValue): value is CodeInstance {
  return typeof value === 'object' && value !== null && value.kind === 'instance';
}

export function isClass(value: CodeValue): value is CodeClass {
  return typeof value === 'object' && value !== null && value.kind === 'class';
}

function isException(one: CodeClass): boolean {
  return descendsFrom(one, EXCEPTIONS.get('BaseException') ?? one);
}

/** A new instance; an exception keeps what it is made of. */
export function newInstance(of: CodeClass, values: readonly CodeValue[]): CodeInstance {
  const members = new Map<string, CodeValue>();
  if (isException(of)) members.set('args', tupleOf([...values]));
  return { kind: 'instance', of, members };
}

/** What `str()` makes of an exception. */
function exceptionText({ members }: CodeInstance): string {
  const args = members.get('args');
  const items = args !== undefined && isSequence(args) ? args.items : [];
  return items.length === 1 ? textOf(items[0] ?? null) : items.length === 0 ? '' : textOf(args ?? null);
}

/** `str(exception)`; undefined for anything else. */
export function textOfException(value: CodeValue): string | undefined {
  return isInstance(value) && isException(value.of) ? exceptionText(value) : undefined;
}

/** `raise value`. */
export function raise(value: CodeValue, place: Place): never {
  const instance = isClass(value) ? newInstance(value, []) : value;
  if (!isInstance(instance) || !isException(instance.of)) return failCode(place, 'only exceptions can be raised');
  const isAssertion = instance.of.name === 'AssertionError';
  const text = exceptionText(instance);
  const message = `${isAssertion ? 'assertion failed' : instance.of.name}${text === '' ? '' : `: ${text}`}`;
  throw new CodeError(
    isAssertion ? 'ERR_DRILL_ASSERTION' : 'ERR_DRILL_CODE',
    place,
    message,
    instance.of.name,
    instance,
  );
}

/** The exception an error is; null: nothing catches it. */
export function exceptionOf(error: CodeError): CodeInstance | null {
  if (error.raised !== null && typeof error.raised === 'object') return error.raised;
  const of = EXCEPTIONS.get(error.exception ?? '');
  return of === undefined ? null : newInstance(of, error.raised === '' ? [] : [error.raised ?? error.message]);
}

/** Whether `except expected` takes it: a class, or several. */
export function isCaughtBy(exception: CodeInstance, expected: CodeValue, place: Place): boolean {
  if (isClass(expected)) return descendsFrom(exception.of, expected);
  if (isSequence(expected)) return expected.items.some((each) => isCaughtBy(exception, each, place));
  return failCode(place, 'except takes a class of exceptions, or several');
}

/** Names of types as `type()` and `isinstance()` know them. */
export function typeName(value: CodeValue): string {
  if (value === null) return 'NoneType';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'str';
  return value.kind;
}

/** `isinstance(value, expected)`. */
export function isOfType(value: CodeValue, expected: CodeValue, place: Place): boolean {
  if (isSequence(expected)) return expected.items.some((each) => isOfType(value, each, place));
  if (isClass(expected)) return isInstance(value) && descendsFrom(value.of, expected);
  if (typeof expected !== 'object' || expected === null || expected.kind !== 'builtin')
    return failCode(place, 'isinstance takes a type, or several');
  const name = typeName(value);
  return expected.name === name || expected.name === 'object' || (expected.name === 'int' && name === 'bool');
}
