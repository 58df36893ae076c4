/**
 * The client's memory of TCP Fast Open (RFC 7413 section 4.1.3): for each pair of addresses the server's cookie and MSS, and
 * for each of its ports whether Fast Open went wrong there lately. Bounded; what was not used for longest goes first.
 */
import type { ConnectionKey } from '../connection-key.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import { CookieEntry, forgetOldest } from './cookie-entry.ts';

/** Pairs of addresses remembered. */
const ENTRIES_MAX = 1024;

/** A connection by its addresses. */
interface Keyed {
  readonly key: ConnectionKey;
}

// RFC 7413 §4.1.3 R7413-4, R7413-14: one cookie and MSS for each pair of addresses.
export class CookieCache {
  private readonly entries = new Map<string, CookieEntry>();

  get size(): number {
    return this.entries.size;
  }

  /** What is known of the connection's peer, or null. */
  find(connection: Keyed): CookieEntry | null {
    const name = nameOf(connection);
    const entry = this.entries.get(name);
    if (entry === undefined) return null;
    this.entries.delete(name);
    this.entries.set(name, entry);
    return entry;
  }

  entryOf(connection: Keyed): CookieEntry {
    const known = this.find(connection);
    if (known !== null) return known;
    forgetOldest(this.entries, ENTRIES_MAX);
    const entry = new CookieEntry();
    this.entries.set(nameOf(connection), entry);
    return entry;
  }

  // RFC 7413 §4.1.3.1 R7413-9: what went wrong is remembered by port, because services of one host differ.
  /** Fast Open did not work with this peer: it is left alone for a while, twice as long each time. */
  refused(env: TcpSurroundings, connection: Keyed): void {
    const pauseUs = env.settings.fastopen_refused_sec * 1e6;
    if (pauseUs > 0) this.entryOf(connection).refused(connection.key.remotePort, env.clock.nowUs, pauseUs);
  }

  clear(): void {
    this.entries.clear();
  }
}

function nameOf({ key }: Keyed): string {
  return `${key.localAddress.toString()} ${key.remoteAddress.toString()}`;
}
