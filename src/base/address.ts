/**
 * IP addresses as four 32-bit words, one shape for both families (RFC 4291). An IPv4 address is held in the
 * IPv4-mapped form (0, 0, 0xffff, address), so that hashing and comparing need no branch on the family.
 * Text follows RFC 5952. Words are int32.
 */
import { ArgumentError } from './errors.ts';

/** IPv4 or IPv6. */
export type AddressFamily = 4 | 6;

/** Third word of an IPv4 address in the common four-word form. */
export const IPV4_MAPPED_WORD = 0xffff;

/** An immutable IPv4 or IPv6 address. */
export class Address {
  readonly family: AddressFamily;
  /** The four words of the common form, int32, most significant first; of IPv4 only `w3` varies. */
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;

  private constructor(family: AddressFamily, w0: number, w1: number, w2: number, w3: number) {
    this.family = family;
    this.w0 = w0 | 0;
    this.w1 = w1 | 0;
    this.w2 = w2 | 0;
    this.w3 = w3 | 0;
  }

  /** An IPv4 address from one 32-bit word, most significant byte first. */
  static v4(word: number): Address {
    return new Address(4, 0, 0, IPV4_MAPPED_WORD, word);
  }

  /** An IPv6 address from four 32-bit words, most significant first. */
  static v6(w0: number, w1: number, w2: number, w3: number): Address {
    return new Address(6, w0, w1, w2, w3);
  }

  /** An address from the four words of the common form. */
  static fromWords(family: AddressFamily, w0: number, w1: number, w2: number, w3: number): Address {
    return new Address(family, w0, w1, w2, w3);
  }

  /**
   * Parses dotted-quad IPv4 or RFC 4291 section 2.2 IPv6 text, without zone or prefix.
   * @throws ArgumentError when the text is neither.
   */
  static parse(text: string): Address {
    const address = Address.tryParse(text);
    if (address === null) {
      throw new ArgumentError(
        'address',
        `'${text}' is neither an IPv4 nor an IPv6 address; write 192.0.2.1 or 2001:db8::1`,
      );
    }
    return address;
  }

  /** As `parse`, but null instead of an error. */
  static tryParse(text: string): Address | null {
    if (text.includes(':')) return parseV6(text);
    const word = parseV4Word(text);
    return word === null ? null : Address.v4(word);
  }

  /** True for the same family and the same words. */
  equals(other: Address): boolean {
    return (
      this.w3 === other.w3 &&
      this.w0 === other.w0 &&
      this.w1 === other.w1 &&
      this.w2 === other.w2 &&
      this.family === other.family
    );
  }

  /** `0.0.0.0` or `::`. */
  get isUnspecified(): boolean {
    return this.family === 4 ? this.w3 === 0 : (this.w0 | this.w1 | this.w2 | this.w3) === 0;
  }

  /** Within `127.0.0.0/8`, or `::1`. */
  get isLoopback(): boolean {
    if (this.family === 4) return this.w3 >>> 24 === 127;
    return (this.w0 | this.w1 | this.w2) === 0 && this.w3 === 1;
  }

  /** 224.0.0.0/4 (RFC 5771) or ff00::/8 (RFC 4291 section 2.7). */
  get isMulticast(): boolean {
    return this.family === 4 ? this.w3 >>> 28 === 0xe : this.w0 >>> 24 === 0xff;
  }

  /** The limited broadcast address 255.255.255.255 (RFC 919). */
  get isLimitedBroadcast(): boolean {
    return this.family === 4 && this.w3 === -1;
  }

  /** 169.254.0.0/16 (RFC 3927) or fe80::/10 (RFC 4291 section 2.5.6). */
  get isLinkLocal(): boolean {
    return this.family === 4 ? this.w3 >>> 16 === 0xa9fe : this.w0 >>> 22 === 0x3fa;
  }

  /** fc00::/7 (RFC 4193). */
  get isUniqueLocal(): boolean {
    return this.family === 6 && this.w0 >>> 25 === 0x7e;
  }

  /** RFC 1918 space. */
  get isPrivate(): boolean {
    if (this.family !== 4) return false;
    return this.w3 >>> 24 === 10 || this.w3 >>> 20 === 0xac1 || this.w3 >>> 16 === 0xc0a8;
  }

  /** 240.0.0.0/4 without the broadcast address (RFC 1112 section 4). */
  get isReservedV4(): boolean {
    return this.family === 4 && this.w3 >>> 28 === 0xf && this.w3 !== -1;
  }

  /** The 4 or 16 bytes in network order. */
  toBytes(): Uint8Array {
    const words = this.family === 4 ? [this.w3] : [this.w0, this.w1, this.w2, this.w3];
    const bytes = new Uint8Array(words.length * 4);
    words.forEach((word, index) => {
      for (let shift = 0; shift < 4; shift++) bytes[index * 4 + shift] = word >>> (24 - shift * 8);
    });
    return bytes;
  }

  toString(): string {
    return this.family === 4 ? formatV4(this.w3) : formatV6(this.w0, this.w1, this.w2, this.w3);
  }
}

