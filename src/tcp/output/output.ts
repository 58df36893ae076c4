/**
 * Deciding what a connection may send next: window, congestion, Nagle, silly-window avoidance (RFC 9293 sections 3.7.4 and
 * 3.8.6, RFC 5681). `transmit` is asked for one segment at a time until it has none.
 */
import { usToTicks } from '../../base/clock.ts';
import type { Slot } from '../../base/slot.ts';
import { TcpFlag } from '../../wire/tcp-segment.ts';
import { CaState } from '../congestion/ca-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { takeSynData } from '../fast-open/client.ts';
import { acceptableSeq } from '../input/window.ts';
import { isCorked, unsentRecord } from '../rare-options.ts';
import { inFlight } from '../recovery/reduction.ts';
import { chooseLossProbe, chooseRetransmission } from '../recovery/retransmission.ts';
import { isWindowUsed, noteAppLimited, restartAfterIdle } from '../recovery/window-validation.ts';
import { seqGt, seqLe, seqLt } from '../seq.ts';
import { TcpState } from '../state.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { Occupation } from '../tcb/send-history.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, isTimerArmed, TcpTimer } from '../timers.ts';
import { settle } from './after-sending.ts';
import { burstLeft, endsBurst, mayBurst, takesSuperSegments } from './bursts.ts';
import { emitSegment } from './emit.ts';
import { growHeadPiece } from './head-piece.ts';
import { chooseMtuProbe, NO_PROBE, PROBE_WAITS } from './mtu-probing.ts';
import { startOccupation, stopOccupation } from './occupation.ts';
import { mayDepart, slotDepartureUs } from './pacing.ts';
import { bufferEnd, fullPayload } from './payload.ts';
import { marksOf, pushFlag } from './push-marks.ts';
import { tuneSendBuffer } from './send-tuning.ts';
import { PushMode, Transmission } from './transmission.ts';

/** What became of asking a connection for a segment. */
export const TransmitResult = {
  /** Nothing may go now. */
  idle: 0,
  /** A frame stands in the slot. */
  sent: 1,
  /** A frame was made and waits for address resolution. */
  held: 2,
  /** A frame stands in the slot, and there is nothing to be asked for behind it. */
  last: 3,
} as const;

/** Largest IP packet a super-segment may make. */
const SUPER_SEGMENT_MAX = 65_535;
/** RFC 9293 §3.8.6.2.1: Fs, the fraction of the largest window that is worth sending. */
const USEFUL_WINDOW_SHIFT = 1;

/** A corked connection holds a partial segment back for an RTO, 200 ms at least, as Linux does (tcp(7) knows the least only). */
const CORK_US = 200_000;

/** What sends text that was sent before, or may. */
const SENDS_TEXT = Pending.retransmit | Pending.lossProbe | Pending.zeroWindowProbe;

const what = new Transmission();

/** Writes the next segment of `tcb` into `slot`; returns a TransmitResult. */
export function transmit(env: TcpEnvironment, tcb: Tcb, slot: Slot): number {
  what.mss = tcb.sendMss;
  what.isOverride = false;
  if (!choose(env, tcb, slot)) {
    fellSilent(env, tcb);
    return TransmitResult.idle;
  }
  if (!write(env, tcb, slot)) return TransmitResult.held;
  if (hasMore(tcb)) return TransmitResult.sent;
  saidAll(env, tcb, 0, what.length > 0);
  return TransmitResult.last;
}

/** False: the frame waits for address resolution. */
function write(env: TcpEnvironment, tcb: Tcb, slot: Slot): boolean {
  slot.departUs = what.length > 0 ? slotDepartureUs(env, tcb) : 0;
  const isSealed = emitSegment(env, tcb, slot, what);
  settle(env, tcb, what);
  return isSealed;
}

/** In the middle of a write or an arrival: as `transmit`, for new text alone or what goes again. @param mode a `PushMode` */
export function transmitText(env: TcpEnvironment, tcb: Tcb, slot: Slot, mode: number): number {
  what.mss = tcb.sendMss;
  what.isOverride = false;
  what.push = mode;
  const isChosen =
    tcb.sndUna !== tcb.iss &&
    mayDepart(env, tcb) &&
    (mode === PushMode.again
      ? (tcb.pending & Pending.retransmit) !== 0 && chooseRetransmission(env, tcb, what)
      : chooseNewData(env, tcb, slot));
  what.push = PushMode.none;
  if (!isChosen) return TransmitResult.idle;
  return write(env, tcb, slot) ? TransmitResult.sent : TransmitResult.held;
}

