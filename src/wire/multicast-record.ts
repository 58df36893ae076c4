/**
 * What IGMPv3 (RFC 3376 section 4.2) and MLDv2 (RFC 3810 section 5.2) share: group records of a report, and times written
 * as a small floating-point number.
 */
import type { PacketMemory } from '../base/packet-memory.ts';

/** Kinds of group records in IGMPv3 and MLDv2 reports. */
export const MulticastRecordType = {
  modeIsInclude: 1,
  modeIsExclude: 2,
  changeToInclude: 3,
  changeToExclude: 4,
  allowNewSources: 5,
  blockOldSources: 6,
} as const;

/** One group record of a report; reused. Addresses are four words, an IPv4 group is in the last. */
export class MulticastRecord {
  type = 0;
  group0 = 0;
  group1 = 0;
  group2 = 0;
  group3 = 0;
  sourceCount = 0;
  sourcesOffset = 0;
  /** Where the next record begins; set it to the message's `recordsOffset` to start. */
  nextOffset = 0;
}

/**
 * Reads the record at `record.nextOffset`.
 * @param addressLength 4 for IGMP, 16 for MLD
 * @param end where the message ends
 * @returns false when no whole record is left
 */
export function nextMulticastRecord(
  memory: PacketMemory,
  addressLength: 4 | 16,
  end: number,
  record: MulticastRecord,
): boolean {
  const { view } = memory;
  const at = record.nextOffset;
  const sources = at + 4 + addressLength;
  if (sources > end) return false;
  const word = view.getUint32(at);
  const next = sources + (word & 0xffff) * addressLength + ((word >>> 16) & 0xff) * 4;
  if (next > end) return false;
  record.type = word >>> 24;
  record.sourceCount = word & 0xffff;
  record.sourcesOffset = sources;
  record.nextOffset = next;
  const isV6 = addressLength === 16;
  record.group0 = isV6 ? view.getInt32(at + 4) : 0;
  record.group1 = isV6 ? view.getInt32(at + 8) : 0;
  record.group2 = isV6 ? view.getInt32(at + 12) : 0xffff;
  record.group3 = view.getInt32(isV6 ? at + 16 : at + 4);
  return true;
}

/**
 * Writes a record without auxiliary data: type, group and `sourceCount` sources.
 * @param addressLength 4 for IGMP, 16 for MLD
 * @param sources words, one or four per source
 * @returns the offset behind the record
 */
export function writeMulticastRecord(
  memory: PacketMemory,
  offset: number,
  addressLength: 4 | 16,
  record: MulticastRecord,
  sources: Int32Array,
  sourceCount: number,
): number {
  const { view } = memory;
  view.setUint32(offset, (record.type << 24) | (sourceCount & 0xffff));
  let at = offset + 4;
  if (addressLength === 16) {
    view.setInt32(at, record.group0);
    view.setInt32(at + 4, record.group1);
    view.setInt32(at + 8, record.group2);
    at += 12;
  }
  view.setInt32(at, record.group3);
  at += 4;
  const words = (sourceCount * addressLength) >> 2;
  for (let index = 0; index < words; index++, at += 4) view.setInt32(at, sources[index]!);
  return at;
}

/**
 * The value of a response or interval code of 8 or 16 bits: plain below half its range, else mantissa and exponent.
 * RFC 3376 §4.1.1, RFC 3810 §5.1.3.
 */
export function decodeExponential(code: number, bits: 8 | 16): number {
  const mantissaBits = bits - 4;
  if (code < 1 << (bits - 1)) return code;
  const exponent = (code >>> mantissaBits) & 7;
  const mantissa = (code & ((1 << mantissaBits) - 1)) | (1 << mantissaBits);
  return mantissa * 2 ** (exponent + 3);
}

/** The 8-bit code of the largest value not above `value`. */
export function encodeExponential8(value: number): number {
  return encode(value, 8);
}

/** The 16-bit code of the largest value not above `value`. */
export function encodeExponential16(value: number): number {
  return encode(value, 16);
}

function encode(value: number, bits: 8 | 16): number {
  const mantissaBits = bits - 4;
  const top = 1 << (bits - 1);
  if (value < top) return value < 0 ? 0 : Math.floor(value);
  for (let exponent = 0; exponent < 8; exponent++) {
    const mantissa = Math.floor(value / 2 ** (exponent + 3));
    if (mantissa < 1 << (mantissaBits + 1)) {
      return top | (exponent << mantissaBits) | (mantissa & ((1 << mantissaBits) - 1));
    }
  }
  return (1 << bits) - 1;
}
