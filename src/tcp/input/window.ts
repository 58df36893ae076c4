/**
 * The receive window we offer (RFC 9293 section 3.8.6.2.2) and the send window we are offered. Windows are byte counts
 * held as 32-bit numbers (REC-1); what stands on the wire is shifted by the scale of RFC 7323.
 */
import { TcpOptionSize } from '../../wire/tcp-option-writers.ts';
import type { TcpSegment } from '../../wire/tcp-segment.ts';
import { announcedText, DEFAULT_MSS_V4 } from '../output/mss.ts';
import type { TcpPath } from '../path.ts';
import { seqGt, seqLe, seqLt } from '../seq.ts';
import type { TcpSettings } from '../settings.ts';
import { TcpState } from '../state.ts';
import type { RareOptions } from '../tcb/rare-options.ts';
import { ReceiveAccount } from '../tcb/receive-account.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import { mayPredict, offerFromAccount } from './receive-account.ts';

/** RFC 7323 §2.3: the largest shift. */
export const WINDOW_SCALE_MAX = 14;
/** net.core.rmem_max as Linux 6.18 begins: a user may ask for that much later on. */
const CORE_RMEM_MAX = 2 ** 22;
/** Segments of an initial window, as a peer may send them. */
export const FIRST_SEGMENTS = 10;
/** The widest window that fits a signed field. */
export const SIGNED_WINDOW_MAX = 0x7fff;
/** As wide as there is room. */
export const NO_CEILING = 0x7fff_ffff;

/** The smallest shift with which 16 bits express `limit` bytes. */
export function windowScaleFor(limit: number): number {
  let scale = 0;
  while (scale < WINDOW_SCALE_MAX && limit >>> scale > 0xffff) scale++;
  return scale;
}

/** SO_RCVBUF: the window may offer `octets`, and no more for as long as the user does not say so. */
export function fixReceiveLimit(tcb: Tcb, octets: number): void {
  // Two units of the window at least, or it could not be announced in steps.
  tcb.receiveLimit = Math.max(octets, 2 << tcb.rcvScale);
  tcb.isReceiveLimitFixed = true;
  if (tcb.receiveAccount !== null) tcb.receiveAccount.space = 2 * octets;
}

/** As much of `octets` as a window can tell: what sixteen bits express, and no more than TCP_WINDOW_CLAMP says. */
export function offerable(octets: number, scale: number, clamp: number): number {
  return Math.min(octets, 0xffff << scale, clamp || octets);
}

function offerableOf(tcb: Tcb, octets: number): number {
  return offerable(octets, tcb.rcvScale, windowClamp(tcb.rare, tcb.path));
}

/** The widest window this connection can offer: its buffer, or what a window can tell. */
export function widestWindow(tcb: Tcb): number {
  return offerableOf(tcb, tcb.receiveLimit);
}

/** Free room in the receive buffer, as far as a window can tell. */
export function freeRoom(tcb: Tcb): number {
  return Math.max(0, offerableOf(tcb, tcb.receiveLimit - (tcb.receiveBuffer?.length ?? 0)));
}

// RFC 9293 §3.8.6.2.2 MUST-39: the window opens only by a worthwhile step, the smaller of half the buffer and one segment.
/**
 * How far the right edge would move if an acknowledgment went out now; 0 when the step is not worth it.
 * @param ceiling the widest window to announce
 */
export function windowGain(tcb: Tcb, ceiling = NO_CEILING): number {
  const gain = Math.min(freeRoom(tcb), ceiling) - tcb.rcvWnd;
  const worthwhile = Math.min(tcb.receiveLimit >> 1, Math.max(tcb.advertisedMss, tcb.receiveMss));
  return gain >= worthwhile ? gain : 0;
}

// RFC 9293 §3.8.6 SHLD-14: the right edge is never pulled back.
// RFC 9293 §3.8.6.1 MAY-8: it stays closed for as long as nobody reads.
/**
 * Chooses the window to offer in a segment that goes out now, and moves RCV.ADV. Returns the 16 bits for the header.
 * @param ceiling the widest window to announce; one that is wider already is not taken back
 */
