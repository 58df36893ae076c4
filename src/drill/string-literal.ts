/** String literals with C's escapes, for socket calls and for code: one character (0 to 255) per byte. */

export type StringLiteral =
  | { readonly bytes: string; readonly endOffset: number }
  | { readonly problem: string; readonly expected: string; readonly offset: number };

const PLAIN = /[^"'\\\n]+/y;
const ESCAPE = /\\(?:x([0-9a-fA-F]{1,2})|([0-7]{1,3})|(\r?\n)|([\s\S]))/y;
const SIMPLE: ReadonlyMap<string, string> = new Map([
  ...([
    ['n', '\n'],
    ['t', '\t'],
    ['r', '\r'],
    ['a', '\x07'],
    ['b', '\b'],
    ['f', '\f'],
    ['v', '\v'],
  ] as const),
  ...['\\', '"', "'", '?'].map((character) => [character, character] as const),
]);

/** Reads the literal whose opening `quote` stands at `offset`. A line's end within it is an error unless escaped. */
export function readString(text: string, offset: number, quote: string): StringLiteral {
  const parts: string[] = [];
  let position = offset + 1;
  for (;;) {
    PLAIN.lastIndex = position;
    const plain = PLAIN.exec(text)?.[0] ?? '';
    parts.push(utf8(plain));
    position += plain.length;
    const character = text[position];
    if (character === quote) return { bytes: parts.join(''), endOffset: position + 1 };
    if (character === undefined || character === '\n')
      return { problem: 'a string never ends', expected: `${quote} on the same line`, offset };
    if (character === '\\') {
      ESCAPE.lastIndex = position;
      const found = ESCAPE.exec(text);
      const byte = found ? escaped(found) : undefined;
      if (!found || byte === undefined)
        return {
          problem: 'unknown escape in a string',
          expected: '\\n \\t \\r \\\\ \\" \\xHH or \\ooo',
          offset: position,
        };
      parts.push(byte);
      position += found[0].length;
    } else {
      parts.push(character);
      position++;
    }
  }
}

function escaped([, hex, octal, join, letter]: RegExpExecArray): string | undefined {
  if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
  if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
  return join !== undefined ? '' : SIMPLE.get(letter ?? '');
}

/** RFC 3629: the bytes of a text; half a surrogate pair becomes U+FFFD. */
function utf8(text: string): string {
  // Nearly every string of a script is ASCII.
  if (!/[^\0-\x7f]/.test(text)) return text;
  let bytes = '';
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0;
    const point = code >= 0xd800 && code < 0xe000 ? 0xfffd : code;
    if (point < 0x80) bytes += String.fromCharCode(point);
    else if (point < 0x800) bytes += String.fromCharCode(0xc0 | (point >> 6), trail(point));
    else if (point < 0x10000) bytes += String.fromCharCode(0xe0 | (point >> 12), trail(point >> 6), trail(point));
    else bytes += String.fromCharCode(0xf0 | (point >> 18), trail(point >> 12), trail(point >> 6), trail(point));
  }
  return bytes;
}

function trail(bits: number): number {
  return 0x80 | (bits & 0x3f);
}
