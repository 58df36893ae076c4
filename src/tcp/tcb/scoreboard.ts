/**
 * What is in flight: one record for each transmission that is not acknowledged cumulatively (RFC 2018 section 5, RFC 6675
 * section 3, RFC 8985 section 5.2). The scoreboard knows records and what they weigh together; recovery decides.
 *
 * Records lie in the slots of a `SegmentStore`, which also lists those that are on their way (neither SACKed nor lost) in the
 * order of sending. `order` lists the slots by sequence number, for binary search.
 * Neighbours that are both SACKed become one record, so that there are about twice as many records as holes plus what is on its
 * way, and an acknowledgment touches a few. Invariants: records are contiguous from SND.UNA to SND.NXT and never overlap;
 * a record is in the time list unless it is SACKed or lost and not sent again.
 *
 * Weights are what congestion control counts: octets of sequence space, or (`unit`, as Linux counts packets) whole segments.
 */

import { searchBeyond } from './scoreboard-search.ts';
import * as Field from './segment-record.ts';
import { SegmentFlag, weigh } from './segment-record.ts';
import { FIRST_CAPACITY, SegmentStore } from './segment-store.ts';
import { SlotOrder } from './slot-order.ts';

/** More transmissions than this are not tracked: the sender waits. Bounds memory where segments are tiny. */
const RECORDS_MAX = 1 << 17;

export class Scoreboard extends SegmentStore {
  /** What a segment weighs, however full it is, as Linux counts; 0: its octets. */
  unit = 0;
  /** Weight of all records, of the SACKed, the lost, and the retransmitted ones. */
  totalWeight = 0;
  sackedWeight = 0;
  lostWeight = 0;
  retransmittedWeight = 0;
  /** Weight that is lost and not yet sent again. */
  waitingWeight = 0;
  private readonly order = new SlotOrder(FIRST_CAPACITY);

  /** Records there are. */
  get count(): number {
    return this.order.count;
  }

  get isEmpty(): boolean {
    return this.order.count === 0;
  }

  get isFull(): boolean {
    return this.count >= RECORDS_MAX;
  }

  /** Octets thought to be in the network, weighed (RFC 6675's pipe). */
  get inFlight(): number {
    return this.totalWeight - this.sackedWeight - this.lostWeight + this.retransmittedWeight;
  }

  /** Slot of the record at `index` in sequence order. */
  slotAt(index: number): number {
    return this.order.at(index);
  }

  /** New data, [seq, end), has been sent. Returns its slot. */
  append(seq: number, end: number, mss: number, marks = 0): number {
    const slot = this.takeSlot();
    const at = slot << Field.STRIDE_LOG2;
    const { records } = this;
    records[at + Field.SEQ] = seq;
    records[at + Field.END] = end;
    records[at + Field.MSS] = mss;
    records[at + Field.FLAGS] = marks;
    const weight = this.weighAnew(at);
    this.order.push(slot);
    this.totalWeight += weight;
    return slot;
  }

  /** Notes when, and in which state of the connection, a record was sent; it becomes the newest of those on their way. */
  stamp(
    slot: number,
    sentUs: number,
    sendOrder: number,
    delivered: number,
    deliveredUs: number,
    firstSentUs: number,
    lost: number,
    isAppLimited: boolean,
  ): void {
    const at = slot << Field.STRIDE_LOG2;
    const { records } = this;
    records[at + Field.SENT_US] = sentUs;
    records[at + Field.SEND_ORDER] = sendOrder;
    records[at + Field.DELIVERED] = delivered;
    records[at + Field.DELIVERED_US] = deliveredUs;
    records[at + Field.FIRST_SENT_US] = firstSentUs;
    records[at + Field.LOST_AT_SEND] = lost;
    records[at + Field.TX_IN_FLIGHT] = this.inFlight;
    const flags = records[at + Field.FLAGS]!;
    records[at + Field.FLAGS] = isAppLimited ? flags | SegmentFlag.appLimited : flags & ~SegmentFlag.appLimited;
    this.unlist(slot);
    // A probe may repeat what was SACKed: nobody waits for that copy, and it must not be found lost.
    if ((flags & SegmentFlag.sacked) === 0) this.enlist(slot, this.newest);
  }

