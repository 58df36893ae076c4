/**
 * Which records count as lost now: by RACK where the peer has SACK (RFC 8985), by counting what was SACKed above where RACK is
 * switched off (RFC 6675 section 4), by duplicate and partial ACKs where there is no SACK (RFC 5681, RFC 6582).
 */

import { CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import type { Scoreboard } from '../tcb/scoreboard.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import type { AckSample } from './ack-sample.ts';
import { markLost, RecoveryBit, rackDetect } from './rack.ts';

/** Marks what is lost. Returns true when a retransmission was among it. */
export function findLosses(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, ack: AckSample): boolean {
  const board = tcb.scoreboard;
  if (board === null || board.isEmpty) return false;
  const lostBefore = tcb.lost;
  const againBefore = board.retransmittedWeight;
  // RFC 8985 §4 R8985-10: RACK is for peers with SACK.
  if (!tcb.has(Agreed.sack)) markByDuplicates(env, tcb, recovery, board, ack);
  else if (env.settings.recovery & RecoveryBit.rack) rackDetect(env, tcb);
  else markBySackCount(env, tcb, recovery, board);
  ack.lost += tcb.lost - lostBefore;
  return board.retransmittedWeight < againBefore;
}

// RFC 6582 §1 R6582-7: where there is no SACK to tell more.
/** RFC 6582 §3.2 steps 2 and 3: the third duplicate, or a partial acknowledgment, condemns the first unacknowledged segment. */
function markByDuplicates(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  board: Scoreboard,
  ack: AckSample,
): void {
  // RFC 5681 §3.2 R5681-6: the third duplicate.
  const isThird = tcb.caState < CaState.recovery && recovery.renoSacked >= recovery.reordering * tcb.sendMss;
  const isPartial = tcb.caState === CaState.recovery && ack.isAdvance;
  if (!isThird && !isPartial) return;
  const first = board.slotAt(0);
  if (board.flags(first) & SegmentFlag.lost) return;
  const mss = board.mss(first);
  if (((board.end(first) - board.seq(first)) | 0) > mss) board.split(0, (board.seq(first) + mss) | 0);
  markLost(env, tcb, recovery, board, first);
}

// RFC 6675 §4: lost when DupThresh ranges, or more than (DupThresh - 1) * SMSS octets, were SACKed above.
function markBySackCount(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, board: Scoreboard): void {
  let above = 0;
  let ranges = 0;
  let index = Math.min(board.count - 1, board.indexBeyond((recovery.highestSacked - 1) | 0));
  for (; index >= 0; index--) {
    board.visited++;
    const slot = board.slotAt(index);
    if ((board.flags(slot) & SegmentFlag.sacked) === 0) continue;
    above += board.weight(slot);
    ranges++;
    if (ranges >= recovery.reordering || above > (recovery.reordering - 1) * tcb.sendMss) break;
  }
  for (index--; index >= 0; index--) {
    board.visited++;
    const slot = board.slotAt(index);
    const flags = board.flags(slot);
    if (flags & SegmentFlag.sacked) continue;
    // Everything below was judged before.
    if (flags & SegmentFlag.lost || flags & SegmentFlag.everRetransmitted) break;
    markLost(env, tcb, recovery, board, slot);
  }
}
