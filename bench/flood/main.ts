/**
 * A server under a SYN flood: ours behind a TUN device and the kernel's behind a veth, each in a namespace made for this, flooded by hping3
 * from invented addresses at several rates while curl asks for a page again and again. Needs root, hping3 and curl. `npm run bench:flood`.
 */
import { cpus, loadavg } from 'node:os';
import { NetworkNamespace, namespaceObstacle, type RunningProgram } from '../../test/interop/namespace.ts';

const obstacle = namespaceObstacle(['hping3', 'curl']);
if (obstacle !== null) {
  console.log(`not measured: ${obstacle}`);
  process.exit(0);
}

/** hping3's pauses between two packets, and what rate they are meant to give. */
const RATES: readonly (readonly [name: string, args: readonly string[] | null])[] = [
  ['no flood', null],
  ['50k/s', ['-i', 'u20']],
  ['100k/s', ['-i', 'u10']],
  ['200k/s', ['-i', 'u5']],
  ['--flood', ['--flood']],
];
const VISITS = 20;
const PATIENCE_S = 2;

/** A page from the kernel's own TCP, as small as ours. */
const KERNEL_SERVER = `
require('node:http').createServer((request, response) => response.end('x'.repeat(1000))).listen(80, () => console.log('ready'));
process.stdin.on('end', () => process.exit()).resume();
`;

interface Place {
  readonly name: string;
  /** Where flood and visitors come from, and whose counter tells what arrives. */
  readonly from: NetworkNamespace;
  readonly address: string;
  arrived(): number;
}

console.log(`${cpus().length} CPUs, ${cpus()[0]?.model ?? ''}; load ${loadavg()[0]?.toFixed(1) ?? ''} at the start`);
console.log(`${VISITS} visits by curl, given up after ${PATIENCE_S} s\n`);
console.log('server   flood      arrived/s   served   median      95th percentile');
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
  for (const [name, args] of RATES) for (const place of places) await measure(place, name, args);
} finally {
  for (const program of programs) program.child.kill('SIGTERM');
  for (const namespace of [ours, kernel, station]) namespace.delete();
}

async function measure(place: Place, name: string, args: readonly string[] | null): Promise<void> {
  const { from, address } = place;
  const flood =
    args === null ? null : from.start('hping3', ['-q', '-S', '-p', '80', '--rand-source', ...args, address]);
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
  const perSecond = ((place.arrived() - before) / (performance.now() - startMs)) * 1000;
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
    Math.round(perSecond).toLocaleString('en').padStart(10),
    `${times.length}/${VISITS}`.padStart(8),
    at(0.5).padStart(9),
    at(0.95).padStart(12),
  ];
  console.log(row.join(' '));
}

function packets(namespace: NetworkNamespace, device: string, direction: 'rx' | 'tx'): number {
  const line = namespace
    .run('cat', ['/proc/net/dev'])
    .split('\n')
    .find((text) => text.trim().startsWith(`${device}:`));
  const fields = line?.split(':')[1]?.trim().split(/\s+/) ?? [];
  return Number(fields[direction === 'rx' ? 1 : 9] ?? 0);
}
