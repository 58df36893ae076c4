/**
 * Text measured in columns of a terminal: Chinese characters take two, colour codes none. Padding, cutting and wrapping
 * that keep columns in line.
 */
import stringWidth from 'string-width';

/** Columns a text takes; colour codes count nothing. */
export function widthOf(text: string): number {
  return stringWidth(text);
}

/** Filled with spaces on the right up to `width` columns; longer text stays as it is. */
export function padEnd(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

/** Filled with spaces on the left. */
export function padStart(text: string, width: number): string {
  return ' '.repeat(Math.max(0, width - widthOf(text))) + text;
}

/** Cut to `width` columns with an ellipsis where something is missing. For text without colours. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let kept = '';
  let used = 0;
  for (const character of text) {
    const more = widthOf(character);
    if (used + more > width - 1) break;
    kept += character;
    used += more;
  }
  return `${kept}…`;
}

/**
 * Breaks a text into lines of at most `width` columns: at spaces, and between Chinese characters, but never before a
 * closing mark or behind an opening one. A word longer than a line is cut. For text without colours.
 */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const paragraph of text.split('\n')) wrapParagraph(paragraph, Math.max(2, width), lines);
  return lines;
}

function wrapParagraph(text: string, width: number, lines: string[]): void {
  let line = '';
  let space = '';
  for (const piece of pieces(text)) {
    if (/^\s+$/.test(piece)) {
      space = line === '' ? '' : ' ';
      continue;
    }
    if (widthOf(line + space + piece) <= width) {
      line += space + piece;
    } else {
      if (line !== '') lines.push(line);
      line = piece;
      while (widthOf(line) > width) {
        const head = columns(line, width);
        lines.push(head);
        line = line.slice(head.length);
      }
    }
    space = '';
  }
  lines.push(line);
}

/** What may not be torn apart: words, single wide characters with the marks that cling to them, and spaces. */
function pieces(text: string): string[] {
  return (
    text.match(
      /\s+|[（“《【「]*[\u2e80-\u9fff\uff00-\uffef][，。、；：？！）”》】」…]*|[^\s\u2e80-\u9fff\uff00-\uffef（“《【「]+[，。、；：？！）”》】」…]*|./gu,
    ) ?? []
  );
}

/** The longest head of a text that fits, one character at least. */
function columns(text: string, width: number): string {
  let head = '';
  for (const character of text) {
    if (head !== '' && widthOf(head + character) > width) break;
    head += character;
  }
  return head;
}
