/** Methods of strings. */
import type { Caller, CallValues } from './call-values.ts';
import { type CodeValue, checkLength, failCode, itemsOf, kindOf, listOf, tupleOf, wholeOf } from './code-values.ts';
import { braceFormat } from './format-code.ts';
import { aligned, textOf } from './format-spec.ts';

type StringMethod = (text: string, args: CallValues, caller: Caller) => CodeValue;

/** Characters that are taken off an end. */
function stripped(text: string, args: CallValues, ends: 'left' | 'right' | 'both'): string {
  args.expect(0, 1);
  const given = args.values[0];
  const isTaken = (character: string) => (given == null ? /\s/.test(character) : textOf(given).includes(character));
  let [from, to] = [0, text.length];
  while (ends !== 'right' && from < to && isTaken(text.charAt(from))) from++;
  while (ends !== 'left' && to > from && isTaken(text.charAt(to - 1))) to--;
  return text.slice(from, to);
}

function affix(args: CallValues, caller: Caller): string[] {
  args.expect(1, 1);
  const given = args.at(0);
  return typeof given === 'string' ? [given] : itemsOf(given, args.place, caller).map(textOf);
}

function justified(text: string, args: CallValues, side: 'left' | 'right' | 'both'): string {
  args.expect(1, 2);
  const width = wholeOf(args.at(0), args.place);
  const fill = textOf(args.values[1] ?? ' ');
  checkLength(width, 'string', args.place, { spend: () => {} });
  if (side === 'both') return aligned(text, fill, '^', width);
  return side === 'left' ? text.padEnd(width, fill) : text.padStart(width, fill);
}

function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1).toLowerCase();
}

/** `split` from the left or the right, so many times at most. */
function separated(text: string, args: CallValues, caller: Caller, isFromRight: boolean): CodeValue {
  args.expect(0, 2, 'maxsplit', 'sep');
  const by = args.values[0] ?? args.named.get('sep') ?? null;
  const most = wholeOf(args.values[1] ?? args.named.get('maxsplit') ?? -1, args.place);
  const marks =
    by === null ? [...text.trim().matchAll(/\s+/g)].map(({ index, 0: mark }) => [index, mark.length] as const) : [];
  if (by !== null) {
    const mark = textOf(by);
    if (mark === '') return failCode(args.place, 'an empty separator', 'ValueError');
    for (let at = text.indexOf(mark); at >= 0; at = text.indexOf(mark, at + mark.length)) marks.push([at, mark.length]);
  }
  const whole = by === null ? text.trim() : text;
  const taken = most < 0 ? marks : isFromRight ? marks.slice(Math.max(0, marks.length - most)) : marks.slice(0, most);
  const parts: string[] = [];
  let from = 0;
  for (const [at, length] of taken) {
    parts.push(whole.slice(from, at));
    from = at + length;
  }
  parts.push(whole.slice(from));
  checkLength(parts.length, 'list', args.place, caller);
  return listOf(by === null && whole === '' ? [] : parts);
}

