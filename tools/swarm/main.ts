/**
 * `npm run swarm`: random networks, links, settings, programs and troubles from seeds, with what must always hold checked all
 * along. A seed that fails is made smaller and printed. Exits 1 when a run fails or a planted bug is not found, 2 on wrong use.
 */
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { numberOf, optionsOf } from '../command-line.ts';
import { enter, type Sources, sourcesOf } from '../ledger.ts';
import { playCounted, type Reached } from './coverage.ts';
import { findPlanted } from './plant.ts';
import { drawRecipe } from './recipe.ts';
import { play } from './run.ts';
import { playSeries, type Series, type SeriesOptions } from './series.ts';
import { shrink } from './shrink.ts';

const LEDGER = 'tools/swarm/ledger.json';

const USAGE = `usage: npm run swarm -- [options]
  --seed N       the first seed (1)
  --runs N       how many seeds (1000, or as many as there is time for)
  --minutes N    how long, fractions allowed
  --failures N   stop after so many (1)
  --coverage     count the branches of the sources that the runs reach
  --ledger       write what was run into ${LEDGER}
  --planted      plant bugs in copies of the sources, one at a time, and look how soon each is found`;

const PLANTED_RUNS = 20_000;

const ROOT = resolve(import.meta.dirname, '..', '..');

process.exitCode = await main(
  ROOT,
  optionsOf(USAGE, () => readOptions(process.argv.slice(2))),
);

async function main(root: string, values: ReturnType<typeof readOptions>): Promise<number> {
  if (values.planted) return plantedFound(root, values.seed, values.runs ?? PLANTED_RUNS);
  const options: SeriesOptions = {
    firstSeed: values.seed,
    runs: values.runs ?? (values.minutes === null ? 1_000 : Number.POSITIVE_INFINITY),
    forMs: values.minutes === null ? Number.POSITIVE_INFINITY : values.minutes * 60_000,
    failuresMax: values.failures,
  };
  const sources = values.ledger ? sourcesOf(root, ['src', 'tools/swarm/*.ts']) : null;
  const { series, reached } = values.coverage
    ? await playCounted(root, options)
    : { series: playSeries(options), reached: null };
  for (const { seed, failure } of series.failures) explain(seed, failure);
  console.log(summary(series));
  for (const [folder, percent] of Object.entries(reached ?? {})) console.log(`${folder}: ${percent} % of branches`);
  if (sources !== null) enter(resolve(root, LEDGER), entryOf(sources, series, reached));
  return series.failures.length === 0 ? 0 : 1;
}

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      runs: { type: 'string' },
      minutes: { type: 'string' },
      failures: { type: 'string', default: '1' },
      coverage: { type: 'boolean', default: false },
      ledger: { type: 'boolean', default: false },
      planted: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  return {
    ...values,
    seed: numberOf('seed', values.seed),
    runs: values.runs === undefined ? null : numberOf('runs', values.runs),
    minutes: values.minutes === undefined ? null : numberOf('minutes', values.minutes),
    failures: numberOf('failures', values.failures),
  };
}

function explain(seed: number, failure: string): void {
  console.log(`seed ${seed} fails: ${failure}`);
  const smallest = shrink(drawRecipe(seed));
  console.log(`smallest recipe found:\n${JSON.stringify(smallest, null, 1)}\nfails: ${play(smallest).failure}`);
}

/** Failed seeds have spaces between them; `reached` is in per cent of the branches of a folder's files that take part, where they were counted. */
function entryOf(sources: Sources, series: Series, reached: Reached | null) {
  return {
    ...sources,
    firstSeed: series.firstSeed,
    lastSeed: series.firstSeed + series.runs - 1,
    runs: series.runs,
    counted: series.counted,
    failed: series.failures.map(({ seed }) => seed).join(' '),
    ...(reached === null ? {} : { reached }),
  };
}

function summary(series: Series): string {
  const { runs, counted, segments, events, virtualSeconds, tookMs, failures, firstSeed } = series;
  const per = (total: number): string => (total / Math.max(1, runs)).toFixed(1);
  return [
    `seeds ${firstSeed} to ${firstSeed + runs - 1}: ${runs} runs, ${counted} count, ${failures.length} failed`,
    `a run: ${per(tookMs)} ms, ${per(segments)} segments, ${per(events)} events, ${per(virtualSeconds)} virtual seconds`,
  ].join('\n');
}

async function plantedFound(root: string, firstSeed: number, runs: number): Promise<number> {
  let found = 0;
  const verdicts = await findPlanted(root, firstSeed, runs, ({ bug, seed, runs: played, failure }) => {
    if (seed !== null) found++;
    console.log(`${seed === null ? 'NOT FOUND' : 'found'} after ${played} runs: ${bug.name}: ${failure ?? ''}`);
  });
  console.log(`${found} of ${verdicts.length} planted bugs found within ${runs} runs each`);
  return found === verdicts.length ? 0 : 1;
}
