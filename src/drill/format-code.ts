/** Values of code as text, and Python's `"…" % values`. */
import type { CodeValue } from './code-ast.ts';

const CONVERSION = /%(?:%|([-0]?)(\d{0,2})(?:\.(\d{1,2}))?l{0,2}([diusrxXf])|([\s\S]?))/g;

/** Longer tuples are cut short in text. */
const MAX_ITEMS = 32;
/** No text is made longer than this, whatever is put into it. */
export const MAX_TEXT = 1 << 16;

/** As Python prints it, except that a fraction that is whole prints without `.0`. */
export function textOf(value: CodeValue): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (typeof value === 'number' || typeof value === 'string') return String(value);
  const items = value.slice(0, MAX_ITEMS).map((item) => (typeof item === 'string' ? `'${item}'` : textOf(item)));
  if (value.length > MAX_ITEMS) items.push('…');
  return `(${items.join(', ')}${items.length === 1 ? ',' : ''})`;
}

/** Puts `values` into the conversions of `format`: `%d %i %u %s %r %x %X %f`, with a width and a precision, and `%%`. */
export function formatText(format: string, values: readonly CodeValue[]): string | { readonly problem: string } {
  let used = 0;
  let length = format.length;
  let problem: string | undefined;
  const text = format.replace(CONVERSION, (whole, flag = '', width = '', precision = '', letter?: string) => {
    if (whole === '%%') return '%';
    if (letter === undefined) problem ??= `'${whole}' is no conversion; %d %s %x %f and %% are`;
    else if (used >= values.length) problem ??= `'${whole}' has no value: ${values.length} are given`;
    else if (length > MAX_TEXT) problem ??= `the text is longer than ${MAX_TEXT} characters`;
    else {
      const converted = convert(letter, values[used++]!, precision);
      length += converted?.length ?? 0;
      if (converted === undefined) problem ??= `'${whole}' needs a number`;
      else return pad(converted, flag, Number(width));
    }
    return '';
  });
  if (used < values.length) problem ??= `${values.length} values are given, the format takes ${used}`;
  return problem === undefined ? text : { problem };
}

function convert(letter: string, value: CodeValue, precision: string): string | undefined {
  if (letter === 's') return textOf(value);
  if (letter === 'r') return typeof value === 'string' ? `'${value}'` : textOf(value);
  if (typeof value !== 'number' && typeof value !== 'boolean') return undefined;
  const number = Number(value);
  if (letter === 'f') return number.toFixed(precision === '' ? 6 : Number(precision));
  const whole = Math.trunc(number);
  const hex = whole.toString(16);
  if (letter === 'x') return hex;
  return letter === 'X' ? hex.toUpperCase() : BigInt(whole).toString();
}

function pad(text: string, flag: string, width: number): string {
  if (flag === '-') return text.padEnd(width);
  if (flag !== '0') return text.padStart(width);
  const sign = text.startsWith('-') ? '-' : '';
  return sign + text.slice(sign.length).padStart(width - sign.length, '0');
}
