/**
 * Deciding that something is lost, and repairing it: duplicate ACKs, fast retransmit and NewReno fast recovery (RFC 5681
 * section 3.2, RFC 6582), limited transmit (RFC 3042), and what a retransmission timeout does to the window.
 */
import type { TcpEnvironment } from './environment.ts';
import { seqGe, seqLt, seqMin } from './seq.ts';
import { Pending, type Tcb } from './tcb.ts';

const DUPLICATE_ACK_THRESHOLD = 3;

/** Octets thought to be in the network: in flight less what waits to be retransmitted. */
export function pipe(tcb: Tcb): number {
  const waiting = (tcb.rtxEnd - tcb.rtxNext) | 0;
  return tcb.flightSize - (waiting > 0 ? waiting : 0);
}

/**
 * The sequence number for a segment without text: SND.NXT, or the edge of the peer's window when a probe or a window that
 * shrank has left SND.NXT beyond it, where the peer would not look at the segment (RFC 9293 section 3.10.7.4, first).
 */
export function acceptableSeq(tcb: Tcb): number {
  if (tcb.sndUna === tcb.iss) return tcb.sndNxt;
  const edge = (tcb.sndUna + tcb.sndWnd) | 0;
  return seqLt(edge, tcb.sndNxt) ? edge : tcb.sndNxt;
}

/** Octets the congestion window has room for; may be negative. */
export function congestionRoom(tcb: Tcb): number {
  // RFC 3042 §2: each of the first two duplicate ACKs lets one new segment go, without opening the window.
  const limited = tcb.inRecovery ? 0 : Math.min(tcb.duplicateAcks, DUPLICATE_ACK_THRESHOLD - 1) * tcb.sendMss;
  return tcb.cwnd + limited - pipe(tcb);
}

/** Sets the range that has to be sent again. */
export function markForRetransmission(env: TcpEnvironment, tcb: Tcb, from: number, to: number): void {
  tcb.rtxNext = from;
  tcb.rtxEnd = to;
  tcb.pending |= Pending.retransmit;
  // RFC 6298 §3 (Karn): a segment sent twice gives no sample.
  tcb.isTimingRtt = false;
  env.scheduleOutput(tcb);
}

/** A duplicate ACK (RFC 5681 section 2) has arrived. */
export function duplicateAckArrived(env: TcpEnvironment, tcb: Tcb): void {
  tcb.duplicateAcks++;
  if (tcb.inRecovery) {
    // RFC 6582 §3.2 step 4: each one says that a segment has left the network.
    tcb.cwnd += tcb.sendMss;
    env.scheduleOutput(tcb);
    return;
  }
  if (tcb.duplicateAcks < DUPLICATE_ACK_THRESHOLD) {
    env.scheduleOutput(tcb);
    return;
  }
  if (tcb.duplicateAcks > DUPLICATE_ACK_THRESHOLD) return;
  // RFC 6582 §3.2 step 2: not again for losses of a window that was already repaired.
  if (seqLt(tcb.sndUna, tcb.recover)) return;
  enterRecovery(env, tcb);
}

/** RFC 5681 §3.2 step 2: what limited transmit has sent beyond the congestion window does not count as flight. */
function flightBeforeLimitedTransmit(tcb: Tcb): number {
  const beyond = tcb.flightSize - tcb.cwnd;
  return beyond <= 0 ? tcb.flightSize : tcb.flightSize - Math.ceil(beyond / tcb.sendMss) * tcb.sendMss;
}

function enterRecovery(env: TcpEnvironment, tcb: Tcb): void {
  tcb.ssthresh = tcb.congestion.thresholdAfterLoss(tcb, flightBeforeLimitedTransmit(tcb));
  tcb.recover = tcb.sndNxt;
  tcb.inRecovery = true;
  tcb.cwnd = tcb.ssthresh + DUPLICATE_ACK_THRESHOLD * tcb.sendMss;
  tcb.ackedInRound = 0;
  env.extCounters.TCPRenoRecovery++;
  env.extCounters.TCPFastRetrans++;
  retransmitFirst(env, tcb);
}

/** The first unacknowledged segment goes again. */
export function retransmitFirst(env: TcpEnvironment, tcb: Tcb): void {
  markForRetransmission(env, tcb, tcb.sndUna, seqMin((tcb.sndUna + tcb.sendMss) | 0, tcb.sndNxt));
}

/** New data was acknowledged: leaves recovery or repairs the next hole, else opens the window. */
export function newDataAcknowledged(env: TcpEnvironment, tcb: Tcb, acked: number, flightBefore: number): void {
  tcb.duplicateAcks = 0;
  if (!tcb.inRecovery) {
    if (tcb.isAfterTimeout && seqGe(tcb.sndUna, tcb.recover)) tcb.isAfterTimeout = false;
    // Numbers that stay behind for 2^31 octets would seem to lie ahead.
    if (seqLt(tcb.recover, tcb.sndUna)) tcb.recover = tcb.sndUna;
    if (seqLt(tcb.smallSeq, tcb.sndUna)) tcb.smallSeq = tcb.sndUna;
    tcb.congestion.onAcked(tcb, acked, flightBefore, env.settings);
    return;
  }
  if (seqGe(tcb.sndUna, tcb.recover)) {
    // RFC 6582 §3.2 step 3, full acknowledgment: option 1, or as Linux does option 2.
    const isBursty = env.settings.profile === 'linux';
    tcb.cwnd = isBursty ? tcb.ssthresh : Math.min(tcb.ssthresh, Math.max(tcb.flightSize, tcb.sendMss) + tcb.sendMss);
    tcb.inRecovery = false;
    return;
  }
  // RFC 6582 §3.2 step 3, partial acknowledgment: the next hole at once, the window deflated by what left the network.
  tcb.cwnd = Math.max(tcb.sendMss, tcb.cwnd - acked);
  if (acked >= tcb.sendMss) tcb.cwnd += tcb.sendMss;
  env.extCounters.TCPFastRetrans++;
  retransmitFirst(env, tcb);
}

/** RFC 5681 §3.1 and RFC 6582 §4: the retransmission timer ran out with data in flight. */
export function timeoutLoss(env: TcpEnvironment, tcb: Tcb): void {
  // Equation 4 applies once per loss, not again on each back-off of the same segment.
  if (tcb.timeouts <= 1) tcb.ssthresh = tcb.congestion.thresholdAfterLoss(tcb, tcb.flightSize);
  tcb.cwnd = tcb.sendMss;
  tcb.ackedInRound = 0;
  tcb.recover = tcb.sndNxt;
  tcb.inRecovery = false;
  tcb.isAfterTimeout = true;
  tcb.duplicateAcks = 0;
  markForRetransmission(env, tcb, tcb.sndUna, tcb.sndNxt);
}

/** The cumulative acknowledgment moved: forgets what need not go again. */
export function trimRetransmission(tcb: Tcb): void {
  if (seqLt(tcb.rtxNext, tcb.sndUna)) tcb.rtxNext = tcb.sndUna;
  if (!seqLt(tcb.rtxNext, tcb.rtxEnd)) {
    tcb.rtxEnd = tcb.rtxNext;
    tcb.pending &= ~Pending.retransmit;
  }
}
