/** Reports of duplicates: joined, bounded, in order, also where sequence numbers come round. */
import { describe, expect, it } from 'vitest';
import { DuplicateReports } from '../tcb/duplicate-reports.ts';

function edgesOf(reports: DuplicateReports): number[] {
  return [...reports.edges.subarray(0, 2 * reports.count)];
}

describe('DuplicateReports', () => {
  it.each([
    [
      'neighbours',
      [
        [0, 10],
        [10, 20],
      ],
      [0, 20],
    ],
    [
      'neighbours the other way round',
      [
        [10, 20],
        [0, 10],
      ],
      [0, 20],
    ],
    [
      'inside',
      [
        [0, 20],
        [5, 10],
      ],
      [0, 20],
    ],
    [
      'apart',
      [
        [0, 10],
        [11, 20],
      ],
      [0, 10, 11, 20],
    ],
    [
      'only with the latest',
      [
        [0, 10],
        [50, 60],
        [10, 20],
      ],
      [0, 10, 50, 60, 10, 20],
    ],
    [
      'across the wrap',
      [
        [-10, 0],
        [0, 10],
      ],
      [-10, 10],
    ],
    [
      'across the sign',
      [
        [0x7ffffff0, 0x7fffffff],
        [0x7fffffff, -0x7ffffff0],
      ],
      [0x7ffffff0, -0x7ffffff0],
    ],
  ] as const)('%s', (_name, added, expected) => {
    const reports = new DuplicateReports();
    for (const [left, right] of added) reports.add(left, right);
    expect(edgesOf(reports)).toEqual(expected);
  });

  it('keeps the first ones of too many and hands them out in order', () => {
    const reports = new DuplicateReports();
    for (let k = 0; k < 100; k++) reports.add(k * 10, k * 10 + 5);
    expect(reports.count).toBe(16);
    reports.shift();
    expect(edgesOf(reports).slice(0, 4)).toEqual([10, 15, 20, 25]);
    while (reports.count > 0) reports.shift();
    reports.add(7, 8);
    expect(edgesOf(reports)).toEqual([7, 8]);
  });
});
