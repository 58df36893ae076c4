/** Plants a bug into a copy of the sources, a bundle made for it, and runs seeds on the copy. The checkout is never written to. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { type Plugin, rolldown } from 'rolldown';
import type { Break } from '../report/prove.ts';
import { PLANTED, type PlantedBug } from './planted.ts';
import type { playSeries } from './series.ts';

export interface PlantedVerdict {
  readonly bug: PlantedBug;
  /** The seed that found it, or null. */
  readonly seed: number | null;
  readonly runs: number;
  readonly failure: string | null;
}

/** Looks for every planted bug with at most `runs` seeds; `told` hears each verdict as it falls. */
export async function findPlanted(
  root: string,
  firstSeed: number,
  runs: number,
  told: (verdict: PlantedVerdict) => void,
): Promise<PlantedVerdict[]> {
  const folder = mkdtempSync(join(tmpdir(), 'woshou-planted-'));
  try {
    const verdicts: PlantedVerdict[] = [];
    for (const [index, bug] of PLANTED.entries()) {
      const play = await bundleWith(root, bug, join(folder, `${index}.mjs`));
      const series = play({ firstSeed, runs, forMs: Number.POSITIVE_INFINITY, failuresMax: 1 });
      const [first] = series.failures;
      const verdict = { bug, seed: first?.seed ?? null, runs: series.runs, failure: first?.failure ?? null };
      verdicts.push(verdict);
      told(verdict);
    }
    return verdicts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function bundleWith(root: string, bug: PlantedBug, file: string): Promise<typeof playSeries> {
  await bundleBroken({ root, input: 'tools/swarm/series.ts', name: bug.name, breaks: [bug, ...bug.also], file });
  const module = (await import(pathToFileURL(file).href)) as { playSeries: typeof playSeries };
  return module.playSeries;
}

export interface BrokenBundle {
  readonly root: string;
  /** The program, relative to the root. */
  readonly input: string;
  /** What is broken, for messages. */
  readonly name: string;
  readonly breaks: readonly Break[];
  /** Where the bundle goes. */
  readonly file: string;
  /** These see the broken text. */
  readonly plugins?: readonly Plugin[];
  /** Stands before everything. */
  readonly banner?: string;
}

/** Bundles a program with texts of its sources replaced. @throws Error when a text does not stand in its file once */
export async function bundleBroken(options: BrokenBundle): Promise<void> {
  const { root, breaks, name } = options;
  let planted = 0;
  const bundle = await rolldown({
    input: join(root, options.input),
    cwd: root,
    platform: 'node',
    checks: { pluginTimings: false },
    plugins: [
      {
        name: 'planted-bug',
        transform(code: string, id: string): string | null {
          let text: string | null = null;
          for (const { file: broken, find, replace } of breaks) {
            if (id !== join(root, broken) || code.split(find).length !== 2) continue;
            text = (text ?? code).replace(find, () => replace);
            planted++;
          }
          return text;
        },
      },
      ...(options.plugins ?? []),
    ],
  });
  await bundle.write({ file: options.file, format: 'esm', codeSplitting: false, banner: options.banner ?? '' });
  await bundle.close();
  if (planted !== breaks.length) throw new Error(`'${name}': a text to break does not stand in its file once`);
}
