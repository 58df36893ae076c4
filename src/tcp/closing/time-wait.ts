/**
 * TIME-WAIT (RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 6191): what is left of a connection for 2 MSL
 * (`time-wait-record.ts`). It acknowledges a repeated FIN, and gives way to a SYN that is certainly new.
 */

import { msToTicks } from '../../base/clock.ts';
import { Ecn } from '../../wire/ip-packet.ts';
import { TcpFlag, TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { isAdmitted, SIGNATURE_OPTIONS } from '../auth/admission.ts';
import type { LastWord } from '../ecn/ecn-state.ts';
import type { TcpEnvironment } from '../environment.ts';
import { seqGt, seqLt } from '../seq.ts';
import { TcpState } from '../state.ts';
import { observeState } from '../transitions.ts';
import type { TimeWaitQueue } from './time-wait-queue.ts';
import type { TimeWait } from './time-wait-record.ts';

/** Starts, or starts again, the wait of 2 MSL. */
export function startTimeWait(env: TcpEnvironment, timeWait: TimeWait): void {
  env.timeWaits.start(env, timeWait, msToTicks(env.settings.time_wait_ms));
}

/** RFC 9293 section 3.10.8: the wait is over for the first of the queue, and for those behind it that end in the same tick. */
export function timeWaitsExpired(env: TcpEnvironment, queue: TimeWaitQueue): void {
  for (let next = queue.oldest; next !== null; next = queue.oldest) {
    if (((next.dueTick - env.clock.tick) | 0) > 0) {
      // Its first record may have gone before its time.
      env.wheel.schedule(queue, next.dueTick);
      return;
    }
    endTimeWait(env, next, '2-msl-timeout');
  }
}

function endTimeWait(env: TcpEnvironment, timeWait: TimeWait, cause: string): void {
  env.timeWaits.stop(env, timeWait);
  observeState(env, timeWait.id, timeWait.key, TcpState.timeWait, TcpState.closed, cause);
  env.removeTimeWait(timeWait);
}

/** SEGMENT ARRIVES in TIME-WAIT. */
export function arriveTimeWait(env: TcpEnvironment, timeWait: TimeWait, segment: TcpSegment): void {
  const { flags } = segment;
  if (timeWait.auth !== null || (segment.optionsPresent & SIGNATURE_OPTIONS) !== 0) {
    if (!isAdmitted(env, timeWait.auth, segment, false)) return;
  }
  const isOld = isOldTimestamp(timeWait, timeWait.hasTimestamps, segment, env.clock.seconds);
  if (flags & TcpFlag.rst) {
    arriveReset(env, timeWait, segment, isOld);
    return;
  }
  if (flags & TcpFlag.syn && !(flags & TcpFlag.ack) && !isOld && mayReopen(timeWait, segment)) {
    // RFC 9293 §3.6.1 MAY-2, SHLD-4: the new ISN lies beyond everything the old connection sent.
    const initialSeq = (timeWait.sndNxt + 65_535 + 2) | 0;
    if (env.reopen(timeWait, segment, initialSeq)) return;
  }
  if (isUnheard(env, timeWait, segment, isOld)) return;
  if (isOld) env.extCounters.PAWSTimewait++;
  const isFinAgain = (flags & TcpFlag.fin) !== 0 && ((segment.seq + segment.length - timeWait.rcvNxt) | 0) === 0;
  if (isFinAgain && !isOld) {
    // Linux takes timestamps of what is in order only, which a FIN that comes again is not.
    // RFC 9293 §3.10.7.4, eighth: a repeated FIN is acknowledged and restarts the 2 MSL timeout.
    if (env.settings.profile === 'rfc') takeTimestamp(timeWait, timeWait.hasTimestamps, segment, env.clock.seconds);
    startTimeWait(env, timeWait);
    acknowledgeFin(env, timeWait);
    return;
  }
  const isInOrder = segment.seq === timeWait.rcvNxt && segment.length === 0;
  const isAckOfUnsent = env.settings.profile === 'rfc' && seqGt(segment.ack, timeWait.sndNxt);
  if (isInOrder && !isOld && !isAckOfUnsent) {
    takeTimestamp(timeWait, timeWait.hasTimestamps, segment, env.clock.seconds);
    return;
  }
  // Linux answers what takes sequence numbers each time, and limits the rest.
  if (segment.length > 0 && !(flags & TcpFlag.syn)) acknowledgeFin(env, timeWait);
  else answerLimited(env, timeWait);
}

/**
 * RFC 1337: a RST that may be old must not end the wait; by RFC 9293 one that is exactly right does, and by RFC 5961 §3.2 one that only lies
 * in the window is asked about. Linux asks nothing, and holds PAWS against a RST too.
 */
function arriveReset(env: TcpEnvironment, timeWait: TimeWait, segment: TcpSegment, isOld: boolean): void {
  const { rfc1337, profile } = env.settings;
  if (rfc1337) return;
  const isExact = segment.seq === timeWait.rcvNxt;
  if (profile === 'linux') {
    if (isExact && !isOld) endTimeWait(env, timeWait, 'reset');
  } else if (isExact) endTimeWait(env, timeWait, 'reset');
  else if (startsInWindow(timeWait, segment)) answerLimited(env, timeWait);
}

/** By the RFCs nothing is said to a segment without the timestamps agreed on (RFC 7323 §3.2), or to an acceptable one without ACK. */
function isUnheard(env: TcpEnvironment, timeWait: TimeWait, segment: TcpSegment, isOld: boolean): boolean {
  // RFC 6191 §2 answers every SYN that is not taken.
  if (segment.flags & TcpFlag.syn) return false;
  const hasStamp = (segment.optionsPresent & TcpOptionBit.timestamps) !== 0;
  if (env.settings.require_timestamps && timeWait.hasTimestamps && !hasStamp) return true;
  if (env.settings.profile === 'linux' || isOld || segment.flags & TcpFlag.ack) return false;
  const last = ((segment.seq + segment.length - 1 - timeWait.rcvNxt) | 0) >>> 0;
  return startsInWindow(timeWait, segment) || (segment.length > 0 && last < windowOf(timeWait));
}

function startsInWindow(timeWait: TimeWait, segment: TcpSegment): boolean {
  return ((segment.seq - timeWait.rcvNxt) | 0) >>> 0 < windowOf(timeWait);
}

function windowOf(timeWait: TimeWait): number {
  return timeWait.window << timeWait.rcvScale;
}

// RFC 6191 §2 R6191-1, R6191-2, R6191-3, R6191-4: by timestamps where both have them, else by the number.
/** RFC 6191 section 2 and RFC 9293 section 3.10.7.4: is this SYN certainly newer than the old connection? */
function mayReopen(timeWait: TimeWait, segment: TcpSegment): boolean {
  const isBeyond = seqGt(segment.seq, timeWait.rcvNxt);
  const newHas = (segment.optionsPresent & TcpOptionBit.timestamps) !== 0;
  if (timeWait.hasTimestamps && newHas) {
    return (
      seqGt(segment.timestampValue, timeWait.tsRecent) || (segment.timestampValue === timeWait.tsRecent && isBeyond)
    );
  }
  return (!timeWait.hasTimestamps && newHas) || isBeyond;
}

/** The newest timestamp of the peer, and the second at which it came. */
interface PeerTimestamp {
  tsRecent: number;
  tsRecentS: number;
}

/** Whether PAWS says that the segment is an old duplicate. @param last what is known of the peer's timestamps */
export function isOldTimestamp(
  last: PeerTimestamp,
  hasTimestamps: boolean,
  segment: TcpSegment,
  nowS: number,
): boolean {
  if (!hasTimestamps || (segment.optionsPresent & TcpOptionBit.timestamps) === 0) return false;
  if (nowS - last.tsRecentS > PAWS_AGE_S) return false;
  return seqLt(segment.timestampValue, last.tsRecent);
}

/** The segment was taken: its timestamp, if it has one, is the newest. */
export function takeTimestamp(last: PeerTimestamp, hasTimestamps: boolean, segment: TcpSegment, nowS: number): void {
  if (!hasTimestamps || (segment.optionsPresent & TcpOptionBit.timestamps) === 0) return;
  last.tsRecent = segment.timestampValue;
  last.tsRecentS = nowS;
}

// RFC 6191 §2 R6191-5: whatever is not taken is answered by the last ACK.
/** An ACK as the connection would have sent it, for segments that are out of place, at most one per invalid_ratelimit. */
function answerLimited(env: TcpEnvironment, timeWait: TimeWait): void {
  const waited = (env.clock.tick - timeWait.lastAnswerTick) | 0;
  if (timeWait.hasAnswered && waited < msToTicks(env.settings.invalid_ratelimit)) {
    env.extCounters.TCPACKSkippedTimeWait++;
    return;
  }
  timeWait.hasAnswered = true;
  timeWait.lastAnswerTick = env.clock.tick;
  acknowledgeFin(env, timeWait);
}

/** The acknowledgment of the peer's FIN, as the connection itself would send it. @param word what its segments said of ECN, while it was one */
export function acknowledgeFin(env: TcpEnvironment, timeWait: TimeWait, word: LastWord | null = null): void {
  env.sendControl({
    key: timeWait.key,
    seq: timeWait.sndNxt,
    ack: timeWait.rcvNxt,
    flags: TcpFlag.ack | (word === null ? timeWait.ecnFlags : word.flags),
    window: timeWait.window,
    hasTimestamps: timeWait.hasTimestamps,
    timestampValue: (env.clock.ms + timeWait.tsOffset) | 0,
    timestampEcho: timeWait.tsRecent,
    parameters: timeWait,
    codepoint: word === null ? Ecn.notEct : word.codepoint,
    accEcn: word === null ? null : word.option,
  });
}

/** RFC 7323 section 5.5: TS.Recent of more than 24 days is no longer valid. */
export const PAWS_AGE_S = 24 * 86_400;
