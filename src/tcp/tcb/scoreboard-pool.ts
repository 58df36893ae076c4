/** Scoreboards that nobody needs at the moment: a connection has one only while something is in flight. */
import { Scoreboard } from './scoreboard.ts';

const KEPT_MAX = 64;
/** Larger ones are left to the garbage collector. */
const RECORDS_KEPT_MAX = 4096;

export class ScoreboardPool {
  private readonly free: Scoreboard[] = [];

  /** An empty one. @param unit what a segment weighs, 0: its octets */
  acquire(unit: number): Scoreboard {
    const board = this.free.pop() ?? new Scoreboard();
    board.unit = unit;
    return board;
  }

  release(board: Scoreboard): void {
    if (this.free.length >= KEPT_MAX || board.capacity > RECORDS_KEPT_MAX) return;
    board.clear();
    this.free.push(board);
  }
}
