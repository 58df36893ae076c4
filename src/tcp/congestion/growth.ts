/**
 * How a window grows, for the controls that share it: slow start (RFC 5681 section 3.1) by counted octets (RFC 3465), and one
 * segment for so many octets acknowledged. The window never exceeds `Tcb.cwndClamp`, and amounts, not ACKs, open it: dividing
 * one acknowledgment into many (RFC 3465 section 2) gains nothing. What counts is `AckSample.delivered`: every octet once, whether it
 * was SACKed before or not, so that the ACK which ends a run of SACKs brings no burst.
 */
import type { Tcb } from '../tcb/tcb.ts';

/** Half the sequence space, less one: RFC 7323 allows no larger window. */
export const MAX_WINDOW = 0x3fffffff;

/** `cwnd`, kept between one segment and the clamp. */
export function boundedWindow(tcb: Tcb, cwnd: number): number {
  return Math.max(tcb.sendMss, Math.min(cwnd, tcb.cwndClamp, MAX_WINDOW));
}

/** ssthresh is two segments at least (RFC 5681 section 3.1, equation 4). */
export function boundedThreshold(tcb: Tcb, ssthresh: number): number {
  return Math.max(ssthresh, 2 * tcb.sendMss);
}

/**
 * Opens the window by what was acknowledged, up to ssthresh.
 * @param acked octets, limited already to what one ACK may bring
 * @returns octets beyond ssthresh, which count for congestion avoidance
 */
export function slowStart(tcb: Tcb, acked: number): number {
  const growth = Math.min(acked, tcb.ssthresh - tcb.cwnd);
  tcb.cwnd = boundedWindow(tcb, tcb.cwnd + growth);
  return acked - growth;
}

// RFC 5681 §3.1 R5681-3, R5681-14: one segment for a window of octets.
// RFC 3465 §3.2 R3465-5: octets count, not ACKs.
// RFC 9406 §6 R9406-15: nor in slow start.
/** Opens the window by one segment for every `octets` acknowledged. */
export function growByOnePer(tcb: Tcb, octets: number, acked: number): void {
  let { cwnd, ackedInRound } = tcb;
  // The price has fallen below what was saved: one segment for it, as Linux does, not several.
  if (ackedInRound >= octets) {
    ackedInRound = 0;
    cwnd += tcb.sendMss;
  }
  ackedInRound += acked;
  if (ackedInRound >= octets) {
    const segments = Math.floor(ackedInRound / octets);
    ackedInRound -= segments * octets;
    cwnd += segments * tcb.sendMss;
  }
  tcb.ackedInRound = ackedInRound;
  tcb.cwnd = boundedWindow(tcb, cwnd);
}
