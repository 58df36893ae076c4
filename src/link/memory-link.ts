/**
 * A cable in memory: two ends, frames of both directions in the order they were sent, each copied once into memory that
 * is made when first needed. An optional fixed delay. Also what the benchmarks run over, so `send` and `poll` allocate nothing.
 * Offloads are passed through when the capabilities say so: a super-segment is carried whole, an unfinished checksum is
 * vouched for. Otherwise the link does what a plain network card would have done: segments, and completes checksums.
 */
import { checkInteger } from '../base/errors.ts';
import { type LinkCapabilities, plainCapabilities } from '../base/link-capabilities.ts';
import { Slot } from '../base/slot.ts';
import { carriesWhole, completeChecksum, Segmenter, segmentedLength, wireSegments } from '../wire/segmentation.ts';
import { FrameFifo, FrameStore, NO_FRAME, type PacketMemorySource } from './frame-store.ts';
import type { FrameSink, Link, LinkStatistics } from './link.ts';

/** Ethernet header with one VLAN tag: what a frame may be longer than the MTU. */
export const ETHERNET_OVERHEAD = 18;

/** What one super-segment may take beyond the limits when a direction is empty. */
const BURST_FRAMES = 128;
const BURST_BYTES = 128 * 1024;

/** How a memory link is made. */
export interface MemoryLinkOptions {
  /** Default: plain Ethernet with an MTU of 1500. */
  readonly capabilities?: LinkCapabilities;
  /** One-way delay in microseconds, default 0. */
  readonly delayUs?: number;
  /** Most frames on the way per direction, default 1024. */
  readonly queueFrames?: number;
  /** Most bytes on the way per direction, default 4 MiB. */
  readonly queueBytes?: number;
  readonly memory?: PacketMemorySource;
}

/** Two ends, ports 0 and 1. */
export class MemoryLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly portCount = 2;
  readonly statistics: LinkStatistics = { sentFrames: 0, deliveredFrames: 0, droppedFrames: 0 };
  private readonly store: FrameStore;
  private readonly fifo: FrameFifo;
  private readonly slot: Slot;
  private readonly delayUs: number;
  private readonly queueFrames: number;
  private readonly queueBytes: number;
  private readonly longestFrame: number;
  /** Frames and bytes on the way, by sending port. */
  private frames0 = 0;
  private frames1 = 0;
  private bytes0 = 0;
  private bytes1 = 0;
  private segmenter: Segmenter | null = null;

  /** @throws ArgumentError for limits out of range */
  constructor(options: MemoryLinkOptions = {}) {
    const capabilities = options.capabilities ?? plainCapabilities('ethernet', 1500);
    this.capabilities = capabilities;
    this.delayUs = checkInteger('delayUs', options.delayUs ?? 0, 0, Number.MAX_SAFE_INTEGER);
    this.queueFrames = checkInteger('queueFrames', options.queueFrames ?? 1024, 1, 1 << 19);
    this.queueBytes = checkInteger('queueBytes', options.queueBytes ?? 4 << 20, 64, 2 ** 30);
    this.longestFrame = capabilities.mtu + (capabilities.medium === 'ethernet' ? ETHERNET_OVERHEAD : 0);
    const large = capabilities.tso4 || capabilities.tso6 || capabilities.uso;
    this.store = new FrameStore({
      maxFrames: (this.queueFrames + BURST_FRAMES) * 2,
      maxBytes: (this.queueBytes + BURST_BYTES) * 2,
      slabBytes: large ? 512 * 1024 : Math.max(64 * 1024, (this.longestFrame + 128) & ~63),
      ethernet: capabilities.medium === 'ethernet',
      ...(options.memory ? { memory: options.memory } : {}),
    });
    this.fifo = new FrameFifo(this.store);
    this.slot = Slot.allocate(64, false);
  }

  send(port: number, slot: Slot, nowUs: number): boolean {
    if (slot.gsoSize !== 0 && !carriesWhole(this.capabilities, slot)) return this.sendSegmented(port, slot, nowUs);
    if (slot.length > this.longestFrame && slot.gsoSize === 0) {
      // A frame no network card would have put on the wire.
      this.statistics.sentFrames++;
      this.statistics.droppedFrames++;
      return true;
    }
    if (!this.hasRoom(port, 1, slot.length)) return false;
    return this.take(port, slot, nowUs);
  }

  nextTimeoutUs(): number {
    return this.fifo.dueUs;
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    const { store, fifo, slot } = this;
    let delivered = 0;
    while (delivered < budget) {
      const frame = fifo.shiftDue(nowUs);
      if (frame === NO_FRAME) break;
      const port = store.tag[frame]!;
      store.load(frame, slot);
      if (port === 0) {
        this.frames0--;
        this.bytes0 -= slot.length;
      } else {
        this.frames1--;
        this.bytes1 -= slot.length;
      }
      // What the sender left to the link to complete is correct by construction.
      if (slot.checksumOffset !== 0) slot.checksumVerified = 1;
      delivered++;
      this.statistics.deliveredFrames++;
      sink.frameArrived(1 - port, slot);
      store.release(frame);
    }
    return delivered;
  }

  private hasRoom(port: number, frames: number, bytes: number): boolean {
    const heldFrames = port === 0 ? this.frames0 : this.frames1;
    const heldBytes = port === 0 ? this.bytes0 : this.bytes1;
    // An empty link takes whatever comes: refusing it would make its sender wait for ever.
    if (heldFrames === 0) return true;
    return heldFrames + frames <= this.queueFrames && heldBytes + bytes <= this.queueBytes;
  }

  private take(port: number, slot: Slot, nowUs: number): boolean {
    const { store } = this;
    const frame = store.add(slot);
    if (frame === NO_FRAME) return false;
    if (slot.checksumOffset !== 0 && !this.capabilities.checksum) {
      store.load(frame, this.slot);
      completeChecksum(this.slot);
      store.describe(frame, this.slot);
    }
    if (port === 0) {
      this.frames0++;
      this.bytes0 += slot.length;
    } else {
      this.frames1++;
      this.bytes1 += slot.length;
    }
    store.tag[frame] = port;
    store.dueUs[frame] = nowUs + this.delayUs;
    this.fifo.push(frame);
    this.statistics.sentFrames++;
    return true;
  }

  private sendSegmented(port: number, slot: Slot, nowUs: number): boolean {
    const count = wireSegments(slot);
    if (!this.hasRoom(port, count, segmentedLength(slot))) return false;
    this.segmenter ??= new Segmenter(this.capabilities.medium);
    if (!this.segmenter.begin(slot)) {
      this.statistics.sentFrames++;
      this.statistics.droppedFrames++;
      return true;
    }
    for (let part = this.segmenter.next(); part !== null; part = this.segmenter.next()) {
      if (!this.take(port, part, nowUs)) this.statistics.droppedFrames++;
    }
    return true;
  }
}
