/**
 * A bad line: a Link around a Link that delays, loses, reorders, duplicates, corrupts and throttles what is sent into it,
 * by its own seeded generator, so that the same seed does the same harm. Frames wait here, in a heap over plain data,
 * and go into the inner link when they are due; frames due together keep their order.
 * Settings hold per direction, that is by the port a frame is sent from, and may change at any time.
 */
import { checkInteger } from '../base/errors.ts';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import { SeededGenerator } from '../base/random.ts';
import { Slot } from '../base/slot.ts';
import { FrameView } from '../wire/frame-view.ts';
import { Ecn } from '../wire/ip-packet.ts';
import { completeChecksum } from '../wire/segmentation.ts';
import { Bottleneck, Signal } from './bottleneck.ts';
import { FrameCorrupter } from './corruption.ts';
import { readEcn, writeEcn } from './ecn-field.ts';
import { FrameHeap, FrameStore, NO_FRAME, type PacketMemorySource } from './frame-store.ts';
import {
  type ImpairmentSettings,
  impairmentSettings,
  isUnimpaired,
  touchesEcn,
  UNIMPAIRED,
} from './impairment-settings.ts';
import type { FrameSink, Link, LinkStatistics } from './link.ts';

/** How an impaired link is made. */
export interface ImpairedLinkOptions {
  /** Decides every chance of this link. */
  readonly seed: number;
  /** For all directions; change one with `set`. */
  readonly settings?: Partial<ImpairmentSettings>;
  /** Most bytes on the way in all directions, default 64 MiB. Frames beyond are dropped and counted. */
  readonly maxBytes?: number;
  /** Most frames on the way, default 65536. */
  readonly maxFrames?: number;
  readonly memory?: PacketMemorySource;
}

/** What was done to frames of one direction. */
export interface ImpairmentCounters {
  lost: number;
  burstLost: number;
  /** Found the queue full. */
  queueDropped: number;
  /** Dropped by the marking queue in place of a mark, because they were not ECN-capable. */
  markDropped: number;
  /** ECN-capable frames that were made CE, by the queue or by `mark`. */
  marked: number;
  /** ECN fields that were cleared. */
  bleached: number;
  cutDropped: number;
  duplicated: number;
  reordered: number;
  corrupted: number;
  corruptedUndetected: number;
}

/** With up to 1024 ports beside it, it fits a tag of 31 bits. */
const CUTS_MASK = 0xf_ffff;

/** In place of an ECN codepoint. */
const KEEP_ECN = -1;
const DROP_FRAME = -2;

/** State of one direction. */
class Direction {
  settings: ImpairmentSettings = UNIMPAIRED;
  unimpaired = true;
  touchesEcn = false;
  readonly counters: ImpairmentCounters = {
    lost: 0,
    burstLost: 0,
    queueDropped: 0,
    markDropped: 0,
    marked: 0,
    bleached: 0,
    cutDropped: 0,
    duplicated: 0,
    reordered: 0,
    corrupted: 0,
    corruptedUndetected: 0,
  };
  inBadState = false;
  /** Latest due time given to a frame that must keep its order. */
  lastDueUs = 0;
  readonly bottleneck = new Bottleneck();
  /** Frames held in the heap. */
  waiting = 0;
  /** How often it was cut: a frame from before the last time is lost. */
  cuts = 0;
}

/** The bad line. */
export class ImpairedLink implements Link {
  readonly capabilities: LinkCapabilities;
  readonly portCount: number;
  readonly statistics: LinkStatistics = { sentFrames: 0, deliveredFrames: 0, droppedFrames: 0 };
  private readonly inner: Link;
  private readonly random: SeededGenerator;
  private readonly store: FrameStore;
  private readonly heap: FrameHeap;
  private readonly directions: Direction[] = [];
  private readonly corrupter: FrameCorrupter;
  private readonly slot = Slot.allocate(64, false);
  private readonly view = new FrameView();
  /** The inner link took no more: what is due waits until it has let frames out. */
  private isBlocked = false;

