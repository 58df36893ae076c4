/**
 * What decoding a frame gives: layers in order, each with where it lies and its fields, so that a ladder can be printed
 * and every byte coloured by the layer it belongs to. Plain data.
 */
import type { PacketMemory } from '../base/packet-memory.ts';

/** Kinds of layers. */
export type LayerName =
  | 'ethernet'
  | 'llc'
  | 'arp'
  | 'ipv4'
  | 'ipv6'
  | 'ipv6-extension'
  | 'tcp'
  | 'udp'
  | 'icmp'
  | 'icmpv6'
  | 'igmp'
  /** A packet quoted by an ICMP error. */
  | 'quoted'
  | 'payload'
  /** Bytes behind the packet that fill the frame. */
  | 'padding';

/** One field of a header. */
export interface DecodedField {
  readonly name: string;
  /** Bytes from the frame's first. */
  readonly offset: number;
  readonly length: number;
  readonly value: number | string;
  /** The value as people write it, where that differs. */
  readonly text?: string;
}

/** One layer: header bytes, or bytes that are no header. */
export interface DecodedLayer {
  readonly name: LayerName;
  readonly offset: number;
  length: number;
  readonly fields: DecodedField[];
  /** One line. */
  summary: string;
  /** Why a receiver would drop it here, a DropReason's name; null when nothing is wrong. */
  problem: string | null;
}

/** A frame taken apart. The layers cover all its bytes, in order, without overlap. */
export interface DecodedFrame {
  readonly length: number;
  readonly layers: readonly DecodedLayer[];
  /** One line: the summary of the innermost header. */
  readonly summary: string;
  readonly sourceAddress: string | null;
  readonly destinationAddress: string | null;
}

/** The layer a byte belongs to, null outside the frame. */
export function layerAt(frame: DecodedFrame, offset: number): DecodedLayer | null {
  return frame.layers.find((layer) => offset >= layer.offset && offset < layer.offset + layer.length) ?? null;
}

/** The field of that name in the first layer of that kind. */
export function fieldOf(frame: DecodedFrame, layer: LayerName, name: string): DecodedField | null {
  return frame.layers.find((one) => one.name === layer)?.fields.find((field) => field.name === name) ?? null;
}

/** Collects layers over one frame that lies at the start of `memory`; reads outside the frame give 0. */
export class LayerList {
  readonly layers: DecodedLayer[] = [];
  readonly memory: PacketMemory;
  readonly end: number;
  private current: DecodedLayer | null = null;

  constructor(memory: PacketMemory, end: number) {
    this.memory = memory;
    this.end = end;
  }

  /** Begins a layer of `length` bytes at most; what the frame does not hold is cut off. */
  begin(name: LayerName, offset: number, length: number, summary = ''): DecodedLayer {
    const start = Math.min(offset, this.end);
    const room = Math.max(0, Math.min(length, this.end - start));
    this.current = { name, offset: start, length: room, fields: [], summary, problem: null };
    if (room > 0) this.layers.push(this.current);
    return this.current;
  }

  /** A number in network order of 1, 2 or 4 bytes. */
  number(name: string, offset: number, length: 1 | 2 | 4, text?: string): number {
    const value = this.read(offset, length);
    this.field(name, offset, length, value, text);
    return value;
  }

  /** A field already read. Fields that are not wholly in the layer are left out. */
  field(name: string, offset: number, length: number, value: number | string, text?: string): void {
    const layer = this.current;
    if (layer === null || offset < layer.offset || offset + length > layer.offset + layer.length) return;
    layer.fields.push(text === undefined ? { name, offset, length, value } : { name, offset, length, value, text });
  }

  read(offset: number, length: 1 | 2 | 4): number {
    if (offset < 0 || offset + length > this.end) return 0;
    const { view } = this.memory;
    if (length === 1) return view.getUint8(offset);
    return length === 2 ? view.getUint16(offset) : view.getUint32(offset);
  }

  /** Bytes as two hexadecimal digits each, with `separator` between; at most 64 bytes. */
  hex(offset: number, length: number, separator = ''): string {
    const end = Math.min(offset + Math.min(length, 64), this.end);
    const digits: string[] = [];
    for (let at = offset; at < end; at++) digits.push(this.read(at, 1).toString(16).padStart(2, '0'));
    return digits.join(separator);
  }
}
