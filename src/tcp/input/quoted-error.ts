/** An ICMP error that quotes a segment of ours. */

/** What TCP wants to know of an ICMP error. */
export interface QuotedError {
  readonly kind: string;
  readonly code: number;
  /** Made on this host: the neighbor does not answer. */
  readonly local: boolean;
}
