/** The terms of a connection that the SYNs settle. */

/** What the peer's SYN has settled; of a Tcb or a half-open connection. */
export interface SynTerms {
  /** Bits of Agreed. */
  agreed: number;
  /** 0: the peer has not said. */
  peerMss: number;
  sndScale: number;
  tsRecent: number;
  tsRecentS: number;
}
