/** The tool that measures, in small: the table has its rows and columns, a good path is filled, a seed decides everything. */
import { expect, it } from 'vitest';
import { PAYLOAD_SHARE, queuePackets, RATE_BPS } from './cells.ts';
import { runVirtual } from './virtual.ts';
import { controlsThere, LOSSES, REORDERINGS, RTTS_MS, runCell, virtualCells, virtualTable } from './virtual-table.ts';

it('fills a path without loss to nine tenths and more', () => {
  for (const control of controlsThere()) {
    const { goodputMbps, lost } = runVirtual({ control, rttMs: 1, lossPercent: 0, reorderPercent: 0 }, 1, 2);
    expect(goodputMbps, control).toBeGreaterThan((0.9 * RATE_BPS * PAYLOAD_SHARE) / 1e6);
    expect(lost).toBe(0);
  }
});

it('loses what it is told to, and does the same for the same seed', () => {
  const cell = { control: 'newreno', rttMs: 20, lossPercent: 3, reorderPercent: 0 };
  const result = runVirtual(cell, 7, 3);
  expect(runVirtual(cell, 7, 3)).toEqual(result);
  expect(result.lost / result.segmentsOut).toBeGreaterThan(0.01);
  expect(result.retransmitted).toBeGreaterThanOrEqual(result.lost - 50);
  expect(runVirtual(cell, 8, 3)).not.toEqual(result);
});

it('makes a table of every cell', () => {
  const cells = virtualCells(['newreno']);
  expect(cells).toHaveLength((LOSSES.length + REORDERINGS.length - 1) * RTTS_MS.length);
  const [first] = cells;
  if (first === undefined) throw new Error('no cells');
  const measured = runCell(first, 2, 0.3);
  expect(measured.goodputsMbps).toHaveLength(2);
  const rows = cells.map((cell) => ({ ...measured, ...cell }));
  const lines = virtualTable(rows).split('\n');
  const table = lines.filter((line) => line.startsWith('| '));
  expect(table).toHaveLength(2 + LOSSES.length + REORDERINGS.length - 1);
  for (const line of table.slice(2))
    expect(line).toMatch(/^\| [\d.]+ % (loss|reordered)( \| [\d.]+ \([\d.]+ %, \d+\)){4} \|$/);
});

it('takes one bandwidth-delay product of queue, 32 packets at least', () => {
  expect(RTTS_MS.map((rttMs) => queuePackets(rttMs))).toEqual([32, 167, 834, 2500]);
});
