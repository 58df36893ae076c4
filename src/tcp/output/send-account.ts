/**
 * Send memory as Linux counts it, for connections with `skb_accounting`: what a user has given lies in pieces of up to a super-segment,
 * each of which takes memory besides its text; a piece that was begun is filled whatever the limit says, a new one is begun only below it.
 * Pieces that were sent are the records of the scoreboard; those that were not are listed here.
 */

import { inFlight } from '../recovery/reduction.ts';
import { TcpState } from '../state.ts';
import { SendAccount } from '../tcb/send-account.ts';
import type { Tcb } from '../tcb/tcb.ts';
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
export function accountedRoom(tcb: Tcb, length: number, lowat: number): number {
  const memory = sendMemory(tcb);
  const unsent = tcb.unsentLength;
  const account = tcb.sendBuffer?.account?.copy() ?? new SendAccount();
  const leaves = leavingNow(tcb);
  return account.fill(length, pieceGoal(tcb), leaves, (pieces, octets) => {
    const isUnsent = unsent + octets - Math.min(leaves, unsent + octets) < lowat;
    return isUnsent && memory + pieces * PIECE_OVERHEAD + octets < tcb.sendLimit;
  });
}

/** `length` octets were written; PSH stands where pieces end, as `push-marks.ts` says. */
export function noteAccounted(tcb: Tcb, length: number): void {
  const buffer = tcb.sendBuffer;
  if (buffer === null) return;
  const end = bufferEnd(tcb);
  const from = (end - length) | 0;
  buffer.account ??= new SendAccount(from);
  const { account } = buffer;
  const goal = pieceGoal(tcb);
  const half = tcb.state < TcpState.established ? 0 : tcb.maxSndWnd >> 1;
  account.follow(tcb.unsentLength - length);
  // The write before has its PSH where this one begins another piece.
  if (half > 0 && account.isFull(goal) && account.pushedSeq === from) markPush(tcb, from);
  account.fill(
    length,
    goal,
    leavingNow(tcb),
    () => true,
    (octets) => {
      if (half > 0) pushBehindHalf(tcb, account, (from + octets) | 0, half);
    },
  );
  if (tcb.rare?.isMoreComing !== true) account.pushedSeq = end;
  else if (half > 0) pushBehindHalf(tcb, account, end, half);
}

/** PSH stands at `seq` when more than half of the widest window has none: also where the user goes on (MSG_MORE). */
function pushBehindHalf(tcb: Tcb, account: SendAccount, seq: number, half: number): void {
  if (((seq - account.pushedSeq) | 0) <= half) return;
  account.pushedSeq = seq;
  markPush(tcb, seq);
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

/** Octets both windows let go now, in whole segments. */
function leavingNow(tcb: Tcb): number {
  if (tcb.state < TcpState.established) return 0;
  const mss = Math.max(1, boundToWindow(tcb, tcb.sendMss));
  return Math.floor(Math.max(0, Math.min(tcb.usableWindow, tcb.cwnd - inFlight(tcb))) / mss) * mss;
}
