/** Buffers that text waits in, for `ReceiveAccount`, and how Linux puts them together anew when memory runs short (tcp_collapse). */
import { seqGe, seqLt, seqMin } from '../seq.ts';
import { FULL_BUFFER, freshMemory, freshRoom } from './segment-memory.ts';

/** One buffer: the text in it from `left` to `right`, the memory it holds, and the octets free behind its text. */
export interface BufferPiece {
  readonly left: number;
  right: number;
  readonly memory: number;
  room: number;
}

export function memoryOf(pieces: readonly BufferPiece[]): number {
  return pieces.reduce((sum, { memory }) => sum + memory, 0);
}

/**
 * Pieces that leave no gap between `start` and `end`, put together in buffers of a page. Those before the first that holds more memory than
 * its text is worth stay as they are. Returns what to have instead.
 * @param worth octets of text that so much memory is good for
 */
export function collapsePieces(
  pieces: readonly BufferPiece[],
  start: number,
  end: number,
  worth: (memory: number) => number,
): BufferPiece[] {
  const kept: BufferPiece[] = [];
  const useful = pieces.filter(({ right }) => seqLt(start, right));
  let from = start;
  for (const [index, piece] of useful.entries()) {
    const next = useful[index + 1];
    const isBloated = worth(piece.memory) > ((piece.right - piece.left) | 0) || seqLt(piece.left, from);
    if (isBloated || (next !== undefined && next.left !== piece.right)) return [...kept, ...fresh(from, end)];
    kept.push(piece);
    from = piece.right;
  }
  return kept;
}

/** New buffers for the text from `start` to `end`. */
function fresh(start: number, end: number): BufferPiece[] {
  const pieces: BufferPiece[] = [];
  for (let left = start; seqLt(left, end); ) {
    const right = seqMin((left + FULL_BUFFER.text) | 0, end);
    const length = (right - left) | 0;
    pieces.push({ left, right, memory: freshMemory(length), room: freshRoom(length) });
    left = right;
  }
  return pieces;
}

/** Where a row of pieces that touch ends: the index behind it, and how far its text reaches. */
export function rowFrom(
  pieces: readonly BufferPiece[],
  first: number,
): { readonly behind: number; readonly end: number } {
  let end = pieces[first]!.right;
  let behind = first + 1;
  for (let piece = pieces[behind]; piece !== undefined && seqGe(end, piece.left); piece = pieces[++behind])
    if (seqLt(end, piece.right)) end = piece.right;
  return { behind, end };
}
