/** The functions code finds without an import, those of `math`, and what little of `sys` scripts use. */
import type { Place } from '../place.ts';
import {
  type Budget,
  type CodeValue,
  checkLength,
  failCode,
  isDict,
  isEqual,
  isSequence,
  isTrue,
  itemsOf,
  keyOf,
  kindOf,
  listOf,
  numberOf,
  order,
  tupleOf,
  wholeOf,
} from './code-values.ts';
import { formatValue, numberBy, shownText, textOf } from './format-spec.ts';
import { arithmetic } from './operators.ts';

/** What a function may need of who runs it. */
export interface Caller extends Budget {
  /** Text without a line's end of its own. */
  write(text: string, place: Place): void;
  call(callee: CodeValue, values: readonly CodeValue[], place: Place): CodeValue;
}

/** The values a function is called with. */
export class CallValues {
  readonly name: string;
  readonly values: readonly CodeValue[];
  readonly named: ReadonlyMap<string, CodeValue>;
  readonly place: Place;

  constructor(name: string, values: readonly CodeValue[], named: ReadonlyMap<string, CodeValue>, place: Place) {
    this.name = name;
    this.values = values;
    this.named = named;
    this.place = place;
  }

  at(index: number): CodeValue {
    const value = this.values[index];
    return value === undefined
      ? failCode(this.place, `${this.name} takes more than ${this.values.length} arguments`)
      : value;
  }

  number(index: number): number {
    return numberOf(this.at(index), this.place);
  }

  /** @throws CodeError unless there are so many, and no names but the given ones */
  expect(least: number, most: number, ...names: readonly string[]): void {
    const count = this.values.length;
    if (count < least || count > most) {
      const many = ['no arguments', 'one argument'][most] ?? `${most} arguments`;
      const wanted = least === most ? many : most > 9 ? 'arguments' : `${least} to ${most} arguments`;
      failCode(this.place, `${this.name} takes ${wanted}, got ${count}`);
    }
    for (const name of this.named.keys())
      if (!names.includes(name)) failCode(this.place, `${this.name} takes no argument named '${name}' here`);
  }
}

type Builtin = (args: CallValues, caller: Caller) => CodeValue;

const ANY = Number.MAX_SAFE_INTEGER;
const RADIX: Readonly<Record<string, [type: string, name: string]>> = {
  hex: ['x', 'hex'],
  oct: ['o', 'oct'],
  bin: ['b', 'bin'],
};

