/**
 * Reno's congestion control: slow start and congestion avoidance (RFC 5681 section 3.1) by counted octets (RFC 3465), half the
 * window after a loss (RFC 6582), less of a cut after a congestion mark when asked (ABE, RFC 8511). Linux calls it `reno`.
 */

import type { AckSample } from '../recovery/ack-sample.ts';
import type { TcpSurroundings } from '../surroundings.ts';
import type { CongestionControl, Tcb } from '../tcb/tcb.ts';
import { CaState } from './ca-state.ts';
import { boundedThreshold, growByOnePer, slowStart } from './growth.ts';
import { HyStartPlusPlus } from './hystart-plus-plus.ts';

export class NewReno implements CongestionControl {
  readonly name: string = 'reno';
  readonly isPaced = false;
  readonly isDctcp: boolean = false;
  private hystart: HyStartPlusPlus | null = null;

  start(env: TcpSurroundings, tcb: Tcb): void {
    // Linux's Reno knows no HyStart; RFC 9406 is for any control.
    this.hystart = env.settings.hystart === 'plusplus' ? new HyStartPlusPlus() : null;
    this.hystart?.restart(env, tcb);
  }

  onSample(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void {
    this.hystart?.onSample(env, tcb, ack.latestRttUs);
  }

  // RFC 9293 §3.8.2 MUST-19, MAY-18: slow start and congestion avoidance, behind one interface for others.
  onAcked(env: TcpSurroundings, tcb: Tcb, ack: AckSample): void {
    growAsReno(env, tcb, ack.delivered, this.hystart);
  }

  thresholdAfterLoss(env: TcpSurroundings, tcb: Tcb, flight: number, isMark: boolean): number {
    tcb.ackedInRound = 0;
    return isMark && isAlternativeBackoff(env, tcb)
      ? // RFC 8511 §3 R8511-1: a mark means a short queue, four fifths of the window still fill the path.
        boundedThreshold(tcb, Math.floor((reducible(env, tcb, flight) * 4) / 5))
      : halvedWindow(env, tcb, flight);
  }

  windowAfterUndo(_env: TcpSurroundings, tcb: Tcb): number {
    return Math.max(tcb.cwnd, tcb.priorCwnd);
  }
}

// RFC 5681 §3.1 R5681-11: below ssthresh the one, above it the other.
/** Slow start, or one segment more per window of octets acknowledged; `hystart` limits the former. */
export function growAsReno(env: TcpSurroundings, tcb: Tcb, acked: number, hystart: HyStartPlusPlus | null): void {
  // RFC 5681 §5 R5681-22: by octets, however many ACKs they come in.
  const left = tcb.cwnd < tcb.ssthresh ? slowStart(tcb, slowStartAllowance(env, tcb, acked, hystart)) : acked;
  // RFC 3465 §2.1 R3465-2: octets are counted; what is left of an ACK at ssthresh counts here.
  if (left > 0) growByOnePer(tcb, tcb.cwnd, left);
}

/** What may bound slow start beyond the octets acknowledged. */
interface SlowStartBound {
  allowance(env: TcpSurroundings, tcb: Tcb, acked: number): number;
}

/** The octets by which one ACK may open the window in slow start. */
export function slowStartAllowance(
  env: TcpSurroundings,
  tcb: Tcb,
  acked: number,
  bound: SlowStartBound | null,
): number {
  const { settings } = env;
  // RFC 3465 §2.3 R3465-3: after a timeout one segment at most, because the ACK may cover what had arrived before.
  if (settings.profile === 'rfc' && tcb.caState === CaState.loss) return Math.min(acked, tcb.sendMss);
  // RFC 3465 §2.1 R3465-1: L segments.
  return bound === null ? Math.min(acked, settings.abc_limit * tcb.sendMss) : bound.allowance(env, tcb, acked);
}

/** What a reduction takes its share of: RFC 5681 section 3.1 says FlightSize, Linux takes the window. */
export function reducible(env: TcpSurroundings, tcb: Tcb, flight: number): number {
  return env.settings.profile === 'linux' ? tcb.cwnd : flight;
}

// RFC 5681 §3.1 R5681-23: half of what is in flight.
/** RFC 5681 §3.1 equation 4. Linux halves in whole segments, rounding down. */
export function halvedWindow(env: TcpSurroundings, tcb: Tcb, flight: number): number {
  if (env.settings.profile === 'rfc') return boundedThreshold(tcb, flight >> 1);
  return boundedThreshold(tcb, (Math.floor(tcb.cwnd / tcb.sendMss) >> 1) * tcb.sendMss);
}

// RFC 8511 §5 R8511-5: only the answer to marks changes.
/** And of those only in congestion avoidance: slow start has overshot by a factor of two. */
export function isAlternativeBackoff(env: TcpSurroundings, tcb: Tcb): boolean {
  return env.settings.ecn_alternative_backoff && tcb.cwnd >= tcb.ssthresh;
}
