/** Memory of segments that came early, for `ReceiveAccount`: pieces by sequence number, disjoint but for their edges. */
import { seqGe, seqGt, seqLe, seqLt } from '../seq.ts';

/** One buffer: what of the sequence space it covers, its memory, and the octets free behind its text. */
interface Piece {
  readonly left: number;
  right: number;
  readonly memory: number;
  room: number;
}

export class EarlyMemory {
  private readonly pieces: Piece[] = [];

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
  take(next: number): Piece | null {
    const [first] = this.pieces;
    if (first === undefined || !seqLt(first.left, next)) return null;
    this.pieces.shift();
    return first;
  }

  /** Forgets all. Returns the memory they held. */
  clear(): number {
    const memory = this.pieces.reduce((sum, piece) => sum + piece.memory, 0);
    this.pieces.length = 0;
    return memory;
  }
}
