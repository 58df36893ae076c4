/**
 * The client's memory of TCP Fast Open (RFC 7413 section 4.1.3): for each pair of addresses the server's cookie and MSS, and
 * for each of its ports whether Fast Open went wrong there lately. Bounded; what was not used for longest goes first.
 */
import type { TcpEnvironment } from '../environment.ts';
import type { Tcb } from '../tcb/tcb.ts';

/** Pairs of addresses remembered. */
const ENTRIES_MAX = 1024;
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

// RFC 7413 §4.1.3 R7413-4, R7413-14: one cookie and MSS for each pair of addresses.
export class CookieCache {
  private readonly entries = new Map<string, CookieEntry>();

  get size(): number {
    return this.entries.size;
  }

  /** What is known of the connection's peer, or null. */
  find(tcb: Tcb): CookieEntry | null {
    const name = nameOf(tcb);
    const entry = this.entries.get(name);
    if (entry === undefined) return null;
    this.entries.delete(name);
    this.entries.set(name, entry);
    return entry;
  }

  entryOf(tcb: Tcb): CookieEntry {
    const known = this.find(tcb);
    if (known !== null) return known;
    forgetOldest(this.entries, ENTRIES_MAX);
    const entry = new CookieEntry();
    this.entries.set(nameOf(tcb), entry);
    return entry;
  }

  // RFC 7413 §4.1.3.1 R7413-9: what went wrong is remembered by port, because services of one host differ.
  /** Fast Open did not work with this peer: it is left alone for a while, twice as long each time. */
  refused(env: TcpEnvironment, tcb: Tcb): void {
    const pauseUs = env.settings.fastopen_refused_sec * 1e6;
    if (pauseUs > 0) this.entryOf(tcb).refused(tcb.key.remotePort, env.clock.nowUs, pauseUs);
  }

  clear(): void {
    this.entries.clear();
  }
}

/** Makes room for one more. */
function forgetOldest<K>(map: Map<K, unknown>, max: number): void {
  if (map.size < max) return;
  for (const oldest of map.keys()) {
    map.delete(oldest);
    return;
  }
}

function nameOf(tcb: Tcb): string {
  return `${tcb.key.localAddress.toString()} ${tcb.key.remoteAddress.toString()}`;
}
