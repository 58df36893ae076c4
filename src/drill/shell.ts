/**
 * The shell lines of a script, as far as they set what a stack of ours has: sysctl in its various spellings, MTU and queue of the
 * device, the caches of `ip tcp_metrics`. Nothing is ever handed to a shell; a line that cannot be understood is refused by name.
 */
import { setTcpSetting } from '../stack/profile.ts';
import type { TcpSettings } from '../tcp/settings.ts';
import { DrillError } from './drill-error.ts';

/** What shell lines may change. */
export interface ShellTarget {
  readonly tcp: TcpSettings;
  /** Fast Open keys in hex, as tcp_fastopen_key takes them. */
  setFastOpenKeys(keys: readonly string[]): void;
  /** Forgets what is remembered of peers. */
  flushMetrics(): void;
  /** Octets of an IP packet on the device. @throws DrillError when it is too late for that */
  setMtu(mtu: number): void;
}

/** Without a meaning here, and harmless: what they tune does not exist (super-segments, syn cookies before a flood, old names). */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  'tcp_fack',
  'tcp_min_tso_segs',
  'tcp_tso_win_divisor',
  'tcp_tso_rtt_log',
  'tcp_mem',
  'tcp_low_latency',
  'tcp_no_metrics_save',
  'tcp_no_ssthresh_metrics_save',
  'tcp_autocorking',
  'tcp_limit_output_bytes',
  'tcp_thin_linear_timeouts',
  'tcp_available_congestion_control',
  'tcp_allowed_congestion_control',
  'tcp_backlog_ack_defer',
  'tcp_comp_sack_delay_ns',
  'tcp_comp_sack_slack_ns',
  'tcp_comp_sack_nr',
]);

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
  ['tcp_ecn', '0'],
  ['tcp_ecn_option', '2'],
  ['tcp_pacing_ss_ratio', '200'],
  ['tcp_pacing_ca_ratio', '120'],
  ['tcp_notsent_lowat', '4294967295'],
  ['tcp_fastopen', '0x403'],
  ['tcp_fastopen_key', 'a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4'],
];

/** Runs the text between two backquotes. @throws DrillError that names the command nobody here understands */
export function runShell(text: string, target: ShellTarget): void {
  const commands = text.replace(/\\\n/g, ' ').split(/&&|;|\n/);
  for (const command of commands) {
    const words = splitWords(command);
    if (words.length > 0) runCommand(words, command.trim(), target);
  }
}

function runCommand(words: readonly string[], text: string, target: ShellTarget): void {
  const [first = '', ...rest] = words;
  const program = first.slice(first.lastIndexOf('/') + 1);
  if (program === 'defaults.sh') {
    for (const [name, value] of DEFAULTS) setSysctl(name, value, target, text);
    target.flushMetrics();
    return;
  }
  // Sets back what was set; every run here has a stack of its own.
  if (/restore.*\.sh$/.test(program)) return;
  switch (program) {
    case 'sysctl':
    case 'set_sysctls.py':
      for (const word of rest.filter((arg) => !arg.startsWith('-'))) assign(word, target, text);
      return;
    case 'echo': {
      const arrow = rest.indexOf('>');
      if (arrow < 0 || rest.length !== arrow + 2) break;
      assign(`${rest[arrow + 1]}=${rest.slice(0, arrow).join(' ')}`, target, text);
      return;
    }
    case 'ip':
      if (runIp(rest, target)) return;
      break;
    case 'tc':
      if (runTc(rest, target)) return;
      break;
    case 'ethtool':
    case 'nstat':
    case 'true':
    case ':':
    case 'sync':
      return;
    default:
  }
  throw new DrillError(
    `shell: '${text}' is not understood; understood are sysctl, ip link mtu, ip tcp_metrics, tc qdisc`,
  );
}

function runIp(words: readonly string[], target: ShellTarget): boolean {
  if (words[0] === 'tcp_metrics' && words[1] === 'flush') {
    target.flushMetrics();
    return true;
  }
  const at = words.indexOf('mtu');
  if (words[0] === 'link' && words[1] === 'set' && at > 0) {
    target.setMtu(toInteger(words[at + 1] ?? '', `ip ${words.join(' ')}`));
    return true;
  }
  return false;
}

