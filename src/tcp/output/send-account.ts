/**
 * Send memory as Linux counts it, for connections with `skb_accounting`: what a user has given lies in pieces of up to a super-segment,
 * each of which takes memory besides its text; a piece that was begun is filled whatever the limit says, a new one is begun only below it.
 * Pieces that were sent are the records of the scoreboard; those that were not are listed here.
 */

import { inFlight } from '../recovery/reduction.ts';
import { TcpState } from '../state.ts';
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

export class SendAccount {
  /** Octets in each piece that was not sent, oldest first. */
  private pieces: number[] = [];
  private total = 0;
  /** A record ends with the last piece. */
  private isClosed = false;

  /** Pieces not sent. */
  get count(): number {
    return this.pieces.length;
  }

  /** Octets not sent, and those of them in the first piece. */
  get octets(): number {
    return this.total;
  }

  get head(): number {
    return this.pieces[0] ?? 0;
  }

  /** The last piece takes no more. */
  isFull(goal: number): boolean {
    return this.pieces.length > 0 && this.pieces[this.pieces.length - 1]! >= goal;
  }

  /** The first piece takes from the second what it lacks of `most` octets. @returns octets of the first */
  growHead(most: number): number {
    const { pieces } = this;
    if (pieces.length < 2 || pieces[0]! >= most) return this.head;
    const moved = Math.min(most - pieces[0]!, pieces[1]!);
    pieces[0] = pieces[0]! + moved;
    pieces[1] = pieces[1]! - moved;
    if (pieces[1] === 0) pieces.splice(1, 1);
    return pieces[0];
  }

  /** So many octets are unsent by now; more than are listed while what leaves at once has not left yet. */
  follow(unsent: number): void {
    this.drain(this.total - unsent);
  }

  /** MSG_EOR: what follows begins a piece of its own. */
  close(): void {
    this.isClosed = this.pieces.length > 0;
  }

  /**
   * Puts up to `length` octets into pieces of `goal`; `mayBegin` says whether another one may be begun, told how many pieces and octets
   * there are more than before. What is full is sent at once as far as `leaves` octets may go, which makes room in the last piece.
   * @param onFull a piece is full and more follows, told how many octets were taken
   * @returns octets taken
   */
  fill(
    length: number,
    goal: number,
    leaves: number,
    mayBegin: (pieces: number, octets: number) => boolean,
    onFull?: (octets: number) => void,
  ): number {
    let left = leaves;
    let taken = 0;
    let begun = 0;
    while (taken < length) {
      const last = this.pieces.length - 1;
      const room = last < 0 || this.isClosed ? 0 : goal - this.pieces[last]!;
      if (room > 0) {
        const count = Math.min(room, length - taken);
        this.pieces[last] = this.pieces[last]! + count;
        this.total += count;
        taken += count;
        if (count === room && taken < length) onFull?.(taken);
        continue;
      }
      const gone = Math.min(left, this.total);
      if (gone > 0) {
        left -= gone;
        // A part that was sent is a piece for itself.
        if (this.drain(gone)) begun++;
        continue;
      }
      if (!mayBegin(begun, taken)) break;
      this.pieces.push(0);
      this.isClosed = false;
      begun++;
    }
    return taken;
  }

  copy(): SendAccount {
    const copy = new SendAccount();
    copy.pieces = [...this.pieces];
    copy.total = this.total;
    copy.isClosed = this.isClosed;
    return copy;
  }

  /** The oldest octets are sent. @returns whether that has divided a piece */
  private drain(count: number): boolean {
    let left = count;
    let isDivided = false;
    while (left > 0 && this.pieces.length > 0) {
      const gone = Math.min(left, this.pieces[0]!);
      this.pieces[0] = this.pieces[0]! - gone;
      this.total -= gone;
      left -= gone;
      isDivided = this.pieces[0] > 0;
      if (!isDivided) this.pieces.shift();
    }
    if (this.pieces.length === 0) this.isClosed = false;
    return isDivided;
  }
}

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
  buffer.account ??= new SendAccount();
  const { account } = buffer;
  const goal = pieceGoal(tcb);
  const from = (bufferEnd(tcb) - length) | 0;
  const half = tcb.state < TcpState.established ? 0 : tcb.maxSndWnd >> 1;
  account.follow(tcb.unsentLength - length);
  // The write before has its PSH where this one begins another piece.
  if (half > 0 && account.isFull(goal)) markPush(tcb, from);
  let pushed = 0;
  account.fill(
    length,
    goal,
    leavingNow(tcb),
    () => true,
    (octets) => {
      if (half === 0 || octets - pushed <= half) return;
      pushed = octets;
      markPush(tcb, (from + octets) | 0);
    },
  );
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
