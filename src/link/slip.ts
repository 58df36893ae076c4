/**
 * IP over a serial line (RFC 1055): packets as bytes with END between them. The link has one end, port 0; on the other
 * side is a stream of bytes that a driver carries (a serial device, a pipe, a WebSocket). Lost and invented bytes cost the
 * packet they are in and nothing more: every packet begins and ends with END, one that is too long or wrongly escaped is
 * skipped up to the next END.
 */
import { checkInteger } from '../base/errors.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { Slot } from '../base/slot.ts';
import { completeChecksum, Segmenter, segmentedLength, wireSegments } from '../wire/segmentation.ts';
import { FrameFifo, FrameStore, NO_FRAME } from './frame-store.ts';
import type { FrameSink, Link, LinkStatistics } from './link.ts';

/** Ends a packet (RFC 1055). */
export const SLIP_END = 0xc0;
/** Announces an octet that stands for another one (RFC 1055). */
export const SLIP_ESC = 0xdb;
/** After `SLIP_ESC`: an END in the data (RFC 1055). */
export const SLIP_ESC_END = 0xdc;
/** After `SLIP_ESC`: an ESC in the data (RFC 1055). */
export const SLIP_ESC_ESC = 0xdd;

/** RFC 1055 §2: what implementations agreed on for want of a standard. */
export const SLIP_MTU = 1006;

/** Most bytes that a packet of `length` bytes takes on the line. */
export function slipEncodedMax(length: number): number {
  return length * 2 + 2;
}

/**
 * Writes the packet bytes [offset, offset + length) of `from` into `into` at `at`, with END before and after.
 * The caller gives room for `slipEncodedMax(length)` bytes.
 * @returns the offset behind the last byte written
 */
export function slipEncode(from: Uint8Array, offset: number, length: number, into: Uint8Array, at: number): number {
  let out = at;
  into[out++] = SLIP_END;
  for (let index = offset; index < offset + length; index++) {
    const byte = from[index]!;
    if (byte === SLIP_END) {
      into[out++] = SLIP_ESC;
      into[out++] = SLIP_ESC_END;
    } else if (byte === SLIP_ESC) {
      into[out++] = SLIP_ESC;
      into[out++] = SLIP_ESC_ESC;
    } else {
      into[out++] = byte;
    }
  }
  into[out++] = SLIP_END;
  return out;
}

/** Finds packets in a stream of bytes that comes in pieces of any size. */
export class SlipDecoder {
  /** Packets given up: too long, or with an escape that means nothing. */
  damagedPackets = 0;
  /** The packet being collected, and after `push` returned true the packet. */
  readonly slot: Slot;
  private readonly maxLength: number;
  private isEscaped = false;
  private isSkipping = false;
  private isComplete = false;

  /** @param maxLength longest packet in bytes, 1 to 65535 */
  constructor(maxLength = SLIP_MTU) {
    this.maxLength = checkInteger('maxLength', maxLength, 1, 65_535);
    this.slot = new Slot(new PlainPacketMemory(this.maxLength + 64), 32, this.maxLength, 32);
  }

  /** Takes the next byte; true when a packet is complete: it is in `slot` until the next call. */
  push(byte: number): boolean {
    const { slot } = this;
    if (this.isComplete) {
      slot.length = 0;
      this.isComplete = false;
    }
    if (byte === SLIP_END) {
      this.isComplete = slot.length > 0 && !this.isSkipping && !this.isEscaped;
      if (this.isSkipping || this.isEscaped) {
        this.damagedPackets++;
        slot.length = 0;
      }
      this.isSkipping = this.isEscaped = false;
      return this.isComplete;
    }
    if (this.isSkipping) return false;
    let value = byte;
    if (this.isEscaped) {
      this.isEscaped = false;
      value = byte === SLIP_ESC_END ? SLIP_END : byte === SLIP_ESC_ESC ? SLIP_ESC : -1;
    } else if (byte === SLIP_ESC) {
      this.isEscaped = true;
      return false;
    }
    if (value < 0 || slot.length >= this.maxLength) {
      this.isSkipping = true;
      return false;
    }
    slot.memory.u8[slot.offset + slot.length++] = value;
    return false;
  }
}

/** How a serial link is made. */
export interface SlipOptions {
  /** Default 1006. */
  readonly mtu?: number;
  /** Bytes waiting to go out before senders must wait, default 64 KiB; at least two encoded packets. */
  readonly outputBytes?: number;
  /** Packets that came in and wait for `poll`, default 256; more are dropped. */
  readonly inputPackets?: number;
}

