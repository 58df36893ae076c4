/**
 * Target expressions as nmap writes them: an address, `10.0.0.0/24`, `10.0.0-3.1,5,10-20`, `fd00::/120`, a name with or without
 * `/length`. Names are resolved by the caller. Ranges stay ranges: nothing is spread out before it is scanned.
 */
import { Address, maskAddress } from '../base/address.ts';
import { ExpressionError, type ExpressionProblem } from './expression-error.ts';

/** IPv6 addresses that one expression may stand for, as many as a /104; an IPv4 expression may stand for all of them. */
export const TARGETS_MAX = 1 << 24;

/** A range of addresses that can be counted and walked. */
export interface TargetRange {
  readonly family: 4 | 6;
  readonly count: number;
  /** The address of that number, 0 to count - 1. */
  at(index: number): Address;
  contains(address: Address): boolean;
}

/** A name to be looked up first, with the prefix length that stood behind it (-1: none). */
export interface TargetName {
  readonly name: string;
  readonly prefixLength: number;
}

/** Reads one expression. @throws ExpressionError that tells the place */
export function parseTarget(expression: string): TargetRange | TargetName {
  const text = expression.trim();
  if (text === '') throw new ExpressionError('target', expression, 0, 1, 'empty');
  const slash = text.indexOf('/');
  const head = slash < 0 ? text : text.slice(0, slash);
  const lengthText = slash < 0 ? null : text.slice(slash + 1);
  const place = (at: number, length: number, problem: ExpressionProblem): ExpressionError =>
    new ExpressionError('target', text, at, length, problem);
  if (head.includes(':')) {
    const address = Address.tryParse(head);
    if (address === null) throw place(0, head.length, 'not-an-address');
    return prefixRange(address, prefixLength(lengthText, 128, slash, place), () => place(0, text.length, 'too-many'));
  }
  if (/^[0-9.,\-*]+$/.test(head)) {
    const octets = octetRanges(head, place);
    const length = prefixLength(lengthText, 32, slash, place);
    return new OctetRange(octets, length);
  }
  const odd = /[^A-Za-z0-9._-]/.exec(head);
  if (odd !== null) throw place(odd.index, 1, 'not-an-address');
  const isName =
    /^(?=.{1,253}$)[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$/;
  if (!isName.test(head)) throw place(0, head.length, 'not-an-address');
  return { name: head, prefixLength: lengthText === null ? -1 : prefixLength(lengthText, 128, slash, place) };
}

/** The range of a prefix around an address. @throws ExpressionError, or what `tooMany` makes, for more than TARGETS_MAX addresses */
export function prefixRange(address: Address, length: number, tooMany?: () => Error): TargetRange {
  if (address.family === 4) {
    const octets = [24, 16, 8, 0].map((shift) => Uint8Array.of((address.w3 >>> shift) & 255));
    return new OctetRange(octets, Math.min(length, 32));
  }
  if (2 ** (128 - length) > TARGETS_MAX) {
    throw tooMany?.() ?? new ExpressionError('target', `${address.toString()}/${length}`, 0, 1, 'too-many');
  }
  return new PrefixRange6(address, length);
}

type Place = (at: number, length: number, problem: ExpressionProblem) => ExpressionError;

function prefixLength(text: string | null, most: number, slash: number, place: Place): number {
  if (text === null) return most;
  if (!/^\d{1,3}$/.test(text) || Number(text) > most) throw place(slash + 1, text.length, 'bad-length');
  return Number(text);
}

/** Four octets, each a list of numbers and ranges; `*` and `-` are all. */
function octetRanges(head: string, place: Place): Uint8Array[] {
  const parts = head.split('.');
  let at = 0;
  const octets = parts.map((part) => {
    const values = octetValues(part, at, place);
    at += part.length + 1;
    return values;
  });
  if (octets.length !== 4) throw place(0, head.length, 'not-an-address');
  return octets;
}

function octetValues(part: string, start: number, place: Place): Uint8Array {
  const values = new Set<number>();
  let at = start;
  for (const piece of part.split(',')) {
    const match = /^(?:(\d{1,3})|\*|(\d{0,3})-(\d{0,3}))$/.exec(piece);
    if (match === null) throw place(at, piece.length, piece === '' ? 'empty' : 'not-an-address');
    const [, single, from, to] = match;
    const first = Number(single ?? from ?? '');
    const last = single !== undefined ? first : to === undefined || to === '' ? 255 : Number(to);
    if (first > 255 || last > 255) throw place(at, piece.length, 'octet-too-large');
    if (last < first) throw place(at, piece.length, 'range-backwards');
    for (let value = first; value <= last; value++) values.add(value);
    at += piece.length + 1;
  }
  return Uint8Array.from(values).sort();
}

/** Lists of octets, widened by a prefix length: bits behind it run through all values. */
class OctetRange implements TargetRange {
  readonly family = 4;
  readonly count: number;
  private readonly octets: readonly Uint8Array[];
  private readonly heads: readonly Uint8Array[];
  private readonly prefixLength: number;

  constructor(octets: readonly Uint8Array[], prefixLength: number) {
    this.heads = octets;
    this.prefixLength = prefixLength;
    this.octets = octets.map((values, index) => widened(values, prefixLength - index * 8));
    this.count = this.octets.reduce((product, { length }) => product * length, 1);
    if (this.count > 2 ** 32) throw new RangeError('an IPv4 range has at most 2^32 addresses');
  }

  at(index: number): Address {
    let rest = index;
    let word = 0;
    for (let octet = 3; octet >= 0; octet--) {
      const values = this.octets[octet] ?? new Uint8Array(1);
      word |= (values[rest % values.length] ?? 0) << (24 - octet * 8);
      rest = Math.floor(rest / values.length);
    }
    return Address.v4(word);
  }

  contains(address: Address): boolean {
    if (address.family !== 4) return false;
    return this.octets.every((values, index) => values.includes((address.w3 >>> (24 - index * 8)) & 255));
  }

  toString(): string {
    return `${this.heads.map((values) => [...values].join(',')).join('.')}/${this.prefixLength}`;
  }
}

function widened(values: Uint8Array, bits: number): Uint8Array {
  if (bits >= 8) return values;
  const mask = bits <= 0 ? 0 : (0xff00 >> bits) & 0xff;
  const kept = new Set([...values].map((value) => value & mask));
  return Uint8Array.from({ length: 256 }, (_, value) => value).filter((value) => kept.has(value & mask));
}

class PrefixRange6 implements TargetRange {
  readonly family = 6;
  readonly count: number;
  private readonly base: Address;
  private readonly length: number;

  constructor(address: Address, length: number) {
    this.base = maskAddress(address, length);
    this.length = length;
    this.count = 2 ** (128 - length);
  }

  /** At most 24 bits vary, all in the last word. */
  at(index: number): Address {
    const { w0, w1, w2, w3 } = this.base;
    return Address.v6(w0, w1, w2, w3 | index);
  }

  contains(address: Address): boolean {
    return address.family === 6 && maskAddress(address, this.length).equals(this.base);
  }

  toString(): string {
    return `${this.base.toString()}/${this.length}`;
  }
}
