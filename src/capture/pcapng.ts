/**
 * Writing pcapng (draft-ietf-opsawg-pcapng): section header, interfaces, enhanced packets, names, statistics.
 * Bytes out, no files. Little-endian; timestamps in microseconds or nanoseconds per interface.
 */
import type { Address } from '../base/address.ts';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import type { LinkMedium } from '../base/link-capabilities.ts';
import { ByteWriter, encodeUtf8 } from './bytes.ts';

/** Block types (draft-ietf-opsawg-pcapng section 11.1). */
export const PcapngBlock = {
  section: 0x0a0d0d0a,
  interface: 1,
  obsoletePacket: 2,
  simplePacket: 3,
  nameResolution: 4,
  interfaceStatistics: 5,
  enhancedPacket: 6,
} as const;

/** The word of a section header block that tells the byte order of its section. */
export const PCAPNG_BYTE_ORDER_MAGIC = 0x1a2b3c4d;

/** Link types (IANA "PCAP-related link types"). */
export const LinkType = { ethernet: 1, raw: 101, ipv4: 228, ipv6: 229, nullLoopback: 0, linuxCooked: 113 } as const;

/** The link type of frames of `medium`. */
export function linkTypeOf(medium: LinkMedium): number {
  return medium === 'ethernet' ? LinkType.ethernet : LinkType.raw;
}

/** What the section header says about where the capture comes from. */
export interface PcapngSectionOptions {
  readonly hardware?: string;
  readonly os?: string;
  readonly application?: string;
  readonly comment?: string;
}

/** One interface of a capture. */
export interface PcapngInterfaceOptions {
  readonly linkType: number;
  readonly name?: string;
  readonly description?: string;
  /** Default: microseconds. */
  readonly resolution?: 'us' | 'ns';
  /** Most bytes kept of a packet, 0 (default) for no limit. */
  readonly snapLength?: number;
}

/** Which way a frame went, seen from the interface it was captured on. */
export type CaptureDirection = 'in' | 'out' | 'unknown';

/** What may be said about one packet. */
export interface PcapngPacketOptions {
  readonly direction?: CaptureDirection;
  readonly comment?: string;
  /** Bytes the packet had on the wire, when more than are given. */
  readonly originalLength?: number;
}

/** Counts over one interface, written at the end. */
export interface PcapngStatistics {
  readonly received?: number;
  readonly dropped?: number;
  readonly startUs?: number;
  readonly endUs?: number;
}

interface WrittenInterface {
  readonly nanoseconds: boolean;
  readonly snapLength: number;
}

/** Writes one section. Call `toBytes` for all of it, or `take` now and then to stream. */
export class PcapngWriter {
  private readonly out = new ByteWriter();
  private readonly interfaces: WrittenInterface[] = [];

  constructor(section: PcapngSectionOptions = {}) {
    const start = this.beginBlock(PcapngBlock.section);
    this.out.u32(PCAPNG_BYTE_ORDER_MAGIC);
    this.out.u16(1);
    this.out.u16(0);
    // Section length unknown: readers go by the blocks.
    this.out.u32(0xffffffff);
    this.out.u32(0xffffffff);
    this.textOption(1, section.comment);
    this.textOption(2, section.hardware);
    this.textOption(3, section.os);
    this.textOption(4, section.application);
    this.endOptions(section.comment ?? section.hardware ?? section.os ?? section.application);
    this.endBlock(start);
  }

  /** Declares an interface; its number is what packets name. */
  addInterface(options: PcapngInterfaceOptions): number {
    const nanoseconds = options.resolution === 'ns';
    const snapLength = checkInteger('snapLength', options.snapLength ?? 0, 0, 0x7fffffff);
    const start = this.beginBlock(PcapngBlock.interface);
    this.out.u16(checkInteger('linkType', options.linkType, 0, 0xffff));
    this.out.u16(0);
    this.out.u32(snapLength);
    this.textOption(2, options.name);
    this.textOption(3, options.description);
    this.option(9, Uint8Array.of(nanoseconds ? 9 : 6));
    this.endOptions('');
    this.endBlock(start);
    return this.interfaces.push({ nanoseconds, snapLength }) - 1;
  }

