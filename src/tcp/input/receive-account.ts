/**
 * The receive buffer as Linux counts it (setting `skb_accounting`): every segment that waits holds memory for what surrounds its octets as
 * well, the window is what an average segment makes of the memory that is left, and it grows with segments that fill theirs well.
 * Observed at the kernel through SO_MEMINFO and the windows it offers; names in the kernel are in brackets. The octets themselves lie in
 * `ReceiveBuffer`.
 */

import { announcedText, DEFAULT_MSS_V4 } from '../output/mss.ts';
import type { TcpSettings } from '../settings.ts';
import type { ReceiveAccount } from '../tcb/receive-account.ts';
import { bufferMemory } from '../tcb/segment-memory.ts';
import type { Tcb } from '../tcb/tcb.ts';

/** The least a window is bounded to: half of the smallest receive buffer (tcp(7)). */
export const WINDOW_CLAMP_MIN = 1152;
/** Smaller segments in order make no window grow. */
export const GROWTH_MIN = 128;
/** Segments a window is bounded to once the memory is used up. */
const LAST_SEGMENTS = 2;

/** The segment sets a new size: the share, and with it the widest window, follow (tcp_measure_rcv_mss). */
export function noteSize(tcb: Tcb, account: ReceiveAccount, length: number, packetOctets: number): void {
  const before = account.share;
  account.rescale(length, packetOctets);
  if (account.share === before) return;
  const clamp = Math.max(WINDOW_CLAMP_MIN, account.textOf(account.space));
  if (clamp < account.clamp) account.threshold = Math.min(account.threshold, clamp);
  else account.threshold = Math.max(Math.min((tcb.rcvAdv - tcb.lastAckSent) | 0, clamp), account.threshold);
  account.clamp = clamp;
  if (tcb.receiveTuning !== null) tcb.receiveTuning.space = Math.min(tcb.receiveTuning.space, clamp);
}

/** TCP_WINDOW_CLAMP of a connection that has been open for a while (tcp_set_window_clamp). */
export function setClamp(tcb: Tcb, account: ReceiveAccount, clamp: number): void {
  if (clamp < account.clamp) account.threshold = Math.min(account.threshold, clamp);
  else if (clamp > account.clamp)
    account.threshold = Math.max(Math.min(Math.max(0, tcb.rcvWnd), clamp), account.threshold);
  account.clamp = clamp;
}

/** Little more can be held (tcp_rmem_pressure). */
export function isUnderPressure(account: ReceiveAccount | null): boolean {
  return account !== null && account.held > account.space - (account.space >> 3);
}

/** SO_RCVLOWAT: the buffer must hold as much as its user waits for, unless that user has set its size. */
export function growForLowat(settings: TcpSettings, tcb: Tcb, octets: number): void {
  if (tcb.isReceiveLimitFixed) return;
  const account = tcb.receiveAccount;
  if (account === null) {
    tcb.receiveLimit = Math.max(tcb.receiveLimit, Math.min(octets, settings.rmem_max));
    return;
  }
  const space = account.memoryFor(octets);
  if (space <= account.space) return;
  account.space = space;
  setClamp(tcb, account, octets);
}

/** A segment has been taken: does it let the window grow? (tcp_grow_window) */
export function growWindow(
  settings: TcpSettings,
  tcb: Tcb,
  account: ReceiveAccount,
  length: number,
  packetOctets: number,
): void {
  const room = Math.min(account.clamp, account.free) - account.threshold;
  if (room <= 0) return;
  const memory = bufferMemory(packetOctets);
  // A FIN is put behind text that is there, and takes none.
  const isWellFilled = length === 0 || account.textOf(memory) <= length;
  const step = isWellFilled ? 2 * announcedText(tcb) : laxStep(settings, tcb, account, length, memory);
  if (step === 0) return;
  account.threshold += Math.min(room, Math.max(step, 2 * length));
  tcb.quickAcks |= 1;
}

/** While the window is narrow, segments that fill their memory less well are good enough. */
function laxStep(settings: TcpSettings, tcb: Tcb, account: ReceiveAccount, length: number, memory: number): number {
  let needed = account.textOf(memory) >> 1;
  let window = account.textOf(settings.rmem_max) >> 1;
  while (account.threshold <= window) {
    if (needed <= length) return 2 * tcb.receiveMss;
    needed >>= 1;
    window >>= 1;
  }
  return 0;
}

