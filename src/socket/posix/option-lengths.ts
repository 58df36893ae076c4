/**
 * How long the values of socket options are. A kernel reads what setsockopt(2) points to and writes what getsockopt(2) has room for;
 * each level has its own opinion of values shorter than an int.
 */
import { POSIX } from './constants.ts';
import type { OptionValue } from './posix-call.ts';

const INT_OCTETS = 4;
const LONG_OCTETS = 8;
const LINGER_OCTETS = 8;
const TIMEVAL_OCTETS = 16;
const MD5_SIGNATURE_OCTETS = 216;
/** Longest name of a congestion control, its zero included. */
const NAME_OCTETS = 16;
const KEY_OCTETS = 16;
const OCTET_MAX = 255;
const MICROS_PER_SECOND = 1_000_000;

const P = POSIX;
/** Options of IPv4 for which no octet at all is not zero. */
const NEEDS_OCTET: ReadonlySet<number> = new Set([P.IP_TTL, P.IP_FREEBIND, P.IP_TRANSPARENT, P.IP_MINTTL]);

/** Options of IPv6 for which too few octets are zero. */
const READS_NOTHING: ReadonlySet<number> = new Set([P.IPV6_DONTFRAG, P.IPV6_AUTOFLOWLABEL]);

/** SO_RCVTIMEO and SO_SNDTIMEO. */
export function isTimeout(level: number, name: number): boolean {
  return level === P.SOL_SOCKET && (name === P.SO_RCVTIMEO || name === P.SO_SNDTIMEO);
}

/** What setsockopt(2) finds in the first `length` octets of a value; null, for EINVAL, when they are too few. */
export function valueWithin(
  level: number,
  name: number,
  value: OptionValue,
  length: number,
): { readonly value: OptionValue } | null {
  if (typeof value === 'string') return length === 0 ? null : { value: value.slice(0, length) };
  if (value instanceof Uint8Array) return { value: value.subarray(0, length) };
  if (isTimeout(level, name)) return length < TIMEVAL_OCTETS ? null : { value };
  if (typeof value === 'object') {
    const least = 'keyLength' in value ? MD5_SIGNATURE_OCTETS : LINGER_OCTETS;
    return length < least ? null : { value };
  }
  if (length >= INT_OCTETS) return { value };
  if (level === P.SOL_IPV6 && READS_NOTHING.has(name)) return { value: 0 };
  if (level !== P.SOL_IP) return null;
  if (length > 0) return { value: value & OCTET_MAX };
  return NEEDS_OCTET.has(name) ? null : { value: 0 };
}

/** Microseconds of a struct timeval or of a number; -1: less than nothing, no wait at all. Null, for EDOM, when it is no time. */
export function timeoutOf(value: OptionValue): OptionValue | null {
  if (typeof value === 'number') return value < 0 ? null : value;
  if (typeof value !== 'object' || !('seconds' in value)) return value;
  const { seconds, micros } = value;
  if (micros < 0 || micros >= MICROS_PER_SECOND) return null;
  return seconds < 0 ? -1 : seconds * MICROS_PER_SECOND + micros;
}

/** A value cut to the room for it. */
export interface FittedValue {
  readonly value: OptionValue;
  readonly length: number;
}

/** What getsockopt(2) writes where there is room for `room` octets; all of the value without it. */
export function valueFitted(level: number, name: number, value: OptionValue, room: number | undefined): FittedValue {
  if (value instanceof Uint8Array) {
    const part = value.subarray(0, room ?? value.length);
    return { value: part, length: part.length };
  }
  if (typeof value === 'string') {
    if (level === P.SOL_TCP && name === P.TCP_FASTOPEN_KEY) return { value, length: keyOctets(value) };
    const length = Math.min(room ?? NAME_OCTETS, NAME_OCTETS);
    return { value: value.slice(0, length), length };
  }
  if (typeof value === 'object') {
    const whole = 'onoff' in value ? LINGER_OCTETS : (room ?? 0);
    return { value, length: Math.min(room ?? whole, whole) };
  }
  if (isTimeout(level, name)) return { value, length: Math.min(room ?? TIMEVAL_OCTETS, TIMEVAL_OCTETS) };
  // Below zero, which only IPv6 lets pass, is very much.
  return numberFitted(level, name, value, room === undefined || room < 0 ? INT_OCTETS : room);
}

/** Keys are told as the setting has them, which is not how they lie in memory. */
function keyOctets(keys: string): number {
  return keys === '' ? 0 : KEY_OCTETS * keys.split(',').length;
}

/** Little-endian, as on most machines: what is cut off are the higher octets. */
function numberFitted(level: number, name: number, value: number, room: number): FittedValue {
  if (level === P.SOL_SOCKET && name === P.SO_MAX_PACING_RATE && room >= LONG_OCTETS)
    return { value, length: LONG_OCTETS };
  if (room >= INT_OCTETS) return { value: value | 0, length: INT_OCTETS };
  if (level === P.SOL_IP && room > 0 && value >= 0 && value <= OCTET_MAX) return { value, length: 1 };
  const octets = new Uint8Array(INT_OCTETS);
  new DataView(octets.buffer).setInt32(0, value, true);
  if (room === 1) return { value: octets[0]!, length: 1 };
  if (room === 2) return { value: (value << 16) >> 16, length: 2 };
  return { value: octets.subarray(0, room), length: room };
}
