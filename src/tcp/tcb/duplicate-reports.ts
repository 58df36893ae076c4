/** What arrived twice and is still to be reported (D-SACK, RFC 2883). */
import { seqLe, seqMax, seqMin } from '../seq.ts';

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
    if (this.extend(left, right) || this.count === REPORTS_MAX) return;
    edges[2 * this.count] = left;
    edges[2 * this.count + 1] = right;
    this.count++;
  }

  /** The last report takes in what it touches. Returns false when it does not. */
  extend(left: number, right: number): boolean {
    const { edges } = this;
    const last = 2 * (this.count - 1);
    if (this.count === 0 || !seqLe(left, edges[last + 1]!) || !seqLe(edges[last]!, right)) return false;
    edges[last] = seqMin(left, edges[last]!);
    edges[last + 1] = seqMax(right, edges[last + 1]!);
    return true;
  }

  /** The oldest report has been sent. */
  shift(): void {
    this.edges.copyWithin(0, 2);
    this.count--;
  }
}
