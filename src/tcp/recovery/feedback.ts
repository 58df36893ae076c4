/**
 * What an acknowledgment tells the sender, in the order in which it has to be understood: SACK blocks, cumulative
 * acknowledgment, round-trip time, reordering, probes, recovery, and at last the congestion window (RFC 5681, 6675, 8985, 9937).
 */
import { usToTicks } from '../../base/clock.ts';
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import { takeMarks } from '../ecn/marks.ts';
import type { TcpEnvironment } from '../environment.ts';
import { mtuProbeAcknowledged } from '../output/mtu-probing.ts';
import { updatePacingRate } from '../output/pacing.ts';
import { releaseScoreboard } from '../output/sent.ts';
import { seqLe, seqLt, seqMin } from '../seq.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import type { Scoreboard } from '../tcb/scoreboard.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { armTimer, disarmTimer, TcpTimer } from '../timers.ts';
import type { AckSample } from './ack-sample.ts';
import { finishRateSample, sampleDelivered } from './delivery-rate.ts';
import { eatDuplicates } from './duplicates.ts';
import { rackDelivered, updateReorderingWindow } from './rack.ts';
import { keepUp, recover } from './recovery.ts';
import { inFlight, isReducing, stepReduction } from './reduction.ts';
import { takeRttSample } from './rtt.ts';
import { noteReordering, takeSackBlocks } from './sack.ts';
import { scheduleLossProbe, takeProbeAck } from './tail-loss-probe.ts';
import { mayGrow, measurePipeAck } from './window-validation.ts';

/** No slot. */
const NONE = -1;

/** A timestamp echo older than this is no round trip. */
const ECHO_AGE_MAX_MS = 1_800_000;

/** SND.UNA is up to date, `env.ackSample` reset, and says whether the segment was a plain duplicate. */
export function takeFeedback(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment, priorUna: number): void {
  const { recovery } = tcb;
  const ack = env.ackSample;
  if (recovery === null) {
    if (tcb.ecn !== null) takeMarks(env, tcb, tcb.ecn, segment, ack, (tcb.sndUna - priorUna) | 0);
    return;
  }
  const highestBefore = recovery.highestSacked;
  if (env.settings.profile === 'rfc') ack.echoAgeUs = echoedRttUs(env, tcb, segment);
  // RFC 6675 §5 R6675-8: first of all.
  takeSackBlocks(env, tcb, segment, ack, priorUna);
  // Linux asks the timestamp about what is acknowledged cumulatively only.
  if (env.settings.profile === 'linux') ack.echoAgeUs = echoedRttUs(env, tcb, segment);
  const board = tcb.scoreboard;
  const sackRttUs = ack.hasSackTime ? (env.clock.us - ack.sackSentUs) | 0 : -1;
  const firstSentUs = board !== null && !board.isEmpty ? board.sentUs(board.slotAt(0)) : 0;
  // draft-ietf-ccwg-bbr-05 §4.1.3.6 RBBR-17: SACK and timestamps are read before the rate is.
  if (board !== null && ack.isAdvance) acknowledgeRecords(env, tcb, recovery, board, priorUna, highestBefore);
  mtuProbeAcknowledged(env, tcb);
  measureRtt(env, tcb, recovery, segment, ack, sackRttUs);
  finishRateSample(env, tcb, recovery, ack);
  if (tcb.ecn !== null) takeMarks(env, tcb, tcb.ecn, segment, ack, (tcb.sndUna - priorUna) | 0);
  updateReorderingWindow(env, tcb, ack);
  takeProbeAck(env, tcb, recovery, segment);
  // RFC 6675 §2 R6675-7: newly SACKed data is news, whatever else the segment carries.
  if (!ack.isNotDuplicate || ack.isSacked || ack.isMarked || ack.isReneged || tcb.caState !== CaState.open) {
    recover(env, tcb, recovery, segment, priorUna);
  }
  keepUp(tcb, recovery);
  // What was sent before the first segment went (again) tells nothing of that one's fate; what was sent later must not put off its time-out.
  const isSackOlder = sackRttUs >= 0 && sackRttUs > ((env.clock.us - firstSentUs) | 0);
  restartTimers(env, tcb, ack.isDataAcked || isSackOlder);
  adjustWindow(env, tcb, recovery, ack);
}

