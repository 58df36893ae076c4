/**
 * Reporting what arrived twice (D-SACK, RFC 2883): each duplicate is told once, as the first SACK block of an acknowledgment.
 * What could not be told yet waits in a short list; a sender undoes a reduction only when it hears of every copy.
 */
import { noteDuplicateAgain } from '../ecn/option-writing.ts';
import type { TcpEnvironment } from '../environment.ts';
import { seqLt } from '../seq.ts';
import { DuplicateReports } from '../tcb/duplicate-reports.ts';
import { Agreed, Pending, type Tcb } from '../tcb/tcb.ts';

// RFC 9768 §3.1.1 R9768-5: always, where SACK is.
// RFC 2883 §4 R2883-1: what has been received before, below RCV.NXT or beyond, is reported.
/** [left, right) has arrived again. */
export function noteDuplicate(env: TcpEnvironment, tcb: Tcb, left: number, right: number): void {
  // RFC 2883 §2 R2883-2: SACK was agreed on, nothing else is needed.
  if (!env.settings.dsack || !tcb.has(Agreed.sack) || !seqLt(left, right)) return;
  if (seqLt(left, tcb.rcvNxt)) env.extCounters.TCPDSACKOldSent++;
  else env.extCounters.TCPDSACKOfoSent++;
  if (tcb.ecn !== null && env.settings.profile === 'linux') noteDuplicateAgain(tcb.ecn, left);
  tcb.duplicates ??= new DuplicateReports();
  // Linux: an acknowledgment that waits has room for one, the latest.
  if (env.settings.profile === 'linux' && tcb.isAckDelayed && (tcb.pending & Pending.ack) === 0)
    tcb.duplicates.count = 0;
  tcb.duplicates.add(left, right);
}