/** The windows may have opened: what waits may go. */
export function resumeOutput(env: TcpEnvironment, tcb: Tcb): void {
  tcb.pending |= Pending.data;
  if (hasMore(tcb)) env.scheduleOutput(tcb);
  else if (!tcb.isReady) saidAll(env, tcb, 0);
}

/** Whether it is worth asking for a segment: who has nothing to say need not be asked in order to be known to have nothing to say. */
function hasMore(tcb: Tcb): boolean {
  return (tcb.pending & ~Pending.data) !== 0 || tcb.hasUnsent || tcb.recovery?.isFrtoProbing === true;
}

/** Nothing may go now: by whose doing, and what has to see to it that it goes later. */
function fellSilent(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.hasUnsent) armPersistIfStuck(env, tcb);
  saidAll(env, tcb, tcb.unsentLength);
}

/** @param isTextSent the last of what the user wrote has just left */
function saidAll(env: TcpEnvironment, tcb: Tcb, unsent: number, isTextSent = false): void {
  tcb.pending &= ~Pending.data;
  noteAppLimited(tcb, unsent);
  // Where memory is counted as on Linux a buffer grows when the peer is heard, not for the write that found it full.
  const mayTune = tcb.isWriteBlocked && !(tcb.isBlockNew && env.settings.skb_accounting);
  if (mayTune) tuneSendBuffer(env, tcb, congestionRoom(env, tcb));
  if (tcb.occupation !== Occupation.none) noteLimit(env, tcb, unsent, isTextSent && !tcb.isBlockNew);
  tcb.isBlockNew = false;
}

/** What holds the rest back, for those who ask (tcp_info's chronographs). */
function noteLimit(env: TcpEnvironment, tcb: Tcb, unsent: number, isTextSent: boolean): void {
  // What the timer sends again does not ask for the window.
  if (isTimerArmed(tcb, TcpTimer.pacing) || tcb.timeouts > 0) return;
  // Merely busy: everything was sent, and nobody waits.
  if (unsent === 0 && tcb.occupation === Occupation.busy && !tcb.isWriteBlocked && tcb.scoreboard !== null) return;
  const room = congestionRoom(env, tcb);
  if (unsent > 0 && room > 0 && tcb.usableWindow < Math.min(unsent, tcb.sendMss)) {
    startOccupation(env, tcb, Occupation.receiveWindow);
    return;
  }
  stopOccupation(env, tcb, Occupation.receiveWindow);
  const isOpen = tcb.state === TcpState.established || tcb.state === TcpState.closeWait;
  if (!tcb.isWriteBlocked || !isOpen) return;
  // Where memory is counted in octets the end of a full buffer is less than a segment, which Nagle keeps back: no work either.
  const isLimit = env.settings.skb_accounting
    ? isTextSent && !isWindowUsed(tcb)
    : room > 0 && (unsent === 0 || (unsent < tcb.sendMss && unsent <= room));
  if (isLimit) startOccupation(env, tcb, Occupation.sendBuffer);
}

