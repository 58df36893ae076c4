/**
 * Without SACK: duplicate acknowledgments stand for segments that arrived behind a hole (RFC 5681 section 2), until they are
 * acknowledged cumulatively; and more of them than there can be holes say that the path reorders.
 */
import type { TcpEnvironment } from '../environment.ts';
import type { RecoveryState } from '../tcb/recovery-state.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';
import type { AckSample } from './ack-sample.ts';

/** RFC 5681 §2: without SACK a duplicate ACK stands for one segment that arrived, never more than could have. */
export function addDuplicate(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, ack: AckSample): void {
  // RFC 3042 §2 R3042-4: with SACK only new blocks say that something arrived.
  if (tcb.has(Agreed.sack) || tcb.scoreboard === null) return;
  const before = recovery.renoSacked;
  recovery.renoSacked += tcb.sendMss;
  limitDuplicates(env, tcb, recovery, 0);
  const added = Math.max(0, recovery.renoSacked - before);
  tcb.delivered += added;
  ack.delivered += added;
  // What a duplicate stands for was marked if it says so; Linux counts that.
  if (added > 0 && ack.isMarked && tcb.ecn?.isAccurate === false && env.settings.profile === 'linux')
    tcb.deliveredCe += added;
}

/** What is acknowledged now was reported by duplicates before, all but the hole that was filled. */
export function eatDuplicates(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, ack: AckSample): void {
  // Nor can it tell which copy moved SND.UNA: no proof that the original did (RFC 5682 section 2.1).
  if (ack.isRetransmissionAcked) ack.isOriginalDelivered = false;
  if (recovery.renoSacked === 0) return;
  const reported = Math.min(recovery.renoSacked, Math.max(0, ack.acked - tcb.sendMss));
  recovery.renoSacked -= reported;
  ack.delivered -= reported;
  tcb.delivered -= reported;
  if (env.settings.profile === 'linux') limitDuplicates(env, tcb, recovery, ack.acked);
}

/** More duplicates than what is outstanding has room for behind one hole: nothing was lost, the path reorders; Linux notes how far. */
function limitDuplicates(env: TcpEnvironment, tcb: Tcb, recovery: RecoveryState, acked: number): void {
  const { sendMss, scoreboard: board } = tcb;
  const out = board?.totalWeight ?? 0;
  const holes = Math.min(Math.max(sendMss, board?.lostWeight ?? 0), out);
  if (recovery.renoSacked + holes <= out) return;
  recovery.renoSacked = out - holes;
  if (env.settings.profile === 'rfc') return;
  recovery.reordering = Math.min(Math.ceil((out + acked) / sendMss), env.settings.max_reordering);
  recovery.reorderingSeen++;
}
