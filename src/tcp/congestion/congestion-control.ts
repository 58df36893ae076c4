/**
 * The one interface of congestion controls (RFC 9293 section 3.8.2, RFC 5681). A control decides the size of the window
 * (`cwnd`, `ssthresh`, bytes, kept in the Tcb); when something is lost is decided elsewhere.
 */
import type { TcpSettings } from '../settings.ts';
import type { Tcb } from '../tcb.ts';

export interface CongestionControl {
  readonly name: string;
  /** `acked` octets were newly acknowledged outside recovery; `flightBefore` were in flight before that. */
  onAcked(tcb: Tcb, acked: number, flightBefore: number, settings: TcpSettings): void;
  /** ssthresh after a loss, from the octets in flight (RFC 5681 equation 4). */
  thresholdAfterLoss(tcb: Tcb, flight: number): number;
}
