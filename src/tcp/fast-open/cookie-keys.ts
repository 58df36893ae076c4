/**
 * The server's secret of TCP Fast Open (RFC 7413 section 4.1.2): a cookie is eight octets of SipHash over both addresses, so
 * it is checked without any state. Two keys are valid: new cookies come from the primary one, those of the backup are still
 * taken. Keys, hash and layout are Linux's: hosts that share a key take each other's cookies.
 */
import type { Address } from '../../base/address.ts';
import { ArgumentError } from '../../base/errors.ts';
import { type KeyedHash, SipHash } from '../../base/keyed-hash.ts';
import type { RandomSource } from '../../base/random.ts';
import type { ConnectionKey } from '../connection-key.ts';
import { parseSipKey } from '../sip-keys.ts';
import type { TcpSurroundings } from '../surroundings.ts';

/** Octets of the cookies made here. */
export const COOKIE_LENGTH = 8;
const KEYS_MAX = 2;

/** Which key a cookie was made with. */
export const CookieMatch = { none: 0, primary: 1, backup: 2 } as const;

/** Source and destination address of the SYN. */
const WORDS = new Int32Array(8);

export class CookieKeys {
  private primary: KeyedHash | null = null;
  private backup: KeyedHash | null = null;
  private bornUs = 0;
  /** Given by somebody: they do not change by themselves. */
  private isGiven = false;

  /** @throws ArgumentError */
  set(keys: readonly string[]): void {
    const parsed = keys.map((key) => parseSipKey('keys', key));
    const [primary, backup] = parsed;
    if (primary === undefined || parsed.length > KEYS_MAX) {
      throw new ArgumentError('keys', `takes a primary key and at most one backup, got ${parsed.length} keys`);
    }
    this.primary = new SipHash(primary);
    this.backup = backup === undefined ? null : new SipHash(backup);
    this.isGiven = true;
  }

  /** A fresh primary key; the one so far becomes the backup. */
  rotate(random: RandomSource, nowUs: number): KeyedHash {
    const fresh = SipHash.keyedBy(random);
    this.backup = this.primary;
    this.primary = fresh;
    this.bornUs = nowUs;
    return fresh;
  }

  // RFC 7413 §4.1.2 R7413-2, R7413-12: a function of key and addresses, nothing is stored.
  /** Writes the cookie for the peer of `key`, COOKIE_LENGTH octets. */
  write(env: TcpSurroundings, key: ConnectionKey, into: Uint8Array): void {
    const hash = this.current(env);
    hash.hashWords(WORDS, addressWords(key));
    for (let index = 0; index < 4; index++) {
      into[index] = hash.low >>> (8 * index);
      into[index + 4] = hash.high >>> (8 * index);
    }
  }

  /** Which key the cookie at `offset` was made with for this peer, as CookieMatch. */
  check(env: TcpSurroundings, key: ConnectionKey, bytes: Uint8Array, offset: number, length: number): number {
    if (length !== COOKIE_LENGTH) return CookieMatch.none;
    const count = addressWords(key);
    const primary = this.current(env);
    if (isMadeBy(primary, count, bytes, offset)) return CookieMatch.primary;
    const { backup } = this;
    return backup !== null && isMadeBy(backup, count, bytes, offset) ? CookieMatch.backup : CookieMatch.none;
  }

  // RFC 7413 §4.1.2 R7413-2: keys are changed now and then, so that a cookie somebody has collected expires.
  private current(env: TcpSurroundings): KeyedHash {
    const { nowUs } = env.clock;
    if (this.primary === null) return this.rotate(env.random, nowUs);
    const lifetimeUs = env.settings.fastopen_key_lifetime_sec * 1e6;
    const ageUs = nowUs - this.bornUs;
    if (this.isGiven || lifetimeUs === 0 || ageUs < lifetimeUs) return this.primary;
    // Nobody asked for two lifetimes: the key that would become the backup has expired too.
    if (ageUs >= 2 * lifetimeUs) this.primary = null;
    return this.rotate(env.random, nowUs);
  }
}

function isMadeBy(hash: KeyedHash, count: number, bytes: Uint8Array, offset: number): boolean {
  hash.hashWords(WORDS, count);
  return wordAt(bytes, offset) === hash.low && wordAt(bytes, offset + 4) === hash.high;
}

function wordAt(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
}

/** The peer's address and ours into WORDS, octets in network order; returns how many words. */
function addressWords(key: ConnectionKey): number {
  const end = putAddress(key.remoteAddress, 0);
  return putAddress(key.localAddress, end);
}

function putAddress(address: Address, at: number): number {
  let index = at;
  if (address.family === 6) {
    WORDS[index++] = swapOctets(address.w0);
    WORDS[index++] = swapOctets(address.w1);
    WORDS[index++] = swapOctets(address.w2);
  }
  WORDS[index++] = swapOctets(address.w3);
  return index;
}

function swapOctets(word: number): number {
  return (word << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24);
}
