/**
 * Whether the congestion window was in use, and what becomes of one that was not. Under `linux`, by the rule of the kernel: it
 * grows only while it limits, and decays when it has not been filled for an RTO. Under `rfc`, by RFC 7661: it is kept for
 * five minutes while unused, grows only if half of it was used, and a loss is answered from what was in flight.
 */
import { TICKS_PER_SECOND, usToTicks } from '../../base/clock.ts';
import { CaEvent, CaState } from '../congestion/ca-state.ts';
import { initialWindow } from '../congestion/initial-window.ts';
import type { TcpEnvironment } from '../environment.ts';
import { seqGe, seqGt } from '../seq.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import type { Tcb } from '../tcb/tcb.ts';
import type { AckSample } from './ack-sample.ts';
import { currentThreshold, inFlight } from './reduction.ts';

/** RFC 7661 §4.2: how long an unused window is kept. */
const NON_VALIDATED_TICKS = 300 * TICKS_PER_SECOND;
const PIPE_ACK_PERIOD_US = 1_000_000;

/** New data has left: remembers whether the window is what stops the rest, and the most that was out. */
export function noteWindowUse(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): void {
  const board = tcb.scoreboard;
  if (board === null) return;
  const isLimited = inFlight(tcb) + tcb.sendMss > tcb.cwnd;
  const out = board.totalWeight;
  if (seqGe(tcb.sndUna, recovery.windowUseSeq) || isLimited || (!tcb.isCwndLimited && out > tcb.maxInFlight)) {
    tcb.isCwndLimited = isLimited;
    tcb.maxInFlight = out;
    recovery.windowUseSeq = tcb.sndNxt;
  }
  if (mayGrow(env, tcb, recovery)) {
    tcb.windowUsed = 0;
    tcb.windowUsedTick = env.clock.tick;
    return;
  }
  if (out > tcb.windowUsed) tcb.windowUsed = out;
  const unused = (env.clock.tick - tcb.windowUsedTick) | 0;
  const isStale = unused < 0 || unused >= usToTicks(tcb.rtoUs);
  if (env.settings.profile === 'linux' && env.settings.slow_start_after_idle && isStale) decay(env, tcb);
}

/** RFC 2861 as Linux keeps it: halfway down to what was used, and ssthresh remembers where the window was. */
function decay(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.congestion.control !== undefined) return;
  const used = Math.max(tcb.windowUsed, initialWindow(env, tcb));
  if (tcb.caState === CaState.open && used < tcb.cwnd) {
    tcb.ssthresh = currentThreshold(tcb);
    tcb.cwnd = (tcb.cwnd + used) >> 1;
  }
  tcb.windowUsed = 0;
  tcb.windowUsedTick = env.clock.tick;
}

/** The window may grow for data acknowledged now. */
export function mayGrow(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): boolean {
  return env.settings.profile === 'rfc' ? isValidated(tcb, recovery) : isWindowUsed(tcb);
}

/** It is the window that stops the rest; in slow start, which may double what was really out, also half of it. */
export function isWindowUsed(tcb: Tcb): boolean {
  return tcb.isCwndLimited || (tcb.cwnd < tcb.ssthresh && tcb.cwnd < 2 * tcb.maxInFlight);
}

// RFC 7661 §4.4 R7661-9: otherwise it does not grow.
// RFC 7661 §4.3: validated while at least half of the window was acknowledged in a round trip.
function isValidated(tcb: Tcb, recovery: RecoveryState): boolean {
  if (tcb.isCwndLimited || 2 * recovery.pipeAck >= tcb.cwnd) return true;
  // No round trip was measured yet.
  return recovery.pipeAck === 0 && tcb.cwnd < 2 * tcb.maxInFlight;
}

