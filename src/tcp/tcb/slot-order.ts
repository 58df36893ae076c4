/**
 * A list of small integers in a ring: taken from the front, put at the end, and now and then inserted or removed in the middle,
 * where whichever side is shorter moves. The scoreboard keeps its records' places in sequence order in it.
 */
import { seqLe } from '../seq.ts';

export class SlotOrder {
  /** Integers in the list. */
  count = 0;
  /** How many were taken from the front so far. */
  removed = 0;
  private ring: Int32Array;
  private first = 0;

  /** @param capacity a power of two; the ring grows by doubling */
  constructor(capacity: number) {
    this.ring = new Int32Array(capacity);
  }

  /** The integer at `index`, which must be below `count`. */
  at(index: number): number {
    return this.ring[(this.first + index) & (this.ring.length - 1)]!;
  }

  /** Puts `value` in the place of the integer at `index`. */
  set(index: number, value: number): void {
    this.ring[(this.first + index) & (this.ring.length - 1)] = value;
  }

  push(value: number): void {
    if (this.count === this.ring.length) this.grow();
    this.ring[(this.first + this.count) & (this.ring.length - 1)] = value;
    this.count++;
  }

  /** Drops the first. */
  shift(): void {
    this.first = (this.first + 1) & (this.ring.length - 1);
    this.count--;
    this.removed++;
  }

  insert(index: number, value: number): void {
    if (this.count === this.ring.length) this.grow();
    const { ring } = this;
    const mask = ring.length - 1;
    if (index < this.count >> 1) {
      this.first = (this.first - 1) & mask;
      for (let k = 0; k < index; k++) ring[(this.first + k) & mask] = ring[(this.first + k + 1) & mask]!;
    } else {
      for (let k = this.count; k > index; k--) ring[(this.first + k) & mask] = ring[(this.first + k - 1) & mask]!;
    }
    ring[(this.first + index) & mask] = value;
    this.count++;
  }

  remove(index: number): void {
    const { ring, first } = this;
    const mask = ring.length - 1;
    if (index < this.count >> 1) {
      for (let k = index; k > 0; k--) ring[(first + k) & mask] = ring[(first + k - 1) & mask]!;
      this.first = (first + 1) & mask;
    } else {
      for (let k = index; k < this.count - 1; k++) ring[(first + k) & mask] = ring[(first + k + 1) & mask]!;
    }
    this.count--;
  }

  clear(): void {
    this.count = 0;
    this.removed = 0;
    this.first = 0;
  }

  private grow(): void {
    const { ring, first, count } = this;
    const wider = new Int32Array(ring.length * 2);
    for (let index = 0; index < count; index++) wider[index] = ring[(first + index) & (ring.length - 1)]!;
    this.ring = wider;
    this.first = 0;
  }
}

/** Drops those up to `seq` of a list of ascending sequence numbers. */
export function shiftThrough(list: SlotOrder, seq: number): void {
  while (list.count > 0 && seqLe(list.at(0), seq)) list.shift();
}
