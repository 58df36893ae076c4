/**
 * When Linux begins a burst. It hands segments down in super-segments of about a millisecond's worth, and would rather wait for an
 * acknowledgment that is due than send one which congestion or the peer's window cuts short. A burst once begun is sent to its end,
 * also where the peer's window ends inside of its last segment. Nobody waits in recovery, or once nothing was sent for a millisecond.
 */
import { TICKS_PER_MS } from '../../base/clock.ts';
import { CaState } from '../congestion/ca-state.ts';
import { countsInCwr } from '../ecn/departure.ts';
import type { TcpEnvironment } from '../environment.ts';
import { isCorked } from '../rare-options.ts';
import { seqGt, seqLt } from '../seq.ts';
import type { TcpSettings } from '../settings.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { pacingRateOf } from './pacing.ts';
import { recoveryOf } from './sent.ts';
import { PushMode } from './transmission.ts';

/** Largest super-segment, octets of payload. */
const BURST_MAX = 65_215;
/** Slots of 1/1024 second, for which the pacing rate gives the octets. */
const BURSTS_PER_SECOND = 1024;
/** A shift beyond which round trips are too long to deserve larger bursts. */
const SHIFT_MAX = 32;
/** An acknowledgment due within this is worth waiting for. */
const NEAR_US = 1000;
/** With `tso_win_divisor` 0: segments worth sending. */
const WORTHWHILE_SEGMENTS = 3;

/** What may be sent now, in octets: one record, filled anew for every question. */
class Room {
  /** By the congestion window, and by the peer's. */
  congestion = 0;
  window = 0;
  /** Waiting to be sent, to the end of its record. */
  record = 0;
  /** Of a full segment. */
  full = 0;
}

const room = new Room();

/**
 * Whether text may leave now; notes where the burst ends that it begins. Only under the profile `linux`.
 * @param congestion octets by the congestion window, `window` by the peer's
 * @param record octets that wait, to the end of their record
 * @param full octets of a full segment
 * @param push a `PushMode`
 */
export function mayBurst(
  env: TcpEnvironment,
  tcb: Tcb,
  congestion: number,
  window: number,
  record: number,
  full: number,
  push: number = PushMode.none,
): boolean {
  if (record <= full || Math.min(congestion, window) < full) return true;
  room.congestion = congestion;
  room.window = window;
  room.record = record;
  room.full = full;
  const recovery = recoveryOf(env, tcb);
  if (seqLt(tcb.sndNxt, recovery.burstEnd) && !seqGt(recovery.burstEnd, (tcb.sndNxt + BURST_MAX) | 0)) return true;
  const segments = burstSegments(env.settings, tcb, full);
  if (push !== PushMode.burst && shouldWait(env, tcb, segments)) return false;
  recovery.burstEnd = (tcb.sndNxt + burstLength(tcb, segments, push !== PushMode.none)) | 0;
  return true;
}

/** The carrier cuts segments that are handed to it in one, just now. */
export function takesSuperSegments(tcb: Tcb): boolean {
  const { tso4, tso6, tsoAccEcn } = tcb.path.interface.capabilities;
  const isTaken = tcb.key.remoteAddress.family === 4 ? tso4 : tso6;
  return isTaken && (tsoAccEcn === true || !countsInCwr(tcb));
}

/** Octets that go again in one, of a record in flight: whole segments of `full` octets, one at least. */
export function burstAgain(env: TcpEnvironment, tcb: Tcb, room: number, full: number): number {
  if (env.settings.profile !== 'linux' || tcb.auth !== null || !takesSuperSegments(tcb)) return full;
  return Math.max(1, Math.min(burstSegments(env.settings, tcb, full), Math.floor(room / full))) * full;
}

/** Octets up to the end of the burst that has begun; not more than 0 when none has. */
export function burstLeft(tcb: Tcb): number {
  return tcb.recovery === null ? 0 : (tcb.recovery.burstEnd - tcb.sndNxt) | 0;
}

/** The rest of a burst, though it is no full segment: the peer's window ends there. */
export function endsBurst(tcb: Tcb, length: number): boolean {
  return tcb.recovery !== null && ((tcb.sndNxt + length) | 0) === tcb.recovery.burstEnd;
}

/** Segments that may leave in one: a millisecond's worth, half of the congestion window, or what is left of it. */
export function burstQuota(env: TcpEnvironment, tcb: Tcb, congestion: number, full: number): number {
  return quotaOf(tcb, burstSegments(env.settings, tcb, full), congestion, full);
}

function quotaOf(tcb: Tcb, segments: number, congestion: number, full: number): number {
  const half = Math.max(1, Math.floor(tcb.cwnd / full / 2));
  return Math.min(segments, half, Math.floor(congestion / full));
}

/** A millisecond's worth at the rate of the connection, more on short paths. */
export function burstSegments(settings: TcpSettings, tcb: Tcb, full: number): number {
  const shift = tcb.minRttUs === 0 ? SHIFT_MAX : tcb.minRttUs >> settings.tso_rtt_log;
  const extra = shift < SHIFT_MAX ? BURST_MAX >> shift : 0;
  const octets = Math.min(BURST_MAX, pacingRateOf(settings, tcb) / BURSTS_PER_SECOND + extra);
  return Math.max(Math.floor(octets / full), settings.min_tso_segs);
}

function burstLength(tcb: Tcb, segments: number, isPushed: boolean): number {
  const { congestion, window, record, full } = room;
  const longest = quotaOf(tcb, segments, congestion, full) * full;
  const length = Math.min(longest, record, window);
  // A piece with another one behind it is sent whole.
  if (longest <= window && record < tcb.unsentLength) return length;
  const rest = length % full;
  // Nagle, in Minshall's form, keeps back what is no full segment.
  const isHeld = isCorked(tcb) || (!tcb.noDelay && seqGt(tcb.smallSeq, tcb.sndUna));
  return rest > 0 && isHeld && !isPushed ? length - rest : length;
}

function shouldWait(env: TcpEnvironment, tcb: Tcb, segments: number): boolean {
  const { scoreboard: board } = tcb;
  const { full, congestion, window, record } = room;
  if (board === null || board.isEmpty || tcb.caState >= CaState.recovery) return false;
  if (((env.clock.tick - tcb.lastSendTick) | 0) >= TICKS_PER_MS) return false;
  const limit = Math.min(congestion, window);
  if (limit >= segments * full || limit >= worthwhile(env, tcb, full)) return false;
  const ackInUs = (board.sentUs(board.slotAt(0)) + tcb.srttUs - env.clock.us) | 0;
  if (ackInUs > Math.min(tcb.srttUs >> 1, NEAR_US)) return false;
  if (congestion < window && congestion <= record) {
    tcb.isCwndLimited = true;
    return true;
  }
  if (congestion >= window && window <= record) return true;
  return !tcb.finQueued && tcb.rare?.recordEnds == null;
}

/** So much is worth a burst however soon the next acknowledgment comes: a share of the window. */
function worthwhile(env: TcpEnvironment, tcb: Tcb, full: number): number {
  const share = env.settings.tso_win_divisor;
  if (share === 0) return WORTHWHILE_SEGMENTS * full + 1;
  return Math.floor(Math.min(tcb.sndWnd, tcb.cwnd) / share);
}
