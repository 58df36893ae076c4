/** Which branches of the sources a series of runs reaches: the same series, played by a copy with counters in it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { buildCounted, type EdgeTable, filesOf } from '../fuzz/build.ts';
import { COUNTERS } from '../fuzz/instrument.ts';
import type { playSeries, Series, SeriesOptions } from './series.ts';

/** Share of the edges of a folder that were taken at least once, in per cent. */
export type Reached = Readonly<Record<string, number>>;

/** What a swarm is there to reach. */
const FOLDERS = ['src/wire/', 'src/ip/', 'src/tcp/', 'src/stack/', 'src/socket/', 'src/link/', 'src/sim/'];

/** Plays a series and counts. Takes a third longer than without. */
export async function playCounted(
  root: string,
  options: SeriesOptions,
): Promise<{ readonly series: Series; readonly reached: Reached }> {
  const folder = mkdtempSync(join(tmpdir(), 'woshou-swarm-'));
  try {
    const file = join(folder, 'series.mjs');
    const table = await buildCounted({ root, file, input: 'tools/swarm/series.ts', name: 'coverage', breaks: [] });
    const module = (await import(pathToFileURL(file).href)) as { playSeries: typeof playSeries };
    const counters = (globalThis as unknown as Record<string, Uint32Array>)[COUNTERS] as Uint32Array;
    return { series: module.playSeries(options), reached: reachedOf(table, counters) };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function reachedOf(table: EdgeTable, counters: Uint32Array): Reached {
  const shares = FOLDERS.map((folder): [string, number] => {
    let [taken, all] = [0, 0];
    for (const { first, end } of filesOf(table, [folder])) {
      all += end - first;
      taken += counters.subarray(first, end).reduce((sum, count) => sum + (count > 0 ? 1 : 0), 0);
    }
    return [folder, Math.round((taken / Math.max(1, all)) * 1000) / 10];
  });
  return Object.fromEntries(shares);
}
