/** Where the command line writes: width, colours, language, and the streams, so that tests can stand in for them. */
import pc from 'picocolors';
import type { Language, Text } from './language.ts';
import { widthOf, wrap } from './text-layout.ts';

/** Narrower terminals get lines that are cut off by themselves. */
export const WIDTH_MIN = 40;
/** Lines longer than this are hard to read. */
export const WIDTH_MAX = 110;

export type Colors = ReturnType<typeof pc.createColors>;
export type Env = Readonly<Record<string, string | undefined>>;

/** The part of a stream that is needed. */
export interface TextSink {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

/** How a screen is made. */
export interface ScreenOptions {
  readonly language: Language;
  readonly out: TextSink;
  readonly err: TextSink;
  readonly env: Env;
  /** `--color` or `--no-color`; undefined: by environment and terminal. */
  readonly color?: boolean | undefined;
}

export class Screen {
  readonly language: Language;
  readonly width: number;
  readonly colors: Colors;
  readonly isTerminal: boolean;
  /** Lines can be written over: a terminal that moves its cursor. */
  readonly canRedraw: boolean;
  private readonly out: TextSink;
  private readonly err: TextSink;

  constructor(options: ScreenOptions) {
    const { out, err, env } = options;
    this.language = options.language;
    this.out = out;
    this.err = err;
    this.isTerminal = out.isTTY === true;
    this.canRedraw = this.isTerminal && env.TERM !== 'dumb';
    this.width = chooseWidth(out, env);
    this.colors = pc.createColors(options.color ?? wantsColor(out, env));
  }

  /** The text in the reader's language. */
  say(text: Text): string {
    return text[this.language];
  }

  /** Writes a line. */
  line(text = ''): void {
    this.out.write(`${text}\n`);
  }

  lines(texts: readonly string[]): void {
    if (texts.length > 0) this.out.write(`${texts.join('\n')}\n`);
  }

  /** Writes as it is. */
  raw(text: string): void {
    this.out.write(text);
  }

  /** A line for the error stream. */
  problem(text: string): void {
    this.err.write(`${text}\n`);
  }

  /** A failure and what to do about it, on the error stream. */
  fail(message: string, fix = ''): void {
    this.failAt(message, [], fix);
  }

  /** As `fail`, with lines that show the place in between, as they are. */
  failAt(message: string, place: readonly string[], fix: string): void {
    const { colors } = this;
    this.problem(`${colors.red(colors.bold('woshou:'))} ${message}`);
    for (const line of place) this.problem(`  ${line}`);
    if (fix === '') return;
    const label = this.say({ en: 'fix:', zh: '办法：' });
    const lines = wrap(fix, Math.max(20, this.width - 10));
    for (const [index, text] of lines.entries()) {
      this.problem(`  ${index === 0 ? colors.green(label) : ' '.repeat(widthOf(label))} ${text}`);
    }
  }
}

// The rules people rely on: https://no-color.org and FORCE_COLOR, then whether somebody is looking.
function wantsColor(out: TextSink, env: Env): boolean {
  if (env.NO_COLOR !== undefined && env.NO_COLOR !== '') return false;
  if (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '') return env.FORCE_COLOR !== '0';
  return out.isTTY === true && env.TERM !== 'dumb';
}

function chooseWidth(out: TextSink, env: Env): number {
  const said = Number(env.COLUMNS);
  const width = Number.isInteger(said) && said > 0 ? said : (out.columns ?? 80);
  return Math.min(Math.max(width, WIDTH_MIN), WIDTH_MAX);
}
