/**
 * Timeouts (RFC 9293 section 3.10.8 and 3.8.3): what happens when a connection's timers run out.
 */
import { TICKS_PER_MS, usToTicks } from '../base/clock.ts';
import { abortConnection, endConnection } from './closing/connection-end.ts';
import { isOrphanInFinWait2 } from './closing/orphan-fin-wait-2.ts';
import { CaState } from './congestion/ca-state.ts';
import { noteTextLost } from './ecn/option-writing.ts';
import { type TcpEnvironment, TcpEvent } from './environment.ts';
import { attemptTimedOut } from './fast-open/client.ts';
import { noteDelayMissed } from './input/delayed-acks.ts';
import { confirmPathMtu } from './input/icmp-errors.ts';
import { blackHoleSuspected } from './output/mtu-probing.ts';
import { countTimeout } from './output/occupation.ts';
import { noteFirstRetransmission, recoveryOf } from './output/sent.ts';
import { rtoMaxUs, rtoMinUs } from './rare-options.ts';
import { detectLoss } from './recovery/rack.ts';
import { enterLoss, recoverFromTimer } from './recovery/recovery.ts';
import { stepReduction } from './recovery/reduction.ts';
import { backOffRto, computeRto } from './recovery/rtt.ts';
import { lossProbeExpired } from './recovery/tail-loss-probe.ts';
import { rest } from './rest.ts';
import { seqLt } from './seq.ts';
import { TcpState } from './state.ts';
import { INFINITE_SSTHRESH, Pending, type Tcb } from './tcb/tcb.ts';
import {
  armTimer,
  disarmTimer,
  probeIntervalUs,
  probeTicks,
  rescheduleTimers,
  retryTicks,
  TcpTimer,
  takeExpired,
} from './timers.ts';
import { observeTimeout } from './transitions.ts';

/** Fewer segments in flight make a stream thin; and so many time-outs of it are not doubled. */
const THIN_SEGMENTS = 4;
const THIN_TIMEOUTS = 6;
/** Probes are no further apart than the RTO may be, long before this. */
const PROBE_DOUBLINGS_MAX = 15;

/** The wheel has reached this connection: runs what is due, puts it back for the rest. */
export function tcbExpired(env: TcpEnvironment, tcb: Tcb): void {
  const expired = takeExpired(env, tcb);
  if (expired & TcpTimer.delayedAck) delayedAckExpired(env, tcb);
  if (expired & TcpTimer.lifetime) lifetimeExpired(env, tcb);
  else {
    // A probe that falls together with the timeout takes its place once.
    const isProbed = (expired & TcpTimer.lossProbe) !== 0 && probeExpired(env, tcb);
    if (expired & TcpTimer.reordering) reorderingExpired(env, tcb);
    if (expired & TcpTimer.pacing) env.scheduleOutput(tcb);
    if (expired & TcpTimer.retransmission && !isProbed) retransmissionExpired(env, tcb);
    if (expired & TcpTimer.persist && tcb.state !== TcpState.closed) persistExpired(env, tcb);
    if (expired & TcpTimer.keepAlive && tcb.state !== TcpState.closed) keepAliveExpired(env, tcb);
  }
  if (tcb.state === TcpState.closed) return;
  rescheduleTimers(env, tcb);
  rest(env, tcb);
}

function delayedAckExpired(env: TcpEnvironment, tcb: Tcb): void {
  if (!tcb.isAckDelayed) return;
  const early = tcb.reassembly;
  // The one that goes now was not saved.
  if (early !== null && early.heldAcks > 0) early.heldAcks--;
  else {
    env.extCounters.DelayedACKs++;
    noteDelayMissed(env.settings, tcb);
  }
  tcb.pending |= Pending.ack;
  env.scheduleOutput(tcb);
}

function probeExpired(env: TcpEnvironment, tcb: Tcb): boolean {
  if (!lossProbeExpired(env, tcb)) return false;
  observeTimeout(env, tcb, TcpTimer.lossProbe, 1);
  return true;
}

