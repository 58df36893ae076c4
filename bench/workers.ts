/**
 * `npm run bench:workers`: stacks in two workers beside one in one, each with a connection in memory: what several queues can give
 * at most on this machine. Medians of five, in turn; every byte is compared. The goal is 1.7 times, on two processors with nothing
 * else to do.
 */
import { once } from 'node:events';
import os from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker } from 'node:worker_threads';
import { optionsOf } from '../tools/command-line.ts';
import { median } from './median.ts';
import { bulk } from './workloads.ts';

const RUNS = 5;
const SECONDS = 1;
const GOAL = 1.7;

const USAGE = `usage: npm run bench:workers
  two workers beside one, each with a stack and a connection in memory; there is nothing to choose`;

if (isMainThread) {
  optionsOf(USAGE, () => parseArgs({ options: { help: { type: 'boolean', default: false } } }).values);
  await main();
} else {
  // Compiled first, then all at once.
  bulk(1500, SECONDS / 2);
  parentPort?.postMessage('warm');
  parentPort?.on('message', () => parentPort?.postMessage(bulk(1500, SECONDS)));
}

async function main(): Promise<void> {
  // What scripts/ts.mjs has made of this file.
  const program = join(import.meta.dirname, '..', '.cache', String(process.pid), 'program.mjs');
  const workers = [new Worker(program), new Worker(program)];
  await Promise.all(workers.map(message));
  const ratios: number[] = [];
  const rates: number[] = [];
  for (let run = 0; run < RUNS; run++) {
    const one = await together(workers.slice(0, 1));
    const two = await together(workers);
    rates.push(one / 1e9);
    ratios.push(two / one);
  }
  for (const worker of workers) void worker.terminate();
  const machine = `${os.cpus().length} × ${os.cpus()[0]?.model.trim()}, load ${os.loadavg()[0]?.toFixed(1)}, Node ${process.version}`;
  console.log(
    `one worker ${median(rates).toFixed(2)} Gbit/s; two ${median(ratios).toFixed(2)} times that (goal ${GOAL}); ${machine}`,
  );
}

async function together(workers: readonly Worker[]): Promise<number> {
  const answers = workers.map(message);
  for (const worker of workers) worker.postMessage('go');
  const rates = (await Promise.all(answers)) as number[];
  return rates.reduce((sum, rate) => sum + rate, 0);
}

/** The worker's next message. Rejects with its error. */
async function message(worker: Worker): Promise<unknown> {
  const [value] = (await once(worker, 'message')) as [unknown];
  return value;
}
