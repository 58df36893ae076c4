/**
 * The one interface of congestion controls (RFC 9293 section 3.8.2, RFC 5681). A control decides how wide the window is
 * (`tcb.cwnd`, `tcb.ssthresh`, octets) and, if it paces, how fast segments follow each other (`tcb.pacingRate`, octets per
 * second). What is lost, and how a reduction is spread over the acknowledgments of recovery (PRR), is decided elsewhere.
 * Every connection has an instance of its own: plain data with methods, so that snapshots can copy it.
 */

import type { TcpEnvironment } from '../environment.ts';
import type { AckSample } from '../recovery/ack-sample.ts';
import type { Tcb } from '../tcb/tcb.ts';

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

/** What every congestion control does: it hears of acknowledgments, losses and marks, and says how much may be in flight. */
export interface CongestionControl {
  /** As in `net.ipv4.tcp_congestion_control`. */
  readonly name: string;
  /** Segments must leave at `tcb.pacingRate`. */
  readonly isPaced: boolean;
  /** Wants every mark reported by the receiver at once and answers in proportion (RFC 8257): implies ECN. */
  readonly isDctcp: boolean;
  /** Congestion windows that the send buffer is to hold; default 2. */
  readonly bufferedWindows?: number;
  /** The connection is established, or has just been given this control. `tcb.cwnd` holds the initial window. */
  start(env: TcpEnvironment, tcb: Tcb): void;
  /** Data was acknowledged while no reduction is going on, and the window was in use: it may grow. */
  onAcked(env: TcpEnvironment, tcb: Tcb, ack: AckSample): void;
  /** ssthresh after a loss (or, `isMark`, after an ECN mark), in octets, at least two segments unless marked. */
  thresholdAfterLoss(env: TcpEnvironment, tcb: Tcb, flight: number, isMark: boolean): number;
  /** The window after the loss turned out to be none; `tcb.priorCwnd` is what it was before. */
  windowAfterUndo(env: TcpEnvironment, tcb: Tcb): number;
  /**
   * Given, the control sets `cwnd` (and `pacingRate`) itself on every acknowledgment, in recovery too: neither `onAcked` nor
   * PRR run for it.
   */
  control?(env: TcpEnvironment, tcb: Tcb, ack: AckSample): void;
  /** Every acknowledgment of new data, in any state, before anything above: delay-based slow start exits look here. */
  onSample?(env: TcpEnvironment, tcb: Tcb, ack: AckSample): void;
  /**
   * A segment was judged lost: its weight, what was in flight when it was sent, `Tcb.lost` then, and whether the sender had too
   * little to send.
   */
  onLost?(
    env: TcpEnvironment,
    tcb: Tcb,
    weight: number,
    txInFlight: number,
    lostAtSend: number,
    isAppLimited: boolean,
  ): void;
  /** Recovery moves from one CaState to another; `tcb.caState` still holds the old one. */
  onState?(env: TcpEnvironment, tcb: Tcb, state: number): void;
  /** A CaEvent. */
  onEvent?(env: TcpEnvironment, tcb: Tcb, event: number): void;
}
