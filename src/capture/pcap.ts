/**
 * Classic pcap (draft-ietf-opsawg-pcap): one interface, a header of 24 bytes and one of 16 before each packet. The writer
 * is little-endian; the reader takes both byte orders, microseconds and nanoseconds.
 */
import { checkInteger } from '../base/errors.ts';
import { ByteWriter } from './bytes.ts';
import { type CapturedPacket, type CaptureFile, unreadable } from './captured.ts';

const MAGIC_MICROSECONDS = 0xa1b2c3d4;
const MAGIC_NANOSECONDS = 0xa1b23c4d;
const HEADER_LENGTH = 24;
const RECORD_LENGTH = 16;
/** What other programs accept for one packet; more is taken as damage. */
const PACKET_MAX = 16 << 20;

/** How a pcap file is written. */
export interface PcapOptions {
  readonly linkType: number;
  /** Default: microseconds. */
  readonly resolution?: 'us' | 'ns';
  /** Most bytes kept of a packet, default 262144. */
  readonly snapLength?: number;
}

/** Writes one file. */
export class PcapWriter {
  private readonly out = new ByteWriter();
  private readonly nanoseconds: boolean;
  private readonly snapLength: number;

  constructor(options: PcapOptions) {
    this.nanoseconds = options.resolution === 'ns';
    this.snapLength = checkInteger('snapLength', options.snapLength ?? 262_144, 1, PACKET_MAX);
    this.out.u32(this.nanoseconds ? MAGIC_NANOSECONDS : MAGIC_MICROSECONDS);
    this.out.u16(2);
    this.out.u16(4);
    this.out.u32(0);
    this.out.u32(0);
    this.out.u32(this.snapLength);
    this.out.u32(checkInteger('linkType', options.linkType, 0, 0xffff));
  }

  /** @param timeUs microseconds since 1970, may have a fraction */
  writePacket(timeUs: number, bytes: Uint8Array, originalLength = bytes.length): void {
    const captured = Math.min(bytes.length, this.snapLength);
    const seconds = Math.floor(timeUs / 1e6);
    const restUs = timeUs - seconds * 1e6;
    this.out.u32(seconds >>> 0);
    this.out.u32(Math.floor(this.nanoseconds ? restUs * 1000 : restUs));
    this.out.u32(captured);
    this.out.u32(originalLength);
    this.out.raw(bytes, 0, captured);
  }

  /** A copy of everything written and not yet taken. */
  toBytes(): Uint8Array {
    return this.out.toBytes();
  }

  /** The bytes written since the last `take`. */
  take(): Uint8Array {
    return this.out.take();
  }
}

/** True when the bytes begin like a pcap file of either byte order. */
export function isPcap(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && byteOrderOf(bytes) !== null;
}

/** Reads a pcap file; never throws on its contents. */
export function readPcap(bytes: Uint8Array): CaptureFile {
  if (bytes.length < HEADER_LENGTH)
    return unreadable('pcap', 0, `a pcap header has ${HEADER_LENGTH} bytes, got ${bytes.length}`);
  const order = byteOrderOf(bytes);
  if (order === null)
    return unreadable('unknown', 0, 'this is no pcap file: its first four bytes are none of the known marks');
  const { littleEndian, nanoseconds } = order;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const snapLength = view.getUint32(16, littleEndian);
  const linkType = view.getUint32(20, littleEndian) & 0xffff;
  const packets: CapturedPacket[] = [];
  let offset = HEADER_LENGTH;
  let error: CaptureFile['error'] = null;
  while (offset < bytes.length) {
    if (offset + RECORD_LENGTH > bytes.length) {
      error = { offset, message: 'the file ends inside a packet header' };
      break;
    }
    const captured = view.getUint32(offset + 8, littleEndian);
    if (captured > PACKET_MAX) {
      error = { offset, message: `a packet of ${captured} bytes is not credible` };
      break;
    }
    if (offset + RECORD_LENGTH + captured > bytes.length) {
      error = { offset, message: `the file ends inside a packet of ${captured} bytes` };
      break;
    }
    const fraction = view.getUint32(offset + 4, littleEndian);
    const wholeUs = nanoseconds ? Math.floor(fraction / 1000) : fraction;
    packets.push({
      interfaceId: 0,
      timeUs: view.getUint32(offset, littleEndian) * 1e6 + wholeUs,
      nanoseconds: nanoseconds ? fraction % 1000 : 0,
      bytes: bytes.subarray(offset + RECORD_LENGTH, offset + RECORD_LENGTH + captured),
      originalLength: view.getUint32(offset + 12, littleEndian),
      direction: 'unknown',
      comment: null,
    });
    offset += RECORD_LENGTH + captured;
  }
  const only = {
    linkType,
    snapLength,
    name: null,
    description: null,
    unitsPerSecond: nanoseconds ? 1e9 : 1e6,
    offsetSeconds: 0,
    received: null,
    dropped: null,
  };
  return { format: 'pcap', interfaces: [only], packets, names: [], hardware: null, os: null, application: null, error };
}

function byteOrderOf(bytes: Uint8Array): { littleEndian: boolean; nanoseconds: boolean } | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (const littleEndian of [true, false]) {
    const magic = view.getUint32(0, littleEndian);
    if (magic === MAGIC_MICROSECONDS) return { littleEndian, nanoseconds: false };
    if (magic === MAGIC_NANOSECONDS) return { littleEndian, nanoseconds: true };
  }
  return null;
}
