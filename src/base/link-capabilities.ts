/** What a carrier of frames can do, told to the interface that is plugged into it. */

/** Ethernet frames, or bare IP packets as on a TUN device. */
export type LinkMedium = 'ethernet' | 'ip';

/** The largest IP packet there is (RFC 791 section 3.1), and what a carrier has that cuts nothing: bytes. */
export const MTU_MAX = 65_535;

/** What a link must carry in one piece for IPv6 (RFC 8200 section 5). */
export const IPV6_MIN_MTU = 1280;

/** Data, not code: the stack adapts to it when an interface is made. */
export interface LinkCapabilities {
  /** Whether frames start with an Ethernet header; an interface on Ethernet needs a hardware address. */
  readonly medium: LinkMedium;
  /** Largest IP packet in bytes. */
  readonly mtu: number;
  /** Carries TCP super-segments (gsoSize > 0) whole, over IPv4 and over IPv6. */
  readonly tso4: boolean;
  readonly tso6: boolean;
  /**
   * TCP super-segments with Accurate ECN's counter are carried, too, and CWR stays on each segment they are cut into; not when left
   * out: network cards and Linux's TUN clear it in all but the first.
   */
  readonly tsoAccEcn?: boolean;
  /** Carries UDP super-segments whole. */
  readonly uso: boolean;
  /** Completes transport checksums for the sender and vouches for them to the receiver. */
  readonly checksum: boolean;
}

/** A plain carrier: no offload. */
export function plainCapabilities(medium: LinkMedium, mtu: number): LinkCapabilities {
  return { medium, mtu, tso4: false, tso6: false, uso: false, checksum: false };
}
