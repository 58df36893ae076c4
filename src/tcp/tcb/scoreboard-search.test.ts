/** A record is found wherever it was expected, and in few steps when it is near there. */
import { describe, expect, it } from 'vitest';
import { Scoreboard } from './scoreboard.ts';
import { searchBeyond } from './scoreboard-search.ts';

const MSS = 100;

/** `count` records of a hundred octets, from where the sign changes. */
function boardOf(count: number, start = 0x7fff_ff00): Scoreboard {
  const board = new Scoreboard();
  for (let k = 0; k < count; k++) board.append((start + k * MSS) | 0, (start + (k + 1) * MSS) | 0, MSS);
  return board;
}

/** What the search finds, and the records it looks at. */
function search(board: Scoreboard, offset: number, expected: number): [index: number, looks: number] {
  const before = board.visited;
  const index = searchBeyond(board, (0x7fff_ff00 + offset) | 0, expected);
  return [index, board.visited - before];
}

describe('the search for a record', () => {
  it('finds the first that ends beyond a number, from wherever it begins', () => {
    for (const count of [0, 1, 2, 3, 7, 8, 33]) {
      const board = boardOf(count);
      for (let offset = -150; offset <= count * MSS + 150; offset += 50) {
        const wanted = Math.max(0, Math.min(count, Math.floor(offset / MSS)));
        for (let expected = -3; expected <= count + 3; expected++) {
          expect([count, offset, expected, search(board, offset, expected)[0]]).toEqual([
            count,
            offset,
            expected,
            wanted,
          ]);
        }
      }
    }
  });

  it('looks at two records where it was right, the record and the one before', () => {
    const board = boardOf(10_000);
    for (const index of [1, 2, 500, 9_998]) expect(search(board, index * MSS + 50, index)).toEqual([index, 2]);
    expect(search(board, 50, 0)).toEqual([0, 1]);
    expect(search(board, 9_999 * MSS + 50, 9_999)).toEqual([9_999, 2]);
  });

  it('looks at one when nothing ends beyond and it began at the last', () => {
    expect(search(boardOf(10_000), 10_000 * MSS, 10_000)).toEqual([10_000, 1]);
    expect(search(boardOf(10_000), 10_000 * MSS, 99_999)).toEqual([10_000, 1]);
  });

  it.each([1, 5, 40, 300, 2_000])('%i records away it takes twice the logarithm, in both directions', (distance) => {
    const board = boardOf(10_000);
    const most = 2 * Math.ceil(Math.log2(distance + 1)) + 2;
    for (const direction of [-1, 1]) {
      const [index, looks] = search(board, 5_000 * MSS + 50, 5_000 + direction * distance);
      expect([index, looks <= most]).toEqual([5_000, true]);
    }
  });

  it('begins at the nearest end when it was expected outside', () => {
    const board = boardOf(10_000);
    expect(search(board, 2 * MSS + 50, -5)[1]).toBeLessThanOrEqual(4);
    expect(search(board, 9_997 * MSS + 50, 20_000)[1]).toBeLessThanOrEqual(4);
  });
});
