/**
 * The hour of a simulated network: microseconds that pass only when somebody says so. It may start anywhere, so that
 * tests begin shortly before the int32 clocks inside the stacks wrap.
 */
import { ArgumentError } from '../base/errors.ts';

/** Microseconds that never run backwards. */
export class VirtualClock {
  /** Microseconds since the network's epoch. */
  nowUs: number;
  /** What 0 means in microseconds since 1970. */
  readonly epochUs: number;

  /** @throws ArgumentError when a start is negative or not finite */
  constructor(startUs: number, epochUs: number) {
    if (!(startUs >= 0 && Number.isFinite(startUs))) {
      throw new ArgumentError('startUs', `must be a finite number of at least 0, got ${String(startUs)}`);
    }
    if (!(epochUs >= 0 && Number.isFinite(epochUs))) {
      throw new ArgumentError('epochUs', `must be a finite number of at least 0, got ${String(epochUs)}`);
    }
    this.nowUs = startUs;
    this.epochUs = epochUs;
  }

  get nowMs(): number {
    return this.nowUs / 1000;
  }

  /** Moves on to `timeUs`; earlier hours change nothing. */
  advanceTo(timeUs: number): void {
    if (timeUs > this.nowUs) this.nowUs = timeUs;
  }
}
