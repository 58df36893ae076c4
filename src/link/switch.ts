/**
 * A learning Ethernet switch (IEEE 802.1D without spanning tree): frames go to the port where their destination was last
 * seen, and to all other ports while it is unknown or when it is a group. The table of addresses is bounded and forgets.
 */
import { ArgumentError, checkInteger } from '../base/errors.ts';
import { type LinkCapabilities, plainCapabilities } from '../base/link-capabilities.ts';
import { Slot } from '../base/slot.ts';
import { ETHERNET_HEADER_LENGTH } from '../wire/ethernet.ts';
import { carriesWhole, completeChecksum, Segmenter, wireSegments } from '../wire/segmentation.ts';
import { FrameFifo, FrameStore, NO_FRAME, type PacketMemorySource } from './frame-store.ts';
import type { FrameSink, Link, LinkStatistics } from './link.ts';
import { ETHERNET_OVERHEAD } from './memory-link.ts';

/** How a switch is made. */
export interface SwitchOptions {
  /** 2 to 1024. */
  readonly portCount: number;
  /** Default: plain Ethernet with an MTU of 1500. */
  readonly capabilities?: LinkCapabilities;
  /** Time a frame takes through the switch, default 0. */
  readonly delayUs?: number;
  /** How long an address is remembered, default 300 seconds. */
  readonly ageingUs?: number;
  /** Most addresses remembered, default 1024; the one unseen for longest makes room. */
  readonly tableSize?: number;
  /** Most frames inside at a time, default 4096. */
  readonly queueFrames?: number;
  readonly memory?: PacketMemorySource;
}

interface TableEntry {
  port: number;
  seenUs: number;
}

/** What a switch did. */
export interface SwitchCounters {
  forwarded: number;
  flooded: number;
  /** Frames for a station on the port they came from. */
  filtered: number;
  malformed: number;
}

