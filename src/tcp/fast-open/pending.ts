/** Connections that were handed out before their handshake is over (RFC 7413 section 5.1). */
import type { TcpSurroundings } from '../surroundings.ts';

/** How long a request that ended in a RST still counts, as on Linux. */
const RESET_COUNTS_US = 60e6;

// RFC 7413 §4.2 R7413-8: a limit, and a plain handshake beyond it.
// RFC 7413 §5.1 R7413-15: without a limit a flood of SYNs with good cookies would keep the server busy; and a RST sent by the owner of
// a forged address must not make room at once.
/** Connections of one listener that the user may have before their handshake is over. */
export class PendingFastOpens {
  /** 0: the listener does not take part. */
  readonly limit: number;
  count = 0;
  /** When those that were reset stop counting, oldest first; part of `count`. */
  private readonly resetsUs: number[] = [];

  constructor(limit: number) {
    this.limit = limit;
  }

  hasRoom(env: TcpSurroundings): boolean {
    if (this.count < this.limit) return true;
    const oldestUs = this.resetsUs[0];
    if (oldestUs === undefined || oldestUs > env.clock.nowUs) {
      env.extCounters.TCPFastOpenListenOverflow++;
      return false;
    }
    this.resetsUs.shift();
    this.count--;
    return true;
  }

  /** The handshake is over, or the connection. */
  ended(env: TcpSurroundings, isReset: boolean): void {
    if (isReset) this.resetsUs.push(env.clock.nowUs + RESET_COUNTS_US);
    else this.count--;
  }
}
