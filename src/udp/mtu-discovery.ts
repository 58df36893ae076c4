/**
 * How an endpoint deals with datagrams that may be too large for the path (Linux's IP_MTU_DISCOVER), what it has sent to whom,
 * so that messages that something was too big can be judged, and the last of those that were believed.
 * Invariant: a message is believed only about a datagram at least as large, sent lately to the destination it names.
 */
import type { Address } from '../base/address.ts';

/**
 * - `dont`: never DF; what is larger than the path's MTU goes in fragments, and routers may cut it.
 * - `want`: DF where the datagram fits the path's MTU, fragments where it does not (Linux's default).
 * - `do`: always DF; EMSGSIZE where it does not fit the path's MTU.
 * - `probe`: always DF, held only to the MTU of the interface: for programs that find the path's MTU themselves (RFC 8899).
 * - `interface`: never DF, only the interface's MTU counts, EMSGSIZE above it; what routers say is ignored.
 * - `omit`: as `interface`, with fragments above the interface's MTU.
 */
export type PathMtuDiscovery = 'dont' | 'want' | 'do' | 'probe' | 'interface' | 'omit';

export const PATH_MTU_DISCOVERIES: readonly PathMtuDiscovery[] = ['dont', 'want', 'do', 'probe', 'interface', 'omit'];

/** A router said that a datagram of this endpoint was too big. */
export interface PathMtuReport {
  /** The peer the datagram was for. */
  readonly address: Address;
  readonly port: number;
  /** Next-hop MTU as reported, bytes of IP packet; 0 from a router older than RFC 1191. */
  readonly mtu: number;
  /** Bytes of the IP packet that did not fit. */
  readonly quotedLength: number;
}

/** Destinations remembered by one endpoint. */
const DESTINATIONS_MAX = 32;
const IPV6_MTU_MIN = 1280;

/** Sizes of what an endpoint has sent, by destination, those used longest ago forgotten first. */
export class SentSizes {
  private readonly addresses: Address[] = [];
  private readonly sizes: number[] = [];
  private last = 0;

  /** An IP packet of `size` bytes was sent to `remote`. */
  note(remote: Address, size: number): void {
    const at = this.indexOf(remote);
    if (at >= 0) {
      if ((this.sizes[at] ?? 0) < size) this.sizes[at] = size;
      this.last = at;
      return;
    }
    if (this.addresses.length < DESTINATIONS_MAX) this.last = this.addresses.length;
    else this.last = (this.last + 1) % DESTINATIONS_MAX;
    this.addresses[this.last] = remote;
    this.sizes[this.last] = size;
  }

  /** Largest IP packet sent to `remote`, 0 when none is remembered. */
  largestTo(remote: Address): number {
    const at = this.indexOf(remote);
    return at < 0 ? 0 : (this.sizes[at] ?? 0);
  }

  private indexOf(remote: Address): number {
    if (this.addresses[this.last] === remote) return this.last;
    return this.addresses.findIndex((address) => address.equals(remote));
  }
}

// RFC 8899 §4.6.1 R8899-2: it has to quote something that was sent.
/**
 * RFC 8201 §4: whether a router can have meant a datagram of ours.
 * @param mtu next-hop MTU as reported
 * @param quotedLength of the quoted IP packet
 * @param sentSize largest IP packet sent to that destination
 */
export function isTooBigPlausible(family: 4 | 6, mtu: number, quotedLength: number, sentSize: number): boolean {
  if (sentSize === 0 || quotedLength > sentSize) return false;
  if (mtu === 0) return family === 4;
  return quotedLength > mtu && (family === 4 || mtu >= IPV6_MTU_MIN);
}
