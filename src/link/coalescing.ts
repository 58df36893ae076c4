/**
 * What a network card does with segments that follow each other, in software: puts them together to one super-segment, so that
 * everything above sees one frame in place of many. The reverse of `Segmenter`, which would make the same segments of it again.
 * Only within a batch, so that nothing waits; only when each checksum is right and nothing is lost by it: same addresses, ports,
 * acknowledgment, options, ECN field and flags, sequence numbers that follow, all but the last of one size.
 */
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import { GsoType, Slot } from '../base/slot.ts';
import { finishChecksum, foldSum } from '../wire/checksum.ts';
import { isIpHeaderRight, isTransportRight } from '../wire/frame-checksums.ts';
import { FrameView } from '../wire/frame-view.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';

const LARGEST = 65_535;
const TCP_CHECKSUM_AT = 16;

/** Puts batches together. What it gives out is valid until the next batch. */
export class Coalescer {
  /** The frames of the batch last taken, in order. */
  readonly frames: Slot[] = [];
  private readonly medium: LinkMedium;
  private readonly memory: PacketMemory;
  /** Bytes a frame lies off a word boundary, so that its IP header does not. */
  private readonly skew: number;
  private readonly pool: Slot[] = [];
  private readonly view = new FrameView();
  /** Free memory starts here; all of one batch fits. */
  private at = 0;
  private used = 0;
  /** The last frame of the batch, when others may join it: it, or what has been made of it. */
  private open: Slot | null = null;
  private isCopied = false;
  private gsoSize = 0;
  private nextSeq = 0;
  /** Bytes from the frame's first. */
  private ipStart = 0;
  private transportStart = 0;
  private payloadStart = 0;

  /** @param memory at least as long as all frames of a batch, and 64 bytes more for each */
  constructor(medium: LinkMedium, memory: PacketMemory) {
    this.medium = medium;
    this.memory = memory;
    this.skew = medium === 'ethernet' ? 2 : 0;
  }

  /** Takes a batch; returns how many of `frames` there are now. */
  take(slots: readonly Slot[], count: number): number {
    const { frames } = this;
    frames.length = 0;
    this.at = this.used = 0;
    this.open = null;
    for (let index = 0; index < count; index++) {
      const slot = slots[index]!;
      if (this.isCandidate(slot)) {
        if (this.open !== null && this.follows(slot)) {
          this.join(slot);
          continue;
        }
        this.finish();
        this.begin(slot);
      } else this.finish();
      frames.push(slot);
    }
    this.finish();
    return frames.length;
  }

  /** A segment with text and nothing special, and right. */
  private isCandidate(slot: Slot): boolean {
    const { view } = this;
    if (slot.length < 80 || slot.gsoSize !== 0 || slot.checksumOffset !== 0) return false;
    if (!view.look(slot, this.medium) || view.protocol !== IpProtocol.tcp || !view.hasTransport) return false;
    if (view.isFragment || view.payloadLength === 0 || view.ipEnd !== view.frameEnd) return false;
    if ((view.flags & ~TcpFlag.psh) !== TcpFlag.ack) return false;
    // Headers with options, or of other kinds between, go alone.
    if (view.transportStart - view.ipStart !== (view.family === 4 ? 20 : 40)) return false;
    // What is made of it gets a header checksum of its own: a wrong one must not become right.
    if (!isIpHeaderRight(view)) return false;
    if (slot.checksumVerified === 0) {
      if (!isTransportRight(view)) return false;
      slot.checksumVerified = 1;
    }
    return true;
  }

  private begin(slot: Slot): void {
    const { view } = this;
    // A pushed segment ends a write: whoever waits for it should have it.
    if (view.flags & TcpFlag.psh) return;
    this.open = slot;
    this.isCopied = false;
    this.gsoSize = view.payloadLength;
    this.nextSeq = (view.seq + view.payloadLength) | 0;
    this.ipStart = view.ipStart - slot.offset;
    this.transportStart = view.transportStart - slot.offset;
    this.payloadStart = view.payloadStart - slot.offset;
  }

  /** Whether the frame just looked at is the next of the open one. */
  private follows(slot: Slot): boolean {
    const { view, open } = this;
    if (open === null || view.seq !== this.nextSeq || view.payloadLength > this.gsoSize) return false;
    if (view.payloadStart - slot.offset !== this.payloadStart) return false;
    if (open.length + view.payloadLength - this.ipStart > LARGEST) return false;
    return this.hasSameHeaders(slot, open);
  }

