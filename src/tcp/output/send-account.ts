/**
 * Send memory as Linux counts it, for connections with `skb_accounting`: what a user has given lies in pieces of up to a super-segment,
 * each of which takes memory besides its text; a piece that was begun is filled whatever the limit says, a new one is begun only below it.
 * Pieces that were sent are the records of the scoreboard; those that were not are listed here. Text leaves while it is being written:
 * whenever a piece is full and alone a burst of it goes, and all that may when more than half of a window was given since the last PSH.
 */

import type { TcpEnvironment } from '../environment.ts';
import { restartAfterIdle } from '../recovery/window-validation.ts';
import { TcpState } from '../state.ts';
import { SendAccount } from '../tcb/send-account.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { boundToWindow, bufferEnd } from './payload.ts';
import { dropPush, markPush, moveLastPush } from './push-marks.ts';
import { PushMode } from './transmission.ts';

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

/** Octets a write takes if nothing leaves meanwhile, with `lowat` for what may wait unsent. */
export function accountedRoom(tcb: Tcb, length: number, lowat: number): number {
  const goal = pieceGoal(tcb);
  const account = tcb.sendBuffer?.account ?? null;
  const memory = sendMemory(tcb);
  const unsent = tcb.unsentLength;
  let taken = account?.room(goal) ?? 0;
  for (let begun = 0; taken < length; begun++) {
    if (unsent + taken >= lowat || memory + begun * PIECE_OVERHEAD + taken >= tcb.sendLimit) break;
    taken += goal;
  }
  return Math.min(taken, length);
}

/** Another piece may be begun. */
function mayBegin(tcb: Tcb, lowat: number): boolean {
  return tcb.unsentLength < lowat && sendMemory(tcb) < tcb.sendLimit;
}

/**
 * Writes up to `length` octets in pieces.
 * @param put puts so many octets, from an index on, into the send buffer and says how many it could
 * @returns octets taken
 */
export function writePieces(
  env: TcpEnvironment,
  tcb: Tcb,
  length: number,
  put: (at: number, octets: number) => number,
): number {
  const { sendBuffer } = tcb;
  if (sendBuffer === null) return 0;
  sendBuffer.account ??= new SendAccount();
  const { account } = sendBuffer;
  // What goes on in the piece of the write before takes its PSH over.
  let isLastPushed = account.unpushed === 0 && tcb.state >= TcpState.established;
  let taken = 0;
  while (taken < length) {
    account.follow(tcb.unsentLength);
    const goal = pieceGoal(tcb);
    const end = bufferEnd(tcb);
    const isNew = account.room(goal) === 0;
    if (isNew) {
      if (!mayBegin(tcb, tcb.notsentLowat || env.settings.notsent_lowat)) break;
      if (taken === 0 && isLastPushed && account.count > 0) markPush(tcb, end);
      beginPiece(env, tcb, account);
      isLastPushed = false;
    }
    const count = put(taken, Math.min(account.room(goal), length - taken));
    if (!isNew && taken === 0) dropPush(tcb, end);
    else if (isLastPushed) moveLastPush(tcb, end, bufferEnd(tcb));
    account.add(count);
    taken += count;
    if (count === 0) break;
    if (taken < length && account.room(goal) === 0) isLastPushed = pushFull(env, tcb, account) || isLastPushed;
  }
  account.follow(tcb.unsentLength);
  endWrite(env, tcb, account, taken, length);
  return taken;
}

function beginPiece(env: TcpEnvironment, tcb: Tcb, account: SendAccount): void {
  // Linux asks when text is queued how long the line was silent, and not when it leaves.
  if (tcb.state >= TcpState.established) restartAfterIdle(env, tcb);
  account.begin();
}

/** A piece is full and more comes. Returns true when it has PSH now. */
function pushFull(env: TcpEnvironment, tcb: Tcb, account: SendAccount): boolean {
  if (tcb.state < TcpState.established) return false;
  const isDue = account.unpushed > tcb.maxSndWnd >> 1;
  if (isDue) pushAll(env, tcb, account);
  else if (account.count === 1) env.pushText(tcb, PushMode.burst);
  return isDue;
}

function pushAll(env: TcpEnvironment, tcb: Tcb, account: SendAccount): void {
  account.unpushed = 0;
  markPush(tcb, bufferEnd(tcb));
  env.pushText(tcb, PushMode.all);
}

/** Who goes on writing (MSG_MORE) pushes only behind more than half of the window, and where there was no room for the rest. */
function endWrite(env: TcpEnvironment, tcb: Tcb, account: SendAccount, taken: number, length: number): void {
  if (taken === 0) return;
  const isOpen = tcb.state >= TcpState.established;
  if (taken < length && isOpen) pushAll(env, tcb, account);
  const half = isOpen ? tcb.maxSndWnd >> 1 : 0;
  const isMore = tcb.rare?.isMoreComing === true;
  if (isMore && (half === 0 || account.unpushed <= half)) return;
  account.unpushed = 0;
  if (isMore) markPush(tcb, bufferEnd(tcb));
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