/** RFC 8985 section 6.2: what was overtaken has had its time and is lost now. */
function reorderingExpired(env: TcpEnvironment, tcb: Tcb): void {
  const { recovery } = tcb;
  if (recovery === null) return;
  observeTimeout(env, tcb, TcpTimer.reordering, 1);
  env.ackSample.reset(0);
  const lost = detectLoss(env, tcb, recovery);
  if (lost === 0) return;
  recoverFromTimer(env, tcb, recovery);
  if (tcb.congestion.control === undefined) stepReduction(env, tcb, recovery, tcb.sendMss, lost);
}

/** FIN-WAIT-2 of an orphan, or a linger that took too long. */
function lifetimeExpired(env: TcpEnvironment, tcb: Tcb): void {
  observeTimeout(env, tcb, TcpTimer.lifetime, 1);
  if (tcb.state === TcpState.finWait2) endConnection(env, tcb, null, 'fin-timeout');
  else {
    env.extCounters.TCPAbortOnLinger++;
    abortConnection(env, tcb, null, 'linger-timeout');
  }
}

// RFC 9293 §3.8.1 MUST-18: retransmission by RFC 6298.
function retransmissionExpired(env: TcpEnvironment, tcb: Tcb): void {
  const isSynOpen = tcb.sndUna === tcb.iss;
  if (tcb.sndUna === tcb.sndNxt && !isSynOpen) {
    // Nothing is outstanding: what waits may need another timer.
    env.scheduleOutput(tcb);
    return;
  }
  const isShut = isShutInFlight(env, tcb);
  // For a SYN the time runs from its first departure, see output.ts.
  if (tcb.timeouts === 0 && !isSynOpen && isTroubleNew(env, tcb)) tcb.firstTimeoutTick = env.clock.tick;
  const isLast = hasGivenUp(env, tcb);
  if (tcb.fastOpen !== null) attemptTimedOut(env, tcb, tcb.fastOpen, isLast);
  if (isLast) {
    giveUp(env, tcb);
    return;
  }
  env.extCounters.TCPTimeouts++;
  const before = tcb.timeouts;
  if (!isShut) {
    countTimeout(env, tcb, before === 0);
    tcb.timeouts++;
  }
  observeTimeout(env, tcb, TcpTimer.retransmission, before + 1);
  doubtRoute(env, tcb);
  if (isSynOpen) synExpired(env, tcb);
  else {
    confirmPathMtu(env, tcb);
    // Linux reads R1 as a time, too.
    const { profile, retries1 } = env.settings;
    const first = rtoMinUs(tcb, env.settings);
    const isOld = isOlderThan(env, tcb, retriesToTicks(retries1, first, rtoMaxUs(tcb, env.settings)));
    if (profile === 'rfc' || (isOld && !isShut)) blackHoleSuspected(env, tcb);
    if (tcb.ecn !== null) noteTextLost(tcb, tcb.ecn);
    if (tcb.recovery !== null) enterLoss(env, tcb, tcb.recovery, before);
    if (isThin(env, tcb)) {
      tcb.backoff = 0;
      tcb.rtoUs = computeRto(tcb, env.settings);
    } else backOffRto(tcb, env.settings);
  }
  armTimer(env, tcb, TcpTimer.retransmission, retryTicks(env, tcb));
}

/** For Linux trouble that began with a time-out lasts as long as recovery from it, progress or not; all that was out then is acknowledged at its end. */
function isTroubleNew({ settings }: TcpEnvironment, { caState, recovery, sndUna }: Tcb): boolean {
  const isRecovering = caState === CaState.loss && recovery !== null && seqLt(sndUna, recovery.highSeq);
  return settings.profile === 'rfc' || !isRecovering;
}

/** Linux: into a window that has shrunk to nothing what goes again is a probe, and no time-out is counted; but for an orphan. */
function isShutInFlight({ settings }: TcpEnvironment, tcb: Tcb): boolean {
  return settings.profile === 'linux' && tcb.sndWnd === 0 && !tcb.isOrphan && tcb.sndUna !== tcb.iss;
}

