/** A packetdrill script from text to tree: option lines, the first command, events with their times, the last command. */
import type { Action, DrillEvent, EventTime, Script, ScriptOption, ShellAction } from './ast.ts';
import { parseCode } from './code/parse-code.ts';
import { ipVersionOf } from './ip-version.ts';
import { Lexer, quoted } from './lexer.ts';
import { parseCall } from './parse-call.ts';
import { parsePacket } from './parse-packet.ts';
import { standingWords } from './standing-words.ts';

/** The file's name for errors, and words defined from outside. */
export interface ParseOptions {
  /** For messages. */
  readonly file?: string;
  /** Words and what each stands for: a word, a whole number, a "string" (quotes included) or a `command` (backquotes included). */
  readonly defines?: ReadonlyMap<string, string>;
  /** Which standing words hold, where the script does not say: `ipv6`. Default `ipv4`. */
  readonly ipVersion?: string | undefined;
}

/** Options without a meaning here: what they speak of is decided otherwise, or belongs to a real device. */
export const OPTIONS_WITHOUT_EFFECT: readonly string[] = [
  ...['send_omit_free', 'so_filename', 'so_flags', 'verbose', 'debug'],
  ...['wire_client', 'wire_client_dev', 'wire_server', 'wire_server_dev', 'wire_server_ip', 'wire_server_port'],
  ...['persistent_tun_dev', 'tun_dev', 'netmask_ip', 'gateway_ip', 'live_bind_ip', 'live_connect_ip', 'speed'],
  ...['local_linklayer_address', 'remote_linklayer_address', 'udp_encaps', 'is_anyip', 'no_cleanup', 'code'],
];

/** The options a script may begin with. */
export const OPTION_NAMES: readonly string[] = [
  ...['tolerance_usecs', 'mss', 'tcp_ts_tick_usecs', 'tcp_ts_ecr_scaled', 'strict_segments'],
  ...['ip_version', 'local_ip', 'remote_ip', 'define', 'non_fatal', 'init_scripts', 'dry_run'],
  // Ours: ports, the device's MTU, a second bound of tolerance, echoes of timestamps compared.
  ...['bind_port', 'connect_port', 'mtu', 'tolerance_percent', 'compare_ts_ecr'],
  ...OPTIONS_WITHOUT_EFFECT,
];

