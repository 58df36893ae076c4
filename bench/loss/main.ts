/**
 * `npm run bench:loss`: goodput over bad paths. Without arguments in virtual time; `-- kernel` against the Linux kernel in
 * real time. docs/bench-loss.md says how to run it and what the columns mean.
 */
import { parseArgs } from 'node:util';
import { kernelBench } from './kernel.ts';
import { controlsThere, serveCells, virtualBench } from './virtual-table.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    control: { type: 'string', multiple: true },
    'no-save': { type: 'boolean', default: false },
    seeds: { type: 'string', default: '3' },
    runs: { type: 'string', default: '7' },
    seconds: { type: 'string', default: '30' },
    pairs: { type: 'string', default: '1' },
    cell: { type: 'string', multiple: true, default: [] },
    path: { type: 'string', multiple: true, default: [] },
    noise: { type: 'boolean', default: false },
    trace: { type: 'boolean', default: false },
  },
});
const what = positionals[0] ?? 'virtual';
const isKept = !values['no-save'];
if (what === 'virtual') {
  const controls = values.control ?? controlsThere();
  await virtualBench({ seeds: count('seeds', values.seeds), controls, isKept });
} else if (what === 'kernel') {
  await kernelBench(values.control ?? ['cubic', 'bbr'], {
    runs: count('runs', values.runs),
    seconds: count('seconds', values.seconds),
    pairs: count('pairs', values.pairs),
    only: values.cell,
    paths: values.path.map((text) => text.split(',').map((part) => amount('path', part))),
    isTraced: values.trace,
    isNoise: values.noise,
    isKept: isKept && !values.noise && values.path.length === 0,
  });
} else if (what === 'serve-cells') serveCells(count('seeds', values.seeds));
else throw new Error(`'${what}' is not known; say virtual or kernel`);

function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new Error(`--${name} takes a whole number of at least 1, got ${text}`);
  return value;
}

function amount(name: string, text: string): number {
  const value = Number(text);
  if (!(value >= 0 && value < Number.POSITIVE_INFINITY))
    throw new Error(`--${name} takes numbers of at least 0, got ${text}`);
  return value;
}