  /**
   * Writes one packet.
   * @param timeUs microseconds since 1970, may have a fraction
   * @throws ArgumentError when the interface was not declared
   */
  writePacket(
    interfaceId: number,
    timeUs: number,
    bytes: Uint8Array,
    offset = 0,
    length = bytes.length - offset,
    options: PcapngPacketOptions = {},
  ): void {
    const known = this.interfaceOf(interfaceId);
    const captured = known.snapLength > 0 ? Math.min(length, known.snapLength) : length;
    const start = this.beginBlock(PcapngBlock.enhancedPacket);
    this.out.u32(interfaceId);
    this.timestamp(timeUs, known.nanoseconds);
    this.out.u32(captured);
    this.out.u32(options.originalLength ?? length);
    this.out.raw(bytes, offset, captured);
    this.out.pad4();
    this.textOption(1, options.comment);
    if (options.direction === 'in' || options.direction === 'out') {
      this.option(2, Uint8Array.of(options.direction === 'in' ? 1 : 2, 0, 0, 0));
    }
    this.endOptions(options.comment ?? (options.direction === 'unknown' ? undefined : options.direction));
    this.endBlock(start);
  }

  /** Writes names for addresses. */
  writeNames(records: readonly (readonly [address: Address, names: readonly string[]])[]): void {
    const start = this.beginBlock(PcapngBlock.nameResolution);
    for (const [address, names] of records) {
      const addressBytes = address.toBytes();
      const texts = names.filter((name) => name.length > 0).map((name) => encodeUtf8(`${name}\0`));
      if (texts.length === 0) continue;
      this.out.u16(address.family === 4 ? 1 : 2);
      this.out.u16(addressBytes.length + texts.reduce((sum, text) => sum + text.length, 0));
      this.out.raw(addressBytes);
      for (const text of texts) this.out.raw(text);
      this.out.pad4();
    }
    this.out.u32(0);
    this.endBlock(start);
  }

  /** Writes the counts of an interface; `timeUs` is when they were taken. */
  writeStatistics(interfaceId: number, timeUs: number, statistics: PcapngStatistics): void {
    const { nanoseconds } = this.interfaceOf(interfaceId);
    const start = this.beginBlock(PcapngBlock.interfaceStatistics);
    this.out.u32(interfaceId);
    this.timestamp(timeUs, nanoseconds);
    this.timeOption(2, statistics.startUs, nanoseconds);
    this.timeOption(3, statistics.endUs, nanoseconds);
    this.countOption(4, statistics.received);
    this.countOption(5, statistics.dropped);
    this.endOptions('');
    this.endBlock(start);
  }

  /** Bytes held now. */
  get length(): number {
    return this.out.length;
  }

  /** A copy of everything written and not yet taken. */
  toBytes(): Uint8Array {
    return this.out.toBytes();
  }

  /** The bytes written since the last `take`. */
  take(): Uint8Array {
    return this.out.take();
  }

  private interfaceOf(interfaceId: number): WrittenInterface {
    const known = this.interfaces[interfaceId];
    if (known !== undefined) return known;
    throw new ArgumentError('interfaceId', `${String(interfaceId)} was not declared; call addInterface first`);
  }

  private beginBlock(type: number): number {
    const start = this.out.length;
    this.out.u32(type);
    this.out.u32(0);
    return start;
  }

  private endBlock(start: number): void {
    const length = this.out.length - start + 4;
    this.out.u32(length);
    this.out.patchU32(start + 4, length);
  }

  private option(code: number, value: Uint8Array): void {
    const length = Math.min(value.length, 0xffff);
    this.out.u16(code);
    this.out.u16(length);
    this.out.raw(value, 0, length);
    this.out.pad4();
  }

  private textOption(code: number, text: string | undefined): void {
    if (text !== undefined) this.option(code, encodeUtf8(text));
  }

  private timeOption(code: number, timeUs: number | undefined, nanoseconds: boolean): void {
    if (timeUs === undefined) return;
    this.out.u16(code);
    this.out.u16(8);
    this.timestamp(timeUs, nanoseconds);
  }

  private countOption(code: number, count: number | undefined): void {
    if (count === undefined) return;
    this.out.u16(code);
    this.out.u16(8);
    this.out.u32(count >>> 0);
    this.out.u32(Math.floor(count / 4294967296));
  }

  /** Written only where options were. */
  private endOptions(present: string | undefined): void {
    if (present !== undefined) this.out.u32(0);
  }

  private timestamp(timeUs: number, nanoseconds: boolean): void {
    const whole = Math.floor(timeUs);
    if (!nanoseconds) {
      this.out.u32(Math.floor(whole / 4294967296));
      this.out.u32(whole >>> 0);
      return;
    }
    // A double has no room for nanoseconds since 1970.
    const units = BigInt(whole) * 1000n + BigInt(Math.floor((timeUs - whole) * 1000));
    this.out.u32(Number(units >> 32n));
    this.out.u32(Number(units & 0xffffffffn));
  }
}