// RFC 7661 §4.2 R7661-1, R7661-7, R7661-10, R7661-11: not in recovery, and after it from nothing.
/** RFC 7661 §4.2: pipeACK, the most that was acknowledged within a round trip lately. */
export function measurePipeAck(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, ack: AckSample): void {
  if (tcb.caState >= CaState.recovery) {
    recovery.pipeAck = 0;
    recovery.pipeAckRound = 0;
    recovery.isPipeAckStarted = false;
    return;
  }
  recovery.pipeAckRound += ack.delivered;
  if (!seqGt(tcb.sndUna, recovery.pipeAckSeq)) return;
  if (!recovery.isPipeAckStarted) {
    // The first acknowledgment begins the first round trip.
    recovery.isPipeAckStarted = true;
    recovery.pipeAckSeq = tcb.sndNxt;
    return;
  }
  const periodUs = Math.max(3 * tcb.srttUs, PIPE_ACK_PERIOD_US);
  const isOld = (env.clock.us - recovery.pipeAckUs) >>> 0 > periodUs;
  if (recovery.pipeAckRound >= recovery.pipeAck || isOld) {
    recovery.pipeAck = recovery.pipeAckRound;
    recovery.pipeAckUs = env.clock.us;
  }
  recovery.pipeAckRound = 0;
  recovery.pipeAckSeq = tcb.sndNxt;
  if (isValidated(tcb, recovery)) recovery.validatedTick = env.clock.tick;
}

// RFC 5681 §4.1 R5681-8: after an idle RTO nothing clocks the path any more; it is probed again from a small window.
/** Data is about to leave after everything was acknowledged: how much of the window is still believed. */
export function restartAfterIdle(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.sndUna !== tcb.sndNxt || tcb.bytesSent === 0) return;
  // Negative: idle for so long that the ticks have come round.
  const idle = (env.clock.tick - tcb.lastSendTick) | 0;
  const rto = usToTicks(tcb.rtoUs);
  if (idle < 0 || idle > rto) restart(env, tcb, idle, rto);
}

function restart(env: TcpEnvironment, tcb: Tcb, idle: number, rto: number): void {
  const { settings } = env;
  const { recovery } = tcb;
  if (settings.profile === 'rfc' && settings.window_validation) {
    if (recovery !== null) leaveNonValidated(env, tcb, recovery);
    return;
  }
  if (!settings.slow_start_after_idle || tcb.congestion.control !== undefined) return;
  tcb.congestion.onEvent?.(env, tcb, CaEvent.idleRestart);
  const least = Math.min(initialWindow(env, tcb), tcb.cwnd);
  if (settings.profile === 'rfc') {
    tcb.cwnd = least;
    return;
  }
  tcb.ssthresh = currentThreshold(tcb);
  // Half for every RTO of silence.
  for (let left = idle < 0 ? 0x7fffffff : idle - rto; left > 0 && tcb.cwnd > least; left -= rto) tcb.cwnd >>= 1;
  tcb.cwnd = Math.max(tcb.cwnd, least);
  tcb.windowUsed = 0;
  tcb.windowUsedTick = env.clock.tick;
}

/** RFC 7661 §4.4.3: the five minutes are over: half of the window, the threshold remembers. */
function leaveNonValidated(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): void {
  const age = (env.clock.tick - recovery.validatedTick) | 0;
  if (age >= 0 && age < NON_VALIDATED_TICKS) return;
  tcb.congestion.onEvent?.(env, tcb, CaEvent.idleRestart);
  tcb.ssthresh = Math.max(tcb.ssthresh, currentThreshold(tcb));
  tcb.cwnd = Math.max(tcb.cwnd >> 1, Math.min(initialWindow(env, tcb), tcb.cwnd));
  recovery.validatedTick = env.clock.tick;
}

// draft-ietf-ccwg-bbr-05 §4.1.2.4 RBBR-14: until what is in flight now was delivered.
/** Nothing waits (`unsent` octets are no segment) and the window is not full: samples from here on say less than the path can do. */
export function noteAppLimited(tcb: Tcb, unsent: number): void {
  if (unsent >= tcb.sendMss) return;
  const board = tcb.scoreboard;
  const flight = inFlight(tcb);
  if (board !== null && (board.waitingWeight > 0 || flight >= tcb.cwnd)) return;
  tcb.appLimitedUntil = Math.max(1, tcb.delivered + flight);
}