/** The order in which things go: SYN, what was lost, a duplicate ACK, probes, new data, and an ACK if nothing carried it. */
function choose(env: TcpEnvironment, tcb: Tcb, slot: Slot): boolean {
  const { pending } = tcb;
  if (pending & Pending.syn) return chooseSyn(env, tcb);
  // A user may close before our SYN is acknowledged: nothing but the SYN goes until then.
  if (tcb.state >= TcpState.established && tcb.sndUna !== tcb.iss) {
    // RFC 9768 §3.2.2.1 R9768-38: a pure ACK tells what the SYN-ACK came with, before any text.
    if (tcb.ecn?.owesHandshakeField && pending & Pending.ack) return chooseAck(tcb);
    // What waits is what counts, not who asked: neither the timer nor an ACK that is owed lets data go before its time.
    const waits = tcb.hasUnsent || (pending & SENDS_TEXT) !== 0;
    const mayLeave = !waits || mayDepart(env, tcb);
    if (pending & Pending.lossProbe && mayLeave && chooseLossProbe(env, tcb, what, slot)) return true;
    // RFC 5682 §2.1 R5682-6: before anything is sent again.
    if (tcb.recovery?.isFrtoProbing && mayLeave && chooseFrtoProbe(env, tcb, slot)) return true;
    if (tcb.pending & Pending.retransmit && mayLeave && chooseRetransmission(env, tcb, what)) return true;
    // Linux answers the FIN that crosses ours by itself.
    if (tcb.state === TcpState.closing && pending & Pending.ack && env.settings.profile === 'linux')
      return chooseAck(tcb);
    // While data is missing, an ACK on its own: one that rides on data does not count as a duplicate. Linux lets it ride.
    const mayRide = env.settings.profile === 'linux';
    if (!mayRide && pending & Pending.ack && tcb.reassembly !== null && !tcb.reassembly.isEmpty) return chooseAck(tcb);
    if (pending & Pending.zeroWindowProbe && mayLeave) return chooseProbe(env, tcb);
    if (mayLeave && chooseNewData(env, tcb, slot)) return true;
    if (pending & Pending.keepAlive) return chooseKeepAlive(tcb);
  } else if (tcb.isFastOpenPending && mayDepart(env, tcb) && chooseNewData(env, tcb, slot)) {
    // RFC 7413 §4.2.2 R7413-5: behind its SYN-ACK a server that took a cookie may send; until it is acknowledged only that goes again.
    return true;
  }
  if (pending & Pending.ack && tcb.state >= TcpState.synReceived) return chooseAck(tcb);
  return false;
}

function chooseSyn(env: TcpEnvironment, tcb: Tcb): boolean {
  tcb.pending &= ~Pending.syn;
  const isAnswer = tcb.state !== TcpState.synSent;
  what.seq = tcb.iss;
  what.flags = isAnswer ? TcpFlag.syn | TcpFlag.ack : TcpFlag.syn;
  what.reason = isAnswer ? 'syn-ack' : 'syn';
  what.length = 0;
  if (!isAnswer && tcb.fastOpen !== null) what.length = takeSynData(tcb);
  // Sent again without the SYN it is pushed.
  what.marks = what.length > 0 ? SegmentFlag.pushed : 0;
  // RFC 9293 §3.9.1.2 MUST-61: pushed like any last segment; Linux's SYN has no PSH.
  if (what.length > 0 && env.settings.profile === 'rfc') what.flags |= TcpFlag.psh;
  return true;
}

/** RFC 5682 §2.1 step 2b: new data, if the window has room; without any the loss counts as real. */
function chooseFrtoProbe(env: TcpEnvironment, tcb: Tcb, slot: Slot): boolean {
  const { recovery } = tcb;
  if (recovery === null) return false;
  if (chooseNewData(env, tcb, slot)) return true;
  recovery.isFrtoProbing = false;
  if (tcb.sndNxt === recovery.highSeq) {
    recovery.isFrto = false;
    tcb.pending |= Pending.retransmit;
  }
  return false;
}

// RFC 6675 §5 R6675-10: what was SACKed makes room, before recovery too.
// RFC 3042 §2 R3042-1, R3042-2, R3042-3: so does a duplicate ACK, and the window stays.
// RFC 5681 §3.2 R5681-7: that is all the first two do.
/** Octets the congestion window has room for; may be negative. */
function congestionRoom(env: TcpEnvironment, tcb: Tcb): number {
  const board = tcb.scoreboard;
  if (board === null) return tcb.cwnd;
  if (board.isFull) return 0;
  const isCounted = env.settings.limited_transmit || tcb.caState !== CaState.disorder;
  return tcb.cwnd - (isCounted ? inFlight(tcb) : board.totalWeight);
}

