/** The ladder as one picture of its own: an SVG without a script, a font or an address in it. Pure text in, text out. */
import type { RowView } from '../engine/row-keeper.ts';
import { clock, packetLine } from './event-log.ts';

export interface PictureOptions {
  readonly title: string;
  readonly hosts: readonly string[];
  readonly language: 'en' | 'zh';
  readonly isDark: boolean;
}

const WIDTH = 960;
const PAD = 190;
const HEAD = 84;
const SENTENCE_UNITS = 96;
/** Between two of three hosts there is less room. */
const NARROW_UNITS = 44;

const LIGHT = { back: '#ffffff', ink: '#1b1f24', soft: '#5a6470', line: '#c3cad2' };
const DARK = { back: '#14181d', ink: '#e6eaee', soft: '#9aa6b2', line: '#3a444f' };

/** Colours by what a packet is; the words at the arrow say the same. */
export function packetColour(row: Pick<RowView, 'flags' | 'protocol' | 'length'>, isDark: boolean): string {
  if (row.protocol !== 'tcp') return isDark ? '#d9b44a' : '#7a5c00';
  if (row.flags.includes('RST')) return isDark ? '#ff8a5c' : '#b3400a';
  if (row.flags.includes('SYN')) return isDark ? '#4fc6a0' : '#00704f';
  if (row.flags.includes('FIN')) return isDark ? '#d8a0d8' : '#8a3a8f';
  if ((row.length ?? 0) > 0) return isDark ? '#74b3ef' : '#005fa3';
  return isDark ? '#aab4bf' : '#4d5865';
}

export function ladderSvg(rows: readonly RowView[], options: PictureOptions): string {
  const colours = options.isDark ? DARK : LIGHT;
  const columns = new Map(options.hosts.map((host, index) => [host, columnX(index, options.hosts.length)]));
  const parts: string[] = [];
  let y = HEAD;
  for (const row of rows) {
    const centre = centreOf(row, columns);
    const lines = wrapped(row.say[options.language], centre === null ? SENTENCE_UNITS : NARROW_UNITS);
    const top = y;
    y += row.kind === 'segment' ? 46 : 14;
    parts.push(
      ...lines.map((line, index) =>
        // A margin of the ground's colour: no lifeline strikes it through.
        text(centre ?? WIDTH / 2, y + index * 18, line, colours.soft, 12.5, 'middle').replace(
          '<text',
          `<text paint-order="stroke" stroke="${colours.back}" stroke-width="6"`,
        ),
      ),
    );
    if (row.kind === 'segment') parts.push(arrow(row, top, columns, colours, options.isDark));
    y += lines.length * 18 + 12;
  }
  const height = y + 24;
  const lifelines = [...columns].map(
    ([host, x]) =>
      `<line x1="${x}" y1="${HEAD - 18}" x2="${x}" y2="${height - 16}" stroke="${colours.line}" stroke-width="2"/>` +
      text(x, HEAD - 28, host, colours.ink, 15, 'middle', 600),
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" viewBox="0 0 ${WIDTH} ${height}" font-family="system-ui, sans-serif">`,
    `<title>${escaped(options.title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="${colours.back}"/>`,
    text(WIDTH / 2, 28, options.title, colours.ink, 17, 'middle', 600),
    ...lifelines,
    ...parts,
    '</svg>',
    '',
  ].join('\n');
}

function columnX(index: number, count: number): number {
  return count < 2 ? WIDTH / 2 : PAD + (index * (WIDTH - 2 * PAD)) / (count - 1);
}

/** With more than two hosts words stand where they belong, between the ends of the arrow or at the host that acts; else null. */
function centreOf({ kind, from, to }: RowView, columns: ReadonlyMap<string, number>): number | null {
  const [one, other] = [columns.get(from), columns.get(kind === 'segment' ? to : from)];
  return columns.size < 3 || kind === 'note' || one === undefined || other === undefined ? null : (one + other) / 2;
}

function arrow(
  row: RowView,
  y: number,
  columns: ReadonlyMap<string, number>,
  colours: typeof LIGHT,
  isDark: boolean,
): string {
  const from = columns.get(row.from) ?? 0;
  const whole = columns.get(row.to) ?? (from < WIDTH / 2 ? WIDTH - PAD : PAD);
  const isLost = row.status === 'dropped' && row.arrivedUs === null;
  const to = isLost ? from + (whole - from) * 0.62 : whole;
  const colour = packetColour(row, isDark);
  const [top, bottom] = [y + 8, y + 30];
  const end = isLost ? top + (bottom - top) * 0.62 : bottom;
  const direction = Math.sign(to - from) || 1;
  const head = isLost
    ? `<path d="M${to - 6} ${end - 6}l12 12m0 -12l-12 12" stroke="${colour}" stroke-width="2.5"/>`
    : `<path d="M${to} ${end}l${-11 * direction} -6v12z" fill="${colour}"/>`;
  const states = [
    stateText(from, top, row.fromState, direction, colours),
    stateText(to, end, isLost ? null : row.toState, -direction, colours),
  ];
  return [
    text(28, y + 12, clock(row.timeUs), colours.soft, 11),
    `<line x1="${from}" y1="${top}" x2="${to}" y2="${end}" stroke="${colour}" stroke-width="2"/>`,
    head,
    text((from + whole) / 2, y + 4, packetLine(row), colour, 12.5, 'middle', 600),
    ...states,
  ].join('');
}

function stateText(x: number, y: number, pair: RowView['toState'], direction: number, colours: typeof LIGHT): string {
  if (pair === null || pair.before === pair.after) return '';
  return text(x - direction * 10, y + 4, pair.after, colours.ink, 11, direction > 0 ? 'end' : 'start', 600);
}

function text(x: number, y: number, words: string, fill: string, size: number, anchor = 'start', weight = 400): string {
  return `<text x="${x}" y="${y}" fill="${fill}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}">${escaped(words)}</text>`;
}

function escaped(words: string): string {
  return words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}

/** What no Chinese line begins with. */
const CLOSING = /^[，。；：！？、）】”]$/;

/** Lines of at most so many half-width cells: English breaks at spaces, Chinese anywhere but before a closing mark. */
export function wrapped(words: string, units: number): string[] {
  const lines: string[] = [];
  let line = '';
  let used = 0;
  for (const piece of words.match(/[\u2e80-\uffef]|[^\s\u2e80-\uffef]+\s*|\s+/g) ?? []) {
    const width = [...piece].reduce((sum, letter) => sum + (letter.charCodeAt(0) >= 0x2e80 ? 2 : 1), 0);
    if (used + width > units && line !== '' && !CLOSING.test(piece)) {
      lines.push(line.trimEnd());
      line = '';
      used = 0;
    }
    line += piece;
    used += width;
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  return lines;
}
