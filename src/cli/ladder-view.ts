/**
 * The ladder on a terminal: hosts are vertical lines, packets arrows between them, states stand beside the lines. Two hosts
 * and room enough: the states stand outside, at the height where they change. Else they stand in a line below the arrow.
 */
import type { LadderRow, StatePair } from '../scenes/index.ts';
import { byteCount, hostName } from '../scenes/text.ts';
import type { Omission } from './condense.ts';
import { type ArrowStyle, arrowCells } from './ladder-arrow.ts';
import { connectionOf, packetDetails, packetLabel, packetMark, paintFlags } from './ladder-words.ts';
import type { Screen } from './screen.ts';
import { cut, padEnd, padStart, widthOf, wrap } from './text-layout.ts';

const TIME_WIDTH = 9;
/** `SYN-RECEIVED` is the longest name of a state. */
const STATE_WIDTH = 12;
/** Below this, states no longer fit beside the lines. */
const WIDE_MIN = 74;

export class LadderView {
  private readonly screen: Screen;
  private readonly hosts: readonly string[];
  private readonly titles: readonly string[];
  private readonly isWide: boolean;
  /** Column of each host's line. */
  private readonly axes: readonly number[];
  /** States as last shown, by host. */
  private readonly shown = new Map<string, string>();
  private step = 0;
  private isAfterRemark = false;
  /** Both ends of the last packet. */
  private connection = '';

  /** @param titles what to write over the lines instead of the hosts' names */
  constructor(
    screen: Screen,
    hosts: readonly string[],
    titles: readonly string[] = hosts.map((host) => shortName(host, screen)),
  ) {
    this.screen = screen;
    this.hosts = hosts;
    this.titles = titles;
    this.isWide = hosts.length === 2 && screen.width >= WIDE_MIN;
    this.axes = placeAxes(hosts.length, screen.width, this.isWide);
  }

  /** Names of the hosts over their lines. */
  header(): string[] {
    const { colors } = this.screen;
    const cells: Cell[] = this.titles.map((name, index) => {
      const axis = this.axes[index] ?? 0;
      const room = this.nameRoom(index);
      const text = cut(name, room);
      const start = this.isWide
        ? index === 0
          ? axis - 1 - widthOf(text)
          : Math.min(axis + 2, this.screen.width - widthOf(text))
        : Math.max(TIME_WIDTH + 1, Math.min(axis - (widthOf(text) >> 1), this.screen.width - widthOf(text)));
      return { at: start, text, paint: colors.bold };
    });
    return [draw(cells)];
  }

  /** The ends of the lines. */
  footer(): string[] {
    return [this.rails()];
  }

  /** A row of the ladder as lines. */
  row(row: LadderRow): string[] {
    if (row.kind === 'segment' && this.hosts.includes(row.from)) return this.packet(row);
    // Remarks that follow each other stand together.
    const isFirst = !this.isAfterRemark;
    this.isAfterRemark = true;
    return [...(isFirst ? [this.rails()] : []), ...this.remark(row)];
  }

  /** Rows that are not drawn; they keep their numbers. */
  omission({ omitted, bytes }: Omission): string[] {
    this.step += omitted;
    this.isAfterRemark = false;
    const { en, zh } = { en: `⋮ ${omitted} more of the same`, zh: `⋮ 另有 ${omitted} 个同样的分组` };
    const sizes = bytes === 0 ? { en: '', zh: '' } : { en: ` with ${byteCount(bytes)}`, zh: `，共 ${bytes} 字节` };
    const text = this.screen.say({
      en: `${en}${sizes.en} (--all draws them)`,
      zh: `${zh}${sizes.zh}（--all 全部画出）`,
    });
    return [this.rails(), draw([{ at: TIME_WIDTH + 2, text, paint: this.screen.colors.dim }])];
  }

  /** What comes next is another connection. */
  forgetStates(): void {
    this.connection = '';
    this.shown.clear();
  }

