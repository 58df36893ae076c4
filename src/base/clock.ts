/**
 * The hour inside the stack. A driver passes microseconds since an epoch it names; inside, time is kept as int32
 * compared modulo 2^32, because a double or an integer past 2^31 costs an allocation per use.
 * `us` wraps after 71 minutes (round-trip times), `tick` of 100 microseconds after 119 hours (timers).
 */

/** Microseconds of one timer tick. */
export const TICK_US = 100;
export const TICKS_PER_MS = 10;
export const TICKS_PER_SECOND = 10_000;

/** The present as the driver last told it. */
export class Clock {
  /** The driver's own figure, microseconds since its epoch. */
  nowUs = 0;
  /** `nowUs` modulo 2^32, as int32. */
  us = 0;
  /** Ticks modulo 2^32, as int32, rounded down. */
  tick = 0;
  /** Milliseconds modulo 2^32, as int32: the timestamp clock of RFC 7323. */
  ms = 0;
  /** Seconds, rounded down: for what is told in days. */
  seconds = 0;
  /** What `nowUs` 0 means in microseconds of wall clock since 1970; for captures, cookies and key rotation. */
  readonly epochUs: number;

  /** @param epochUs wall clock at `nowUs` 0, microseconds since 1970 */
  constructor(epochUs: number) {
    this.epochUs = epochUs;
  }

  /** Sets the present. Time that runs backwards is held at the latest moment seen. */
  set(nowUs: number): void {
    if (nowUs <= this.nowUs) return;
    this.nowUs = nowUs;
    this.us = nowUs | 0;
    this.tick = Math.floor(nowUs / TICK_US) | 0;
    this.ms = Math.floor(nowUs / 1000) | 0;
    this.seconds = Math.floor(nowUs / 1e6) | 0;
  }

  /** The driver's microseconds at which `tick` begins; exact within 59 hours of the present. */
  tickToUs(tick: number): number {
    return (Math.floor(this.nowUs / TICK_US) + ((tick - this.tick) | 0)) * TICK_US;
  }
}

/** Ticks of a duration in milliseconds, rounded up. */
export function msToTicks(ms: number): number {
  return Math.ceil(ms * TICKS_PER_MS) | 0;
}

/** Ticks of a duration in microseconds, rounded up. */
export function usToTicks(us: number): number {
  return Math.ceil(us / TICK_US) | 0;
}
