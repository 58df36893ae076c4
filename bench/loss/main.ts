/**
 * `npm run bench:loss`: goodput over bad paths. Without arguments in virtual time; `-- kernel` against the Linux kernel in
 * real time. docs/bench-loss.md says how to run it and what the columns mean.
 */
import { parseArgs } from 'node:util';
import { countOf, numberOf, optionsOf } from '../../tools/command-line.ts';
import { kernelBench } from './kernel.ts';
import { controlsThere, serveCells, virtualBench } from './virtual-table.ts';

const MODES: readonly string[] = ['virtual', 'kernel', 'serve-cells'];

const USAGE = `usage: npm run bench:loss -- [virtual | kernel | serve-cells] [options]
  --control NAME  this congestion control, may be given more than once (all; against the kernel cubic and bbr)
  --no-save       leave the tables in bench/ as they are
  --seeds N       virtual: runs of each cell (3)
  --runs N        kernel: runs of each cell (7)
  --seconds N     kernel: how long a run is (30)
  --pairs N       kernel: pairs of flows at once (1)
  --cell TEXT     kernel: only cells with this in their name, may be given more than once
  --path R,L,O    kernel: a path of one's own in place of the table's: ms of a round trip, percent lost, percent reordered
  --noise         kernel: the kernel in both lanes
  --trace         kernel: with a trace of each flow`;

const { what, ...values } = optionsOf(USAGE, () => {
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
      help: { type: 'boolean', default: false },
    },
  });
  const [what = 'virtual', ...others] = positionals;
  if (!MODES.includes(what) || others.length > 0)
    throw new Error(`'${others[0] ?? what}' is not known; say ${MODES.join(' or ')}`);
  return {
    ...values,
    what,
    seeds: countOf('seeds', values.seeds),
    runs: countOf('runs', values.runs),
    seconds: countOf('seconds', values.seconds),
    pairs: countOf('pairs', values.pairs),
    path: values.path.map((text) => text.split(',').map((part) => numberOf('path', part))),
  };
});
const isKept = !values['no-save'];
if (what === 'virtual') {
  const controls = values.control ?? controlsThere();
  await virtualBench({ seeds: values.seeds, controls, isKept });
} else if (what === 'kernel') {
  await kernelBench(values.control ?? ['cubic', 'bbr'], {
    runs: values.runs,
    seconds: values.seconds,
    pairs: values.pairs,
    only: values.cell,
    paths: values.path,
    isTraced: values.trace,
    isNoise: values.noise,
    isKept: isKept && !values.noise && values.path.length === 0,
  });
} else serveCells(values.seeds);