/** Such probes end by the user timeout; else when nothing is heard at all for as long as two of the longest RTOs. */
function isShutTooLong(env: TcpEnvironment, tcb: Tcb): boolean {
  const board = tcb.scoreboard;
  if (tcb.backoff === 0) {
    // Nothing has gone again, or a tail loss probe only: it is asked when the first segment left.
    if (tcb.userTimeoutMs === 0 || board === null || board.isEmpty) return false;
    return ((env.clock.us - board.sentUs(board.slotAt(0))) | 0) >= tcb.userTimeoutMs * 1000;
  }
  if (tcb.userTimeoutMs > 0) return isOlderThan(env, tcb, tcb.userTimeoutMs * TICKS_PER_MS);
  const longest = 2 * usToTicks(rtoMaxUs(tcb, env.settings));
  return isOlderThan(env, tcb, longest) && ((env.clock.tick - tcb.lastAckTick) | 0) > longest;
}

/** Linux's `tcp_thin_linear_timeouts`: a stream of few segments cannot be repaired otherwise, so its first time-outs are not doubled. */
function isThin(env: TcpEnvironment, tcb: Tcb): boolean {
  const isAsked = env.settings.thin_linear_timeouts || tcb.rare?.isThinLinear === true;
  if (!isAsked || tcb.state !== TcpState.established) return false;
  const isFew = (tcb.scoreboard?.totalWeight ?? 0) < THIN_SEGMENTS * tcb.sendMss;
  return isFew && tcb.ssthresh < INFINITE_SSTHRESH && tcb.timeouts <= THIN_TIMEOUTS;
}

// RFC 9768 §3.1.4.1 R9768-15: with the same initial sequence number, whatever it asks for.
/** The SYN or SYN-ACK goes again; Linux doubles the interval of a SYN only after a few. */
function synExpired(env: TcpEnvironment, tcb: Tcb): void {
  env.extCounters.TCPSynRetrans++;
  env.counters.RetransSegs++;
  tcb.retransmitted++;
  tcb.pending |= Pending.syn;
  tcb.isSynTimed = false;
  // Linux: what was sent behind a SYN-ACK that goes again and again is lost, too.
  const isHopeless = tcb.isFastOpenPending && tcb.timeouts === 2 && env.settings.profile === 'linux';
  if (isHopeless) {
    const recovery = recoveryOf(env, tcb);
    enterLoss(env, tcb, recovery, tcb.timeouts - 1);
    noteFirstRetransmission(env, tcb, recovery);
  }
  const isLinear = tcb.state === TcpState.synSent && tcb.timeouts <= env.settings.syn_linear_timeouts;
  if (!isLinear) backOffRto(tcb, env.settings);
  env.scheduleOutput(tcb);
}

// RFC 9293 §3.8.3 MUST-20, SHLD-9: at R1 IP is told to doubt the route, and the user that there is trouble.
function doubtRoute(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.timeouts !== env.settings.retries1) return;
  env.adviseRouteFailure(tcb);
  tcb.softError ??= 'ETIMEDOUT';
  if (tcb.hasUser && tcb.softErrorReports) env.notify(tcb, TcpEvent.softError);
}

