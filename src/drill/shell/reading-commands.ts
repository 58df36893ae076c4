/** Programs that read: nstat from the stack's counters, cat of settings, and what is done to text on its way through pipes. */
import { DrillError } from '../drill-error.ts';
import { type CommandInput, type CommandResult, DONE, settingKey, UNKNOWN } from './command.ts';
import { matchesGlob } from './glob.ts';
import type { ShellTarget } from './shell-target.ts';

/** Programs whose output we cannot tell, and which always succeed. */
const FILTERS: ReadonlySet<string> = new Set([
  ...[
    'sed',
    'sort',
    'uniq',
    'cut',
    'xargs',
    'tee',
    'less',
    'more',
    'xxd',
    'hexdump',
    'od',
    'column',
    'bc',
    'expr',
    'seq',
  ],
  ...['diff', 'find', 'readlink', 'basename', 'dirname', 'read', 'jq'],
]);

/** Undefined: none of these. */
export function runReader(program: string, command: CommandInput, target: ShellTarget): CommandResult | undefined {
  switch (program) {
    case 'nstat':
      return runNstat(command, target);
    case 'cat':
      return runCat(command, target);
    case 'grep':
    case 'egrep':
    case 'fgrep':
      return runGrep(program, command, target);
    case 'awk':
    case 'gawk':
    case 'mawk':
      return runAwk(command);
    case 'wc':
      return runWc(command);
    case 'head':
    case 'tail':
      return runEnds(program === 'head', command);
    case 'tr':
      return runTr(command);
    default:
      return FILTERS.has(program) ? UNKNOWN : undefined;
  }
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines[lines.length - 1] === '') lines.pop();
  return lines;
}

function textOf(lines: readonly string[]): string {
  return lines.map((line) => `${line}\n`).join('');
}

/** Tells what has changed since it looked last. */
function runNstat({ known }: CommandInput, target: ShellTarget): CommandResult {
  const rest = known.slice(1);
  const flags = rest.filter((word) => /^-\w/.test(word)).join('');
  const names = rest.filter((word) => !word.startsWith('-'));
  const now = target.counters();
  const before = target.seenCounters;
  if (!/s/.test(flags)) target.seenCounters = new Map(now);
  if (/n/.test(flags)) return DONE;
  const isAbsolute = /[ar]/.test(flags);
  const lines = ['#kernel'];
  for (const [name, value] of now) {
    if (names.length > 0 && !names.some((pattern) => matchesGlob(pattern, name))) continue;
    const shown = isAbsolute ? value : value - (before.get(name) ?? 0);
    if (shown !== 0 || /z/.test(flags)) lines.push(`${name.padEnd(32)}${String(shown).padEnd(16)}   0.0`);
  }
  return { status: 0, output: textOf(lines) };
}

function runCat(command: CommandInput, target: ShellTarget): CommandResult {
  const files = command.known.slice(1).filter((word) => !word.startsWith('-'));
  if (files.length === 0) return { status: 0, output: command.input };
  const texts = files.map((file) => fileText(file, target));
  return { status: 0, output: texts.includes(null) ? null : texts.join('') };
}

function fileText(file: string, target: ShellTarget): string | null {
  if (!file.startsWith('/proc/sys/')) return null;
  const value = target.sysctl(settingKey(file));
  return value === null ? null : `${value}\n`;
}

function runGrep(program: string, command: CommandInput, target: ShellTarget): CommandResult {
  const flags = new Set<string>();
  const patterns: string[] = [];
  const bare: string[] = [];
  const rest = command.known.slice(1);
  for (let at = 0; at < rest.length; at++) {
    const word = rest[at] ?? '';
    if (word === '-e' || word === '-m') {
      at++;
      if (word === '-e') patterns.push(rest[at] ?? '');
    } else if (/^-[A-Za-z]+$/.test(word)) for (const flag of word.slice(1)) flags.add(flag);
    else if (!/^--/.test(word)) bare.push(word);
  }
  if (patterns.length === 0) patterns.push(bare.shift() ?? '');
  if (program === 'fgrep') flags.add('F');
  if (program === 'egrep') flags.add('E');
  const texts = bare.map((file) => fileText(file, target));
  const input = bare.length > 0 ? (texts.includes(null) ? null : texts.join('')) : command.input;
  const matchers = patterns.map((pattern) => matcherOf(pattern, flags));
  if (input === null || command.words.includes(null) || matchers.includes(null))
    return { status: null, output: flags.has('q') ? '' : null };
  const found = linesOf(input).filter(
    (line) => matchers.some((matcher) => matcher?.test(line) === true) !== flags.has('v'),
  );
  const isElsewhere = patterns.some((pattern) => isCountedElsewhere(pattern, target));
  if (found.length === 0 && isElsewhere) return { status: null, output: flags.has('q') ? '' : null };
  const status = found.length > 0 ? 0 : 1;
  if (flags.has('q')) return { status, output: '' };
  return { status, output: flags.has('c') ? `${found.length}\n` : textOf(found) };
}

