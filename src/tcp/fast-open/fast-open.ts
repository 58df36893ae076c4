/**
 * TCP Fast Open (RFC 7413) of one host: what its connections share. The client's side of a connection is in `client.ts`, the
 * server's in `server.ts`; neither runs for a connection that does not ask for it.
 */
import type { TcpSurroundings } from '../surroundings.ts';
import { BlackHole } from './black-hole.ts';
import { CookieCache } from './cookie-cache.ts';
import { CookieKeys } from './cookie-keys.ts';

/** Bits of the setting `fastopen`, Linux's net.ipv4.tcp_fastopen. */
export const FastOpenBit = {
  client: 0x1,
  server: 0x2,
  /** The client sends data in the SYN without a cookie or option. */
  clientWithoutCookie: 0x4,
  /** The server takes data in a SYN without a cookie. */
  serverWithoutCookie: 0x200,
  /** Every listener takes part, with its backlog as the limit, whether it asked or not. */
  allListeners: 0x400,
} as const;

/** Keys, cookies and doubts of one host. */
export class FastOpen {
  /** The server's secret, for listeners without keys of their own. */
  readonly keys: CookieKeys = new CookieKeys();
  /** Cookies got from servers. */
  readonly cache: CookieCache = new CookieCache();
  readonly blackHole: BlackHole = new BlackHole();

  /**
   * Sets the keys cookies are made with, as net.ipv4.tcp_fastopen_key does. Without this call they are drawn, and renewed
   * after `fastopen_key_lifetime_sec`.
   * @param keys the primary one and, if any, the one whose cookies are still taken: `a1a1a1a1-b2b2b2b2-c3c3c3c3-d4d4d4d4`
   * @throws ArgumentError for another form or number of keys
   */
  setKeys(keys: readonly string[]): void {
    this.keys.set(keys);
  }

  /** A fresh key is drawn; cookies of the last one are still taken. */
  rotateKeys(env: TcpSurroundings): void {
    this.keys.rotate(env.random, env.clock.nowUs);
  }
}
