/**
 * Choosing what goes again: the lost record with the lowest number (RFC 6675 section 4, NextSeg), or the last segment as a
 * tail loss probe (RFC 8985 section 7.3).
 */
import type { Slot } from '../../base/slot.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { burstAgain } from '../output/bursts.ts';
import { bufferEnd, fullPayload } from '../output/payload.ts';
import { marksOf, pushFlag } from '../output/push-marks.ts';
import type { Transmission } from '../output/transmission.ts';
import { unsentRecord } from '../rare-options.ts';
import { seqGt, seqLt, seqMin } from '../seq.ts';
import type { Scoreboard } from '../tcb/scoreboard.ts';
import { SegmentFlag, segmentsOf } from '../tcb/segment-record.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { inFlight } from './reduction.ts';
import { timeOutAsSent } from './tail-loss-probe.ts';

// RFC 2018 §5 R2018-10: the holes, not what was SACKed between them.
/** The lost record that goes again next: its index, -1 when none waits. */
function nextLost(tcb: Tcb): number {
  const { scoreboard: board, recovery } = tcb;
  if (board === null || recovery === null || board.waitingWeight === 0) return -1;
  for (let index = board.indexBeyond(recovery.retransmitSeq, recovery.lossHint); index < board.count; index++) {
    board.visited++;
    if (!board.isWaiting(board.slotAt(index))) continue;
    recovery.lossHint = board.ordinal(index);
    return index;
  }
  // The hint was too high: from the beginning next time.
  recovery.retransmitSeq = tcb.sndUna;
  return -1;
}

// RFC 9937 §3 R9937-16: inside of both windows.
// RFC 6675 §5.1 R6675-15: after a time-out from SND.UNA upwards, as slow start lets it.
/** The next lost record, if the window has room. */
export function chooseRetransmission(env: TcpEnvironment, tcb: Tcb, what: Transmission): boolean {
  const board = tcb.scoreboard;
  const index = nextLost(tcb);
  if (board === null || index < 0) {
    tcb.pending &= ~Pending.retransmit;
    return false;
  }
  const slot = board.slotAt(index);
  const seq = board.seq(slot);
  // RFC 9293 §3.8.6 SHLD-16: unacknowledged data inside the window goes again, even after the window has shrunk.
  const isInside = seq === tcb.sndUna || seqLt(seq, (tcb.sndUna + tcb.sndWnd) | 0);
  if (!isInside || !hasRoomAgain(env, tcb, seq, board.weight(slot))) return false;
  if (!retransmitRecord(env, tcb, what, index)) return false;
  if (board.waitingWeight <= board.weight(what.slot)) tcb.pending &= ~Pending.retransmit;
  if (tcb.caState === CaState.loss && seq !== tcb.sndUna) env.extCounters.TCPSlowStartRetrans++;
  else if (tcb.caState !== CaState.loss) env.extCounters.TCPFastRetrans++;
  return true;
}

/** RFC 6582 §3.2 step 3: without SACK the hole a partial acknowledgment points to goes at once; else as PRR allows. */
function hasRoomAgain(env: TcpEnvironment, tcb: Tcb, seq: number, weight: number): boolean {
  const flight = inFlight(tcb);
  // Linux counts segments: where there is room for one it may be a whole one.
  if (flight <= 0 || env.settings.profile === 'linux') return flight <= 0 || tcb.cwnd > flight;
  return tcb.cwnd - flight >= Math.min(weight, tcb.sendMss) || (seq === tcb.sndUna && !tcb.has(Agreed.sack));
}

/** The record at `index`, or what of it fits a segment, is written again. */
function retransmitRecord(env: TcpEnvironment, tcb: Tcb, what: Transmission, index: number): boolean {
  const board = tcb.scoreboard;
  if (board === null) return false;
  const slot = board.slotAt(index);
  const full = fullPayload(env, tcb);
  what.mss = full;
  fillSegment(env, tcb, board, index, full);
  const textEnd = seqMin(board.end(slot), bufferEnd(tcb));
  what.seq = board.seq(slot);
  const most = withinWindow(env, tcb, what.seq, burstAgain(env, tcb, tcb.cwnd - inFlight(tcb), full), full);
  // Nor does a FIN go beyond the window.
  if (most === 0) return false;
  what.length = Math.min(Math.max(0, (textEnd - what.seq) | 0), most);
  const end = (what.seq + what.length) | 0;
  const isLast = tcb.finSent && end === bufferEnd(tcb) && seqGt(board.end(slot), end);
  if (what.length === 0 && !isLast) return false;
  const recordEnd = (end + (isLast ? 1 : 0)) | 0;
  const push = pushFlag(env, what.mss, what.length, end === textEnd ? board.flags(slot) : 0);
  // The rest is known by what the path took when it left, until its turn comes: Linux counts it anew at once.
  if (env.settings.profile === 'linux') board.resize(slot, full);
  if (seqLt(recordEnd, board.end(slot))) board.split(index, recordEnd);
  board.resize(slot, full);
  what.flags = TcpFlag.ack | push | (isLast ? TcpFlag.fin : 0);
  what.reason = 'retransmission';
  what.slot = slot;
  const segments = segmentsOf(what.length, full);
  tcb.retransmitted += segments;
  env.counters.RetransSegs += segments;
  return true;
}

