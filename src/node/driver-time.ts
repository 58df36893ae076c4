/**
 * The driver's time: microseconds that only go forward, from zero at its making, and what zero is on the wall clock.
 * Make it before the stack, so that both count alike: `new Stack({ epochUs: time.epochUs, ... })`.
 */

/** What a driver needs to know of time. */
export interface DriverTime {
  /** Microseconds since 1970 at which `nowUs` was 0. */
  readonly epochUs: number;
  /** Microseconds since the epoch, monotonic. */
  nowUs(): number;
}

/** Time of this machine. A clock that is set meanwhile does not disturb it. */
export class SystemTime implements DriverTime {
  readonly epochUs: number;
  private readonly startMs: number;

  constructor() {
    this.startMs = performance.now();
    this.epochUs = Date.now() * 1000;
  }

  nowUs(): number {
    return (performance.now() - this.startMs) * 1000;
  }
}
