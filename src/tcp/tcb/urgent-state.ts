/** The urgent pointers of both directions (RFC 9293 section 3.8.5). */

/** Attached to a connection when either side uses the mechanism. */
export class UrgentState {
  /** SND.UP: the octet after our urgent data; valid while `isSending`. */
  sndUp = 0;
  isSending = false;
  /** RCV.UP: the octet after the peer's urgent data; valid while `isReceiving`. */
  rcvUp = 0;
  isReceiving = false;
  /** The out-of-band octet was read already. */
  isOctetTaken = false;
}
