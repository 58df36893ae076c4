/**
 * Reducing the window over one round trip: by proportional rate reduction (RFC 9937) after a loss, and in the same way (CWR)
 * after an ECN mark or a loss that a probe has repaired.
 */

import { CaEvent, CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { endTimeoutRun } from '../output/occupation.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import { Agreed, INFINITE_SSTHRESH, type Tcb } from '../tcb/tcb.ts';
import type { AckSample } from './ack-sample.ts';

// RFC 6582 §6 R6582-8: the state stands by itself; counts of duplicates do not make it.
/** Moves recovery from one CaState to another. */
export function setCaState(env: TcpEnvironment, tcb: Tcb, state: number): void {
  if (tcb.caState === state) return;
  tcb.congestion.onState?.(env, tcb, state);
  if (tcb.caState === CaState.loss) endTimeoutRun(env, tcb);
  tcb.caState = state;
}

/** The window is being reduced just now; PRR sets it. */
export function isReducing(tcb: Tcb): boolean {
  return tcb.caState === CaState.cwr || tcb.caState === CaState.recovery;
}

// RFC 6675 §4 R6675-2: not what is SACKed, not what is lost until it leaves again.
/** In flight by the scoreboard, less what duplicate ACKs without SACK stand for. */
export function inFlight(tcb: Tcb): number {
  return tcb.inFlight;
}

/** ssthresh worth remembering: three quarters of the window, unless a reduction has just lowered it. */
export function currentThreshold(tcb: Tcb): number {
  if (isReducing(tcb)) return tcb.ssthresh;
  return Math.max(tcb.ssthresh, (tcb.cwnd >> 1) + (tcb.cwnd >> 2));
}

// RFC 9937 §6.1 R9937-5: counts from zero, and the threshold is that of the congestion control.
// RFC 6675 §5 R6675-14: one reduction for all that is repaired until SND.NXT of now is reached.
/** A reduction begins. @param isMark an ECN mark, not a loss, asks for it */
export function startReduction(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, isMark: boolean): void {
  const flight = tcb.flightSize;
  recovery.highSeq = tcb.sndNxt;
  recovery.isProbeOut = false;
  recovery.prrDelivered = 0;
  recovery.prrOut = 0;
  tcb.ackedInRound = 0;
  tcb.priorCwnd = tcb.cwnd;
  recovery.recoverFlight = recoverFlight(env, tcb);
  tcb.ssthresh = tcb.congestion.thresholdAfterLoss(env, tcb, lossFlight(env, tcb, flight), isMark);
  tcb.cwrQueued = true;
}

// RFC 9937 §6.1 R9937-6: RecoverFS. Linux takes the window.
/** RFC 9937 §6: what is outstanding, without what was SACKed before this ACK, as that will not count as delivered again. */
function recoverFlight(env: TcpEnvironment, tcb: Tcb): number {
  if (env.settings.profile === 'linux') return tcb.cwnd;
  const board = tcb.scoreboard;
  if (board === null) return tcb.cwnd;
  const { ackSample } = env;
  const sacked = board.sackedWeight + (tcb.recovery?.renoSacked ?? 0);
  const sackedBefore = sacked - (ackSample.delivered - ackSample.acked);
  return Math.max(tcb.sendMss, board.totalWeight - Math.max(0, sackedBefore) + ackSample.acked);
}

// RFC 3042 §3 R3042-5: neither in the words of RFC 3042.
/** RFC 5681 §3.2 step 2: what limited transmit has sent beyond the window does not count as flight. */
function lossFlight(env: TcpEnvironment, tcb: Tcb, flight: number): number {
  const before = flight + env.ackSample.acked;
  const beyond = Math.max(0, before - tcb.cwnd);
  return before - Math.ceil(beyond / tcb.sendMss) * tcb.sendMss;
}

// RFC 9937 §5 R9937-17: in the way of PRR.
// RFC 8511 §4.2 R8511-3, R8511-4: once for a window of data; what is marked after it is answered again.
/** CWR: a reduction without a loss (RFC 3168 section 6.1.2). */
export function enterCwr(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): void {
  tcb.priorSsthresh = 0;
  if (tcb.caState >= CaState.cwr) return;
  recovery.mayUndo = false;
  startReduction(env, tcb, recovery, true);
  setCaState(env, tcb, CaState.cwr);
}

/** One acknowledgment of a reduction. @param lost newly judged lost by it */
export function stepReduction(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  delivered: number,
  lost: number,
): void {
  if (env.settings.prr) reduceWindow(tcb, recovery, env.ackSample, delivered, lost, env.settings.profile === 'rfc');
  else reduceAtOnce(tcb, recovery);
}

// RFC 6675 §5 step 4: the window is ssthresh from the first moment, and the first retransmission does not wait for room.
function reduceAtOnce(tcb: Tcb, recovery: RecoveryState): void {
  tcb.cwnd = Math.max(tcb.ssthresh, recovery.prrOut === 0 ? inFlight(tcb) + tcb.sendMss : 0);
}

// RFC 9937 §6.2 R9937-1, R9937-2, R9937-4, R9937-10, R9937-11: how much may leave for what has arrived, so that the window is ssthresh when the round is over.
/**
 * By proportional rate reduction.
 * @param lost newly judged lost by this acknowledgment
 * @param isBounded duplicates without SACK are not believed for ever; Linux believes them
 */
export function reduceWindow(
  tcb: Tcb,
  recovery: RecoveryState,
  ack: AckSample,
  delivered: number,
  lost: number,
  isBounded = true,
): void {
  if (delivered <= 0 || recovery.recoverFlight === 0) return;
  recovery.prrDelivered += delivered;
  const pipe = inFlight(tcb);
  let send: number;
  if (pipe > tcb.ssthresh) {
    const segments = (recovery.prrDelivered * tcb.ssthresh) / recovery.recoverFlight / tcb.sendMss;
    send = Math.ceil(segments - 1e-9) * tcb.sendMss - recovery.prrOut;
  } else {
    send = Math.max(recovery.prrDelivered - recovery.prrOut, delivered);
    // The repair makes progress and nothing more is lost: as fast as slow start, up to the threshold.
    if (ack.isAdvance && lost === 0) send += tcb.sendMss;
    send = Math.min(tcb.ssthresh - pipe, send);
  }
  // Without SACK a duplicate ACK proves nothing: invented ones must not release more than a second window (RFC 5681 section 3.2).
  if (isBounded && !tcb.has(Agreed.sack)) send = Math.min(send, 2 * recovery.recoverFlight - tcb.flightSize);
  // RFC 9937 §6.2 R9937-3: the first retransmission never waits.
  send = Math.max(send, recovery.prrOut === 0 ? tcb.sendMss : 0);
  tcb.cwnd = pipe + send;
}

// RFC 9937 §6.4 R9937-13: at the end, and before the next response begins.
// RFC 5681 §4.3 R5681-20: no more than the threshold when all is repaired.
// RFC 6582 §3.2 R6582-4: a full ACK leaves recovery with the threshold as window.
/** The reduction is complete: the window is what it was meant to be. */
export function endReduction(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): void {
  if (tcb.congestion.control !== undefined) return;
  if (tcb.ssthresh < INFINITE_SSTHRESH && (tcb.caState === CaState.cwr || recovery.mayUndo)) {
    tcb.cwnd = tcb.ssthresh;
    tcb.windowUsedTick = env.clock.tick;
  }
  tcb.congestion.onEvent?.(env, tcb, CaEvent.reductionComplete);
}
