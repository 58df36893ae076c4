/**
 * A profile: the settings of every layer as data. `linux` answers as a Linux host does, `rfc` keeps the letter of the RFCs.
 * Changes are given by layer under the names the layers use, which are the sysctl names people know.
 */
import { ArgumentError } from '../base/errors.ts';
import { type IpSettings, ipSettings } from '../ip/settings.ts';
import { CONGESTION_CONTROLS } from '../tcp/congestion/index.ts';
import { type ProfileName, type TcpSettings, tcpSettingsFor } from '../tcp/settings.ts';
import { type UdpSettings, udpSettings } from '../udp/udp-context.ts';

export type { ProfileName } from '../tcp/settings.ts';

/** Where zero to a thousand million would be too much or too little. */
const TCP_RANGES: Readonly<Record<string, readonly [min: number, max: number]>> = {
  syn_retries: [1, 127],
  synack_retries: [0, 255],
  syncookies: [0, 2],
  retries1: [0, 255],
  challenge_ack_limit: [0, 2 ** 31 - 1],
  pmtu_confirm_timeouts: [0, 15],
  mtu_probing: [0, 2],
  base_mss: [48, 65_535],
  mtu_probe_floor: [1, 65_535],
  probe_interval: [1, 86_400],
  probe_threshold: [1, 65_535],
  // RFC 9293 §3.8.6.3 MUST-40: less than half a second.
  delayed_ack_us: [0, 499_999],
  ack_every_segments: [0, 2],
  comp_sack_nr: [0, 255],
  rto_min_us: [1000, 120_000_000],
  rto_max_us: [1_000_000, 120_000_000],
  rto_initial_us: [1000, 60_000_000],
  time_wait_ms: [0, 2 ** 27],
  user_timeout_option: [0, 32_767 * 60],
  user_timeout_min: [1, 100_000],
  user_timeout_max: [1, 100_000],
  ip_local_port_first: [1, 65_535],
  ip_local_port_last: [1, 65_535],
  default_hop_limit: [1, 255],
  fastopen: [0, 0xfff],
  min_snd_mss: [1, 65_535],
  keepalive_time: [1, 32_767],
  keepalive_intvl: [1, 32_767],
  keepalive_probes: [1, 127],
  rmem_default: [256, 2 ** 30 - 1],
  rmem_max: [256, 2 ** 30 - 1],
  wmem_default: [256, 2 ** 30 - 1],
  wmem_max: [256, 2 ** 30 - 1],
  notsent_lowat: [1, 0xffff_ffff],
  app_win: [0, 31],
  recovery: [0, 7],
  early_retrans: [0, 4],
  frto: [0, 2],
  reordering: [1, 300],
  max_reordering: [1, 100_000],
  min_rtt_wlen: [0, 86_400],
  ecn: [0, 5],
  ecn_option: [0, 3],
  ecn_option_beacon: [0, 3],
  pacing_ss_ratio: [1, 1000],
  pacing_ca_ratio: [1, 1000],
};
const ANY_AMOUNT = [0, 2 ** 30] as const;

const TCP_WORDS: Readonly<Record<string, readonly string[]>> = {
  nagle: ['rfc', 'minshall'],
  zero_window_probe: ['octet', 'empty'],
  // `newreno` is another name for `reno`.
  congestion_control: [...CONGESTION_CONTROLS, 'newreno'],
  hystart: ['classic', 'plusplus', 'off'],
};

/** Settings to change, by layer. */
export interface SettingsChanges {
  /** Names of `net.ipv4.tcp_*` without the prefix: `{ syn_retries: 3 }`. */
  readonly tcp?: Partial<Omit<TcpSettings, 'profile'>>;
  /** Linux's names in camel case with the unit at the end: `{ ipfragTimeMs: 30_000 }`. */
  readonly ip?: Partial<IpSettings>;
  readonly udp?: Partial<UdpSettings>;
}

/** The settings a stack runs with. TCP's may be changed while it runs; the others are fixed at the start. */
export interface StackSettings {
  readonly tcp: TcpSettings;
  readonly ip: IpSettings;
  readonly udp: UdpSettings;
}

/**
 * The settings of `profile` with `changes` applied.
 * @throws ArgumentError for a profile or setting that does not exist, or a value of the wrong type or sign
 */
export function stackSettings(profile: ProfileName, changes: SettingsChanges): StackSettings {
  if (profile !== 'linux' && profile !== 'rfc') {
    throw new ArgumentError('profile', `'${String(profile)}' is not a profile; choose 'linux' or 'rfc'`);
  }
  const tcp = tcpSettingsFor(profile);
  for (const [name, value] of Object.entries(changes.tcp ?? {})) setTcpSetting(tcp, name, value);
  return { tcp, ip: ipSettings(profile, changes.ip), udp: udpSettings(profile, changes.udp) };
}

/** Changes one setting of TCP, as `sysctl -w net.ipv4.tcp_NAME=VALUE` would. @throws ArgumentError */
export function setTcpSetting(settings: TcpSettings, name: string, value: unknown): void {
  const known = settings as unknown as Record<string, unknown>;
  if (!(name in settings) || name === 'profile') {
    throw new ArgumentError(`settings.tcp.${name}`, 'is not a setting of TCP; the names are those of net.ipv4.tcp_*');
  }
  if (typeof value !== typeof known[name]) {
    throw new ArgumentError(`settings.tcp.${name}`, `must be a ${typeof known[name]}, got ${String(value)}`);
  }
  if (typeof value === 'number') {
    const [min, max] = TCP_RANGES[name] ?? ANY_AMOUNT;
    if (!(value >= min && value <= max)) {
      throw new ArgumentError(`settings.tcp.${name}`, `must be from ${min} to ${max}, got ${value}`);
    }
  }
  const words = TCP_WORDS[name];
  if (words !== undefined && !words.includes(String(value))) {
    throw new ArgumentError(`settings.tcp.${name}`, `must be one of ${words.join(', ')}, got '${String(value)}'`);
  }
  known[name] = value;
}
