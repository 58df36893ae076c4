/**
 * Frames whose hour of departure (`Slot.departUs`) has not come yet: who carries frames from a stack to a link or a device
 * keeps them here. They leave in the order of their departure; frames that depart together leave in the order they came.
 */
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import { Slot } from '../base/slot.ts';
import { FrameHeap, FrameStore, NO_FRAME } from './frame-store.ts';

const FRAMES_MAX = 4096;
const BYTES_MAX = 64 << 20;

/** The frames of one interface, bounded. */
export class PacedFrames {
  private readonly store: FrameStore;
  private readonly heap: FrameHeap;
  private readonly slot = Slot.allocate(64, false);
  private readonly largest: number;

  constructor(capabilities: LinkCapabilities) {
    const isLarge = capabilities.tso4 || capabilities.tso6 || capabilities.uso;
    this.largest = (isLarge ? 65_536 : capabilities.mtu) + 64;
    this.store = new FrameStore({
      maxFrames: FRAMES_MAX,
      maxBytes: BYTES_MAX,
      slabBytes: isLarge ? 512 * 1024 : Math.max(64 * 1024, capabilities.mtu + 256),
      ethernet: capabilities.medium === 'ethernet',
    });
    this.heap = new FrameHeap(this.store);
  }

  /** When the first may leave, Infinity when there is none. */
  get nextDueUs(): number {
    return this.heap.nextDueUs;
  }

  /** True when no other frame fits: the stack should not be asked for one. */
  get isFull(): boolean {
    return !this.store.hasRoom(1, this.largest);
  }

  /** Takes a copy of the frame; false when it does not fit. */
  hold(slot: Slot): boolean {
    const frame = this.store.add(slot);
    if (frame === NO_FRAME) return false;
    this.store.tag[frame] = slot.interfaceId;
    this.heap.push(frame, slot.departUs);
    return true;
  }

  /** The first frame that may leave by `nowUs`, or null. Valid until `release`, which must follow when it has left. */
  firstDue(nowUs: number): Slot | null {
    if (this.heap.nextDueUs > nowUs) return null;
    const { slot } = this;
    this.store.load(this.heap.first, slot);
    slot.interfaceId = this.store.tag[this.heap.first]!;
    return slot;
  }

  /** Forgets the first frame. */
  release(): void {
    const frame = this.heap.pop();
    if (frame !== NO_FRAME) this.store.release(frame);
  }

  /** Forgets all. */
  clear(): void {
    while (this.heap.length > 0) this.release();
  }
}
