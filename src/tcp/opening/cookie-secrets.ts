/**
 * The secrets behind SYN cookies (RFC 4987 section 3.6) and timestamp offsets. Machines that answer under one address may be
 * given the same ones: then each takes the last segment of a handshake that another began. Everything hangs on the wall clock, the
 * driver's `epochUs`, so that machines started at different hours agree. Keys are never used themselves: each day has keys
 * derived from them, so that what is learnt of one day's is worth nothing the next.
 */
import { ArgumentError } from '../../base/errors.ts';
import { type KeyedHash, SipHash } from '../../base/keyed-hash.ts';
import type { RandomSource } from '../../base/random.ts';
import type { ConnectionKey } from '../connection-key.ts';
import { parseSipKey } from '../sip-keys.ts';
import { hashTuple } from './tuple-hash.ts';

/** Secrets of a stack's TCP, for machines that answer under one address; each key four words in hexadecimal. */
export interface TcpSecrets {
  /** Keys of SYN cookies: the first makes them, the second's are taken too. */
  readonly synCookies: readonly string[];
  /** Key of the offset that each connection's timestamps have. */
  readonly timestamps: string;
}

/** Minutes that cookies count in; each day of them has a key. */
const COUNTS_PER_PERIOD = 1440;
const KEYS_MAX = 2;
const PURPOSES = Int32Array.of(0, 1);

/** One key, and the hash derived from it for the day last asked about. */
class PeriodicKey {
  private readonly master: SipHash;
  private period = -1;
  private derived: SipHash | null = null;

  constructor(key: Int32Array) {
    this.master = new SipHash(key);
  }

  hashAt(count: number): KeyedHash {
    const period = Math.floor(count / COUNTS_PER_PERIOD);
    if (this.derived !== null && this.period === period) return this.derived;
    const words = Int32Array.of(period, 0);
    const key: number[] = [];
    for (const purpose of PURPOSES) {
      words[1] = purpose;
      this.master.hashWords(words, 2);
      key.push(this.master.low, this.master.high);
    }
    this.period = period;
    this.derived = new SipHash(Int32Array.from(key));
    return this.derived;
  }
}

export class CookieSecrets {
  /** Others have them too: a cookie may be of their making. */
  readonly isShared: boolean;
  /** What is added to the driver's milliseconds for a clock that all machines have, modulo 2^32. */
  readonly epochMs: number;
  private primary: PeriodicKey | null = null;
  private backup: PeriodicKey | null = null;
  private readonly timestamps: KeyedHash | null;
  private readonly random: RandomSource;

  /** @param epochUs wall clock at the driver's 0 @throws ArgumentError */
  constructor(random: RandomSource, given: TcpSecrets | null, epochUs: number) {
    this.random = random;
    this.epochMs = given === null ? 0 : Math.floor(epochUs / 1000) | 0;
    this.isShared = given !== null;
    this.timestamps = given === null ? null : new SipHash(parseSipKey('secrets.timestamps', given.timestamps));
    if (given !== null) this.setKeys(given.synCookies);
  }

  /** Other keys from now on: one, or a new one and the former. @throws ArgumentError */
  setKeys(keys: readonly string[]): void {
    const [primary, backup] = keys.map((key) => new PeriodicKey(parseSipKey('secrets.synCookies', key)));
    if (primary === undefined || keys.length > KEYS_MAX) {
      throw new ArgumentError('secrets.synCookies', `takes one key or two, got ${keys.length}`);
    }
    this.primary = primary;
    this.backup = backup ?? null;
  }

  /** What cookies of this minute are made with. */
  making(count: number): KeyedHash {
    this.primary ??= new PeriodicKey(drawnKey(this.random));
    return this.primary.hashAt(count);
  }

  /** What else cookies of this minute may have been made with; null: nothing. */
  backupOf(count: number): KeyedHash | null {
    return this.backup === null ? null : this.backup.hashAt(count);
  }

  /** Milliseconds by which a connection's timestamps are off the driver's time; `drawn` unless the secret is shared. */
  timestampOffset(key: ConnectionKey, drawn: number): number {
    if (this.timestamps === null) return drawn;
    hashTuple(this.timestamps, key.localAddress, key.localPort, key.remoteAddress, key.remotePort);
    return (this.timestamps.low + this.epochMs) | 0;
  }
}

function drawnKey(random: RandomSource): Int32Array {
  return Int32Array.from({ length: 4 }, () => random.secretInt32());
}