  private nameRoom(index: number): number {
    if (this.isWide) return STATE_WIDTH + 10;
    const gap = (this.axes[1] ?? this.screen.width) - (this.axes[0] ?? 0);
    return Math.max(6, index === 0 ? gap : gap - 1);
  }

  private packet(row: LadderRow): string[] {
    this.step++;
    this.isAfterRemark = false;
    const from = this.hosts.indexOf(row.from);
    const named = this.hosts.indexOf(row.to);
    // To everybody, or to nobody here: the arrow goes to the far line.
    const to = named >= 0 && named !== from ? named : from === 0 ? this.hosts.length - 1 : 0;
    const connection = connectionOf(row);
    // With one connection the ports are of no interest; with several they tell which one this is.
    const showsPorts = row.protocol === 'tcp' && this.connection !== '' && this.connection !== connection;
    if (row.protocol === 'tcp') this.connection = connection;
    const lines = this.isWide
      ? this.wideArrow(row, from, to, showsPorts)
      : this.stackedArrow(row, from, to, showsPorts);
    return [...lines, ...this.sentence(row, String(this.step))];
  }

  /** States outside of the lines: the sender's at the arrow's tail, the receiver's below its head. */
  private wideArrow(row: LadderRow, from: number, to: number, showsPorts: boolean): string[] {
    const { colors } = this.screen;
    const left = Math.min(from, to);
    const start = (this.axes[left] ?? 0) + 1;
    const span = (this.axes[Math.max(from, to)] ?? 0) - start;
    const paint = paintFlags(row, colors);
    const label = packetLabel(row, span - 5);
    const style: ArrowStyle = { goesRight: from < to, status: row.status, arrives: row.arrivedUs !== null, paint };
    const former = this.formerState(row, from);
    const first: Cell[] = [
      this.timeCell(row.timeUs),
      ...this.stateCells(row.from, from, row.fromState, false),
      ...(row.toState === null
        ? []
        : this.stateCells(row.to, to, { before: row.toState.before, after: row.toState.before }, true)),
      ...this.axisCells(),
      ...arrowCells(start, span, label, style),
    ];
    const second: Cell[] = [...this.axisCells()];
    const isLost = row.status === 'dropped' || row.status === 'in-flight';
    if (row.toState !== null && !isLost && row.toState.before !== row.toState.after) {
      second.push(...this.stateCells(row.to, to, row.toState, false));
    }
    const lines = [draw([...this.axisCells(), ...former]), draw(first)];
    const details = packetDetails(row, this.screen, span - 4, showsPorts);
    const mark = packetMark(row, this.screen);
    if (mark !== '') details.push(mark);
    for (const [index, text] of (details.length === 0 && second.length > this.hosts.length
      ? ['']
      : details
    ).entries()) {
      const isMark = mark !== '' && index === details.length - 1;
      const at = from < to ? start + 3 : start + span - 3 - widthOf(text);
      const cell: Cell = { at, text, paint: isMark ? colors.yellow : colors.dim };
      lines.push(draw([...(index === 0 ? [...second, ...this.arrivalCells(row)] : this.axisCells()), cell]));
    }
    return lines;
  }

  /** Above the arrow: what the sender was before it changed and sent. */
  private formerState(row: LadderRow, index: number): Cell[] {
    const pair = row.fromState;
    if (pair === null || pair.before === pair.after || this.shown.get(row.from) === pair.after) return [];
    const axis = this.axes[index] ?? 0;
    const text = cut(pair.before, STATE_WIDTH);
    return [{ at: index === 0 ? axis - 1 - widthOf(text) : axis + 2, text, paint: this.screen.colors.dim }];
  }

