/** Long runs are cut down, everything that tells something new stays. */
import { describe, expect, it } from 'vitest';
import type { LadderRow } from '../scenes/index.ts';
import { findScene, playScene } from '../scenes/index.ts';
import { condenseRows } from './condense.ts';

function handshake(): readonly LadderRow[] {
  const scene = findScene('three-way-handshake');
  if (scene === null) throw new Error('the scene is gone');
  return playScene(scene).rows;
}

describe('condenseRows', () => {
  it('leaves a short story as it is', () => {
    const rows = handshake();
    expect(condenseRows(rows)).toEqual(rows);
  });

  it('keeps the first of a long run, counts the rest, and goes on', () => {
    const rows = handshake();
    const syn = rows.find((row) => row.flags === 'SYN');
    const ack = rows.find((row) => row.flags === 'ACK');
    if (syn === undefined || ack === undefined) throw new Error('no handshake');
    const plain: LadderRow = { ...syn, aside: null };
    const flood = [...Array.from({ length: 50 }, (): LadderRow => plain), ack];
    expect(condenseRows(flood)).toEqual([...flood.slice(0, 8), { omitted: 42, bytes: 0 }, ack]);
  });

  it('never leaves out a row that the story comments on', () => {
    const syn = handshake().find((row) => row.aside !== null);
    if (syn === undefined) throw new Error('no comment');
    const rows = Array.from({ length: 30 }, () => syn);
    expect(condenseRows(rows)).toEqual(rows);
  });
});
