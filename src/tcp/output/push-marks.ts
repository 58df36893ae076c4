/**
 * Where PSH stands in what has not been sent (RFC 9293 section 3.9.1.2). The last octet a user has given is always pushed, that
 * needs no list. Under `linux` marks are listed besides, as the kernel sets them on its queue of segments: a write fills the last
 * segment up and takes its PSH over; where that was full the PSH of the earlier write stays; and in one long write the
 * segment that completes more than half of the widest window since the last mark has one, so that the peer's reader is not
 * kept waiting by a sender that waits for the window.
 */
import { TcpFlag } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { noteRecordEnd } from '../rare-options.ts';
import { seqGt } from '../seq.ts';
import { TcpState } from '../state.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { SlotOrder, shiftThrough } from '../tcb/slot-order.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { bufferEnd, fullPayload } from './payload.ts';

const FIRST_CAPACITY = 8;

// RFC 9293 §3.9.1.2 SHLD-27: within one segment to be, later pushes take the place of earlier ones.
/** The user's octets from `from` on are in the send buffer. */
export function markWrite(env: TcpEnvironment, tcb: Tcb, from: number): void {
  if (env.settings.profile !== 'linux' || env.settings.skb_accounting || tcb.state < TcpState.established) return;
  const end = bufferEnd(tcb);
  const length = (end - from) | 0;
  const half = tcb.maxSndWnd >> 1;
  const before = (from - tcb.sndNxt) | 0;
  if (before > 0 || length > half) markWithin(env, tcb, from, length, before, half);
}

function markWithin(env: TcpEnvironment, tcb: Tcb, from: number, length: number, before: number, half: number): void {
  const full = fullPayload(env, tcb);
  const inLast = before > 0 ? before % full : 0;
  if (before > 0 && inLast === 0) markPush(tcb, from);
  if (half === 0) return;
  for (let at = markAfter(0, half, full, inLast); at < length; at = markAfter(at, half, full, inLast)) {
    markPush(tcb, (from + at) | 0);
  }
}

/** The first end of a segment that lies more than `half` behind the mark at `at`, all counted from the write's beginning. */
function markAfter(at: number, half: number, full: number, inLast: number): number {
  return (Math.floor((at + half + inLast) / full) + 1) * full - inLast;
}

/** The segment that ends at `seq` has PSH. */
export function markPush(tcb: Tcb, seq: number): void {
  tcb.pushMarks ??= new SlotOrder(FIRST_CAPACITY);
  const { pushMarks } = tcb;
  if (pushMarks.count === 0 || pushMarks.at(pushMarks.count - 1) !== seq) pushMarks.push(seq);
}

/** Text goes on behind `seq` in the same piece: a mark that stood there goes along to `end`. */
export function moveLastPush({ pushMarks }: Tcb, seq: number, end: number): void {
  if (pushMarks !== null && pushMarks.count > 0 && pushMarks.at(pushMarks.count - 1) === seq)
    pushMarks.set(pushMarks.count - 1, end);
}

/** Another write goes on in the piece that ended at `seq`: its own end will be pushed. */
export function dropPush({ pushMarks }: Tcb, seq: number): void {
  if (pushMarks !== null && pushMarks.count > 0 && pushMarks.at(pushMarks.count - 1) === seq)
    pushMarks.remove(pushMarks.count - 1);
}

// RFC 9293 §3.9.1.2 MUST-60, MUST-61: the last queued segment is pushed.
/**
 * What stays with new text from SND.NXT to `end`, however often it is sent: bits of a `SegmentFlag`.
 * @param isWriting the write that ends there goes on
 */
export function marksOf(tcb: Tcb, end: number, isWriting = false): number {
  const { pushMarks, rare } = tcb;
  const isMarked = pushMarks !== null && pushMarks.count > 0 && !seqGt(pushMarks.at(0), end);
  const isPushed = isMarked || (end === bufferEnd(tcb) && !isWriting && rare?.isMoreComing !== true);
  return (isPushed ? SegmentFlag.pushed : 0) | (rare?.recordEnds?.at(0) === end ? SegmentFlag.recordEnd : 0);
}

/** PSH or 0 for `length` octets with `marks`. Linux pushes every super-segment, so that its receiver hands it up at once. */
export function pushFlag(env: TcpEnvironment, mss: number, length: number, marks: number): number {
  const isSuper = env.settings.profile === 'linux' && length > mss;
  return length > 0 && (isSuper || marks & SegmentFlag.pushed) ? TcpFlag.psh : 0;
}

/** MSG_EOR: what is in the send buffer now ends a record, and is pushed unless the user goes on writing (MSG_MORE). */
export function markRecordEnd(tcb: Tcb): void {
  const end = bufferEnd(tcb);
  noteRecordEnd(tcb, end);
  tcb.sendBuffer?.account?.close();
  if (tcb.rare?.isMoreComing !== true) markPush(tcb, end);
}

/** The first piece ended at `from` and ends at `to` now: a mark it had goes along. */
export function movePushMark(tcb: Tcb, from: number, to: number): void {
  const { pushMarks } = tcb;
  if (pushMarks === null || pushMarks.count === 0 || pushMarks.at(0) !== from) return;
  if (pushMarks.count > 1 && pushMarks.at(1) === to) pushMarks.shift();
  else pushMarks.set(0, to);
}

/** SND.NXT has moved: marks below are in the scoreboard now. */
export function forgetMarks(tcb: Tcb): void {
  const { pushMarks } = tcb;
  if (pushMarks === null) return;
  shiftThrough(pushMarks, tcb.sndNxt);
  if (pushMarks.count === 0) tcb.pushMarks = null;
}
