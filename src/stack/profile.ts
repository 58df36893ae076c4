/**
 * A profile: the settings of every layer as data. `linux` answers as a Linux host does, `rfc` keeps the letter of the RFCs.
 * Changes are given by layer under the names the layers use, which are the sysctl names people know.
 */
import { ArgumentError } from '../base/errors.ts';
import { type IpSettings, ipSettings } from '../ip/settings.ts';
import { type ProfileName, type TcpSettings, tcpSettingsFor } from '../tcp/settings.ts';
import { type UdpSettings, udpSettings } from '../udp/udp-context.ts';

export type { ProfileName } from '../tcp/settings.ts';

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
  if (typeof value === 'number' && (!Number.isFinite(value) || value < 0)) {
    throw new ArgumentError(`settings.tcp.${name}`, `must not be negative, got ${value}`);
  }
  known[name] = value;
}
