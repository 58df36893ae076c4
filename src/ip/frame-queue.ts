/**
 * Frames that wait: for the driver (one queue per interface) or for an address to be resolved. Frames are copies in slots
 * of their own; small ones come from a free list, so that a steady flow of datagrams allocates nothing.
 */
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { Slot } from '../base/slot.ts';

/** Holds an Ethernet frame of an ordinary MTU. */
const SMALL_FRAME_BYTES = 1600;
/** The IP header behind a 14-byte link header falls on a word boundary. */
const FRAME_OFFSET = 34;
const FREE_FRAMES_MAX = 256;

/** A frame in a list. */
export class QueuedFrame {
  readonly slot: Slot;
  next: QueuedFrame | null = null;
  /** Where the IP header starts, from the frame's first byte; the link header before it may still be blank. */
  ipOffset = 0;
  /** Not from this host: its sender is told by ICMP when it cannot be delivered. */
  isForwarded = false;

  constructor(capacity: number) {
    const memory = new PlainPacketMemory(capacity + FRAME_OFFSET + 8);
    this.slot = new Slot(memory, FRAME_OFFSET, capacity, FRAME_OFFSET);
  }
}

/** Where frames are taken from and given back to. */
export class FramePool {
  private free: QueuedFrame | null = null;
  private freeCount = 0;

  /** A blank frame with room for at least `length` bytes. */
  take(length: number): QueuedFrame {
    const frame = length <= SMALL_FRAME_BYTES ? this.free : null;
    if (frame === null) return new QueuedFrame(Math.max(length, SMALL_FRAME_BYTES));
    this.free = frame.next;
    this.freeCount--;
    frame.next = null;
    frame.isForwarded = false;
    frame.slot.reset();
    return frame;
  }

  give(frame: QueuedFrame): void {
    if (frame.slot.capacity !== SMALL_FRAME_BYTES || this.freeCount >= FREE_FRAMES_MAX) return;
    frame.next = this.free;
    this.free = frame;
    this.freeCount++;
  }
}

/** First in, first out. Bounds are kept by the owner with `count` and `bytes`. */
export class FrameQueue {
  count = 0;
  /** Bytes of memory the frames take, however short they are. */
  bytes = 0;
  private head: QueuedFrame | null = null;
  private tail: QueuedFrame | null = null;

  push(frame: QueuedFrame): void {
    frame.next = null;
    if (this.tail === null) this.head = frame;
    else this.tail.next = frame;
    this.tail = frame;
    this.count++;
    this.bytes += frame.slot.capacity;
  }

  shift(): QueuedFrame | null {
    const frame = this.head;
    if (frame === null) return null;
    this.head = frame.next;
    if (this.head === null) this.tail = null;
    frame.next = null;
    this.count--;
    this.bytes -= frame.slot.capacity;
    return frame;
  }
}
