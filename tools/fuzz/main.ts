/**
 * `npm run fuzz`: inputs that are guided by the branches they reach, against everything that takes octets or text from outside, and
 * against live connections. Exits 1 when something fails, a goal or a planted bug is missed, 2 on wrong use.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { numberOf, optionsOf } from '../command-line.ts';
import { enter, readLedger, type Sources, sourcesOf } from '../ledger.ts';
import { buildWorker, type EdgeTable, filesOf, lineOf } from './build.ts';
import { type Campaign, runCampaign } from './campaign.ts';
import { CORPUS, FOUND, readInputs, toLine, writeCorpus } from './corpus.ts';
import { findPlanted } from './plant.ts';
import type { Target } from './target.ts';
import { TARGETS } from './targets/index.ts';

const LEDGER = 'tools/fuzz/ledger.json';

const USAGE = `usage: npm run fuzz -- [options]
  --target NAME  only this one, may be given more than once: ${TARGETS.map(({ name }) => name).join(' ')}
  --minutes N    for each target, fractions allowed (1); 0 runs what was kept and tells what that reaches
  --runs N       for each target at most
  --seed N       what everything is drawn from (1)
  --keep         write the fewest inputs that reach the same into ${CORPUS}
  --missed       list the branches that were not reached
  --ledger       write of each target what was run into ${LEDGER}, and tell the core-hours in it
  --planted      plant bugs in copies of the sources, one at a time, and look how soon each is found`;

/** What the tree is meant to reach: beginnings of paths, with the share of edges. */
const GOALS: readonly (readonly [prefix: string, share: number])[] = [
  ['src/wire/', 0.95],
  ['src/tcp/input/segment-arrives.ts', 0.9],
];
const FAILURES_MAX = 5;

const ROOT = resolve(import.meta.dirname, '..', '..');

process.exitCode = await main(
  ROOT,
  optionsOf(USAGE, () => readOptions(process.argv.slice(2))),
);

