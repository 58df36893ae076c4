/** What the option lines of a script and of the command line say, with the defaults of the language. */
import { Address } from '../base/address.ts';
import type { Script } from './ast.ts';
import { DrillError } from './drill-error.ts';
import { type IpVersion, ipVersionOf } from './ip-version.ts';
import { OPTIONS_WITHOUT_EFFECT } from './parse-script.ts';
import type { Place } from './place.ts';

/** The surroundings of a run. */
export interface DrillSettings {
  readonly toleranceUs: number;
  /** Percent of the time since the event before. */
  readonly tolerancePercent: number;
  /** Octets of payload that injected packets are cut into; null: as they are. */
  readonly mss: number | null;
  /** 0: timestamps are not compared. */
  readonly timestampTickUs: number;
  readonly isEchoScaled: boolean;
  readonly comparesEcho: boolean;
  readonly isStrictSegments: boolean;
  /** Scripts of the shell that are run before the first line. */
  readonly initScripts: readonly string[];
  /** The script is read, and nothing is played. */
  readonly isDryRun: boolean;
  /** Kinds of events whose failure is told and ends nothing: `packet`, `syscall`. */
  readonly nonFatal: readonly string[];
  readonly ipVersion: IpVersion;
  /** Family of the packets. */
  readonly family: 4 | 6;
  readonly local: Address;
  readonly remote: Address;
  readonly bindPort: number;
  readonly connectPort: number;
  readonly mtu: number;
}

const ADDRESSES = {
  4: { local: '192.168.0.1', remote: '192.0.2.1', prefix: 16 },
  6: { local: 'fd3d:a0b:17d6::1', remote: 'fd3d:fa7b:d17d::1', prefix: 48 },
} as const;

const WITHOUT_EFFECT: ReadonlySet<string> = new Set([...OPTIONS_WITHOUT_EFFECT, 'define']);

/** The prefix length of our own address on the link. */
export function prefixLengthOf(family: 4 | 6): number {
  return ADDRESSES[family].prefix;
}

/**
 * Options in force: the caller's before the script's.
 * @throws DrillError for an option or value that is not understood
 */
export function settingsOf(script: Script, given: ReadonlyMap<string, string>): DrillSettings {
  const options = new Map<string, string>();
  const places = new Map<string, Place>();
  for (const { name, value, place } of script.options) {
    options.set(name, value ?? '1');
    places.set(name, place);
  }
  for (const [name, value] of given) options.set(name, value);
  const reader = new Reader(options, places);
  const versionText = reader.text('ip_version', 'ipv4');
  const version = ipVersionOf(versionText);
  if (version === undefined) {
    return reader.fail('ip_version', versionText, 'must be ipv4, ipv6 or ipv4-mapped-ipv6');
  }
  const family = version === 'ipv6' ? 6 : 4;
  const settings: DrillSettings = {
    toleranceUs: reader.integer('tolerance_usecs', 4000, 0, 1e9),
    tolerancePercent: reader.number('tolerance_percent', 12.5, 0, 100),
    mss: reader.optional('mss', 1, 65_535),
    timestampTickUs: reader.integer('tcp_ts_tick_usecs', 0, 0, 1e6),
    isEchoScaled: reader.flag('tcp_ts_ecr_scaled'),
    comparesEcho: reader.flag('compare_ts_ecr'),
    isStrictSegments: reader.flag('strict_segments'),
    initScripts: reader
      .text('init_scripts', '')
      .split(/[,\s]+/)
      .filter((path) => path !== ''),
    isDryRun: reader.flag('dry_run'),
    nonFatal: reader.words('non_fatal', ['packet', 'syscall']),
    ipVersion: version,
    family,
    local: reader.address('local_ip', family, ADDRESSES[family].local),
    remote: reader.address('remote_ip', family, ADDRESSES[family].remote),
    bindPort: reader.integer('bind_port', 8080, 1, 65_535),
    connectPort: reader.integer('connect_port', 8080, 1, 65_535),
    mtu: reader.integer('mtu', 1500, 68, 65_535),
  };
  reader.finish();
  return settings;
}

class Reader {
  private readonly options: ReadonlyMap<string, string>;
  private readonly places: ReadonlyMap<string, Place>;
  private readonly used = new Set<string>();

  constructor(options: ReadonlyMap<string, string>, places: ReadonlyMap<string, Place>) {
    this.options = options;
    this.places = places;
  }

  /** What is wrong with an option, at its place where the script has it. */
  fail(name: string, value: string, problem: string): never {
    throw new DrillError(`--${name}=${value}: ${problem}`, this.places.get(name));
  }

  text(name: string, standard: string): string {
    this.used.add(name);
    return this.options.get(name) ?? standard;
  }

  flag(name: string): boolean {
    const value = this.text(name, '0');
    return value !== '0' && value !== 'false';
  }

  number(name: string, standard: number, least: number, most: number): number {
    const text = this.text(name, String(standard));
    const value = text.trim() === '' ? Number.NaN : Number(text);
    if (!(value >= least && value <= most)) {
      this.fail(name, text, `must be a number from ${least} to ${most}`);
    }
    return value;
  }

  integer(name: string, standard: number, least: number, most: number): number {
    const value = this.number(name, standard, least, most);
    if (!Number.isInteger(value)) this.fail(name, String(value), 'must be an integer');
    return value;
  }

  /** Words with commas between them. */
  words(name: string, known: readonly string[]): string[] {
    const words = this.text(name, '')
      .split(',')
      .filter((word) => word !== '');
    const stranger = words.find((word) => !known.includes(word));
    if (stranger === undefined) return words;
    return this.fail(name, stranger, `must be ${known.join(' or ')}`);
  }

  optional(name: string, least: number, most: number): number | null {
    return this.options.has(name) ? this.integer(name, 0, least, most) : null;
  }

  address(name: string, family: 4 | 6, standard: string): Address {
    const text = this.text(name, standard);
    // `192.168.0.1/16`: everything is reached through the one device, however long the prefix.
    const address = Address.tryParse(text.replace(/\/\d{1,3}$/, ''));
    if (address === null || address.family !== family) {
      return this.fail(name, text, `must be an address of IPv${family}`);
    }
    return address;
  }

  finish(): void {
    for (const name of this.options.keys()) {
      if (!this.used.has(name) && !WITHOUT_EFFECT.has(name))
        this.fail(name, this.options.get(name) ?? '', 'is not understood');
    }
  }
}
