/**
 * Loss recovery: what an acknowledgment means for the state of the sender (Open, Disorder, CWR, Recovery, Loss), and what a
 * retransmission timeout does. The order of things is that of Linux; the rules are RFC 6675 and 8985 (SACK, RACK), RFC 6582
 * (without SACK), RFC 5682 (F-RTO), RFC 3042. Taking back is in `undo.ts`, the window during a reduction in `reduction.ts`.
 */
import { usToTicks } from '../../base/clock.ts';
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import { CaEvent, CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { mtuProbeLost } from '../output/mtu-probing.ts';
import { seqGe, seqGt, seqLe, seqLt } from '../seq.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import type { Scoreboard } from '../tcb/scoreboard.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, TcpTimer } from '../timers.ts';
import type { AckSample } from './ack-sample.ts';
import { addDuplicate } from './duplicates.ts';
import { findLosses } from './losses.ts';
import { isRecentForRack, markLost, RecoveryBit } from './rack.ts';
import {
  currentThreshold,
  endReduction,
  enterCwr,
  inFlight,
  isReducing,
  setCaState,
  startReduction,
} from './reduction.ts';
import { startUndo, undoAtEnd, undoByDsack, undoLoss, undoPartial } from './undo.ts';

/** A peer that threw SACKed data away gets this long to think better of it. */
const RENEGE_MIN_US = 10_000;

/** Something is not as usual: a duplicate, a loss, a mark, or an episode is going on. Sets the state and what may be sent again. */
export function recover(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  segment: TcpSegment,
  priorUna: number,
): void {
  const ack = env.ackSample;
  // RFC 4015 §3 R4015-6: a mark that comes with the finding forbids giving back.
  if (ack.isMarked) tcb.priorSsthresh = 0;
  if (ack.isReneged) {
    awaitReneged(env, tcb);
    return;
  }
  const isEpisodeOver = tcb.caState !== CaState.open && seqGe(tcb.sndUna, recovery.highSeq);
  if (isEpisodeOver && leaveEpisode(env, tcb, recovery, segment)) return;
  const isDuplicate = !ack.isAdvance && !ack.isNotDuplicate;
  switch (tcb.caState) {
    case CaState.recovery:
      if (!inRecovery(env, tcb, recovery, segment, priorUna, isDuplicate)) return;
      break;
    case CaState.loss:
      inLoss(env, tcb, recovery, segment, isDuplicate);
      if (!stillLosing(env, tcb, ack)) return;
      if (!mayRecover(env, tcb, recovery, ack, isDuplicate)) return;
      break;
    default:
      if (!mayRecover(env, tcb, recovery, ack, isDuplicate)) return;
  }
  allowRetransmission(env, tcb);
}

/** Lost data may be sent again as the window permits. */
export function allowRetransmission(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.scoreboard === null || tcb.scoreboard.waitingWeight === 0) return;
  tcb.pending |= Pending.retransmit;
  env.scheduleOutput(tcb);
}

// RFC 6675 §5 R6675-5: RecoveryPoint is reached.
/** SND.UNA has reached the end of the episode. Returns true when nothing else is to be done. */
function leaveEpisode(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, segment: TcpSegment): boolean {
  if (tcb.caState === CaState.cwr) {
    // One more round than asked for a mark: its CWR has to be out.
    if (tcb.sndUna !== recovery.highSeq) {
      endReduction(env, tcb, recovery);
      setCaState(env, tcb, CaState.open);
    }
    return false;
  }
  if (tcb.caState !== CaState.recovery) return false;
  if (!tcb.has(Agreed.sack)) recovery.renoSacked = 0;
  if (undoAtEnd(env, tcb, recovery, segment)) return true;
  endReduction(env, tcb, recovery);
  return false;
}

/** Recovery goes on. Returns false when nothing may be sent again for this acknowledgment. */
function inRecovery(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  segment: TcpSegment,
  priorUna: number,
  isDuplicate: boolean,
): boolean {
  const ack = env.ackSample;
  if (!ack.isAdvance) {
    if (isDuplicate) addDuplicate(env, tcb, recovery, ack);
  } else if (undoPartial(env, tcb, recovery, segment, priorUna)) return false;
  if (undoByDsack(env, tcb, recovery)) openIfQuiet(env, tcb, recovery);
  findLosses(env, tcb, recovery, ack);
  if (tcb.caState === CaState.recovery) return true;
  return mayRecover(env, tcb, recovery, ack, false);
}