/**
 * An acknowledgment older than SND.UNA has been overtaken; what it SACKs is news all the same. Its window, marks and timestamps are not, and
 * Linux does not count what it tells of as delivered. @returns whether something was SACKed
 */
export function takeOldSack(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, segment: TcpSegment): boolean {
  const ack = env.ackSample;
  const { delivered } = tcb;
  ack.reset(inFlight(tcb));
  ack.isNotDuplicate = true;
  takeSackBlocks(env, tcb, segment, ack, tcb.sndUna);
  if (env.settings.profile === 'linux') tcb.delivered = delivered;
  if (ack.isSacked || tcb.caState !== CaState.open) recover(env, tcb, recovery, segment, tcb.sndUna);
  keepUp(tcb, recovery);
  return ack.isSacked;
}

/** Takes what is acknowledged cumulatively out of the scoreboard. */
function acknowledgeRecords(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  board: Scoreboard,
  priorUna: number,
  highestBefore: number,
): void {
  const ack = env.ackSample;
  let lowest = highestBefore;
  // Of the records that were sent once each left after those before it: of several the last says it all.
  let first = NONE;
  let last = NONE;
  let untold = NONE;
  while (!board.isEmpty) {
    board.visited++;
    const slot = board.slotAt(0);
    const seq = board.seq(slot);
    const isWhole = seqLe(board.end(slot), tcb.sndUna);
    if (!isWhole && !seqLt(seq, tcb.sndUna)) break;
    const flags = board.flags(slot);
    const weight = isWhole ? board.weight(slot) : board.trimFirst(tcb.sndUna);
    // Less than a segment of a longer record: nothing that was sent for itself.
    if (weight === 0) break;
    if (flags & SegmentFlag.everRetransmitted) {
      ack.isRetransmissionAcked = true;
      if (untold !== NONE) noteDelivered(env, tcb, recovery, board, untold);
      if ((flags & SegmentFlag.sacked) === 0) noteDelivered(env, tcb, recovery, board, slot);
      untold = NONE;
    } else if ((flags & SegmentFlag.sacked) === 0) {
      if (first === NONE) {
        first = slot;
        lowest = seqMin(lowest, seq);
        ack.isOriginalDelivered ||= seqLe(board.end(slot), recovery.highSeq);
      }
      untold = last = slot;
    }
    if ((flags & SegmentFlag.sacked) === 0) countDelivered(tcb, ack, weight);
    ack.acked += weight;
    if (!isWhole) break;
    board.removeFirst();
  }
  if (untold !== NONE) noteDelivered(env, tcb, recovery, board, untold);
  // For Linux a part of a segment is not news yet: no timer starts anew, nothing is measured. A SYN is a whole one, without a record.
  const isWhole = env.settings.profile === 'rfc' || ack.acked > 0 || priorUna === tcb.iss;
  ack.isDataAcked = isWhole && tcb.sndUna !== priorUna;
  if (first !== NONE && !ack.isRetransmissionAcked) {
    ack.rttUs = (env.clock.us - board.sentUs(first)) | 0;
    ack.latestRttUs = (env.clock.us - board.sentUs(last)) | 0;
  }
  if (!tcb.has(Agreed.sack)) eatDuplicates(env, tcb, recovery, ack);
  // A hole that was never sent again was filled from the network: reordering.
  else noteReordering(env, tcb, recovery, lowest, highestBefore);
  if (board.isEmpty) {
    releaseScoreboard(env, tcb);
  } else if (board.flags(board.slotAt(0)) & SegmentFlag.sacked) ack.isReneged = true;
}

/** What the record at `slot`, delivered now, tells of the way: its fields stay readable when it has left the scoreboard. */
function noteDelivered(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, board: Scoreboard, slot: number): void {
  rackDelivered(env, tcb, recovery, slot);
  sampleDelivered(recovery, board, env.ackSample, slot);
}

