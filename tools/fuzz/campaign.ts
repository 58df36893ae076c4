/** One target in a thread of its own, watched: a run that does not end is a failure, and so is memory that grows without bound. */
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { type EdgeTable, filesOf } from './build.ts';
import { Beacon, type Order, type Report } from './messages.ts';
import { dictionaryOf } from './mutation.ts';
import type { Target } from './target.ts';

export interface CampaignOptions {
  readonly seed: number;
  readonly milliseconds: number;
  readonly runs: number;
  readonly failures: number;
}

export interface Campaign extends Report {
  readonly tookMs: number;
  /** Processor time, what the engine does beside the thread included. */
  readonly cpuMs: number;
}

/** A run that lasts so long will not end. */
const HANG_MS = 15_000;
const LOOK_MS = 1_000;
/** Heap of the thread in MiB: inputs are short and nothing outlives a run but the corpus. */
const HEAP_MIB = 512;

export function runCampaign(
  bundle: string,
  table: EdgeTable,
  target: Target,
  corpus: readonly Uint8Array[],
  options: CampaignOptions,
): Promise<Campaign> {
  const files = filesOf(table, target.covers);
  const beacon = Beacon.allocate();
  const order: Order = {
    seed: options.seed,
    milliseconds: options.milliseconds,
    runs: options.runs,
    failures: options.failures,
    target: target.name,
    ranges: files.map(({ first, end }) => [first, end] as const),
    dictionary: dictionaryOf([...new Set(files.flatMap(({ constants }) => constants))], target.isText),
    corpus,
    beacon: beacon.memory,
  };
  const startedMs = performance.now();
  const startedCpu = process.cpuUsage();
  return new Promise((resolve, reject) => {
    const worker = new Worker(pathToFileURL(bundle), {
      workerData: order,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    let [runs, sinceMs] = [0, performance.now()];
    const timer = setInterval(() => {
      if (beacon.runs !== runs) [runs, sinceMs] = [beacon.runs, performance.now()];
      else if (runs > 0 && !beacon.isFinished && performance.now() - sinceMs > HANG_MS) end(failed('does not end'));
    }, LOOK_MS);
    const failed = (message: string): Report => ({
      runs: beacon.runs,
      failures: [{ input: beacon.current(), message }],
      reached: new Uint8Array(0),
      kept: 0,
      small: [],
    });
    const end = (report: Report): void => {
      clearInterval(timer);
      void worker.terminate().then(() => {
        const { user, system } = process.cpuUsage(startedCpu);
        resolve({ ...report, tookMs: performance.now() - startedMs, cpuMs: (user + system) / 1_000 });
      });
    };
    worker.once('message', (report: Report) => end(report));
    worker.once('error', (error: Error & { code?: string }) => {
      if (error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
        end(failed(`more than ${HEAP_MIB} MiB of memory`));
        return;
      }
      clearInterval(timer);
      reject(error);
    });
  });
}
