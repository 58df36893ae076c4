/**
 * SEGMENT ARRIVES, seventh and eighth: segment text and the FIN bit (RFC 9293 section 3.10.7.4), and when to acknowledge
 * (section 3.8.6.3, RFC 5681 section 4.2).
 */
import { TcpFlag, type TcpSegment } from '../../wire/tcp-segment.ts';
import { abortConnection, endConnection, enterTimeWait } from '../closing/connection-end.ts';
import { type TcpEnvironment, TcpEvent } from '../environment.ts';
import { admitText, countRanges } from '../memory.ts';
import { measureSegment, wholeText } from '../output/segment-size.ts';
import { seqGt, seqLe } from '../seq.ts';
import { TcpState } from '../state.ts';
import { Reassembly } from '../tcb/reassembly.ts';
import type { ReceiveAccount } from '../tcb/receive-account.ts';
import { ReceiveBuffer } from '../tcb/receive-buffer.ts';
import { segmentsOf } from '../tcb/segment-record.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { setState } from '../transitions.ts';
import { acknowledgeNow, acknowledgeQuickly, delayAck, noteRhythm } from './delayed-acks.ts';
import { noteDuplicate } from './duplicates.ts';
import { GROWTH_MIN, growWindow, hasMemory, mayPredict, selectWindow } from './receive-account.ts';
import { growForEarly, measureArrival } from './receive-tuning.ts';
import { answersAtOnce, tellsHeldBlocks } from './sack-compression.ts';
import { freeRoom } from './window.ts';

/** Takes the text of an acceptable segment, already trimmed to the window. Returns false when the connection ended. */
export function takeText(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  // Nothing comes after a FIN, whoever says so later.
  if (tcb.rcvFinKnown) {
    segment.payloadLength = Math.max(0, Math.min(segment.payloadLength, (tcb.rcvFinSeq - segment.seq) | 0));
  }
  const length = segment.payloadLength;
  // RFC 9293 §3.6.1 SHLD-3, MAY-1: data for a user who has closed and will never read it: a RST tells the peer.
  if (tcb.finQueued && (length > 0 || isEarlyFinOnLinux(env, tcb, segment)) && isRefused(env, tcb)) {
    env.extCounters.TCPAbortOnData++;
    if (env.settings.profile === 'linux') {
      // Linux answers as if the connection were gone already.
      env.sendResetFor(segment);
      endConnection(env, tcb, tcb.hasUser ? 'ECONNRESET' : null, 'data-after-close');
    } else abortConnection(env, tcb, null, 'data-after-close');
    return false;
  }
  if (length === 0) return true;
  measureArrival(env, tcb, segment);
  if (segment.seq === tcb.rcvNxt) takeInOrder(env, tcb, segment);
  else takeEarly(env, tcb, segment);
  return true;
}

/** A FIN behind a gap says that text is missing, which is refused as if it had come. */
function isEarlyFinOnLinux({ settings }: TcpEnvironment, { rcvNxt }: Tcb, { flags, seq }: TcpSegment): boolean {
  return settings.profile === 'linux' && (flags & TcpFlag.fin) !== 0 && seqGt(seq, rcvNxt);
}

/** Linux: shutdown(2) of both directions is as good as close(2). */
function isRefused({ settings }: TcpEnvironment, { state, isReadDone, hasUser }: Tcb): boolean {
  if (!hasUser) return true;
  return settings.profile === 'linux' && isReadDone && (state === TcpState.finWait1 || state === TcpState.finWait2);
}

