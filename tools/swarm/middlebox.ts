/**
 * A box in the middle of a link that takes TCP apart as such boxes do: it moves the sequence numbers of one direction (and SACK
 * blocks with them), splits segments, and puts together those that follow each other. It is honest: what was wrong stays wrong,
 * and no octet is changed. State is plain data.
 */
import type { LinkCapabilities } from '../../src/base/link-capabilities.ts';
import { Slot } from '../../src/base/slot.ts';
import type { FrameSink, Link, LinkStatistics } from '../../src/link/link.ts';
import { finishChecksum } from '../../src/wire/checksum.ts';
import { ETHERNET_HEADER_LENGTH } from '../../src/wire/ethernet.ts';
import { isIpHeaderRight, isTransportRight } from '../../src/wire/frame-checksums.ts';
import { FrameView } from '../../src/wire/frame-view.ts';
import { IpProtocol } from '../../src/wire/ip-packet.ts';
import { TcpFlag, TcpOptionKind } from '../../src/wire/tcp-segment.ts';
import type { Middlebox } from './recipe.ts';

/** Pieces of one segment. */
const PIECES_MAX = 4;
/** How long a segment waits for the next one. */
const HOLD_US = 300;

/** A box with two ports around a link with two. */
export class MiddleboxLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly portCount = 2;
  /** Segments that were changed, split or joined. */
  touched = 0;
  private readonly inner: Link;
  private readonly plan: Middlebox;
  private readonly view = new FrameView();
  private readonly slot: Slot;
  /** What sizes of pieces are made from, each time another. */
  private sizes = 1;
  /** How far numbers are moved, once a SYN was seen. */
  private shift: number | null = null;
  /** By port: the segment that waits, or null, and until when. */
  private readonly held: (Uint8Array | null)[] = [null, null];
  private readonly heldUntilUs: number[] = [Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY];

  constructor(inner: Link, plan: Middlebox) {
    this.inner = inner;
    this.plan = plan;
    this.capabilities = inner.capabilities;
    this.slot = Slot.allocate(inner.capabilities.mtu + 64, true);
  }

  get statistics(): LinkStatistics {
    return this.inner.statistics;
  }

  send(port: number, slot: Slot, nowUs: number): boolean {
    const { view, plan } = this;
    view.look(slot, this.capabilities.medium);
    if (view.protocol !== IpProtocol.tcp || !view.hasTransport || !isRight(view)) {
      this.release(port, nowUs);
      return this.inner.send(port, slot, nowUs);
    }
    const frame = slot.memory.u8.slice(slot.offset, slot.offset + slot.length);
    if (plan.shiftTo !== null) this.moveNumbers(port, frame, plan.shiftTo);
    if (plan.splitAbove > 0 && view.payloadLength > plan.splitAbove && (view.flags & TcpFlag.urg) === 0) {
      this.release(port, nowUs);
      this.touched++;
      const [head, ...others] = this.split(frame) as [Uint8Array, ...Uint8Array[]];
      if (!this.forward(port, head, nowUs)) return false;
      // No room for the others: lost, as it may happen to any frame.
      for (const piece of others) this.forward(port, piece, nowUs);
      return true;
    }
    if (plan.coalesces) return this.coalesce(port, frame, nowUs);
    return this.forward(port, frame, nowUs);
  }

  nextTimeoutUs(): number {
    return Math.min(this.inner.nextTimeoutUs(), this.heldUntilUs[0] as number, this.heldUntilUs[1] as number);
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    for (const port of [0, 1]) if ((this.heldUntilUs[port] as number) <= nowUs) this.release(port, nowUs);
    return this.inner.poll(nowUs, sink, budget);
  }

  /** One port sends other numbers than it says; what the other port says about them is moved back. */
  private moveNumbers(port: number, frame: Uint8Array, shiftTo: number): void {
    const { view, plan } = this;
    const isMoved = port === plan.shiftFrom;
    if (this.shift === null) {
      if (!isMoved || (view.flags & TcpFlag.syn) === 0) return;
      this.shift = (shiftTo - view.seq) | 0;
    }
    const data = new DataView(frame.buffer);
    const tcp = view.transportStart - view.frameStart;
    this.touched++;
    if (isMoved) data.setInt32(tcp + 4, (view.seq + this.shift) | 0);
    else if ((view.flags & TcpFlag.ack) !== 0) {
      data.setInt32(tcp + 8, (view.ack - this.shift) | 0);
      shiftSackBlocks(data, tcp + 20, view.payloadStart - view.frameStart, -this.shift);
    }
    this.seal(frame, frame.length);
  }

  /** Pieces of any size: what is sent again is cut elsewhere than the first time. */
  private split(frame: Uint8Array): Uint8Array[] {
    const { payloadLength } = this.view;
    const pieces: Uint8Array[] = [];
    for (let from = 0; from < payloadLength; ) {
      const left = payloadLength - from;
      const isLast = pieces.length === PIECES_MAX - 1 || left === 1;
      this.sizes = (this.sizes * 1_103 + 12_345) & 0xffff;
      const length = isLast ? left : 1 + (this.sizes % left);
      pieces.push(this.piece(frame, from, from + length));
      from += length;
    }
    return pieces;
  }

  /** The octets of the payload from `from` on to `to`, in a segment of their own. */
  private piece(frame: Uint8Array, from: number, to: number): Uint8Array {
    const { view } = this;
    const payload = view.payloadStart - view.frameStart;
    const tcp = view.transportStart - view.frameStart;
    const piece = new Uint8Array(payload + to - from);
    piece.set(frame.subarray(0, payload));
    piece.set(frame.subarray(payload + from, payload + to), payload);
    if (to < view.payloadLength) piece[tcp + 13] = (piece[tcp + 13] as number) & ~(TcpFlag.fin | TcpFlag.psh);
    if (from > 0) {
      const data = new DataView(piece.buffer);
      data.setInt32(tcp + 4, (data.getInt32(tcp + 4) + from + ((view.flags & TcpFlag.syn) >> 1)) | 0);
      piece[tcp + 13] = (piece[tcp + 13] as number) & ~(TcpFlag.syn | TcpFlag.cwr);
    }
    this.seal(piece, piece.length);
    return piece;
  }

  /** Ordinary data waits for its follower; everything else lets it go first. */
  private coalesce(port: number, frame: Uint8Array, nowUs: number): boolean {
    const { view } = this;
    const isPlain = (view.flags & ~TcpFlag.psh) === TcpFlag.ack && view.payloadLength > 0;
    const waiting = this.held[port] ?? null;
    if (isPlain && waiting !== null) {
      const joined = this.joined(waiting, frame);
      if (joined !== null) {
        this.touched++;
        this.held[port] = joined;
        return true;
      }
    }
    this.release(port, nowUs);
    if (!isPlain) return this.forward(port, frame, nowUs);
    this.held[port] = frame.slice(0, this.view.ipEnd - this.view.frameStart);
    this.heldUntilUs[port] = nowUs + HOLD_US;
    return true;
  }

  /** `view` looks at the second of the two, before its numbers were moved. */
  private joined(first: Uint8Array, second: Uint8Array): Uint8Array | null {
    const { view } = this;
    const payload = view.payloadStart - view.frameStart;
    const tcp = view.transportStart - view.frameStart;
    const end = view.ipEnd - view.frameStart;
    // Of the other family, perhaps, with headers that end earlier.
    if (first.length <= payload) return null;
    if (first.length + view.payloadLength > this.capabilities.mtu + ETHERNET_HEADER_LENGTH) return null;
    const a = new DataView(first.buffer);
    const b = new DataView(second.buffer);
    if (b.getInt32(tcp + 4) !== ((a.getInt32(tcp + 4) + first.length - payload) | 0)) return null;
    for (let at = 0; at < payload; at++) {
      const isFree =
        at >= ETHERNET_HEADER_LENGTH && at < tcp && isLengthOrSum(at - ETHERNET_HEADER_LENGTH, view.family);
      const isOfSegment = (at >= tcp + 4 && at < tcp + 8) || at === tcp + 13 || (at >= tcp + 16 && at < tcp + 18);
      if (!isFree && !isOfSegment && first[at] !== second[at]) return null;
    }
    const joined = new Uint8Array(first.length + view.payloadLength);
    joined.set(first);
    joined.set(second.subarray(payload, end), first.length);
    joined[tcp + 13] = (first[tcp + 13] as number) | (second[tcp + 13] as number);
    this.seal(joined, joined.length);
    return joined;
  }

  private release(port: number, nowUs: number): void {
    const frame = this.held[port] ?? null;
    this.held[port] = null;
    this.heldUntilUs[port] = Number.POSITIVE_INFINITY;
    if (frame !== null) this.forward(port, frame, nowUs);
  }

  private forward(port: number, frame: Uint8Array, nowUs: number): boolean {
    const { slot } = this;
    slot.reset();
    slot.memory.u8.set(frame, slot.offset);
    slot.length = frame.length;
    return this.inner.send(port, slot, nowUs);
  }

  /** Lengths and checksums of a frame of `length` octets with the layers that `view` has found. */
  private seal(frame: Uint8Array, length: number): void {
    const { view } = this;
    const ip = view.ipStart - view.frameStart;
    const tcp = view.transportStart - view.frameStart;
    const data = new DataView(frame.buffer, frame.byteOffset);
    if (view.family === 4) {
      data.setUint16(ip + 2, length - ip);
      data.setUint16(ip + 10, 0);
      data.setUint16(ip + 10, finishChecksum(sumOf(frame, ip, tcp)));
    } else data.setUint16(ip + 4, length - ip - 40);
    data.setUint16(tcp + 16, 0);
    const addresses = view.family === 4 ? sumOf(frame, ip + 12, ip + 20) : sumOf(frame, ip + 8, ip + 40);
    data.setUint16(tcp + 16, finishChecksum(addresses + IpProtocol.tcp + length - tcp + sumOf(frame, tcp, length)));
  }
}

/** Places in an IP header that differ between segments that follow each other. */
function isLengthOrSum(at: number, family: number): boolean {
  return family === 4 ? (at >= 2 && at < 6) || at === 10 || at === 11 : at === 4 || at === 5;
}

function isRight(view: FrameView): boolean {
  if (view.isFragment) return false;
  return isIpHeaderRight(view) && isTransportRight(view);
}

function sumOf(frame: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let at = from; at < to; at += 2)
    sum += ((frame[at] as number) << 8) | (at + 1 < to ? (frame[at + 1] as number) : 0);
  return sum;
}

function shiftSackBlocks(data: DataView, from: number, to: number, by: number): void {
  for (let at = from; at < to; ) {
    const kind = data.getUint8(at);
    if (kind === TcpOptionKind.endOfList) return;
    const length = kind === TcpOptionKind.noOperation ? 1 : at + 1 < to ? data.getUint8(at + 1) : 0;
    if (length < 1 || at + length > to) return;
    if (kind === TcpOptionKind.sack) {
      for (let edge = at + 2; edge + 4 <= at + length; edge += 4) {
        data.setInt32(edge, (data.getInt32(edge) + by) | 0);
      }
    }
    at += length;
  }
}