/** Open, Disorder or CWR, or Loss that was undone: is it time for fast recovery? Enters it if so. */
function mayRecover(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  ack: AckSample,
  isDuplicate: boolean,
): boolean {
  if (!tcb.has(Agreed.sack) && tcb.caState !== CaState.loss) {
    if (ack.isAdvance) recovery.renoSacked = 0;
    if (isDuplicate) addDuplicate(env, tcb, recovery, ack);
  }
  if (tcb.caState <= CaState.disorder) undoByDsack(env, tcb, recovery);
  findLosses(env, tcb, recovery, ack);
  if ((tcb.scoreboard?.lostWeight ?? 0) === 0) {
    openIfQuiet(env, tcb, recovery);
    return false;
  }
  if (mtuProbeLost(env, tcb)) {
    resendLargerThan(env, tcb, tcb.sendMss);
    return false;
  }
  enterRecovery(env, tcb, recovery, ack.isMarked);
  return true;
}

// RFC 2018 §5 R2018-16: the window answers as without SACK.
/** RFC 6675 §5 step 4, RFC 9937: fast recovery begins. */
export function enterRecovery(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, isMark: boolean): void {
  if (tcb.has(Agreed.sack)) env.extCounters.TCPSackRecovery++;
  else env.extCounters.TCPRenoRecovery++;
  tcb.priorSsthresh = 0;
  startUndo(tcb, recovery);
  if (!isReducing(tcb)) {
    if (!isMark) tcb.priorSsthresh = currentThreshold(tcb);
    startReduction(env, tcb, recovery, isMark);
  }
  setCaState(env, tcb, CaState.recovery);
}

/** Nothing is lost: CWR if a mark asks for it, else Disorder while something is SACKed, else Open. */
function openIfQuiet(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): void {
  if (env.ackSample.isMarked) enterCwr(env, tcb, recovery);
  if (tcb.caState === CaState.cwr) return;
  const board = tcb.scoreboard;
  const hasNews = board !== null && (board.sackedWeight > 0 || board.lostWeight > 0 || board.retransmittedWeight > 0);
  const state = hasNews || recovery.renoSacked > 0 ? CaState.disorder : CaState.open;
  if (tcb.caState === state) return;
  setCaState(env, tcb, state);
  recovery.highSeq = tcb.sndNxt;
}

// RFC 5682 §3.1 R5682-7: the steps for SACK, which without it are those of section 2.1.
// RFC 9438 §4.9.1 R9438-17: whatever the congestion control.
/** In Loss: F-RTO first (RFC 5682 section 3), else go on sending again. */
function inLoss(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  segment: TcpSegment,
  isDuplicate: boolean,
): void {
  const ack = env.ackSample;
  const isOver = seqGe(tcb.sndUna, recovery.highSeq);
  if (ack.isAdvance && undoLoss(env, tcb, recovery, segment, false)) return;
  if (recovery.isFrto) {
    // RFC 5682 §2.1 R5682-5: the second ACK that advances.
    // RFC 5682 §3.1 R5682-8: something that was sent only once has arrived: the timeout was spurious.
    if (ack.isOriginalDelivered && undoLoss(env, tcb, recovery, segment, true)) return;
    if (probeByNewData(env, tcb, recovery, isOver, isDuplicate)) return;
  }
  if (isOver) {
    undoAtEnd(env, tcb, recovery, segment);
    recovery.isFrto = false;
    return;
  }
  if (!tcb.has(Agreed.sack)) {
    // New data of step 2b draws duplicates that say it arrived.
    if (seqGt(tcb.sndNxt, recovery.highSeq) && isDuplicate) addDuplicate(env, tcb, recovery, ack);
    else if (ack.isAdvance) recovery.renoSacked = 0;
  }
  allowRetransmission(env, tcb);
}

// RFC 5682 §2.1 R5682-3, R5682-12: two segments, if there are any and the window takes them.
/** RFC 5682 §2.1 steps 2 and 3. Returns true when new data shall go before anything is sent again. */
function probeByNewData(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  isOver: boolean,
  isDuplicate: boolean,
): boolean {
  const ack = env.ackSample;
  if (seqGt(tcb.sndNxt, recovery.highSeq)) {
    // RFC 5682 §2.1 R5682-4: two segments are out, and slow start goes on.
    // RFC 5682 §3.1 R5682-10: new data arrived and the hole is still there: the loss was real.
    if (ack.isSacked || isDuplicate) recovery.isFrto = false;
    return false;
  }
  if (!ack.isAdvance || isOver) return false;
  recovery.highSeq = tcb.sndNxt;
  if (!tcb.hasUnsent || tcb.usableWindow <= 0) {
    recovery.isFrto = false;
    return false;
  }
  recovery.isFrtoProbing = true;
  tcb.pending = (tcb.pending & ~Pending.retransmit) | Pending.data;
  env.scheduleOutput(tcb);
  return true;
}