function takeInOrder(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const buffer = tcb.isReadShut ? null : receiveBufferOf(tcb);
  if (buffer !== null && (!isAdmitted(env, tcb, buffer, segment) || !isAffordable(env, tcb, segment))) return;
  measureSegment(tcb, segment);
  const length = segment.payloadLength;
  const early = tcb.reassembly;
  const isFillingGap = early !== null && !early.isEmpty;
  let advanced = length;
  // Duplicates still owed were for the old RCV.NXT.
  tcb.extraAcks = 0;
  buffer?.store(env.pool, 0, segment.packet.memory.u8, segment.payloadOffset, length);
  tcb.rcvNxt = (tcb.rcvNxt + length) | 0;
  if (isFillingGap) {
    let edge = early.advance(tcb.rcvNxt);
    countRanges(env, early);
    noteRepeatedBehind(env, tcb, early);
    if (tcb.rcvFinKnown && seqGt(edge, tcb.rcvFinSeq)) edge = tcb.rcvFinSeq;
    advanced += (edge - tcb.rcvNxt) | 0;
    tcb.rcvNxt = edge;
  }
  // Before the window grows by it, which asks for a quick acknowledgment of its own.
  if (env.settings.profile === 'linux') noteRhythm(env, tcb);
  if (buffer !== null) {
    buffer.advance(advanced);
    if (tcb.receiveAccount !== null) chargeInOrder(env, tcb, tcb.receiveAccount, segment);
  }
  tcb.bytesReceived += advanced;
  env.notify(tcb, TcpEvent.readable);
  // RFC 6582 §5 R6582-13: so a sender without SACK learns of the next hole.
  // RFC 5681 §4.2 R5681-9: a segment that fills a gap is acknowledged at once; Linux may wait while another gap stays.
  if (isFillingGap) acknowledgeEarly(env, tcb, early);
  else acknowledgeText(env, tcb, (segment.flags & TcpFlag.fin) !== 0);
  tcb.lastReceiveTick = env.clock.tick;
}

function receiveBufferOf(tcb: Tcb): ReceiveBuffer {
  tcb.receiveBuffer ??= new ReceiveBuffer();
  return tcb.receiveBuffer;
}

/** Linux: whether the receive buffer's memory is not used up; one segment is taken in any case, with a window that is shut. */
function isAffordable(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  const account = tcb.receiveAccount;
  if (account === null || account.isPredicted || isHeld(env, tcb, account, segment)) return true;
  account.isStarved = true;
  acknowledgeNow(env, tcb);
  if (account.isEmpty) return true;
  env.extCounters.TCPRcvQDrop++;
  segment.flags &= ~TcpFlag.fin;
  return false;
}

function isHeld({ settings }: TcpEnvironment, tcb: Tcb, account: ReceiveAccount, { seq, packet }: TcpSegment): boolean {
  return hasMemory(settings, tcb, account, seq, packet.totalLength);
}

/** The segment, and what came early behind it, is in order now. */
function chargeInOrder(env: TcpEnvironment, tcb: Tcb, account: ReceiveAccount, segment: TcpSegment): void {
  const { totalLength: packetOctets } = segment.packet;
  const end = (segment.seq + segment.payloadLength) | 0;
  const length = wholeText(tcb, segment);
  account.append(segment.payloadLength, packetOctets, length - segment.payloadLength);
  account.advance(end, tcb.rcvNxt);
  if (seqGt(tcb.rcvNxt, tcb.rcvAdv)) tcb.rcvAdv = tcb.rcvNxt;
  if (length >= GROWTH_MIN) growWindow(env.settings, tcb, account, length, packetOctets);
  account.isPredicting ||= mayPredict(tcb, account);
}

/** Whether there is memory for text in order; if only for a part of it, the rest is cut off and comes again. */
function isAdmitted(env: TcpEnvironment, tcb: Tcb, buffer: ReceiveBuffer, segment: TcpSegment): boolean {
  const length = admitText(env, tcb, buffer, 0, segment.payloadLength);
  if (length === segment.payloadLength) return true;
  segment.payloadLength = length;
  segment.flags &= ~TcpFlag.fin;
  acknowledgeNow(env, tcb);
  if (length === 0) env.extCounters.TCPRcvQDrop++;
  return length > 0;
}