/** The name of a counter of the kernel's that nobody here counts: that it is not found says nothing. */
function isCountedElsewhere(pattern: string, target: ShellTarget): boolean {
  const name = /(?:Tcp|TCP|Ip|Udp|Icmp)\w{3,}/.exec(pattern)?.[0];
  return name !== undefined && ![...target.counters().keys()].some((counter) => counter.includes(name));
}

/** Null: a pattern that is not understood, or that could take for ever. */
function matcherOf(pattern: string, flags: ReadonlySet<string>): RegExp | null {
  let source = flags.has('F') ? pattern.replace(/[.*+?^${}()|[\]\\]/g, '\\$&') : pattern;
  // Basic expressions have the meaning behind a backslash that extended ones have without.
  if (!flags.has('F') && !flags.has('E') && !flags.has('P'))
    source = source.replace(/\\?[+?{}()|]/g, (mark) => (mark.length === 2 ? mark.charAt(1) : `\\${mark}`));
  if (/(?<!\\)\)[*+?{]/.test(source) || source.length > 200) return null;
  if (flags.has('w')) source = `\\b(?:${source})\\b`;
  if (flags.has('x')) source = `^(?:${source})$`;
  try {
    return new RegExp(source, flags.has('i') ? 'i' : '');
  } catch {
    return null;
  }
}

/** `awk '{print $2}'`, with a `/pattern/` of plain letters before it or without. */
function runAwk(command: CommandInput): CommandResult {
  const program = command.known.slice(1).find((word) => !word.startsWith('-')) ?? '';
  const [whole, pattern, field] = /^\s*(?:\/([\w-]+)\/)?\s*\{\s*print\s+\$(\d+|NF)\s*;?\s*\}\s*$/.exec(program) ?? [];
  if (whole === undefined || command.input === null) return UNKNOWN;
  const lines = linesOf(command.input).filter((line) => pattern === undefined || line.includes(pattern));
  const shown = lines.map((line) => {
    if (field === '0') return line;
    const parts = line.trim().split(/\s+/);
    return parts[field === 'NF' ? parts.length - 1 : Number(field) - 1] ?? '';
  });
  return { status: 0, output: textOf(shown) };
}

function runWc({ known, input }: CommandInput): CommandResult {
  if (input === null || known[1] !== '-l' || known.length > 2) return UNKNOWN;
  return { status: 0, output: `${linesOf(input).length}\n` };
}

function runEnds(isHead: boolean, { known, input }: CommandInput): CommandResult {
  const digits = /^-n?\s*(\d+)$/.exec(known.slice(1).join(' '))?.[1] ?? (known.length === 1 ? '10' : undefined);
  if (input === null || digits === undefined) return UNKNOWN;
  const count = Number(digits);
  const lines = linesOf(input);
  return { status: 0, output: textOf(isHead ? lines.slice(0, count) : lines.slice(Math.max(0, lines.length - count))) };
}

/** `tr -d CHARACTERS`. */
function runTr({ known, input }: CommandInput): CommandResult {
  if (input === null || known[1] !== '-d' || known.length !== 3) return UNKNOWN;
  const taken = (known[2] ?? '').replace(/\\n/g, '\n').replace(/\\t/g, '\t');
  if (/[[\]\\]|.-./.test(taken)) throw new DrillError(`'tr -d ${taken}' is not understood`);
  return { status: 0, output: [...input].filter((character) => !taken.includes(character)).join('') };
}
