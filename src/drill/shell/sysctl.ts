/** Names and values of Linux's sysctl(8) turned into settings of a stack of ours. */
import { setTcpSetting } from '../../stack/profile.ts';
import type { TcpSettings } from '../../tcp/settings.ts';
import { DrillError } from '../drill-error.ts';

/** What a name may set. */
export interface SysctlTarget {
  readonly tcp: TcpSettings;
  /** Fast Open keys in hex, as tcp_fastopen_key takes them. */
  setFastOpenKeys(keys: readonly string[]): void;
  /** Said to the user: a setting that has no effect here. */
  note(text: string): void;
}

/** Settings of Linux that say nothing here: what they tune does not exist (memory accounts, old names), or no script can see it. */
const WITHOUT_EFFECT: ReadonlySet<string> = new Set([
  ...['tcp_fack', 'tcp_mem', 'tcp_low_latency'],
  ...[
    'tcp_no_metrics_save',
    'tcp_no_ssthresh_metrics_save',
    'tcp_autocorking',
    'tcp_limit_output_bytes',
    'tcp_backlog_ack_defer',
  ],
  ...['tcp_available_congestion_control', 'tcp_allowed_congestion_control'],
  ...['tcp_adv_win_scale', 'tcp_early_demux', 'tcp_fwmark_accept', 'tcp_l3mdev_accept', 'tcp_migrate_req'],
  ...['tcp_retrans_collapse', 'tcp_child_ehash_entries', 'tcp_ehash_entries'],
  ...['tcp_plb_enabled', 'tcp_plb_cong_thresh', 'tcp_plb_idle_rehash_rounds', 'tcp_plb_rehash_rounds'],
  ...['tcp_plb_suspend_rto_sec', 'tcp_pingpong_thresh', 'tcp_tw_reuse_delay'],
  ...['ip_early_demux', 'ip_forward', 'ip_nonlocal_bind', 'ip_dynaddr', 'ip_local_reserved_ports'],
  ...[
    'tcp_available_ulp',
    'ip_autobind_reuse',
    'ip_forward_update_priority',
    'inet_peer_minttl',
    'inet_peer_maxttl',
    'nexthop_compat_mode',
    'ping_group_range',
    'raw_l3mdev_accept',
    'xfrm4_gc_thresh',
    'ip_unprivileged_port_start',
    'fwmark_reflect',
    'inet_peer_threshold',
    'ip_forward_use_pmtu',
  ],
]);
/** What nobody has here, and what no packet shows as long as it is off. */
const OFF_ONLY: ReadonlySet<string> = new Set(['ip_no_pmtu_disc', 'tcp_reflect_tos']);
/** Whole families of such names. */
const FAMILIES_WITHOUT_EFFECT =
  /^net\.(?:core|ipv4\.(?:conf|neigh|route|icmp_|igmp_|udp_|ipfrag_|fib_)|ipv6|mptcp|netfilter|unix)/;
/** `tcp_pacing` and the like would be names of ours only. */
const OURS_ONLY: ReadonlySet<string> = new Set([
  'quickack',
  'profile',
  'skb_accounting',
  'pacing',
  'nagle',
  'hystart',
  'prr',
  'limited_transmit',
]);

/** Sets what `key`, dots between, names. @throws DrillError for a setting or value that cannot be */
export function setSysctl(key: string, value: string, target: SysctlTarget): void {
  const name = /^net\.(?:ipv4|core)\.(.+)$/.exec(key)?.[1] ?? '';
  if (!key.startsWith('net.')) throw new DrillError(`${key} is no setting of a network stack`);
  try {
    if (setSpecial(name, value, target)) return;
    if (setPlain(name, value, target.tcp)) return;
  } catch (error) {
    throw error instanceof DrillError ? error : new DrillError(error instanceof Error ? error.message : String(error));
  }
  if (OFF_ONLY.has(name)) {
    if (toInteger(value) !== 0) throw new DrillError(`${name} would change packets, and is not supported`);
    return;
  }
  if (!WITHOUT_EFFECT.has(name) && !FAMILIES_WITHOUT_EFFECT.test(key))
    throw new DrillError(`there is no setting ${name || key} here`);
  target.note(`sysctl: ${key} has no effect here`);
}