// RFC 9293 §3.10.7.4 SHLD-31, MAY-13: what begins beyond RCV.NXT is kept, and an ACK of RCV.NXT goes out.
function takeEarly(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const { extCounters } = env;
  if (segment.seq === tcb.rcvAdv && tcb.receiveAccount !== null) {
    // Linux has heard what begins where the window ends; its text is none of it.
    segment.flags &= ~TcpFlag.fin;
    acknowledgeQuickly(env.settings, tcb);
    acknowledgeNow(env, tcb);
    return;
  }
  const account = tcb.receiveAccount;
  if (account !== null && !isHeld(env, tcb, account, segment)) {
    extCounters.TCPOFODrop++;
    return;
  }
  measureSegment(tcb, segment);
  tcb.earlySegmentsIn += segmentsOf(segment.payloadLength, segment.packet.gsoSize);
  const ahead = (segment.seq - tcb.rcvNxt) | 0;
  if (!tcb.isReadShut) {
    if (admitText(env, tcb, receiveBufferOf(tcb), ahead, segment.payloadLength) === 0) {
      extCounters.TCPOFODrop++;
      acknowledgeNow(env, tcb);
      return;
    }
  }
  tcb.reassembly ??= new Reassembly(env.settings.profile === 'rfc');
  // A FIN behind the text takes a number too (RFC 2018 §3).
  const right = (segment.seq + segment.length) | 0;
  const isAnswered = tellsHeldBlocks(env, tcb, tcb.reassembly, segment.seq, right);
  const fresh = tcb.isReadShut ? 0 : tcb.reassembly.add(segment.seq, right, env.settings.reassembly_ranges_max);
  if (fresh < 0) extCounters.TCPOFODrop++;
  else if (!tcb.isReadShut && fresh < segment.length) noteRepeated(env, tcb, tcb.reassembly);
  if (fresh > 0) {
    extCounters.TCPOFOQueue++;
    if (fresh < segment.payloadLength) extCounters.TCPOFOMerge++;
    countRanges(env, tcb.reassembly);
    const { memory } = segment.packet;
    tcb.receiveBuffer?.store(env.pool, ahead, memory.u8, segment.payloadOffset, segment.payloadLength);
  }
  if (account !== null && fresh >= 0) chargeEarly(env, tcb, account, segment);
  if (!isAnswered) acknowledgeDuplicate(env, tcb, tcb.reassembly);
}

/** Linux: the window grows before the segment holds memory, and with SACK only: if it changed, the acknowledgment would be no duplicate. */
function chargeEarly(env: TcpEnvironment, tcb: Tcb, account: ReceiveAccount, segment: TcpSegment): void {
  const { totalLength } = segment.packet;
  const right = (segment.seq + segment.length) | 0;
  account.isPredicting = false;
  if (account.hasEarly(segment.seq, right)) return;
  if (tcb.has(Agreed.sack)) growWindow(env.settings, tcb, account, wholeText(tcb, segment), totalLength);
  account.addEarly(segment.seq, right, totalLength);
  if (tcb.hasUser) growForEarly(env, tcb);
}

// RFC 5681 §4.2 R5681-19: one, and no more than one.
/** Each early segment has its own duplicate ACK, or the sender's fast retransmit would not start. */
function acknowledgeDuplicate(env: TcpEnvironment, tcb: Tcb, early: Reassembly): void {
  const wasOwed = (tcb.pending & Pending.ack) !== 0;
  if (acknowledgeEarly(env, tcb, early) && wasOwed && tcb.extraAcks < 64) tcb.extraAcks++;
}

/** Something is or was missing. False when Linux holds back an acknowledgment that could not start a fast retransmit any more. */
function acknowledgeEarly(env: TcpEnvironment, tcb: Tcb, early: Reassembly): boolean {
  if (env.settings.comp_sack_nr > 0 && !early.isEmpty) {
    const isMuch = ((tcb.rcvNxt - tcb.lastAckSent) | 0) > tcb.receiveMss;
    if (!isDueOnLinux(env, tcb, isMuch) && !answersAtOnce(env, tcb, early)) return false;
  }
  acknowledgeNow(env, tcb);
  return true;
}