const BUILTINS: Readonly<Record<string, Builtin>> = {
  print(args, caller) {
    args.expect(0, ANY, 'sep', 'end', 'file', 'flush');
    const between = textOf(args.named.get('sep') ?? ' ');
    let text = '';
    for (const [index, value] of args.values.entries()) {
      text += (index === 0 ? '' : between) + textOf(value);
      if (text.length > 1 << 16) failCode(args.place, 'a line of more than 65536 characters is printed');
    }
    caller.write(text + textOf(args.named.get('end') ?? '\n'), args.place);
    return null;
  },
  len(args) {
    args.expect(1, 1);
    const value = args.at(0);
    if (typeof value === 'string') return value.length;
    if (isSequence(value)) return value.items.length;
    return isDict(value) ? value.entries.size : failCode(args.place, `${kindOf(value)} has no length`);
  },
  abs(args) {
    args.expect(1, 1);
    return Math.abs(args.number(0));
  },
  min: (args, caller) => extreme(args, caller, -1),
  max: (args, caller) => extreme(args, caller, 1),
  sum(args, caller) {
    args.expect(1, 2);
    const items = itemsOf(args.at(0), args.place, caller);
    const start = args.values[1] ?? 0;
    return items.reduce((sum, item) => arithmetic('+', sum, item, args.place, caller), start);
  },
  round(args) {
    args.expect(1, 2);
    const scale = 10 ** (args.values[1] == null ? 0 : wholeOf(args.at(1), args.place));
    const scaled = args.number(0) * scale;
    const below = Math.floor(scaled);
    // Halves go to the even neighbour.
    const isHalf = scaled - below === 0.5;
    return (isHalf ? below + (Math.abs(below) % 2) : Math.round(scaled)) / scale;
  },
  int(args) {
    args.expect(0, 2);
    const value = args.values[0] ?? 0;
    if (typeof value === 'string') return parsedInteger(value, args);
    return Math.trunc(numberOf(value, args.place));
  },
  float(args) {
    args.expect(0, 1);
    const value = args.values[0] ?? 0;
    if (typeof value !== 'string') return numberOf(value, args.place);
    const text = value.trim().replace(/^([-+]?)inf(?:inity)?$/i, '$1Infinity');
    const number = text === '' ? Number.NaN : Number(text);
    return Number.isNaN(number) ? failCode(args.place, `'${value}' is not a number`) : number;
  },
  str(args) {
    args.expect(0, 1);
    return args.values.length === 0 ? '' : textOf(args.at(0));
  },
  repr(args) {
    args.expect(1, 1);
    return shownText(args.at(0));
  },
  format(args) {
    args.expect(1, 2);
    const made = formatValue(args.at(0), textOf(args.values[1] ?? ''));
    return typeof made === 'string' ? made : failCode(args.place, made.problem);
  },
  bool(args) {
    args.expect(0, 1);
    return isTrue(args.values[0] ?? false);
  },
  hex: inRadix,
  oct: inRadix,
  bin: inRadix,
  chr(args) {
    args.expect(1, 1);
    return String.fromCodePoint(Math.min(0x10_ffff, Math.max(0, wholeOf(args.at(0), args.place))));
  },
  ord(args) {
    args.expect(1, 1);
    return textOf(args.at(0)).codePointAt(0) ?? failCode(args.place, 'ord takes one character');
  },
  pow(args, caller) {
    args.expect(2, 2);
    return arithmetic('**', args.at(0), args.at(1), args.place, caller);
  },
  divmod(args, caller) {
    args.expect(2, 2);
    const [left, right] = [args.at(0), args.at(1)];
    return tupleOf([
      arithmetic('//', left, right, args.place, caller),
      arithmetic('%', left, right, args.place, caller),
    ]);
  },
  range(args, caller) {
    args.expect(1, 3);
    const numbers = args.values.map((value) => wholeOf(value, args.place));
    const [start = 0, end = 0, step = 1] = numbers.length === 1 ? [0, ...numbers] : numbers;
    if (step === 0) failCode(args.place, 'a step of 0');
    const count = Math.max(0, Math.ceil((end - start) / step));
    checkLength(count, 'list', args.place, caller);
    return { kind: 'range', items: Array.from({ length: count }, (_, index) => start + index * step) };
  },
  list: (args, caller) => listOf(itemsGiven(args, caller)),
  tuple: (args, caller) => tupleOf(itemsGiven(args, caller)),
  set: (args, caller) => ({ kind: 'set', items: distinct(itemsGiven(args, caller), caller) }),
  dict(args, caller) {
    args.expect(0, 1, ...args.named.keys());
    const given = args.values[0];
    const entries = new Map(given !== undefined && isDict(given) ? given.entries : []);
    if (given !== undefined && !isDict(given)) {
      for (const pair of itemsOf(given, args.place, caller)) {
        const [key = null, value = null] = itemsOf(pair, args.place, caller);
        entries.set(keyOf(key, args.place, caller), { key, value });
      }
    }
    for (const [key, value] of args.named) entries.set(`s${key}`, { key, value });
    return { kind: 'dict', entries };
  },
  sorted(args, caller) {
    args.expect(1, 1, 'key', 'reverse');
    return listOf(sortedItems(itemsOf(args.at(0), args.place, caller), args, caller));
  },
  reversed(args, caller) {
    args.expect(1, 1);
    return listOf(itemsOf(args.at(0), args.place, caller).reverse());
  },
  enumerate(args, caller) {
    args.expect(1, 2, 'start');
    const start = numberOf(args.values[1] ?? args.named.get('start') ?? 0, args.place);
    return listOf(itemsOf(args.at(0), args.place, caller).map((item, index) => tupleOf([start + index, item])));
  },
  zip(args, caller) {
    args.expect(1, ANY);
    const lists = args.values.map((value) => itemsOf(value, args.place, caller));
    const length = Math.min(...lists.map((items) => items.length).slice(0, 64));
    return listOf(Array.from({ length }, (_, at) => tupleOf(lists.map((items) => items[at] ?? null))));
  },
  map(args, caller) {
    args.expect(2, 2);
    return listOf(itemsOf(args.at(1), args.place, caller).map((item) => caller.call(args.at(0), [item], args.place)));
  },
  filter(args, caller) {
    args.expect(2, 2);
    const test = args.at(0);
    const isKept = (item: CodeValue) => isTrue(test === null ? item : caller.call(test, [item], args.place));
    return listOf(itemsOf(args.at(1), args.place, caller).filter(isKept));
  },
  any(args, caller) {
    args.expect(1, 1);
    return itemsOf(args.at(0), args.place, caller).some(isTrue);
  },
  all(args, caller) {
    args.expect(1, 1);
    return itemsOf(args.at(0), args.place, caller).every(isTrue);
  },
};

function inRadix(args: CallValues): CodeValue {
  args.expect(1, 1);
  const [type = 'x'] = RADIX[args.name] ?? [];
  return numberBy(type, wholeOf(args.at(0), args.place), undefined, true) ?? '';
}

function itemsGiven(args: CallValues, caller: Caller): CodeValue[] {
  args.expect(0, 1);
  return args.values.length === 0 ? [] : itemsOf(args.at(0), args.place, caller);
}

/** Each once, in the order in which they came. */
export function distinct(items: readonly CodeValue[], budget: Budget): CodeValue[] {
  const kept: CodeValue[] = [];
  for (const item of items) if (!kept.some((each) => isEqual(each, item, budget))) kept.push(item);
  return kept;
}

