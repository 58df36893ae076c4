/**
 * TIME-WAIT (RFC 9293 sections 3.6.1 and 3.10.7.4, RFC 6191): what is left of a connection for 2 MSL, in a record a
 * fraction of a Tcb's size. It acknowledges a repeated FIN, and gives way to a SYN that is certainly new.
 */

import { msToTicks } from '../../base/clock.ts';
import { TcpFlag, TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import { isAdmitted, SIGNATURE_OPTIONS } from '../auth/admission.ts';
import type { ConnectionAuth } from '../auth/connection-auth.ts';
import type { ConnectionKey } from '../connection-key.ts';
import { lastEcnFlags } from '../ecn/departure.ts';
import type { SendParameters, TcpEnvironment, TcpPath } from '../environment.ts';
import { flowLabelOf } from '../opening/isn.ts';
import { seqGt, seqLt } from '../seq.ts';
import { TcpState } from '../state.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { observeState } from '../transitions.ts';
import type { TimeWaitPlace, TimeWaitQueue } from './time-wait-queue.ts';

const TRAFFIC_CLASS_MASK = 0xff;
const HOP_LIMIT_SHIFT = 8;
const SCALE_SHIFT = 16;
const ECN_FLAGS_SHIFT = 20;
/** From the lowest of the control bits that ECN has to its place above. */
const ECN_FLAGS = TcpFlag.ece | TcpFlag.cwr | TcpFlag.ae;
const ECN_FLAGS_BIT = 6;
const HAS_TIMESTAMPS = 2 ** 23;
const HAS_ANSWERED = 2 ** 24;

/** What few connections have. */
interface RareTraits {
  readonly ipOptions: Uint8Array | null;
  readonly auth: ConnectionAuth | null;
}

/**
 * A connection in TIME-WAIT, in a small record: enough to answer what still comes (RFC 9293 section 3.6.1). What is small or a yes or
 * no shares one integer.
 */
export class TimeWait implements SendParameters, TimeWaitPlace {
  readonly id: number;
  readonly key: ConnectionKey;
  readonly path: TcpPath;
  older: TimeWaitPlace | null = null;
  newer: TimeWaitPlace | null = null;
  /** When the wait is over. */
  dueTick = 0;
  readonly sndNxt: number;
  readonly rcvNxt: number;
  /** Window field as the connection's last segment carried it. */
  readonly window: number;
  readonly tsOffset: number;
  tsRecent: number;
  /** When it was taken, the clock's seconds. */
  tsRecentS: number;
  lastAnswerTick = 0;
  private traits: number;
  private readonly rare: RareTraits | null;

  constructor(tcb: Tcb, hasTimestamps: boolean) {
    this.id = tcb.id;
    this.key = tcb.key;
    this.path = tcb.path;
    this.sndNxt = tcb.sndNxt;
    this.rcvNxt = tcb.rcvNxt;
    // The FIN has taken an octet of a window that was offered in whole units.
    this.window = Math.min(0xffff, (tcb.rcvWnd + (1 << tcb.rcvScale) - 1) >>> tcb.rcvScale);
    this.tsOffset = tcb.tsOffset;
    this.tsRecent = tcb.tsRecent;
    this.tsRecentS = tcb.tsRecentS;
    this.traits =
      (tcb.trafficClass & TRAFFIC_CLASS_MASK) |
      (tcb.hopLimit << HOP_LIMIT_SHIFT) |
      (tcb.rcvScale << SCALE_SHIFT) |
      ((lastEcnFlags(tcb) >> ECN_FLAGS_BIT) << ECN_FLAGS_SHIFT) |
      (hasTimestamps ? HAS_TIMESTAMPS : 0);
    const { ipOptions, auth } = tcb;
    // RFC 5925 §7.2 R5925-14: keys live as long as the connection, this record included.
    this.rare = ipOptions === null && auth === null ? null : { ipOptions, auth };
  }

  get trafficClass(): number {
    return this.traits & TRAFFIC_CLASS_MASK;
  }

  get hopLimit(): number {
    return (this.traits >> HOP_LIMIT_SHIFT) & 0xff;
  }

  get rcvScale(): number {
    return (this.traits >> SCALE_SHIFT) & 0xf;
  }

  /** Control bits that every segment of an Accurate ECN connection has. */
  get ecnFlags(): number {
    return ((this.traits >> ECN_FLAGS_SHIFT) << ECN_FLAGS_BIT) & ECN_FLAGS;
  }

  get hasTimestamps(): boolean {
    return (this.traits & HAS_TIMESTAMPS) !== 0;
  }

  get hasAnswered(): boolean {
    return (this.traits & HAS_ANSWERED) !== 0;
  }

  set hasAnswered(is: boolean) {
    this.traits = is ? this.traits | HAS_ANSWERED : this.traits & ~HAS_ANSWERED;
  }

  get flowLabel(): number {
    return flowLabelOf(this);
  }

  get ipOptions(): Uint8Array | null {
    return this.rare === null ? null : this.rare.ipOptions;
  }

  get auth(): ConnectionAuth | null {
    return this.rare === null ? null : this.rare.auth;
  }
}

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
  const isOld = isOldTimestamp(timeWait, segment, env.clock.seconds);
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
    if (env.settings.profile === 'rfc') takeTimestamp(timeWait, segment, env.clock.seconds);
    startTimeWait(env, timeWait);
    acknowledgeFin(env, timeWait);
    return;
  }
  const isInOrder = segment.seq === timeWait.rcvNxt && segment.length === 0;
  const isAckOfUnsent = env.settings.profile === 'rfc' && seqGt(segment.ack, timeWait.sndNxt);
  if (isInOrder && !isOld && !isAckOfUnsent) {
    takeTimestamp(timeWait, segment, env.clock.seconds);
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

function isOldTimestamp(timeWait: TimeWait, segment: TcpSegment, nowS: number): boolean {
  if (!timeWait.hasTimestamps || (segment.optionsPresent & TcpOptionBit.timestamps) === 0) return false;
  if (nowS - timeWait.tsRecentS > PAWS_AGE_S) return false;
  return seqLt(segment.timestampValue, timeWait.tsRecent);
}

function takeTimestamp(timeWait: TimeWait, segment: TcpSegment, nowS: number): void {
  if (!timeWait.hasTimestamps || (segment.optionsPresent & TcpOptionBit.timestamps) === 0) return;
  timeWait.tsRecent = segment.timestampValue;
  timeWait.tsRecentS = nowS;
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

/** The acknowledgment of the peer's FIN, as the connection itself would send it. */
export function acknowledgeFin(env: TcpEnvironment, timeWait: TimeWait): void {
  env.sendControl({
    key: timeWait.key,
    seq: timeWait.sndNxt,
    ack: timeWait.rcvNxt,
    flags: TcpFlag.ack | timeWait.ecnFlags,
    window: timeWait.window,
    hasTimestamps: timeWait.hasTimestamps,
    timestampValue: (env.clock.ms + timeWait.tsOffset) | 0,
    timestampEcho: timeWait.tsRecent,
    parameters: timeWait,
  });
}

/** RFC 7323 section 5.5: TS.Recent of more than 24 days is no longer valid. */
export const PAWS_AGE_S = 24 * 86_400;
