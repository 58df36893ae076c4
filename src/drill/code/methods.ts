/** Methods of strings, lists, dicts and sets. */
import { distinct, sortedItems } from './builtins.ts';
import type { Caller, CallValues } from './call-values.ts';
import {
  type CodeDict,
  type CodeSequence,
  type CodeValue,
  checkLength,
  failCode,
  failUnsupported,
  isDict,
  isEqual,
  isSequence,
  itemsOf,
  keyOf,
  kindOf,
  listOf,
  tupleOf,
  wholeOf,
} from './code-values.ts';
import { textOf } from './format-spec.ts';
import { indexIn } from './operators.ts';
import { callStringMethod, isStringMethod } from './string-methods.ts';

type ListMethod = (list: CodeSequence, args: CallValues, caller: Caller) => CodeValue;

const LIST_METHODS: Readonly<Record<string, ListMethod>> = {
  append({ items }, args, caller) {
    args.expect(1, 1);
    checkLength(items.length + 1, 'list', args.place, { spend: () => caller.spend(1) });
    items.push(args.at(0));
    return null;
  },
  extend({ items }, args, caller) {
    args.expect(1, 1);
    const more = itemsOf(args.at(0), args.place, caller);
    checkLength(items.length + more.length, 'list', args.place, caller);
    for (const item of more) items.push(item);
    return null;
  },
  insert({ items }, args, caller) {
    args.expect(2, 2);
    checkLength(items.length + 1, 'list', args.place, caller);
    items.splice(wholeOf(args.at(0), args.place), 0, args.at(1));
    return null;
  },
  pop({ items }, args) {
    args.expect(0, 1);
    const at = indexIn(items.length, args.values[0] ?? -1, args.place);
    return items.splice(at, 1)[0] ?? null;
  },
  remove({ items }, args, caller) {
    items.splice(position(items, args, caller), 1);
    return null;
  },
  index: ({ items }, args, caller) => position(items, args, caller),
  count({ items }, args, caller) {
    args.expect(1, 1);
    return items.filter((item) => isEqual(item, args.at(0), caller)).length;
  },
  sort(list, args, caller) {
    args.expect(0, 0, 'key', 'reverse');
    list.items.splice(0, list.items.length, ...sortedItems([...list.items], args, caller));
    return null;
  },
  reverse({ items }) {
    items.reverse();
    return null;
  },
  clear({ items }) {
    items.length = 0;
    return null;
  },
  copy: (list) => ({ kind: list.kind, items: [...list.items] }),
};
const UNCHANGING: readonly string[] = ['index', 'count'];

function position(items: readonly CodeValue[], args: CallValues, caller: Caller): number {
  args.expect(1, 1);
  const at = items.findIndex((item) => isEqual(item, args.at(0), caller));
  return at >= 0 ? at : failCode(args.place, `${textOf(args.at(0))} is not in the list`, 'ValueError');
}

type DictMethod = (dict: CodeDict, args: CallValues, caller: Caller) => CodeValue;

const DICT_METHODS: Readonly<Record<string, DictMethod>> = {
  get({ entries }, args, caller) {
    args.expect(1, 2);
    return entries.get(keyOf(args.at(0), args.place, caller))?.value ?? args.values[1] ?? null;
  },
  setdefault({ entries }, args, caller) {
    args.expect(1, 2);
    const key = keyOf(args.at(0), args.place, caller);
    checkLength(entries.size + 1, 'dict', args.place, { spend: () => caller.spend(1) });
    const entry = entries.get(key) ?? { key: args.at(0), value: args.values[1] ?? null };
    entries.set(key, entry);
    return entry.value;
  },
  pop({ entries }, args, caller) {
    args.expect(1, 2);
    const key = keyOf(args.at(0), args.place, caller);
    const value = entries.get(key)?.value ?? args.values[1];
    entries.delete(key);
    return value === undefined ? failCode(args.place, `the dict has no ${textOf(args.at(0))}`, 'KeyError') : value;
  },
  update({ entries }, args) {
    args.expect(0, 1, ...args.named.keys());
    const given = args.values[0];
    if (given !== undefined && !isDict(given)) failCode(args.place, 'update takes a dict');
    if (given !== undefined && isDict(given)) for (const [key, entry] of given.entries) entries.set(key, { ...entry });
    for (const [key, value] of args.named) entries.set(`s${key}`, { key, value });
    return null;
  },
  keys: ({ entries }) => listOf([...entries.values()].map(({ key }) => key)),
  values: ({ entries }) => listOf([...entries.values()].map(({ value }) => value)),
  items: ({ entries }) => listOf([...entries.values()].map(({ key, value }) => tupleOf([key, value]))),
  copy: ({ entries }) => ({ kind: 'dict', entries: new Map([...entries].map(([key, entry]) => [key, { ...entry }])) }),
  clear({ entries }) {
    entries.clear();
    return null;
  },
};

/** Whether a value that is no instance has a method of this name. */
export function hasMethod(value: CodeValue, name: string): boolean {
  if (typeof value === 'string') return isStringMethod(name);
  if (isDict(value)) return Object.hasOwn(DICT_METHODS, name);
  return isSequence(value) && Object.hasOwn(LIST_METHODS, name);
}

/** `value.name(…)`. @throws CodeError that names a method nobody here knows */
export function callMethod(value: CodeValue, name: string, args: CallValues, caller: Caller): CodeValue {
  if (typeof value === 'string') {
    const made = callStringMethod(value, name, args, caller);
    if (made !== undefined) return made;
  }
  if (isDict(value) && Object.hasOwn(DICT_METHODS, name)) {
    caller.spend(value.entries.size >> 3);
    return DICT_METHODS[name]?.(value, args, caller) ?? null;
  }
  if (isSequence(value)) {
    if (value.kind === 'set' && (name === 'add' || name === 'discard')) return changeSet(value, name, args, caller);
    if (Object.hasOwn(LIST_METHODS, name) && (value.kind === 'list' || UNCHANGING.includes(name))) {
      if (name !== 'append') caller.spend(value.items.length >> 3);
      return LIST_METHODS[name]?.(value, args, caller) ?? null;
    }
  }
  return failUnsupported(args.place, `'.${name}' of ${kindOf(value)} is not supported here`);
}

function changeSet(set: CodeSequence, name: 'add' | 'discard', args: CallValues, caller: Caller): CodeValue {
  args.expect(1, 1);
  const kept = set.items.filter((item) => !isEqual(item, args.at(0), caller));
  const items = name === 'add' ? distinct([...set.items, args.at(0)], caller) : kept;
  checkLength(items.length, 'list', args.place, caller);
  set.items.splice(0, set.items.length, ...items);
  return null;
}
