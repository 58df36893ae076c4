/** The functions code finds without an import. */
import type { Caller, CallValues } from './call-values.ts';
import {
  type Budget,
  type CodeValue,
  checkLength,
  failCode,
  floatOf,
  isDict,
  isEqual,
  isFloat,
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
import { callMember } from './modules.ts';
import { isClass, isInstance, isOfType, memberOf, newInstance, typeName } from './objects.ts';
import { arithmetic } from './operators.ts';

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
      text += (index === 0 ? '' : between) + caller.text(value, args.place);
      if (text.length > 1 << 16) failCode(args.place, 'a line of more than 65536 characters is printed');
    }
    caller.write(text + textOf(args.named.get('end') ?? '\n'), args.place);
    return null;
  },
  len(args, caller) {
    args.expect(1, 1);
    const value = args.at(0);
    if (typeof value === 'string') return value.length;
    const method = isInstance(value) ? memberOf(value.of, '__len__') : undefined;
    if (method !== undefined) return caller.call(method, [value], args.place);
    if (isSequence(value)) return value.items.length;
    return isDict(value) ? value.entries.size : failCode(args.place, `${kindOf(value)} has no length`);
  },
  abs(args, caller) {
    args.expect(1, 1);
    return arithmetic(args.number(0) < 0 ? '*' : '+', args.at(0), args.number(0) < 0 ? -1 : 0, args.place, caller);
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
    const rounded = (isHalf ? below + (Math.abs(below) % 2) : Math.round(scaled)) / scale;
    return args.values[1] == null || !isFloat(args.at(0)) ? rounded : floatOf(rounded);
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
    if (typeof value !== 'string') return floatOf(numberOf(value, args.place));
    const text = value.trim().replace(/^([-+]?)inf(?:inity)?$/i, '$1Infinity');
    const number = text === '' ? Number.NaN : Number(text);
    const isWrong = Number.isNaN(number) && !/^[-+]?nan$/i.test(text);
    return isWrong ? failCode(args.place, `'${value}' is not a number`, 'ValueError') : floatOf(number);
  },
  str(args, caller) {
    args.expect(0, 1);
    return args.values.length === 0 ? '' : caller.text(args.at(0), args.place);
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
    const start = wholeOf(args.values[1] ?? args.named.get('start') ?? 0, args.place);
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
  isinstance(args) {
    args.expect(2, 2);
    return isOfType(args.at(0), args.at(1), args.place);
  },
  type(args) {
    args.expect(1, 1);
    const value = args.at(0);
    return isInstance(value) ? value.of : { kind: 'builtin', name: typeName(value) };
  },
  hasattr(args, caller) {
    args.expect(2, 2);
    return caller.attributeOf(args.at(0), textOf(args.at(1)), args.place) !== undefined;
  },
  getattr(args, caller) {
    args.expect(2, 3);
    const found = caller.attributeOf(args.at(0), textOf(args.at(1)), args.place) ?? args.values[2];
    const problem = `${kindOf(args.at(0))} has no attribute '${textOf(args.at(1))}'`;
    return found === undefined ? failCode(args.place, problem, 'AttributeError') : found;
  },
  setattr(args) {
    args.expect(3, 3);
    const of = args.at(0);
    if (isInstance(of) || isClass(of)) of.members.set(textOf(args.at(1)), args.at(2));
    else failCode(args.place, `an attribute of ${kindOf(of)} cannot be set`, 'AttributeError');
    return null;
  },
  callable(args) {
    args.expect(1, 1);
    const value = args.at(0);
    return (
      typeof value === 'object' && value !== null && ['function', 'builtin', 'bound', 'class'].includes(value.kind)
    );
  },
  object: (args) => newInstance({ kind: 'class', name: 'object', bases: [], members: new Map() }, args.values),
  super: (args) => failCode(args.place, 'super() is for methods'),
  property: wrap,
  staticmethod: wrap,
  classmethod: wrap,
  any(args, caller) {
    args.expect(1, 1);
    return itemsOf(args.at(0), args.place, caller).some(isTrue);
  },
  all(args, caller) {
    args.expect(1, 1);
    return itemsOf(args.at(0), args.place, caller).every(isTrue);
  },
};

function wrap(args: CallValues): CodeValue {
  args.expect(1, 1);
  return { kind: 'wrapped', name: args.name as 'property', callee: args.at(0) };
}

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
    return failCode(args.place, `'${text}' is not a number of base ${base}`, 'ValueError');
  return Number.parseInt(digits, base) * (sign === '-' ? -1 : 1);
}

export function builtinNamed(name: string): CodeValue | undefined {
  return Object.hasOwn(BUILTINS, name) ? { kind: 'builtin', name } : undefined;
}

export const BUILTIN_NAMES: readonly string[] = Object.keys(BUILTINS);

export function callBuiltin(args: CallValues, caller: Caller): CodeValue {
  if (args.name.includes('.')) return callMember(args, caller);
  return BUILTINS[args.name]?.(args, caller) ?? null;
}
