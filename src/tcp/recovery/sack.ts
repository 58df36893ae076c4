/**
 * SACK blocks as a sender reads them (RFC 2018 section 5, RFC 6675 section 3): what arrived out of order, what arrived twice
 * (D-SACK, RFC 2883, RFC 3708), and what that says about reordering. The peer may lie: a block counts only inside of what is
 * outstanding, cuts records at segment boundaries only, and a report of duplicates is bounded by what was sent twice.
 */
import { SACK_BLOCKS_MAX, TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { sendHistoryOf } from '../output/occupation.ts';
import { seqGe, seqGt, seqLe, seqLt, seqMax, seqMin } from '../seq.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import type { Scoreboard } from '../tcb/scoreboard.ts';
import { SegmentFlag, weigh } from '../tcb/segment-record.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import type { AckSample } from './ack-sample.ts';
import { sampleDelivered } from './delivery-rate.ts';
import { rackDelivered } from './rack.ts';

/** Takes the blocks, if there are any, of a segment whose ACK field was acceptable; `priorUna` is SND.UNA before it. */
export function takeSackBlocks(
  env: TcpEnvironment,
  tcb: Tcb,
  segment: TcpSegment,
  ack: AckSample,
  priorUna: number,
): void {
  // RFC 2018 §2 R2018-17: blocks nobody agreed on are not read.
  if ((segment.optionsPresent & TcpOptionBit.sack) !== 0 && tcb.has(Agreed.sack)) {
    takeBlocks(env, tcb, segment, ack, priorUna);
  }
}

function takeBlocks(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment, ack: AckSample, priorUna: number): void {
  const { scoreboard: board, recovery } = tcb;
  if (recovery === null) return;
  const { sackBlocks, sackCount } = segment;
  const isDuplicate = isDsack(segment);
  if (isDuplicate) takeDsack(env, tcb, recovery, ack, sackBlocks[0] ?? 0, sackBlocks[1] ?? 0, priorUna);
  if (board === null) return;
  const highestBefore = recovery.highestSacked;
  let lowest = highestBefore;
  const first = isDuplicate ? 1 : 0;
  let isAllValid = true;
  for (let count = first, taken = 0; count < sackCount; count++) {
    const block = lowestBlock(segment, first, taken);
    taken |= 1 << block;
    const left = sackBlocks[block * 2] ?? 0;
    const right = sackBlocks[block * 2 + 1] ?? 0;
    if (isKnown(recovery, left, right)) continue;
    if (!isBlockValid(tcb, left, right)) {
      env.extCounters.TCPSACKDiscard++;
      isAllValid = false;
      continue;
    }
    lowest = seqMin(lowest, tagBlock(env, tcb, recovery, board, ack, left, right, highestBefore));
  }
  if (isAllValid) rememberBlocks(recovery, segment);
  // What means nothing yet may mean something when it is repeated.
  else recovery.knownCount = 0;
  if (tcb.caState !== CaState.loss || recovery.mayUndo) noteReordering(env, tcb, recovery, lowest, highestBefore);
}

/** In the order of numbers, which is about that of sending: what left last is heard of last. @param taken a bit for each that was read */
function lowestBlock({ sackBlocks, sackCount }: TcpSegment, first: number, taken: number): number {
  let lowest = -1;
  for (let block = first; block < sackCount; block++) {
    if (taken & (1 << block)) continue;
    if (lowest < 0 || seqLt(sackBlocks[block * 2] ?? 0, sackBlocks[lowest * 2] ?? 0)) lowest = block;
  }
  return lowest;
}

/** A D-SACK, also when nothing is in flight any more. */
export function reportsDuplicate(tcb: Tcb, segment: TcpSegment): boolean {
  const hasBlocks = tcb.has(Agreed.sack) && (segment.optionsPresent & TcpOptionBit.sack) !== 0;
  return hasBlocks && isDsack(segment);
}

/** Acknowledgments repeat blocks (RFC 2018 section 4); those of the last one are not searched for again. */
function isKnown(recovery: RecoveryState, left: number, right: number): boolean {
  const { knownBlocks, knownCount } = recovery;
  if (knownBlocks === null) return false;
  for (let k = 0; k < knownCount; k++) {
    if (knownBlocks[k * 2] === left && knownBlocks[k * 2 + 1] === right) return true;
  }
  return false;
}

function rememberBlocks(recovery: RecoveryState, segment: TcpSegment): void {
  recovery.knownBlocks ??= new Int32Array(SACK_BLOCKS_MAX * 2);
  recovery.knownBlocks.set(segment.sackBlocks);
  recovery.knownCount = segment.sackCount;
}

// RFC 2883 §5 R2883-7: by its place it is known.
/** RFC 2883 §4: the first block reports a duplicate when it lies below the ACK, or inside of the second block. */
function isDsack(segment: TcpSegment): boolean {
  const { sackBlocks, sackCount, ack } = segment;
  const left = sackBlocks[0] ?? 0;
  if (seqLt(left, ack)) return true;
  return sackCount > 1 && seqGe(left, sackBlocks[2] ?? 0) && seqLe(sackBlocks[1] ?? 0, sackBlocks[3] ?? 0);
}

function isBlockValid(tcb: Tcb, left: number, right: number): boolean {
  return seqLt(left, right) && seqGt(left, tcb.sndUna) && seqLe(right, tcb.sndNxt);
}

// RFC 2883 §5 R2883-9: it marks nothing.
// RFC 2883 §4.3 R2883-8: it may be of an earlier time, so that no more is believed than was sent twice.
// RFC 3708 §2 R3708-5: without such reports there is nothing to take back by.
// RFC 3708 §3: duplicates are counted against retransmissions; only those of this episode can take it back.
function takeDsack(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  ack: AckSample,
  left: number,
  right: number,
  priorUna: number,
): void {
  const length = (right - left) | 0;
  // Beyond what was ever sent, or wider than any window: nobody honest says that.
  if (length <= 0 || length > Math.max(tcb.maxSndWnd, tcb.sendMss) || seqGt(right, tcb.sndNxt)) {
    env.extCounters.TCPDSACKIgnoredDubious++;
    return;
  }
  env.extCounters.TCPDSACKRecv++;
  sendHistoryOf(tcb).dsacksReceived += Math.ceil(length / tcb.sendMss);
  const isLinux = env.settings.profile === 'linux';
  const weight = weigh(length, tcb.sendMss, isLinux ? tcb.sendMss : 0);
  const isForProbe = recovery.isProbeOut && recovery.probeHighSeq === right && length <= tcb.sendMss;
  recovery.duplicated += weight;
  if (recovery.duplicated > tcb.retransmittedOctets) return;
  ack.isDsack = true;
  // For Linux what was sent in vain has been delivered too; RFC 9937 §6.2 counts each octet once.
  if (isLinux) {
    tcb.delivered += weight;
    ack.delivered += weight;
  }
  if (isForProbe) ack.isDsackForProbe = true;
  else recovery.isDsackSeen = true;
  if (!recovery.mayUndo || recovery.undoRetransmitted <= 0 || !seqGt(right, recovery.undoMarker)) return;
  if (seqLe(right, priorUna) || wasSentTwice(tcb, left)) {
    recovery.undoRetransmitted = Math.max(0, recovery.undoRetransmitted - weight);
  }
}

/** A duplicate of something that was sent twice and is acknowledged now, or has been SACKed. */
function wasSentTwice(tcb: Tcb, left: number): boolean {
  const board = tcb.scoreboard;
  if (board === null) return false;
  const index = board.indexBeyond(left);
  if (index >= board.count) return false;
  return (board.flags(board.slotAt(index)) & SegmentFlag.everRetransmitted) !== 0;
}

/** Marks the records inside of [left, right). Returns the lowest number that arrived after something sent later had. */
function tagBlock(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  board: Scoreboard,
  ack: AckSample,
  left: number,
  right: number,
  highestBefore: number,
): number {
  let lowest = highestBefore;
  let index = board.indexBeyond(left, recovery.sackHint);
  while (index < board.count) {
    board.visited++;
    const seq = board.seq(board.slotAt(index));
    if (seqGe(seq, right)) break;
    if (board.flags(board.slotAt(index)) & SegmentFlag.sacked) {
      index++;
      continue;
    }
    const inside = isolate(board, index, left, right);
    if (inside < 0) {
      index++;
      continue;
    }
    const slot = board.slotAt(inside);
    const wasRetransmitted = (board.flags(slot) & SegmentFlag.everRetransmitted) !== 0;
    if (!wasRetransmitted && seqLt(board.seq(slot), lowest)) lowest = board.seq(slot);
    tagRecord(env, tcb, recovery, board, ack, slot);
    const merged = board.mergeSacked(inside);
    recovery.sackHint = board.ordinal(merged);
    index = merged + 1;
  }
  return lowest;
}

// RFC 2018 §5 R2018-11: whole segments.
/**
 * Cuts the record at `index` so that one of its parts is the whole segments inside of [left, right); returns that part's
 * index, -1 when no whole segment is inside: cutting finer would let a receiver multiply our records.
 */
function isolate(board: Scoreboard, index: number, left: number, right: number): number {
  const slot = board.slotAt(index);
  const seq = board.seq(slot);
  const end = board.end(slot);
  const mss = Math.max(1, board.mss(slot));
  const from = seqLe(left, seq) ? 0 : Math.ceil(((left - seq) | 0) / mss) * mss;
  // A FIN behind text is no segment of its own.
  const text = ((end - seq) | 0) - (board.flags(slot) & SegmentFlag.fin ? 1 : 0);
  if (text > 0 && from >= text) return -1;
  const to = seqGe(right, end) ? (end - seq) | 0 : Math.floor(((right - seq) | 0) / mss) * mss;
  if (to <= from) return -1;
  if (seqLt((seq + to) | 0, end)) board.split(index, (seq + to) | 0);
  if (from === 0) return index;
  board.split(index, (seq + from) | 0);
  return index + 1;
}

function tagRecord(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  board: Scoreboard,
  ack: AckSample,
  slot: number,
): void {
  rackDelivered(env, tcb, recovery, slot);
  sampleDelivered(recovery, board, ack, slot);
  const weight = board.weight(slot);
  if ((board.flags(slot) & SegmentFlag.everRetransmitted) === 0) {
    if (!ack.hasSackTime) ack.sackSentUs = board.sentUs(slot);
    ack.hasSackTime = true;
    ack.lastSackSentUs = board.sentUs(slot);
    if (seqLe(board.end(slot), recovery.highSeq)) ack.isOriginalDelivered = true;
  }
  tcb.delivered += weight;
  ack.delivered += weight;
  ack.sackPadding += weight - ((board.end(slot) - board.seq(slot)) | 0);
  ack.isSacked = true;
  board.markSacked(slot);
  recovery.highestSacked = seqMax(recovery.highestSacked, board.end(slot));
}

// RFC 8985 §6.2 R8985-13: what was never sent again and arrives below the highest that did was overtaken.
/** RFC 8985 §6.2 step 3: data that was sent once arrived behind data sent later: how far, in segments, and that it was seen. */
export function noteReordering(
  env: TcpEnvironment,
  tcb: Tcb,
  recovery: RecoveryState,
  lowest: number,
  highest: number,
): void {
  if (!seqLt(lowest, highest)) return;
  // To the highest that has arrived by now, this acknowledgment's included.
  const distance = (seqMax(recovery.highestSacked, tcb.sndUna) - lowest) | 0;
  if (distance > recovery.reordering * tcb.sendMss) {
    recovery.reordering = Math.min(Math.ceil(distance / tcb.sendMss), env.settings.max_reordering);
  }
  recovery.reorderingSeen++;
  env.extCounters.TCPSACKReorder++;
}
