/**
 * All cells in virtual time, spread over the processors, as a table and as JSON. Both are kept under `bench/`: a change of a
 * figure shows as a difference of the file.
 */
import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { type Cell, cellName, controlNames, PAYLOAD_SHARE, RATE_BPS } from './cells.ts';
import { runVirtual, type VirtualResult } from './virtual.ts';

export const LOSSES = [0, 0.01, 0.1, 1, 3, 10];
export const REORDERINGS = [0, 1, 10];
export const RTTS_MS = [1, 20, 100, 300];
/** By the names they may have. */
const CONTROLS = [['cubic'], ['reno', 'newreno'], ['bbr', 'bbr3']];

/** A cell with the run in the middle of all seeds. */
export interface VirtualRow extends Cell {
  readonly median: VirtualResult;
  readonly goodputsMbps: readonly number[];
}

/** The controls of the table that exist, by name. */
export function controlsThere(): string[] {
  const names = controlNames();
  return CONTROLS.flatMap((known) => known.filter((name) => names.includes(name)).slice(0, 1));
}

export function virtualCells(controls: readonly string[]): Cell[] {
  return controls.flatMap((control) => [
    ...LOSSES.flatMap((lossPercent) =>
      RTTS_MS.map((rttMs): Cell => ({ control, rttMs, lossPercent, reorderPercent: 0 })),
    ),
    ...REORDERINGS.filter((percent) => percent > 0).flatMap((reorderPercent) =>
      RTTS_MS.map((rttMs): Cell => ({ control, rttMs, lossPercent: 0, reorderPercent })),
    ),
  ]);
}

/** Runs a cell with seeds 1 to `seeds`. */
export function runCell(cell: Cell, seeds: number, seconds?: number): VirtualRow {
  const results = Array.from({ length: seeds }, (_, index) => runVirtual(cell, index + 1, seconds));
  const sorted = [...results].sort((x, y) => x.goodputMbps - y.goodputMbps);
  const median = sorted[sorted.length >> 1];
  if (median === undefined) throw new Error('a cell needs at least one seed');
  return { ...cell, median, goodputsMbps: results.map(({ goodputMbps }) => goodputMbps) };
}

/** Every cell, one process per processor; rows in the order of the cells. */
export async function runAll(cells: readonly Cell[], seeds: number, workers: number): Promise<VirtualRow[]> {
  const rows: (VirtualRow | undefined)[] = cells.map(() => undefined);
  const parts = Array.from({ length: workers }, (_, part) => cells.filter((_cell, index) => index % workers === part));
  await Promise.all(
    parts.map(async (part, worker) => {
      let done = 0;
      await inProcess(part, seeds, (row) => {
        rows[worker + workers * done] = row;
        done++;
        process.stderr.write(`${cellName(row)}: ${row.median.goodputMbps.toFixed(2)} Mbit/s\n`);
      });
    }),
  );
  return rows.filter((row) => row !== undefined);
}

/** Cells come in by standard input, rows go out line by line. */
export function serveCells(seeds: number): void {
  const cells = JSON.parse(readFileSync(0, 'utf8')) as Cell[];
  for (const cell of cells) process.stdout.write(`${JSON.stringify(runCell(cell, seeds))}\n`);
}

async function inProcess(cells: readonly Cell[], seeds: number, onRow: (row: VirtualRow) => void): Promise<void> {
  const runner = fileURLToPath(new URL('../../scripts/ts.mjs', import.meta.url));
  const main = fileURLToPath(new URL('./main.ts', import.meta.url));
  const child = spawn(process.execPath, [runner, main, 'serve-cells', '--seeds', String(seeds)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify(cells));
  let rest = '';
  for await (const text of child.stdout.setEncoding('utf8')) {
    const lines = `${rest}${String(text)}`.split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onRow(JSON.parse(line) as VirtualRow);
  }
  if (child.exitCode !== null && child.exitCode !== 0) throw new Error(`a worker ended with ${child.exitCode}`);
}

/** Markdown: a block per control, a row per loss or reordering, a column per round-trip time. */
export function virtualTable(rows: readonly VirtualRow[]): string {
  const controls = [...new Set(rows.map(({ control }) => control))];
  const seeds = rows[0]?.goodputsMbps.length ?? 0;
  const lines = [
    '# Goodput of one flow in virtual time',
    '',
    `Mbit/s of payload read by the receiver, slow start included, over 20 s or 200 round trips (the longer). Bottleneck ` +
      `${RATE_BPS / 1e6} Mbit/s of IP packets (${((RATE_BPS / 1e6) * PAYLOAD_SHARE).toFixed(1)} Mbit/s of payload at most), ` +
      `drop-tail queue of one bandwidth-delay product, 32 packets at least. Socket buffers of eight times path and queue, ` +
      `4 MiB at least: they limit nothing. Loss and reordering meet data packets only; a reordered packet is held back by an ` +
      `eighth of the round-trip time. Median of ${seeds} seeds; in brackets retransmitted segments in percent and time-outs ` +
      `of that run. The same code gives the same figures: \`npm run bench:loss\` writes this file, a change is a difference.`,
  ];
  for (const control of controls) {
    const own = rows.filter((row) => row.control === control);
    lines.push('', `## ${control}`, '', `| path | ${RTTS_MS.map((rtt) => `${rtt} ms`).join(' | ')} |`);
    lines.push(`| --- |${RTTS_MS.map(() => ' ---: |').join('')}`);
    for (const lossPercent of LOSSES) {
      const cells = own.filter((row) => row.lossPercent === lossPercent && row.reorderPercent === 0);
      if (cells.length > 0) lines.push(tableLine(`${lossPercent} % loss`, cells));
    }
    for (const reorderPercent of REORDERINGS) {
      const cells = own.filter((row) => row.reorderPercent === reorderPercent && reorderPercent > 0);
      if (cells.length > 0) lines.push(tableLine(`${reorderPercent} % reordered`, cells));
    }
  }
  return `${lines.join('\n')}\n`;
}

function tableLine(title: string, rows: readonly VirtualRow[]): string {
  const texts = RTTS_MS.map((rttMs) => {
    const row = rows.find((candidate) => candidate.rttMs === rttMs);
    if (row === undefined) return '-';
    const { goodputMbps, retransmitted, segmentsOut, timeouts } = row.median;
    return `${goodputMbps.toFixed(2)} (${((100 * retransmitted) / segmentsOut).toFixed(2)} %, ${timeouts})`;
  });
  return `| ${title} | ${texts.join(' | ')} |`;
}

/** Runs everything and writes `bench/loss-virtual.md` and `.json`. */
export async function virtualBench(options: {
  seeds: number;
  controls: readonly string[];
  isKept: boolean;
}): Promise<void> {
  const missing = options.controls.filter((name) => !controlsThere().includes(name));
  if (missing.length > 0)
    throw new Error(`no congestion control ${missing.join(', ')}; there are ${controlsThere().join(', ')}`);
  const rows = await runAll(virtualCells(options.controls), options.seeds, Math.max(1, os.cpus().length));
  const text = virtualTable(rows);
  process.stdout.write(text);
  if (!options.isKept) return;
  writeFileSync(new URL('../loss-virtual.md', import.meta.url), text);
  writeFileSync(new URL('../loss-virtual.json', import.meta.url), `${jsonRows(rows)}\n`);
}

/** A row per line: a difference of the file names the cells that changed. */
function jsonRows(rows: readonly VirtualRow[]): string {
  return `[\n${rows.map((row) => `  ${JSON.stringify(row)}`).join(',\n')}\n]`;
}
