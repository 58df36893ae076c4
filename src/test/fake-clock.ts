/** What all kinds of fake timers are made into. */

/** A clock of fake timers. Milliseconds, counted as the timers count them. */
export interface FakeClock {
  /** False once the real timers are back: the clock stands still then. */
  readonly isInstalled: boolean;
  readonly nowMs: number;
  /** Infinity when no timer is set. */
  readonly nextDueMs: number;
  /** Moves on to `timeMs`; of timers due by then it fires the first one or all. */
  advanceTo(timeMs: number): void;
}
