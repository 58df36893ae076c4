/** The table of the comparison with the kernel, as Markdown. */
import os from 'node:os';
import { RATE_BPS } from './cells.ts';
import type { KernelOptions, KernelRow, PairResult } from './kernel-result.ts';
import type { FlowResult } from './lane.ts';

/** Where the ratio stands that is asked for. */
const ENOUGH = 0.95;

export function kernelTable(rows: readonly KernelRow[], options: KernelOptions): string {
  const cpu = os.cpus()[0]?.model ?? 'unknown processor';
  const { runs, seconds, pairs } = options;
  const reached = rows.filter((row) => ratioOf(row) >= ENOUGH).length;
  const lines = [
    '# Our stack beside the kernel over the same bad path',
    '',
    `Mbit/s of payload read by the receiver (always the kernel), medians of ${runs} runs of ${seconds} s, slow start included. ` +
      `Bottleneck ${RATE_BPS / 1e6} Mbit/s with a drop-tail queue of one bandwidth-delay product (32 packets at least); loss of ` +
      `data packets by the same seeds for both; no offload. The kernel's bbr is version 1, ours is version 3. ` +
      `${reached} of ${rows.length} cells reach ${ENOUGH * 100} % of the kernel.`,
    '',
    `Linux ${os.release()}, Node ${process.version}, ${os.cpus().length} x ${cpu}; pairs of lanes at a time: ${pairs}.`,
    '',
    '| cell | ours | kernel | ours / kernel | RTT ours, kernel | retransmitted | time-outs | late | CPU | machine |',
    '| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |',
    ...rows.map(tableLine),
  ];
  return `${lines.join('\n')}\n`;
}

/** The median of ours over the median of the kernel's. */
export function ratioOf(row: KernelRow): number {
  return median(row.runs, (run) => run.ours.goodputMbps) / median(row.runs, (run) => run.kernel.goodputMbps);
}

function tableLine(row: KernelRow): string {
  const { control, rttMs, lossPercent, reorderPercent, runs } = row;
  const both = (pick: (flow: FlowResult) => number, digits: number): string =>
    `${median(runs, ({ ours }) => pick(ours)).toFixed(digits)}, ${median(runs, ({ kernel }) => pick(kernel)).toFixed(digits)}`;
  const cells = [
    `${control}, ${rttMs} ms, ${lossPercent} %${reorderPercent > 0 ? `, ${reorderPercent} % reordered` : ''}`,
    spread(runs, ({ ours }) => ours.goodputMbps),
    spread(runs, ({ kernel }) => kernel.goodputMbps),
    `${(100 * ratioOf(row)).toFixed(1)} %`,
    `${both(({ sender }) => sender.minRttUs / 1000, 1)} ms`,
    `${both(({ sender }) => (100 * sender.retransmitted) / Math.max(1, sender.segmentsOut), 2)} %`,
    both(({ sender }) => sender.timeouts, 0),
    `${both(({ path }) => path.lateUs[1] / 1000, 2)} ms`,
    `${both(({ sender, path, receiver }) => (100 * (sender.cpuSeconds + path.cpuSeconds)) / receiver.seconds, 0)} %`,
    `${(100 * median(runs, ({ machineBusy }) => machineBusy)).toFixed(0)} %`,
  ];
  return `| ${cells.join(' | ')} |`;
}

function spread(runs: readonly PairResult[], pick: (run: PairResult) => number): string {
  const values = runs.map(pick);
  const range = `${Math.min(...values).toFixed(1)} - ${Math.max(...values).toFixed(1)}`;
  return `${median(runs, pick).toFixed(2)} (${range})`;
}

function median(runs: readonly PairResult[], pick: (run: PairResult) => number): number {
  const sorted = runs.map(pick).sort((x, y) => x - y);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : (upper + (sorted[middle - 1] ?? Number.NaN)) / 2;
}