/** Linux: what goes again ends where the peer's window does, should it have shrunk; only SND.UNA is tried beyond. */
function withinWindow(env: TcpEnvironment, tcb: Tcb, seq: number, most: number, full: number): number {
  if (env.settings.profile === 'rfc') return most;
  const room = (tcb.sndUna + tcb.sndWnd - seq) | 0;
  if (room <= 0) return seq === tcb.sndUna ? Math.min(most, full) : 0;
  if (most <= room) return most;
  return room < full ? room : room - (room % full);
}

/** Small neighbours that wait too go as one; and where the path takes less than it did, pieces are cut anew from all of them, which Linux does not. */
function fillSegment(env: TcpEnvironment, tcb: Tcb, board: Scoreboard, index: number, full: number): void {
  const slot = board.slotAt(index);
  if (!board.isWaiting(slot)) return;
  const isLinux = env.settings.profile === 'linux';
  const isSmaller = !isLinux && board.mss(slot) > tcb.sendMss;
  while (index + 1 < board.count) {
    const next = board.slotAt(index + 1);
    const room = full - textOf(tcb, board, slot);
    if (room <= 0 || board.flags(slot) & SegmentFlag.recordEnd) return;
    if (!isSmaller && textOf(tcb, board, next) > room) return;
    if (isLinux && seqGt(board.end(next), (tcb.sndUna + tcb.sndWnd) | 0)) return;
    if (!board.isWaiting(next)) {
      if (!isLinux || !mayGoAlong(board, next)) return;
      board.markLost(next);
    }
    board.joinNext(index);
  }
}

/** Octets of text in a record: a FIN is none. */
function textOf(tcb: Tcb, board: Scoreboard, slot: number): number {
  return (seqMin(board.end(slot), bufferEnd(tcb)) - board.seq(slot)) | 0;
}

/** Linux: what has not been sent again nor SACKed goes along with a small segment before it, lost or not. */
function mayGoAlong(board: Scoreboard, slot: number): boolean {
  return (board.flags(slot) & (SegmentFlag.sacked | SegmentFlag.retransmitted)) === 0;
}

// RFC 8985 §7.3 R8985-8, R8985-22: new data first; the congestion window is not asked.
/** RFC 8985 §7.3: new data if there is any, beyond the congestion window if need be; else the last segment again. */
export function chooseLossProbe(env: TcpEnvironment, tcb: Tcb, what: Transmission, slot: Slot): boolean {
  tcb.pending &= ~Pending.lossProbe;
  const board = tcb.scoreboard;
  if (board === null || board.isEmpty) return false;
  const full = fullPayload(env, tcb);
  what.mss = full;
  const unsent = unsentRecord(tcb);
  const finWaits = tcb.finQueued && !tcb.finSent;
  if ((unsent > 0 || finWaits) && tcb.usableWindow >= Math.max(1, Math.min(unsent, full))) {
    what.seq = tcb.sndNxt;
    what.length = Math.min(unsent, full, slot.capacity);
    const withFin = finWaits && what.length === tcb.unsentLength && tcb.usableWindow > what.length;
    what.marks = marksOf(tcb, (what.seq + what.length) | 0);
    what.flags = TcpFlag.ack | pushFlag(env, what.mss, what.length, what.marks) | (withFin ? TcpFlag.fin : 0);
    what.reason = 'loss-probe';
    return true;
  }
  let index = board.count - 1;
  const last = board.slotAt(index);
  // A FIN is no segment of its own behind text.
  const length = textOf(tcb, board, last);
  const mss = board.mss(last);
  if (length > mss) {
    // The last segment of a super-segment.
    board.split(index, (board.seq(last) + Math.floor((length - 1) / mss) * mss) | 0);
    index++;
  }
  if (!retransmitRecord(env, tcb, what, index)) {
    // Beyond a window that has shrunk: the time-out is where it would have been without a probe.
    timeOutAsSent(env, tcb, board);
    return false;
  }
  what.reason = 'loss-probe';
  return true;
}
