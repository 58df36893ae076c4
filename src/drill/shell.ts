/**
 * The shell lines of a script, as far as they set what a network stack has: sysctl in its various spellings, MTU and queue of the
 * device, the caches of `ip tcp_metrics`. Nothing is ever handed to a shell: a line is read word by word and turned into calls of
 * a `ShellTarget`; a line that cannot be understood is refused by name. `docs/guides/drill.md` has the rules as a table.
 */
import { DrillError } from './drill-error.ts';

/** What shell lines may change. */
export interface ShellTarget {
  /** `net.ipv4.tcp_ecn`, dots between. @throws DrillError for a setting or value that cannot be */
  setSysctl(key: string, value: string): void;
  /** Forgets what is remembered of peers. */
  flushMetrics(): void;
  /** Octets of an IP packet on the device. @throws DrillError when it is too late for that */
  setMtu(mtu: number): void;
  /** What a route says of its connections, by the words of ip-route(8): `initcwnd`, `rto_min`; a locked one as any other. */
  setRoute(metrics: ReadonlyMap<string, string>): void;
  /** The queue of the device: fq paces every connection, plain ones change nothing. */
  setQueue(isPaced: boolean): void;
  /** Time passes. */
  sleep(durationUs: number): void;
  /** Said to the user: what was passed over. */
  note(text: string): void;
}

/** Values every script of the public suites starts from. */
const DEFAULTS: readonly (readonly [name: string, value: string])[] = [
  ['tcp_rmem', '4096 540000 15728640'],
  ['tcp_wmem', '4096 262144 4194304'],
  ['tcp_timestamps', '1'],
  ['tcp_syn_retries', '5'],
  ['tcp_synack_retries', '5'],
  ['tcp_frto', '2'],
  ['tcp_sack', '1'],
  ['tcp_dsack', '1'],
  ['tcp_reordering', '3'],
  ['tcp_congestion_control', 'cubic'],
  ['tcp_slow_start_after_idle', '0'],
  ['tcp_early_retrans', '4'],
  ['tcp_recovery', '1'],
  ['tcp_tso_win_divisor', '3'],
  ['tcp_ecn', '0'],
  ['tcp_ecn_option', '2'],
  ['tcp_pacing_ss_ratio', '200'],
  ['tcp_pacing_ca_ratio', '120'],
  ['tcp_notsent_lowat', '4294967295'],
  ['tcp_fastopen', '0x70403'],
  ['tcp_fastopen_key', 'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4'],
  ['tcp_syncookies', '1'],
];

/** Commands that look, wait for nothing or belong to the machine: they change no stack. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  ...[
    'ethtool',
    'nstat',
    'ss',
    'netstat',
    'true',
    ':',
    'sync',
    'grep',
    'cat',
    'dd',
    'rm',
    'mkdir',
    'touch',
    'test',
    '[',
  ],
  ...[
    'modprobe',
    'lsmod',
    'uname',
    'date',
    'which',
    'exit',
    'set',
    'export',
    'cd',
    'ulimit',
    'wc',
    'head',
    'tail',
    'awk',
  ],
]);
/** Words that only begin another command. */
const PREFIXES: ReadonlySet<string> = new Set(['sudo', 'exec', 'command', 'then', 'else', 'do', 'env', '!']);
const UNDERSTOOD = 'sysctl, echo > /proc/sys, ip link mtu, ip route, ip tcp_metrics, tc qdisc, sleep';

/** Runs the text between two backquotes. @throws DrillError that names the command nobody here understands */
export function runShell(text: string, target: ShellTarget, isFirst = false): void {
  const commands = text.replace(/\\\n/g, ' ').split(/&&|\|\||;|\n/);
  for (const command of commands) {
    // What a pipe leads to only reads.
    const words = splitWords(command.split(/(?<!\|)\|(?!\|)/)[0] ?? '');
    while (words.length > 0 && PREFIXES.has(words[0] ?? '')) words.shift();
    if (words.length > 0) runCommand(words, command.trim(), target, isFirst);
  }
}

/** What every script of the public suites starts from. */
export function setDefaults(target: ShellTarget): void {
  for (const [name, value] of DEFAULTS) target.setSysctl(`net.ipv4.${name}`, value);
  target.flushMetrics();
}

function runCommand(words: readonly string[], text: string, target: ShellTarget, isFirst: boolean): void {
  const [first = '', ...rest] = words;
  const program = first.slice(first.lastIndexOf('/') + 1);
  if (/^defaults?\.sh$/.test(program)) {
    setDefaults(target);
    return;
  }
  // Sets back what was set; every run here has a stack of its own.
  if (/restore.*\.(?:sh|py)$/.test(program) || WITHOUT_EFFECT.has(program)) return;
  switch (program) {
    case 'sysctl':
    case 'set_sysctls.py':
      for (const word of joinAssignments(rest)) assign(word, target, text);
      return;
    case 'echo':
    case 'printf':
      if (runEcho(rest, target, text)) return;
      break;
    case 'sleep':
      target.sleep(toSeconds(rest[0] ?? '', text) * 1e6);
      return;
    case 'ip':
    case 'ifconfig':
      if (runIp(program === 'ip' ? rest : ['link', 'set', ...rest], target, text)) return;
      break;
    case 'tc':
      if (runTc(rest, target)) return;
      break;
    default:
      if (runUnknownScript(first, target, isFirst)) return;
  }
  throw new DrillError(`shell: '${text}' is not understood; understood are ${UNDERSTOOD}`);
}

