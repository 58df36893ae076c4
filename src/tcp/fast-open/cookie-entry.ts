/** What a client knows of one server's Fast Open (RFC 7413 section 4.1.3). */

/** Ports of one server that are remembered as refusing. */
const REFUSALS_MAX = 16;
/** The pause doubles up to this many times. */
const DOUBLINGS_MAX = 6;

interface Refusal {
  times: number;
  untilUs: number;
}

/** What is known of one server. */
export class CookieEntry {
  cookie: Uint8Array = NO_COOKIE;
  isExperimental = false;
  /** MSS of its last SYN-ACK, 0 while unknown. */
  mss = 0;
  /** Its silence about kind 34: 0 none, 1 the next request is experimental, 2 nor did that help. */
  experiment = 0;
  private readonly refusals = new Map<number, Refusal>();

  isRefused(port: number, nowUs: number): boolean {
    const refusal = this.refusals.get(port);
    return refusal !== undefined && nowUs < refusal.untilUs;
  }

  refused(port: number, nowUs: number, pauseUs: number): void {
    const times = (this.refusals.get(port)?.times ?? 0) + 1;
    this.refusals.delete(port);
    forgetOldest(this.refusals, REFUSALS_MAX);
    this.refusals.set(port, { times, untilUs: nowUs + pauseUs * 2 ** Math.min(times - 1, DOUBLINGS_MAX) });
  }

  worked(port: number): void {
    this.refusals.delete(port);
  }
}

export const NO_COOKIE: Uint8Array = new Uint8Array(0);

/** Makes room for one more. */
export function forgetOldest<K>(map: Map<K, unknown>, max: number): void {
  if (map.size < max) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}