const STRING_METHODS: Readonly<Record<string, StringMethod>> = {
  format(text, args, caller) {
    const made = braceFormat(text, args.values, args.named);
    if (typeof made !== 'string') return failCode(args.place, made.problem);
    checkLength(made.length, 'string', args.place, caller);
    return made;
  },
  join(text, args, caller) {
    args.expect(1, 1);
    const items = itemsOf(args.at(0), args.place, caller);
    const stranger = items.find((item) => typeof item !== 'string');
    if (stranger !== undefined) failCode(args.place, `join takes strings, not ${kindOf(stranger)}`);
    const length = items.reduce<number>((sum, item) => sum + String(item).length + text.length, 0);
    checkLength(length, 'string', args.place, caller);
    return items.join(text);
  },
  split: (text, args, caller) => separated(text, args, caller, false),
  rsplit: (text, args, caller) => separated(text, args, caller, true),
  splitlines(text, args) {
    args.expect(0, 0);
    return listOf(
      text
        .replace(/\r?\n$/, '')
        .split(/\r?\n/)
        .slice(0, text === '' ? 0 : undefined),
    );
  },
  partition(text, args) {
    args.expect(1, 1);
    const by = textOf(args.at(0));
    const at = text.indexOf(by);
    return tupleOf(at < 0 ? [text, '', ''] : [text.slice(0, at), by, text.slice(at + by.length)]);
  },
  rpartition(text, args) {
    args.expect(1, 1);
    const by = textOf(args.at(0));
    const at = text.lastIndexOf(by);
    return tupleOf(at < 0 ? ['', '', text] : [text.slice(0, at), by, text.slice(at + by.length)]);
  },
  strip: (text, args) => stripped(text, args, 'both'),
  lstrip: (text, args) => stripped(text, args, 'left'),
  rstrip: (text, args) => stripped(text, args, 'right'),
  startswith: (text, args, caller) => affix(args, caller).some((part) => text.startsWith(part)),
  endswith: (text, args, caller) => affix(args, caller).some((part) => text.endsWith(part)),
  upper: (text) => text.toUpperCase(),
  lower: (text) => text.toLowerCase(),
  replace(text, args, caller) {
    args.expect(2, 2);
    const [from, to] = [textOf(args.at(0)), textOf(args.at(1))];
    const count = text.split(from).length - 1;
    checkLength(text.length + count * Math.max(0, to.length - from.length), 'string', args.place, caller);
    return text.replaceAll(from, () => to);
  },
  find(text, args) {
    args.expect(1, 1);
    return text.indexOf(textOf(args.at(0)));
  },
  rfind(text, args) {
    args.expect(1, 1);
    return text.lastIndexOf(textOf(args.at(0)));
  },
  index(text, args) {
    args.expect(1, 1);
    const at = text.indexOf(textOf(args.at(0)));
    return at >= 0 ? at : failCode(args.place, `'${textOf(args.at(0))}' is not in the string`, 'ValueError');
  },
  title: (text) => text.replace(/[A-Za-z]+/g, capitalized),
  capitalize: capitalized,
  swapcase: (text) => text.replace(/[a-z]|[A-Z]/g, (each) => (each < 'a' ? each.toLowerCase() : each.toUpperCase())),
  removeprefix: (text, args) => (text.startsWith(textOf(args.at(0))) ? text.slice(textOf(args.at(0)).length) : text),
  removesuffix(text, args) {
    const end = textOf(args.at(0));
    return end !== '' && text.endsWith(end) ? text.slice(0, -end.length) : text;
  },
  isalpha: (text) => /^[A-Za-z]+$/.test(text),
  isalnum: (text) => /^[A-Za-z\d]+$/.test(text),
  isspace: (text) => /^\s+$/.test(text),
  isupper: (text) => /[A-Z]/.test(text) && text === text.toUpperCase(),
  islower: (text) => /[a-z]/.test(text) && text === text.toLowerCase(),
  count(text, args) {
    args.expect(1, 1);
    return text.split(textOf(args.at(0))).length - 1;
  },
  isdigit: (text) => /^\d+$/.test(text),
  ljust: (text, args) => justified(text, args, 'left'),
  rjust: (text, args) => justified(text, args, 'right'),
  center: (text, args) => justified(text, args, 'both'),
  zfill(text, args) {
    args.expect(1, 1);
    const sign = /^[-+]?/.exec(text)?.[0] ?? '';
    const width = wholeOf(args.at(0), args.place);
    checkLength(width, 'string', args.place, { spend: () => {} });
    return sign + text.slice(sign.length).padStart(width - sign.length, '0');
  },
};

export function isStringMethod(name: string): boolean {
  return Object.hasOwn(STRING_METHODS, name);
}

/** Undefined: strings have no such method here. */
export function callStringMethod(text: string, name: string, args: CallValues, caller: Caller): CodeValue | undefined {
  if (!Object.hasOwn(STRING_METHODS, name)) return undefined;
  caller.spend(text.length >> 3);
  return STRING_METHODS[name]?.(text, args, caller) ?? null;
}
