/** The memory that what waits to be read holds, as Linux counts it (setting `skb_accounting`); names in the kernel are in brackets. */

import { seqLe } from '../seq.ts';
import { type BufferPiece, collapsePieces, memoryOf } from './buffer-piece.ts';
import { EarlyMemory } from './early-memory.ts';
import { bufferMemory, bufferRoom, PAGE } from './segment-memory.ts';

/** Shares of 256: what of the memory is thought to be octets before a segment was seen. */
const FIRST_SHARE = 128;
const SHARE_SHIFT = 8;
/** An eighth of the memory: so much is looked through, or given up, at a time. */
const PATIENCE_SHIFT = 3;

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
  /** Text in order is taken by header prediction as long as nothing else comes (pred_flags). */
  isPredicting = true;
  /** The segment at hand was. */
  isPredicted = false;
  /** Octets of the pages taken that nothing holds yet (sk_forward_alloc), and what of them was held for sending when it was last looked at. */
  private spare = 0;
  private sending = 0;
  /** What is in order and not read: where it begins and ends, counted from the connection's first octet, and the pieces it lies in. */
  private readEdge = 0;
  private edge = 0;
  private pieces: BufferPiece[] = [];
  private readonly early = new EarlyMemory();

  constructor(space: number, clamp: number, threshold: number, firstSpace: number, mayShrink: boolean) {
    this.firstSpace = firstSpace;
    this.mayShrink = mayShrink;
    this.space = space;
    this.clamp = clamp;
    this.threshold = threshold;
  }

  get isEmpty(): boolean {
    return this.pieces.length === 0;
  }

  /** Of the octets that were read since `consume`, those that lay behind the first piece, when `left` are still to be read. */
  readBehindFirst(left: number): number {
    const [first] = this.pieces;
    return first === undefined ? 0 : Math.max(0, (this.edge - left - first.right) | 0);
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

  /** Pages are taken for so much memory more, unless what was taken before is enough (sk_rmem_schedule). */
  reserve(memory: number): void {
    if (memory > this.spare) this.spare += Math.ceil((memory - this.spare) / PAGE) * PAGE;
  }

  /** Whether so much memory needs no page more, with `sending` octets held for text that is sent. */
  isSpare(memory: number, sending: number): boolean {
    const change = sending - this.sending;
    this.sending = sending;
    if (change > 0) this.reserve(change);
    this.spare -= change;
    if (change < 0) this.giveBack();
    return memory <= this.spare;
  }

  private charge(memory: number): void {
    this.held += memory;
    this.spare -= memory;
  }

  private release(memory: number): void {
    this.held -= memory;
    this.spare += memory;
    this.giveBack();
  }

  /** Whole pages that nothing holds are not kept. */
  private giveBack(): void {
    if (this.spare >= PAGE) this.spare %= PAGE;
  }

  /** The buffer may hold more; the window's bound follows. */
  resize(space: number): void {
    this.space = space;
    this.clamp = this.textOf(space);
  }

  /** Text in order has come in a packet of `packetOctets`, behind `repeated` octets that were there already. */
  append(length: number, packetOctets: number, repeated = 0): void {
    const memory = bufferMemory(packetOctets);
    if (this.enqueue(length, memory, bufferRoom(packetOctets), repeated)) this.charge(memory);
  }

  /** Copied behind the last piece when there is room and nothing in it repeated, else a piece of its own: true. */
  private enqueue(length: number, memory: number, room: number, repeated: number): boolean {
    const left = (this.edge - repeated) | 0;
    this.edge = (this.edge + length) | 0;
    const last = this.pieces[this.pieces.length - 1];
    if (last !== undefined && length <= last.room && repeated === 0) {
      last.right = this.edge;
      last.room -= length;
      return false;
    }
    this.pieces.push({ left, right: this.edge, memory, room });
    return true;
  }

  /** One piece of early text has all of this. */
  hasEarly(left: number, right: number): boolean {
    return this.early.has(left, right);
  }

  /** Early text has come. Returns whether it holds memory of its own. */
  addEarly(left: number, right: number, packetOctets: number): boolean {
    const added = this.early.add(left, right, bufferMemory(packetOctets), bufferRoom(packetOctets));
    if (added > 0) this.charge(added);
    else this.release(-added);
    return added > 0;
  }

  /** RCV.NXT has moved from `from` to `next`: what was early up to there is in order. */
  advance(from: number, next: number): void {
    let at = from;
    for (let piece = this.early.take(next); piece !== null; piece = this.early.take(next)) {
      const length = (piece.right - at) | 0;
      const isKept = length > 0 && this.enqueue(length, piece.memory, piece.room, (at - piece.left) | 0);
      if (!isKept) this.release(piece.memory);
      if (length > 0) at = piece.right;
    }
  }

  /** `left` octets in order are still to be read: pieces that are done with give their memory back. */
  consume(left: number): void {
    this.readEdge = (this.edge - left) | 0;
    while (this.pieces.length > 0 && seqLe(this.pieces[0]!.right, this.readEdge)) {
      this.release(this.pieces[0]!.memory);
      this.pieces.shift();
    }
  }

  /** A segment of another size than thought: how well it fills its memory says what the memory is good for. */
  rescale(length: number, packetOctets: number): void {
    this.share = Math.max(1, Math.floor((length * (1 << SHARE_SHIFT)) / bufferMemory(packetOctets)));
  }

  /** What waits is put together anew, early text first. */
  collapse(): void {
    const worth = (memory: number): number => this.textOf(memory);
    const saved = this.early.collapse(worth, this.space >> PATIENCE_SHIFT);
    const before = memoryOf(this.pieces);
    this.pieces = collapsePieces(this.pieces, this.readEdge, this.edge, worth);
    this.release(saved + before - memoryOf(this.pieces));
  }

  // RFC 2018 §8: a receiver may give up what it has told of.
  /**
   * Early text is given up from its end on, until it is enough; what begins before `seq` is not (tcp_prune_ofo_queue).
   * Returns up to where early text is kept; null when none was given up.
   */
  dropEarly(seq: number): number | null {
    const step = this.space >> PATIENCE_SHIFT;
    let end: number | null = null;
    let left = step;
    for (let piece = this.early.dropLast(seq); piece !== null; piece = this.early.dropLast(seq)) {
      end = this.early.end(seq);
      this.release(piece.memory);
      left -= piece.memory;
      if (left > 0 && !this.early.isEmpty) continue;
      if (this.mayHold) break;
      left = step;
    }
    return end;
  }

  /** One segment more is taken, whatever its size. */
  get mayHold(): boolean {
    return this.held <= this.space;
  }
}
