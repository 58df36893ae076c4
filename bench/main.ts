/**
 * `npm run bench`: medians of several runs, ours beside Node's own `net` over loopback and beside what is possible without TCP, all
 * of them in the same run. The machine is named with the table; read ratios rather than figures. `--smoke` runs everything briefly and checks only that it works.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { countOf, optionsOf } from '../tools/command-line.ts';
import { bound } from './bound.ts';
import { crowd, flood, honest } from './crowd.ts';
import { type BadLinkResult, gibibyte } from './gibibyte.ts';
import { median } from './median.ts';
import { netBulk, netConnects, netIdleMemory, netRoundTrips } from './node-net.ts';
import { bulk, connects, idleMemory, roundTrips } from './workloads.ts';

interface Row {
  readonly work: string;
  readonly unit: string;
  readonly target: number;
  readonly ours: number[];
  readonly node: number[];
  /** The same work without TCP (`bound.ts`); empty when nobody knows. */
  readonly bound: number[];
  /** Smaller is better. */
  readonly isCost: boolean;
}

const USAGE = `usage: npm run bench -- [options]
  --smoke        everything briefly: checks only that it works
  --crowd [N]    so many connections open at once (1000000): prints what it took; needs node --expose-gc
  --sample NAME  one workload alone, in this process: prints its figure`;

const options = optionsOf(USAGE, () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      smoke: { type: 'boolean', default: false },
      crowd: { type: 'boolean', default: false },
      sample: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  const [count, ...others] = positionals;
  if (others.length > 0 || (count !== undefined && !values.crowd))
    throw new Error(`'${positionals.at(-1)}' is no option`);
  return { ...values, crowdSize: countOf('crowd', count ?? '1000000') };
});
const isSmoke = options.smoke;
const RUNS = isSmoke ? 1 : 5;
const SECONDS = isSmoke ? 0.1 : 1;