/** A gap was filled by more than was missing. Linux has room for one report, which may be taken already by what came before the gap. */
function noteRepeatedBehind(env: TcpEnvironment, tcb: Tcb, reassembly: Reassembly): void {
  const { duplicates } = tcb;
  const isTaken = env.settings.profile === 'linux' && duplicates !== null && duplicates.count > 0;
  if (isTaken) duplicates.extend(reassembly.repeatedLeft, reassembly.repeatedRight);
  else noteRepeated(env, tcb, reassembly);
}

function noteRepeated(env: TcpEnvironment, tcb: Tcb, reassembly: Reassembly): void {
  noteDuplicate(env, tcb, reassembly.repeatedLeft, reassembly.repeatedRight);
}

// RFC 5681 §4.2 R5681-18: what was not acknowledged is counted in octets.
// RFC 9293 §3.8.6.3 SHLD-18, SHLD-19, MUST-40: acknowledgments are delayed, by less than half a second, and not beyond the
// second full-sized segment.
function acknowledgeText(env: TcpEnvironment, tcb: Tcb, isLast: boolean): void {
  const { settings } = env;
  const unacknowledged = (tcb.rcvNxt - tcb.lastAckSent) | 0;
  const full = settings.ack_every_segments * tcb.receiveMss;
  const isLinux = settings.profile === 'linux';
  // Text with a FIN behind it waits for the user's answer on Linux, as in an interactive connection.
  if (isLinux && isLast) tcb.isInteractive = true;
  const isDue = isLinux ? isDueOnLinux(env, tcb, unacknowledged > full) : unacknowledged >= full;
  if (isDue || delayAck(env, tcb)) acknowledgeNow(env, tcb);
}

/** Linux: all of a segment has come before; only a narrow window makes its acknowledgment wait. */
export function acknowledgeOld(env: TcpEnvironment, tcb: Tcb): void {
  const isMuch = ((tcb.rcvNxt - tcb.lastAckSent) | 0) > tcb.receiveMss;
  if (isDueOnLinux(env, tcb, isMuch) || delayAck(env, tcb)) acknowledgeNow(env, tcb);
}

/**
 * Linux acknowledges the first segments of a connection at once, until the user turns out to answer what arrives; then
 * more than one full segment, if the acknowledgment can offer no less than the last one did.
 */
function isDueOnLinux({ settings }: TcpEnvironment, tcb: Tcb, isMuch: boolean): boolean {
  const account = tcb.receiveAccount;
  // Asked for first: a narrow window ends the quick acknowledgments.
  const isDue = isMuch && (isWaitedFor(tcb) || isWindowKept(tcb));
  if (account === null && (tcb.receiveBuffer?.length ?? 0) > tcb.receiveLimit >> 1) tcb.quickAcks = 0;
  if (settings.quickack || (tcb.quickAcks > 0 && !tcb.isInteractive)) return true;
  return isDue;
}

/** SO_RCVLOWAT: the user does not read yet, and would wait for nothing if the peer waited for an acknowledgment. */
function isWaitedFor({ rare, receiveBuffer }: Tcb): boolean {
  return (receiveBuffer?.length ?? 0) < (rare?.receiveLowat || 1);
}

function isWindowKept(tcb: Tcb): boolean {
  const account = tcb.receiveAccount;
  const window = account === null ? freeRoom(tcb) : selectWindow(tcb, account);
  return window >= ((tcb.rcvAdv - tcb.lastAckSent) | 0);
}

/** Remembers where the peer's FIN stands, until everything before it has arrived. */
export function noteFin(tcb: Tcb, segment: TcpSegment): void {
  tcb.rcvFinKnown = true;
  tcb.rcvFinSeq = (segment.seq + segment.payloadLength) | 0;
}

