/**
 * Taking a reduction back that turned out to be unnecessary. Known by timestamps (Eifel detection, RFC 3522), by D-SACK for
 * everything sent again (RFC 3708), or by F-RTO (RFC 5682); answered by restoring the window (RFC 4015 under `rfc`, the
 * congestion control's own idea under `linux`) and, after a timeout, by a more careful RTO.
 */
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import { initialWindow } from '../congestion/initial-window.ts';
import type { TcpEnvironment } from '../environment.ts';
import { rtoMaxUs, rtoMinUs } from '../rare-options.ts';
import { seqLt } from '../seq.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { setCaState } from './reduction.ts';
import { noteReordering } from './sack.ts';

const GRANULARITY_US = 1000;
/** The reordering window is kept wide for this many recoveries. */
const WINDOW_PERSIST_MAX = 16;

/** An episode begins: from here on its reduction may be taken back. */
export function startUndo(tcb: Tcb, recovery: RecoveryState): void {
  recovery.mayUndo = true;
  recovery.undoMarker = tcb.sndUna;
  // What is out again already counts as well: a tail loss probe even when its segment is thought to be lost now.
  const probed = recovery.isProbeOut && recovery.isProbeRetransmission ? tcb.sendMss : 0;
  const out = Math.max(tcb.scoreboard?.retransmittedWeight ?? 0, probed);
  recovery.undoRetransmitted = out > 0 ? out : -1;
  // RFC 3522 §3.2 R3522-6: what an earlier episode kept is not of this one.
  if (out === 0) recovery.hasRetransmitStamp = false;
}

// RFC 3522 §3.2 R3522-2: anything else proves nothing.
/** RFC 3522 §3.2: the echo is of a time before anything was sent again: the original was acknowledged. */
export function isEchoOlderThanRetransmission(tcb: Tcb, recovery: RecoveryState, segment: TcpSegment): boolean {
  if (!recovery.hasRetransmitStamp) return recovery.undoRetransmitted === -1;
  if (!tcb.has(Agreed.timestamps) || (segment.optionsPresent & TcpOptionBit.timestamps) === 0) return false;
  return segment.timestampEcho !== 0 && seqLt(segment.timestampEcho, recovery.retransmitStamp);
}

function isUndoable(tcb: Tcb, recovery: RecoveryState, segment: TcpSegment): boolean {
  if (!recovery.mayUndo) return false;
  return recovery.undoRetransmitted === 0 || isEchoOlderThanRetransmission(tcb, recovery, segment);
}

/** The episode is over (SND.UNA reached its end): was it needed? Returns true while a connection without SACK must stay in it. */
export function undoAtEnd(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, segment: TcpSegment): boolean {
  if (isUndoable(tcb, recovery, segment)) {
    if (tcb.caState === CaState.loss) env.extCounters.TCPLossUndo++;
    else env.extCounters.TCPFullUndo++;
    restoreWindow(env, tcb, recovery, false);
  } else if (recovery.windowPersist > 0) recovery.windowPersist--;
  // RFC 6582 §3.2 R6582-1: without SACK, duplicates of what was sent twice must not start the next recovery.
  if (tcb.sndUna === recovery.highSeq && !tcb.has(Agreed.sack)) {
    if (!hasRetransmissions(tcb)) recovery.hasRetransmitStamp = false;
    return true;
  }
  setCaState(env, tcb, CaState.open);
  return false;
}

// RFC 3708 §2 R3708-3: all of them.
// RFC 3708 §4 R3708-6: or it stays as it is.
/** D-SACKs have reported every retransmission of the episode as a duplicate. */
export function undoByDsack(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): boolean {
  if (!recovery.mayUndo || recovery.undoRetransmitted !== 0) return false;
  recovery.windowPersist = Math.min(WINDOW_PERSIST_MAX, recovery.windowPersist + 1);
  restoreWindow(env, tcb, recovery, false);
  env.extCounters.TCPDSACKUndo++;
  return true;
}

