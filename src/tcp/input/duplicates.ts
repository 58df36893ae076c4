/**
 * Reporting what arrived twice (D-SACK, RFC 2883): each duplicate is told once, as the first SACK block of an acknowledgment.
 * What could not be told yet waits in a short list; a sender undoes a reduction only when it hears of every copy.
 */
import type { TcpEnvironment } from '../environment.ts';
import { seqLe, seqLt, seqMax, seqMin } from '../seq.ts';
import { Agreed, type Tcb } from '../tcb/tcb.ts';

/** More duplicates than this between two acknowledgments are an attack or a very long batch: the rest is not told. */
const REPORTS_MAX = 16;

// RFC 2883 §4 R2883-3: each once.
export class DuplicateReports {
  /** Left and right edges in turn, oldest first. */
  readonly edges: Int32Array = new Int32Array(2 * REPORTS_MAX);
  count = 0;

  /** Neighbours become one report. */
  add(left: number, right: number): void {
    const { edges } = this;
    const last = 2 * (this.count - 1);
    if (this.count > 0 && seqLe(left, edges[last + 1]!) && seqLe(edges[last]!, right)) {
      edges[last] = seqMin(left, edges[last]!);
      edges[last + 1] = seqMax(right, edges[last + 1]!);
      return;
    }
    if (this.count === REPORTS_MAX) return;
    edges[2 * this.count] = left;
    edges[2 * this.count + 1] = right;
    this.count++;
  }

  /** The oldest report has been sent. */
  shift(): void {
    this.edges.copyWithin(0, 2);
    this.count--;
  }
}

// RFC 9768 §3.1.1 R9768-5: always, where SACK is.
// RFC 2883 §4 R2883-1: what has been received before, below RCV.NXT or beyond, is reported.
/** [left, right) has arrived again. */
export function noteDuplicate(env: TcpEnvironment, tcb: Tcb, left: number, right: number): void {
  // RFC 2883 §2 R2883-2: SACK was agreed on, nothing else is needed.
  if (!env.settings.dsack || !tcb.has(Agreed.sack) || !seqLt(left, right)) return;
  if (seqLt(left, tcb.rcvNxt)) env.extCounters.TCPDSACKOldSent++;
  else env.extCounters.TCPDSACKOfoSent++;
  tcb.duplicates ??= new DuplicateReports();
  // Linux: an acknowledgment that was held back has room for one, the latest.
  if (tcb.reassembly !== null && tcb.reassembly.heldAcks > 0) tcb.duplicates.count = 0;
  tcb.duplicates.add(left, right);
}