async function main(root: string, options: Options): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'woshou-fuzz-'));
  try {
    if (options.planted) return await planted(root, folder, options);
    return await fuzz(root, folder, options);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Options {
  readonly targets: readonly Target[];
  readonly milliseconds: number;
  readonly runs: number;
  readonly seed: number;
  readonly keep: boolean;
  readonly missed: boolean;
  readonly ledger: boolean;
  readonly planted: boolean;
  readonly help: boolean;
}

function readOptions(args: string[]): Options {
  const flag = { type: 'boolean', default: false } as const;
  const { values } = parseArgs({
    args,
    options: {
      target: { type: 'string', multiple: true, default: [] },
      minutes: { type: 'string', default: '1' },
      runs: { type: 'string', default: 'Infinity' },
      seed: { type: 'string', default: '1' },
      ...{ keep: flag, missed: flag, ledger: flag, planted: flag, help: flag },
    },
  });
  for (const name of values.target) {
    if (!TARGETS.some((target) => target.name === name))
      throw new Error(`--target ${name}: there is none of that name`);
  }
  return {
    ...values,
    targets: TARGETS.filter(({ name }) => values.target.length === 0 || values.target.includes(name)),
    milliseconds: numberOf('minutes', values.minutes) * 60_000,
    runs: values.runs === 'Infinity' ? Number.POSITIVE_INFINITY : numberOf('runs', values.runs),
    seed: numberOf('seed', values.seed),
  };
}

async function fuzz(root: string, folder: string, options: Options): Promise<number> {
  const bundle = join(folder, 'worker.mjs');
  const sources = options.ledger
    ? sourcesOf(root, ['src', 'tools/fuzz/*.ts', 'tools/fuzz/targets', 'test/fuzz'])
    : null;
  const table = await buildWorker(root, bundle);
  const reached = new Uint8Array(table.edges.length);
  let failures = 0;
  for (const target of options.targets) {
    const corpus = [...readInputs(root, CORPUS, target), ...readInputs(root, FOUND, target)];
    const campaign = await runCampaign(bundle, table, target, corpus, { ...options, failures: FAILURES_MAX });
    for (let edge = 0; edge < reached.length; edge++) reached[edge]! |= campaign.reached[edge] ?? 0;
    console.log(summary(table, target, campaign));
    for (const { input, message } of campaign.failures) {
      failures++;
      console.log(`  FAILED: ${message}\n  ${keepFailure(root, target, input)}: ${toLine(input, target.isText)}`);
    }
    if (sources !== null) enter(join(root, LEDGER), entryOf(sources, options.seed, table, target, campaign));
    if (options.keep && campaign.small.length > 0) writeCorpus(root, target, campaign.small);
    if (options.missed) listMissed(root, table, target.covers, campaign.reached);
  }
  // The goals are for everything together.
  const missed = options.targets.length === TARGETS.length ? goalsMissed(table, reached) : 0;
  if (options.missed)
    listMissed(
      root,
      table,
      GOALS.map(([prefix]) => prefix),
      reached,
    );
  if (sources !== null) console.log(`${coreHours(readLedger(join(root, LEDGER)))} core-hours in ${LEDGER}`);
  console.log(failures === 0 ? 'nothing failed' : `${failures} inputs fail`);
  return failures + missed === 0 ? 0 : 1;
}

/** Tells what all targets reached together; returns how many goals that falls short of. */
function goalsMissed(table: EdgeTable, reached: Uint8Array): number {
  let missed = 0;
  for (const [prefix, goal] of GOALS) {
    const [hit, all] = countReached(table, [prefix], reached);
    if (hit < goal * all) missed++;
    const verdict = hit < goal * all ? 'MISSED: ' : '';
    console.log(`${verdict}${prefix}: ${percent(hit, all)} by all targets together, goal ${(goal * 100).toFixed(0)} %`);
  }
  return missed;
}

function summary(table: EdgeTable, target: Target, campaign: Campaign): string {
  const perSecond = campaign.runs / Math.max(0.001, campaign.tookMs / 1_000);
  const covered = percent(...countReached(table, target.covers, campaign.reached));
  const columns = [
    target.name.padEnd(12),
    `${campaign.runs} runs`.padStart(14),
    `${perSecond.toFixed(0)}/s`.padStart(9),
    `${campaign.kept} kept`.padStart(10),
    `edges ${covered}`,
  ];
  return columns.join(' ');
}

interface LedgerEntry extends Sources {
  readonly target: string;
  readonly seed: number;
  readonly cpuSeconds: number;
  readonly runs: number;
  /** Edges reached in what the target covers, of so many. */
  readonly edges: number;
  readonly of: number;
  /** What failed, with semicolons between. */
  readonly findings: string;
}

function entryOf(
  sources: Sources,
  seed: number,
  table: EdgeTable,
  target: Target,
  { cpuMs, runs, reached, failures }: Campaign,
): LedgerEntry {
  const [edges, of] = countReached(table, target.covers, reached);
  const findings = failures.map(({ message }) => message).join('; ');
  return { ...sources, target: target.name, seed, cpuSeconds: Math.round(cpuMs / 1_000), runs, edges, of, findings };
}

function coreHours(entries: readonly LedgerEntry[]): string {
  return (entries.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / 3_600).toFixed(2);
}

function countReached(table: EdgeTable, prefixes: readonly string[], reached: Uint8Array): [hit: number, all: number] {
  let [hit, all] = [0, 0];
  for (const { first, end } of filesOf(table, prefixes)) {
    for (let edge = first; edge < end; edge++) {
      all++;
      hit += reached[edge] ?? 0;
    }
  }
  return [hit, all];
}

function percent(hit: number, all: number): string {
  return `${((100 * hit) / Math.max(1, all)).toFixed(1)} % (${hit} of ${all})`;
}

function listMissed(root: string, table: EdgeTable, prefixes: readonly string[], reached: Uint8Array): void {
  for (const { first, end } of filesOf(table, prefixes)) {
    for (const [at, edge] of table.edges.slice(first, end).entries()) {
      if ((reached[first + at] ?? 0) !== 0) continue;
      console.log(`  not reached: ${edge.file}:${edge.line} ${edge.kind}: ${lineOf(root, edge)}`);
    }
  }
}

function keepFailure(root: string, target: Target, input: Uint8Array): string {
  const folder = join(root, 'woshou-failures');
  mkdirSync(folder, { recursive: true });
  const sum = input.reduce((hash, byte) => (Math.imul(hash, 31) + byte) | 0, 7) >>> 0;
  const name = `fuzz-${target.name}-${sum.toString(16)}.bin`;
  writeFileSync(join(folder, name), input);
  return `woshou-failures/${name}`;
}

async function planted(root: string, folder: string, options: Options): Promise<number> {
  let missed = 0;
  await findPlanted(root, folder, options, ({ bug, failure, tookMs, runs }) => {
    if (failure === null) missed++;
    const verdict = failure === null ? 'NOT FOUND' : 'found';
    console.log(`${verdict} after ${(tookMs / 1_000).toFixed(1)} s, ${runs} runs: ${bug.name}: ${failure ?? ''}`);
  });
  console.log(missed === 0 ? 'every planted bug was found' : `${missed} planted bugs were not found`);
  return missed === 0 ? 0 : 1;
}