/** The queue of the device: plain ones change nothing, fq paces every connection. */
function runTc(words: readonly string[], target: ShellTarget): boolean {
  if (words[0] !== 'qdisc') return false;
  const kind = words.find((word) => /^(?:pfifo|pfifo_fast|noqueue|fq)$/.test(word));
  if (kind === undefined) return words[1] === 'del' || words[1] === 'show';
  setTcpSetting(target.tcp, 'pacing', kind === 'fq');
  return true;
}

function assign(text: string, target: ShellTarget, command: string): void {
  const equals = text.indexOf('=');
  const path = text.slice(0, equals < 0 ? text.length : equals).trim();
  const key = path.replace(/^\/proc\/sys\//, '').replace(/\//g, '.');
  // A name alone only shows the value.
  if (equals < 0) return;
  const name = /^net\.(?:ipv4|ipv6|core)\.(.+)$/.exec(key)?.[1];
  if (name === undefined) throw new DrillError(`shell: '${command}': ${key} is no setting of a network stack`);
  setSysctl(name, text.slice(equals + 1).trim(), target, command);
}

function setSysctl(name: string, value: string, target: ShellTarget, command: string): void {
  const { tcp } = target;
  const integer = (): number => toInteger(value, command);
  try {
    if (setSpecial(name, value, target, command)) return;
    const own = name === 'somaxconn' ? name : name.startsWith('tcp_') ? name.slice(4) : '';
    const known = (tcp as unknown as Record<string, unknown>)[own];
    if (known === undefined || own === 'profile') {
      if (WITHOUT_EFFECT.has(name)) return;
      throw new DrillError(`shell: '${command}': there is no setting ${name} here`);
    }
    setTcpSetting(
      tcp,
      own,
      typeof known === 'boolean' ? integer() !== 0 : typeof known === 'number' ? integer() : value,
    );
  } catch (error) {
    if (error instanceof DrillError) throw error;
    throw new DrillError(`shell: '${command}': ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Settings that have another form here than in the kernel. */
function setSpecial(name: string, value: string, target: ShellTarget, command: string): boolean {
  const { tcp } = target;
  const numbers = (): number[] => value.split(/[\s,]+/).map((word) => toInteger(word, command));
  switch (name) {
    case 'tcp_rmem':
    case 'tcp_wmem': {
      const [, start, most] = numbers();
      if (start === undefined || most === undefined) {
        throw new DrillError(`shell: '${command}': ${name} takes three numbers`);
      }
      setTcpSetting(tcp, `${name.slice(4)}_default`, start);
      setTcpSetting(tcp, `${name.slice(4)}_max`, Math.max(start, most));
      return true;
    }
    case 'ip_local_port_range': {
      const [first, last] = numbers();
      setTcpSetting(tcp, 'ip_local_port_first', first);
      setTcpSetting(tcp, 'ip_local_port_last', last);
      return true;
    }
    case 'ip_default_ttl':
      setTcpSetting(tcp, 'default_hop_limit', numbers()[0]);
      return true;
    case 'tcp_rto_min_us':
      setTcpSetting(tcp, 'rto_min_us', numbers()[0]);
      return true;
    case 'tcp_rto_max_ms':
      setTcpSetting(tcp, 'rto_max_us', (numbers()[0] ?? 0) * 1000);
      return true;
    case 'tcp_notsent_lowat':
      setTcpSetting(tcp, 'notsent_lowat', (numbers()[0] ?? 0) >>> 0);
      return true;
    case 'tcp_syncookies':
      // 1 is for floods that no script makes; 2 would change every handshake.
      if ((numbers()[0] ?? 0) <= 1) return true;
      throw new DrillError(`shell: '${command}': SYN cookies for every connection are not supported here`);
    case 'tcp_fastopen':
      // Higher bits chose how the kernel kept its keys.
      setTcpSetting(tcp, 'fastopen', (numbers()[0] ?? 0) & 0xfff);
      return true;
    case 'tcp_fastopen_key':
      target.setFastOpenKeys(value.split(','));
      return true;
    default:
      return false;
  }
}

function toInteger(text: string, command: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(value)) throw new DrillError(`shell: '${command}': '${text}' is not a number`);
  return value;
}

/** Words of a command, quotes taken off; output that is thrown away is left out. */
function splitWords(command: string): string[] {
  const bare = command.replace(/\d?>+\s*(?:\/dev\/null|&\d)/g, ' ').replace(/#.*$/, '');
  const words = bare.match(/(?:[^\s"']+|"[^"]*"|'[^']*')+/g) ?? [];
  return words.map((word) => word.replace(/"([^"]*)"|'([^']*)'/g, (_, double, single) => double ?? single ?? ''));
}
