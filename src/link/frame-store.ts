/**
 * Where links keep the frames that are on their way: slabs of packet memory, made when first needed and reused, and the
 * description of each frame in typed arrays. A frame is known by a small integer. Adding copies once and allocates
 * nothing once the slabs are there. Frames may leave in any order: a slab is reused when its last frame has left.
 * Bounded in bytes and frames, so that no sender can make a link eat the machine.
 */
import { checkInteger } from '../base/errors.ts';
import { type PacketMemory, PlainPacketMemory } from '../base/packet-memory.ts';
import type { Slot } from '../base/slot.ts';

/** Where slabs come from: plain memory by default, WebAssembly's where a driver injects it. */
export interface PacketMemorySource {
  /** Memory of at least `size` bytes, zeroed. */
  allocate(size: number): PacketMemory;
}

/** Slabs over ordinary ArrayBuffers. */
export class PlainMemorySource implements PacketMemorySource {
  allocate(size: number): PacketMemory {
    return new PlainPacketMemory(size);
  }
}

/** No frame, end of a list. */
export const NO_FRAME = -1;

/** Limits of a store; frames beyond them are refused. */
export interface FrameStoreOptions {
  /** Most frames at a time, 1 to 2^20. */
  readonly maxFrames: number;
  /** Most bytes of frames at a time. */
  readonly maxBytes: number;
  /** Bytes of one slab; the largest frame must fit. */
  readonly slabBytes: number;
  /** True: frames start two bytes off a word boundary, so that the IP header behind 14 bytes is aligned. */
  readonly ethernet: boolean;
  readonly memory?: PacketMemorySource;
}

/** Fields of a frame in `fields`, STRIDE words each. */
const SLAB = 0;
const OFFSET = 1;
const LENGTH = 2;
const GSO_SIZE = 3;
const GSO_TYPE = 4;
const CHECKSUM_START = 5;
const CHECKSUM_OFFSET = 6;
const CHECKSUM_VERIFIED = 7;
const STRIDE = 8;
const FIRST_FRAMES = 64;
/** Bytes kept free at the end of a slab, so that word-wise copies may run over the end of a frame. */
const SLACK = 16;
/** Up to here copying word by word is faster than making a view for `set`. */
const WORD_COPY_MAX = 128;

/** The frames of one link, bounded. */
export class FrameStore {
  /** When a frame is due, in the driver's microseconds, by frame. */
  dueUs: Float64Array = new Float64Array(FIRST_FRAMES);
  /** For the list a frame is in: the next one, by frame. */
  next: Int32Array = new Int32Array(FIRST_FRAMES);
  /** A number of the owner's choice, by frame: the port it came from. */
  tag: Int32Array = new Int32Array(FIRST_FRAMES);
  private fields = new Int32Array(FIRST_FRAMES * STRIDE);
  private freeFrame = NO_FRAME;
  private madeFrames = 0;
  private liveFrames = 0;
  private liveBytes = 0;
  private readonly slabs: PacketMemory[] = [];
  private readonly slabUsed: number[] = [];
  private readonly slabFrames: number[] = [];
  private currentSlab = -1;
  private readonly maxFrames: number;
  private readonly maxBytes: number;
  private readonly slabBytes: number;
  private readonly phase: number;
  private readonly memory: PacketMemorySource;

  constructor(options: FrameStoreOptions) {
    this.maxFrames = checkInteger('maxFrames', options.maxFrames, 1, 1 << 20);
    this.maxBytes = checkInteger('maxBytes', options.maxBytes, 1, 2 ** 31);
    this.slabBytes = checkInteger('slabBytes', options.slabBytes, 256, 2 ** 30);
    this.phase = options.ethernet ? 2 : 0;
    this.memory = options.memory ?? new PlainMemorySource();
  }

  /** Frames held now. */
  get frameCount(): number {
    return this.liveFrames;
  }

  /** Bytes of the frames held now. */
  get byteCount(): number {
    return this.liveBytes;
  }

  /** True while `frames` more frames of `bytes` bytes together are within the limits. */
  hasRoom(frames: number, bytes: number): boolean {
    return this.liveFrames + frames <= this.maxFrames && this.liveBytes + bytes <= this.maxBytes;
  }

