/**
 * Tuning of the receive window: dynamic right-sizing (M. Fisk, W. Feng, 2001) as Linux does it (`tcp_moderate_rcvbuf`). What
 * the user took in one of the receiver's round trips says how fast the connection is; the window has to be twice that, since
 * what is measured is one round trip old, and more while the rate still grows. The limit only grows, up to `rmem_max`, and
 * never for a user who leaves octets lying: the window is what that user reads, not what a peer would like to send.
 */
import { TcpOptionBit, type TcpSegment } from '../../wire/tcp-segment.ts';
import type { TcpEnvironment } from '../environment.ts';
import { isPressed } from '../memory.ts';
import { DEFAULT_MSS_V4 } from '../output/mss.ts';
import { seqLt } from '../seq.ts';
import { ReceiveTuning } from '../tcb/receive-tuning.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { FIRST_SEGMENTS } from './window.ts';

/** An echo older than this is no round trip. */
const ECHO_AGE_MAX_MS = 60_000;
/** A user who comes by more seldom than this (or two round trips) counts for the share. */
const PATIENCE_US = 100_000;
/** Longer than int32 differences can tell. */
const LONG_US = 2 ** 31;
/** How often a sender's rate can have doubled in a round trip. */
const DOUBLINGS_MAX = 1;

/** Octets thought to be read in a round trip before anything was measured: an initial window (RFC 6928). */
export function firstSpace(tcb: Tcb): number {
  if (tcb.receiveAccount !== null) return tcb.receiveAccount.firstSpace;
  return Math.min(tcb.receiveLimit, FIRST_SEGMENTS * Math.max(DEFAULT_MSS_V4, tcb.advertisedMss));
}

/** The sequence number of the next octet to be read. */
function readEdge(tcb: Tcb): number {
  return (tcb.rcvNxt - (tcb.receiveBuffer?.length ?? 0) - (tcb.rcvFinDone ? 1 : 0)) | 0;
}

/** Text has come, RCV.NXT has not moved yet: perhaps it tells a round-trip time. */
export function measureArrival(env: TcpEnvironment, tcb: Tcb, segment: TcpSegment): void {
  // Linux counts from behind the segment, where one is in order, by the window as it was offered.
  const isAccounted = tcb.receiveAccount !== null;
  const next = isAccounted ? (tcb.rcvNxt + segment.payloadLength) | 0 : tcb.rcvNxt;
  const windowEnd = isAccounted ? (next + tcb.rcvAdv - tcb.lastAckSent) | 0 : tcb.rcvAdv;
  tcb.receiveTuning ??= new ReceiveTuning(firstSpace(tcb), readEdge(tcb), windowEnd, env.clock.us);
  const tuning = tcb.receiveTuning;
  tuning.arrivedUs = env.clock.us;
  if (tcb.has(Agreed.timestamps)) measureEcho(env, tcb, tuning, segment);
  if (seqLt(next, tuning.windowEnd) || (isAccounted && segment.seq !== tcb.rcvNxt)) return;
  const elapsedUs = (env.clock.us - tuning.windowSinceUs) | 0;
  // Negative: more than half an hour, which is no round trip.
  if (elapsedUs >= 0) takeSample(tcb, Math.max(1, elapsedUs), true);
  tuning.windowEnd = windowEnd;
  tuning.windowSinceUs = env.clock.us;
}

/** RFC 7323 §4.2: full segments echo the acknowledgment that let them go; later ones of the same flight waited longer. */
function measureEcho(env: TcpEnvironment, tcb: Tcb, tuning: ReceiveTuning, segment: TcpSegment): void {
  const echo = segment.timestampEcho;
  if ((segment.optionsPresent & TcpOptionBit.timestamps) === 0 || echo === tuning.lastEcho) return;
  tuning.lastEcho = echo;
  if (segment.payloadLength < tcb.receiveMss) return;
  const elapsedMs = (env.clock.ms + tcb.tsOffset - echo) | 0;
  if (elapsedMs > 0 && elapsedMs <= ECHO_AGE_MAX_MS) takeSample(tcb, elapsedMs * 1000, false);
}

/** The least is sought; a larger echo is smoothed in, unless a user who does not read has caused it. */
function takeSample(tcb: Tcb, sampleUs: number, isByWindow: boolean): void {
  if (tcb.receiveRttUs === 0 || sampleUs < tcb.receiveRttUs) tcb.receiveRttUs = sampleUs;
  else if (!isByWindow && (tcb.receiveBuffer?.length ?? 0) === 0)
    tcb.receiveRttUs += (sampleUs - tcb.receiveRttUs) >> 3;
}

/**
 * The user has read: once in a round trip the window may grow.
 * @param behindFirst octets of them that lay behind the first piece of memory: Linux looks at its clock as each piece is done with, and that
 *   clock stands still since the last segment came
 */
export function measureRead(env: TcpEnvironment, tcb: Tcb, behindFirst = 0): void {
  const tuning = tcb.receiveTuning;
  const rttUs = tcb.receiveRttUs;
  if (tuning === null || rttUs === 0) return;
  const nowUs = tcb.receiveAccount === null ? env.clock.us : tuning.arrivedUs;
  const sinceUs = (nowUs - tuning.readSinceUs) | 0;
  const elapsedUs = sinceUs < 0 ? LONG_US : sinceUs;
  if (elapsedUs < rttUs) return;
  const edge = (readEdge(tcb) - behindFirst) | 0;
  // What still lies there was not read in time.
  const taken = ((edge - tuning.readSeq) | 0) - (tcb.receiveBuffer?.length ?? 0) - behindFirst;
  const octets = Math.floor(taken * shareOf(tcb, rttUs, elapsedUs));
  if (octets > tuning.space) grow(env, tcb, tuning, octets);
  tuning.readSeq = edge;
  tuning.readSinceUs = nowUs;
}

/** Of what was read, that which counts: a user who seldom comes by has read for more than a round trip. */
function shareOf({ receiveAccount }: Tcb, rttUs: number, elapsedUs: number): number {
  return receiveAccount === null ? Math.min(1, Math.max(PATIENCE_US, 2 * rttUs) / elapsedUs) : 1;
}

/** Early text is waiting for what is missing, and the window must reach beyond it. */
export function growForEarly(env: TcpEnvironment, tcb: Tcb): void {
  const tuning = tcb.receiveTuning;
  if (tuning !== null) grow(env, tcb, tuning, tuning.space);
}

function grow(env: TcpEnvironment, tcb: Tcb, tuning: ReceiveTuning, octets: number): void {
  const rise = Math.min(DOUBLINGS_MAX, (octets - tuning.space) / tuning.space);
  tuning.space = octets;
  if (!env.settings.moderate_rcvbuf || tcb.isReceiveLimitFixed || isPressed(env)) return;
  const { reassembly } = tcb;
  const early = reassembly === null || reassembly.isEmpty ? 0 : (reassembly.highest - tcb.rcvNxt) | 0;
  const wanted = Math.floor(2 * octets * (1 + 2 * rise)) + early;
  const account = tcb.receiveAccount;
  if (account !== null) {
    const space = Math.min(account.memoryFor(wanted), env.settings.rmem_max);
    if (space > account.space) account.resize(space);
    return;
  }
  const limit = Math.min(wanted, env.settings.rmem_max, 0xffff << tcb.rcvScale);
  if (limit > tcb.receiveLimit) tcb.receiveLimit = limit;
}