/** The window worth offering now, before it is seen to that none is taken back (__tcp_select_window). */
export function selectWindow(tcb: Tcb, account: ReceiveAccount): number {
  const scale = tcb.rcvScale;
  const all = account.textOf(account.space);
  const full = Math.min(account.clamp, all);
  const mss = Math.min(tcb.receiveMss || DEFAULT_MSS_V4, full);
  if (mss <= 0) return 0;
  if (account.mayShrink && scale > 0) return selectShrinkable(tcb, account, full, mss);
  let { free } = account;
  if (free < full >> 1) {
    tcb.quickAcks = 0;
    free = (free >> scale) << scale;
    if (free < all >> 4 || free < mss) return 0;
  }
  free = Math.min(free, account.threshold);
  if (scale > 0) return align(free, scale);
  const offered = (tcb.rcvAdv - tcb.lastAckSent) | 0;
  if (offered <= free - mss || offered > free) return free - (free % mss);
  return mss === full && free > offered + (full >> 1) ? free : offered;
}

/** The same where a window that was offered may be taken back: never more than there is memory for. */
function selectShrinkable(tcb: Tcb, account: ReceiveAccount, full: number, mss: number): number {
  const scale = tcb.rcvScale;
  const free = (account.free >> scale) << scale;
  if (free < full >> 1) {
    tcb.quickAcks = 0;
    if (free < account.textOf(account.space) >> 4 || free < mss || free < 1 << scale) return 0;
  }
  return free > account.threshold ? align(account.threshold, scale) : free;
}

function align(octets: number, scale: number): number {
  return Math.ceil(octets / (1 << scale)) * (1 << scale);
}

/**
 * The window field of a segment that goes out now; RCV.ADV moves (tcp_select_window).
 * @param ceiling where windows are not scaled, the widest to tell
 */
export function offerFromAccount(tcb: Tcb, account: ReceiveAccount, ceiling = 0xffff): number {
  if (account.isStarved) {
    account.isStarved = false;
    account.isPredicting = false;
    tcb.rcvAdv = tcb.rcvNxt;
    return 0;
  }
  const scale = tcb.rcvScale;
  const current = Math.max(0, tcb.rcvWnd);
  const wanted = selectWindow(tcb, account);
  // What was offered is not taken back, unless by setting.
  const isKept = wanted < current && !(account.mayShrink && scale > 0);
  const next = isKept ? align(current, scale) : wanted;
  if (next === 0) account.isPredicting = false;
  tcb.rcvAdv = (tcb.rcvNxt + next) | 0;
  return scale === 0 ? Math.min(next, ceiling, 0xffff) : Math.min(next, 0xffff << scale) >>> scale;
}

/** The user has read so much that the window could be twice as wide as it stands: worth a segment (tcp_cleanup_rbuf). */
export function isOpeningWorthwhile(tcb: Tcb, account: ReceiveAccount): boolean {
  const current = Math.max(0, tcb.rcvWnd);
  if (2 * current > account.clamp) return false;
  const next = selectWindow(tcb, account);
  return next > 0 && next >= 2 * current;
}

/**
 * Whether there is memory for one more segment, which begins at `seq`; if not, what can be done about it is done first (tcp_prune_queue).
 * Early text that is given up for it is forgotten, and with it what SACK blocks have told.
 */
export function hasMemory(
  settings: TcpSettings,
  tcb: Tcb,
  account: ReceiveAccount,
  seq: number,
  packetOctets: number,
): boolean {
  const isAffordable = account.mayHold || prune(settings, tcb, account, seq);
  if (isAffordable) account.reserve(bufferMemory(packetOctets));
  return isAffordable;
}

function prune(settings: TcpSettings, tcb: Tcb, account: ReceiveAccount, seq: number): boolean {
  clampWindow(settings, tcb, account);
  if (account.mayHold) return true;
  account.collapse();
  if (account.mayHold) return true;
  const end = account.dropEarly(seq);
  if (end !== null) tcb.reassembly?.cut(end);
  if (account.mayHold) return true;
  account.isPredicting = false;
  return false;
}

/** Header prediction may go on, or does (tcp_fast_path_check). */
export function mayPredict({ reassembly, rcvAdv, lastAckSent, urgent }: Tcb, account: ReceiveAccount): boolean {
  const isEarly = reassembly !== null && !reassembly.isEmpty;
  return !isEarly && ((rcvAdv - lastAckSent) | 0) > 0 && account.held < account.space && urgent?.isReceiving !== true;
}

/** A buffer that may grow does so once; one that may not offers a window of two segments from now on (tcp_clamp_window). */
function clampWindow(settings: TcpSettings, tcb: Tcb, account: ReceiveAccount): void {
  tcb.quickAcks = 0;
  if (!tcb.isReceiveLimitFixed && account.space < settings.rmem_max)
    account.space = Math.min(account.held, settings.rmem_max);
  if (account.held > account.space) account.threshold = Math.min(account.clamp, LAST_SEGMENTS * announcedText(tcb));
}
