/**
 * Where the records of a scoreboard lie: slots of one Int32Array, and through them a linked list of those that are on their
 * way, in the order in which they were sent, which is all that RACK looks at.
 */
import * as Field from './segment-record.ts';

export const FIRST_CAPACITY = 16;
const NONE = -1;

export class SegmentStore {
  /** Records touched so far, probes of searches included: what an acknowledgment costs. */
  visited = 0;
  /** Octets counted for the records. */
  charged = 0;
  protected records: Int32Array = new Int32Array(FIRST_CAPACITY << Field.STRIDE_LOG2);
  private freeSlot = NONE;
  private usedSlots = 0;
  private oldest = NONE;
  protected newest = NONE;

  /** Records it has memory for. */
  get capacity(): number {
    return this.records.length >> Field.STRIDE_LOG2;
  }

  /** Octets of memory the records take. */
  get weightOctets(): number {
    return this.records.length << 2;
  }

  seq(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.SEQ]!;
  }

  end(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.END]!;
  }

  weight(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.WEIGHT]!;
  }

  flags(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.FLAGS]!;
  }

  /** When it was sent last, int32 microseconds. */
  sentUs(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.SENT_US]!;
  }

  /** The how manieth transmission of the connection it was, int32: orders those of one microsecond. */
  sendOrder(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.SEND_ORDER]!;
  }

  /** `Tcb.delivered`, modulo 2^32, when it was sent; for delivery rates. */
  deliveredAtSend(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.DELIVERED]!;
  }

  deliveredUs(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.DELIVERED_US]!;
  }

  firstSentUs(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.FIRST_SENT_US]!;
  }

  /** Weight in flight when it was sent, itself included. */
  txInFlight(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.TX_IN_FLIGHT]!;
  }

  lostAtSend(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.LOST_AT_SEND]!;
  }

  /** Payload octets of a full segment when it was sent. */
  mss(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.MSS]!;
  }

  /** The record sent longest ago of those on their way, -1 when there is none. */
  get oldestSent(): number {
    return this.oldest;
  }

  /** Who was sent next after `slot`, -1 at the end. */
  nextSent(slot: number): number {
    return this.records[(slot << Field.STRIDE_LOG2) + Field.TIME_NEXT]!;
  }

  protected forgetAll(): void {
    this.freeSlot = NONE;
    this.usedSlots = 0;
    this.oldest = NONE;
    this.newest = NONE;
  }

  protected enlist(slot: number, after: number): void {
    const { records } = this;
    const at = slot << Field.STRIDE_LOG2;
    const next = after === NONE ? this.oldest : records[(after << Field.STRIDE_LOG2) + Field.TIME_NEXT]!;
    records[at + Field.TIME_PREVIOUS] = after;
    records[at + Field.TIME_NEXT] = next;
    records[at + Field.LISTED] = 1;
    if (after === NONE) this.oldest = slot;
    else records[(after << Field.STRIDE_LOG2) + Field.TIME_NEXT] = slot;
    if (next === NONE) this.newest = slot;
    else records[(next << Field.STRIDE_LOG2) + Field.TIME_PREVIOUS] = slot;
  }

  /** Back among those on their way, at its place by time. Rare: after an undo or a reneging peer. */
  protected enlistByTime(slot: number): void {
    if (this.records[(slot << Field.STRIDE_LOG2) + Field.LISTED] !== 0) return;
    const sentUs = this.sentUs(slot);
    const sendOrder = this.sendOrder(slot);
    let after = this.newest;
    while (after !== NONE && compareSent(this, after, sentUs, sendOrder) > 0) {
      this.visited++;
      after = this.records[(after << Field.STRIDE_LOG2) + Field.TIME_PREVIOUS]!;
    }
    this.enlist(slot, after);
  }

  protected unlist(slot: number): void {
    const { records } = this;
    const at = slot << Field.STRIDE_LOG2;
    if (records[at + Field.LISTED] === 0) return;
    const previous = records[at + Field.TIME_PREVIOUS]!;
    const next = records[at + Field.TIME_NEXT]!;
    if (previous === NONE) this.oldest = next;
    else records[(previous << Field.STRIDE_LOG2) + Field.TIME_NEXT] = next;
    if (next === NONE) this.newest = previous;
    else records[(next << Field.STRIDE_LOG2) + Field.TIME_PREVIOUS] = previous;
    records[at + Field.LISTED] = 0;
  }

  protected takeSlot(): number {
    const free = this.freeSlot;
    if (free !== NONE) {
      this.freeSlot = this.records[(free << Field.STRIDE_LOG2) + Field.TIME_NEXT]!;
      return free;
    }
    if (this.usedSlots << Field.STRIDE_LOG2 === this.records.length) this.grow();
    const slot = this.usedSlots++;
    this.records[(slot << Field.STRIDE_LOG2) + Field.LISTED] = 0;
    return slot;
  }

  protected giveSlot(slot: number): void {
    this.records[(slot << Field.STRIDE_LOG2) + Field.TIME_NEXT] = this.freeSlot;
    this.freeSlot = slot;
  }

  private grow(): void {
    const wider = new Int32Array(this.records.length * 2);
    wider.set(this.records);
    this.records = wider;
  }
}

/** Positive when the record at `slot` left after a transmission, negative when before it, 0 when it is (a part of) the same. */
export function compareSent(store: SegmentStore, slot: number, sentUs: number, sendOrder: number): number {
  const later = (store.sentUs(slot) - sentUs) | 0;
  return later === 0 ? (store.sendOrder(slot) - sendOrder) | 0 : later;
}
