/**
 * `npm run mutate`: changes functions of src/tcp, one place at a time, and looks whether a test notices (Stryker, from the packages
 * of this folder). There are more mutants than anybody waits for: functions are drawn from a seed. Exits 1 when nothing could be
 * judged, 2 on wrong use.
 */
import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { numberOf, optionsOf } from '../command-line.ts';
import { enter, sourcesOf } from '../ledger.ts';
import { textFiles } from '../tidy/tree.ts';
import { allFunctions, drawSample, toRange } from './sample.ts';
import { isSurvivor, type Mutant, merged, readMutants, scoreOf, toScoreText, toSurvivorText } from './score.ts';

const LEDGER = 'tools/mutate/ledger.json';

const USAGE = `usage: npm run mutate -- [options]
  --files PREFIX   of which sources (src/tcp/)
  --functions N    how many functions are drawn, 0 for all (60)
  --seed N         what they are drawn from (1)
  --shard I/N      of those drawn, the I-th of N parts, counted from 1
  --again          of the last run only what survived, against the tests as they are now
  --minutes N      ends it early; what was judged by then counts
  --ledger         write the score into ${LEDGER}`;

/** What the last run has found, for `--again`. */
const LAST = '.cache/mutants.jsonl';
const STRYKER = 'tools/mutate/node_modules/@stryker-mutator';

/**
 * The tests that mutants are held against: those that judge TCP by its segments and run in little time, the scripts of `test/drill`
 * among them. Only tests that reach the mutated place are run, but a mutant that survives is tried by every one of them: simulations
 * and long crowds cost minutes for each and were found to notice nothing that these do not.
 */
const JUDGES = [
  /^src\/(?:tcp|stack)\/.*\.test\.ts$/,
  /^src\/socket\/[^/]*\.test\.ts$/,
  /^test\/(?:requirements|tables|regressions|drill)\/.*\.test\.ts$/,
  /^test\/(?:matrix\/matrix|scenarios\/(?:life|signatures|signature-options)|attacks\/(?:blind|memory))\.test\.ts$/,
  /^test\/properties\/(?:hostile|reassembly|sequence)\.test\.ts$/,
];
const TOO_SLOW = /congestion\/(?:bbr-long|congestion-suite)|\.long\./;

const ROOT = resolve(import.meta.dirname, '..', '..');

process.exitCode = await main(
  ROOT,
  optionsOf(USAGE, () => readOptions(process.argv.slice(2))),
);

async function main(root: string, options: Options): Promise<number> {
  const last = join(root, LAST);
  const before = options.again ? readMutants(readFileSync(last, 'utf8'), root) : [];
  const all = allFunctions(options.files);
  const drawn = options.functions === 0 ? all : drawSample(all, options.seed, options.functions);
  const places = drawn.filter((_, index) => index % options.parts === options.part - 1);
  const ranges = options.again ? before.filter(isSurvivor).map(rangeOf) : places.map(toRange);
  const what = options.again ? 'the survivors' : `${places.length} of ${all.length} functions`;
  console.log(`${what} of ${options.files}, seed ${options.seed}`);
  const sources = options.ledger ? sourcesOf(root, ['src', 'test']) : null;
  const judged = await mutate(root, ranges, options.minutes * 60_000);
  if (judged.length === 0) return 1;
  const mutants = options.again ? merged(before, judged) : judged;
  writeFileSync(last, mutants.map((mutant) => `${JSON.stringify(mutant)}\n`).join(''));
  console.log(`${toScoreText(mutants)}\n\nsurvivors:\n${toSurvivorText(mutants)}`);
  if (sources === null) return 0;
  const { files, seed } = options;
  enter(join(root, LEDGER), { ...sources, files, seed, functions: places.length, of: all.length, ...scoreOf(mutants) });
  return 0;
}

/** As Stryker takes it: its columns count from 0. */
function rangeOf({ fileName, location: { start, end } }: Mutant): string {
  return `${fileName}:${start.line}:${start.column - 1}-${end.line}:${end.column - 1}`;
}

