/**
 * The client's side of TCP Fast Open (RFC 7413 sections 4.1.3 and 4.2): whether the first SYN carries data and a cookie or asks
 * for one, and what its answer teaches. Only the very first SYN is special; every repetition is plain.
 */
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { DEFAULT_MSS_V4, DEFAULT_MSS_V6, fixedHeaders, mssToAnnounce } from '../output/mss.ts';
import { noteNewData } from '../output/sent.ts';
import { resendAll } from '../recovery/recovery.ts';
import { TcpState } from '../state.ts';
import { SegmentFlag } from '../tcb/segment-record.ts';
import { Pending, type Tcb } from '../tcb/tcb.ts';
import { FastOpenAttempt, FastOpenFailure } from './attempt.ts';
import { FastOpenBit } from './fast-open.ts';

/** Room left for options in a SYN with data: middleboxes add some. */
const SYN_OPTIONS_MAX = 40;

// RFC 7413 §4.2 R7413-10: only for a program that asks.
/**
 * Prepares an active open that wants Fast Open. Nothing changes for it where the setting or experience forbids.
 * @param withoutCookie TCP_FASTOPEN_NO_COOKIE
 */
export function attemptFastOpen(env: TcpEnvironment, tcb: Tcb, withoutCookie: boolean): void {
  const { settings, fastOpen } = env;
  if ((settings.fastopen & FastOpenBit.client) === 0 || fastOpen.blackHole.isPausing(env)) return;
  const entry = fastOpen.cache.find(tcb);
  if (entry?.isRefused(tcb.key.remotePort, env.clock.nowUs)) return;
  const isRouteOpen = tcb.path.metrics?.fastopenNoCookie === true;
  const needsNoCookie = withoutCookie || isRouteOpen || (settings.fastopen & FastOpenBit.clientWithoutCookie) !== 0;
  const mss = entry !== null && entry.mss > 0 ? entry.mss : unknownMss(env, tcb);
  tcb.fastOpen = new FastOpenAttempt(entry, needsNoCookie, mss, fastOpen.blackHole.isSuspected);
}

/** RFC 7413 section 4.2.1: without a remembered MSS the default; Linux takes its own. */
function unknownMss(env: TcpEnvironment, tcb: Tcb): number {
  if (env.settings.profile === 'linux')
    return mssToAnnounce(env.settings, tcb.path, tcb.key.remoteAddress.family, tcb.rare);
  return tcb.key.remoteAddress.family === 4 ? DEFAULT_MSS_V4 : DEFAULT_MSS_V6;
}

/** As TCP_FASTOPEN_CONNECT: with a cookie at hand the SYN waits for the first octets. True when it does. */
export function defersSyn(tcb: Tcb): boolean {
  const { fastOpen } = tcb;
  if (fastOpen === null || !fastOpen.mayCarryData) return false;
  fastOpen.isDeferred = (tcb.sendBuffer?.length ?? 0) === 0;
  return fastOpen.isDeferred;
}

/** The user has written, or will not: the SYN goes. */
export function releaseSyn(env: TcpEnvironment, tcb: Tcb): void {
  if (!tcb.fastOpen?.isDeferred || tcb.state !== TcpState.synSent) return;
  tcb.fastOpen.isDeferred = false;
  tcb.pending |= Pending.syn;
  env.scheduleOutput(tcb);
}

/** True for the first SYN only. */
function isFirstSyn(tcb: Tcb): boolean {
  return tcb.sndNxt === tcb.iss;
}

// RFC 7413 §4.2.2 R7413-3, R7413-11: a SYN that has to go again carries neither data nor option.
/** Octets of text that ride on the SYN to be sent now. */
export function takeSynData(tcb: Tcb): number {
  const { fastOpen } = tcb;
  if (fastOpen === null || !fastOpen.mayCarryData || !isFirstSyn(tcb)) return 0;
  fastOpen.dataLength = Math.min(tcb.sendBuffer?.length ?? 0, synDataRoom(tcb));
  return fastOpen.dataLength;
}

/** Octets of text a SYN of this connection takes along at most, were it to go now. */
export function synDataRoom(tcb: Tcb): number {
  const { fastOpen } = tcb;
  if (fastOpen === null || !fastOpen.mayCarryData) return 0;
  const byPath = tcb.path.pathMtu - fixedHeaders(tcb) - (tcb.ipOptions?.length ?? 0);
  const most = Math.min(byPath, fastOpen.mss, tcb.rare?.maxSegment || byPath);
  return Math.max(0, most - SYN_OPTIONS_MAX);
}

/** The attempt whose option belongs into the SYN to be sent now, or null. */
export function synOptionOf(tcb: Tcb): FastOpenAttempt | null {
  return tcb.fastOpen?.hasOption && isFirstSyn(tcb) ? tcb.fastOpen : null;
}

/** What the answer to our SYN left of the SYN's data goes again as ordinary data; it is no loss, and gives no round-trip time. */
export function resendSynData(env: TcpEnvironment, tcb: Tcb): void {
  noteSynData(env, tcb);
  resendAll(env, tcb);
}

