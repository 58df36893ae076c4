/**
 * Reading pcapng (draft-ietf-opsawg-pcapng): several sections, either byte order, all packet blocks; blocks of other types
 * are skipped by their length. Damage ends the reading with an error that says where; what came before is returned.
 */
import { Address } from '../base/address.ts';
import { decodeUtf8 } from './bytes.ts';
import { type CapturedInterface, type CapturedPacket, type CaptureFile, splitTime, unreadable } from './captured.ts';
import { isPcap, readPcap } from './pcap.ts';
import { PCAPNG_BYTE_ORDER_MAGIC, PcapngBlock } from './pcapng.ts';

const NOT_CREDIBLE = 64 << 20;

/** Reads a capture file of either format; never throws on its contents. */
export function readCapture(bytes: Uint8Array): CaptureFile {
  return isPcap(bytes) ? readPcap(bytes) : readPcapng(bytes);
}

/** Reads a pcapng file; never throws on its contents. */
export function readPcapng(bytes: Uint8Array): CaptureFile {
  if (bytes.length < 12 || bytes[0] !== 0x0a || bytes[1] !== 0x0d || bytes[2] !== 0x0d || bytes[3] !== 0x0a) {
    return unreadable('unknown', 0, 'this is no pcapng file: it does not begin with a section header');
  }
  return new Reader(bytes).read();
}

/** A block's body, and its options. */
interface Option {
  readonly code: number;
  readonly start: number;
  readonly length: number;
}

class Reader {
  private readonly bytes: Uint8Array;
  private readonly view: DataView;
  private readonly interfaces: CapturedInterface[] = [];
  private readonly packets: CapturedPacket[] = [];
  private readonly names: [Address, string[]][] = [];
  private littleEndian = true;
  /** Where the present section's interfaces begin. */
  private firstInterface = 0;
  private hardware: string | null = null;
  private os: string | null = null;
  private application: string | null = null;
  private error: CaptureFile['error'] = null;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  read(): CaptureFile {
    let offset = 0;
    while (offset < this.bytes.length && this.error === null) {
      const length = this.blockLength(offset);
      if (length === 0) break;
      this.block(offset, offset + length - 4);
      offset += length;
    }
    const { interfaces, packets, names, hardware, os, application, error } = this;
    return { format: 'pcapng', interfaces, packets, names, hardware, os, application, error };
  }

  /** The length of the block at `offset`; 0 after setting the error. */
  private blockLength(offset: number): number {
    if (offset + 12 > this.bytes.length) return this.fail(offset, 'the file ends inside a block header');
    if (this.view.getUint32(offset, true) === PcapngBlock.section) {
      const magic = this.view.getUint32(offset + 8, true);
      if (magic === PCAPNG_BYTE_ORDER_MAGIC) this.littleEndian = true;
      else if (magic === 0x4d3c2b1a) this.littleEndian = false;
      else return this.fail(offset + 8, 'the byte-order mark of the section is wrong');
    }
    const length = this.u32(offset + 4);
    if (length < 12 || (length & 3) !== 0 || length > NOT_CREDIBLE) {
      return this.fail(offset + 4, `a block of ${length} bytes is not possible`);
    }
    if (offset + length > this.bytes.length)
      return this.fail(offset, `the file ends inside a block of ${length} bytes`);
    if (this.u32(offset + length - 4) !== length) {
      return this.fail(offset + length - 4, 'the length at the end of the block is not the one at its start');
    }
    return length;
  }

  private block(offset: number, end: number): void {
    const body = offset + 8;
    const type = this.u32(offset);
    if (type === PcapngBlock.section) this.section(body, end);
    else if (type === PcapngBlock.interface) this.interfaceBlock(body, end);
    else if (type === PcapngBlock.enhancedPacket) this.enhancedPacket(body, end);
    else if (type === PcapngBlock.simplePacket) this.simplePacket(body, end);
    else if (type === PcapngBlock.obsoletePacket) this.obsoletePacket(body, end);
    else if (type === PcapngBlock.nameResolution) this.nameBlock(body, end);
    else if (type === PcapngBlock.interfaceStatistics) this.statisticsBlock(body, end);
  }

  private section(body: number, end: number): void {
    if (!this.hasBody(body, end, 16)) return;
    const major = this.u16(body + 4);
    if (major !== 1) {
      this.fail(body + 4, `version ${major} of the format is not known here`);
      return;
    }
    this.firstInterface = this.interfaces.length;
    for (const option of this.options(body + 16, end)) {
      if (option.code === 2) this.hardware = this.text(option);
      else if (option.code === 3) this.os = this.text(option);
      else if (option.code === 4) this.application = this.text(option);
    }
  }

  private interfaceBlock(body: number, end: number): void {
    if (!this.hasBody(body, end, 8)) return;
    const made: CapturedInterface = {
      linkType: this.u16(body),
      snapLength: this.u32(body + 4),
      name: null,
      description: null,
      unitsPerSecond: 1e6,
      offsetSeconds: 0,
      received: null,
      dropped: null,
    };
    for (const option of this.options(body + 8, end)) {
      if (option.code === 2) made.name = this.text(option);
      else if (option.code === 3) made.description = this.text(option);
      else if (option.code === 9 && option.length >= 1)
        made.unitsPerSecond = unitsPerSecond(this.bytes[option.start] ?? 6);
      else if (option.code === 14 && option.length >= 8) made.offsetSeconds = this.signed64(option.start);
    }
    this.interfaces.push(made);
  }