// RFC 2018 §3: a FIN that came early takes a number too.
function takeEarlyFin(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  tcb.earlySegmentsIn++;
  tcb.reassembly ??= new Reassembly(env.settings.profile === 'rfc');
  const left = tcb.rcvFinSeq;
  const right = (left + 1) | 0;
  const isAnswered = tellsHeldBlocks(env, tcb, tcb.reassembly, left, right);
  if (!tcb.isReadShut) {
    if (tcb.reassembly.add(left, right, env.settings.reassembly_ranges_max) === 0)
      noteRepeated(env, tcb, tcb.reassembly);
    countRanges(env, tcb.reassembly);
    if (tcb.receiveAccount !== null) chargeEarly(env, tcb, tcb.receiveAccount, segment);
  }
  if (!isAnswered) acknowledgeDuplicate(env, tcb, tcb.reassembly);
}

/** Linux: a FIN is acknowledged with what the user answers to it, if that comes soon; at once, where no text came before. */
function finWaitsForAnswer(env: TcpEnvironment, tcb: Tcb): boolean {
  if (env.settings.profile !== 'linux') return false;
  if (tcb.state !== TcpState.established && tcb.state !== TcpState.synReceived) return false;
  tcb.isInteractive = true;
  const isMuch = ((tcb.rcvNxt - tcb.lastAckSent) | 0) > tcb.receiveMss;
  return (tcb.pending & Pending.ack) === 0 && !isDueOnLinux(env, tcb, isMuch) && !delayAck(env, tcb);
}

/** Linux: a FIN needs memory too, and is taken without it. */
function makeRoom(env: TcpEnvironment, tcb: Tcb, account: ReceiveAccount, segment: TcpSegment): void {
  if (isHeld(env, tcb, account, segment)) return;
  account.isStarved = true;
  acknowledgeNow(env, tcb);
}

/** Eighth: notes a FIN, and takes it once everything before it has arrived. Returns false when the connection is gone. */
export function takeFin(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (segment.flags & TcpFlag.fin) {
    const isAgain = tcb.rcvFinKnown;
    if (!isAgain) noteFin(tcb, segment);
    // With text it has been answered together with that.
    const isEarly = seqGt(tcb.rcvFinSeq, tcb.rcvNxt) && segment.payloadLength === 0;
    if (isEarly && !(isAgain && segment.seq !== tcb.rcvFinSeq)) takeEarlyFin(env, tcb, segment);
  }
  if (!tcb.rcvFinKnown || tcb.rcvFinDone || !seqLe(tcb.rcvFinSeq, tcb.rcvNxt)) return true;
  if (tcb.receiveAccount !== null && segment.payloadLength === 0 && segment.flags & TcpFlag.fin)
    makeRoom(env, tcb, tcb.receiveAccount, segment);
  tcb.rcvFinDone = true;
  tcb.rcvNxt = (tcb.rcvFinSeq + 1) | 0;
  if (((tcb.rcvAdv - tcb.rcvNxt) | 0) < 0) tcb.rcvAdv = tcb.rcvNxt;
  // What came from behind the end is told no more; by Linux, nor is what came twice.
  if (tcb.reassembly !== null && !tcb.reassembly.isEmpty) {
    tcb.reassembly.clear();
    countRanges(env, tcb.reassembly);
  }
  if (tcb.duplicates !== null && env.settings.profile === 'linux') tcb.duplicates.count = 0;
  if (!finWaitsForAnswer(env, tcb)) acknowledgeNow(env, tcb);
  env.notify(tcb, TcpEvent.readEnd | TcpEvent.readable);
  switch (tcb.state) {
    case TcpState.synReceived:
    case TcpState.established:
      setState(env, tcb, TcpState.closeWait, 'segment');
      return true;
    case TcpState.finWait1:
      // Our FIN is not acknowledged yet, or FIN-WAIT-2 would have been entered above.
      setState(env, tcb, TcpState.closing, 'segment');
      return true;
    case TcpState.finWait2:
      enterTimeWait(env, tcb);
      return false;
    default:
      return true;
  }
}