/** What the SYN took along and nobody has acknowledged is in flight, as ordinary data. */
export function noteSynData(env: TcpEnvironment, tcb: Tcb): void {
  noteNewData(env, tcb, tcb.sndUna, tcb.sndNxt, true, tcb.sendMss, SegmentFlag.pushed);
}

/** The SYN-ACK has come, SND.UNA has moved, and the time-outs of the SYN are still known. */
export function synAnswered(env: TcpEnvironment, tcb: Tcb, attempt: FastOpenAttempt, segment: TcpSegment): void {
  const hasLeft = attempt.dataLength > 0 && tcb.sndUna !== tcb.sndNxt;
  learnFromAnswer(env, tcb, attempt, segment, hasLeft);
  if (hasLeft) {
    attempt.failure = tcb.timeouts > 0 ? FastOpenFailure.synRetransmitted : FastOpenFailure.dataNotAcked;
    env.extCounters.TCPFastOpenActiveFail++;
  } else if (attempt.dataLength > 0) {
    tcb.isSynDataAcked = true;
    env.extCounters.TCPFastOpenActive++;
  }
}

// RFC 7413 §4.1.3 R7413-4, R7413-13: cookie and MSS of the SYN-ACK are remembered; a cookie nobody asked for is not.
function learnFromAnswer(
  env: TcpEnvironment,
  tcb: Tcb,
  attempt: FastOpenAttempt,
  segment: TcpSegment,
  hasLeft: boolean,
): void {
  const entry = env.fastOpen.cache.entryOf(tcb);
  entry.mss = segment.mss;
  const isGiven = (segment.optionsPresent & TcpOptionBit.fastOpen) !== 0 && segment.fastOpenLength > 0;
  if (isGiven && attempt.hasOption) {
    const { fastOpenOffset: at, fastOpenLength: length } = segment;
    entry.cookie = segment.packet.memory.u8.slice(at, at + length);
    entry.isExperimental = segment.fastOpenExperimental;
    entry.experiment = 0;
    entry.worked(tcb.key.remotePort);
    return;
  }
  if (!hasLeft && attempt.dataLength > 0) entry.worked(tcb.key.remotePort);
  // RFC 7413 §4.1.3.1 R7413-9: no acknowledgment of the data, and no cookie that would explain it, is an answer too.
  else if (hasLeft) env.fastOpen.cache.refused(env, tcb);
  // RFC 7413 §9 R7413-19: a request met with silence: servers older than the RFC know the experimental kind only.
  if (attempt.hasOption && attempt.dataLength === 0 && entry.cookie.length === 0 && tcb.timeouts === 0) {
    entry.experiment = Math.max(entry.experiment, attempt.isExperimental ? 2 : 1);
  }
}

/** The retransmission timer has run out; `count` time-outs in a row came before. */
export function attemptTimedOut(env: TcpEnvironment, tcb: Tcb, attempt: FastOpenAttempt, isLast: boolean): void {
  const count = tcb.timeouts;
  if (tcb.state === TcpState.synSent && count === 0) {
    // RFC 7413 §4.1.3.1 R7413-9: no answer at all is the worst of them.
    env.fastOpen.cache.refused(env, tcb);
  }
  const isConcerned = attempt.hasOption || attempt.dataLength > 0;
  if (!isConcerned || !(isLast ? count <= BLACK_HOLE_TIMEOUTS : count === BLACK_HOLE_TIMEOUTS)) return;
  env.fastOpen.blackHole.seen(env);
  env.extCounters.TCPFastOpenActiveFail++;
}

// RFC 7413 §7 R7413-20: off for a growing time.
/** Linux: the third time-out in a row of a connection opened fast tells of a black hole. */
const BLACK_HOLE_TIMEOUTS = 2;

/** A RST beside RCV.NXT before any data: something on the way has lost what came before it. */
export function resetOutOfOrder(env: TcpEnvironment, tcb: Tcb, attempt: FastOpenAttempt): void {
  if (attempt.hasOption && tcb.bytesReceived === 0 && tcb.state === TcpState.established) {
    env.fastOpen.blackHole.seen(env);
  }
}

/** The connection is over: a FIN alone, with a hole before it, means that all data was swallowed. */
export function attemptEnded(env: TcpEnvironment, tcb: Tcb, attempt: FastOpenAttempt): void {
  if (!attempt.hasOption) return;
  const { reassembly } = tcb;
  const isFinAlone = reassembly === null || reassembly.isEmpty || reassembly.lowest === tcb.rcvFinSeq;
  if (tcb.bytesReceived === 0 && tcb.rcvFinKnown && !tcb.rcvFinDone && isFinAlone) env.fastOpen.blackHole.seen(env);
  else if (tcb.bytesReceived > 0 && attempt.isProbe && !tcb.key.remoteAddress.isLoopback) {
    env.fastOpen.blackHole.passed();
  }
}