/** In order, by `key` and `reverse` where they are given. */
export function sortedItems(items: CodeValue[], args: CallValues, caller: Caller): CodeValue[] {
  const key = args.named.get('key') ?? null;
  const pairs = items.map((item) => ({ item, rank: key === null ? item : caller.call(key, [item], args.place) }));
  pairs.sort((a, b) => order(a.rank, b.rank, args.place, caller));
  if (isTrue(args.named.get('reverse') ?? false)) pairs.reverse();
  return pairs.map(({ item }) => item);
}

function extreme(args: CallValues, caller: Caller, sign: 1 | -1): CodeValue {
  args.expect(1, ANY, 'key', 'default');
  const [first = null] = args.values;
  const items =
    args.values.length === 1 && typeof first !== 'number' ? itemsOf(first, args.place, caller) : args.values;
  const key = args.named.get('key') ?? null;
  const rank = (value: CodeValue) => (key === null ? value : caller.call(key, [value], args.place));
  const standard = args.named.get('default');
  if (items.length === 0) return standard ?? failCode(args.place, `${args.name} of nothing`);
  return items.reduce((best, item) => (order(rank(item), rank(best), args.place, caller) * sign > 0 ? item : best));
}

function parsedInteger(text: string, args: CallValues): number {
  const radix = args.values[1] === undefined ? 10 : args.number(1);
  const bare = text.trim().replaceAll('_', '').toLowerCase();
  const [, sign = '', prefix = '', digits = ''] = /^([-+]?)(0[xob])?([0-9a-z]+)$/.exec(bare) ?? [];
  const base = radix === 0 ? ({ '0x': 16, '0o': 8, '0b': 2 }[prefix] ?? 10) : radix;
  const isRight =
    base >= 2 && base <= 36 && digits !== '' && [...digits].every((digit) => Number.parseInt(digit, 36) < base);
  if (!isRight || (prefix !== '' && radix === 10))
    return failCode(args.place, `'${text}' is not a number of base ${base}`);
  return Number.parseInt(digits, base) * (sign === '-' ? -1 : 1);
}

/** Functions of one number. */
const MATH: Readonly<Record<string, (value: number) => number>> = {
  floor: Math.floor,
  ceil: Math.ceil,
  trunc: Math.trunc,
  sqrt: Math.sqrt,
  fabs: Math.abs,
  exp: Math.exp,
  log2: Math.log2,
  log10: Math.log10,
};
const MATH_CONSTANTS: Readonly<Record<string, number>> = { pi: Math.PI, e: Math.E, inf: Number.POSITIVE_INFINITY };

function ofMath(args: CallValues): CodeValue {
  const name = args.name.slice('math.'.length);
  if (name === 'isclose') {
    args.expect(2, 2, 'rel_tol', 'abs_tol');
    const [left, right] = [args.number(0), args.number(1)];
    const relative =
      numberOf(args.named.get('rel_tol') ?? 1e-9, args.place) * Math.max(Math.abs(left), Math.abs(right));
    return Math.abs(left - right) <= Math.max(relative, numberOf(args.named.get('abs_tol') ?? 0, args.place));
  }
  args.expect(1, name === 'log' || name === 'pow' ? 2 : 1);
  const value = args.number(0);
  let result: number | undefined;
  if (name === 'log') result = Math.log(value) / (args.values.length > 1 ? Math.log(args.number(1)) : 1);
  else if (name === 'pow') result = value ** args.number(1);
  else result = MATH[name]?.(value);
  if (result === undefined || !Number.isFinite(result))
    return failCode(args.place, `${args.name} of ${value} is no number`);
  return result;
}

const SYS_FILES: readonly string[] = ['stdout', 'stderr'];

/** What a module has under a name; undefined when nothing. */
export function moduleMember(module: string, name: string): CodeValue | undefined {
  if (module === 'math') {
    const constant = MATH_CONSTANTS[name];
    if (constant !== undefined) return constant;
    return name in MATH || ['log', 'pow', 'isclose'].includes(name)
      ? { kind: 'builtin', name: `math.${name}` }
      : undefined;
  }
  if (module === 'sys' && SYS_FILES.includes(name)) return { kind: 'module', name: `sys.${name}` };
  if (module === 'sys' && name === 'maxsize') return 2 ** 63;
  if (module.startsWith('sys.') && (name === 'write' || name === 'flush'))
    return { kind: 'builtin', name: `file.${name}` };
  // `from __future__ import …` says what is so already.
  return module === '__future__' ? null : undefined;
}

export function builtinNamed(name: string): CodeValue | undefined {
  return Object.hasOwn(BUILTINS, name) ? { kind: 'builtin', name } : undefined;
}

export const BUILTIN_NAMES: readonly string[] = Object.keys(BUILTINS);

export function callBuiltin(args: CallValues, caller: Caller): CodeValue {
  if (args.name.startsWith('math.')) return ofMath(args);
  if (args.name === 'file.write') {
    args.expect(1, 1);
    caller.write(textOf(args.at(0)), args.place);
    return null;
  }
  return BUILTINS[args.name]?.(args, caller) ?? null;
}
