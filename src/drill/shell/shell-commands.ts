/**
 * The commands of shell lines, as far as they set or tell what a network stack has: sysctl in its various spellings, device, routes,
 * queue, counters. Each is honoured, taken where it means nothing here, or refused by name. `docs/guides/drill.md` has them as a table.
 */
import { DrillError } from '../drill-error.ts';
import { type CommandInput, type CommandResult, DONE, requireKnown, settingKey, UNKNOWN } from './command.ts';
import { runEthtool, runIfconfig, runIp, runTc } from './network-commands.ts';
import { runReader } from './reading-commands.ts';
import { ShellError } from './shell-error.ts';
import type { ShellTarget } from './shell-target.ts';
import { runTest } from './test-command.ts';

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

/** Commands that wait for nothing or belong to the machine: they change no stack. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  ...['true', ':', 'sync', 'modprobe', 'ulimit', 'cd', 'pushd', 'popd', 'mkdir', 'rm', 'rmdir', 'touch', 'chmod', 'dd'],
  ...['wait', 'trap', 'logger', 'renice', 'taskset', 'mount', 'umount', 'clear', 'shopt', 'udevadm', 'insmod', 'rmmod'],
]);
/** Commands that only look at the machine. */
const LOOKING: ReadonlySet<string> = new Set([
  ...['ss', 'netstat', 'date', 'which', 'hostname', 'id', 'whoami', 'ps', 'lsmod', 'dmesg', 'ls', 'stat', 'pwd'],
  ...[
    'modinfo',
    'lsb_release',
    'nproc',
    'free',
    'uptime',
    'journalctl',
    'getconf',
    'command',
    'type',
    'tcpdump',
    'arp',
  ],
]);
/** Words that only begin another command. */
const PREFIXES: ReadonlySet<string> = new Set([
  ...['sudo', 'exec', 'env', 'nice', 'time', 'nohup', '.', 'source', 'builtin', 'sh', 'bash'],
]);
/** These run a script that stands behind them. */
const INTERPRETERS: ReadonlySet<string> = new Set(['python', 'python2', 'python3', 'perl']);
const UNDERSTOOD =
  'sysctl, echo > /proc/sys, ip link mtu, ip route, ip tcp_metrics, tc qdisc, ethtool -K, nstat, sleep, test, if, for';

/** What every script of the public suites starts from. */
export function setDefaults(target: ShellTarget): void {
  for (const [name, value] of DEFAULTS) target.setSysctl(`net.ipv4.${name}`, value);
  target.flushMetrics();
}

/** @throws ShellError for a command nobody here understands */
export function runCommand(given: CommandInput, target: ShellTarget): CommandResult {
  const skipped = prefixLength(given.known);
  const command =
    skipped === 0 ? given : { ...given, words: given.words.slice(skipped), known: given.known.slice(skipped) };
  const [first = ''] = command.known;
  if (first === '') return DONE;
  const program = first.slice(first.lastIndexOf('/') + 1);
  if (/^defaults?\.sh$/.test(program)) {
    setDefaults(target);
    return DONE;
  }
  // Sets back what was set; every run here has a stack of its own.
  if (/restore.*\.(?:sh|py)$/.test(program) || WITHOUT_EFFECT.has(program)) return DONE;
  if (LOOKING.has(program)) return UNKNOWN;
  try {
    const result = runKnown(program, command, target) ?? runReader(program, command, target);
    if (result !== undefined) return result;
  } catch (error) {
    if (error instanceof ShellError || !(error instanceof DrillError)) throw error;
    throw new ShellError(`'${command.text}': ${error.message}`, command.offset);
  }
  if (runUnknownScript(first, target, command.isFirst)) return DONE;
  throw new ShellError(`'${command.text}' is not understood; understood are ${UNDERSTOOD}`, command.offset);
}

/** How many words only lead to another command: `sudo`, `env A=1`, `timeout 5`. */
function prefixLength(words: readonly string[]): number {
  let count = 0;
  for (;;) {
    const word = words[count] ?? '';
    if (word === 'timeout') count += 2;
    else if (
      PREFIXES.has(word) ||
      (INTERPRETERS.has(word) && /\.\w+$/.test(words[count + 1] ?? '')) ||
      (count > 0 && /^(?:-\w+|[A-Za-z_]\w*=.*)$/.test(word))
    )
      count++;
    else return count;
  }
}

/** Undefined: some other program. */
function runKnown(program: string, command: CommandInput, target: ShellTarget): CommandResult | undefined {
  const [, ...rest] = command.known;
  switch (program) {
    case 'false':
      return { status: 1, output: '' };
    case 'uname':
      return rest.every((word) => word === '-s') ? { status: 0, output: 'Linux\n' } : UNKNOWN;
    case 'sysctl':
      return runSysctl(command, target);
    case 'set_sysctls.py':
    case 'set_sysctls.sh':
      requireKnown(command);
      for (const word of joinAssignments(rest)) assign(word, target);
      return DONE;
    case 'echo':
      return { status: 0, output: command.words.includes(null) ? null : echoed(rest) };
    case 'printf':
      return { status: 0, output: command.words.includes(null) ? null : printed(rest) };
    case 'test':
    case '[':
    case '[[':
      return { status: runTest(command, target), output: '' };
    case 'sleep':
    case 'usleep':
      target.sleep(sleepUs(rest[0] ?? '', program === 'sleep' ? 1e6 : 1));
      return DONE;
    case 'ip':
      return runIp(command, target);
    case 'ifconfig':
      return runIfconfig(command, target);
    case 'tc':
      return runTc(command, target);
    case 'ethtool':
      return runEthtool(command);
    case 'iptables':
    case 'ip6tables':
    case 'nft':
      return runFilter(command);
    default:
      return undefined;
  }
}

