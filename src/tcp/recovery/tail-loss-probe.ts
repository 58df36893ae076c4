/**
 * Tail loss probes (RFC 8985 section 7): when the last segments of a flight are lost nothing tells of it, so before the
 * retransmission timer runs out one segment is sent whose acknowledgment will.
 */
import { TICK_US, usToTicks } from '../../base/clock.ts';
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { rtoMinUs } from '../rare-options.ts';
import { seqGt, seqLt } from '../seq.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import type { Scoreboard } from '../tcb/scoreboard.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, disarmTimer, isTimerArmed, TcpTimer, timerTick } from '../timers.ts';
import { endReduction, setCaState, startReduction } from './reduction.ts';
import { takeSackBlocks } from './sack.ts';

/** A setting `early_retrans` of 3 or 4 means probes, as Linux counts. */
const PROBES_FROM = 3;
const PROBE_SLACK_US = 2000;
/** Longest delay of an acknowledgment that is expected of a peer. */
const MAX_ACK_DELAY_US = 200_000;
const FIRST_PROBE_US = 1_000_000;

// RFC 8985 §7.2 R8985-7: two round trips, and the delay of an acknowledgment where a single segment is out.
/**
 * RFC 8985 §7.2: arms the probe timer, if a probe would say something new.
 * @param isProgress the time-out has just started anew
 */
export function scheduleLossProbe(env: TcpEnvironment, tcb: Tcb, isProgress = false): void {
  const { scoreboard: board, recovery } = tcb;
  const { settings } = env;
  const isOpen = tcb.caState === CaState.open || tcb.caState === CaState.cwr;
  if (board === null || recovery === null || board.isEmpty || !isOpen || board.sackedWeight > 0) {
    disarmTimer(tcb, TcpTimer.lossProbe);
    return;
  }
  if (settings.early_retrans < PROBES_FROM || !tcb.has(Agreed.sack)) return;
  if (recovery.isProbeOut && settings.profile === 'rfc') return;
  let delayUs = tcb.srttUs === 0 ? FIRST_PROBE_US : 2 * tcb.srttUs;
  if (tcb.srttUs !== 0) {
    // A single segment may be acknowledged late: the peer waits for a second one.
    const isSingle = board.count === 1 && board.totalWeight <= tcb.sendMss;
    const peerDelayUs = Math.max(Math.min(rtoMinUs(tcb, settings), MAX_ACK_DELAY_US), settings.delayed_ack_us);
    delayUs += isSingle ? peerDelayUs : PROBE_SLACK_US;
  }
  let ticks = Math.ceil(delayUs / TICK_US);
  // Never later than the retransmission timer.
  const left = timeoutTicks(env, tcb, board, isProgress);
  if (left > 0 && left < ticks) ticks = left;
  armTimer(env, tcb, TcpTimer.lossProbe, ticks);
}

/** How far the time-out is; once more is sent behind it, Linux reckons it from when the first segment left and not from the last news. */
function timeoutTicks(env: TcpEnvironment, tcb: Tcb, board: Scoreboard, isProgress: boolean): number {
  if (!isTimerArmed(tcb, TcpTimer.retransmission)) return 0;
  if (env.settings.profile === 'linux' && !isProgress) return usToTicks(timeoutLeftUs(env, tcb, board));
  return (timerTick(tcb, TcpTimer.retransmission) - env.clock.tick) | 0;
}

// RFC 8985 §7.3 R8985-18, R8985-19, R8985-20: one at a time, and behind it the retransmission timer.
/** The probe timer ran out. Returns true when a probe goes; the retransmission timer starts anew then. */
export function lossProbeExpired(env: TcpEnvironment, tcb: Tcb): boolean {
  const { scoreboard: board, recovery } = tcb;
  if (board === null || recovery === null || board.isEmpty || tcb.caState > CaState.cwr) return false;
  if (recovery.isProbeOut) {
    timeOutAsSent(env, tcb, board);
    return false;
  }
  // Linux does not ask this.
  const isMeasured = tcb.srttUs !== 0 && recovery.hasRttSinceProbe;
  if (env.settings.profile === 'rfc' && !isMeasured) return false;
  tcb.pending |= Pending.lossProbe;
  armTimer(env, tcb, TcpTimer.retransmission, usToTicks(tcb.rtoUs));
  env.scheduleOutput(tcb);
  return true;
}

/** Linux, where another probe would go, and when an RTO is taken back: the time-out is reckoned from when the first segment left, and not from later news; over already, it comes at once. */
export function timeOutAsSent(env: TcpEnvironment, tcb: Tcb, board: Scoreboard): void {
  armTimer(env, tcb, TcpTimer.retransmission, usToTicks(Math.max(1, timeoutLeftUs(env, tcb, board))));
}

function timeoutLeftUs(env: TcpEnvironment, tcb: Tcb, board: Scoreboard): number {
  return (board.sentUs(board.slotAt(0)) + tcb.rtoUs - env.clock.us) | 0;
}

/** The probe is written. @param isRetransmission of the last segment; otherwise it carried new data */
export function noteLossProbe(env: TcpEnvironment, tcb: Tcb, isRetransmission: boolean): void {
  const { recovery } = tcb;
  if (recovery === null) return;
  recovery.isProbeOut = true;
  recovery.hasRttSinceProbe = false;
  recovery.isProbeRetransmission = isRetransmission;
  recovery.probeHighSeq = tcb.sndNxt;
  env.extCounters.TCPLossProbes++;
}

/** Everything is acknowledged already, the probe too: a report of its second copy comes alone. */
export function takeLateProbeAck(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, segment: TcpSegment): void {
  takeSackBlocks(env, tcb, segment, env.ackSample, tcb.sndUna);
  takeProbeAck(env, tcb, recovery, segment);
}

// RFC 8985 §7.4.2 R8985-9, R8985-23, R8985-24: signs of both copies, or one loss.
/** RFC 8985 §7.4: what the acknowledgment of the probe tells: nothing was lost, or the probe has repaired it unseen. */
export function takeProbeAck(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, segment: TcpSegment): void {
  if (recovery.isProbeOut && !seqLt(segment.ack, recovery.probeHighSeq)) judgeProbe(env, tcb, recovery, segment);
}

function judgeProbe(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, segment: TcpSegment): void {
  const ack = env.ackSample;
  if (!recovery.isProbeRetransmission || ack.isDsackForProbe) {
    recovery.isProbeOut = false;
  } else if (seqGt(segment.ack, recovery.probeHighSeq)) {
    // Acknowledged beyond: only one copy arrived, so one was lost, and the window has to answer for it.
    recovery.isProbeOut = false;
    env.extCounters.TCPLossProbeRecovery++;
    startReduction(env, tcb, recovery, false);
    setCaState(env, tcb, CaState.cwr);
    endReduction(env, tcb, recovery);
    const board = tcb.scoreboard;
    setCaState(env, tcb, board !== null && board.sackedWeight > 0 ? CaState.disorder : CaState.open);
  } else if (!ack.isAdvance && !ack.isNotDuplicate && !ack.isSacked) {
    // A plain duplicate: original and probe both arrived.
    recovery.isProbeOut = false;
  }
}
