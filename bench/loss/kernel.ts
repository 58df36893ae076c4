/**
 * Our sender beside the kernel's, in real time: for each cell and run a pair of lanes at the same moment with the same seed,
 * one sent by our stack, one by the kernel. Medians, their ratio, and what the machine was doing meanwhile.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { namespaceObstacle } from '../../test/interop/namespace.ts';
import { type Cell, cellName } from './cells.ts';
import type { KernelOptions, KernelRow, PairResult } from './kernel-result.ts';
import { kernelTable } from './kernel-table.ts';
import { type FlowResult, Lane } from './lane.ts';

const RTTS_MS = [10, 40];
const LOSSES: Readonly<Record<string, readonly number[]>> = { cubic: [0, 0.1, 1, 3], bbr: [0, 0.1, 1] };
const WARM_SECONDS = 4;
const TRACE_SAMPLE_MS = 50;
const SAMPLE_MS = 500;

export function kernelCells(controls: readonly string[]): Cell[] {
  return controls.flatMap((control) =>
    RTTS_MS.flatMap((rttMs) =>
      (LOSSES[control] ?? LOSSES.cubic ?? []).map((lossPercent) => ({
        control,
        rttMs,
        lossPercent,
        reorderPercent: 0,
      })),
    ),
  );
}

function ownCells(controls: readonly string[], paths: KernelOptions['paths']): Cell[] {
  return controls.flatMap((control) =>
    paths.map(([rttMs = 0, lossPercent = 0, reorderPercent = 0]) => ({ control, rttMs, lossPercent, reorderPercent })),
  );
}

/** Two lanes side by side. */
class LanePair {
  private readonly ours: Lane;
  private readonly kernel: Lane;

  private constructor(ours: Lane, kernel: Lane) {
    this.ours = ours;
    this.kernel = kernel;
  }

  static async open(isNoise: boolean): Promise<LanePair> {
    const ours = await Lane.open(isNoise ? 'kernel' : 'ours');
    try {
      return new LanePair(ours, await Lane.open('kernel'));
    } catch (error) {
      await ours.close();
      throw error;
    }
  }

  async run(cell: Cell, seed: number, options: KernelOptions): Promise<PairResult> {
    const sampleMs = options.isTraced ? TRACE_SAMPLE_MS : SAMPLE_MS;
    const before = processorTimes();
    const [ours, kernel] = await Promise.all([
      this.ours.run(cell, seed, options.seconds, sampleMs),
      this.kernel.run(cell, seed, options.seconds, sampleMs),
    ]);
    const after = processorTimes();
    const machineBusy = 1 - (after.idle - before.idle) / Math.max(1, after.total - before.total);
    return { seed, ours, kernel, machineBusy };
  }

  async close(): Promise<void> {
    await Promise.all([this.ours.close(), this.kernel.close()]);
  }
}

/** Runs every cell and writes `bench/loss-kernel.md` and `.json` (and `results/loss-trace.json`). */
export async function kernelBench(controls: readonly string[], options: KernelOptions): Promise<void> {
  const obstacle = namespaceObstacle(['python3']);
  if (obstacle !== null) throw new Error(`the kernel cannot be measured here: ${obstacle}`);
  const wanted = (cell: Cell): boolean =>
    options.only.length === 0 || options.only.some((part) => cellName(cell).includes(part));
  const cells = options.paths.length > 0 ? ownCells(controls, options.paths) : kernelCells(controls).filter(wanted);
  if (cells.length === 0)
    throw new Error(`no cell is called so; a name is for example '${cellName(kernelCells(['cubic'])[0] as Cell)}'`);
  const rows = cells.map((cell) => ({ ...cell, runs: [] as PairResult[] }));
  // Run by run over all cells, so that an hour's weather falls on all of them.
  const jobs = Array.from({ length: options.runs }, (_, run) => rows.map((row) => ({ row, seed: run + 1 }))).flat();
  await Promise.all(
    Array.from({ length: Math.min(options.pairs, jobs.length) }, async () => {
      const pair = await LanePair.open(options.isNoise);
      try {
        // The engine compiles what runs often; the kernel is compiled already.
        const warm = { ...(cells[0] as Cell), rttMs: 10, lossPercent: 0.1 };
        await pair.run(warm, 1, { ...options, seconds: WARM_SECONDS });
        for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
          const result = await pair.run(job.row, job.seed, options);
          job.row.runs.push(result);
          process.stderr.write(progress(job.row, result));
        }
      } finally {
        await pair.close();
      }
    }),
  );
  const text = kernelTable(rows, options);
  process.stdout.write(text);
  if (options.isTraced) {
    mkdirSync(new URL('../results/', import.meta.url), { recursive: true });
    keep('results/loss-trace.json', rows);
  }
  if (!options.isKept) return;
  writeFileSync(new URL('../loss-kernel.md', import.meta.url), text);
  keep('loss-kernel.json', rows.map(withoutSamples));
}

function progress(cell: Cell, { seed, ours, kernel, machineBusy }: PairResult): string {
  const ratio = (100 * ours.goodputMbps) / kernel.goodputMbps;
  return (
    `${cellName(cell)}, seed ${seed}: ours ${ours.goodputMbps.toFixed(2)}, kernel ${kernel.goodputMbps.toFixed(2)} Mbit/s ` +
    `(${ratio.toFixed(0)} %); machine ${(100 * machineBusy).toFixed(0)} % busy\n`
  );
}

function keep(name: string, rows: readonly KernelRow[]): void {
  const lines = rows.map((row) => `  ${JSON.stringify(row)}`);
  writeFileSync(new URL(`../${name}`, import.meta.url), `[\n${lines.join(',\n')}\n]\n`);
}

function withoutSamples(row: KernelRow): KernelRow {
  const bare = (flow: FlowResult): FlowResult => ({
    ...flow,
    sender: { ...flow.sender, samples: [], detail: {} },
    receiver: { ...flow.receiver, series: [] },
  });
  return { ...row, runs: row.runs.map((run) => ({ ...run, ours: bare(run.ours), kernel: bare(run.kernel) })) };
}

function processorTimes(): { idle: number; total: number } {
  let idle = 0;
  let total = 0;
  for (const { times } of os.cpus()) {
    idle += times.idle;
    total += times.idle + times.user + times.nice + times.sys + times.irq;
  }
  return { idle, total };
}