interface Options {
  readonly files: string;
  readonly functions: number;
  readonly seed: number;
  readonly part: number;
  readonly parts: number;
  readonly minutes: number;
  readonly again: boolean;
  readonly ledger: boolean;
  readonly help: boolean;
}

function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      files: { type: 'string', default: 'src/tcp/' },
      functions: { type: 'string', default: '60' },
      seed: { type: 'string', default: '1' },
      shard: { type: 'string', default: '1/1' },
      minutes: { type: 'string', default: '1440' },
      again: { type: 'boolean', default: false },
      ledger: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const shard = /^([1-9]\d*)\/([1-9]\d*)$/.exec(values.shard);
  const [part, parts] = [Number(shard?.[1]), Number(shard?.[2])];
  if (shard === null || part > parts) throw new Error(`--shard takes for example 2/8, got '${values.shard}'`);
  return {
    ...values,
    functions: numberOf('functions', values.functions),
    seed: numberOf('seed', values.seed),
    part,
    parts,
    minutes: numberOf('minutes', values.minutes),
  };
}

/** Runs Stryker over parts of sources; what it has judged when the time is over comes back. */
async function mutate(root: string, ranges: readonly string[], forMs: number): Promise<Mutant[]> {
  mkdirSync(join(root, '.cache'), { recursive: true });
  const folder = mkdtempSync(join(root, '.cache', 'mutate-'));
  try {
    const [config, results] = [join(folder, 'stryker.json'), join(folder, 'mutants.jsonl')];
    writeFileSync(config, JSON.stringify(configuration(root, folder, ranges)));
    const stryker = spawn(process.execPath, [join(root, STRYKER, 'core/bin/stryker.js'), 'run', config], {
      cwd: root,
      env: { ...process.env, WOSHOU_MUTANTS: results },
      stdio: ['ignore', 'inherit', 'inherit'],
      detached: true,
    });
    const ended = new Promise<void>((done) => stryker.once('close', () => done()));
    const stop = (): void => {
      // A group of its own: the runners end with it.
      if (stryker.pid !== undefined && stryker.exitCode === null) process.kill(-stryker.pid, 'SIGKILL');
    };
    const timer = setTimeout(stop, forMs);
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, stop);
    await ended;
    clearTimeout(timer);
    return existsSync(results) ? readMutants(readFileSync(results, 'utf8'), root) : [];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function testFiles(): string[] {
  const paths = ['src', 'test'].flatMap(textFiles).map(({ path }) => path);
  return paths.filter((path) => !TOO_SLOW.test(path) && JUDGES.some((judge) => judge.test(path)));
}

function configuration(root: string, folder: string, ranges: readonly string[]): object {
  return {
    testRunner: 'loaded',
    plugins: ['runner.mjs', 'reporter.mjs'].map((name) => join(root, 'tools/mutate', name)),
    woshou: { tests: testFiles() },
    mutate: ranges,
    // The words of errors and causes are for people; a regular expression of ours is never a rule of TCP.
    mutator: { excludedMutations: ['StringLiteral', 'Regex'] },
    coverageAnalysis: 'perTest',
    // What is computed once, when a module is loaded, would have to be tried by every test.
    ignoreStatic: true,
    // The clock is the judge of last resort: a machine that is busy is no reason to call a mutant noticed.
    timeoutMS: 30_000,
    timeoutFactor: 2.5,
    concurrency: 1,
    reporters: ['lines', 'progress-append-only'],
    tempDirName: join(folder, 'sandbox'),
    cleanTempDir: 'always',
    // Stryker would rewrite it with an interface that TypeScript 7 does not have.
    tsconfigFile: 'none',
    disableTypeChecks: false,
    ignorePatterns: [
      '/*',
      ...['src', 'test', 'tools', 'docs', 'package.json', 'vitest.config.ts'].map((part) => `!/${part}`),
    ],
    allowConsoleColors: false,
  };
}
