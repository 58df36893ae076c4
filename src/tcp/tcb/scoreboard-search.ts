/** Finding a record by its sequence number: outwards from where it is expected, in doubling steps, then by halves. */

/** Records by sequence number, as `Scoreboard` has them. */
interface SortedRecords {
  readonly count: number;
  /** Records looked at so far. */
  visited: number;
  slotAt(index: number): number;
  end(slot: number): number;
}

/** Index of the first record that ends beyond `seq`, `count` when there is none. @param expected an index near it */
export function searchBeyond(board: SortedRecords, seq: number, expected: number): number {
  const { count } = board;
  let low = 0;
  let high = count;
  let probe = Math.min(Math.max(0, expected), count - 1);
  for (let step = 1; low < high && probe >= low && probe < high; step *= 2) {
    board.visited++;
    if (isBelow(board, probe, seq)) {
      low = probe + 1;
      if (high < count) break;
      probe = Math.min(count - 1, probe + step);
    } else {
      high = probe;
      if (low > 0) break;
      probe = Math.max(0, probe - step);
    }
  }
  while (low < high) {
    const middle = (low + high) >> 1;
    board.visited++;
    if (isBelow(board, middle, seq)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBelow(board: SortedRecords, index: number, seq: number): boolean {
  return ((board.end(board.slotAt(index)) - seq) | 0) <= 0;
}
