/**
 * SEGMENT ARRIVES (RFC 9293 section 3.10.7) for a connection: SYN-SENT here by its own steps, every other state by the
 * eight checks in the RFC's order, one function each. CLOSED and LISTEN are in `listener.ts` and the stack's demux.
 */
import { msToTicks } from '../../base/clock.ts';
import { TcpFlag, TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { isAdmitted, SIGNATURE_OPTIONS } from '../auth/admission.ts';
import { abortConnection, endConnection } from '../closing/connection-end.ts';
import { arriveForOrphan, isOrphanInFinWait2 } from '../closing/orphan-fin-wait-2.ts';
import { PAWS_AGE_S } from '../closing/time-wait.ts';
import { noteEcnArrival } from '../ecn/arrival.ts';
import { answerChange } from '../ecn/arrival-kernel.ts';
import { takeRepeatedSyn, takeRepeatedSynAck } from '../ecn/negotiation.ts';
import type { TcpEnvironment } from '../environment.ts';
import { resetOutOfOrder } from '../fast-open/client.ts';
import { arriveSynSent } from '../opening/arrive-syn-sent.ts';
import { isTooFar } from '../rare-options.ts';
import { seqGe, seqGt, seqLe, seqLt, seqMin } from '../seq.ts';
import { canReceive, TcpState } from '../state.ts';
import type { TcpErrorCode } from '../tcb/error-code.ts';
import { segmentsOf } from '../tcb/segment-record.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';
import { armTimer, TcpTimer } from '../timers.ts';
import { takeUserTimeout } from '../user-timeout.ts';
import { checkAcknowledgment } from './acknowledgment.ts';
import { answerUnacceptable, challenge, isAnswerTooSoon } from './challenge-ack.ts';
import { acknowledgeNow, acknowledgeQuickly } from './delayed-acks.ts';
import { noteDuplicate } from './duplicates.ts';
import { acknowledgeOld, takeFin, takeText } from './text.ts';
import { takeUrgentPointer } from './urgent.ts';
import { segmentWindow } from './window.ts';

const SAYS_SOMETHING = TcpFlag.ack | TcpFlag.rst | TcpFlag.syn;

/** Linux lets timestamps fall behind by so much. */
const PAWS_SLACK = 1;

/** The parent: the order of the checks is the RFC's; each says whether the segment goes on to the next. */
export function segmentArrives(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  if (isTooFar(env, tcb.rare, segment)) return;
  if (tcb.auth !== null || (segment.optionsPresent & SIGNATURE_OPTIONS) !== 0) {
    if (!isAdmitted(env, tcb.auth, segment, tcb.state === TcpState.synSent)) return;
  }
  admittedArrives(env, tcb, segment);
}

/** What comes behind the signature. */
export function admittedArrives(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const segments = segmentsOf(segment.payloadLength, segment.packet.gsoSize);
  tcb.segmentsIn += segments;
  if (segment.payloadLength > 0) tcb.dataSegmentsIn += segments;
  if (tcb.state === TcpState.synSent) {
    arriveSynSent(env, tcb, segment);
    return;
  }
  // Linux: what says nothing is not even answered.
  if ((segment.flags & SAYS_SOMETHING) === 0 && env.settings.profile === 'linux') return;
  if (isOrphanInFinWait2(env, tcb)) {
    arriveForOrphan(env, tcb, segment);
    return;
  }
  if (tcb.sndUna === tcb.iss && isSynRepeated(env, tcb, segment)) return;
  if (segment.flags & TcpFlag.syn && segment.flags & TcpFlag.ack) takeRepeatedSynAck(env, tcb, segment);
  // Whether it is one of RFC 5681's duplicates does not depend on what is left of its text.
  const isBare = segment.length === 0;
  if (!checkTimestamp(env, tcb, segment)) return;
  if (!checkSequence(env, tcb, segment)) return;
  if (!checkReset(env, tcb, segment)) return;
  if (!checkSyn(env, tcb, segment)) return;
  // Only now: RST and SYN are judged by the sequence number they came with.
  const octets = segment.payloadLength;
  const startSeq = segment.seq;
  const isRepeat = trimToWindow(env, tcb, segment);
  const isExpected = tcb.isAckDelayed && isBare && isWindowSame(tcb, segment);
  if (!checkAcknowledgment(env, tcb, segment, isBare, startSeq)) return;
  if (isRepeat && env.settings.profile === 'linux' && goesBeyondFin(env, tcb, segment)) return;
  // Only what may be heard at all is answered: a bad ACK has had its own answer, a segment without ACK gets none. Linux waits for company.
  if (isRepeat) acknowledgeRepeat(env, tcb, segment);
  if (tcb.isAckDelayed && !isExpected && isThirdStep(env, tcb)) acknowledgeNow(env, tcb);
  // RFC 3168 §6.1 R3168-21, R3168-22: only what has passed every check counts.
  if (tcb.ecn !== null) noteEcnArrival(env, tcb, tcb.ecn, segment, octets);
  // RFC 9293 §3.8.4 MUST-26: whatever arrives in order from the peer postpones the keep-alive probe.
  if (tcb.keepAlive !== null) postponeKeepAlive(env, tcb);
  if (tcb.userTimeout !== null) takeUserTimeout(env, tcb, segment);
  checkUrgent(env, tcb, segment);
  if (canReceive(tcb.state) && !takeText(env, tcb, segment)) return;
  if (tcb.ecn !== null) answerChange(env, tcb, tcb.ecn, segment);
  takeFin(env, tcb, segment);
}

/**
 * In SYN-RECEIVED the peer's SYN may come again: alone because our SYN-ACK was lost, or with an ACK when both ends
 * opened at once (RFC 9293 section 3.5, figure 8). Returns true when nothing is left to do. Connections that came from LISTEN
 * are Tcbs here only when Fast Open made them so.
 */
function isSynRepeated(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  const { flags } = segment;
  if ((flags & (TcpFlag.syn | TcpFlag.rst)) !== TcpFlag.syn || segment.seq !== tcb.irs) return false;
  if (flags & TcpFlag.ack && !tcb.isPassive) {
    // Linux takes it only if it is no more than that, and acknowledges everything.
    if (env.settings.profile === 'linux' && (segment.length > 1 || segment.ack !== tcb.sndNxt))
      return !checkSyn(env, tcb, segment);
    if (env.settings.profile === 'linux') reportSynAgain(env, tcb, segment);
    segment.seq = (segment.seq + 1) | 0;
    segment.flags &= ~TcpFlag.syn;
    // RFC 7323 §2.2: the window of a segment with SYN is not scaled; Linux thinks otherwise here.
    if (env.settings.profile === 'rfc') segment.window >>>= tcb.sndScale;
    return false;
  }
  if (flags & TcpFlag.ack) return false;
  // Linux: of two that open at once each sends its SYN-ACK again by its own timer.
  if (!tcb.isPassive && env.settings.profile === 'linux') return !checkSyn(env, tcb, segment);
  if (tcb.isFastOpenPending && env.settings.profile === 'linux' && isAnswerTooSoon(env, tcb)) {
    env.extCounters.TCPACKSkippedSynRecv++;
    return true;
  }
  if (!takeRepeatedSyn(env, tcb.ecn, segment)) {
    abortConnection(env, tcb, tcb.isPassive ? null : 'EPROTO', 'ecn-contradiction');
    return true;
  }
  // RFC 6298 §3 (Karn): an answer sent twice gives no sample.
  tcb.isSynTimed = false;
  if (tcb.isFastOpenPending && env.settings.profile === 'linux') tcb.retransmitted++;
  tcb.pending |= Pending.syn;
  env.scheduleOutput(tcb);
  return true;
}

/** Linux: the SYN in it is an octet that came twice. */
function reportSynAgain(env: TcpEnvironment, tcb: Tcb, { seq, ack }: TcpSegment): void {
  if (!seqGt(ack, tcb.sndUna) || seqGt(ack, tcb.sndNxt)) return;
  noteDuplicate(env, tcb, seq, (seq + 1) | 0);
  acknowledgeNow(env, tcb);
}

// RFC 7323 §5 R7323-7, R7323-8, R7323-15: in circular order, and only while TS.Recent is young.
// RFC 7323 §3.2 R7323-4, R7323-12: without them nothing is taken; a RST needs none.
/** RFC 7323 section 5.3, R1 to R3: timestamps protect against old duplicates; runs before the sequence check. */
function checkTimestamp(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (tcb.ecn !== null) tcb.ecn.isTimeNewer = false;
  if (!tcb.has(Agreed.timestamps) || (segment.flags & TcpFlag.rst) !== 0) return true;
  if ((segment.optionsPresent & TcpOptionBit.timestamps) === 0) return !env.settings.require_timestamps;
  const behind = (tcb.tsRecent - segment.timestampValue) | 0;
  const isOld = behind > (env.settings.profile === 'linux' ? PAWS_SLACK : 0);
  if (isOld && !isForgotten(env, tcb, segment)) return false;
  // RFC 7323 §4.3 R7323-6: only a segment that starts no later than what was last acknowledged moves TS.Recent.
  const isNew = (isOld || behind <= 0) && seqLe(segment.seq, tcb.lastAckSent);
  if (isNew && isInPlace(env, tcb, segment) && isAckKnown(env, tcb, segment)) {
    if (tcb.ecn !== null) tcb.ecn.isTimeNewer = behind < 0;
    tcb.tsRecent = segment.timestampValue;
    tcb.tsRecentS = env.clock.seconds;
  }
  return true;
}

/** Linux takes no timestamp from whoever acknowledges what was never sent; nor from an ACK that was overtaken, where it looks at that. */
function isAckKnown(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (env.settings.profile === 'rfc') return true;
  if (seqGt(segment.ack, tcb.sndNxt)) return false;
  return segment.payloadLength > 0 || !seqLt(segment.ack, tcb.sndUna) || isExpected(tcb, segment);
}

/** Linux's header prediction, which does not look at how old an ACK is: it begins with the first text of the peer where we have opened. */
function isExpected(tcb: Tcb, segment: TcpSegment): boolean {
  const isOn = tcb.isPassive || ((tcb.rcvNxt - tcb.irs) | 0) > 1 || !tcb.has(Agreed.windowScale);
  return isOn && segment.flags === TcpFlag.ack && segmentWindow(tcb, segment) === tcb.sndWnd;
}

/** TS.Recent, which the segment contradicts, is too old to mean anything; else the segment is answered and no more. */
function isForgotten(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (env.clock.seconds - tcb.tsRecentS > PAWS_AGE_S) return true;
  env.extCounters.PAWSEstab++;
  noteOldText(env, tcb, segment);
  answerUnacceptable(env, tcb, segment.length > 0);
  return false;
}

/** RFC 9293 section 3.4: the four cases of segment length and window. */
export function isAcceptable(tcb: Pick<Tcb, 'rcvWnd' | 'rcvNxt'>, segment: TcpSegment): boolean {
  const { length, seq } = segment;
  const window = tcb.rcvWnd;
  if (window <= 0) return length === 0 && seq === tcb.rcvNxt;
  const edge = (tcb.rcvNxt + window) | 0;
  const startsInside = seqGe(seq, tcb.rcvNxt) && seqLt(seq, edge);
  if (length === 0) return startsInside;
  const last = (seq + length - 1) | 0;
  return startsInside || (seqGe(last, tcb.rcvNxt) && seqLt(last, edge));
}

function isInPlace(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (isAcceptable(tcb, segment) || isAckAtEdge(tcb, segment)) return true;
  if (env.settings.profile === 'rfc' || tcb.state === TcpState.synReceived) return false;
  return isInPlaceOnLinux(tcb, segment);
}

/**
 * Linux also hears what ends at or behind its last acknowledgment, though it be old, and what begins where the window ends, as long as
 * its text can be taken whole.
 */
function isInPlaceOnLinux(tcb: Tcb, { seq, length, payloadLength }: TcpSegment): boolean {
  const end = (seq + length) | 0;
  if (seqLt(end, tcb.lastAckSent)) return false;
  const isAtEdge = tcb.rcvWnd > 0 && seq === tcb.rcvAdv;
  return seqLe(end, tcb.rcvNxt) || (isAtEdge && payloadLength > 0 && tcb.receiveAccount !== null);
}

// RFC 9293 §3.10.7.4, first: check the sequence number.
function checkSequence(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (!isInPlace(env, tcb, segment)) return checkOutside(env, tcb, segment);
  if (!isOverrun(tcb, segment)) return true;
  answerUnacceptable(env, tcb, segment.length > 0);
  return false;
}

/** Of a segment that is not inside of the window: whether something of it counts all the same. */
function checkOutside(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  // RFC 9293 §3.4 MUST-66: with a closed window ACK, RST and URG still count; the text does not.
  if (tcb.rcvWnd <= 0 && segment.seq === tcb.rcvNxt && segment.length > 0) {
    // Linux lets a FIN without text pass, since it takes no room.
    if (segment.payloadLength > 0 || env.settings.profile === 'rfc') segment.flags &= ~TcpFlag.fin;
    segment.payloadLength = 0;
    env.extCounters.TCPRcvQDrop++;
    answerUnacceptable(env, tcb, true);
    return true;
  }
  if (segment.flags & TcpFlag.rst) return isResetBeforeFin(env, tcb, segment);
  if (segment.flags & TcpFlag.syn && tcb.state !== TcpState.synReceived) {
    // RFC 5961 §4.2 R5961-3: a SYN in a synchronized state is challenged wherever it lies.
    env.extCounters.TCPSYNChallenge++;
    challenge(env, tcb);
    return false;
  }
  noteOldText(env, tcb, segment);
  answerUnacceptable(env, tcb, segment.length > 0);
  return false;
}

/**
 * A bare ACK behind the last octet of the window counts as inside, as on Linux. By the letter of RFC 9293 it does not, and two ends that
 * have filled each other's windows and lost what stood last in them would never hear each other's ACKs again.
 */
function isAckAtEdge(tcb: Tcb, segment: TcpSegment): boolean {
  if (segment.length > 0 || tcb.rcvWnd <= 0) return false;
  return segment.seq === tcb.rcvAdv && (segment.flags & (TcpFlag.ack | TcpFlag.rst)) === TcpFlag.ack;
}

/** Linux: what ends beyond the window is taken whole while nothing waits to be read, so that a careless peer gets on; else not at all. */
function isOverrun(tcb: Tcb, segment: TcpSegment): boolean {
  const account = tcb.receiveAccount;
  if (account === null || account.isEmpty) return false;
  return seqGt((segment.seq + segment.payloadLength) | 0, tcb.rcvAdv);
}

/** What of a segment that goes no further has arrived before is reported. */
function noteOldText(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  const end = (segment.seq + segment.length) | 0;
  if (segment.length === 0 || !seqLt(segment.seq, tcb.rcvNxt)) return;
  if (env.settings.profile === 'linux') acknowledgeQuickly(env.settings, tcb);
  noteDuplicate(env, tcb, segment.seq, seqMin(end, tcb.rcvNxt));
}

/** As Linux sees it at first sight, which takes place from the start only where windows are not scaled. */
function isWindowSame({ sndScale, sndWnd }: Tcb, { window }: TcpSegment): boolean {
  return sndScale === 0 && sndWnd === window;
}

/** Linux: text that begins before the peer's FIN and goes on behind it ends the connection. */
function goesBeyondFin(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (!tcb.rcvFinDone || segment.payloadLength === 0) return false;
  env.extCounters.TCPAbortOnData++;
  env.sendResetFor(segment);
  endConnection(env, tcb, tcb.hasUser ? resetError(env, tcb) : null, 'data-after-fin');
  return true;
}

/**
 * Linux: the third step of the handshake that waits for text (TCP_QUICKACK, TCP_DEFER_ACCEPT) waits no longer when something is heard that
 * was not foreseen.
 */
function isThirdStep({ settings }: TcpEnvironment, tcb: Tcb): boolean {
  if (settings.profile === 'rfc' || tcb.isPassive || tcb.reassembly !== null) return false;
  return ((tcb.rcvNxt - tcb.irs) | 0) === 1;
}

/** By the RFC at once; Linux by its rules for text, and waits for company where something of it is new. */
function acknowledgeRepeat(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  if (env.settings.profile === 'rfc' || tcb.rcvFinDone) acknowledgeNow(env, tcb);
  else if (segment.length === 0) acknowledgeOld(env, tcb);
}

/** Cuts off what was received already and what lies beyond the window. True when something of it came again: the sender has not seen our ACK. */
function trimToWindow(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  const early = (tcb.rcvNxt - segment.seq) | 0;
  if (early <= 0 && segment.payloadLength <= ((tcb.rcvAdv - segment.seq) | 0)) return false;
  return trim(env, tcb, segment, early);
}

function trim(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment, early: number): boolean {
  const isRepeat = early > 0 && segment.length > 0;
  const isWholly = isRepeat && early >= segment.length;
  if (isRepeat) {
    noteDuplicate(env, tcb, segment.seq, seqMin((segment.seq + segment.length) | 0, tcb.rcvNxt));
    segment.payloadOffset += early;
    segment.payloadLength = Math.max(0, segment.payloadLength - early);
    if (isWholly) {
      // Nothing of it is new, its FIN neither.
      segment.flags &= ~TcpFlag.fin;
      acknowledgeQuickly(env.settings, tcb);
    }
    if (segment.flags & TcpFlag.urg) {
      segment.urgentPointer -= early;
      if (segment.urgentPointer <= 0) segment.flags &= ~TcpFlag.urg;
    }
    segment.seq = tcb.rcvNxt;
    env.extCounters.DelayedACKLost++;
  }
  const room = (tcb.rcvAdv - segment.seq) | 0;
  if (segment.payloadLength > room && tcb.receiveAccount === null) {
    segment.payloadLength = Math.max(0, room);
    segment.flags &= ~TcpFlag.fin;
  }
  return isRepeat;
}

// RFC 9293 §3.10.7.4, second: check the RST bit, with the three cases of RFC 5961 §3.2.
// RFC 5961 §3.2 R5961-1: only in place does it end anything.
// RFC 9293 §3.5.3 SHLD-2: octets in a RST do not matter.
function checkReset(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  return (segment.flags & TcpFlag.rst) === 0 || takeReset(env, tcb, segment);
}

/** Nothing more is asked of a RST: false. */
function takeReset(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if (segment.seq !== tcb.rcvNxt && !isBehindEarlyText(env, tcb, segment) && !isResetBeforeFin(env, tcb, segment)) {
    // RFC 5961 §3.2: a number left of the window is dropped in silence; Linux asks back when the octets of the RST reach into it.
    if (env.settings.profile === 'rfc' && seqLt(segment.seq, tcb.rcvNxt)) return false;
    if (tcb.fastOpen !== null) resetOutOfOrder(env, tcb, tcb.fastOpen);
    challenge(env, tcb);
    return false;
  }
  switch (tcb.state) {
    case TcpState.synReceived:
      // RFC 9293 §3.5 MUST-11: from SYN-SENT it is "connection refused"; what came from LISTEN is here only if a user has it.
      endConnection(
        env,
        tcb,
        tcb.isFastOpened || env.settings.profile === 'linux' ? 'ECONNRESET' : 'ECONNREFUSED',
        'reset',
      );
      return false;
    case TcpState.closing:
    case TcpState.lastAck:
      // For the RFC the connection was as good as closed; Linux tells a user who is still there.
      endConnection(env, tcb, env.settings.profile === 'linux' && tcb.hasUser ? 'ECONNRESET' : null, 'reset');
      return false;
    default:
      endConnection(env, tcb, resetError(env, tcb), 'reset');
      return false;
  }
}

/** Linux: a RST behind the last text that came early is meant as well. */
function isBehindEarlyText(env: TcpEnvironment, tcb: Tcb, { seq }: TcpSegment): boolean {
  const early = tcb.reassembly;
  if (env.settings.profile !== 'linux' || early === null || early.isEmpty) return false;
  return tcb.has(Agreed.sack) && seq === early.highest;
}

/** Linux: a RST may stand where the peer's FIN stood. */
function isResetBeforeFin({ settings }: TcpEnvironment, { state, rcvNxt }: Tcb, { seq }: TcpSegment): boolean {
  if (settings.profile !== 'linux' || seq !== ((rcvNxt - 1) | 0)) return false;
  return state === TcpState.closeWait || state === TcpState.lastAck || state === TcpState.closing;
}

/** Linux tells a user whose peer had already closed EPIPE. */
function resetError(env: TcpEnvironment, tcb: Tcb): TcpErrorCode {
  return env.settings.profile === 'linux' && tcb.state === TcpState.closeWait ? 'EPIPE' : 'ECONNRESET';
}

// RFC 5961 §4.2 R5961-3, R5961-8: the ACK draws a RST from a peer that has forgotten us.
// RFC 9293 §3.10.7.4, fourth: check the SYN bit (the third check, security, is empty). RFC 5961 §4.2: challenge.
function checkSyn(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): boolean {
  if ((segment.flags & TcpFlag.syn) === 0) return true;
  env.extCounters.TCPSYNChallenge++;
  challenge(env, tcb);
  return false;
}

// RFC 9293 §3.10.7.4, sixth: check the URG bit, in the states in which text may still come.
function checkUrgent(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  if ((segment.flags & TcpFlag.urg) === 0) return;
  if (tcb.state <= TcpState.finWait2 && !tcb.rcvFinDone) takeUrgentPointer(env, tcb, segment);
}

function postponeKeepAlive(env: TcpEnvironment, tcb: Tcb): void {
  if (tcb.keepAlive === null || tcb.state < TcpState.established || tcb.state > TcpState.closeWait) return;
  tcb.keepAliveProbes = 0;
  armTimer(env, tcb, TcpTimer.keepAlive, msToTicks(tcb.keepAlive.idleMs));
}
