/** Python's two older ways of putting values into text: `"…" % values` and `"…".format(values)`. */
import { type CodeValue, isDict, isFloat, isSequence, MAX_LENGTH } from './code-values.ts';
import { aligned, formatValue, numberBy, shownText, textOf } from './format-spec.ts';

const CONVERSION =
  /%(?:%|(?:\(([^)]*)\))?([-+ #0]*)(\*|\d{0,4})(?:\.(\d{1,2}))?[hlL]{0,2}([diusraxXoeEfFgGc])|([\s\S]?))/g;

type Text = string | { readonly problem: string };

/** The conversions of `format` with `value`: a tuple's items in turn, a dict's by name, or the one value. */
export function percentFormat(format: string, value: CodeValue): Text {
  const isTuple = isSequence(value) && value.kind === 'tuple';
  const values = isTuple ? value.items : [value];
  let used = 0;
  let length = format.length;
  let problem: string | undefined;
  const take = (whole: string): CodeValue | undefined => {
    if (used < values.length) return values[used++] ?? null;
    problem ??= `'${whole}' has no value: ${values.length} are given`;
    return undefined;
  };
  const text = format.replace(
    CONVERSION,
    (whole, name?: string, flags = '', width = '', digits?: string, letter?: string) => {
      if (whole === '%%') return '%';
      if (letter === undefined) problem ??= `'${whole}' is no conversion; %d %s %x %f and %% are`;
      if (length > MAX_LENGTH) problem ??= `the text is longer than ${MAX_LENGTH} characters`;
      if (problem !== undefined || letter === undefined) return '';
      const wide = width === '*' ? take(whole) : Number(width);
      const given = name === undefined ? take(whole) : named(value, name);
      if (given === undefined) {
        problem ??= `'${whole}' has no value of that name`;
        return '';
      }
      const converted = convert(letter, given, digits === undefined ? undefined : Number(digits), flags);
      if (converted === undefined || typeof wide !== 'number' || wide > MAX_LENGTH) {
        problem ??= `'${whole}' needs a number`;
        return '';
      }
      length += Math.max(converted.length, wide);
      const isZero = flags.includes('0') && !'srac'.includes(letter);
      const align = flags.includes('-') ? '<' : isZero ? '=' : '>';
      return aligned(converted, align === '=' ? '0' : ' ', align, wide);
    },
  );
  if ((isTuple || used > 0 || !isDict(value)) && used < values.length && !(isDict(value) && format.includes('%('))) {
    problem ??= `${values.length} values are given, the format takes ${used}`;
  }
  return problem === undefined ? text : { problem };
}

function named(value: CodeValue, name: string): CodeValue | undefined {
  return isDict(value) ? value.entries.get(`s${name}`)?.value : undefined;
}

function convert(letter: string, value: CodeValue, digits: number | undefined, flags: string): string | undefined {
  if (letter === 's' || letter === 'r' || letter === 'a') {
    const text = letter === 's' ? textOf(value) : shownText(value);
    return digits === undefined ? text : text.slice(0, digits);
  }
  if (letter === 'c' && typeof value === 'string' && value.length === 1) return value;
  const isWholeFloat = typeof value === 'object' && value !== null && value.kind === 'float';
  if (typeof value !== 'number' && typeof value !== 'boolean' && !isWholeFloat) return undefined;
  const number = isWholeFloat ? value.value : Number(value);
  if (isFloat(value) && 'xXoc'.includes(letter)) return undefined;
  if (!Number.isFinite(number)) return textOf(number);
  const isWhole = 'diuxXo'.includes(letter);
  const text = numberBy(
    'diu'.includes(letter) ? 'd' : letter,
    isWhole ? Math.trunc(number) : number,
    isWhole ? undefined : digits,
    flags.includes('#'),
  );
  const sign = flags.includes('+') ? '+' : flags.includes(' ') ? ' ' : '';
  return text === undefined || text.startsWith('-') ? text : sign + text;
}

const FIELD = /\{\{|\}\}|\{([^{}!:]*)(?:!([rsa]))?(?::((?:[^{}]|\{[^{}]*\})*))?\}|[{}]/g;

/** `{}`, `{0}`, `{name}`, with `!r`, a specification and `{}` within it, and `[index]`. */
export function braceFormat(format: string, values: readonly CodeValue[], names: ReadonlyMap<string, CodeValue>): Text {
  let next = 0;
  let length = format.length;
  let problem: string | undefined;
  const fieldValue = (field: string): CodeValue | undefined => {
    const [, head = '', path = ''] = /^([^[]*)(.*)$/s.exec(field) ?? [];
    let value = head === '' ? values[next++] : /^\d+$/.test(head) ? values[Number(head)] : names.get(head);
    for (const [, index = ''] of path.matchAll(/\[([^\]]*)\]/g)) {
      if (value === undefined) break;
      if (isSequence(value)) value = value.items[Number(index)];
      else
        value = isDict(value) ? (value.entries.get(`s${index}`) ?? value.entries.get(Number(index)))?.value : undefined;
    }
    if (value === undefined) problem ??= `'{${field}}' has no value`;
    return value;
  };
  const text = format.replace(FIELD, (whole, field?: string, conversion?: string, spec = '') => {
    if (whole === '{{' || whole === '}}') return whole.charAt(0);
    if (field === undefined) problem ??= `a single '${whole}' in a format`;
    if (length > MAX_LENGTH) problem ??= `the text is longer than ${MAX_LENGTH} characters`;
    const value = problem === undefined ? fieldValue((field ?? '').trim()) : undefined;
    if (value === undefined) return '';
    const inner = spec.replace(/\{([^{}]*)\}/g, (_: string, name: string) => textOf(fieldValue(name) ?? null));
    const made = formatValue(conversion === undefined || conversion === 's' ? value : shownText(value), inner);
    if (typeof made !== 'string') {
      problem ??= made.problem;
      return '';
    }
    length += made.length;
    return made;
  });
  return problem === undefined ? text : { problem };
}
