/** Drop reasons: numbers and names belong together. */
import { describe, expect, it } from 'vitest';
import { DropReason, dropReasonName } from './drop-reason.ts';

describe('DropReason', () => {
  it('gives each reason a number of its own and its name back', () => {
    const entries = Object.entries(DropReason);
    expect(new Set(entries.map(([, number]) => number)).size).toBe(entries.length);
    expect(entries.map(([, number]) => dropReasonName(number))).toEqual(entries.map(([name]) => name));
  });

  it('keeps 0 for nothing wrong and names strangers by number', () => {
    expect(DropReason.none).toBe(0);
    expect(dropReasonName(12345)).toBe('unknown-12345');
  });
});