  constructor(inner: Link, options: ImpairedLinkOptions) {
    this.inner = inner;
    this.capabilities = inner.capabilities;
    this.portCount = inner.portCount;
    this.random = new SeededGenerator(options.seed);
    this.corrupter = new FrameCorrupter(inner.capabilities.medium);
    const large = inner.capabilities.tso4 || inner.capabilities.tso6 || inner.capabilities.uso;
    this.store = new FrameStore({
      maxFrames: options.maxFrames ?? 65536,
      maxBytes: options.maxBytes ?? 64 << 20,
      slabBytes: large ? 512 * 1024 : Math.max(64 * 1024, (inner.capabilities.mtu + 128) & ~63),
      ethernet: inner.capabilities.medium === 'ethernet',
      ...(options.memory ? { memory: options.memory } : {}),
    });
    this.heap = new FrameHeap(this.store);
    for (let port = 0; port < inner.portCount; port++) this.directions.push(new Direction());
    this.set(options.settings ?? {});
  }

  /** Changes settings for frames sent from now on, from `port` or (without) in every direction. @throws ArgumentError */
  set(changes: Partial<ImpairmentSettings>, port?: number): void {
    if (port !== undefined) checkInteger('port', port, 0, this.portCount - 1);
    for (const [index, direction] of this.directions.entries()) {
      if (port !== undefined && port !== index) continue;
      const wasCut = direction.settings.cut;
      direction.settings = impairmentSettings(direction.settings, changes);
      if (direction.settings.cut && !wasCut) direction.cuts = (direction.cuts + 1) & CUTS_MASK;
      direction.unimpaired = isUnimpaired(direction.settings);
      direction.touchesEcn = touchesEcn(direction.settings);
    }
  }

  /** The settings of frames sent from `port`. */
  settingsOf(port: number): ImpairmentSettings {
    return this.directionOf(port).settings;
  }

  /** What was done to frames sent from `port`. */
  countersOf(port: number): Readonly<ImpairmentCounters> {
    return this.directionOf(port).counters;
  }

  /** What a frame sent from `port` now would wait in front of the bottleneck, microseconds. */
  queueDelayUs(port: number, nowUs: number): number {
    return this.directionOf(port).bottleneck.delayUs(nowUs);
  }

  send(port: number, slot: Slot, nowUs: number): boolean {
    const direction = this.directionOf(port);
    if (direction.unimpaired && direction.waiting === 0) {
      if (!this.inner.send(port, slot, nowUs)) return false;
      this.statistics.sentFrames++;
      return true;
    }
    this.statistics.sentFrames++;
    const { settings } = direction;
    if (this.isLost(direction)) return this.drop();
    const ecn = direction.touchesEcn ? this.ecnAfter(direction, slot, nowUs) : KEEP_ECN;
    if (ecn === DROP_FRAME) return this.drop();
    const leftUs = direction.bottleneck.admit(settings, slot.length, nowUs);
    if (leftUs < 0) {
      direction.counters.queueDropped++;
      return this.drop();
    }
    const dueUs = this.travel(direction, leftUs);
    const frame = this.store.add(slot);
    if (frame === NO_FRAME) {
      direction.counters.queueDropped++;
      return this.drop();
    }
    if (ecn !== KEEP_ECN) this.setEcn(direction, frame, ecn);
    if (!this.corrupt(direction, frame)) {
      this.store.release(frame);
      return this.drop();
    }
    this.wait(port, direction, frame, dueUs);
    if (settings.duplicate > 0 && this.random.nextFraction() < settings.duplicate) {
      this.store.load(frame, this.slot);
      const copy = this.store.add(this.slot);
      if (copy === NO_FRAME) return true;
      this.wait(port, direction, copy, dueUs);
      direction.counters.duplicated++;
    }
    return true;
  }

  nextTimeoutUs(): number {
    const innerUs = this.inner.nextTimeoutUs();
    // Naming an hour that has passed would make the driver ask again and again without the clock moving.
    return this.isBlocked && innerUs !== Number.POSITIVE_INFINITY ? innerUs : Math.min(this.heap.nextDueUs, innerUs);
  }

  poll(nowUs: number, sink: FrameSink, budget: number): number {
    let delivered = 0;
    while (delivered < budget) {
      this.moveDue(nowUs);
      const count = this.inner.poll(nowUs, sink, budget - delivered);
      delivered += count;
      if (count === 0 || this.heap.nextDueUs > nowUs) break;
    }
    this.statistics.deliveredFrames += delivered;
    return delivered;
  }

  /** Moves what is due into the inner link, as far as it takes it. */
  private moveDue(nowUs: number): void {
    const { heap, store, slot } = this;
    this.isBlocked = false;
    while (heap.nextDueUs <= nowUs) {
      const frame = heap.first;
      const port = store.tag[frame]! % this.portCount;
      const cuts = Math.floor(store.tag[frame]! / this.portCount);
      const direction = this.directionOf(port);
      store.load(frame, slot);
      if (cuts !== direction.cuts) {
        direction.counters.cutDropped++;
        this.drop();
      } else if (!this.inner.send(port, slot, heap.nextDueUs)) {
        this.isBlocked = true;
        return;
      }
      heap.pop();
      direction.waiting--;
      store.release(frame);
    }
  }