  /** Everything between the lines, states last. */
  private stackedArrow(row: LadderRow, from: number, to: number, showsPorts: boolean): string[] {
    const { colors } = this.screen;
    const left = Math.min(from, to);
    const start = (this.axes[left] ?? 0) + 1;
    const span = (this.axes[Math.max(from, to)] ?? 0) - start;
    const paint = paintFlags(row, colors);
    const label = packetLabel(row, this.screen.width - TIME_WIDTH - 4);
    const mark = packetMark(row, this.screen);
    const text = cut(mark === '' ? label : `${label}  ${mark}`, this.screen.width - TIME_WIDTH - 2);
    const centre = start + (span >> 1) - (widthOf(text) >> 1);
    const at = Math.max(TIME_WIDTH + 2, Math.min(centre, this.screen.width - widthOf(text)));
    const style: ArrowStyle = { goesRight: from < to, status: row.status, arrives: row.arrivedUs !== null, paint };
    const lines = [
      this.rails(),
      draw([this.timeCell(row.timeUs), { at, text, paint }]),
      draw([...this.axisCells(), ...arrowCells(start, span, '', style).map((cell) => this.crossed(cell))]),
    ];
    const room = this.screen.width - TIME_WIDTH - 6;
    const details = packetDetails({ ...row, options: '' }, this.screen, room, showsPorts);
    for (const text of details) {
      const centre = start + (span >> 1) - (widthOf(text) >> 1);
      const place = Math.max(TIME_WIDTH + 2, Math.min(centre, this.screen.width - widthOf(text)));
      lines.push(draw([{ at: place, text, paint: colors.dim }]));
    }
    const states: Cell[] = [];
    for (const [index, host, pair] of [
      [from, row.from, row.fromState],
      [to, row.to, row.toState],
    ] as const) {
      if (pair === null || this.shown.get(host) === pair.after) continue;
      this.shown.set(host, pair.after);
      const axis = this.axes[index] ?? 0;
      const width = widthOf(pair.after);
      const place = Math.max(TIME_WIDTH + 1, Math.min(axis - (width >> 1), this.screen.width - width));
      states.push({ at: place, text: pair.after, paint: this.paintState(pair.after) });
    }
    if (states.length > 0) lines.push(draw(states.sort((a, b) => a.at - b.at)));
    return lines;
  }

  /** Lines of hosts the packet only passes show through the arrow. */
  private crossed(cell: Cell): Cell {
    const characters = [...cell.text];
    for (const axis of this.axes) {
      const at = axis - cell.at;
      if (characters[at] === '─' || characters[at] === '╌') characters[at] = '┼';
    }
    return { ...cell, text: characters.join('') };
  }

  /** What a program, a timer or the story itself did. */
  private remark(row: LadderRow): string[] {
    const { colors } = this.screen;
    const text = this.screen.say(row.say);
    const sign = row.kind === 'note' ? '※' : row.timer !== null ? '◆' : row.kind === 'state' ? '■' : '▸';
    const lines = wrap(text, this.screen.width - TIME_WIDTH - 4);
    const paint = row.kind === 'note' ? colors.italic : row.timer !== null ? colors.yellow : plain;
    const out = lines.map((line, index) =>
      index === 0
        ? draw([
            this.timeCell(row.timeUs),
            { at: TIME_WIDTH + 2, text: `${sign} `, paint: colors.cyan },
            { at: TIME_WIDTH + 4, text: line, paint },
          ])
        : draw([{ at: TIME_WIDTH + 4, text: line, paint }]),
    );
    if (row.kind === 'state' && row.fromState !== null) this.shown.set(row.from, row.fromState.after);
    return out;
  }