// RFC 9293 §3.8.3 MUST-20, MUST-21, MUST-22, MUST-23: R2 for data, for SYNs, and set by the user.
function hasGivenUp(env: TcpEnvironment, tcb: Tcb): boolean {
  const { settings } = env;
  if (tcb.isFastOpenPending) {
    // Linux: once more for a connection that its user may have already, and may have closed.
    return tcb.timeouts > (tcb.rare?.synRetries || settings.synack_retries);
  }
  if (isShutInFlight(env, tcb)) return isShutTooLong(env, tcb);
  // Linux sends everything once more, a SYN too.
  if (tcb.userTimeoutMs > 0 && (tcb.timeouts > 0 || (tcb.sndUna === tcb.iss && settings.profile === 'rfc'))) {
    return isOlderThan(env, tcb, tcb.userTimeoutMs * TICKS_PER_MS);
  }
  if (tcb.sndUna === tcb.iss) {
    const retries = tcb.rare?.synRetries || settings.syn_retries;
    // Linux: nor longer than doubling from the start would have taken.
    const isOld = isOlderThan(env, tcb, retriesToTicks(retries, settings.rto_initial_us, rtoMaxUs(tcb, settings)));
    return isOld || tcb.timeouts >= retries + settings.syn_linear_timeouts;
  }
  const orphanRetries = settings.orphan_retries || 8;
  if (tcb.isOrphan && settings.profile === 'rfc') return tcb.timeouts >= orphanRetries;
  // RFC 9293 §3.8.6 SHLD-17: a peer that answers with a closed window is alive; repeatedAck clears the count.
  const retries = tcb.isOrphan ? orphanRetries : settings.retries2;
  return (
    tcb.timeouts > 0 && isOlderThan(env, tcb, retriesToTicks(retries, rtoMinUs(tcb, settings), rtoMaxUs(tcb, settings)))
  );
}

/** The trouble began so many ticks ago. */
function isOlderThan(env: TcpEnvironment, tcb: Tcb, ticks: number): boolean {
  return ((env.clock.tick - tcb.firstTimeoutTick) | 0) >= ticks;
}

/** How long `retries` time-outs last when the RTO starts at `firstUs` and doubles up to its maximum, as Linux reads retries2. */
function retriesToTicks(retries: number, firstUs: number, maxUs: number): number {
  let total = 0;
  let rto = firstUs;
  for (let retry = 0; retry <= retries; retry++) {
    total += rto;
    rto = Math.min(rto * 2, maxUs);
  }
  return usToTicks(total);
}

// RFC 5482 §3.5 R5482-10: as after any user timeout, the program is told.
/** R2 is reached: the connection ends, for the reason the network gave if it gave one. */
function giveUp(env: TcpEnvironment, tcb: Tcb): void {
  env.extCounters.TCPAbortOnTimeout++;
  endConnection(env, tcb, tcb.softError ?? 'ETIMEDOUT', 'retransmission-timeout');
}

// RFC 9293 §3.8.6 MUST-35: a window that shrank to nothing is probed like any other.
// RFC 9293 §3.8.6.1 MUST-36, MUST-37, SHLD-30: probes go on, ever slower, as long as they are answered.
function persistExpired(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.backoff === 0) tcb.persistStartTick = env.clock.tick;
  if (hasStoppedAnswering(env, tcb)) {
    giveUp(env, tcb);
    return;
  }
  tcb.probes++;
  observeTimeout(env, tcb, TcpTimer.persist, tcb.probes);
  // The bit still stands when the last try never left for want of a route.
  const isUnsent = (tcb.pending & Pending.zeroWindowProbe) !== 0;
  tcb.pending |= Pending.zeroWindowProbe;
  if (tellsOfUrgent(env, tcb)) tcb.pending |= Pending.urgentProbe;
  // What was only held back (cork, a small window) now goes as data and is timed by the plain RTO.
  if ((isUnsent || tcb.usableWindow <= 0) && tcb.backoff < PROBE_DOUBLINGS_MAX) tcb.backoff++;
  armTimer(env, tcb, TcpTimer.persist, probeTicks(env, tcb));
  env.scheduleOutput(tcb);
}

/** Linux probes for urgent data, too, as far as the pointer reaches. */
function tellsOfUrgent({ settings }: TcpEnvironment, { urgent, sndUna }: Tcb): boolean {
  if (urgent === null || !urgent.isSending || settings.zero_window_probe === 'octet') return false;
  return ((urgent.sndUp - sndUna) | 0) > 0 && ((urgent.sndUp - sndUna) | 0) <= 0xffff;
}

