/** What congestion controls are told: where loss recovery stands, and events. */

/** Where loss recovery stands; the numbers are those of tcp_info's `ca_state`. */
export const CaState = {
  /** Nothing unusual. */
  open: 0,
  /** Duplicate ACKs or SACK blocks came, nothing is judged lost yet. */
  disorder: 1,
  /** The window is being reduced without a loss: an ECN mark, or a loss that a tail loss probe has repaired. */
  cwr: 2,
  /** Fast recovery: lost segments are sent again while acknowledgments arrive. */
  recovery: 3,
  /** After a retransmission timeout. */
  loss: 4,
} as const;

/** What else a control may want to know. */
export const CaEvent = {
  /** The first segment after everything was acknowledged leaves now. */
  transmitStart: 0,
  /** The window was cut back after idling; the old growth curve is over. */
  idleRestart: 1,
  /** A reduction (recovery or CWR) is complete. */
  reductionComplete: 2,
  /** A retransmission timeout: `cwnd` is about to become one segment. */
  timeout: 3,
  /** Nothing is in flight and no timer runs: what only concerned the last round trip can be forgotten. */
  rest: 4,
} as const;