/** After `inLoss`: losses found among what was sent again start fast recovery anew. */
function stillLosing(env: TcpEnvironment, tcb: Tcb, ack: AckSample): boolean {
  const { recovery } = tcb;
  if (recovery === null) return false;
  const isAgain = findLosses(env, tcb, recovery, ack);
  return tcb.caState === CaState.open || isAgain;
}

// RFC 2018 §8 R2018-5: nothing that was SACKed has left the send buffer.
/** RFC 2018 §8: the peer has dropped data it had SACKed. It may still be on its way back: wait a little, then a timeout. */
function awaitReneged(env: TcpEnvironment, tcb: Tcb): void {
  env.extCounters.TCPSACKReneging++;
  armTimer(env, tcb, TcpTimer.retransmission, usToTicks(Math.max(tcb.srttUs >> 1, RENEGE_MIN_US)));
  tcb.pending &= ~Pending.retransmit;
}

// RFC 5681 §3.1 R5681-4: half of what is in flight, once for what one time-out repeats.
// RFC 6582 §3.2 R6582-5: all that was sent is `recover` now.
// RFC 6675 §5.1 R6675-6: a new beginning, with what was SACKed left out.
/**
 * The window falls to one segment; everything not SACKed counts as lost, but what RACK says is too young for that.
 * @param timeouts counted in this run before this one
 */
export function enterLoss(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, timeouts: number): void {
  const { settings } = env;
  const board = tcb.scoreboard;
  const hasRecords = board !== null && !board.isEmpty;
  // A SYN-ACK has none.
  if (!hasRecords && !tcb.isFastOpenPending) return;
  const isFirst = tcb.caState < CaState.recovery;
  if (hasRecords) markAfterTimeout(env, tcb, recovery, board);
  // Equation 4 applies once per episode, not again on each back-off; Linux takes fast recovery for the same episode.
  const isOverRecovery = settings.profile === 'rfc' && tcb.caState === CaState.recovery;
  const isNewEpisode = tcb.caState <= CaState.disorder || isOverRecovery || seqLe(recovery.highSeq, tcb.sndUna);
  if (isNewEpisode || (tcb.caState === CaState.loss && timeouts === 0)) {
    tcb.priorSsthresh = currentThreshold(tcb);
    tcb.priorCwnd = tcb.cwnd;
    env.ackSample.reset(inFlight(tcb));
    tcb.ssthresh = tcb.congestion.thresholdAfterLoss(env, tcb, tcb.flightSize, false);
    tcb.congestion.onEvent?.(env, tcb, CaEvent.timeout);
    startUndo(tcb, recovery);
    recovery.priorSrttUs = tcb.srttUs + 2000;
    recovery.priorRttvarUs = tcb.rttvarUs;
  }
  // RFC 8985 §7.1 R8985-17: a probe before the time-out proves nothing about what is sent now.
  recovery.isProbeOut = false;
  tcb.cwnd = inFlight(tcb) + tcb.sendMss;
  tcb.windowUsedTick = env.clock.tick;
  tcb.ackedInRound = 0;
  // So many had arrived and still it came to this: less reordering than was thought.
  if (tcb.caState <= CaState.disorder && hasRecords && board.sackedWeight >= settings.reordering * tcb.sendMss) {
    recovery.reordering = Math.min(recovery.reordering, settings.reordering);
  }
  recovery.isFrto = settings.frto > 0 && (isFirst || timeouts > 0);
  recovery.isFrtoProbing = false;
  setCaState(env, tcb, CaState.loss);
  recovery.highSeq = tcb.sndNxt;
  tcb.cwrQueued = true;
  allowRetransmission(env, tcb);
}