/** RFC 9293 section 3.8.6.1: one octet of new data, or as Linux does an empty segment the peer must answer. */
function chooseProbe(env: TcpEnvironment, tcb: Tcb): boolean {
  const isFlush = (tcb.pending & Pending.flush) !== 0;
  tcb.pending &= ~(Pending.zeroWindowProbe | Pending.flush);
  const room = Math.min(tcb.usableWindow, unsentRecord(tcb));
  if (room > 0) {
    // RFC 9293 §3.8.6.2.1, case 4: the override timeout sends what the small window takes; that is no probe.
    tcb.probes = tcb.backoff = 0;
    what.isOverride = true;
    tcb.pending &= ~Pending.urgentProbe;
    what.seq = tcb.sndNxt;
    what.length = Math.min(room, fullPayload(env, tcb));
    what.marks = isFlush ? marksOf(tcb, (what.seq + what.length) | 0) : SegmentFlag.pushed;
    what.flags = TcpFlag.ack | pushFlag(env, what.mss, what.length, what.marks);
    what.reason = 'data';
    return true;
  }
  env.extCounters.TCPWinProbe++;
  what.reason = 'zero-window-probe';
  what.marks = 0;
  const hasText = tcb.unsentLength > 0 || tcb.sndUna !== tcb.sndNxt;
  if (env.settings.zero_window_probe === 'octet' && hasText && seqLt(tcb.sndUna, bufferEnd(tcb))) {
    what.seq = tcb.sndUna;
    what.length = 1;
    what.flags = TcpFlag.ack;
    return true;
  }
  what.length = 0;
  what.flags = TcpFlag.ack;
  if (tcb.pending & Pending.urgentProbe) {
    tcb.pending = (tcb.pending & ~Pending.urgentProbe) | Pending.zeroWindowProbe;
    what.seq = tcb.sndUna;
    return true;
  }
  what.seq = (tcb.sndUna - 1) | 0;
  return true;
}

/** RFC 9293 §3.8.4 SHLD-12: SEG.SEQ = SND.NXT - 1 and no payload makes the peer answer. */
function chooseKeepAlive(tcb: Tcb): boolean {
  tcb.pending &= ~Pending.keepAlive;
  what.seq = (tcb.sndNxt - 1) | 0;
  what.length = 0;
  what.flags = TcpFlag.ack;
  what.reason = 'keep-alive';
  return true;
}

function chooseAck(tcb: Tcb): boolean {
  what.seq = acceptableSeq(tcb);
  what.length = 0;
  what.flags = TcpFlag.ack;
  what.reason =
    tcb.pending & Pending.challenge ? 'challenge-ack' : tcb.pending & Pending.windowUpdate ? 'window-update' : 'ack';
  return true;
}

/** New data, with the FIN behind it when it is the last. */
function chooseNewData(env: TcpEnvironment, tcb: Tcb, slot: Slot): boolean {
  const unsent = tcb.unsentLength;
  const finWaits = tcb.finQueued && !tcb.finSent && tcb.state !== TcpState.synReceived;
  if (unsent === 0 && !finWaits) return false;
  // Linux has asked that when it was written.
  if (unsent > 0 && env.settings.profile === 'rfc') restartAfterIdle(env, tcb);
  const congestion = congestionRoom(env, tcb);
  // Linux counts segments: a small one, too, and a FIN, want room for a whole one.
  if (env.settings.profile === 'linux' && congestion < tcb.sendMss) return false;
  const windowRoom = tcb.usableWindow;
  // RFC 9293 §3.8.6 MUST-34, SHLD-15: a usable window that shrinking made negative lets nothing new go.
  if (windowRoom <= 0) {
    if (env.settings.skb_accounting) growHeadPiece(env, tcb, congestion, fullPayload(env, tcb));
    return false;
  }
  const hasRecords = tcb.rare?.recordEnds != null;
  const probe = tcb.mtuProbe === null || hasRecords ? NO_PROBE : chooseMtuProbe(env, tcb);
  if (probe === PROBE_WAITS) return false;
  const length = unsent === 0 ? 0 : probe > 0 ? probe : sendableLength(env, tcb, slot, unsent, windowRoom, congestion);
  if (length === 0 && unsent > 0) return false;
  const isAll = length === unsent;
  const withFin = isAll && finWaits && windowRoom > length;
  if (length === 0 && !withFin) return false;
  what.seq = tcb.sndNxt;
  what.length = length;
  if (probe > 0) what.mss = probe;
  what.marks = length > 0 ? marksOf(tcb, (what.seq + length) | 0, what.push !== PushMode.none) : 0;
  what.flags = TcpFlag.ack | pushFlag(env, what.mss, length, what.marks) | (withFin ? TcpFlag.fin : 0);
  what.reason = probe > 0 ? 'mtu-probe' : withFin ? (length > 0 ? 'data-fin' : 'fin') : 'data';
  return true;
}