/** Each sample is taken in a process of its own: one workload's garbage is not another's pause. */
function sample(name: string): number {
  const script = fileURLToPath(import.meta.url);
  const runner = fileURLToPath(new URL('../scripts/ts.mjs', import.meta.url));
  const args = ['--expose-gc', runner, script, '--sample', name];
  const result = spawnSync(process.execPath, isSmoke ? [...args, '--smoke'] : args, { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${name} failed:\n${result.stderr}`);
  return Number(result.stdout.trim().split('\n').at(-1));
}

/** What is measured is the steady state: the engine has compiled what runs. */
function warm(work: (seconds: number) => number): number {
  work(SECONDS / 2);
  return work(SECONDS);
}

async function warmNet(work: (seconds: number) => Promise<number>): Promise<number> {
  await work(SECONDS / 2);
  return work(SECONDS);
}

const WORK: Record<string, () => number | Promise<number>> = {
  'bulk-1500': () => warm((seconds) => bulk(1500, seconds, true)) / 1e9,
  'bulk-1500-each': () => warm((seconds) => bulk(1500, seconds)) / 1e9,
  'bulk-9000': () => warm((seconds) => bulk(9000, seconds)) / 1e9,
  'bulk-65535': () => warm((seconds) => bulk(65_535, seconds)) / 1e9,
  'bound-1500': () => warm((seconds) => bound(1500, seconds)) / 1e9,
  'bound-9000': () => warm((seconds) => bound(9000, seconds)) / 1e9,
  'bound-65535': () => warm((seconds) => bound(65_535, seconds)) / 1e9,
  'round-trips': () => warm(roundTrips),
  connects: () => warm((seconds) => connects(seconds, isSmoke ? 1_000 : 100_000)),
  idle: () => idleMemory(isSmoke ? 100 : 20_000, isSmoke ? 100 : 5_000),
  flood: () => warm(flood),
  'flood-ratio': () => {
    const { quietUs, floodedUs, opened } = honest(isSmoke ? 20 : 400);
    if (opened !== (isSmoke ? 20 : 400)) throw new Error(`${opened} honest clients got through`);
    return floodedUs / quietUs;
  },
  'net-bulk': async () => (await warmNet(netBulk)) / 1e9,
  'net-round-trips': () => warmNet(netRoundTrips),
  'net-connects': () => warmNet(netConnects),
  'net-idle': () => netIdleMemory(isSmoke ? 20 : 1000),
};

function measure(): Row[] {
  const rows: Row[] = [];
  const add = (
    work: string,
    unit: string,
    target: number,
    ours: string,
    node: string | null,
    isCost = false,
    most: string | null = null,
  ): void => {
    const row: Row = { work, unit, target, ours: [], node: [], bound: [], isCost };
    // In turn, so that all meet the same weather.
    for (let run = 0; run < RUNS; run++) {
      row.ours.push(sample(ours));
      if (node !== null) row.node.push(sample(node));
      if (most !== null) row.bound.push(sample(most));
    }
    rows.push(row);
    process.stderr.write(`${work}: ${format(median(row.ours))} ${unit}\n`);
  };
  add('bulk, MTU 1500, cut and put together at the edge', 'Gbit/s', 15, 'bulk-1500', 'net-bulk', false, 'bound-1500');
  add('bulk, MTU 1500, each packet made by the stack', 'Gbit/s', 15, 'bulk-1500-each', null, false, 'bound-1500');
  add('bulk, MTU 9000', 'Gbit/s', 0, 'bulk-9000', null, false, 'bound-9000');
  add('bulk, MTU 65535', 'Gbit/s', 40, 'bulk-65535', null, false, 'bound-65535');
  add('one-byte round trips', '1/s', 1_000_000, 'round-trips', 'net-round-trips');
  add('connect + close, 100,000 in TIME-WAIT', '1/s', 300_000, 'connects', 'net-connects');
  add('idle connection, both ends', 'bytes', 1536, 'idle', 'net-idle', true);
  add('SYN flood, answered by cookies, per second of a processor', 'SYN/s', 500_000, 'flood', null);
  add(
    'honest handshake amid 1000 forged SYNs, processor time against a quiet one',
    'times',
    2,
    'flood-ratio',
    null,
    true,
  );
  return rows;
}

function format(value: number): string {
  return value >= 1000 ? Math.round(value).toLocaleString('en-US') : value.toFixed(2);
}

function table(rows: readonly Row[]): string {
  const cpu = os.cpus()[0]?.model ?? 'unknown processor';
  const lines = [
    `Node ${process.version}, ${os.platform()} ${os.release()}, ${os.cpus().length} x ${cpu}; medians of ${RUNS} runs of ${SECONDS} s`,
    '',
    '| work | woshou, two stacks in one process | min - max | asked | Node net, loopback | ratio | without TCP | of that |',
    '| --- | --- | --- | --- | --- | --- | --- | --- |',
  ];
  for (const row of rows) {
    const ours = median(row.ours);
    const node = row.node.length > 0 ? median(row.node) : null;
    const spread = `${format(Math.min(...row.ours))} - ${format(Math.max(...row.ours))}`;
    const asked = row.target === 0 ? '-' : `${row.isCost ? '<= ' : '>= '}${format(row.target)}`;
    const ratio = node === null ? '-' : (ours / node).toFixed(2);
    const other = node === null ? '-' : `${format(node)} ${row.unit}`;
    const most = row.bound.length > 0 ? median(row.bound) : null;
    const bounds = most === null ? '- | -' : `${format(most)} ${row.unit} | ${(ours / most).toFixed(2)}`;
    lines.push(
      `| ${row.work} | ${format(ours)} ${row.unit} | ${spread} | ${asked} | ${other} | ${ratio} | ${bounds} |`,
    );
  }
  return lines.join('\n');
}

/** The bad link, in words. @throws Error when a byte was wrong or an end stayed open */
function badLink(result: BadLinkResult): string {
  if (!result.isRight) throw new Error('the bytes through the bad link did not arrive as they were sent');
  const { bytes, virtualSeconds, realSeconds, segmentsOut, retransmitted, heapPeakMiB } = result;
  return [
    `${format(bytes / 2 ** 20)} MiB through 1 % loss, 1 % reordering, 0.1 % corruption, 20 ms one way, in the simulator:`,
    `every byte right, both ends closed; ${format(virtualSeconds)} s of virtual time in ${format(realSeconds)} s,`,
    `${format(segmentsOut)} segments, ${format(retransmitted)} of them again, heap at most ${format(heapPeakMiB)} MiB.`,
  ].join(' ');
}

if (options.crowd) {
  const took = await crowd(options.crowdSize);
  process.stdout.write(`${JSON.stringify({ node: process.execArgv.join(' '), ...took })}\n`);
} else if (options.sample !== undefined) {
  const work = WORK[options.sample];
  if (work === undefined) throw new Error(`there is no workload '${options.sample}'`);
  process.stdout.write(`${await work()}\n`);
} else {
  const rows = measure();
  const text = table(rows);
  process.stdout.write(`${text}\n\n${badLink(gibibyte(isSmoke ? 2 ** 22 : 2 ** 30, 7))}\n`);
  if (!isSmoke) {
    mkdirSync(new URL('./results/', import.meta.url), { recursive: true });
    const json = { node: process.version, cpus: os.cpus().length, cpu: os.cpus()[0]?.model, rows };
    writeFileSync(new URL('./results/latest.json', import.meta.url), `${JSON.stringify(json, null, 2)}\n`);
  }
}