  /** A place that stays the same while records in front of it go: for hints. */
  ordinal(index: number): number {
    return this.order.removed + index;
  }

  /** Index of the first record that ends beyond `seq`; `count` when there is none. @param hint an ordinal near it */
  indexBeyond(seq: number, hint = 0): number {
    return searchBeyond(this, seq, hint - this.order.removed);
  }

  /** Cuts the record at `index` in two at `seq`, which lies inside; the second part is at `index + 1`. */
  split(index: number, seq: number): void {
    const slot = this.slotAt(index);
    const second = this.takeSlot();
    const { records } = this;
    const from = slot << Field.STRIDE_LOG2;
    const to = second << Field.STRIDE_LOG2;
    records.copyWithin(to, from, from + (1 << Field.STRIDE_LOG2));
    records[to + Field.LISTED] = 0;
    const flags = records[from + Field.FLAGS]!;
    // What was pushed, and a FIN, ends with the second part.
    records[from + Field.FLAGS] = flags & ~(SegmentFlag.pushed | SegmentFlag.recordEnd | SegmentFlag.fin);
    const before = records[from + Field.WEIGHT]!;
    records[to + Field.SEQ] = seq;
    records[from + Field.END] = seq;
    const left = this.weighAnew(from);
    const right = this.weighAnew(to);
    this.addWeights(flags, left + right - before);
    this.order.insert(index + 1, second);
    if (records[from + Field.LISTED] !== 0) this.enlist(second, slot);
  }

  /** A segment weighs `unit` now; those sent before too. */
  changeUnit(unit: number): void {
    if (unit === this.unit) return;
    this.unit = unit;
    for (let index = 0; index < this.count; index++) {
      const at = this.slotAt(index) << Field.STRIDE_LOG2;
      const { records } = this;
      const before = records[at + Field.WEIGHT]!;
      const after = this.weighAnew(at);
      this.addWeights(records[at + Field.FLAGS]!, after - before);
    }
  }

  /** The record at `slot` will be sent in segments of `mss` octets. */
  resize(slot: number, mss: number): void {
    const at = slot << Field.STRIDE_LOG2;
    const { records } = this;
    if (records[at + Field.MSS] === mss) return;
    records[at + Field.MSS] = mss;
    const before = records[at + Field.WEIGHT]!;
    const after = this.weighAnew(at);
    this.addWeights(records[at + Field.FLAGS]!, after - before);
  }

  /** The oldest record begins at `seq` now: its front was acknowledged. Returns the weight that went. */
  trimFirst(seq: number): number {
    const slot = this.slotAt(0);
    const at = slot << Field.STRIDE_LOG2;
    const { records } = this;
    const before = records[at + Field.WEIGHT]!;
    records[at + Field.SEQ] = seq;
    const after = this.weighAnew(at);
    this.addWeights(records[at + Field.FLAGS]!, after - before);
    return before - after;
  }

  /** Forgets the oldest record. */
  removeFirst(): void {
    const slot = this.slotAt(0);
    this.addWeights(this.flags(slot), -this.weight(slot));
    this.unlist(slot);
    this.giveSlot(slot);
    this.order.shift();
  }

  /** The record arrived: it is neither lost nor on its way. A copy that was sent again without need may still be. */
  markSacked(slot: number): void {
    const flags = this.flags(slot);
    let now = flags | SegmentFlag.sacked;
    if (flags & SegmentFlag.lost) now &= ~(SegmentFlag.lost | SegmentFlag.retransmitted);
    this.setFlags(slot, now);
    this.unlist(slot);
  }

  /** The record, or the copy of it sent last, is lost. */
  markLost(slot: number): void {
    this.setFlags(slot, (this.flags(slot) | SegmentFlag.lost) & ~SegmentFlag.retransmitted);
    this.unlist(slot);
  }

  /** It was not lost after all. */
  unmarkLost(slot: number): void {
    const flags = this.flags(slot);
    this.setFlags(slot, flags & ~SegmentFlag.lost);
    if ((flags & SegmentFlag.retransmitted) === 0) this.enlistByTime(slot);
  }