/** The switch; it copies a frame once per port it leaves by. */
export class SwitchLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly portCount: number;
  readonly statistics: LinkStatistics = { sentFrames: 0, deliveredFrames: 0, droppedFrames: 0 };
  readonly counters: SwitchCounters = { forwarded: 0, flooded: 0, filtered: 0, malformed: 0 };
  private readonly store: FrameStore;
  private readonly fifo: FrameFifo;
  /** By address as a number; in order of last use, oldest first. */
  private readonly table = new Map<number, TableEntry>();
  private readonly delayUs: number;
  private readonly ageingUs: number;
  private readonly tableSize: number;
  private readonly slot = Slot.allocate(64, false);
  private segmenter: Segmenter | null = null;

  constructor(options: SwitchOptions) {
    const capabilities = options.capabilities ?? plainCapabilities('ethernet', 1500);
    if (capabilities.medium !== 'ethernet') {
      throw new ArgumentError('capabilities', 'a switch carries Ethernet frames; give it medium ethernet');
    }
    this.capabilities = capabilities;
    this.portCount = checkInteger('portCount', options.portCount, 2, 1024);
    this.delayUs = checkInteger('delayUs', options.delayUs ?? 0, 0, Number.MAX_SAFE_INTEGER);
    this.ageingUs = checkInteger('ageingUs', options.ageingUs ?? 300_000_000, 1, Number.MAX_SAFE_INTEGER);
    this.tableSize = checkInteger('tableSize', options.tableSize ?? 1024, 1, 1 << 20);
    const large = capabilities.tso4 || capabilities.tso6 || capabilities.uso;
    this.store = new FrameStore({
      maxFrames: checkInteger('queueFrames', options.queueFrames ?? 4096, this.portCount, 1 << 20),
      maxBytes: 64 << 20,
      slabBytes: large ? 512 * 1024 : Math.max(64 * 1024, capabilities.mtu + 256),
      ethernet: true,
      ...(options.memory ? { memory: options.memory } : {}),
    });
    this.fifo = new FrameFifo(this.store);
  }

  /** The port behind which `mac` was last seen, given as high 16 and low 32 bits; -1 when unknown or forgotten. */
  portOf(high: number, low: number, nowUs: number): number {
    const entry = this.table.get(addressKey(high, low));
    return entry === undefined || nowUs - entry.seenUs > this.ageingUs ? -1 : entry.port;
  }

  /** Addresses remembered now. */
  get tableLength(): number {
    return this.table.size;
  }

  send(port: number, slot: Slot, nowUs: number): boolean {
    const isLarge = slot.gsoSize !== 0;
    const isCut = isLarge && !carriesWhole(this.capabilities, slot);
    const copies = (isCut ? wireSegments(slot) : 1) * (this.portCount - 1);
    const bytes = slot.length * (this.portCount - 1) + copies * 64;
    // An empty switch takes whatever comes and drops what it has no room for: refusing would make the sender wait for ever.
    if (this.store.frameCount > 0 && !this.store.hasRoom(copies, bytes)) return false;
    this.statistics.sentFrames++;
    if (slot.length < ETHERNET_HEADER_LENGTH || (!isLarge && slot.length > this.capabilities.mtu + ETHERNET_OVERHEAD)) {
      this.counters.malformed++;
      this.statistics.droppedFrames++;
      return true;
    }
    const { view } = slot.memory;
    this.learn(port, view.getUint16(slot.offset + 6), view.getInt32(slot.offset + 8), nowUs);
    if (!isCut) {
      this.forward(port, slot, nowUs);
      return true;
    }
    this.segmenter ??= new Segmenter('ethernet');
    if (!this.segmenter.begin(slot)) return true;
    for (let part = this.segmenter.next(); part !== null; part = this.segmenter.next()) this.forward(port, part, nowUs);
    return true;
  }

  nextTimeoutUs(): number {
    const frame = this.fifo.head;
    return frame === NO_FRAME ? Number.POSITIVE_INFINITY : this.store.dueUs[frame]!;
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    const { store, fifo, slot } = this;
    let delivered = 0;
    for (; delivered < budget; delivered++) {
      const frame = fifo.head;
      if (frame === NO_FRAME || store.dueUs[frame]! > nowUs) break;
      fifo.shift();
      store.load(frame, slot);
      if (slot.checksumOffset !== 0) slot.checksumVerified = 1;
      this.statistics.deliveredFrames++;
      sink.frameArrived(store.tag[frame]!, slot);
      store.release(frame);
    }
    return delivered;
  }

  private forward(port: number, slot: Slot, nowUs: number): void {
    const { view } = slot.memory;
    const high = view.getUint16(slot.offset);
    const isGroup = (high & 0x100) !== 0;
    const known = isGroup ? -1 : this.portOf(high, view.getInt32(slot.offset + 2), nowUs);
    if (known === port) {
      this.counters.filtered++;
      return;
    }
    if (known >= 0) {
      this.counters.forwarded++;
      this.put(known, slot, nowUs);
      return;
    }
    this.counters.flooded++;
    for (let out = 0; out < this.portCount; out++) if (out !== port) this.put(out, slot, nowUs);
  }

  private put(port: number, slot: Slot, nowUs: number): void {
    const { store } = this;
    const frame = store.add(slot);
    if (frame === NO_FRAME) {
      this.statistics.droppedFrames++;
      return;
    }
    if (slot.checksumOffset !== 0 && !this.capabilities.checksum) {
      store.load(frame, this.slot);
      completeChecksum(this.slot);
      store.describe(frame, this.slot);
    }
    store.tag[frame] = port;
    store.dueUs[frame] = nowUs + this.delayUs;
    this.fifo.push(frame);
  }

  private learn(port: number, high: number, low: number, nowUs: number): void {
    if ((high & 0x100) !== 0) return;
    const key = addressKey(high, low);
    const entry = this.table.get(key);
    // Re-inserting keeps the map in order of last use.
    this.table.delete(key);
    if (entry === undefined && this.table.size >= this.tableSize) {
      for (const oldest of this.table.keys()) {
        this.table.delete(oldest);
        break;
      }
    }
    this.table.set(key, { port, seenUs: nowUs });
  }
}

function addressKey(high: number, low: number): number {
  return high * 4294967296 + (low >>> 0);
}
