/**
 * A server under a SYN flood: ours behind a TUN device and the kernel's behind a veth, each in a namespace made for this, flooded from invented
 * addresses at several rates while curl asks for a page again and again. syn-sender.c keeps the rates, hping3 sends as fast as it can. Needs
 * root, a C compiler, hping3 and curl. `npm run bench:flood`; the name of a server as argument: only that one.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { cpus, loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { NetworkNamespace, namespaceObstacle, type RunningProgram } from '../../test/interop/namespace.ts';
import { optionsOf } from '../../tools/command-line.ts';

const USAGE = `usage: npm run bench:flood -- [woshou | kernel]
  the name of a server: only that one`;

const { only } = optionsOf(USAGE, () => {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { help: { type: 'boolean', default: false } },
  });
  const [only, ...others] = positionals;
  if (others.length > 0 || (only !== undefined && !['woshou', 'kernel'].includes(only)))
    throw new Error(`'${positionals.at(-1)}' is not known; say woshou or kernel`);
  return { ...values, only };
});

const obstacle = namespaceObstacle(['hping3', 'curl', 'cc']);
if (obstacle !== null) {
  console.log(`not measured: ${obstacle}`);
  process.exit(0);
}

/** SYNs per second; Infinity: as fast as hping3 can. */
const RATES: readonly (readonly [name: string, rate: number])[] = [
  ['no flood', 0],
  ['50k/s', 50_000],
  ['100k/s', 100_000],
  ['200k/s', 200_000],
  ['--flood', Number.POSITIVE_INFINITY],
];
/** The flood ends by itself if nobody ends it. */
const LONGEST_S = 120;
const VISITS = 20;
const PATIENCE_S = 2;

/** A page from the kernel's own TCP, as small as ours. */
const KERNEL_SERVER = `
require('node:http').createServer((request, response) => response.end('x'.repeat(1000))).listen(80, () => console.log('ready'));
process.stdin.on('end', () => process.exit()).resume();
`;

interface Place {
  readonly name: string;
  /** Where flood and visitors come from. */
  readonly from: NetworkNamespace;
  readonly address: string;
  /** Packets that came to the server, and those lost in the queue before it, so far. */
  arrived(): Counts;
}

interface Counts {
  readonly taken: number;
  readonly dropped: number;
}

console.log(`${cpus().length} CPUs, ${cpus()[0]?.model ?? ''}; load ${loadavg()[0]?.toFixed(1) ?? ''} at the start`);
console.log(`${VISITS} visits by curl, given up after ${PATIENCE_S} s\n`);
console.log('server   flood       sent/s    taken/s  lost in queue   served    median   95th percentile   load');
const folder = mkdtempSync(join(tmpdir(), 'woshou-flood-'));
const sender = join(folder, 'syn-sender');
execFileSync('cc', ['-O2', '-o', sender, join(import.meta.dirname, 'syn-sender.c')], { stdio: 'inherit' });
const ours = NetworkNamespace.create();
const kernel = NetworkNamespace.create();
const station = NetworkNamespace.create();
const programs: RunningProgram[] = [];
try {
  const serve = ours.startCli(['serve', '-q']);
  programs.push(serve);
  await serve.line(/ready/, 30_000);
  const device = /woshou\d+/.exec(ours.run('ip', ['-o', 'link']))?.[0] ?? 'woshou0';
  station.run('ip', ['link', 'add', 'vs', 'type', 'veth', 'peer', 'name', 'vt', 'netns', kernel.name]);
  kernel.run('ip', ['address', 'add', '10.55.0.1/24', 'dev', 'vt']);
  station.run('ip', ['address', 'add', '10.55.0.2/24', 'dev', 'vs']);
  kernel.run('ip', ['link', 'set', 'vt', 'up']);
  station.run('ip', ['link', 'set', 'vs', 'up']);
  // SYN-ACKs to invented addresses have a way to go, and end there.
  kernel.run('ip', ['route', 'add', 'default', 'via', '10.55.0.2']);
  kernel.run('sysctl', ['-qw', 'net.ipv4.conf.all.rp_filter=0', 'net.ipv4.conf.vt.rp_filter=0']);
  const server = kernel.start(process.execPath, ['-e', KERNEL_SERVER]);
  programs.push(server);
  await server.line(/ready/);
  const places: Place[] = [
    { name: 'woshou', from: ours, address: '10.9.0.2', arrived: () => packets(ours, device, 'tx') },
    { name: 'kernel', from: station, address: '10.55.0.1', arrived: () => packets(kernel, 'vt', 'rx') },
  ];
  const wanted = places.filter(({ name }) => [undefined, name].includes(only));
  for (const [name, rate] of RATES) for (const place of wanted) await measure(place, name, rate);
} finally {
  for (const program of programs) program.child.kill('SIGTERM');
  for (const namespace of [ours, kernel, station]) namespace.delete();
  rmSync(folder, { recursive: true });
}

function floodOf({ from, address }: Place, rate: number): RunningProgram | null {
  if (rate === 0) return null;
  if (Number.isFinite(rate)) return from.start(sender, [address, '80', String(rate), String(LONGEST_S)]);
  return from.start('hping3', ['-q', '-S', '-p', '80', '--rand-source', '--flood', address]);
}

async function measure(place: Place, name: string, rate: number): Promise<void> {
  const { from, address } = place;
  const flood = floodOf(place, rate);
  // The backlog fills before the first visit.
  await new Promise((resolve) => setTimeout(resolve, 500));
  const before = place.arrived();
  const startMs = performance.now();
  const times: number[] = [];
  for (let visit = 0; visit < VISITS; visit++) {
    const { code, stdout } = await from.exec(
      'curl',
      ['-s', '-o', '/dev/null', '-m', String(PATIENCE_S), '-w', '%{time_total}', `http://${address}/`],
      30_000,
    );
    if (code === 0) times.push(Number(stdout) * 1000);
  }
  const after = place.arrived();
  const seconds = (performance.now() - startMs) / 1000;
  const taken = after.taken - before.taken;
  const dropped = after.dropped - before.dropped;
  const [load = 0] = loadavg();
  flood?.kill();
  await flood?.ended;
  times.sort((a, b) => a - b);
  const at = (share: number): string => {
    const time = times[Math.min(times.length - 1, Math.floor(times.length * share))];
    return time === undefined ? '–' : `${time.toFixed(1)} ms`;
  };
  const row = [
    place.name.padEnd(8),
    name.padEnd(9),
    perSecond(taken + dropped, seconds),
    perSecond(taken, seconds),
    `${((100 * dropped) / Math.max(1, taken + dropped)).toFixed(1)} %`.padStart(13),
    `${times.length}/${VISITS}`.padStart(8),
    at(0.5).padStart(9),
    at(0.95).padStart(12),
    load.toFixed(1).padStart(10),
  ];
  console.log(row.join(' '));
}

function perSecond(count: number, seconds: number): string {
  return Math.round(count / seconds)
    .toLocaleString('en')
    .padStart(10);
}

function packets(namespace: NetworkNamespace, device: string, direction: 'rx' | 'tx'): Counts {
  const line = namespace
    .run('cat', ['/proc/net/dev'])
    .split('\n')
    .find((text) => text.trim().startsWith(`${device}:`));
  const fields = line?.split(':')[1]?.trim().split(/\s+/) ?? [];
  const first = direction === 'rx' ? 1 : 9;
  // Octets, packets, errors, dropped.
  return { taken: Number(fields[first] ?? 0), dropped: Number(fields[first + 2] ?? 0) };
}
