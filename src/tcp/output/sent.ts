/**
 * Bookkeeping of what leaves: new data gets a record in the scoreboard, what is sent again has its record renewed.
 */
import { CaEvent, CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { timestampValue } from '../input/timestamps.ts';
import { stampSent } from '../recovery/delivery-rate.ts';
import { rackResumes } from '../recovery/rack.ts';
import { isReducing } from '../recovery/reduction.ts';
import { noteWindowUse } from '../recovery/window-validation.ts';
import { seqMax } from '../seq.ts';
import { RecoveryState } from '../tcb/recovery-state.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { departureUs, paceNext } from './pacing.ts';

/** The sender's memory, made when first needed. */
export function recoveryOf(env: TcpEnvironment, tcb: Tcb): RecoveryState {
  tcb.recovery ??= new RecoveryState(tcb.sndUna, env.settings.reordering);
  return tcb.recovery;
}

/**
 * New data (or a FIN), [seq, end), leaves.
 * @param isProbe of a closed window: it gives no round-trip time
 * @param mss octets of one packet of it
 * @param marks bits of a `SegmentFlag` that stay with it
 * @param isOverride a timer sends it: for Linux that says nothing about the use of the window
 */
export function noteNewData(
  env: TcpEnvironment,
  tcb: Tcb,
  seq: number,
  end: number,
  isProbe: boolean,
  mss = tcb.sendMss,
  marks = 0,
  isOverride = false,
): void {
  const recovery = recoveryOf(env, tcb);
  tcb.scoreboard ??= env.scoreboards.acquire(env.settings.profile === 'linux' ? tcb.sendMss : 0);
  const board = tcb.scoreboard;
  const wasIdle = board.isEmpty;
  if (wasIdle) tcb.congestion.onEvent?.(env, tcb, CaEvent.transmitStart);
  const slot = board.append(seq, end, mss, marks);
  if (board.weightOctets !== board.charged) env.pool.recount(board, board.weightOctets);
  if (isProbe) {
    board.markRetransmitted(slot);
    board.unmarkRetransmitted(slot);
  }
  const sentUs = departureUs(env, tcb);
  if (wasIdle) rackResumes(recovery, sentUs);
  stampSent(tcb, recovery, board, slot, sentUs, wasIdle);
  // RFC 9937 §6.3 R9937-12: new data and what goes again.
  if (isReducing(tcb)) recovery.prrOut += board.weight(slot);
  paceNext(env, tcb, (end - seq) | 0);
  if (!isOverride || env.settings.profile === 'rfc') noteWindowUse(env, tcb, recovery);
}

/** Nothing is in flight any more. */
export function releaseScoreboard(env: TcpEnvironment, tcb: Tcb): void {
  const board = tcb.scoreboard;
  if (board === null) return;
  env.pool.recount(board, 0);
  env.scoreboards.release(board);
  tcb.scoreboard = null;
}

// RFC 3522 §3.2 R3522-1: RetransmitTS, of the first in an episode.
/** Something goes again now. */
export function noteFirstRetransmission(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): void {
  if (recovery.hasRetransmitStamp) return;
  recovery.hasRetransmitStamp = true;
  recovery.retransmitStamp = timestampValue(env, tcb);
}

// RFC 8985 §6.1 R8985-16: it has left and is not lost any more, and never again was sent only once.
// RFC 8985 §7.3 R8985-21: probes come here too.
/** The record at `slot` leaves again. @param isProbe which Linux does not count as one more in the network */
export function noteRetransmission(env: TcpEnvironment, tcb: Tcb, slot: number, isProbe = false): void {
  const { scoreboard: board, recovery } = tcb;
  if (board === null || recovery === null) return;
  const weight = board.weight(slot);
  noteFirstRetransmission(env, tcb, recovery);
  recovery.undoRetransmitted = Math.max(0, recovery.undoRetransmitted) + weight;
  if (tcb.caState === CaState.recovery || tcb.caState === CaState.cwr) recovery.prrOut += weight;
  if (board.flags(slot) & SegmentFlag.lost) recovery.retransmitSeq = seqMax(recovery.retransmitSeq, board.end(slot));
  tcb.retransmittedOctets += weight;
  const isOnItsWay = (board.flags(slot) & SegmentFlag.retransmitted) !== 0;
  board.markRetransmitted(slot);
  if (isProbe && !isOnItsWay && env.settings.profile === 'linux') board.unmarkRetransmitted(slot);
  stampSent(tcb, recovery, board, slot, departureUs(env, tcb), false);
  paceNext(env, tcb, (board.end(slot) - board.seq(slot)) | 0);
}
