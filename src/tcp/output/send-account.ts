/**
 * Send memory as Linux counts it, for connections with `skb_accounting`: what a user has given lies in pieces of up to a super-segment,
 * each of which takes memory besides its text; a piece that was begun is filled whatever the limit says, a new one is begun only below it.
 * Pieces that were sent are the records of the scoreboard; those that were not are listed here.
 */

import { inFlight } from '../recovery/reduction.ts';
import type { TcpSettings } from '../settings.ts';
import { TcpState } from '../state.ts';
import { type Filling, SendAccount } from '../tcb/send-account.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { burstSegments } from './bursts.ts';
import { boundToWindow, bufferEnd } from './payload.ts';
import { markPush } from './push-marks.ts';

/** What a piece takes besides its text, octets. */
const PIECE_OVERHEAD = 832;
/** Largest super-segment, octets of payload. */
const SUPER_SEGMENT = 65_215;
/** Headers, and what belongs to each packet in the kernel: for the size of a buffer that holds so many segments. */
const HEADERS = 256;
const SHARED = 320;
const PACKET = 256;

/** Octets of memory that what was given and not acknowledged takes. */
export function sendMemory(tcb: Tcb): number {
  const { sendBuffer, scoreboard } = tcb;
  if (sendBuffer === null) return 0;
  const { account } = sendBuffer;
  account?.follow(tcb.unsentLength);
  return sendBuffer.length + ((account?.count ?? 0) + (scoreboard?.count ?? 0)) * PIECE_OVERHEAD;
}

/** Octets that a write of `length` puts in, with `lowat` for what may wait unsent. */
export function accountedRoom(settings: TcpSettings, tcb: Tcb, length: number, lowat: number): number {
  const memory = sendMemory(tcb);
  const unsent = tcb.unsentLength;
  const account = tcb.sendBuffer?.account?.copy() ?? new SendAccount();
  const filling = fillingOf(settings, tcb);
  return account.fill(length, filling, (pieces, octets) => {
    const isUnsent = unsent + octets - Math.min(filling.leaves, unsent + octets) < lowat;
    return isUnsent && memory + pieces * PIECE_OVERHEAD + octets < tcb.sendLimit;
  });
}

/** `length` octets were written; PSH stands where pieces end, as `push-marks.ts` says. */
export function noteAccounted(settings: TcpSettings, tcb: Tcb, length: number): void {
  const buffer = tcb.sendBuffer;
  if (buffer === null) return;
  buffer.account ??= new SendAccount();
  const { account } = buffer;
  const filling = fillingOf(settings, tcb);
  const { half } = filling;
  const end = bufferEnd(tcb);
  const from = (end - length) | 0;
  account.follow(tcb.unsentLength - length);
  // The write before has its PSH where this one begins another piece.
  if (half > 0 && account.isFull(filling.goal) && account.unpushed === 0) markPush(tcb, from);
  account.fill(
    length,
    filling,
    () => true,
    (octets) => markPush(tcb, (from + octets) | 0),
  );
  // Who goes on writing (MSG_MORE) pushes only behind more than half of the window.
  const isMore = tcb.rare?.isMoreComing === true;
  if (isMore && (half === 0 || account.unpushed <= half)) return;
  account.unpushed = 0;
  if (isMore) markPush(tcb, end);
}

/** What SO_SNDBUF grows to for `segments` of `mss` octets. */
export function segmentsMemory(mss: number, segments: number): number {
  return segments * (2 ** Math.ceil(Math.log2(mss + HEADERS + SHARED)) + PACKET);
}

/** Octets in a piece: Linux makes them of whole segments, no larger than half of the widest window. */
export function pieceGoal(tcb: Tcb): number {
  const mss = Math.max(1, boundToWindow(tcb, tcb.sendMss));
  return Math.max(mss, Math.floor(boundToWindow(tcb, SUPER_SEGMENT) / mss) * mss);
}

function fillingOf(settings: TcpSettings, tcb: Tcb): Filling {
  const goal = pieceGoal(tcb);
  const mss = Math.max(1, boundToWindow(tcb, tcb.sendMss));
  if (tcb.state < TcpState.established) return { goal, leaves: 0, burst: mss, half: 0 };
  const room = Math.max(0, Math.min(tcb.usableWindow, tcb.cwnd - inFlight(tcb)));
  const burst = Math.max(1, Math.min(burstSegments(settings, tcb, mss), Math.floor(tcb.cwnd / mss / 2))) * mss;
  return { goal, leaves: Math.floor(room / mss) * mss, burst, half: tcb.maxSndWnd >> 1 };
}
