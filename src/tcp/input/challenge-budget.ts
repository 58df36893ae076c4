/** The limit over all connections on challenge ACKs (RFC 5961 section 7). */
import { TICKS_PER_SECOND } from '../../base/clock.ts';
import type { TcpSurroundings } from '../surroundings.ts';

// RFC 5961 §7 R5961-5: setting challenge_ack_limit.
/** The setting that means no limit over all connections, as on Linux. */
const UNLIMITED = 2 ** 31 - 1;

/** What is left of this second's challenge ACKs, shared by all connections of a stack. */
export class ChallengeBudget {
  private secondStart = 0;
  private remaining = -1;

  /** Takes one; false when this second's are used up. */
  take(env: TcpSurroundings): boolean {
    const limit = env.settings.challenge_ack_limit;
    if (limit >= UNLIMITED) return true;
    const age = (env.clock.tick - this.secondStart) | 0;
    // A negative age has come round after days of silence.
    if (this.remaining < 0 || age < 0 || age >= TICKS_PER_SECOND) {
      this.secondStart = env.clock.tick;
      // Between half and one and a half times the limit, so that counting answers shows little; from the stream nobody sees.
      this.remaining = (limit >> 1) + ((env.random.secretInt32() >>> 0) % Math.max(1, limit));
    }
    if (this.remaining === 0) return false;
    this.remaining--;
    return true;
  }
}