/** The end of a serial line. */
export class SlipLink implements Link {
  readonly capabilities;
  readonly portCount = 1;
  readonly statistics: LinkStatistics = { sentFrames: 0, deliveredFrames: 0, droppedFrames: 0 };
  private readonly decoder: SlipDecoder;
  private readonly output: Uint8Array;
  private outputLength = 0;
  private readonly store: FrameStore;
  private readonly fifo: FrameFifo;
  private readonly slot = Slot.allocate(64, false);
  private scratch: Slot | null = null;
  private segmenter: Segmenter | null = null;

  /** @throws ArgumentError */
  constructor(options: SlipOptions = {}) {
    const mtu = checkInteger('mtu', options.mtu ?? SLIP_MTU, 68, 65_535);
    this.capabilities = plainCapabilities('ip', mtu);
    this.decoder = new SlipDecoder(mtu);
    this.output = new Uint8Array(Math.max(options.outputBytes ?? 65_536, slipEncodedMax(mtu) * 2));
    const maxFrames = checkInteger('inputPackets', options.inputPackets ?? 256, 1, 65_536);
    this.store = new FrameStore({
      maxFrames,
      maxBytes: 16 << 20,
      slabBytes: Math.max(65_536, mtu + 64),
      ethernet: false,
    });
    this.fifo = new FrameFifo(this.store);
  }

  send(_port: number, slot: Slot, _nowUs: number): boolean {
    if (slot.gsoSize !== 0) return this.sendSegmented(slot);
    if (slot.length > this.capabilities.mtu || slot.length === 0) return this.drop();
    if (this.outputLength + slipEncodedMax(slot.length) > this.output.length) return false;
    this.encode(slot);
    return true;
  }

  /** Bytes waiting for the line. */
  get pendingBytes(): number {
    return this.outputLength;
  }

  /** Packets that were damaged on the line. */
  get damagedPackets(): number {
    return this.decoder.damagedPackets;
  }

  /** Takes up to `max` bytes for the line, a copy. */
  takeBytes(max = this.outputLength): Uint8Array {
    const count = Math.min(max, this.outputLength);
    const bytes = this.output.slice(0, count);
    this.output.copyWithin(0, count, this.outputLength);
    this.outputLength -= count;
    return bytes;
  }

  /** Takes in bytes from the line; packets found arrive at the next `poll`. */
  pushBytes(bytes: Uint8Array, nowUs: number): void {
    for (const byte of bytes) {
      if (!this.decoder.push(byte)) continue;
      const frame = this.store.add(this.decoder.slot);
      if (frame === NO_FRAME) {
        this.statistics.droppedFrames++;
        continue;
      }
      this.store.dueUs[frame] = nowUs;
      this.fifo.push(frame);
    }
  }

  nextTimeoutUs(): number {
    return this.fifo.dueUs;
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    let delivered = 0;
    for (; delivered < budget; delivered++) {
      const frame = this.fifo.shiftDue(nowUs);
      if (frame === NO_FRAME) break;
      this.store.load(frame, this.slot);
      this.statistics.deliveredFrames++;
      sink.frameArrived(0, this.slot);
      this.store.release(frame);
    }
    return delivered;
  }

  private drop(): true {
    this.statistics.sentFrames++;
    this.statistics.droppedFrames++;
    return true;
  }

  private sendSegmented(slot: Slot): boolean {
    this.segmenter ??= new Segmenter('ip');
    const needed = 2 * segmentedLength(slot) + 2 * wireSegments(slot);
    // An empty output takes what it has room for: refusing would make the sender wait for ever.
    if (this.outputLength > 0 && this.outputLength + needed > this.output.length) return false;
    if (!this.segmenter.begin(slot)) return this.drop();
    for (let part = this.segmenter.next(); part !== null; part = this.segmenter.next()) {
      if (
        part.length <= this.capabilities.mtu &&
        this.outputLength + slipEncodedMax(part.length) <= this.output.length
      ) {
        this.encode(part);
      } else {
        this.drop();
      }
    }
    return true;
  }

  private encode(slot: Slot): void {
    let from = slot;
    if (slot.checksumOffset !== 0) {
      this.scratch ??= Slot.allocate(this.capabilities.mtu, false);
      this.scratch.copyFrom(slot);
      completeChecksum(this.scratch);
      from = this.scratch;
    }
    this.outputLength = slipEncode(from.memory.u8, from.offset, from.length, this.output, this.outputLength);
    this.statistics.sentFrames++;
  }
}
