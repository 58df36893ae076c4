/**
 * The probes that are on the way, in the order of sending per host: fixed memory, removal in one step. And a queue of plain numbers for
 * ports that want another try.
 */

const NONE = -1;

/** The oldest and newest probe of one host. */
export interface ProbeChain {
  first: number;
  last: number;
}

/** Records of probes by number, 0 to capacity - 1. */
export class ProbeStore {
  readonly item: Int32Array;
  readonly sentUs: Float64Array;
  private readonly next: Int32Array;
  private readonly previous: Int32Array;
  private free = 0;

  constructor(capacity: number) {
    this.item = new Int32Array(capacity);
    this.sentUs = new Float64Array(capacity);
    this.next = new Int32Array(capacity).fill(NONE);
    for (let index = 1; index < capacity; index++) this.next[index - 1] = index;
    this.previous = new Int32Array(capacity).fill(NONE);
  }

  static emptyChain(): ProbeChain {
    return { first: NONE, last: NONE };
  }

  get isFull(): boolean {
    return this.free === NONE;
  }

  /** Appends a record; the store must not be full. Returns its number. */
  add(chain: ProbeChain, item: number, nowUs: number): number {
    const record = this.free;
    this.free = this.next[record]!;
    this.item[record] = item;
    this.sentUs[record] = nowUs;
    this.next[record] = NONE;
    this.previous[record] = chain.last;
    if (chain.last === NONE) chain.first = record;
    else this.next[chain.last] = record;
    chain.last = record;
    return record;
  }

  remove(chain: ProbeChain, record: number): void {
    const next = this.next[record]!;
    const previous = this.previous[record]!;
    if (previous === NONE) chain.first = next;
    else this.next[previous] = next;
    if (next === NONE) chain.last = previous;
    else this.previous[next] = previous;
    this.next[record] = this.free;
    this.free = record;
  }
}

/** First in, first out; grows as needed, bounded by the number of ports. */
export class NumberQueue {
  private values = new Int32Array(16);
  private head = 0;
  private count = 0;

  get length(): number {
    return this.count;
  }

  push(value: number): void {
    if (this.count === this.values.length) this.grow();
    this.values[(this.head + this.count) & (this.values.length - 1)] = value;
    this.count++;
  }

  /** The oldest; -1 when empty. */
  shift(): number {
    if (this.count === 0) return NONE;
    const value = this.values[this.head]!;
    this.head = (this.head + 1) & (this.values.length - 1);
    this.count--;
    return value;
  }

  private grow(): void {
    const larger = new Int32Array(this.values.length * 2);
    for (let index = 0; index < this.count; index++) {
      larger[index] = this.values[(this.head + index) & (this.values.length - 1)]!;
    }
    this.values = larger;
    this.head = 0;
  }
}
