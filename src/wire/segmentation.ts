/**
 * What a network card does with offloaded frames, in software: completes a transport checksum that holds only the
 * pseudo-header's sum, and cuts a super-segment into the segments that go on the wire. Used by links that cannot carry
 * super-segments, by routers in front of them and by captures, which should show real packets.
 * Each part gets its length, IPv4 identification, sequence number and checksums; FIN and PSH only on the last, CWR only on
 * the first (RFC 3168 section 6.1.2) unless it counts (RFC 9768 section 3.3.4). Everything is bounds-checked: a frame that makes
 * no sense is refused, not cut.
 */
import type { LinkCapabilities, LinkMedium } from '../base/link-capabilities.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import { GSO_ACCECN, GsoType, Slot } from '../base/slot.ts';
import { finishChecksum, foldSum } from './checksum.ts';
import { addressesSum } from './frame-checksums.ts';
import { FrameView } from './frame-view.ts';
import { IpProtocol } from './ip-packet.ts';
import { TcpFlag } from './tcp-segment.ts';

const LARGEST_WIRE_FRAME = 65_535 + 64;

/** Replaces the pseudo-header sum of an offloaded frame by the finished checksum; nothing to do without an offload. */
export function completeChecksum(slot: Slot): void {
  if (slot.checksumOffset === 0) return;
  const start = slot.checksumStart;
  const at = start + slot.checksumOffset;
  if (start >= 0 && at >= 0 && at + 2 <= slot.length) {
    // The field itself holds the pseudo-header's sum, so summing over it adds the pseudo-header.
    const checksum = finishChecksum(slot.memory.sum(slot.offset + start, slot.length - start));
    // RFC 768: a UDP checksum that comes out as zero is sent as all ones; for TCP both mean the same.
    slot.memory.view.setUint16(slot.offset + at, checksum === 0 && slot.checksumOffset === 6 ? 0xffff : checksum);
  }
  slot.checksumStart = 0;
  slot.checksumOffset = 0;
}

/** How many wire segments the frame in `slot` makes; 1 when it is no super-segment. */
export function wireSegments(slot: Slot): number {
  if (slot.gsoSize <= 0) return 1;
  return Math.max(1, Math.ceil(slot.length / slot.gsoSize));
}

/** At least as many bytes as the wire segments of the frame in `slot` take together. */
export function segmentedLength(slot: Slot): number {
  return slot.length + (wireSegments(slot) - 1) * 128;
}

/** Cuts one super-segment after the other. The slot it hands out is its own and is overwritten by the next part. */
export class Segmenter {
  private readonly part: Slot;
  private readonly medium: LinkMedium;
  private readonly view = new FrameView();
  private memory: PacketMemory;
  private offset = 0;
  /** Bytes from the frame's first: IP header, transport header, payload, end. */
  private ipStart = 0;
  private transportStart = 0;
  private payloadStart = 0;
  private frameEnd = 0;
  private family: 0 | 4 | 6 = 4;
  private protocol = 0;
  private gsoSize = 0;
  private isCwrOnAll = false;
  private at = 0;
  private index = 0;

  constructor(medium: LinkMedium) {
    this.medium = medium;
    this.part = Slot.allocate(LARGEST_WIRE_FRAME, medium === 'ethernet');
    this.memory = this.part.memory;
  }

  /** Starts on the frame in `slot`, which must stay as it is until the last part is out; false when it cannot be cut. */
  begin(slot: Slot): boolean {
    this.at = this.frameEnd = 0;
    this.memory = slot.memory;
    this.offset = slot.offset;
    if (slot.gsoSize <= 0 || slot.length > slot.memory.u8.length - slot.offset) return false;
    if (!this.locate(slot)) return false;
    this.gsoSize = slot.gsoSize;
    this.isCwrOnAll = (slot.gsoType & GSO_ACCECN) !== 0;
    this.at = this.payloadStart;
    this.index = 0;
    return this.longestPart <= LARGEST_WIRE_FRAME;
  }

  /** Bytes of the first part, as long as any of the frame; before the last part is out. */
  get longestPart(): number {
    return this.payloadStart + Math.min(this.gsoSize, this.frameEnd - this.payloadStart);
  }