  private enhancedPacket(body: number, end: number): void {
    if (!this.hasBody(body, end, 20)) return;
    const captured = this.u32(body + 12);
    const start = body + 20;
    if (captured > end - start) return void this.fail(body + 12, `the packet's ${captured} bytes do not fit its block`);
    let comment: string | null = null;
    let direction: CapturedPacket['direction'] = 'unknown';
    for (const option of this.options(start + ((captured + 3) & ~3), end)) {
      if (option.code === 1) comment = this.text(option);
      else if (option.code === 2 && option.length === 4) direction = directionOf(this.u32(option.start));
    }
    this.packet(this.u32(body), body + 4, start, captured, this.u32(body + 16), direction, comment);
  }

  private obsoletePacket(body: number, end: number): void {
    if (!this.hasBody(body, end, 20)) return;
    const captured = this.u32(body + 12);
    const start = body + 20;
    if (captured > end - start) return void this.fail(body + 12, `the packet's ${captured} bytes do not fit its block`);
    this.packet(this.u16(body), body + 4, start, captured, this.u32(body + 16), 'unknown', null);
  }

  private simplePacket(body: number, end: number): void {
    if (!this.hasBody(body, end, 4)) return;
    const originalLength = this.u32(body);
    const snapLength = this.interfaces[this.firstInterface]?.snapLength ?? 0;
    const limit = snapLength > 0 ? Math.min(snapLength, originalLength) : originalLength;
    const captured = Math.min(limit, end - body - 4);
    this.packet(0, -1, body + 4, captured, originalLength, 'unknown', null);
  }

  private packet(
    localInterface: number,
    timeAt: number,
    start: number,
    captured: number,
    originalLength: number,
    direction: CapturedPacket['direction'],
    comment: string | null,
  ): void {
    const interfaceId = this.firstInterface + localInterface;
    const known = this.interfaces[interfaceId];
    const [timeUs, nanoseconds] =
      timeAt < 0 || known === undefined
        ? [Number.NaN, 0]
        : splitTime(this.u32(timeAt), this.u32(timeAt + 4), known.unitsPerSecond, known.offsetSeconds);
    this.packets.push({
      interfaceId: known === undefined ? -1 : interfaceId,
      timeUs,
      nanoseconds,
      bytes: this.bytes.subarray(start, start + captured),
      originalLength,
      direction,
      comment,
    });
  }

  private nameBlock(body: number, end: number): void {
    for (let at = body; at + 4 <= end; ) {
      const type = this.u16(at);
      const length = this.u16(at + 2);
      const start = at + 4;
      if (type === 0 || start + length > end) return;
      const addressLength = type === 1 ? 4 : type === 2 ? 16 : 0;
      if (addressLength > 0 && length > addressLength) {
        const texts = decodeUtf8(this.bytes, start + addressLength, start + length).split('\0');
        this.names.push([this.address(start, addressLength), texts.filter((text) => text.length > 0)]);
      }
      at = start + ((length + 3) & ~3);
    }
  }

  private statisticsBlock(body: number, end: number): void {
    if (!this.hasBody(body, end, 12)) return;
    const known = this.interfaces[this.firstInterface + this.u32(body)];
    if (known === undefined) return;
    for (const option of this.options(body + 12, end)) {
      if (option.length !== 8) continue;
      if (option.code === 4) known.received = this.unsigned64(option.start);
      else if (option.code === 5) known.dropped = this.unsigned64(option.start);
    }
  }

  /** Options up to the first that does not fit; a damaged list is no reason to lose the block. */
  private options(start: number, end: number): Option[] {
    const found: Option[] = [];
    for (let at = start; at + 4 <= end; ) {
      const code = this.u16(at);
      const length = this.u16(at + 2);
      if (code === 0 || at + 4 + length > end) break;
      found.push({ code, start: at + 4, length });
      at += 4 + ((length + 3) & ~3);
    }
    return found;
  }

  private hasBody(body: number, end: number, least: number): boolean {
    if (end - body >= least) return true;
    this.fail(body, `the block is too short: ${end - body} bytes of at least ${least}`);
    return false;
  }

  private fail(offset: number, message: string): 0 {
    this.error = { offset, message };
    return 0;
  }

  private text(option: Option): string {
    return decodeUtf8(this.bytes, option.start, option.start + option.length);
  }

  private address(start: number, length: number): Address {
    const word = (index: number): number => this.view.getInt32(start + index * 4);
    return length === 4 ? Address.v4(word(0)) : Address.v6(word(0), word(1), word(2), word(3));
  }

  private u16(at: number): number {
    return this.view.getUint16(at, this.littleEndian);
  }

  private u32(at: number): number {
    return this.view.getUint32(at, this.littleEndian);
  }

  private unsigned64(at: number): number {
    return Number(this.view.getBigUint64(at, this.littleEndian));
  }

  private signed64(at: number): number {
    const value = this.view.getBigInt64(at, this.littleEndian);
    // Beyond any hour a double can name: taken as no offset.
    return value > 1n << 40n || value < -(1n << 40n) ? 0 : Number(value);
  }
}

function unitsPerSecond(resolution: number): number {
  const exponent = resolution & 0x7f;
  if ((resolution & 0x80) !== 0) return exponent > 52 ? 1e6 : 2 ** exponent;
  return exponent > 15 ? 1e6 : 10 ** exponent;
}

function directionOf(flags: number): CapturedPacket['direction'] {
  return (flags & 3) === 1 ? 'in' : (flags & 3) === 2 ? 'out' : 'unknown';
}