const OPTION = /--([A-Za-z_][\w-]*)(?:=((?:"[^"\n]*"|`[^`]*`|[^\s"`])*))?/y;
const DEFINE = /-D[ \t]*((?:"[^"\n]*"|`[^`]*`|[^\s"`])*)/y;
const DEFINITION = /^([A-Za-z_]\w*)=([\s\S]*)$/;
const STAR = /\*/y;
/** A point behind the digits is none of those in `0...1`. */
const TIME = /(\+?)[ \t]*((?:[0-9]+(?:\.[0-9]+|\.(?!\.))?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)(?![A-Za-z_])/y;
const TIME_WORD = /(\+)[ \t]*([A-Za-z_]\w*)/y;
const SECONDS = /^(?:[0-9]+\.?[0-9]*|\.[0-9]+)$/;
const BETWEEN = /~|\.\.\./y;
const AN_ACTION = 'a call, a packet (< or >), a `command` or %{ code }%';

/** Parses a whole script. Throws DrillSyntaxError, and nothing else whatever the text. */
export function parseDrillScript(text: string, given: ParseOptions = {}): Script {
  const { file = 'script', defines = new Map() } = given;
  const lexer = new Lexer(file, text, defines);
  const options = parseOptions(lexer, defines);
  const version = given.ipVersion ?? [...options].reverse().find(({ name }) => name === 'ip_version')?.value ?? '';
  for (const [word, value] of standingWords(ipVersionOf(version) ?? 'ipv4')) {
    if (!lexer.defines.has(word)) lexer.defines.set(word, value);
  }
  const initCommand = lexer.peek().type === 'shell' ? parseShell(lexer) : undefined;
  const events: DrillEvent[] = [];
  let cleanupCommand: ShellAction | undefined;
  while (lexer.peek().type !== 'end') {
    if (lexer.peek().type === 'shell') cleanupCommand = parseCleanup(lexer);
    else events.push(parseEvent(lexer));
  }
  return { file, text, options, defines: lexer.defines, initCommand, events, cleanupCommand };
}

function parseOptions(lexer: Lexer, given: ReadonlyMap<string, string>): ScriptOption[] {
  const options: ScriptOption[] = [];
  for (;;) {
    const { offset } = lexer;
    const define = lexer.match(DEFINE);
    const found = define ?? lexer.match(OPTION);
    if (!found) return options;
    const name = define ? 'define' : (found[1] ?? '');
    const raw = define ? found[1] : found[2];
    if (!OPTION_NAMES.includes(name)) lexer.unsupported(`--${name}`, offset, `known are ${OPTION_NAMES.join(', ')}`);
    if (name === 'define') defineWord(lexer, raw ?? '', offset, given);
    const value = name === 'define' ? raw : raw?.replace(/^(["`])(.*)\1$/s, '$2');
    options.push({ place: lexer.placeOf(offset), name, value });
  }
}

function defineWord(lexer: Lexer, definition: string, offset: number, given: ReadonlyMap<string, string>): void {
  // Quotes may stand around the value, or around all of it.
  const [, name, value] = DEFINITION.exec(definition.replace(/^"(.*)"$/s, '$1')) ?? [];
  if (name === undefined || value === undefined)
    lexer.fail({ problem: `${quoted(definition)} defines nothing`, expected: '-D NAME=value' }, offset);
  // What the caller says outweighs the script, as a command line would.
  if (!given.has(name)) lexer.defines.set(name, value);
}

function parseShell(lexer: Lexer): ShellAction {
  const { offset, text } = lexer.next();
  return { kind: 'shell', place: lexer.placeOf(offset), command: text };
}

function parseCleanup(lexer: Lexer): ShellAction {
  const { offset } = lexer.peek();
  const command = parseShell(lexer);
  if (lexer.peek().type === 'end') return command;
  const problem = 'a command without a time stands between events';
  return lexer.fail({ problem, advice: 'write a time before it; only the first and the last may go without' }, offset);
}

function parseEvent(lexer: Lexer): DrillEvent {
  const { offset } = lexer;
  const time = parseTime(lexer);
  const action = parseAction(lexer);
  const fits = whyTimeMisfits(time, action);
  if (fits !== undefined)
    lexer.fail({ problem: fits, advice: 'write one time, absolute (1.5) or relative (+.5)' }, offset);
  return { place: lexer.placeOf(offset), time, action };
}

function whyTimeMisfits({ kind }: EventTime, action: Action): string | undefined {
  const isOutbound = 'direction' in action && action.direction === 'outbound';
  if (kind === 'any' && !isOutbound) return "'*', any time, is only for packets that are expected";
  if (kind.endsWith('-range') && !isOutbound) return 'a range of times is only for packets that are expected';
  if (kind.endsWith('-blocking') && action.kind !== 'call') return "'...' between times is only for calls that block";
  return undefined;
}

function parseTime(lexer: Lexer): EventTime {
  if (lexer.match(STAR)) return { kind: 'any' };
  const { offset } = lexer;
  const first = takeTime(lexer);
  if (!first) return complainAboutTime(lexer);
  const kind = first.isRelative ? 'relative' : 'absolute';
  const between = lexer.match(BETWEEN)?.[0];
  if (between === undefined) return { kind, timeUs: first.timeUs };
  const last = takeTime(lexer);
  if (!last) return lexer.unexpected('the later time');
  const advice = 'write the later time after the earlier one, both counted from the same moment';
  if (last.isRelative && !first.isRelative)
    lexer.fail({ problem: 'the first time is absolute, the second relative', advice }, offset);
  if (last.timeUs < first.timeUs) lexer.fail({ problem: 'the second time is before the first', advice }, offset);
  return between === '~'
    ? { kind: `${kind}-range`, fromUs: first.timeUs, toUs: last.timeUs }
    : { kind: `${kind}-blocking`, startUs: first.timeUs, endUs: last.timeUs };
}

function takeTime(lexer: Lexer): { isRelative: boolean; timeUs: number } | undefined {
  const { offset } = lexer;
  const found = lexer.match(TIME) ?? takeTimeWord(lexer);
  if (!found) return undefined;
  const timeUs = Math.round(Number(found[2]) * 1e6);
  if (!Number.isSafeInteger(timeUs)) lexer.fail({ problem: 'the time is too far away', expected: 'seconds' }, offset);
  return { isRelative: found[1] === '+', timeUs };
}

/** A word that is defined as seconds. */
function takeTimeWord(lexer: Lexer): readonly [whole: string, sign: string, seconds: string] | undefined {
  const { offset } = lexer;
  const found = lexer.match(TIME_WORD);
  const seconds = found && lexer.defines.get(found[2] ?? '');
  if (found && seconds !== undefined && SECONDS.test(seconds)) return [found[0], found[1] ?? '', seconds];
  lexer.continueAt(offset);
  return undefined;
}

function complainAboutTime(lexer: Lexer): never {
  if (lexer.text.startsWith('--', lexer.offset) || lexer.text.startsWith('-D', lexer.offset))
    lexer.unexpected('a time', 'options stand before everything else in a script');
  const next = lexer.peek();
  const actionWithoutTime = next.type === 'word' || ['<', '>', '%{'].includes(next.text);
  lexer.unexpected(
    'a time: 0.1, +0.1, *, +0.1~+0.2, or 0...0.1 before a call that blocks',
    actionWithoutTime
      ? 'every event begins with a time; is one missing, or is something left over from the line above?'
      : undefined,
  );
}

function parseAction(lexer: Lexer): Action {
  const token = lexer.peek();
  if (token.type === 'shell') return parseShell(lexer);
  if (token.type === 'word') return parseCall(lexer);
  if (lexer.isMark('<') || lexer.isMark('>')) return parsePacket(lexer);
  if (lexer.isMark('%{')) return parseCode(lexer);
  return lexer.unexpected(AN_ACTION);
}
