/** Values as text, and what stands behind the colon in `{value:>8.2f}`: Python's format specifications. */
import { type CodeInstance, type CodeValue, isDict, isFloat, isSequence } from './code-values.ts';

/** Longer lists are cut short in text, and so are lists within lists. */
const MAX_ITEMS = 32;
const MAX_DEPTH = 6;
const MAX_SHOWN = 4096;

/** As Python prints it. */
export function textOf(value: CodeValue): string {
  return typeof value === 'string' ? value : shownText(value);
}

/** As `repr` has it: strings in quotes. */
export function shownText(value: CodeValue): string {
  const text = shown(value, { left: MAX_SHOWN }, 0);
  return text;
}

function shown(value: CodeValue, room: { left: number }, depth: number): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number') return numberText(value);
  if (typeof value === 'object' && value.kind === 'float') return floatText(value.value);
  if (typeof value === 'string') {
    room.left -= value.length;
    return quotedText(value);
  }
  if (depth >= MAX_DEPTH || room.left <= 0) return '…';
  const list = (items: readonly string[], length: number): string => {
    room.left -= items.length;
    return length > MAX_ITEMS ? [...items, '…'].join(', ') : items.join(', ');
  };
  if (isDict(value)) {
    const pairs = [...value.entries.values()].slice(0, MAX_ITEMS).map((entry) => {
      return `${shown(entry.key, room, depth + 1)}: ${shown(entry.value, room, depth + 1)}`;
    });
    return `{${list(pairs, value.entries.size)}}`;
  }
  if (!isSequence(value)) return named(value);
  const items = list(
    value.items.slice(0, MAX_ITEMS).map((item) => shown(item, room, depth + 1)),
    value.items.length,
  );
  if (value.kind === 'list') return `[${items}]`;
  if (value.kind === 'set') return items === '' ? 'set()' : `{${items}}`;
  if (value.kind === 'range') return rangeText(value.items as number[]);
  return `(${items}${value.items.length === 1 ? ',' : ''})`;
}

/** What is known by its name. */
function named(value: Exclude<CodeValue, number | string | boolean | null>): string {
  if (value.kind === 'instance') return instanceText(value);
  return value.kind === 'function'
    ? `<function ${value.tree.name}>`
    : `<${value.kind} ${'name' in value ? value.name : ''}>`;
}

/** An exception by what it was made of. */
function instanceText({ of, members }: CodeInstance): string {
  const args = members.get('args');
  if (args === undefined || args === null || typeof args !== 'object' || !isSequence(args))
    return `<${of.name} object>`;
  return `${of.name}(${args.items.map((item) => shownText(item)).join(', ')})`;
}

/** A fraction that is whole. */
function floatText(value: number): string {
  if (Math.abs(value) >= 1e16)
    return String(value).includes('e') ? String(value) : value.toExponential().replace(/e\+(\d)$/, 'e+0$1');
  return `${value}.0`;
}

function rangeText(items: readonly number[]): string {
  const [start = 0, second = start + 1] = items;
  const step = second - start;
  const end = items.length === 0 ? 0 : start + items.length * step;
  return `range(${[start, end, ...(step === 1 ? [] : [step])].join(', ')})`;
}

function numberText(value: number): string {
  if (Number.isSafeInteger(value)) return String(value);
  if (Number.isInteger(value) && Math.abs(value) < 1e22) return BigInt(value).toString();
  if (value === Number.POSITIVE_INFINITY) return 'inf';
  return value === Number.NEGATIVE_INFINITY ? '-inf' : String(value).replace('NaN', 'nan');
}

function quotedText(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const inner = text
    .replace(/\\/g, '\\\\')
    .replace(/\n/g, '\\n')
    .replace(/\t/g, '\\t')
    .replace(/\r/g, '\\r')
    .replaceAll(quote, `\\${quote}`);
  return `${quote}${inner}${quote}`;
}

