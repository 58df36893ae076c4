/** String literals of code: prefixes, one or three quotes, Python's escapes, and the braces of `f"…"`. */

/** What stands in an f-string: text, or the place of an expression in the script. */
export type StringPart = string | FieldPart;

export interface FieldPart {
  /** Where the expression stands, in the text that was read. */
  readonly start: number;
  readonly end: number;
  readonly conversion: '' | 'r' | 's' | 'a';
  readonly spec: readonly StringPart[];
}

export type CodeString =
  | { readonly parts: readonly StringPart[]; readonly isFormatted: boolean; readonly endOffset: number }
  | { readonly problem: string; readonly expected: string; readonly offset: number };

const OPENING = /([rRbBuUfF]{0,2})("""|'''|"|')/y;
const ESCAPE = /\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|([0-7]{1,3})|(\r?\n)|([\s\S]))/y;
const SIMPLE: ReadonlyMap<string, string> = new Map([
  ...Object.entries({ n: '\n', t: '\t', r: '\r', a: '\x07', b: '\b', f: '\f', v: '\v' }),
  ...['\\', '"', "'"].map((character) => [character, character] as const),
]);

/** Whether a string begins at `offset`. */
export function isStringAt(text: string, offset: number): boolean {
  OPENING.lastIndex = offset;
  return OPENING.test(text);
}

/** Reads the string that begins at `offset`. */
export function readCodeString(text: string, offset: number): CodeString {
  OPENING.lastIndex = offset;
  const [opening = '', prefix = '', quote = ''] = OPENING.exec(text) ?? [];
  const start = offset + opening.length;
  const isRaw = /r/i.test(prefix);
  const isFormatted = /f/i.test(prefix);
  let end = start;
  while (end < text.length && !text.startsWith(quote, end) && (quote.length > 1 || text[end] !== '\n')) {
    const isEscape = text[end] === '\\' && end + 1 < text.length;
    end += isEscape ? (text.startsWith('\r\n', end + 1) ? 3 : 2) : 1;
  }
  if (!text.startsWith(quote, end) || end >= text.length) {
    const expected = quote.length > 1 ? quote : `${quote} on the same line`;
    return { problem: 'a string never ends', expected, offset };
  }
  const endOffset = end + quote.length;
  if (!isFormatted) return { parts: [unescaped(text.slice(start, end), isRaw)], isFormatted, endOffset };
  const parts = readFields(text, start, end, isRaw, 0);
  return 'problem' in parts ? parts : { parts: parts.parts, isFormatted, endOffset };
}

type Fields =
  | { readonly parts: StringPart[] }
  | { readonly problem: string; readonly expected: string; readonly offset: number };

/** Text and fields from `start` to `end`. */
function readFields(text: string, start: number, end: number, isRaw: boolean, depth: number): Fields {
  const parts: StringPart[] = [];
  let literal = '';
  const flush = (): void => {
    if (literal !== '') parts.push(unescaped(literal, isRaw));
    literal = '';
  };
  let at = start;
  while (at < end) {
    const character = text[at] ?? '';
    const isDoubled = depth === 0 && text[at + 1] === character;
    if (character === '{' && !isDoubled) {
      const close = fieldEnd(text, at + 1, end);
      if (close < 0 || depth > 1) return { problem: "a '{' of an f-string is not closed", expected: "'}'", offset: at };
      flush();
      const field = readField(text, at + 1, close, isRaw, depth);
      if ('problem' in field) return field;
      parts.push(...field.parts);
      at = close + 1;
    } else if (character === '}' && !isDoubled) {
      return { problem: "a single '}' in an f-string", expected: "'}}'", offset: at };
    } else {
      literal += character;
      at += character === '{' || character === '}' ? 2 : 1;
    }
  }
  flush();
  return { parts };
}

/** Where the field that begins at `at` is closed: brackets and strings within it are passed over. */
function fieldEnd(text: string, at: number, end: number): number {
  let depth = 0;
  let quote = '';
  for (let index = at; index < end; index++) {
    const character = text[index] ?? '';
    if (quote !== '') {
      if (character === quote) quote = '';
    } else if (character === '"' || character === "'") quote = character;
    else if ('([{'.includes(character)) depth++;
    else if (character === '}' && depth === 0) return index;
    else if (')]}'.includes(character)) depth--;
  }
  return -1;
}

/** `value!r:spec`, `value=`. */
function readField(text: string, start: number, close: number, isRaw: boolean, depth: number): Fields {
  let colon = close;
  let level = 0;
  for (let index = start; index < close && colon === close; index++) {
    const character = text[index] ?? '';
    if ('([{'.includes(character)) level++;
    else if (')]}'.includes(character)) level--;
    else if (character === ':' && level === 0) colon = index;
  }
  let end = colon;
  const converted = /!([rsa])\s*$/.exec(text.slice(start, end));
  if (converted) end = start + converted.index;
  const shown = /(?<![=!<>])=\s*$/.exec(text.slice(start, end));
  const parts: StringPart[] = shown ? [text.slice(start, end)] : [];
  if (shown) end = start + shown.index;
  if (text.slice(start, end).trim() === '')
    return { problem: 'an empty field in an f-string', expected: 'an expression', offset: start };
  const spec = readFields(text, Math.min(colon + 1, close), close, isRaw, depth + 1);
  if ('problem' in spec) return spec;
  const conversion = (converted?.[1] ?? (shown && colon === close ? 'r' : '')) as FieldPart['conversion'];
  parts.push({ start, end, conversion, spec: spec.parts });
  return { parts };
}

/** Escapes that Python does not know stay as they are written. */
function unescaped(text: string, isRaw: boolean): string {
  if (isRaw || !text.includes('\\')) return text;
  return text.replace(
    new RegExp(ESCAPE.source, 'g'),
    (whole, hex, unicode, octal, join, letter: string | undefined) => {
      const code = hex ?? unicode;
      if (code !== undefined) return String.fromCharCode(Number.parseInt(code, 16));
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8));
      return join !== undefined ? '' : (SIMPLE.get(letter ?? '') ?? whole);
    },
  );
}