function markAfterTimeout(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, board: Scoreboard): void {
  const first = board.slotAt(0);
  // RFC 2018 §5 R2018-13: the first of all, whatever was said of it.
  const hasReneged = (board.flags(first) & SegmentFlag.sacked) !== 0;
  if (hasReneged) env.extCounters.TCPSACKReneging++;
  recovery.renoSacked = 0;
  const usesRack = tcb.has(Agreed.sack) && (env.settings.recovery & RecoveryBit.rack) !== 0;
  for (let index = 0; index < board.count; index++) {
    const slot = board.slotAt(index);
    const flags = board.flags(slot);
    if (flags & SegmentFlag.sacked) {
      if (!hasReneged) continue;
      board.unmarkSacked(slot);
    } else if (usesRack && !hasReneged && index > 0 && isRecentForRack(env, tcb, recovery, board.sentUs(slot)))
      continue;
    if ((flags & SegmentFlag.lost) === 0 || flags & SegmentFlag.retransmitted)
      markLost(env, tcb, recovery, board, slot);
  }
  if (!hasReneged) return;
  recovery.highestSacked = tcb.sndUna;
  recovery.knownCount = 0;
}

/** What is too large for the path as it is known now goes again in smaller pieces; that is not congestion (RFC 1191 section 6.4). */
export function resendLargerThan(env: TcpEnvironment, tcb: Tcb, mss: number): void {
  const { scoreboard: board, recovery } = tcb;
  if (board === null || recovery === null) return;
  for (let index = 0; index < board.count; index++) {
    const slot = board.slotAt(index);
    const flags = board.flags(slot);
    // What waits to be sent again will be cut anew by itself.
    const isWaiting = (flags & SegmentFlag.lost) !== 0 && (flags & SegmentFlag.retransmitted) === 0;
    const size = Math.min(board.mss(slot), (board.end(slot) - board.seq(slot)) | 0);
    if (flags & SegmentFlag.sacked || isWaiting || size <= mss) continue;
    markLost(env, tcb, recovery, board, slot);
  }
  if (board.lostWeight === 0) return;
  // What arrived above is still counted, never more than there can be.
  recovery.renoSacked = Math.min(recovery.renoSacked, Math.max(0, board.totalWeight - board.lostWeight));
  if (tcb.caState !== CaState.loss) {
    recovery.highSeq = tcb.sndNxt;
    tcb.ssthresh = currentThreshold(tcb);
    tcb.priorSsthresh = 0;
    recovery.mayUndo = false;
    // A time-out that meets this episode is no new trouble: it counts from here.
    tcb.firstTimeoutTick = env.clock.tick;
    setCaState(env, tcb, CaState.loss);
  }
  allowRetransmission(env, tcb);
}

/** Everything unacknowledged goes again at once: a window that was closed is open, or a SYN's data was not taken. */
export function resendAll(env: TcpEnvironment, tcb: Tcb): void {
  const { scoreboard: board, recovery } = tcb;
  if (board === null || recovery === null) return;
  for (let index = 0; index < board.count; index++) {
    const slot = board.slotAt(index);
    const flags = board.flags(slot);
    if ((flags & SegmentFlag.sacked) === 0 && ((flags & SegmentFlag.lost) === 0 || flags & SegmentFlag.retransmitted)) {
      markLost(env, tcb, recovery, board, slot);
    }
  }
  allowRetransmission(env, tcb);
}

/** The reordering timer or a probe found losses outside of an acknowledgment. */
export function recoverFromTimer(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState): void {
  if (mtuProbeLost(env, tcb)) {
    resendLargerThan(env, tcb, tcb.sendMss);
    return;
  }
  if (tcb.caState !== CaState.recovery) enterRecovery(env, tcb, recovery, false);
  allowRetransmission(env, tcb);
}

// RFC 6582 §6 R6582-9: `recover` among them.
/** Numbers that stay behind for 2^31 octets would seem to lie ahead. */
export function keepUp(tcb: Tcb, recovery: RecoveryState): void {
  if (seqLt(recovery.highestSacked, tcb.sndUna)) recovery.highestSacked = tcb.sndUna;
  if (seqLt(recovery.retransmitSeq, tcb.sndUna)) recovery.retransmitSeq = tcb.sndUna;
  if (tcb.caState === CaState.open && seqLt(recovery.highSeq, tcb.sndUna)) recovery.highSeq = tcb.sndUna;
  // A late D-SACK may still take back what is over, but not for ever.
  if (((tcb.sndUna - recovery.undoMarker) | 0) > UNDO_MEMORY) recovery.mayUndo = false;
  if (!recovery.mayUndo) recovery.undoMarker = tcb.sndUna;
}

const UNDO_MEMORY = 2 ** 30;
