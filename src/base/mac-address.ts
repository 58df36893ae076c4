/**
 * 48-bit IEEE 802 addresses, held as two integers (high 16 bits, low 32 bits) so that frames are compared without strings.
 */
import { ArgumentError } from './errors.ts';

/** An immutable EUI-48 address. */
export class MacAddress {
  /** The first two octets, 0 to 0xffff. */
  readonly high: number;
  /** The last four octets as int32. */
  readonly low: number;

  constructor(high: number, low: number) {
    this.high = high & 0xffff;
    this.low = low | 0;
  }

  /** Parses `02:00:00:00:00:01` (colons or hyphens). @throws ArgumentError */
  static parse(text: string): MacAddress {
    if (!/^[0-9a-fA-F]{2}([:-][0-9a-fA-F]{2}){5}$/.test(text)) {
      throw new ArgumentError('mac', `'${text}' is not a hardware address; write 02:00:00:00:00:01`);
    }
    const octets = text.split(/[:-]/).map((part) => Number.parseInt(part, 16));
    const at = (index: number): number => octets[index] ?? 0;
    return new MacAddress((at(0) << 8) | at(1), (at(2) << 24) | (at(3) << 16) | (at(4) << 8) | at(5));
  }

  equals(other: MacAddress): boolean {
    return this.low === other.low && this.high === other.high;
  }

  /** Group bit: multicast and broadcast. */
  get isGroup(): boolean {
    return (this.high & 0x100) !== 0;
  }

  /** `ff:ff:ff:ff:ff:ff`. */
  get isBroadcast(): boolean {
    return this.high === 0xffff && this.low === -1;
  }

  toString(): string {
    const octets = [
      this.high >>> 8,
      this.high & 255,
      this.low >>> 24,
      (this.low >>> 16) & 255,
      (this.low >>> 8) & 255,
      this.low & 255,
    ];
    return octets.map((octet) => octet.toString(16).padStart(2, '0')).join(':');
  }
}

export const MAC_BROADCAST = new MacAddress(0xffff, -1);
export const MAC_ZERO = new MacAddress(0, 0);
