/** Joins fake timers to a network's clock: from the moment they are joined both pass the same time. */
import type { CompanionClock } from '../sim/network-pump.ts';
import type { FakeClock } from './fake-clock.ts';

/** Hours that are equal may differ by this after arithmetic, milliseconds. */
const ROUNDING_MS = 1e-6;

export class TimersCompanion implements CompanionClock {
  private readonly clock: FakeClock;
  /** The same moment on both clocks; differences from it are small numbers and exact. */
  private readonly startUs: number;
  private readonly startMs: number;

  constructor(clock: FakeClock, networkUs: number) {
    this.clock = clock;
    this.startUs = networkUs;
    this.startMs = clock.nowMs;
  }

  get nowUs(): number {
    return this.clock.isInstalled ? this.toUs(this.clock.nowMs) : Number.NEGATIVE_INFINITY;
  }

  get nextDueUs(): number {
    return this.clock.isInstalled ? this.toUs(this.clock.nextDueMs) : Number.POSITIVE_INFINITY;
  }

  advanceTo(timeUs: number): void {
    // A test gives the real timers back before its network is gone.
    if (!this.clock.isInstalled) return;
    // Timers know whole milliseconds: within one they lag behind the network.
    const timeMs = this.startMs + Math.floor((timeUs - this.startUs) / 1000 + ROUNDING_MS);
    if (timeMs > this.clock.nowMs || this.clock.nextDueMs <= timeMs) this.clock.advanceTo(timeMs);
  }

  private toUs(timeMs: number): number {
    return this.startUs + (timeMs - this.startMs) * 1000;
  }
}
