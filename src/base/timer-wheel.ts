/**
 * A hierarchical timer wheel: seven levels of 32 slots over int32 ticks. An entry sits at the level of the highest
 * base-32 digit in which its tick differs from the present, so every entry of a lower level is due before any of a higher one.
 * Arming and cancelling are constant time and allocate nothing. Invariant: above level 0 the slot of the present is empty.
 */

const LEVELS = 7;
const SLOTS = 32;

/** Base of everything that wants to be woken. One object has one place in the wheel. */
export abstract class TimerEntry {
  /** What kind of object this is, for the owner's dispatch. */
  abstract readonly timerKind: number;
  /** Due tick (int32), meaningful while armed. */
  dueTick = 0;
  /** Slot in the wheel, -1 while not armed. */
  wheelSlot = -1;
  wheelPrevious: TimerEntry | null = null;
  wheelNext: TimerEntry | null = null;

  get isArmed(): boolean {
    return this.wheelSlot >= 0;
  }
}

/** The wheel. Ticks are int32 compared modulo 2^32; nothing may be armed 2^31 ticks or more ahead. */
export class TimerWheel {
  /** The first tick not yet processed. */
  private current: number;
  private size = 0;
  private readonly heads: (TimerEntry | null)[] = new Array<TimerEntry | null>(LEVELS * SLOTS).fill(null);
  private readonly tails: (TimerEntry | null)[] = new Array<TimerEntry | null>(LEVELS * SLOTS).fill(null);
  private readonly bitmaps = new Int32Array(LEVELS);

  constructor(startTick: number) {
    this.current = startTick | 0;
  }

  get count(): number {
    return this.size;
  }

  /** Arms or re-arms `entry` for `tick`; a tick in the past is due at the next `popDue`. */
  schedule(entry: TimerEntry, tick: number): void {
    if (entry.wheelSlot >= 0) this.unlink(entry);
    else this.size++;
    entry.dueTick = ((tick - this.current) | 0) < 0 ? this.current : tick | 0;
    this.link(entry);
  }

  cancel(entry: TimerEntry): void {
    if (entry.wheelSlot < 0) return;
    this.unlink(entry);
    entry.wheelSlot = -1;
    this.size--;
  }

  /** True while anything is armed. */
  get isPending(): boolean {
    return this.size > 0;
  }

  /** A tick not later than the next due entry; may be early by the width of a higher slot. Only while `isPending`. */
  nextTick(): number {
    for (let level = 0; level < LEVELS; level++) {
      const bitmap = this.bitmaps[level]!;
      if (bitmap === 0) continue;
      const shift = level * 5;
      const here = (this.current >>> shift) & 31;
      const ahead = bitmap & (-1 << here);
      const slot = ahead !== 0 ? lowestBit(ahead) : lowestBit(bitmap);
      const base = level === LEVELS - 1 ? 0 : this.current & (-1 << (shift + 5));
      return base | (slot << shift);
    }
    return this.current;
  }

  /**
   * Removes and returns the earliest entry due at or before `tick`, or null. Entries of one tick come in arming order.
   */
  popDue(tick: number): TimerEntry | null {
    while (this.size > 0) {
      const next = this.nextTick();
      if (((next - tick) | 0) > 0) break;
      if (next !== this.current) this.moveTo(next);
      const entry = this.heads[this.current & 31] ?? null;
      if (entry !== null) {
        this.cancel(entry);
        return entry;
      }
    }
    // An empty wheel may have slept for longer than int32 differences can tell.
    if (this.size === 0) this.current = (tick + 1) | 0;
    else if (((tick + 1 - this.current) | 0) > 0) this.moveTo((tick + 1) | 0);
    return null;
  }

  /**
   * Tells an empty wheel the present; one with entries learns it from `popDue`. To be called whenever the clock moves:
   * nothing else wakes the owner of an empty wheel, and after 2^31 ticks it would take what is armed for long past.
   */
  skipTo(tick: number): void {
    if (this.size === 0) this.current = tick | 0;
  }

  /** Advances the present and brings down what now belongs to a lower level. */
  private moveTo(tick: number): void {
    this.current = tick;
    for (let level = LEVELS - 1; level > 0; level--) {
      const slot = (tick >>> (level * 5)) & 31;
      if ((this.bitmaps[level]! & (1 << slot)) === 0) continue;
      const index = level * SLOTS + slot;
      let entry = this.heads[index] ?? null;
      this.heads[index] = null;
      this.tails[index] = null;
      this.bitmaps[level]! &= ~(1 << slot);
      while (entry !== null) {
        const following: TimerEntry | null = entry.wheelNext;
        this.link(entry);
        entry = following;
      }
    }
  }

  private link(entry: TimerEntry): void {
    const difference = entry.dueTick ^ this.current;
    const level = difference === 0 ? 0 : ((31 - Math.clz32(difference)) / 5) | 0;
    const slot = (entry.dueTick >>> (level * 5)) & 31;
    const index = level * SLOTS + slot;
    const tail = this.tails[index] ?? null;
    entry.wheelSlot = index;
    entry.wheelPrevious = tail;
    entry.wheelNext = null;
    if (tail === null) this.heads[index] = entry;
    else tail.wheelNext = entry;
    this.tails[index] = entry;
    this.bitmaps[level]! |= 1 << slot;
  }

  private unlink(entry: TimerEntry): void {
    const index = entry.wheelSlot;
    const previous = entry.wheelPrevious;
    const next = entry.wheelNext;
    if (previous === null) this.heads[index] = next;
    else previous.wheelNext = next;
    if (next === null) this.tails[index] = previous;
    else next.wheelPrevious = previous;
    entry.wheelPrevious = null;
    entry.wheelNext = null;
    if (this.heads[index] === null) this.bitmaps[index >> 5]! &= ~(1 << (index & 31));
  }
}

function lowestBit(bitmap: number): number {
  return 31 - Math.clz32(bitmap & -bitmap);
}