// RFC 9293 §3.8.6.2.1 MUST-38: small segments only by the rules that avoid silly windows.
// RFC 9293 §3.9.1.2 SHLD-28: full segments when possible.
// RFC 9293 §3.9.1.2 MAY-16: pieces are put together.
function sendableLength(
  env: TcpEnvironment,
  tcb: Tcb,
  slot: Slot,
  unsent: number,
  windowRoom: number,
  congestion: number,
): number {
  const full = fullPayload(env, tcb);
  what.mss = full;
  // RFC 5681 §3 R5681-24: the smaller of both windows.
  const room = Math.min(windowRoom, congestion);
  // Linux cuts bursts out of super-segments: without them each segment goes for itself.
  const isInBursts = env.settings.profile === 'linux' && takesSuperSegments(tcb);
  const piece = isInBursts ? growHeadPiece(env, tcb, congestion, full) : unsent;
  const record = unsentRecord(tcb, piece);
  const available = Math.min(room, record);
  if (isInBursts && !mayBurst(env, tcb, congestion, windowRoom, record, full, what.push)) return 0;
  if (available >= full) return wholeSegments(tcb, slot, available, full, isInBursts);
  if (available <= 0) return 0;
  if (available < record) {
    if (isInBursts && endsBurst(tcb, available)) return available;
    // Linux leaves it to a probe.
    if (env.settings.profile === 'linux') return 0;
    // Case 3: at least half of the largest window ever offered; and not a sliver that only congestion allows.
    const isUseful = available >= tcb.maxSndWnd >> USEFUL_WINDOW_SHIFT && windowRoom <= available;
    return isUseful ? available : 0;
  }
  return record === unsent && what.push === PushMode.none && holdsBack(env, tcb) ? 0 : available;
}

// RFC 9293 §3.7.4 SHLD-7, MUST-17: Nagle: a small segment waits while something is unacknowledged, unless switched off.
function holdsBack(env: TcpEnvironment, tcb: Tcb): boolean {
  if (tcb.finQueued || tcb.urgent?.isSending) return false;
  if (isCorked(tcb)) return true;
  // An unacknowledged SYN is no data to wait for.
  if (tcb.flightSize === 1 && tcb.sndUna === tcb.iss) return false;
  if (tcb.noDelay || tcb.sndUna === tcb.sndNxt) return false;
  return env.settings.nagle === 'rfc' || seqGt(tcb.smallSeq, tcb.sndUna);
}

/** As many whole segments as the window, the slot and the carrier take in one frame; of a burst all that is left. */
function wholeSegments(tcb: Tcb, slot: Slot, available: number, full: number, isInBursts: boolean): number {
  // The pieces of a super-segment repeat its header: an urgent pointer would move on with each of them.
  // Each segment is signed for itself.
  if (tcb.urgent?.isSending || tcb.auth !== null) return full;
  if (available <= full || !takesSuperSegments(tcb)) return full;
  const room = Math.min(SUPER_SEGMENT_MAX, slot.capacity) - 160;
  const most = Math.min(available, Math.max(full, room));
  const burst = isInBursts ? burstLeft(tcb) : 0;
  return burst > 0 && burst <= most ? burst : most - (most % full);
}

/** There is no route just now: a timer keeps the work from being forgotten, and ends it when there never is one again. */
export function waitForRoute(env: TcpEnvironment, tcb: Tcb): void {
  if (isTimerArmed(tcb, TcpTimer.retransmission) || isTimerArmed(tcb, TcpTimer.persist)) return;
  if (tcb.sndUna === tcb.iss) armTimer(env, tcb, TcpTimer.retransmission, usToTicks(tcb.rtoUs));
  else if (tcb.hasUnsent) armTimer(env, tcb, TcpTimer.persist, usToTicks(tcb.rtoUs));
}

// RFC 9293 §3.8.6.1 MUST-36: with data waiting, a window too small and nothing in flight, only a probe can find out more.
function armPersistIfStuck(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.state < TcpState.established || isTimerArmed(tcb, TcpTimer.persist | TcpTimer.retransmission)) return;
  const windowRoom = tcb.usableWindow;
  const isProbed = tcb.sndUna === tcb.sndNxt || seqLe(tcb.sndNxt, (tcb.sndUna + 1) | 0);
  if (isCorked(tcb) && windowRoom > 0 && !tcb.finQueued) {
    armTimer(env, tcb, TcpTimer.persist, usToTicks(Math.max(tcb.rtoUs, CORK_US)));
  } else if (isProbed && windowRoom < tcb.sendMss) {
    // RFC 9293 §3.8.6.1 SHLD-29: the first probe after one RTO of closed window.
    armTimer(env, tcb, TcpTimer.persist, usToTicks(tcb.rtoUs));
    tcb.persistStartTick = tcb.persistTick;
  }
}