  /** Copies the frame in `slot`; returns its number, or NO_FRAME when a limit is reached or it fits no slab. */
  add(slot: Slot): number {
    const { length } = slot;
    if (this.liveFrames >= this.maxFrames || this.liveBytes + length > this.maxBytes) return NO_FRAME;
    const need = (length + this.phase + SLACK) & ~7;
    let slab = this.currentSlab;
    if (slab < 0 || this.slabUsed[slab]! + need > this.slabBytes) {
      slab = this.findSlab(need);
      if (slab < 0) return NO_FRAME;
    }
    const memory = this.slabs[slab]!;
    const offset = this.slabUsed[slab]! + this.phase;
    this.slabUsed[slab]! += need;
    this.slabFrames[slab]!++;
    copyBytes(slot.memory, slot.offset, memory, offset, length);
    const frame = this.takeFrame();
    const { fields } = this;
    const at = frame * STRIDE;
    fields[at + SLAB] = slab;
    fields[at + OFFSET] = offset;
    fields[at + LENGTH] = length;
    fields[at + GSO_SIZE] = slot.gsoSize;
    fields[at + GSO_TYPE] = slot.gsoType;
    fields[at + CHECKSUM_START] = slot.checksumStart;
    fields[at + CHECKSUM_OFFSET] = slot.checksumOffset;
    fields[at + CHECKSUM_VERIFIED] = slot.checksumVerified;
    this.liveFrames++;
    this.liveBytes += length;
    return frame;
  }

  /** Points `slot` at the frame, without copying; valid until it is released. */
  load(frame: number, slot: Slot): void {
    const { fields } = this;
    const at = frame * STRIDE;
    slot.memory = this.slabs[fields[at + SLAB]!]!;
    slot.offset = fields[at + OFFSET]!;
    const length = fields[at + LENGTH]!;
    slot.length = length;
    slot.capacity = length;
    slot.headroom = 0;
    slot.gsoSize = fields[at + GSO_SIZE]!;
    slot.gsoType = fields[at + GSO_TYPE]!;
    slot.checksumStart = fields[at + CHECKSUM_START]!;
    slot.checksumOffset = fields[at + CHECKSUM_OFFSET]!;
    slot.checksumVerified = fields[at + CHECKSUM_VERIFIED]!;
    slot.departUs = 0;
  }

  /** Takes over the offload description from `slot`, after the frame's bytes were changed in place. */
  describe(frame: number, slot: Slot): void {
    const at = frame * STRIDE;
    this.fields[at + CHECKSUM_START] = slot.checksumStart;
    this.fields[at + CHECKSUM_OFFSET] = slot.checksumOffset;
    this.fields[at + CHECKSUM_VERIFIED] = slot.checksumVerified;
  }

  lengthOf(frame: number): number {
    return this.fields[frame * STRIDE + LENGTH]!;
  }

  /** Gives the frame's memory back. */
  release(frame: number): void {
    const at = frame * STRIDE;
    const slab = this.fields[at + SLAB]!;
    if (--this.slabFrames[slab]! === 0) this.slabUsed[slab] = 0;
    this.liveFrames--;
    this.liveBytes -= this.fields[at + LENGTH]!;
    this.next[frame] = this.freeFrame;
    this.freeFrame = frame;
  }

  private takeFrame(): number {
    const free = this.freeFrame;
    if (free !== NO_FRAME) {
      this.freeFrame = this.next[free]!;
      return free;
    }
    if (this.madeFrames === this.next.length) this.growFrames();
    return this.madeFrames++;
  }

  private growFrames(): void {
    const count = this.next.length * 2;
    const dueUs = new Float64Array(count);
    dueUs.set(this.dueUs);
    this.dueUs = dueUs;
    this.next = widen(this.next, count);
    this.tag = widen(this.tag, count);
    this.fields = widen(this.fields, count * STRIDE);
  }

  /** An empty slab, or a new one; -1 when the frame fits none. */
  private findSlab(need: number): number {
    if (need > this.slabBytes) return -1;
    let slab = this.slabFrames.indexOf(0);
    if (slab < 0) {
      // Long-lived frames may pin almost empty slabs; twice the limit in slabs is where that ends.
      if (this.slabs.length * this.slabBytes > 2 * this.maxBytes + this.slabBytes) return -1;
      slab = this.slabs.length;
      this.slabs.push(this.memory.allocate(this.slabBytes + SLACK));
      this.slabUsed.push(0);
      this.slabFrames.push(0);
    }
    this.currentSlab = slab;
    return slab;
  }
}

