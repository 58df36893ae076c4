/** What a data segment costs, in counts: the guard of the hot path. Times are for `npm run bench`. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { SegmentCost } from './segment-cost.ts';

/** One for the copy into the frame and one for the copy out of it; nothing else is made. */
const VIEWS = 2;
/** What a batch makes, its share for each segment: views where rings wrap, and for write and read. Less than any object. */
const REMAINDER_BYTES = 18;
/** Into the send buffer, into the frame, into the receive buffer, to the reader. */
const COPIES = 4;
const TICK_US = 100;
const FLAGS = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64'];

const runner = fileURLToPath(new URL('../scripts/ts.mjs', import.meta.url));
const program = fileURLToPath(new URL('segment-cost.ts', import.meta.url));

function count(boundaryUs: number): { cost: SegmentCost; thrownOut: string[] } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...FLAGS, runner, program, String(boundaryUs)], {
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(`segment-cost failed: ${stderr}${stdout}`);
  const lines = stdout.trim().split('\n');
  const cost = JSON.parse(lines.at(-1) ?? '') as SegmentCost;
  const thrownOut = lines.slice(0, -1).filter((line) => /bailout|marking dependent code/.test(line));
  return { cost, thrownOut };
}

it.each([
  ['in the middle of nowhere', 0],
  ['while microseconds pass 2^31', 2 ** 31],
  ['while microseconds pass 2^32', 2 ** 32],
  ['while ticks pass 2^31', 2 ** 31 * TICK_US],
  ['while ticks pass 2^32', 2 ** 32 * TICK_US],
])(
  'a segment costs two views, four copies and no optimized code, %s',
  (_when, boundaryUs) => {
    const { cost, thrownOut } = count(boundaryUs);
    // A value that leaves int32 as the clock passes may cost one function its code, once, and only there.
    expect(thrownOut.length, thrownOut.join('\n')).toBeLessThanOrEqual(boundaryUs === 0 ? 0 : 1);
    expect(cost.segments).toBe(18_400);
    expect(cost.copies).toBe(COPIES);
    expect(cost.heapBytes).toBeLessThan(VIEWS * cost.viewBytes + REMAINDER_BYTES);
  },
  120_000,
);