export function offerWindow(tcb: Tcb, ceiling = NO_CEILING): number {
  if (tcb.receiveAccount !== null) return offerFromAccount(tcb, tcb.receiveAccount, ceiling);
  const scale = tcb.rcvScale;
  const gain = windowGain(tcb, ceiling);
  let field: number;
  if (gain > 0) {
    // RFC 7323 §2.4 R7323-3: granularity takes nothing back, nor makes nothing of a little: rounded up.
    field = Math.ceil((tcb.rcvWnd + gain) / (1 << scale));
  } else {
    field = tcb.rcvWnd >>> scale;
    // Rounded up while the buffer takes it, which keeps the edge where it was; beyond that it is announced a fraction of a
    // unit too low, and RCV.ADV still honoured (RFC 7323 §2.4): rounding up for ever would let the edge creep past the buffer.
    const room = tcb.receiveLimit - (tcb.receiveBuffer?.length ?? 0);
    if (field << scale < tcb.rcvWnd && field << scale <= room) field++;
  }
  if (field > 0xffff) field = 0xffff;
  const edge = (tcb.rcvNxt + (field << scale)) | 0;
  if (seqGt(edge, tcb.rcvAdv)) tcb.rcvAdv = edge;
  return field;
}

/**
 * The window to begin with, of a buffer of `limit` octets. Linux offers a whole number of segments; timestamps are taken off where
 * it is known that segments have them.
 */
export function firstWindow(settings: TcpSettings, limit: number, mss: number, hasTimestamps: boolean): number {
  const payload = mss - (hasTimestamps ? TcpOptionSize.timestamps : 0);
  if (settings.profile !== 'linux' || payload <= 0 || limit <= payload) return limit;
  return limit - (limit % payload);
}

/** What of a first window may be told (setting `workaround_signed_windows`). */
export function boundFirst(settings: TcpSettings, octets: number): number {
  return Math.min(octets, settings.workaround_signed_windows ? SIGNED_WINDOW_MAX : 0xffff);
}

/** The widest window there may be: by TCP_WINDOW_CLAMP, else by the route; 0: any. */
export function windowClamp(rare: RareOptions | null, path: TcpPath): number {
  return rare?.windowClamp || path.metrics?.window || 0;
}

/** Octets of the first window where the route bounds it. */
export function firstOctets(path: TcpPath, mss: number): number {
  const segments = path.metrics?.initrwnd ?? 0;
  return segments === 0 ? Number.MAX_SAFE_INTEGER : segments * mss;
}

/** The widest window less what is kept back for the user, and less one segment. */
function keepBack(clamp: number, limit: number, mss: number, shift: number): number {
  const share = clamp === limit && limit > 4 * mss ? Math.max(limit - (limit >> shift), 4 * mss) : clamp;
  return share > 2 * mss && share + mss > limit ? Math.max(2 * mss, limit - mss) : share;
}

/**
 * The account of a connection that begins, when the settings ask for one; a wider window than a SYN can tell is offered from here on.
 * @param unit the first window is a whole number of so many octets; 0: of our segments
 */
export function openAccount(settings: TcpSettings, tcb: Tcb, unit = 0): void {
  if (!settings.skb_accounting || tcb.receiveAccount !== null) return;
  const mss = announcedText(tcb);
  const limit = tcb.isReceiveLimitFixed ? tcb.receiveLimit : settings.rmem_default;
  const bound = windowClamp(tcb.rare, tcb.path) || Number.MAX_SAFE_INTEGER;
  let clamp = Math.min(bound, 0xffff << tcb.rcvScale, limit);
  if (settings.app_win > 0) clamp = keepBack(clamp, limit, mss, settings.app_win);
  // Segments are known to have timestamps only by whoever answers a SYN that has them.
  // The first is not bounded by what the header can tell: without a scale it says 65535 until so much was used.
  const isTimed = tcb.isPassive && tcb.has(Agreed.timestamps);
  const most = Math.min(bound, limit, firstOctets(tcb.path, tcb.advertisedMss));
  const first = firstWindow(settings, most, unit || tcb.advertisedMss, isTimed && unit === 0);
  const window = settings.workaround_signed_windows ? Math.min(first, SIGNED_WINDOW_MAX) : first;
  const threshold = Math.min(window, clamp);
  const firstSpace = Math.min(threshold, FIRST_SEGMENTS * Math.max(DEFAULT_MSS_V4, mss));
  const account = new ReceiveAccount(2 * limit, clamp, threshold, firstSpace, settings.shrink_window);
  // Whoever has opened does not know yet what windows look like with a scale.
  account.isPredicting = tcb.isPassive || !tcb.has(Agreed.windowScale);
  const waiting = tcb.receiveBuffer?.length ?? 0;
  if (waiting > 0) account.append(waiting, waiting + 60);
  tcb.receiveAccount = account;
  tcb.rcvAdv = (tcb.rcvNxt + window) | 0;
}

