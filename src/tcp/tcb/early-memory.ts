/** Memory of segments that came early, for `ReceiveAccount`: pieces by sequence number, disjoint but for their edges. */
import { seqGe, seqGt, seqLe, seqLt } from '../seq.ts';
import { type BufferPiece, collapsePieces, memoryOf, rowFrom } from './buffer-piece.ts';
import { FULL_BUFFER } from './segment-memory.ts';

export class EarlyMemory {
  private readonly pieces: BufferPiece[] = [];

  get isEmpty(): boolean {
    return this.pieces.length === 0;
  }

  /** One piece has all of [left, right). */
  has(left: number, right: number): boolean {
    return this.pieces.some((piece) => seqLe(piece.left, left) && seqGe(piece.right, right));
  }

  /** A segment [left, right) has come. Returns by how much the memory held has changed; 0: nothing of it was kept apart. */
  add(left: number, right: number, memory: number, room: number): number {
    const { pieces } = this;
    let at = pieces.length;
    while (at > 0 && seqGt(pieces[at - 1]!.left, left)) at--;
    const before = pieces[at - 1];
    if (before !== undefined) {
      if (seqGe(before.right, right)) return 0;
      const length = (right - left) | 0;
      if (before.right === left && length <= before.room) {
        before.right = right;
        before.room -= length;
        return 0;
      }
    }
    let freed = 0;
    let gone = 0;
    for (let piece = pieces[at]; piece !== undefined && seqLe(piece.right, right); piece = pieces[at + gone]) {
      freed += piece.memory;
      gone++;
    }
    pieces.splice(at, gone, { left, right, memory, room });
    return memory - freed;
  }

  /** The first piece, taken out, when it begins before `next`; else null. */
  take(next: number): BufferPiece | null {
    const [first] = this.pieces;
    if (first === undefined || !seqLt(first.left, next)) return null;
    this.pieces.shift();
    return first;
  }

  /**
   * Rows of pieces that touch are put together anew, a row of one small piece not; once those hold `patience` octets, no more is looked
   * at (tcp_collapse_ofo_queue). Returns how much memory that saves.
   */
  collapse(worth: (memory: number) => number, patience: number): number {
    const { pieces } = this;
    const before = memoryOf(pieces);
    let tiny = 0;
    for (let first = 0; first < pieces.length; ) {
      const { behind, end } = rowFrom(pieces, first);
      const { left, memory } = pieces[first]!;
      const row = pieces.slice(first, behind);
      if (row.length === 1 && ((end - left) | 0) < FULL_BUFFER.text) {
        tiny += memory;
        if (tiny > patience) break;
        first = behind;
        continue;
      }
      const instead = collapsePieces(row, left, end, worth);
      pieces.splice(first, row.length, ...instead);
      first += instead.length;
    }
    return before - memoryOf(pieces);
  }

  /** The last piece that does not begin before `seq`, taken out; else null. */
  dropLast(seq: number): BufferPiece | null {
    const last = this.pieces[this.pieces.length - 1];
    if (last === undefined || seqLt(last.left, seq)) return null;
    this.pieces.pop();
    return last;
  }

  /** How far the pieces reach; `otherwise` when there is none. */
  end(otherwise: number): number {
    return this.pieces.reduce(
      (end, { right }) => (seqGt(right, end) ? right : end),
      this.pieces[0]?.right ?? otherwise,
    );
  }
}