// RFC 9937 §6.2 R9937-8: cumulatively or by SACK, each octet once.
function countDelivered(tcb: Tcb, ack: AckSample, weight: number): void {
  tcb.delivered += weight;
  ack.delivered += weight;
}

// draft-ietf-ccwg-bbr-05 §4.2 RBBR-18: congestion controls go by the latest of what an ACK covers.
// RFC 6298 §3 R6298-5: an ambiguous acknowledgment gives no sample.
// RFC 7323 §4.1 R7323-14: nor does one that acknowledges nothing new.
/** RFC 6298 §3, §4: by data sent once; else a timestamp tells which of two copies is acknowledged (RFC 7323 §4). */
function measureRtt(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  segment: TcpSegment,
  ack: AckSample,
  sackRttUs: number,
): void {
  if (sackRttUs >= 0) {
    if (ack.rttUs < 0) ack.rttUs = sackRttUs;
    ack.latestRttUs = (env.clock.us - ack.lastSackSentUs) | 0;
  }
  if (ack.rttUs < 0 && ack.isDataAcked) ack.rttUs = ack.latestRttUs = echoedRttUs(env, tcb, segment);
  if (ack.rttUs < 0) return;
  takeRttSample(env, tcb, ack.rttUs, ack.latestRttUs);
  recovery.hasRttSinceProbe = true;
  // RFC 6298 §5 R6298-13: a backed-off RTO stays until there is a new sample.
  tcb.backoff = 0;
}

/** Microseconds since the timestamp was made that the segment echoes; -1: it tells nothing. */
export function echoedRttUs(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): number {
  const hasEcho = tcb.has(Agreed.timestamps) && (segment.optionsPresent & TcpOptionBit.timestamps) !== 0;
  if (!hasEcho || segment.timestampEcho === 0) return -1;
  const elapsedMs = (env.clock.ms + tcb.tsOffset - segment.timestampEcho) | 0;
  return elapsedMs < 0 || elapsedMs > ECHO_AGE_MAX_MS ? -1 : Math.max(1, elapsedMs * 1000);
}

// RFC 6675 §6 R6675-16: also in recovery, where a new ACK starts it anew.
// RFC 6298 §5 R6298-6: off when nothing is outstanding, else the whole RTO from now.
function restartTimers(env: TcpEnvironment, tcb: Tcb, isProgress: boolean): void {
  if (tcb.sndUna === tcb.sndNxt) {
    disarmTimer(tcb, TcpTimer.retransmission | TcpTimer.lossProbe | TcpTimer.reordering);
    return;
  }
  if (!isProgress) return;
  if (!env.ackSample.isReneged) armTimer(env, tcb, TcpTimer.retransmission, usToTicks(tcb.rtoUs));
  scheduleLossProbe(env, tcb, true);
}

// RFC 9937 §6.2 R9937-7: each ACK of an episode but the one that ends it.
function adjustWindow(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, ack: AckSample): void {
  const { congestion } = tcb;
  if (ack.delivered > 0 && env.settings.profile === 'rfc') measurePipeAck(env, tcb, recovery, ack);
  if (ack.isDataAcked || ack.isSacked) congestion.onSample?.(env, tcb, ack);
  if (congestion.control !== undefined) congestion.control(env, tcb, ack);
  else if (isReducing(tcb)) stepReduction(env, tcb, recovery, ack.delivered, ack.lost);
  else if (isGrowth(env, recovery, ack)) {
    // Asked for growth, granted or not: the window is in use.
    tcb.windowUsedTick = env.clock.tick;
    if (mayGrow(env, tcb, recovery)) congestion.onAcked(env, tcb, ack);
  }
  tcb.cwnd = Math.min(Math.max(tcb.cwnd, tcb.sendMss), tcb.cwndClamp);
  updatePacingRate(env, tcb);
}

/** On a path that reorders, SACKed data opens the window as well; elsewhere only what is acknowledged in order. */
function isGrowth(env: TcpEnvironment, recovery: RecoveryState, ack: AckSample): boolean {
  if (recovery.reordering > env.settings.reordering) return ack.isDataAcked || ack.isSacked;
  return ack.isDataAcked;
}
