/**
 * What the readers of capture files return, and the entry that tells the formats apart. Readers never throw on what is in
 * a file: they return what they could read and where they had to stop.
 */
import type { Address } from '../base/address.ts';

/** One packet of a file. */
export interface CapturedPacket {
  /** Index into `CaptureFile.interfaces`, -1 when the file names none that exists. */
  readonly interfaceId: number;
  /** Microseconds since 1970, without the part below; NaN when the file has no time for it. */
  readonly timeUs: number;
  /** Nanoseconds behind `timeUs`, 0 to 999. */
  readonly nanoseconds: number;
  /** The captured bytes, a view into the file. */
  readonly bytes: Uint8Array;
  /** Bytes on the wire. */
  readonly originalLength: number;
  readonly direction: 'in' | 'out' | 'unknown';
  readonly comment: string | null;
}

/** One interface of a file. */
export interface CapturedInterface {
  readonly linkType: number;
  readonly snapLength: number;
  name: string | null;
  description: string | null;
  /** Units of a timestamp per second. */
  unitsPerSecond: number;
  /** Seconds to add to every timestamp. */
  offsetSeconds: number;
  /** Counts of the statistics block, null when there is none. */
  received: number | null;
  dropped: number | null;
}

/** Why and where reading stopped early. */
export interface CaptureError {
  /** Bytes from the start of the file. */
  readonly offset: number;
  readonly message: string;
}

/** What a file holds. */
export interface CaptureFile {
  readonly format: 'pcap' | 'pcapng' | 'unknown';
  readonly interfaces: readonly CapturedInterface[];
  readonly packets: readonly CapturedPacket[];
  readonly names: readonly (readonly [address: Address, names: readonly string[]])[];
  readonly hardware: string | null;
  readonly os: string | null;
  readonly application: string | null;
  /** Null when the file was read to its end. Packets before the error are there. */
  readonly error: CaptureError | null;
}

/** A file with nothing in it but an error. */
export function unreadable(format: CaptureFile['format'], offset: number, message: string): CaptureFile {
  return {
    format,
    interfaces: [],
    packets: [],
    names: [],
    hardware: null,
    os: null,
    application: null,
    error: { offset, message },
  };
}

/** Splits a timestamp of two 32-bit halves in units of `unitsPerSecond` into microseconds and the nanoseconds below. */
export function splitTime(high: number, low: number, unitsPerSecond: number, offsetSeconds: number): [number, number] {
  const units = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  const nanoseconds = (units * 1_000_000_000n) / BigInt(unitsPerSecond) + BigInt(offsetSeconds) * 1_000_000_000n;
  const microseconds = nanoseconds / 1000n;
  const rest = nanoseconds - microseconds * 1000n;
  return rest < 0n ? [Number(microseconds) - 1, Number(rest) + 1000] : [Number(microseconds), Number(rest)];
}