/** A network prefix such as 10.0.0.0/8 or 2001:db8::/32; host bits are cleared. */
export class Prefix {
  readonly address: Address;
  /** Significant bits: 0 to 32 for IPv4, 0 to 128 for IPv6. */
  readonly length: number;

  constructor(address: Address, length: number) {
    const max = address.family === 4 ? 32 : 128;
    if (!Number.isInteger(length) || length < 0 || length > max) {
      throw new ArgumentError(
        'length',
        `a prefix of ${address.toString()} has 0 to ${max} bits, got ${String(length)}`,
      );
    }
    this.length = length;
    this.address = maskAddress(address, length);
  }

  /** Parses `address/length`; without `/length` the prefix covers the one address. */
  static parse(text: string): Prefix {
    const slash = text.indexOf('/');
    const address = Address.parse(slash < 0 ? text : text.slice(0, slash));
    const full = address.family === 4 ? 32 : 128;
    const lengthText = slash < 0 ? String(full) : text.slice(slash + 1);
    if (!/^\d{1,3}$/.test(lengthText)) {
      throw new ArgumentError('prefix', `'${text}' has no valid length after '/'; write for example 10.0.0.0/8`);
    }
    return new Prefix(address, Number(lengthText));
  }

  /** True when the address is of the prefix's family and agrees in its significant bits. */
  contains(address: Address): boolean {
    return address.family === this.address.family && maskAddress(address, this.length).equals(this.address);
  }

  toString(): string {
    return `${this.address.toString()}/${this.length}`;
  }
}

export const UNSPECIFIED_V4 = Address.v4(0);
export const UNSPECIFIED_V6 = Address.v6(0, 0, 0, 0);
export const LOOPBACK_V4 = Address.v4(0x7f000001);
export const LOOPBACK_V6 = Address.v6(0, 0, 0, 1);
export const BROADCAST_V4 = Address.v4(0xffffffff);

/** Clears the bits of `address` after the first `length`. */
export function maskAddress(address: Address, length: number): Address {
  if (address.family === 4) return Address.v4(address.w3 & wordMask(length));
  return Address.v6(
    address.w0 & wordMask(length),
    address.w1 & wordMask(length - 32),
    address.w2 & wordMask(length - 64),
    address.w3 & wordMask(length - 96),
  );
}

function wordMask(bits: number): number {
  if (bits <= 0) return 0;
  return bits >= 32 ? -1 : ~(0xffffffff >>> bits);
}

const DIGIT_0 = 48;
const DOT = 46;

function parseV4Word(text: string): number | null {
  // Octet by octet, without a string for each: a server of a busy client reads the same few addresses all day.
  let word = 0;
  let octet = -1;
  let octets = 1;
  for (let at = 0; at < text.length; at++) {
    const digit = text.charCodeAt(at) - DIGIT_0;
    if (digit === DOT - DIGIT_0) {
      if (octet < 0 || ++octets > 4) return null;
      word = (word << 8) | octet;
      octet = -1;
    } else {
      // No sign, no space, no leading zero.
      if (digit < 0 || digit > 9 || octet === 0) return null;
      octet = octet < 0 ? digit : octet * 10 + digit;
      if (octet > 255) return null;
    }
  }
  return octet < 0 || octets !== 4 ? null : (word << 8) | octet;
}

function parseV6(text: string): Address | null {
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 1) return null;
  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail];
  const word = (index: number): number => ((groups[index] ?? 0) << 16) | (groups[index + 1] ?? 0);
  return Address.v6(word(0), word(2), word(4), word(6));
}

function parseGroups(text: string, mayEndInV4: boolean): number[] | null {
  if (text === '') return [];
  const groups: number[] = [];
  const parts = text.split(':');
  for (const [index, part] of parts.entries()) {
    if (part.includes('.')) {
      const word = mayEndInV4 && index === parts.length - 1 ? parseV4Word(part) : null;
      if (word === null) return null;
      groups.push(word >>> 16, word & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      groups.push(Number.parseInt(part, 16));
    }
  }
  return groups;
}

function formatV4(word: number): string {
  return `${word >>> 24}.${(word >>> 16) & 255}.${(word >>> 8) & 255}.${word & 255}`;
}

function formatV6(w0: number, w1: number, w2: number, w3: number): string {
  if ((w0 | w1) === 0 && w2 === IPV4_MAPPED_WORD) return `::ffff:${formatV4(w3)}`;
  const groups = [w0, w1, w2, w3].flatMap((word) => [word >>> 16, word & 0xffff]);
  // RFC 5952 §4.2: the longest run of at least two zero groups is shortened, the first one on a tie.
  let bestStart = -1;
  let bestLength = 1;
  for (let start = 0; start < 8; start++) {
    let end = start;
    while (end < 8 && groups[end] === 0) end++;
    if (end - start > bestLength) {
      bestStart = start;
      bestLength = end - start;
    }
  }
  const hex = (part: number[]): string => part.map((group) => group.toString(16)).join(':');
  if (bestStart < 0) return hex(groups);
  return `${hex(groups.slice(0, bestStart))}::${hex(groups.slice(bestStart + bestLength))}`;
}