const SPEC = /^(?:([\s\S])?([<>=^]))?([-+ ]?)(#?)(0?)(\d{0,4})([,_]?)(?:\.(\d{1,3}))?([sdxXobnfFeEgGc%]?)$/;

/** A problem is what is wrong, one sentence. */
export function formatValue(value: CodeValue, spec: string): string | { readonly problem: string } {
  if (spec === '') return textOf(value);
  const found = SPEC.exec(spec);
  if (found === null)
    return { problem: `'${spec}' is no format; [fill][<>^=][+][#][0][width][,][.digits][dxXobeEfFg%s] is` };
  const [, givenFill, givenAlign, sign = '', alternate, zero, width = '', group = '', digits, type = ''] = found;
  const isFraction = isFloat(value);
  const isNumber = typeof value === 'number' || isFraction || (typeof value === 'boolean' && type !== 's');
  if (isFraction && 'dxXobc'.includes(type) && type !== '')
    return { problem: `'${spec}' does not fit ${textOf(value)}` };
  const fill = givenFill ?? (zero ? '0' : ' ');
  const align = givenAlign ?? (zero ? '=' : isNumber ? '>' : '<');
  let text: string | undefined;
  if (isNumber)
    text =
      isFraction && type === '' && digits === undefined
        ? grouped(textOf(value), group)
        : numberBy(
            type,
            plainNumber(value),
            digits === undefined ? undefined : Number(digits),
            alternate !== '',
            group,
          );
  else if (type === '' || type === 's')
    text = digits === undefined ? textOf(value) : textOf(value).slice(0, Number(digits));
  if (text === undefined) return { problem: `'${spec}' does not fit ${textOf(value)}` };
  if (isNumber && sign !== '' && sign !== '-' && !text.startsWith('-')) text = sign + text;
  return aligned(text, fill, align, Number(width));
}

function plainNumber(value: CodeValue): number {
  return typeof value === 'object' && value !== null && value.kind === 'float' ? value.value : Number(value);
}

/** A number by a conversion's letter; undefined where it does not fit. */
export function numberBy(
  type: string,
  value: number,
  digits: number | undefined,
  isAlternate: boolean,
  group = '',
): string | undefined {
  switch (type) {
    case 'x':
    case 'X':
    case 'o':
    case 'b': {
      if (!Number.isInteger(value)) return undefined;
      const [radix, prefix] = { x: [16, '0x'], X: [16, '0X'], o: [8, '0o'], b: [2, '0b'] }[type] as [number, string];
      const plain = BigInt(Math.abs(value)).toString(radix);
      return `${value < 0 ? '-' : ''}${isAlternate ? prefix : ''}${type === 'X' ? plain.toUpperCase() : plain}`;
    }
    case 'f':
    case 'F':
      return grouped(fixed(value, digits ?? 6), group);
    case 'e':
    case 'E':
      return exponential(value, digits ?? 6, type);
    case '%':
      return `${fixed(value * 100, digits ?? 6)}%`;
    case 'g':
    case 'G':
      return general(value, digits ?? 6);
    case 'c':
      return String.fromCodePoint(Math.min(0x10_ffff, Math.max(0, Math.trunc(value))));
    case '':
      if (digits !== undefined) return grouped(general(value, digits), group);
      return grouped(numberText(value), group);
    default:
      return Number.isInteger(value) ? grouped(numberText(value), group) : undefined;
  }
}

/** Halves go to the even neighbour. */
function fixed(value: number, digits: number): string {
  if (!Number.isFinite(value)) return numberText(value);
  const places = Math.min(digits, 70);
  const text = value.toFixed(places);
  const isHalf = /^50*$/.test(value.toFixed(places + 30).slice(-30));
  if (!isHalf || /[02468]$/.test(text)) return text;
  // Both neighbours are as near: the one that ends in an even digit lies towards zero then.
  return (value - Math.sign(value) * 10 ** -places * 0.75).toFixed(places);
}

/** `%e`: two digits of exponent at least. */
function exponential(value: number, digits: number, type: string): string {
  const text = value.toExponential(digits).replace(/e([-+])(\d)$/, 'e$10$2');
  return type === 'E' ? text.toUpperCase() : text;
}

function general(value: number, digits: number): string {
  if (!Number.isFinite(value)) return numberText(value);
  const precision = Math.max(1, Math.min(100, digits));
  const exponent = value === 0 ? 0 : Number(value.toExponential(precision - 1).split('e')[1]);
  if (exponent < -4 || exponent >= precision) return exponential(value, precision - 1, 'e').replace(/\.?0+e/, 'e');
  const fixed = value.toFixed(Math.max(0, precision - 1 - exponent));
  return fixed.includes('.') ? fixed.replace(/\.?0+$/, '') : fixed;
}

function grouped(text: string, mark: string): string {
  if (mark === '') return text;
  const [whole = '', ...rest] = text.split('.');
  return [whole.replace(/\B(?=(\d{3})+$)/g, mark), ...rest].join('.');
}

/** Filled up to a width; with `=` between sign and digits. */
export function aligned(text: string, fill: string, align: string, width: number): string {
  const missing = width - text.length;
  if (missing <= 0) return text;
  if (align === '<') return text + fill.repeat(missing);
  if (align === '>') return fill.repeat(missing) + text;
  if (align === '^') return fill.repeat(Math.floor(missing / 2)) + text + fill.repeat(Math.ceil(missing / 2));
  const sign = /^[-+ ]?(?:0[xXob])?/.exec(text)?.[0] ?? '';
  return sign + fill.repeat(missing) + text.slice(sign.length);
}