/** A setting that has the kernel's form. */
function setPlain(name: string, value: string, tcp: TcpSettings): boolean {
  const own = name === 'somaxconn' ? name : name.startsWith('tcp_') ? name.slice(4) : '';
  const known = (tcp as unknown as Record<string, unknown>)[own];
  if (known === undefined || OURS_ONLY.has(own)) return false;
  const converted =
    typeof known === 'boolean' ? toInteger(value) !== 0 : typeof known === 'number' ? toInteger(value) : value;
  setTcpSetting(tcp, own, converted);
  return true;
}

/** Settings that have another form here than in the kernel. */
function setSpecial(name: string, value: string, target: SysctlTarget): boolean {
  const { tcp } = target;
  const numbers = (): number[] =>
    value
      .trim()
      .split(/[\s,]+/)
      .map(toInteger);
  switch (name) {
    case 'tcp_rmem':
    case 'tcp_wmem': {
      const [, start, most] = numbers();
      if (start === undefined || most === undefined) throw new DrillError(`${name} takes three numbers`);
      // The kernel's receive buffer holds what surrounds data as well, for which it sets half of it aside.
      setTcpSetting(tcp, `${name.slice(4)}_default`, name === 'tcp_rmem' ? start >>> 1 : start);
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
    case 'tcp_fastopen':
      // Higher bits chose how the kernel kept its keys.
      setTcpSetting(tcp, 'fastopen', (numbers()[0] ?? 0) & 0xfff);
      return true;
    case 'tcp_recovery':
      // Linux has no other way to find losses than RACK since 6.17, whatever the bit says.
      setTcpSetting(tcp, 'recovery', (numbers()[0] ?? 0) | 1);
      return true;
    case 'tcp_fastopen_key':
      target.setFastOpenKeys(value.split(','));
      return true;
    default:
      return setSynCookies(name, numbers, tcp);
  }
}

/** The text of a setting, as sysctl(8) prints it; null for what has another form here, or no value. */
export function readSysctl(key: string, tcp: TcpSettings): string | null {
  const name = /^net\.(?:ipv4|core)\.(.+)$/.exec(key)?.[1] ?? '';
  switch (name) {
    case 'ip_local_port_range':
      return `${tcp.ip_local_port_first}\t${tcp.ip_local_port_last}`;
    case 'ip_default_ttl':
      return String(tcp.default_hop_limit);
    case 'tcp_rto_max_ms':
      return String(tcp.rto_max_us / 1000);
    default: {
      const own = name === 'somaxconn' ? name : name.startsWith('tcp_') ? name.slice(4) : '';
      const value = OURS_ONLY.has(own) ? undefined : (tcp as unknown as Record<string, unknown>)[own];
      return value === undefined ? null : String(typeof value === 'boolean' ? Number(value) : value);
    }
  }
}

/** A value that was written, as sysctl(8) tells it again: numbers in decimal, tabs between. */
export function readBack(written: string): string {
  const words = written.trim().split(/\s+/);
  return words.map((word) => (/^0[xX][0-9a-fA-F]+$/.test(word) ? String(Number(word)) : word)).join('\t');
}

/** 1 is for floods that no script makes; 2 changes every handshake. */
function setSynCookies(name: string, numbers: () => number[], tcp: TcpSettings): boolean {
  if (name !== 'tcp_syncookies') return false;
  const wanted = numbers()[0] ?? 0;
  if ('syncookies' in tcp) setTcpSetting(tcp, 'syncookies', wanted);
  else if (wanted > 1) throw new DrillError('SYN cookies for every connection are not supported here');
  return true;
}

function toInteger(text: string): number {
  const value = text.trim() === '' ? Number.NaN : Number(text);
  if (!Number.isInteger(value)) throw new DrillError(`'${text}' is not a number`);
  return value;
}