/** `probes` counts probes without an answer. */
function hasStoppedAnswering(env: TcpEnvironment, tcb: Tcb): boolean {
  const { settings } = env;
  // tcp(7): on Linux the user timeout also ends a connection whose peer answers that its window is closed.
  const closedTicks = (env.clock.tick - tcb.persistStartTick) | 0;
  if (
    settings.profile === 'linux' &&
    tcb.usableWindow <= 0 &&
    tcb.userTimeoutMs > 0 &&
    // A peer's advice is about data that is not acknowledged, not about windows (RFC 5482).
    tcb.userTimeout?.isChangeable !== true &&
    closedTicks >= tcb.userTimeoutMs * TICKS_PER_MS
  )
    return true;
  // RFC 9293 §3.8.6.1 lets a closed window last while its probes are answered, but for resources (RFC 6429): nobody misses an orphan.
  const patience = settings.orphan_retries || 8;
  if (tcb.isOrphan && probeIntervalUs(tcb, settings) >= rtoMaxUs(tcb, settings) && tcb.backoff >= patience) return true;
  if (tcb.probes === 0) tcb.firstTimeoutTick = env.clock.tick;
  if (tcb.userTimeoutMs > 0 && tcb.probes > 0) {
    return isOlderThan(env, tcb, tcb.userTimeoutMs * TICKS_PER_MS);
  }
  return tcb.probes >= (tcb.isOrphan ? patience : settings.retries2);
}

// RFC 9293 §3.8.4 MUST-24, MUST-26, MUST-29: probes only when all is quiet, and one unanswered probe proves nothing.
function keepAliveExpired(env: TcpEnvironment, tcb: Tcb): void {
  const options = tcb.keepAlive;
  if (options === null || isOrphanInFinWait2(env, tcb)) return;
  if (tcb.sndUna !== tcb.sndNxt || tcb.unsentLength > 0) {
    armTimer(env, tcb, TcpTimer.keepAlive, options.idleMs * TICKS_PER_MS);
    return;
  }
  // RFC 5482 §3.4 R5482-9: a user timeout, agreed on or set, stands above the probes' own count, from when the peer was last heard on.
  const isLate =
    tcb.userTimeoutMs > 0
      ? options.idleMs + tcb.keepAliveProbes * options.intervalMs >= tcb.userTimeoutMs && tcb.keepAliveProbes > 0
      : tcb.keepAliveProbes >= options.probes;
  if (isLate) {
    env.extCounters.TCPAbortOnTimeout++;
    abortConnection(env, tcb, tcb.softError ?? 'ETIMEDOUT', 'keep-alive-timeout');
    return;
  }
  tcb.keepAliveProbes++;
  env.extCounters.TCPKeepAlive++;
  observeTimeout(env, tcb, TcpTimer.keepAlive, tcb.keepAliveProbes);
  tcb.pending |= Pending.keepAlive;
  armTimer(env, tcb, TcpTimer.keepAlive, options.intervalMs * TICKS_PER_MS);
  env.scheduleOutput(tcb);
}

// RFC 9293 §3.8.4 MUST-25, MUST-27, MUST-28, MAY-5: off until asked for; the interval is the user's.
/** Turns keep-alive on with these options, or off. */
export function setKeepAlive(env: TcpEnvironment, tcb: Tcb, options: Tcb['keepAlive']): void {
  const before = tcb.keepAlive;
  tcb.keepAlive = options;
  const isLinux = env.settings.profile === 'linux';
  // Linux: only another time of idleness is another time for the probe, and silence so far counts.
  if (isLinux && before !== null && options !== null && before.idleMs === options.idleMs) return;
  if (!isLinux) tcb.keepAliveProbes = 0;
  if (options === null) disarmTimer(tcb, TcpTimer.keepAlive);
  else if (isLinux && before !== null && isOpen(tcb)) {
    const silent = Math.min((env.clock.tick - tcb.lastReceiveTick) | 0, (env.clock.tick - tcb.lastAckTick) | 0);
    env.deferTimer(tcb, TcpTimer.keepAlive, Math.max(1, options.idleMs * TICKS_PER_MS - silent));
  } else if (isOpen(tcb)) {
    env.deferTimer(tcb, TcpTimer.keepAlive, options.idleMs * TICKS_PER_MS);
  }
}

function isOpen({ state }: Tcb): boolean {
  return state >= TcpState.established && state !== TcpState.timeWait;
}