/** Nothing is filtered here: rules would change what arrives, looking and emptying do not. */
function runFilter(command: CommandInput): CommandResult {
  const rest = command.known.slice(1);
  if (rest.some((word) => /^(?:-L|-S|-nL|-vL|--list|list)$/.test(word))) return UNKNOWN;
  if (rest.some((word) => /^(?:-F|-X|-Z|--flush|flush)$/.test(word))) return DONE;
  throw new DrillError('there is no packet filter here, so its rules would not hold');
}

// --- sysctl ---

function runSysctl(command: CommandInput, target: ShellTarget): CommandResult {
  requireKnown(command);
  const rest = command.known.slice(1);
  const flags = rest.filter((word) => /^-/.test(word)).join('');
  if (/p|-load|-system/.test(flags.replace('--pattern', '')) && !/w/.test(flags)) {
    const files = rest.filter((word) => !/^-./.test(word));
    if (files.length !== 1 || !['-', '/dev/stdin'].includes(files[0] ?? '') || command.input === null)
      throw new DrillError('settings are not read from files here');
    for (const line of command.input.split('\n'))
      if (/^[^#;]*=/.test(line)) tryAssign(line.trim(), target, /e/.test(flags));
    return DONE;
  }
  if (/a/.test(flags) && rest.every((word) => word.startsWith('-'))) return UNKNOWN;
  const names = joinAssignments(rest);
  let output: string | null = '';
  for (const word of names) {
    if (word.includes('=')) {
      if (!tryAssign(word, target, /e/.test(flags))) continue;
    } else {
      const key = settingKey(word);
      const value = target.sysctl(key);
      output = output === null || value === null ? null : `${output}${/n/.test(flags) ? value : `${key} = ${value}`}\n`;
    }
  }
  return { status: 0, output };
}

/** With -e a name nobody knows is passed over. */
function tryAssign(word: string, target: ShellTarget, isForgiving: boolean): boolean {
  try {
    assign(word, target);
    return true;
  } catch (error) {
    if (!isForgiving || !(error instanceof DrillError)) throw error;
    target.note(`sysctl -e: ${error.message}`);
    return false;
  }
}

function assign(text: string, target: ShellTarget): void {
  const equals = text.indexOf('=');
  // A name alone only shows the value.
  if (equals >= 0) target.setSysctl(settingKey(text.slice(0, equals)), text.slice(equals + 1).trim());
}

/** `name=value`, also with blanks around the equals sign; options left out. */
function joinAssignments(words: readonly string[]): string[] {
  const joined: string[] = [];
  let isOpen = false;
  for (const word of words.filter((each) => !/^-{1,2}[A-Za-z-]+$/.test(each))) {
    if (word === '=' || isOpen) joined.push(`${joined.pop() ?? ''}${word}`);
    else joined.push(word);
    isOpen = word === '=' || (isOpen && word === '');
  }
  return joined;
}

// --- saying, waiting, scripts ---

function echoed(words: readonly string[]): string {
  const flags = words.findIndex((word) => !/^-[neE]+$/.test(word));
  const options = words.slice(0, flags < 0 ? words.length : flags).join('');
  const text = words.slice(flags < 0 ? words.length : flags).join(' ');
  const plain = options.includes('e') ? unescaped(text) : text;
  return options.includes('n') ? plain : `${plain}\n`;
}

function unescaped(text: string): string {
  const simple: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\' };
  return text.replace(/\\([ntr\\])/g, (_, letter: string) => simple[letter] ?? '');
}

/** `printf "%s %d\n" a 1`. */
function printed([format = '', ...values]: readonly string[]): string {
  const rest = [...values];
  const once = (): string =>
    unescaped(format).replace(/%(%|-?\d*[sdiux])/g, (whole, kind: string) => {
      if (whole === '%%') return '%';
      const value = rest.shift() ?? '';
      return kind.endsWith('x') ? Number(value).toString(16) : kind.endsWith('s') ? value : String(Number(value) || 0);
    });
  let text = once();
  for (let turns = 0; rest.length > 0 && /%[^%]/.test(format) && turns < 1000; turns++) text += once();
  return text;
}

/** `0.2`, `5s`, `1m`; without a unit in units of `unitUs`. */
function sleepUs(text: string, unitUs: number): number {
  const [, digits, unit = ''] = /^([0-9]*\.?[0-9]+)([smh]?)$/.exec(text) ?? [];
  const durationUs = Number(digits) * (unit === '' ? unitUs : { s: 1e6, m: 60e6, h: 3600e6 }[unit as 's' | 'm' | 'h']);
  if (durationUs >= 0 && durationUs <= 3600e6) return durationUs;
  throw new DrillError(`'${text}' is no time to sleep, 0 to 3600 seconds`);
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