  /**
   * The next part, null after the last: in a slot of its own that the part after overwrites, or in `part`, which must have room for
   * one packet of the wire.
   */
  next(part: Slot = this.part): Slot | null {
    const isFirst = this.index === 0;
    if (this.at >= this.frameEnd && !(isFirst && this.at === this.payloadStart && this.frameEnd > 0)) return null;
    const payload = Math.min(this.gsoSize, this.frameEnd - this.at);
    const isLast = this.at + payload >= this.frameEnd;
    const to = part.memory.u8;
    const from = this.memory.u8;
    to.set(from.subarray(this.offset, this.offset + this.payloadStart), part.offset);
    const payloadFrom = this.offset + this.at;
    to.set(from.subarray(payloadFrom, payloadFrom + payload), part.offset + this.payloadStart);
    part.reset();
    part.length = this.payloadStart + payload;
    this.writeNetworkHeader(part);
    if (this.protocol === IpProtocol.tcp) this.writeTcpHeader(part, isFirst, isLast);
    else part.memory.view.setUint16(part.offset + this.transportStart + 4, part.length - this.transportStart);
    this.writeTransportChecksum(part);
    this.at += payload;
    if (isLast) this.frameEnd = 0;
    this.index++;
    return part;
  }

  private locate(slot: Slot): boolean {
    const { view } = this;
    if (!view.look(slot, this.medium) || !view.hasTransport || view.isFragment) return false;
    if (view.protocol !== IpProtocol.tcp && view.protocol !== IpProtocol.udp) return false;
    this.family = view.family;
    this.protocol = view.protocol;
    this.ipStart = view.ipStart - slot.offset;
    this.transportStart = view.transportStart - slot.offset;
    this.payloadStart = view.payloadStart - slot.offset;
    this.frameEnd = view.ipEnd - slot.offset;
    return true;
  }

  private writeNetworkHeader(part: Slot): void {
    const { view } = part.memory;
    const ip = part.offset + this.ipStart;
    if (this.family === 6) {
      view.setUint16(ip + 4, part.length - this.ipStart - 40);
      return;
    }
    view.setUint16(ip + 2, part.length - this.ipStart);
    view.setUint16(ip + 4, view.getUint16(ip + 4) + this.index);
    view.setUint16(ip + 10, 0);
    view.setUint16(ip + 10, finishChecksum(part.memory.sum(ip, this.transportStart - this.ipStart)));
  }

  private writeTcpHeader(part: Slot, isFirst: boolean, isLast: boolean): void {
    const { view } = part.memory;
    const tcp = part.offset + this.transportStart;
    view.setInt32(tcp + 4, (view.getInt32(tcp + 4) + (this.at - this.payloadStart)) | 0);
    let flags = view.getUint8(tcp + 13);
    if (!isFirst && !this.isCwrOnAll) flags &= ~TcpFlag.cwr;
    if (!isLast) flags &= ~(TcpFlag.fin | TcpFlag.psh);
    view.setUint8(tcp + 13, flags);
  }

  private writeTransportChecksum(part: Slot): void {
    const { memory } = part;
    const ip = part.offset + this.ipStart;
    const transport = part.offset + this.transportStart;
    const length = part.length - this.transportStart;
    const field = transport + (this.protocol === IpProtocol.tcp ? 16 : 6);
    memory.view.setUint16(field, 0);
    const sum = foldSum(addressesSum(memory, ip, this.family) + this.protocol + length) + memory.sum(transport, length);
    const checksum = finishChecksum(sum);
    memory.view.setUint16(field, checksum === 0 && this.protocol === IpProtocol.udp ? 0xffff : checksum);
  }
}

/** True when a link with these capabilities takes the super-segment in `slot` as it is. */
export function carriesWhole(capabilities: LinkCapabilities, slot: Slot): boolean {
  if (slot.gsoType & GSO_ACCECN && capabilities.tsoAccEcn !== true) return false;
  const type = slot.gsoType & ~GSO_ACCECN;
  if (type === GsoType.tcp4) return capabilities.tso4;
  if (type === GsoType.tcp6) return capabilities.tso6;
  return capabilities.uso;
}
