/**
 * The first piece of what was not sent, of a connection whose send memory is counted (`send-account.ts`): Linux sends from one piece at
 * a time, and before it does lets a piece that is shorter than what may leave take from the next one. A piece takes its PSH along to
 * where it ends now, which is how a peer that offers small windows sees few of them.
 */

import type { TcpEnvironment } from '../environment.ts';
import { unsentRecord } from '../rare-options.ts';
import type { Tcb } from '../tcb/tcb.ts';
import { burstQuota } from './bursts.ts';
import { movePushMark } from './push-marks.ts';

/**
 * Octets of the first piece after it has grown; all that is unsent where pieces are not counted.
 * @param congestion octets by the congestion window
 * @param full octets of a full segment
 */
export function growHeadPiece(env: TcpEnvironment, tcb: Tcb, congestion: number, full: number): number {
  const unsent = tcb.unsentLength;
  const account = tcb.sendBuffer?.account ?? null;
  if (account === null || congestion < full) return unsent;
  account.follow(unsent);
  const before = account.head;
  const head = account.growHead(Math.min(burstQuota(env, tcb, congestion, full) * full, unsentRecord(tcb, unsent)));
  if (head > before) movePushMark(tcb, (tcb.sndNxt + before) | 0, (tcb.sndNxt + head) | 0);
  return head;
}

/** Numbers that Linux would like to send first: the first piece where pieces are counted, else a segment at most; with its FIN. */
export function firstPiece(tcb: Tcb): number {
  const unsent = tcb.unsentLength;
  const account = tcb.sendBuffer?.account ?? null;
  account?.follow(unsent);
  const text = account === null ? Math.min(unsentRecord(tcb, unsent), tcb.sendMss) : account.head;
  return text + (text === unsent && tcb.finQueued && !tcb.finSent ? 1 : 0);
}
