/**
 * `npm run differ`: random scripts, drawn against our stack, recorded from the Linux kernel and played on ours. What differs is played on the kernel twice
 * more, made smaller and written down. Needs root. Exits 1 when there are differences, 2 on wrong use.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { stackSubject } from '../../src/drill/stack-subject.ts';
import type { Subject, Surroundings } from '../../src/drill/subject.ts';
import { kernelObstacle } from '../../src/node/drill-kernel/kernel-subject.ts';
import { countOf, numberOf, optionsOf } from '../command-line.ts';
import { FAMILIES } from './families.ts';
import type { Family } from './family.ts';
import { drawPlan } from './generate.ts';
import { type Difference, judgeAll } from './judge.ts';
import type { Plan } from './plan.ts';
import { Pool } from './pool.ts';
import { shrink } from './shrink.ts';

const USAGE = `usage: npm run differ -- [options]
  --seed N       the first seed (1)
  --scripts N    how many (100)
  --family NAME  of this kind only, again and again for several: ${FAMILIES.map(({ name }) => name).join(', ')}
  --jobs N       scripts at once (12)
  --out FOLDER   where scripts with differences go (.cache/differ)
  --shrink N     make so many of each kind of difference smaller (1)
  --without KIND pass over differences of this kind: 'figure tcpi_rto', 'result of poll'`;

const ROOT = resolve(import.meta.dirname, '..', '..');

interface Tally {
  played: number;
  /** Why scripts were not played, or not the same twice. */
  readonly undecided: Map<string, number>;
  readonly unstable: Map<string, number>;
  /** How many scripts have each kind of difference. */
  readonly kinds: Map<string, number>;
  differing: number;
}

process.exitCode = await main(optionsOf(USAGE, () => readOptions(process.argv.slice(2))));

function readOptions(args: string[]) {
  const { values } = parseArgs({
    args,
    options: {
      seed: { type: 'string', default: '1' },
      scripts: { type: 'string', default: '100' },
      family: { type: 'string', multiple: true, default: [] },
      jobs: { type: 'string', default: '12' },
      out: { type: 'string', default: '.cache/differ' },
      without: { type: 'string', multiple: true, default: [] },
      shrink: { type: 'string', default: '1' },
      help: { type: 'boolean', default: false },
    },
  });
  const unknown = values.family.find((name) => !FAMILIES.some((family) => family.name === name));
  if (unknown !== undefined) throw new Error(`there is no family ${unknown}`);
  return {
    ...values,
    seed: numberOf('seed', values.seed),
    scripts: countOf('scripts', values.scripts),
    jobs: countOf('jobs', values.jobs),
    shrink: numberOf('shrink', values.shrink),
  };
}

function ours(surroundings: Surroundings): Subject {
  return stackSubject(surroundings, {});
}

async function main(options: ReturnType<typeof readOptions>): Promise<number> {
  const obstacle = kernelObstacle();
  if (obstacle !== null) {
    console.error(obstacle);
    return 2;
  }
  const out = resolve(ROOT, options.out);
  mkdirSync(out, { recursive: true });
  const families = FAMILIES.filter(({ name }) => options.family.length === 0 || options.family.includes(name));
  const pool = await Pool.start(ROOT, options.jobs);
  const tally: Tally = { played: 0, undecided: new Map(), unstable: new Map(), kinds: new Map(), differing: 0 };
  try {
    const seeds = Array.from({ length: options.scripts }, (_, index) => options.seed + index);
    const worker = async (): Promise<void> => {
      for (let seed = seeds.shift(); seed !== undefined; seed = seeds.shift()) {
        await playSeed(pool, families[seed % families.length] as Family, seed, { ...options, out }, tally);
      }
    };
    await Promise.all(Array.from({ length: options.jobs }, worker));
  } finally {
    pool.end();
  }
  console.log(summary(tally));
  return tally.differing === 0 ? 0 : 1;
}

interface Course {
  readonly out: string;
  readonly shrink: number;
  /** Kinds of differences that are passed over. */
  readonly without: readonly string[];
  readonly jobs: number;
}

async function playSeed(pool: Pool, family: Family, seed: number, course: Course, tally: Tally): Promise<void> {
  const plan = drawPlan(family, seed, ours);
  if (plan === null) {
    count(tally.undecided, 'could go either way on a real clock');
    return;
  }
  const { text, why } = await pool.record(plan);
  if (text === null) {
    count(tally.undecided, why);
    return;
  }
  tally.played++;
  const first = judgeAll(text).filter(({ kind }) => !course.without.includes(kind));
  if (first.length === 0) return;
  const again = (await pool.play(text)) ?? (await pool.play(text));
  if (again !== null) {
    count(tally.unstable, again.kind);
    return;
  }
  const differences = await confirmed(pool, plan, first);
  if (differences.length === 0) {
    count(tally.unstable, first[0]?.kind ?? '');
    return;
  }
  tally.differing++;
  const name = plan.name.replace(' ', '-');
  writeFileSync(join(course.out, `${name}.pkt`), text);
  console.log(`${name}: ${differences.map(({ kind }) => kind).join('; ')}`);
  for (const difference of differences) {
    const { kind } = difference;
    const alike = tally.kinds.get(kind) ?? 0;
    count(tally.kinds, kind);
    if (alike >= course.shrink) continue;
    const small = await shrink(pool, plan, text, difference, course.jobs);
    writeFileSync(join(course.out, `${name}.${kind.replace(/\W+/g, '-')}.pkt`), small.text);
    console.log([`${name}: ${kind}`, small.text.trimEnd(), ...small.difference.lines, ''].join('\n'));
  }
}

/** Those of the differences that another recording shows as well: the first may have been late here and there. */
async function confirmed(pool: Pool, plan: Plan, differences: readonly Difference[]): Promise<Difference[]> {
  const { text } = await pool.record(plan);
  const others = text === null ? [] : judgeAll(text).map(({ kind }) => kind);
  return differences.filter(({ kind }) => others.includes(kind));
}

function count(counts: Map<string, number>, kind: string): void {
  counts.set(kind, (counts.get(kind) ?? 0) + 1);
}

function summary({ played, undecided, unstable, differing, kinds }: Tally): string {
  return [
    `${played} scripts, ${differing} differ`,
    ...listed(kinds),
    ...(unstable.size > 0 ? ['not the same twice on the kernel:', ...listed(unstable)] : []),
    ...(undecided.size > 0 ? ['not played:', ...listed(undecided)] : []),
  ].join('\n');
}

function listed(counts: ReadonlyMap<string, number>): string[] {
  return [...counts].sort((one, other) => other[1] - one[1]).map(([kind, times]) => `  ${times} ${kind}`);
}
