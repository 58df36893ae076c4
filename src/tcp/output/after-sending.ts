/**
 * What follows from a segment that was just written: sequence numbers are taken, the scoreboard and the timers know (RFC 6298
 * section 5), and acknowledgments that it carried are no longer owed.
 */
import { usToTicks } from '../../base/clock.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { noteAnswer, noteOwedAckSent } from '../input/delayed-acks.ts';
import { forgetRecordEnds } from '../rare-options.ts';
import { inFlight } from '../recovery/reduction.ts';
import { noteLossProbe, scheduleLossProbe } from '../recovery/tail-loss-probe.ts';
import { seqGt } from '../seq.ts';
import { TcpState } from '../state.ts';
import { SegmentFlag, segmentsOf } from '../tcb/segment-record.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, disarmTimer, isTimerArmed, retryTicks, TcpTimer } from '../timers.ts';
import { chargeProbe, noteSegmentSizes } from './mtu-probing.ts';
import { sendHistoryOf } from './occupation.ts';
import { forgetMarks } from './push-marks.ts';
import { tuneSendBuffer, wakeWriter } from './send-tuning.ts';
import { noteNewData, noteRetransmission } from './sent.ts';
import type { Transmission } from './transmission.ts';

/** Bookkeeping after `what` was written. */
export function settle(env: TcpEnvironment, tcb: Tcb, what: Transmission): void {
  const end = (what.seq + what.length + (what.flags & TcpFlag.syn ? 1 : 0) + (what.flags & TcpFlag.fin ? 1 : 0)) | 0;
  if (what.flags & TcpFlag.fin) tcb.finSent = true;
  if (end !== what.seq) settleOccupied(env, tcb, what, end);
  if (what.flags & TcpFlag.ack) noteAckSent(env, tcb, what);
}

/** The segment takes sequence numbers up to `end`. */
function settleOccupied(env: TcpEnvironment, tcb: Tcb, what: Transmission, end: number): void {
  const isSyn = (what.flags & TcpFlag.syn) !== 0;
  const isProbe = what.reason === 'zero-window-probe';
  const isMtuProbe = what.reason === 'mtu-probe';
  const from = tcb.sndNxt;
  const isNew = seqGt(end, from);
  const marks = what.flags & TcpFlag.fin ? what.marks | SegmentFlag.fin : what.marks;
  if (what.length > 0 && !isProbe && !isSyn) {
    noteSegmentSizes(tcb, what.seq, end, Math.min(what.length, what.mss), isMtuProbe);
  }
  if (isMtuProbe) chargeProbe(env, tcb);
  if (isNew) takeNumbers(env, tcb, what, end, isSyn);
  if (isSyn) timeSyn(env, tcb, isNew);
  else if (isNew) noteNewData(env, tcb, from, end, isProbe, what.mss, marks, what.isOverride);
  else if (!isProbe) noteSentAgain(env, tcb, what);
  if (what.reason === 'loss-probe') noteLossProbe(env, tcb, !isNew);
  if (what.length > 0) tcb.lastSendTick = env.clock.tick;
  // Linux asks after each piece; the congestion window may be filled by the next.
  if (tcb.isWriteBlocked && env.settings.skb_accounting && isNew && what.length > 0)
    tuneSendBuffer(env, tcb, tcb.cwnd - inFlight(tcb));
  if (isProbe || tcb.sndUna === tcb.sndNxt) return;
  // RFC 6298 §5.1: the timer runs whenever something is outstanding; a closed window has its own timer.
  if (!isTimerArmed(tcb, TcpTimer.retransmission)) {
    if (isSyn && tcb.timeouts === 0 && (isNew || tcb.state !== TcpState.synSent)) tcb.firstTimeoutTick = env.clock.tick;
    // Linux cuts no first interval short for a user timeout.
    const isCut = isSyn && (tcb.timeouts > 0 || env.settings.profile === 'rfc');
    armTimer(env, tcb, TcpTimer.retransmission, isCut ? retryTicks(env, tcb) : usToTicks(tcb.rtoUs));
    disarmTimer(tcb, TcpTimer.persist);
  }
  // RFC 8985 §7.3: behind a probe the retransmission timer is next.
  if (isNew && !isSyn && what.reason !== 'loss-probe' && tcb.sndUna !== tcb.iss) scheduleLossProbe(env, tcb);
}

/** SND.NXT moves on to `end`. */
function takeNumbers(env: TcpEnvironment, tcb: Tcb, what: Transmission, end: number, isSyn: boolean): void {
  tcb.sndNxt = end;
  forgetMarks(tcb);
  forgetRecordEnds(tcb);
  if (!isSyn && what.length % what.mss !== 0) tcb.smallSeq = end;
  if (what.length > 0) {
    env.extCounters.TCPOrigDataSent += segmentsOf(what.length, what.mss);
    noteAnswer(env, tcb);
  }
  // What waits unsent is less now: a writer may be waiting for that.
  if (tcb.isWriteBlocked && !env.settings.skb_accounting) wakeWriter(env, tcb);
}

/** From when on its round trip is measured, if it is. */
function timeSyn(env: TcpEnvironment, tcb: Tcb, isNew: boolean): void {
  // Linux times the SYN-ACK of two that open at once.
  const isCrossing = env.settings.profile === 'linux' && tcb.state === TcpState.synReceived && !tcb.isPassive;
  tcb.isSynTimed = isNew || (isCrossing && tcb.timeouts === 0);
  tcb.synSentUs = env.clock.us;
}

function noteSentAgain(env: TcpEnvironment, tcb: Tcb, what: Transmission): void {
  noteRetransmission(env, tcb, what.slot, what.reason === 'loss-probe');
  sendHistoryOf(tcb).octetsRetransmitted += what.length;
  // Linux: the timer starts anew with the first of what goes again.
  if (what.reason === 'retransmission' && what.seq === tcb.sndUna && tcb.timeouts === 0 && tcb.sndWnd > 0) {
    if (env.settings.profile === 'linux') armTimer(env, tcb, TcpTimer.retransmission, usToTicks(tcb.rtoUs));
  }
}

/** Every segment with ACK carries what was owed; owed duplicates go out one by one. */
function noteAckSent(env: TcpEnvironment, tcb: Tcb, what: Transmission): void {
  noteOwedAckSent(env, tcb);
  tcb.pending &= ~(Pending.ack | Pending.challenge | Pending.windowUpdate | Pending.answer);
  if (tcb.extraAcks > 0 && what.length === 0) {
    tcb.extraAcks--;
    tcb.pending |= Pending.ack;
  }
  // Each duplicate is reported by an acknowledgment of its own.
  if (tcb.duplicates !== null && tcb.duplicates.count > 0) tcb.pending |= Pending.ack;
  if (what.length === 0 && what.reason === 'ack') env.extCounters.TCPPureAcks++;
}