/** Frames of a store in the order they came. */
export class FrameFifo {
  head = NO_FRAME;
  private tail = NO_FRAME;
  private readonly store: FrameStore;

  constructor(store: FrameStore) {
    this.store = store;
  }

  push(frame: number): void {
    this.store.next[frame] = NO_FRAME;
    if (this.tail === NO_FRAME) this.head = frame;
    else this.store.next[this.tail] = frame;
    this.tail = frame;
  }

  /** Takes the first frame out of the list (it stays in the store), NO_FRAME when empty. */
  shift(): number {
    const frame = this.head;
    if (frame === NO_FRAME) return NO_FRAME;
    this.head = this.store.next[frame]!;
    if (this.head === NO_FRAME) this.tail = NO_FRAME;
    return frame;
  }

  /** When the first frame is due, Infinity when there is none. */
  get dueUs(): number {
    return this.head === NO_FRAME ? Number.POSITIVE_INFINITY : this.store.dueUs[this.head]!;
  }

  /** As `shift`, but only a frame that is due by `nowUs`. */
  shiftDue(nowUs: number): number {
    return this.dueUs > nowUs ? NO_FRAME : this.shift();
  }
}

/** Frames of a store by the hour they are due; frames due together keep the order they came in. A binary heap. */
export class FrameHeap {
  private heap = new Int32Array(FIRST_FRAMES);
  private order = new Float64Array(FIRST_FRAMES);
  private size = 0;
  private arrivals = 0;
  private readonly store: FrameStore;

  constructor(store: FrameStore) {
    this.store = store;
  }

  get length(): number {
    return this.size;
  }

  /** When the first frame is due, Infinity when there is none. */
  get nextDueUs(): number {
    return this.size === 0 ? Number.POSITIVE_INFINITY : this.store.dueUs[this.heap[0]!]!;
  }

  /** The first frame, NO_FRAME when empty. */
  get first(): number {
    return this.size === 0 ? NO_FRAME : this.heap[0]!;
  }

  push(frame: number, dueUs: number): void {
    if (this.size === this.heap.length) this.heap = widen(this.heap, this.size * 2);
    if (frame >= this.order.length) {
      const order = new Float64Array(Math.max(this.order.length * 2, frame + 1));
      order.set(this.order);
      this.order = order;
    }
    this.store.dueUs[frame] = dueUs;
    this.order[frame] = this.arrivals++;
    let at = this.size++;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const other = this.heap[parent]!;
      if (!this.isBefore(frame, other)) break;
      this.heap[at] = other;
      at = parent;
    }
    this.heap[at] = frame;
  }

  /** Takes the first frame out of the heap (it stays in the store), NO_FRAME when empty. */
  pop(): number {
    if (this.size === 0) return NO_FRAME;
    const first = this.heap[0]!;
    const last = this.heap[--this.size]!;
    let at = 0;
    for (;;) {
      let child = at * 2 + 1;
      if (child >= this.size) break;
      if (child + 1 < this.size && this.isBefore(this.heap[child + 1]!, this.heap[child]!)) child++;
      const other = this.heap[child]!;
      if (!this.isBefore(other, last)) break;
      this.heap[at] = other;
      at = child;
    }
    this.heap[at] = last;
    return first;
  }

  private isBefore(a: number, b: number): boolean {
    const difference = this.store.dueUs[a]! - this.store.dueUs[b]!;
    return difference !== 0 ? difference < 0 : this.order[a]! < this.order[b]!;
  }
}

/**
 * Copies bytes between packet memories. Short frames in the same word phase go word by word, which needs no view object;
 * up to three bytes on either side of the range are then overwritten in the target, which must leave room for that.
 */
export function copyBytes(
  from: PacketMemory,
  fromOffset: number,
  to: PacketMemory,
  toOffset: number,
  length: number,
): void {
  if (length <= WORD_COPY_MAX && ((fromOffset ^ toOffset) & 3) === 0 && fromOffset + length + 3 <= from.u8.length) {
    const source = from.u32;
    const target = to.u32;
    let s = fromOffset >> 2;
    const end = (fromOffset + length + 3) >> 2;
    for (let t = toOffset >> 2; s < end; s++, t++) target[t] = source[s]!;
    return;
  }
  to.u8.set(from.u8.subarray(fromOffset, fromOffset + length), toOffset);
}

function widen(array: Int32Array, count: number): Int32Array<ArrayBuffer> {
  const wider = new Int32Array(count);
  wider.set(array);
  return wider;
}
