/**
 * How fast the network delivers (draft-ietf-ccwg-bbr section 4.1): each transmission remembers what had been delivered when
 * it left; when it is delivered itself, the difference over the time is the rate. An interval is the longer of sending and
 * acknowledging, so that neither bursts of ACKs nor of data make a path look faster than it is.
 */

import type { TcpEnvironment } from '../environment.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import type { Scoreboard } from '../tcb/scoreboard.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import type { Tcb } from '../tcb/tcb.ts';
import type { AckSample } from './ack-sample.ts';
import { isSentAfter } from './rack.ts';

// draft-ietf-ccwg-bbr-05 §2.1 RBBR-1: only what has a record in the scoreboard, so no pure ACK.
// draft-ietf-ccwg-bbr-05 §4.1.2.2 RBBR-11: what a segment remembers.
/** A record leaves at `sentUs`: stamps it with the state of the connection. */
export function stampSent(
  tcb: Tcb,
  recovery: RecoveryState,
  board: Scoreboard,
  slot: number,
  sentUs: number,
  wasIdle: boolean,
): void {
  if (wasIdle) {
    recovery.firstSentUs = sentUs;
    recovery.deliveredUs = sentUs;
  }
  recovery.sendOrder = (recovery.sendOrder + 1) | 0;
  board.stamp(
    slot,
    sentUs,
    recovery.sendOrder,
    tcb.delivered | 0,
    recovery.deliveredUs,
    recovery.firstSentUs,
    tcb.lost | 0,
    tcb.appLimitedUntil > 0,
  );
}

/** The record at `slot` was delivered: the sample is about the one sent last. Call before its flags change. */
export function sampleDelivered(recovery: RecoveryState, board: Scoreboard, ack: AckSample, slot: number): void {
  if (ack.hasRateSample && !isSentAfter(board, slot, ack.rateSentUs, ack.rateSendOrder, ack.rateEndSeq)) return;
  const sentUs = board.sentUs(slot);
  ack.hasRateSample = true;
  ack.rateSentUs = sentUs;
  ack.rateSendOrder = board.sendOrder(slot);
  ack.rateEndSeq = board.end(slot);
  ack.priorDelivered = board.deliveredAtSend(slot);
  ack.priorDeliveredUs = board.deliveredUs(slot);
  ack.isAppLimited = (board.flags(slot) & SegmentFlag.appLimited) !== 0;
  ack.txInFlight = board.txInFlight(slot);
  ack.lostAtSend = board.lostAtSend(slot);
  ack.sendElapsedUs = (sentUs - board.firstSentUs(slot)) | 0;
  recovery.firstSentUs = sentUs;
}

// draft-ietf-ccwg-bbr-05 §4.1.2.3 RBBR-12, RBBR-13: the longer of two intervals, never shorter than a round trip.
/** All records of this acknowledgment are known: finishes the sample. */
export function finishRateSample(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, ack: AckSample): void {
  if (tcb.appLimitedUntil > 0 && tcb.delivered > tcb.appLimitedUntil) tcb.appLimitedUntil = 0;
  if (ack.delivered > 0) recovery.deliveredUs = env.clock.us;
  if (!ack.hasRateSample) return;
  ack.rateDelivered = ((tcb.delivered | 0) - ack.priorDelivered) | 0;
  ack.lostSince = ((tcb.lost | 0) - ack.lostAtSend) | 0;
  const ackElapsedUs = (env.clock.us - ack.priorDeliveredUs) | 0;
  const intervalUs = Math.max(ack.sendElapsedUs, ackElapsedUs);
  // Shorter than any round trip: a copy was taken for the original.
  if (intervalUs <= 0 || (tcb.minRttUs > 0 && intervalUs < tcb.minRttUs)) return;
  ack.intervalUs = intervalUs;
  const isFaster = ack.rateDelivered * tcb.rateIntervalUs >= tcb.rateDelivered * intervalUs;
  if (!ack.isAppLimited || isFaster || tcb.rateIntervalUs === 0) {
    tcb.rateDelivered = ack.rateDelivered;
    tcb.rateIntervalUs = intervalUs;
    tcb.isRateAppLimited = ack.isAppLimited;
  }
}