  private directionOf(port: number): Direction {
    return this.directions[port]!;
  }

  private drop(): true {
    this.statistics.droppedFrames++;
    return true;
  }

  private isLost(direction: Direction): boolean {
    const { settings, counters } = direction;
    if (settings.cut) {
      counters.cutDropped++;
      return true;
    }
    const { burstLoss } = settings;
    if (burstLoss !== null) {
      const change = direction.inBadState ? burstLoss.leave : burstLoss.enter;
      if (this.random.nextFraction() < change) direction.inBadState = !direction.inBadState;
      const loss = direction.inBadState ? (burstLoss.lossBad ?? 1) : (burstLoss.lossGood ?? 0);
      if (loss > 0 && this.random.nextFraction() < loss) {
        counters.burstLost++;
        return true;
      }
    }
    if (settings.loss > 0 && this.random.nextFraction() < settings.loss) {
      counters.lost++;
      return true;
    }
    return false;
  }

  /**
   * What becomes of the ECN field of the frame in `slot`: a codepoint, KEEP_ECN, or DROP_FRAME. What happens on the way to
   * the queue comes first, so that a bleached frame is dropped where it would have been marked.
   */
  private ecnAfter(direction: Direction, slot: Slot, nowUs: number): number {
    const { settings, counters, bottleneck } = direction;
    const { view, random } = this;
    view.look(slot, this.capabilities.medium);
    const before = readEcn(view);
    let ecn = before;
    if (settings.bleach > 0 && random.nextFraction() < settings.bleach) ecn = Ecn.notEct;
    if (settings.mark > 0 && random.nextFraction() < settings.mark && ecn !== Ecn.notEct) ecn = Ecn.ce;
    const signal = bottleneck.signal(settings, ecn, nowUs, random);
    if (signal === Signal.drop) {
      counters.markDropped++;
      return DROP_FRAME;
    }
    if (signal === Signal.mark) ecn = Ecn.ce;
    return ecn === before ? KEEP_ECN : ecn;
  }

  /** Changes the copy: the sender's frame stays as it is. */
  private setEcn(direction: Direction, frame: number, ecn: number): void {
    const { store, slot, view } = this;
    store.load(frame, slot);
    view.look(slot, this.capabilities.medium);
    writeEcn(view, ecn);
    if (ecn === Ecn.ce) direction.counters.marked++;
    else direction.counters.bleached++;
  }

  private travel(direction: Direction, leftUs: number): number {
    const { settings } = direction;
    let dueUs = leftUs + settings.delayMs * 1000;
    if (settings.jitterMs > 0) dueUs += this.random.nextFraction() * settings.jitterMs * 1000;
    if (settings.reorder > 0 && this.random.nextFraction() < settings.reorder) {
      direction.counters.reordered++;
      return dueUs + settings.reorderDelayMs * 1000;
    }
    if (settings.jitterReorders && settings.jitterMs > 0) return dueUs;
    if (dueUs < direction.lastDueUs) dueUs = direction.lastDueUs;
    direction.lastDueUs = dueUs;
    return dueUs;
  }

  private wait(port: number, direction: Direction, frame: number, dueUs: number): void {
    this.store.tag[frame] = port + direction.cuts * this.portCount;
    this.heap.push(frame, dueUs);
    direction.waiting++;
  }

  /** False when the frame was damaged in a way the receiving network card finds: it is thrown away. */
  private corrupt(direction: Direction, frame: number): boolean {
    const { settings, counters } = direction;
    const { random, store, slot } = this;
    const detected = settings.corrupt > 0 && random.nextFraction() < settings.corrupt;
    const undetected = settings.corruptUndetected > 0 && random.nextFraction() < settings.corruptUndetected;
    if (!detected && !undetected) return true;
    store.load(frame, slot);
    completeChecksum(slot);
    store.describe(frame, slot);
    if (undetected && this.corrupter.flipUndetected(slot, random)) counters.corruptedUndetected++;
    if (!detected) return true;
    counters.corrupted++;
    return this.corrupter.flipDetected(slot, settings.corruptPart, random);
  }
}
