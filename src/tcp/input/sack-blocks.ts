/**
 * What a receiver tells in SACK blocks, and in which order (RFC 2018 section 4): the block that changed last comes first, those told
 * before it move back by one. As many are remembered as fit a header; the list is Linux's, which forgets the rest.
 */
import { SACK_BLOCKS_MAX } from '../../wire/tcp-segment.ts';
import { seqLe, seqMax, seqMin } from '../seq.ts';

export class SackBlocks {
  /** Left and right edges in turn, the latest first. */
  readonly edges: Int32Array = new Int32Array(2 * SACK_BLOCKS_MAX);
  count = 0;

  /** The place of the first block that [left, right) touches; `count` when there is none. */
  find(left: number, right: number): number {
    const { edges, count } = this;
    let at = 0;
    while (at < count && !(seqLe(left, edges[2 * at + 1]!) && seqLe(edges[2 * at]!, right))) at++;
    return at;
  }

  // RFC 2018 §4 R2018-3, R2018-9: the range that grew last comes first, and moves back by one with each newer one.
  /** [left, right) has come: the block it belongs to grows and goes to the front, and takes in those that it reaches now. */
  report(left: number, right: number): void {
    const { edges } = this;
    const at = this.find(left, right);
    let first = left;
    let last = right;
    if (at < this.count) {
      first = seqMin(left, edges[2 * at]!);
      last = seqMax(right, edges[2 * at + 1]!);
    } else if (this.count < SACK_BLOCKS_MAX) this.count++;
    edges.copyWithin(2, 0, 2 * Math.min(at, SACK_BLOCKS_MAX - 1));
    edges[0] = first;
    edges[1] = last;
    this.join();
  }

  /** Blocks that the first one reaches become a part of it. */
  private join(): void {
    const { edges } = this;
    let kept = 1;
    for (let at = 1; at < this.count; at++) {
      const left = edges[2 * at]!;
      const right = edges[2 * at + 1]!;
      if (seqLe(left, edges[1]!) && seqLe(edges[0]!, right)) {
        edges[0] = seqMin(left, edges[0]!);
        edges[1] = seqMax(right, edges[1]!);
        continue;
      }
      edges[2 * kept] = left;
      edges[2 * kept + 1] = right;
      kept++;
    }
    this.count = kept;
  }

  /** RCV.NXT is at `next`: what begins no later is in order now. */
  forget(next: number): void {
    const { edges } = this;
    let kept = 0;
    for (let at = 0; at < this.count; at++) {
      if (seqLe(edges[2 * at]!, next)) continue;
      edges[2 * kept] = edges[2 * at]!;
      edges[2 * kept + 1] = edges[2 * at + 1]!;
      kept++;
    }
    this.count = kept;
  }

  copy(): SackBlocks {
    const blocks = new SackBlocks();
    blocks.edges.set(this.edges);
    blocks.count = this.count;
    return blocks;
  }

  clear(): void {
    this.count = 0;
  }
}
