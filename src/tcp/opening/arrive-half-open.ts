/**
 * SEGMENT ARRIVES in a SYN-RECEIVED that came from LISTEN (RFC 9293 section 3.10.7.4): the checks that a record can make. What
 * passes them all completes the handshake, and the Tcb made of the record goes on with the segment.
 */
import { TcpFlag, TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { isAdmitted, SIGNATURE_OPTIONS } from '../auth/admission.ts';
import { PAWS_AGE_S } from '../closing/time-wait.ts';
import { takeRepeatedSyn } from '../ecn/negotiation.ts';
import type { TcpEnvironment } from '../environment.ts';
import { isAnswerTooSoon } from '../input/challenge-ack.ts';
import { admittedArrives, isAcceptable } from '../input/segment-arrives.ts';
import { seqLt } from '../seq.ts';
import { Agreed } from '../tcb/tcb.ts';
import { endHalfOpen, resendSynAck } from './half-open-life.ts';
import type { HalfOpen } from './listener.ts';
import { promote } from './promotion.ts';
import { sendHalfOpenAck, sendHalfOpenReset } from './syn-ack.ts';
import { takeCookie } from './syn-cookies.ts';

/** What has come for a half-open connection. */
export function arriveHalfOpen(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment): void {
  if (entry.auth !== null || (segment.optionsPresent & SIGNATURE_OPTIONS) !== 0) {
    if (!isAdmitted(env, entry.auth, segment, false)) return;
  }
  const isOld = isTimestampOld(env, entry, segment);
  const kind = segment.flags & (TcpFlag.syn | TcpFlag.rst | TcpFlag.ack);
  if (kind === TcpFlag.syn && segment.seq === entry.irs && !isOld) {
    synRepeated(env, entry, segment);
    return;
  }
  if (lacksTimestamps(env, entry, segment)) return;
  const isLinux = env.settings.profile === 'linux';
  // Linux looks at the ACK first: a wrong one is nobody's. With a RST it says nothing.
  if (isLinux && (kind & TcpFlag.rst) === 0 && isAckWrong(entry, segment)) {
    refuseAck(env, entry, segment);
    return;
  }
  if (isOld || !isAcceptable(entry, segment)) {
    if (isOld) env.extCounters.PAWSEstab++;
    if ((segment.flags & TcpFlag.rst) === 0) answerUnacceptable(env, entry, segment);
    return;
  }
  if (!checkReset(env, entry, segment) || !checkSyn(env, entry, segment, isLinux)) return;
  completeHandshake(env, entry, segment);
}

/** The ACK of our SYN, as the fifth check has it: the handshake is complete if the accept queue has room. */
function completeHandshake(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment): void {
  const { listener } = entry;
  if ((segment.flags & TcpFlag.ack) === 0) return;
  if (isAckWrong(entry, segment)) {
    refuseAck(env, entry, segment);
    return;
  }
  if (defers(entry, segment)) {
    env.extCounters.TCPDeferAcceptDrop++;
    return;
  }
  if (!listener.hasRoom()) {
    // The accept queue is full: the client's ACK is forgotten and our SYN-ACK will ask again, or it is told at once.
    listener.overflowed(env);
    if (!env.settings.abort_on_overflow) return;
    env.sendResetFor(segment);
    endHalfOpen(env, entry, 'accept-queue-overflow');
    return;
  }
  admittedArrives(env, promote(env, entry), segment);
}

/** tcp(7) TCP_DEFER_ACCEPT: a bare ACK is forgotten while there is time for text to come. */
function defers(entry: HalfOpen, segment: TcpSegment): boolean {
  if (entry.timeouts >= (entry.listener.defaults.deferredRetries ?? 0) || segment.length > 0) return false;
  entry.isDeferred = true;
  return true;
}

function isAckWrong(entry: HalfOpen, segment: TcpSegment): boolean {
  return (segment.flags & TcpFlag.ack) !== 0 && segment.ack !== ((entry.iss + 1) | 0);
}

/** It may be for a cookie that the same client got when there was no room for this record. */
function refuseAck(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment): void {
  const isPlain = (segment.flags & (TcpFlag.syn | TcpFlag.rst)) === 0;
  if (isPlain && takeCookie(env, entry.listener, segment, entry)) return;
  env.sendResetFor(segment);
}

/** RFC 7323 section 5.3: a segment from before the SYN. */
function isTimestampOld(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment): boolean {
  const has = entry.has(Agreed.timestamps) && (segment.optionsPresent & TcpOptionBit.timestamps) !== 0;
  if (!has || segment.flags & TcpFlag.rst || !seqLt(segment.timestampValue, entry.tsRecent)) return false;
  return env.clock.seconds - entry.tsRecentS <= PAWS_AGE_S;
}

// RFC 7323 §3.2 R7323-4, R7323-12: without them nothing is taken; a RST needs none.
function lacksTimestamps(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment): boolean {
  if (!env.settings.require_timestamps || !entry.has(Agreed.timestamps)) return false;
  return (segment.flags & TcpFlag.rst) === 0 && (segment.optionsPresent & TcpOptionBit.timestamps) === 0;
}

/** Our SYN-ACK was lost, or is late: it goes again, at most once per invalid_ratelimit, and waits anew for its answer. */
function synRepeated(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment): void {
  if (!takeRepeatedSyn(env, entry.ecn, segment)) {
    sendHalfOpenReset(env, entry);
    endHalfOpen(env, entry, 'ecn-contradiction');
    return;
  }
  if (isAnswerTooSoon(env, entry)) {
    env.extCounters.TCPACKSkippedSynRecv++;
    return;
  }
  resendSynAck(env, entry);
}

/** What carries something is no answer to an answer of ours, and has no limit. */
function answerUnacceptable(env: TcpEnvironment, entry: HalfOpen, { length, flags }: TcpSegment): void {
  const isLimited = length === 0 || (flags & TcpFlag.syn) !== 0;
  if (isLimited && isAnswerTooSoon(env, entry)) env.extCounters.TCPACKSkippedSynRecv++;
  else sendHalfOpenAck(env, entry);
}

// RFC 9293 §3.5 MUST-11: a passive open returns to LISTEN without a word to the user.
// RFC 5961 §3.2 R5961-1: only in place does it end anything.
function checkReset(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment): boolean {
  if ((segment.flags & TcpFlag.rst) === 0) return true;
  if (segment.seq === entry.rcvNxt) {
    env.extCounters.EmbryonicRsts++;
    endHalfOpen(env, entry, 'reset');
    return false;
  }
  // RFC 5961 §3.2: a number left of the window is dropped in silence; Linux asks back when the octets of the RST reach into it.
  if (env.settings.profile === 'rfc' && seqLt(segment.seq, entry.rcvNxt)) return false;
  if (isAnswerTooSoon(env, entry) || !env.challengeBudget.take(env)) env.extCounters.TCPACKSkippedChallenge++;
  else {
    env.extCounters.TCPChallengeACK++;
    sendHalfOpenAck(env, entry);
  }
  return false;
}

/** Another SYN in the window: the RFC returns to LISTEN without a word, Linux tells the other end at once. */
function checkSyn(env: TcpEnvironment, entry: HalfOpen, segment: TcpSegment, isLinux: boolean): boolean {
  if ((segment.flags & TcpFlag.syn) === 0) return true;
  if (isLinux) {
    env.extCounters.EmbryonicRsts++;
    env.sendResetFor(segment);
  }
  endHalfOpen(env, entry, 'syn-in-window');
  return false;
}