  private hasSameHeaders(slot: Slot, open: Slot): boolean {
    const a = slot.memory.view;
    const b = open.memory.view;
    const ip = this.ipStart;
    const from = slot.offset;
    const to = open.offset;
    // The link's addresses, then IP's fields without length, identification and checksum.
    for (let at = 0; at < ip; at += 2) if (a.getUint16(from + at) !== b.getUint16(to + at)) return false;
    if (this.transportStart - ip === 20) {
      if (a.getUint16(from + ip) !== b.getUint16(to + ip)) return false;
      for (let at = ip + 6; at < ip + 20; at += 2) {
        if (at !== ip + 10 && a.getUint16(from + at) !== b.getUint16(to + at)) return false;
      }
    } else {
      if (a.getInt32(from + ip) !== b.getInt32(to + ip)) return false;
      for (let at = ip + 6; at < ip + 40; at += 2) if (a.getUint16(from + at) !== b.getUint16(to + at)) return false;
    }
    const tcp = this.transportStart;
    if (a.getInt32(from + tcp) !== b.getInt32(to + tcp)) return false;
    if (a.getInt32(from + tcp + 8) !== b.getInt32(to + tcp + 8)) return false;
    for (let at = tcp + 20; at < this.payloadStart; at += 4) {
      if (a.getInt32(from + at) !== b.getInt32(to + at)) return false;
    }
    return true;
  }

  private join(slot: Slot): void {
    if (!this.isCopied) this.copyOpen();
    const { view, open } = this;
    if (open === null) return;
    const { memory } = open;
    const payload = view.payloadStart;
    memory.u8.set(view.memory.u8.subarray(payload, payload + view.payloadLength), open.offset + open.length);
    open.length += view.payloadLength;
    this.nextSeq = (this.nextSeq + view.payloadLength) | 0;
    const tcp = open.offset + this.transportStart;
    // The newest window, and PSH when the last has it.
    memory.u8[tcp + 13] = view.flags;
    memory.view.setUint16(tcp + 14, view.window);
    const isLast = (view.flags & TcpFlag.psh) !== 0 || view.payloadLength < this.gsoSize;
    slot.checksumVerified = 1;
    if (isLast) this.finish();
  }

  /** The open frame gets room to grow. */
  private copyOpen(): void {
    const { frames, memory } = this;
    const first = frames[frames.length - 1]!;
    let grown = this.pool[this.used];
    if (grown === undefined) {
      grown = new Slot(memory, 0, LARGEST + 64, 0);
      this.pool.push(grown);
    }
    this.used++;
    grown.offset = ((this.at + 3) & ~3) + this.skew;
    grown.reset();
    grown.interfaceId = first.interfaceId;
    grown.length = first.length;
    memory.u8.set(first.memory.u8.subarray(first.offset, first.offset + first.length), grown.offset);
    frames[frames.length - 1] = grown;
    this.open = grown;
    this.isCopied = true;
  }

  /** Writes what has changed with the length; nothing joins the open frame any more. */
  private finish(): void {
    const { open } = this;
    this.open = null;
    if (open === null || !this.isCopied) return;
    const { memory } = open;
    const { view } = memory;
    const ip = open.offset + this.ipStart;
    const tcp = open.offset + this.transportStart;
    const isV4 = this.transportStart - this.ipStart === 20;
    if (isV4) {
      view.setUint16(ip + 2, open.length - this.ipStart);
      view.setUint16(ip + 10, 0);
      view.setUint16(ip + 10, finishChecksum(memory.sum(ip, 20)));
    } else view.setUint16(ip + 4, open.length - this.transportStart);
    // As a card leaves it: whoever cuts or sends the frame on finishes the checksum.
    const addresses = isV4 ? memory.sum(ip + 12, 8) : memory.sum(ip + 8, 32);
    view.setUint16(tcp + TCP_CHECKSUM_AT, foldSum(addresses + IpProtocol.tcp + open.length - this.transportStart));
    open.gsoSize = this.gsoSize;
    open.gsoType = isV4 ? GsoType.tcp4 : GsoType.tcp6;
    open.checksumStart = this.transportStart;
    open.checksumOffset = TCP_CHECKSUM_AT;
    open.checksumVerified = 1;
    this.at = open.offset + open.length;
  }
}