  /** The peer has thrown away what it had SACKed (RFC 2018 section 8). */
  unmarkSacked(slot: number): void {
    this.setFlags(slot, this.flags(slot) & ~SegmentFlag.sacked);
    this.enlistByTime(slot);
  }

  /** It is about to be sent again; `stamp` follows. */
  markRetransmitted(slot: number): void {
    this.setFlags(slot, this.flags(slot) | SegmentFlag.retransmitted | SegmentFlag.everRetransmitted);
  }

  /** The copy is not in the network after all, or never was one. */
  unmarkRetransmitted(slot: number): void {
    this.setFlags(slot, this.flags(slot) & ~SegmentFlag.retransmitted);
  }

  /** Joins the SACKed record at `index` with its SACKed neighbours; returns where the whole lies then. */
  mergeSacked(index: number): number {
    if (index + 1 < this.count && this.isMergeable(index)) this.mergeWithNext(index);
    if (index === 0 || !this.isMergeable(index - 1)) return index;
    this.mergeWithNext(index - 1);
    return index - 1;
  }

  clear(): void {
    this.totalWeight = this.sackedWeight = this.lostWeight = this.retransmittedWeight = this.waitingWeight = 0;
    this.order.clear();
    this.forgetAll();
  }

  /** Joins the record at `index` with the next one: both are lost and wait to be sent again, which they will be as one. */
  joinNext(index: number): void {
    const slot = this.slotAt(index);
    const at = slot << Field.STRIDE_LOG2;
    const { records } = this;
    this.mergeWithNext(index);
    const before = records[at + Field.WEIGHT]!;
    const after = this.weighAnew(at);
    this.addWeights(records[at + Field.FLAGS]!, after - before);
  }

  /** Lost, and no copy is on its way. */
  isWaiting(slot: number): boolean {
    return (this.flags(slot) & (SegmentFlag.lost | SegmentFlag.retransmitted)) === SegmentFlag.lost;
  }

  private isMergeable(index: number): boolean {
    this.visited++;
    const both = SegmentFlag.sacked | SegmentFlag.retransmitted;
    const left = this.flags(this.slotAt(index)) & both;
    return left === SegmentFlag.sacked && left === (this.flags(this.slotAt(index + 1)) & both);
  }

  private mergeWithNext(index: number): void {
    const slot = this.slotAt(index);
    const next = this.slotAt(index + 1);
    const { records } = this;
    const to = slot << Field.STRIDE_LOG2;
    const from = next << Field.STRIDE_LOG2;
    records[to + Field.END] = records[from + Field.END]!;
    records[to + Field.WEIGHT] = records[to + Field.WEIGHT]! + records[from + Field.WEIGHT]!;
    records[to + Field.FLAGS] = records[to + Field.FLAGS]! | records[from + Field.FLAGS]!;
    this.giveSlot(next);
    this.order.remove(index + 1);
  }

  /** Writes down, and returns, what the record at `at` weighs by its numbers. */
  private weighAnew(at: number): number {
    const { records, unit } = this;
    const length = (records[at + Field.END]! - records[at + Field.SEQ]!) | 0;
    const fin = unit !== 0 && records[at + Field.FLAGS]! & SegmentFlag.fin ? 1 : 0;
    const weight = weigh(length - fin, records[at + Field.MSS]!, unit);
    records[at + Field.WEIGHT] = weight;
    return weight;
  }

  private setFlags(slot: number, flags: number): void {
    const at = (slot << Field.STRIDE_LOG2) + Field.FLAGS;
    const weight = this.weight(slot);
    this.addWeights(this.records[at]!, -weight);
    this.records[at] = flags;
    this.addWeights(flags, weight);
  }

  private addWeights(flags: number, weight: number): void {
    this.totalWeight += weight;
    if (flags & SegmentFlag.sacked) this.sackedWeight += weight;
    if (flags & SegmentFlag.lost) {
      this.lostWeight += weight;
      if ((flags & SegmentFlag.retransmitted) === 0) this.waitingWeight += weight;
    }
    if (flags & SegmentFlag.retransmitted) this.retransmittedWeight += weight;
  }
}
