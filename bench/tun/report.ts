/** The figures of bench:tun as a table, as JSON and as a chart; the machine is named with them. */
import { writeFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { median } from '../median.ts';
import { barChart } from './chart.ts';
import { figure } from './figure.ts';
import type { Work } from './works.ts';

/** The samples of one server at one work. */
export interface Measurement {
  readonly work: Work;
  readonly server: string;
  readonly values: number[];
  /** The same amount of work by CPU second of the server's process. */
  readonly perCpu: number[];
}

interface Row {
  readonly work: string;
  readonly unit: string;
  readonly server: string;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly perCpuSecond: number | null;
  /** Of the first server of the same work: how many times this one. */
  readonly ratio: number;
  readonly goal: string;
}

const FOLDER = fileURLToPath(new URL('..', import.meta.url));

export function report(
  measurements: readonly Measurement[],
  how: { readonly runs: number; readonly seconds: number; readonly isKept: boolean },
): void {
  const rows = measurements.map((measurement) => rowOf(measurement, measurements));
  const machine = {
    cpu: os.cpus()[0]?.model.trim() ?? '',
    cpus: os.cpus().length,
    kernel: os.release(),
    node: process.version,
    load: os.loadavg()[0] ?? 0,
  };
  const text = page(rows, machine, how);
  process.stdout.write(`${text}\n`);
  if (!how.isKept) return;
  writeFileSync(`${FOLDER}tun.json`, `${JSON.stringify({ machine, ...how, isKept: undefined, rows }, null, 1)}\n`);
  writeFileSync(`${FOLDER}tun.md`, text);
  writeFileSync(`${FOLDER}tun.svg`, barChart(rows.map((row) => ({ ...row, group: row.work, label: row.server }))));
}

function rowOf({ work, server, values, perCpu }: Measurement, all: readonly Measurement[]): Row {
  const first = all.find((other) => other.work === work);
  const middle = median(values);
  const perCpuSecond = median(perCpu);
  return {
    work: work.title,
    unit: work.unit,
    server,
    median: middle,
    least: Math.min(...values),
    most: Math.max(...values),
    perCpuSecond: Number.isFinite(perCpuSecond) ? perCpuSecond : null,
    ratio: median(first?.values ?? []) / middle,
    goal: goalOf(work, server),
  };
}

function goalOf({ goals, unit }: Work, server: string): string {
  const goal = goals[server] ?? '';
  return typeof goal === 'number' ? figure(goal, unit) : goal;
}

function page(
  rows: readonly Row[],
  machine: { cpu: string; cpus: number; kernel: string; node: string; load: number },
  how: { readonly runs: number; readonly seconds: number },
): string {
  const lines = [
    '# A stack on a TUN device',
    '',
    `\`npm run bench:tun\`: medians of ${how.runs} runs of ${how.seconds} s after one of 3 s to warm up, in turn; bulk bytes are compared, every`,
    'one. "ours / this" is the first server of a work divided by this one, from the same rounds; "per CPU second" counts the CPU time',
    `of the server's process alone; of two queues it is that of the one that did least, by the time of its own thread. Machine: ${machine.cpus} × ${machine.cpu}, Linux ${machine.kernel}, Node ${machine.node};`,
    `load average at the end ${machine.load.toFixed(1)}. The goals are for a good machine with nothing else to do.`,
    '',
    '![the medians as bars](tun.svg)',
    '',
    '| work | server | median | least to most | per CPU second | ours / this | goal |',
    '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
  ];
  for (const row of rows) {
    const show = (value: number | null): string => (value === null ? '' : figure(value, row.unit));
    const spread = `${show(row.least)} to ${show(row.most)}`;
    const cells = [
      row.work,
      row.server,
      show(row.median),
      spread,
      show(row.perCpuSecond),
      row.ratio.toFixed(2),
      row.goal,
    ];
    lines.push(`| ${cells.join(' | ')} |`);
  }
  return `${lines.join('\n')}\n`;
}
