/**
 * How long an acknowledgment is delayed, and which go at once (RFC 9293 section 3.8.6.3, RFC 5681 section 4.2). Linux adapts: the
 * delay follows the gaps between arrivals, the first segments of a connection and of a new flight are acknowledged at once, and a
 * user who answers what arrives gets the acknowledgment to ride on the answer.
 */
import { msToTicks, TICKS_PER_MS, usToTicks } from '../../base/clock.ts';
import type { TcpEnvironment } from '../environment.ts';
import { rtoMinUs } from '../rare-options.ts';
import type { TcpSettings } from '../settings.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, disarmTimer, isTimerArmed, TcpTimer } from '../timers.ts';
import { forgetHeldAcks } from './sack-compression.ts';

/** Longest delay on Linux, and where what was pushed or answered is concerned. */
const DELAY_MAX_MS = 500;
const PUSHED_DELAY_MAX_MS = 200;
const US_PER_MS = 1000;

// RFC 9293 §3.10.7.4 MUST-58, MUST-59: one for all that the batch brought.
/** An acknowledgment with the next flush. */
export function acknowledgeNow(env: TcpEnvironment, tcb: Tcb): void {
  tcb.pending |= Pending.ack;
  env.scheduleOutput(tcb);
}

/** How the rhythm begins, milliseconds. */
function leastDelayMs(settings: TcpSettings): number {
  return settings.delayed_ack_us / US_PER_MS;
}

/** Linux: text has come in order; the delay and the number of quick acknowledgments follow the rhythm. */
export function noteRhythm(env: TcpEnvironment, tcb: Tcb): void {
  const { settings } = env;
  const leastMs = leastDelayMs(settings);
  if (tcb.ackDelayMs === 0) {
    raiseQuickAcks(tcb, settings.quick_acks);
    tcb.ackDelayMs = leastMs;
    return;
  }
  const rtoMs = Math.floor(tcb.rtoUs / US_PER_MS);
  const ticks = (env.clock.tick - tcb.lastReceiveTick) | 0;
  // Negative: a silence longer than ticks can tell.
  const gapMs = ticks < 0 ? rtoMs + 1 : Math.floor(ticks / TICKS_PER_MS);
  if (gapMs <= leastMs / 2) tcb.ackDelayMs = (tcb.ackDelayMs >> 1) + leastMs / 2;
  else if (gapMs < tcb.ackDelayMs) tcb.ackDelayMs = Math.min((tcb.ackDelayMs >> 1) + gapMs, rtoMs);
  // The sender seems to start anew, and may be waiting with a small window.
  else if (gapMs > rtoMs) raiseQuickAcks(tcb, settings.quick_acks);
}

/** As many as half a window needs, within bounds. */
function raiseQuickAcks(tcb: Tcb, most: number): void {
  const offered = (tcb.rcvAdv - tcb.lastAckSent) | 0;
  const segments = Math.floor(offered / (2 * Math.max(1, tcb.receiveMss))) || 2;
  tcb.quickAcks = Math.max(tcb.quickAcks, Math.min(segments, most));
}

/** Linux: something shows that the sender misses acknowledgments: the next ones go at once. */
export function acknowledgeQuickly(settings: TcpSettings, tcb: Tcb, most = settings.quick_acks): void {
  raiseQuickAcks(tcb, most);
  tcb.isInteractive = false;
  tcb.ackDelayMs = leastDelayMs(settings);
}

// RFC 5681 §4.2 R5681-17: the setting is below half a second.
/** Waits for company, unless the acknowledgment is about to go anyway. Returns true when it should go now. */
export function delayAck(env: TcpEnvironment, tcb: Tcb): boolean {
  tcb.isAckDelayed = true;
  const isLinux = env.settings.profile === 'linux';
  const ticks = isLinux ? msToTicks(adaptedDelayMs(env.settings, tcb)) : usToTicks(env.settings.delayed_ack_us);
  if (isTimerArmed(tcb, TcpTimer.delayedAck)) {
    const left = (tcb.delayedAckTick - env.clock.tick) | 0;
    if (isLinux && left <= ticks >> 2) return true;
    if (left <= ticks) return false;
  }
  armTimer(env, tcb, TcpTimer.delayedAck, ticks);
  return false;
}

function adaptedDelayMs(settings: TcpSettings, tcb: Tcb): number {
  const leastMs = leastDelayMs(settings);
  let delayMs = tcb.ackDelayMs;
  if (delayMs > leastMs) {
    let mostMs = tcb.isInteractive || tcb.pushedSegments > 0 ? PUSHED_DELAY_MAX_MS : DELAY_MAX_MS;
    if (tcb.srttUs > 0) mostMs = Math.min(mostMs, Math.max(Math.floor(tcb.srttUs / US_PER_MS), leastMs));
    delayMs = Math.min(delayMs, mostMs);
  }
  const mostMs = tcb.rare?.delayedAckMaxUs ? tcb.rare.delayedAckMaxUs / US_PER_MS : PUSHED_DELAY_MAX_MS;
  return Math.min(delayMs, mostMs, Math.floor(rtoMinUs(tcb, settings) / US_PER_MS) - 1);
}

/** Linux: the delay was in vain. A user who did not answer was not interactive after all; another one's delay grows. */
export function noteDelayMissed(settings: TcpSettings, tcb: Tcb): void {
  if (tcb.isInteractive) tcb.ackDelayMs = leastDelayMs(settings);
  else tcb.ackDelayMs = Math.min(tcb.ackDelayMs << 1, Math.floor(tcb.rtoUs / US_PER_MS));
  tcb.isInteractive = false;
}

/** An acknowledgment leaves, and with it what was owed. */
export function noteOwedAckSent(env: TcpEnvironment, tcb: Tcb): void {
  const { settings } = env;
  // Answers to what is out of place are none of the quick ones.
  const wasOwed =
    tcb.isAckDelayed || (tcb.pending & (Pending.ack | Pending.answer | Pending.challenge)) === Pending.ack;
  if (wasOwed && tcb.quickAcks > 0 && --tcb.quickAcks === 0 && settings.profile === 'linux')
    tcb.ackDelayMs = leastDelayMs(settings);
  tcb.pushedSegments = 0;
  const early = tcb.reassembly;
  if (early !== null && early.heldBlocks !== null) {
    // What has come since those blocks is still owed.
    early.heldBlocks = null;
    return;
  }
  if (!tcb.isAckDelayed) return;
  if (early !== null && early.heldAcks > 0) forgetHeldAcks(env, tcb, early);
  tcb.isAckDelayed = false;
  disarmTimer(tcb, TcpTimer.delayedAck);
}

/** Text leaves: soon after text has come, it is an answer. */
export function noteAnswer({ settings, clock }: TcpEnvironment, tcb: Tcb): void {
  const isLinux = settings.profile === 'linux';
  // On Linux the handshake counts, once there is a rhythm to measure by.
  if (tcb.bytesReceived === 0 && !isLinux) return;
  const withinMs = isLinux ? tcb.ackDelayMs : leastDelayMs(settings);
  const sinceReceived = (clock.tick - tcb.lastReceiveTick) | 0;
  if (sinceReceived >= 0 && sinceReceived < msToTicks(withinMs)) tcb.isInteractive = true;
}
