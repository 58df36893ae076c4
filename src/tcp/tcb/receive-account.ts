/** The memory that what waits to be read holds, as Linux counts it (setting `skb_accounting`); names in the kernel are in brackets. */

import { EarlyMemory } from './early-memory.ts';
import { bufferMemory, bufferRoom, FULL_BUFFER } from './segment-memory.ts';

/** Shares of 256: what of the memory is thought to be octets before a segment was seen. */
const FIRST_SHARE = 128;
const SHARE_SHIFT = 8;

export class ReceiveAccount {
  /** Octets of memory that may be held (sk_rcvbuf). */
  space: number;
  /** Of 256 octets of memory, those that are the peer's (scaling_ratio). */
  share = FIRST_SHARE;
  /** The widest window (window_clamp). */
  clamp: number;
  /** How wide a window is offered as yet (rcv_ssthresh). */
  threshold: number;
  /** Octets of memory held by what waits, in order and early (sk_rmem_alloc). */
  held = 0;
  /** Octets thought to be read in a round trip before anything was measured. */
  readonly firstSpace: number;
  /** What was offered may be taken back (tcp_shrink_window). */
  readonly mayShrink: boolean;
  /** A segment was refused for want of memory: the next window is none. */
  isStarved = false;
  /** Octets in order, and the pieces they lie in: octets of each that are still to be read, and memory of each. */
  private queued = 0;
  private readonly lengths: number[] = [];
  private readonly memory: number[] = [];
  /** Free octets behind the last piece. */
  private room = 0;
  private readonly early = new EarlyMemory();

  constructor(space: number, clamp: number, threshold: number, firstSpace: number, mayShrink: boolean) {
    this.firstSpace = firstSpace;
    this.mayShrink = mayShrink;
    this.space = space;
    this.clamp = clamp;
    this.threshold = threshold;
  }

  get isEmpty(): boolean {
    return this.queued === 0;
  }

  /** Octets of text that `memory` is good for. */
  textOf(memory: number): number {
    return Math.floor((memory * this.share) / (1 << SHARE_SHIFT));
  }

  /** The memory that `octets` of text will need. */
  memoryFor(octets: number): number {
    return Math.floor((octets * (1 << SHARE_SHIFT)) / this.share);
  }

  /** Room for text now; negative when more is held than should be. */
  get free(): number {
    return this.textOf(this.space - this.held);
  }

  /** The buffer may hold more; the window's bound follows. */
  resize(space: number): void {
    this.space = space;
    this.clamp = this.textOf(space);
  }

  /** Text in order has come in a packet of `packetOctets`. */
  append(length: number, packetOctets: number): void {
    this.enqueue(length, bufferMemory(packetOctets), bufferRoom(packetOctets));
  }

  /** Copied behind the last piece when there is room, else a piece of its own. */
  private enqueue(length: number, memory: number, room: number): void {
    this.queued += length;
    if (this.lengths.length > 0 && length <= this.room) {
      this.lengths[this.lengths.length - 1]! += length;
      this.room -= length;
      return;
    }
    this.lengths.push(length);
    this.memory.push(memory);
    this.held += memory;
    this.room = room;
  }

  /** Early text has come. Returns whether it holds memory of its own. */
  addEarly(left: number, right: number, packetOctets: number): boolean {
    const added = this.early.add(left, right, bufferMemory(packetOctets), bufferRoom(packetOctets));
    this.held += added;
    return added > 0;
  }

  /** RCV.NXT has moved from `from` to `next`: what was early up to there is in order. */
  advance(from: number, next: number): void {
    let at = from;
    for (let piece = this.early.take(next); piece !== null; piece = this.early.take(next)) {
      this.held -= piece.memory;
      const length = (piece.right - at) | 0;
      if (length <= 0) continue;
      at = piece.right;
      this.enqueue(length, piece.memory, piece.room);
    }
  }

  /** `left` octets in order are still to be read: pieces that are done with give their memory back. */
  consume(left: number): void {
    let count = this.queued - left;
    this.queued = left;
    while (count > 0 && this.lengths.length > 0) {
      const length = this.lengths[0]!;
      if (length > count) {
        this.lengths[0] = length - count;
        return;
      }
      count -= length;
      this.lengths.shift();
      this.held -= this.memory.shift() ?? 0;
    }
  }

  /** A segment of another size than thought: how well it fills its memory says what the memory is good for. */
  rescale(length: number, packetOctets: number): void {
    this.share = Math.max(1, Math.floor((length * (1 << SHARE_SHIFT)) / bufferMemory(packetOctets)));
  }

  /** What is in order, put together anew in full buffers (tcp_collapse). */
  collapse(): void {
    const before = this.memory.reduce((sum, memory) => sum + memory, 0);
    const full = Math.floor(this.queued / FULL_BUFFER.text);
    const rest = this.queued % FULL_BUFFER.text;
    const after = full * FULL_BUFFER.memory + (rest > 0 ? FULL_BUFFER.memory : 0);
    if (after >= before) return;
    const lengths = Array.from({ length: full }, () => FULL_BUFFER.text);
    this.lengths.splice(0, this.lengths.length, ...lengths, ...(rest > 0 ? [rest] : []));
    this.memory.splice(0, this.memory.length, ...this.lengths.map(() => FULL_BUFFER.memory));
    this.held += after - before;
    this.room = 0;
  }

  /** What came early is given up; the peer will send it again. */
  dropEarly(): void {
    this.held -= this.early.clear();
  }
}
