/**
 * `woshou scan` beside nmap, against the kernel in a namespace behind a veth: all ports of one host, start-up included, median of five;
 * then each TCP scan as fast as it goes. Needs root and nmap. `npm run bench:scan`, `-- --rounds 3` for less.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NetworkNamespace, namespaceObstacle } from '../../test/interop/namespace.ts';
import { countOf, optionsOf } from '../../tools/command-line.ts';
import { median } from '../median.ts';

const USAGE = `usage: npm run bench:scan -- [options]
  --rounds N  how often each scan is done (5)`;

const { rounds } = optionsOf(USAGE, () => {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, help: { type: 'boolean', default: false } },
  });
  return { ...values, rounds: countOf('rounds', values.rounds) };
});

const obstacle = namespaceObstacle(['nmap']);
if (obstacle !== null) {
  console.log(`not measured: ${obstacle}`);
  process.exit(0);
}

const ROOT = join(import.meta.dirname, '..', '..');
const TARGET = '10.55.0.1';
const folder = mkdtempSync(join(tmpdir(), 'woshou-bench-'));

interface Measured {
  readonly wallS: number;
  readonly cpuS: number;
}

const target = NetworkNamespace.create();
const station = NetworkNamespace.create();
try {
  station.run('ip', ['link', 'add', 'vs', 'type', 'veth', 'peer', 'name', 'vt', 'netns', target.name]);
  target.run('ip', ['address', 'add', `${TARGET}/24`, 'dev', 'vt']);
  station.run('ip', ['address', 'add', '10.55.0.2/24', 'dev', 'vs']);
  target.run('ip', ['link', 'set', 'vt', 'up']);
  station.run('ip', ['link', 'set', 'vs', 'up']);
  console.log(`${cpus().length} CPUs, ${cpus()[0]?.model ?? ''}; load ${loadavg()[0]?.toFixed(1) ?? ''} at the start`);
  allPorts();
  rates();
} finally {
  station.delete();
  target.delete();
  rmSync(folder, { recursive: true });
}

/** -sS -p-, one after the other in turns, so that both meet the same machine. */
function allPorts(): void {
  const found: Record<'nmap' | 'woshou', Measured[]> = { nmap: [], woshou: [] };
  for (let round = 0; round < rounds; round++) {
    found.nmap.push(measured('nmap', ['-n', '-sS', '-p-', TARGET]));
    found.woshou.push(measured(process.execPath, ours(['-sS', '-p-'])));
  }
  console.log(`\n-sS -p- of one host, start-up included, median of ${rounds}`);
  for (const [name, runs] of Object.entries(found)) {
    const wall = median(runs.map(({ wallS }) => wallS));
    const cpu = median(runs.map(({ cpuS }) => cpuS));
    console.log(`  ${name.padEnd(8)} ${wall.toFixed(2)} s, of CPU ${cpu.toFixed(2)} s`);
  }
  const ratios = found.woshou.map(({ wallS }, round) => wallS / (found.nmap[round]?.wallS ?? wallS));
  console.log(`  woshou / nmap, median of the rounds: ${median(ratios).toFixed(2)}`);
}

/** Probes per second of the scan itself: what the result says of its own time. */
function rates(): void {
  console.log('\n-T5 -p- of one host, probes per second from the first probe to the last answer');
  for (const kind of ['S', 'T', 'F', 'N', 'X', 'A', 'W', 'M']) {
    const file = join(folder, 'scan.json');
    const runs = Array.from({ length: Math.min(3, rounds) }, () => {
      measured(process.execPath, [...ours([`-s${kind}`, '-p-', '-T5']), '-oJ', file]);
      const { elapsedMs, counters } = JSON.parse(readFileSync(file, 'utf8')) as {
        elapsedMs: number;
        counters: { probes: number };
      };
      return (counters.probes / elapsedMs) * 1000;
    });
    console.log(`  -s${kind}  ${Math.round(median(runs)).toLocaleString('en')}/s`);
  }
}

function ours(args: readonly string[]): string[] {
  return [join(ROOT, 'dist', 'bin', 'woshou.js'), 'scan', ...args, TARGET, '-e', 'vs', '--address', '10.55.0.9/24'];
}

function measured(program: string, args: readonly string[]): Measured {
  const cpuBefore = childrenCpuS();
  const startMs = performance.now();
  const { status, stderr } = spawnSync('ip', ['netns', 'exec', station.name, program, ...args], { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')} failed: ${stderr}`);
  return { wallS: (performance.now() - startMs) / 1000, cpuS: childrenCpuS() - cpuBefore };
}

/** Seconds of CPU, user and system, of children that have ended (proc(5), fields 16 and 17, in hundredths of a second). */
function childrenCpuS(): number {
  const fields = readFileSync('/proc/self/stat', 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[13]) + Number(fields[14])) / 100;
}