// RFC 6928 §3 R6928-6: 64 KB, if the buffer has them.
// RFC 7323 §2.2 R7323-2: sixteen bits as they are.
/** RFC 7323 §2.2: the window of a SYN is never scaled. */
export function offerSynWindow(tcb: Tcb, settings: TcpSettings): number {
  // The first SYN has said it, whatever MSS goes with the next.
  if (tcb.state === TcpState.synSent && tcb.sndNxt !== tcb.iss) return Math.min(0xffff, tcb.rcvWnd);
  if (!tcb.isReceiveLimitFixed) tcb.receiveLimit = firstWindow(settings, tcb.receiveLimit, tcb.advertisedMss, false);
  const clamp = windowClamp(tcb.rare, tcb.path) || tcb.receiveLimit;
  const limit = Math.min(tcb.receiveLimit, clamp, firstOctets(tcb.path, tcb.advertisedMss));
  const field = boundFirst(settings, firstWindow(settings, limit, tcb.advertisedMss, false));
  const edge = (tcb.rcvNxt + field) | 0;
  if (seqGt(edge, tcb.rcvAdv)) tcb.rcvAdv = edge;
  return field;
}

// RFC 9293 §3.1 MUST-1: an unsigned number.
// RFC 9293 §3.1 REC-1: windows are 32-bit numbers everywhere.
/** The peer's window in octets. */
export function segmentWindow(tcb: Tcb, segment: TcpSegment): number {
  return segment.window << tcb.sndScale;
}

/** The first window the peer offers: SND.WND, SND.WL1 and SND.WL2 have nothing to compare with yet. */
export function startSendWindow(tcb: Tcb, segment: TcpSegment, window: number): void {
  tcb.sndWnd = window;
  tcb.maxSndWnd = Math.max(tcb.maxSndWnd, window);
  tcb.sndWl1 = segment.seq;
  tcb.sndWl2 = segment.ack;
}

/**
 * RFC 9293 section 3.10.7.4, fifth check: takes the window of an acceptable ACK unless the segment is older than the one
 * last used. Returns true when it was taken.
 * @param startSeq where it began before what is old of it was cut off
 */
export function updateSendWindow(settings: TcpSettings, tcb: Tcb, segment: TcpSegment, startSeq: number): boolean {
  const window = segmentWindow(tcb, segment);
  if (!isWindowNewer(settings, tcb, startSeq, segment.ack, window)) return false;
  const account = tcb.receiveAccount;
  if (account !== null && window !== tcb.sndWnd) account.isPredicting = mayPredict(tcb, account);
  tcb.sndWnd = window;
  tcb.sndWl1 = startSeq;
  tcb.sndWl2 = segment.ack;
  // RFC 5961 §5.2 R5961-7: the largest there ever was.
  if (window > tcb.maxSndWnd) tcb.maxSndWnd = window;
  return true;
}

/** Linux believes segments that have the same numbers when they offer more, or nothing. */
function isWindowNewer({ profile }: TcpSettings, tcb: Tcb, seq: number, ack: number, window: number): boolean {
  if (seqLt(tcb.sndWl1, seq)) return true;
  if (profile === 'linux' && tcb.sndWl2 === ack) return tcb.sndWl1 === seq && (window > tcb.sndWnd || window === 0);
  return (profile === 'linux' || tcb.sndWl1 === seq) && seqLe(tcb.sndWl2, ack);
}

// RFC 7323 §2.3 R7323-11: for the largest buffer the settings allow.
/** The window scale to offer: for the largest window that tuning may reach, or for the buffer the user chose. */
export function chooseReceiveScale(settings: TcpSettings, tcb: Tcb): number {
  return windowScaleOffered(settings, tcb.receiveLimit, tcb.isReceiveLimitFixed, windowClamp(tcb.rare, tcb.path));
}

/** As `chooseReceiveScale`, for a buffer of `limit` octets; `clamp` 0: none. */
export function windowScaleOffered(settings: TcpSettings, limit: number, isFixed: boolean, clamp: number): number {
  if (!settings.window_scaling) return 0;
  const core = settings.profile === 'linux' ? CORE_RMEM_MAX : 0;
  const most = isFixed ? limit : Math.max(settings.rmem_max, limit, core);
  return windowScaleFor(Math.min(most, clamp || most));
}

/**
 * The sequence number for a segment without text: SND.NXT, or the edge of the peer's window when a probe or a window that
 * shrank has left SND.NXT beyond it, where the peer would not look at the segment (RFC 9293 section 3.10.7.4, first).
 *
 * An edge that fell back by less than a unit of the window's scale was only rounded: the peer may have taken all that was sent, and
 * would find a number below its RCV.NXT, with two such peers for ever.
 */
export function acceptableSeq(tcb: Tcb): number {
  if (tcb.sndUna === tcb.iss) return tcb.sndNxt;
  const edge = (tcb.sndUna + tcb.sndWnd) | 0;
  const roundedOff = (1 << Math.max(tcb.sndScale, tcb.rcvScale)) - 1;
  return seqLt((edge + roundedOff) | 0, tcb.sndNxt) ? edge : tcb.sndNxt;
}