/**
 * Somebody's own script, which is not read: as a script's first line it is taken to set up what the public suites set up; elsewhere
 * it is passed over. Either is said.
 */
function runUnknownScript(first: string, target: ShellTarget, isFirst: boolean): boolean {
  if (!/\.(?:sh|py|bash|pl)$/.test(first)) return false;
  target.note(`shell: ${first} is not run; ${isFirst ? 'taken for the usual defaults' : 'passed over'}`);
  if (isFirst) setDefaults(target);
  return true;
}

function runEcho(words: readonly string[], target: ShellTarget, command: string): boolean {
  const arrow = words.findIndex((word) => word.startsWith('>'));
  // Says something to whoever watches.
  if (arrow < 0) return true;
  const path = words.slice(arrow).join('').replace(/^>+/, '');
  const value = words.slice(words[0] === '-n' ? 1 : 0, arrow).join(' ');
  if (!path.startsWith('/proc/sys/')) return path.startsWith('/tmp/');
  assign(`${path}=${value}`, target, command);
  return true;
}

function runIp(words: readonly string[], target: ShellTarget, command: string): boolean {
  const bare = words.filter((word) => !/^-[0-9a-z]+$/.test(word));
  const [what = '', action = ''] = bare;
  if (what === 'tcp_metrics' || what === 'tcpmetrics') {
    if (action === 'flush' || action.startsWith('del')) target.flushMetrics();
    return true;
  }
  const at = bare.indexOf('mtu');
  if ('link'.startsWith(what) && what !== '' && action === 'set') {
    if (at > 0) target.setMtu(toInteger(bare[at + 1] ?? '', command));
    // Up, down, queue lengths and offloads: the device is the script's own.
    return true;
  }
  if (what === 'route' && ROUTE_CHANGES.has(action)) {
    const metrics = routeMetrics(bare.slice(2));
    if (metrics.size > 0) target.setRoute(metrics);
    // There is one route to the peer, and it stays.
    return true;
  }
  const looks = ['show', 'list', 'ls', 'get', ''];
  return ['link', 'addr', 'address', 'route', 'neigh', 'netns'].includes(what) && looks.includes(action);
}

const ROUTE_CHANGES: ReadonlySet<string> = new Set([
  'add',
  'change',
  'chg',
  'replace',
  'append',
  'prepend',
  'del',
  'delete',
  'flush',
]);
const ROUTE_METRICS: ReadonlySet<string> = new Set([
  ...['mtu', 'advmss', 'rtt', 'rttvar', 'window', 'cwnd', 'ssthresh', 'initcwnd', 'initrwnd', 'hoplimit', 'rto_min'],
  ...['quickack', 'features', 'congctl', 'reordering', 'fastopen_no_cookie'],
]);

function routeMetrics(words: readonly string[]): Map<string, string> {
  const metrics = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    if (!ROUTE_METRICS.has(word)) continue;
    const isLocked = words[index + 1] === 'lock';
    metrics.set(word, words[index + (isLocked ? 2 : 1)] ?? '');
  }
  return metrics;
}

/** The queue of the device: plain ones change nothing, fq paces every connection. */
function runTc(words: readonly string[], target: ShellTarget): boolean {
  const bare = words.filter((word) => !/^-[a-z]+$/.test(word));
  if (bare[0] !== 'qdisc') return false;
  const kind = bare.find((word) => /^(?:pfifo|bfifo|pfifo_fast|pfifo_head_drop|noqueue|fq|fq_codel)$/.test(word));
  if (kind === undefined) return ['del', 'delete', 'show', 'list', 'ls'].includes(bare[1] ?? '');
  target.setQueue(kind === 'fq');
  return true;
}

/** `name=value`, also with blanks around the equals sign; options left out. */
function joinAssignments(words: readonly string[]): string[] {
  const joined: string[] = [];
  let isOpen = false;
  for (const word of words.filter((each) => !/^-{1,2}[A-Za-z-]+$/.test(each))) {
    if (word === '=' || isOpen) joined.push(`${joined.pop() ?? ''}${word}`);
    else joined.push(word);
    isOpen = word === '=';
  }
  return joined;
}

function assign(text: string, target: ShellTarget, command: string): void {
  const equals = text.indexOf('=');
  const path = text.slice(0, equals < 0 ? text.length : equals).trim();
  const key = path.replace(/^\/proc\/sys\//, '').replace(/\//g, '.');
  // A name alone only shows the value.
  if (equals < 0) return;
  try {
    target.setSysctl(key, text.slice(equals + 1).trim());
  } catch (error) {
    if (!(error instanceof DrillError)) throw error;
    throw new DrillError(`shell: '${command}': ${error.message}`);
  }
}

function toInteger(text: string, command: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(value)) throw new DrillError(`shell: '${command}': '${text}' is not a number`);
  return value;
}

function toSeconds(text: string, command: string): number {
  const [, digits, unit = 's'] = /^([0-9]*\.?[0-9]+)([sm]?)$/.exec(text) ?? [];
  const seconds = Number(digits) * (unit === 'm' ? 60 : 1);
  if (seconds >= 0 && seconds <= 3600) return seconds;
  throw new DrillError(`shell: '${command}': '${text}' is no time to sleep, 0 to 3600 seconds`);
}

/** Words of a command, quotes taken off; output that is thrown away is left out. */
function splitWords(command: string): string[] {
  const bare = command.replace(/\d?>+\s*(?:\/dev\/null|&\d)/g, ' ').replace(/(^|\s)#.*$/, '$1');
  const words = bare.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single ?? ''));
}