  /** What happened and why, and what the story adds. */
  private sentence(row: LadderRow, number: string): string[] {
    const { colors } = this.screen;
    const lines: string[] = [];
    const width = this.screen.width - TIME_WIDTH - 4;
    for (const [index, line] of wrap(this.screen.say(row.say), width).entries()) {
      const head: Cell[] =
        index === 0
          ? [{ at: TIME_WIDTH + 2 - number.length, text: number, paint: (text) => colors.bold(colors.cyan(text)) }]
          : [];
      lines.push(draw([...head, { at: TIME_WIDTH + 4, text: line, paint: plain }]));
    }
    if (row.aside !== null) {
      for (const [index, line] of wrap(this.screen.say(row.aside), width - 2).entries()) {
        const head: Cell[] = index === 0 ? [{ at: TIME_WIDTH + 4, text: '※', paint: colors.cyan }] : [];
        lines.push(draw([...head, { at: TIME_WIDTH + 6, text: line, paint: colors.italic }]));
      }
    }
    return lines;
  }

  /** When the packet came to its end, below when it left. */
  private arrivalCells(row: LadderRow): Cell[] {
    if (row.arrivedUs === null || row.arrivedUs === row.timeUs || row.status === 'dropped') return [];
    return [this.timeCell(row.arrivedUs)];
  }

  private timeCell(timeUs: number): Cell {
    return { at: 0, text: padStart(timeText(timeUs), TIME_WIDTH), paint: this.screen.colors.dim };
  }

  private rails(): string {
    return draw(this.axisCells());
  }

  private axisCells(): Cell[] {
    return this.axes.map((at) => ({ at, text: '│', paint: this.screen.colors.dim }));
  }

  /** The state beside its line; bright when it is new there. */
  private stateCells(host: string, index: number, pair: StatePair | null, isFormer: boolean): Cell[] {
    if (pair === null) return [];
    const { colors } = this.screen;
    const axis = this.axes[index] ?? 0;
    const text = cut(pair.after, STATE_WIDTH);
    const at = index === 0 ? axis - 1 - widthOf(text) : axis + 2;
    const isNews = !isFormer && this.shown.get(host) !== pair.after;
    this.shown.set(host, pair.after);
    return [{ at, text, paint: isNews ? this.paintState(pair.after) : colors.dim }];
  }

  private paintState(state: string): Paint {
    const { colors } = this.screen;
    const color =
      state === 'ESTABLISHED'
        ? colors.green
        : state === 'CLOSED'
          ? colors.red
          : state === 'TIME-WAIT'
            ? colors.yellow
            : colors.cyan;
    return (text) => colors.bold(color(text));
  }
}

/** Times of a ladder: milliseconds to a second, seconds beyond. */
export function timeText(timeUs: number): string {
  const ms = timeUs / 1000;
  if (ms < 1000) return `${ms.toFixed(1)} ms`;
  const seconds = ms / 1000;
  return seconds < 10_000 ? `${seconds.toFixed(seconds < 100 ? 3 : 1)} s` : `${(seconds / 3600).toFixed(2)} h`;
}

/** `client`, `客户端`. */
export function shortName(host: string, screen: Screen): string {
  return screen.say(hostName(host)).replace(/^the /, '').trim();
}

/** A piece of text at a column. */
export interface Cell {
  readonly at: number;
  readonly text: string;
  readonly paint: Paint;
}

export type Paint = (text: string) => string;

function plain(text: string): string {
  return text;
}

/** Puts cells on one line; where two would overlap, the later one in the list wins what is left of its place. */
export function draw(cells: readonly Cell[]): string {
  let line = '';
  let column = 0;
  for (const cell of [...cells].sort((a, b) => a.at - b.at)) {
    if (cell.text === '' || cell.at < column) continue;
    line += ' '.repeat(cell.at - column) + cell.paint(cell.text);
    column = cell.at + widthOf(cell.text);
  }
  return padEnd(line, 0).trimEnd();
}

function placeAxes(count: number, width: number, isWide: boolean): number[] {
  const first = isWide ? TIME_WIDTH + 1 + STATE_WIDTH + 1 : TIME_WIDTH + 5;
  const last = isWide ? width - STATE_WIDTH - 3 : width - 6;
  if (count <= 1) return [first];
  return Array.from({ length: count }, (_, index) => Math.round(first + ((last - first) * index) / (count - 1)));
}
