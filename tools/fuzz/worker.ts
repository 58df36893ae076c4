/** The thread that fuzzes one target. It may be ended at any time: what it is at stands in the beacon. */
import { parentPort, workerData } from 'node:worker_threads';
import { Fuzzer } from './fuzzer.ts';
import { COUNTERS } from './instrument.ts';
import { Beacon, type Order, type Report } from './messages.ts';
import { TARGETS } from './targets/index.ts';

const CLOCK_RUNS = 16;

parentPort?.postMessage(fuzz(workerData as Order));

function fuzz(order: Order): Report {
  const target = TARGETS.find(({ name }) => name === order.target);
  const counts: unknown = Reflect.get(globalThis, COUNTERS);
  if (target === undefined || !(counts instanceof Uint32Array)) throw new Error(`nothing to run for ${order.target}`);
  const untilMs = performance.now() + order.milliseconds;
  const { ranges, seed, dictionary, corpus } = order;
  const beacon = new Beacon(order.beacon);
  const fuzzer = new Fuzzer(target, { counts, ranges }, { seed, dictionary, corpus, watcher: beacon });
  while (fuzzer.runs < order.runs && fuzzer.failures.length < order.failures && performance.now() < untilMs) {
    for (let left = CLOCK_RUNS; left > 0; left--) fuzzer.step();
  }
  beacon.finish();
  const { runs, failures, corpusSize, reached } = fuzzer;
  // What was reached outside the watched files was never cleared.
  for (let edge = 0; edge < counts.length; edge++) if (counts[edge] !== 0) reached[edge] = 1;
  return { runs, failures, reached, kept: corpusSize, small: fuzzer.smallCorpus() };
}