/** In Recovery: SND.UNA moved by an original that was late, not by what was sent again. True: wait, send nothing again. */
export function undoPartial(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  segment: TcpSegment,
  priorUna: number,
): boolean {
  if (!recovery.mayUndo || !isEchoOlderThanRetransmission(tcb, recovery, segment)) return false;
  noteReordering(env, tcb, recovery, priorUna, recovery.highestSacked);
  // Until every copy is accounted for, neither undo nor send more.
  if ((tcb.scoreboard?.retransmittedWeight ?? 0) > 0) return true;
  if (!hasRetransmissions(tcb)) recovery.hasRetransmitStamp = false;
  env.extCounters.TCPPartialUndo++;
  restoreWindow(env, tcb, recovery, true);
  setCaState(env, tcb, tcb.scoreboard !== null && tcb.scoreboard.sackedWeight > 0 ? CaState.disorder : CaState.open);
  return true;
}

// RFC 5682 §4 R5682-11: by RFC 4015, to no more than there was.
/** In Loss: the timeout was spurious. `isCertain`: F-RTO says so. Returns true when the state is Open again. */
export function undoLoss(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  segment: TcpSegment,
  isCertain: boolean,
): boolean {
  if (!isCertain && !isUndoable(tcb, recovery, segment)) return false;
  if (!recovery.mayUndo) return false;
  restoreWindow(env, tcb, recovery, true);
  env.extCounters.TCPLossUndo++;
  if (isCertain) env.extCounters.TCPSpuriousRTOs++;
  tcb.timeouts = 0;
  adaptRto(env, tcb, recovery);
  if (isCertain || tcb.has(Agreed.sack)) {
    setCaState(env, tcb, CaState.open);
    recovery.isFrto = false;
  }
  return true;
}

// RFC 3708 §5 R3708-7: to where it was, and no further.
// RFC 4015 §2 R4015-1: called for what RFC 3522, RFC 3708 and RFC 5682 have found.
/** Window and threshold as before the reduction, as far as each profile goes. */
function restoreWindow(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, unmark: boolean): void {
  if (unmark) unmarkLost(tcb);
  if (tcb.priorSsthresh !== 0) {
    // Asked in both profiles: the control takes its own memory of the loss back.
    const before = tcb.congestion.windowAfterUndo(env, tcb);
    // RFC 4015 §3.2 step 7: no burst: what is in flight plus what this ACK released, an initial window at most.
    const released = Math.min(env.ackSample.acked, initialWindow(env, tcb));
    const restored =
      env.settings.profile === 'rfc' && tcb.congestion.control === undefined
        ? Math.max(tcb.cwnd, Math.min(before, (tcb.scoreboard?.inFlight ?? 0) + released))
        : before;
    tcb.cwnd = restored;
    if (tcb.priorSsthresh > tcb.ssthresh) tcb.ssthresh = tcb.priorSsthresh;
    tcb.cwrQueued = false;
  }
  tcb.windowUsedTick = env.clock.tick;
  recovery.mayUndo = false;
  // RACK looks again with what it has learned.
  recovery.isRackAdvanced = true;
}

/** RFC 4015 §3.2 step 8: a path that surprised us once gets an RTO from the sample that told. */
function adaptRto(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): void {
  if (env.settings.profile !== 'rfc' || recovery.priorSrttUs === 0) return;
  const sample = Math.max(env.ackSample.rttUs, 0) || tcb.srttUs;
  tcb.srttUs = Math.max(recovery.priorSrttUs, sample) | 0;
  tcb.rttvarUs = Math.max(recovery.priorRttvarUs, sample >> 1) | 0;
  const rto = tcb.srttUs + Math.max(GRANULARITY_US, 4 * tcb.rttvarUs);
  tcb.rtoUs = Math.min(Math.max(rto, rtoMinUs(tcb, env.settings)), rtoMaxUs(tcb, env.settings)) | 0;
  tcb.backoff = 0;
}

// RFC 4015 §3 R4015-3: nothing waits to be sent again, so new data goes.
function unmarkLost(tcb: Tcb): void {
  const board = tcb.scoreboard;
  if (board === null || board.lostWeight === 0) return;
  for (let index = 0; index < board.count; index++) {
    const slot = board.slotAt(index);
    if (board.flags(slot) & SegmentFlag.lost) board.unmarkLost(slot);
  }
}

/** Anything outstanding was sent twice. */
export function hasRetransmissions(tcb: Tcb): boolean {
  const board = tcb.scoreboard;
  if (board === null || board.isEmpty) return false;
  if (board.retransmittedWeight > 0) return true;
  return (board.flags(board.slotAt(0)) & SegmentFlag.everRetransmitted) !== 0;
}
