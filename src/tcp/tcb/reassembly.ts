/**
 * Which octets beyond RCV.NXT have arrived: disjoint, sorted sequence ranges, and what of them is told in SACK blocks (RFC 2018
 * section 4). The octets themselves lie in the receive buffer.
 */
import { SackBlocks } from '../input/sack-blocks.ts';
import { seqLe, seqLt, seqMax, seqMin } from '../seq.ts';

export class Reassembly {
  // RFC 2018 §3 R2018-6, R2018-7: isolated ranges beyond RCV.NXT, which alone is what ACK says.
  /** Left and right edges in turn, ascending. */
  private readonly edges: number[] = [];
  /** Octets counted for the edges. */
  charged = 0;
  /** What `add` or `advance` last found to be there already, first piece; empty when both are the same. */
  repeatedLeft = 0;
  repeatedRight = 0;
  readonly blocks: SackBlocks = new SackBlocks();
  /** RFC 2018 §4: blocks are whole ranges, and as many are told as there is room for; Linux tells what it remembers. */
  private readonly tellsAll: boolean;
  /** SACK compression: duplicate ACKs that went at once for the hole at `answeredNext`, and those held back since the last one. */
  answeredNext = 0;
  answers = 0;
  heldAcks = 0;
  /** The blocks of an acknowledgment that was held back and is told before newer ones. */
  heldBlocks: SackBlocks | null = null;

  constructor(tellsAll: boolean) {
    this.tellsAll = tellsAll;
  }

  get rangeCount(): number {
    return this.edges.length / 2;
  }

  get isEmpty(): boolean {
    return this.edges.length === 0;
  }

  /** Left edge of the first range. Only while not empty. */
  get lowest(): number {
    return this.edges[0] ?? 0;
  }

  /** Right edge of the last range. Only while not empty. */
  get highest(): number {
    return this.edges[this.edges.length - 1] ?? 0;
  }

  /**
   * Adds [left, right). Returns the octets that are new; 0 for a duplicate, -1 when `rangesMax` forbids another range.
   */
  add(left: number, right: number, rangesMax: number): number {
    const { edges } = this;
    const first = this.firstTouching(left);
    let last = first;
    let covered = 0;
    let mergedLeft = left;
    let mergedRight = right;
    this.repeatedLeft = left;
    this.repeatedRight = left;
    while (last < edges.length && seqLe(edges[last] ?? 0, right)) {
      const rangeLeft = edges[last] ?? 0;
      const rangeRight = edges[last + 1] ?? 0;
      const repeated = (seqMin(right, rangeRight) - seqMax(left, rangeLeft)) | 0;
      // RFC 2883 §4.2 R2883-5: the first of several.
      if (repeated > 0 && covered === 0) {
        this.repeatedLeft = seqMax(left, rangeLeft);
        this.repeatedRight = seqMin(right, rangeRight);
      }
      covered += Math.max(0, repeated);
      mergedLeft = seqMin(mergedLeft, rangeLeft);
      mergedRight = seqMax(mergedRight, rangeRight);
      last += 2;
    }
    if (last === first && this.rangeCount >= rangesMax) return -1;
    if (last === first + 2) {
      edges[first] = mergedLeft;
      edges[first + 1] = mergedRight;
    } else {
      edges.splice(first, last - first, mergedLeft, mergedRight);
    }
    if (this.tellsAll) this.blocks.report(mergedLeft, mergedRight);
    else this.blocks.report(left, right);
    return ((right - left) | 0) - covered;
  }

  /** RCV.NXT has reached `next`: drops what lies below it and returns the new in-order edge, which may lie further. */
  advance(next: number): number {
    const { edges } = this;
    let edge = next;
    let gone = 0;
    this.repeatedLeft = next;
    this.repeatedRight = next;
    while (gone < edges.length && seqLe(edges[gone] ?? 0, edge)) {
      if (gone === 0 && seqLt(edges[0] ?? 0, next)) {
        this.repeatedLeft = edges[0] ?? 0;
        this.repeatedRight = seqMin(next, edges[1] ?? 0);
      }
      edge = seqMax(edge, edges[gone + 1] ?? 0);
      gone += 2;
    }
    if (gone > 0) edges.splice(0, gone);
    this.blocks.forget(edge);
    this.heldBlocks = null;
    return edge;
  }

  // RFC 2018 §8: what was told of may be given up.
  /** Text from `end` on was given up. Nothing is told of what is left until it is added to. */
  cut(end: number): void {
    const { edges } = this;
    while (edges.length > 0 && seqLe(end, edges[edges.length - 2]!)) edges.length -= 2;
    if (edges.length > 0 && seqLt(end, this.highest)) edges[edges.length - 1] = end;
    this.blocks.clear();
    this.heldBlocks = null;
  }

  // RFC 2018 §4 R2018-8: as many distinct blocks as there is room for, also those not touched lately.
  /** Writes SACK blocks from block `first` on, up to `max` in all, the latest touched first; returns how many there are. */
  writeSackBlocks(into: Int32Array, max: number, first = 0): number {
    const { edges, count: known } = this.heldBlocks ?? this.blocks;
    let count = first;
    for (let at = 0; at < known && count < max; at++) {
      into[count * 2] = edges[at * 2]!;
      into[count * 2 + 1] = edges[at * 2 + 1]!;
      count++;
    }
    if (!this.tellsAll) return count;
    for (let index = 0; index < this.edges.length && count < max; index += 2) {
      const left = this.edges[index] ?? 0;
      if (listed(into, first, count, left)) continue;
      into[count * 2] = left;
      into[count * 2 + 1] = this.edges[index + 1] ?? 0;
      count++;
    }
    return count;
  }

  clear(): void {
    this.edges.length = 0;
    this.blocks.clear();
    this.heldBlocks = null;
  }

  /** Index of the first range whose right edge is not below `seq`. */
  private firstTouching(seq: number): number {
    const { edges } = this;
    let low = 0;
    let high = edges.length / 2;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (seqLt(edges[middle * 2 + 1] ?? 0, seq)) low = middle + 1;
      else high = middle;
    }
    return low * 2;
  }
}

function listed(blocks: Int32Array, first: number, count: number, left: number): boolean {
  for (let k = first; k < count; k++) if (blocks[k * 2] === left) return true;
  return false;
}
