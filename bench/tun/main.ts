/**
 * `npm run bench:tun` (root, Linux): our stack on a TUN device with the kernel at the other end, beside what bounds it: a bare
 * responder on the same device, the kernel and Node over loopback, gVisor and lwIP where Debian's packages are. Everything in namespaces of its own;
 * rounds go through all servers in turn, each figure is the median. Bulk bytes are checked, every one. docs/guides/devices.md.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';
import { namespaceObstacle } from '../../test/interop/namespace.ts';
import { countOf, optionsOf } from '../../tools/command-line.ts';
import {
  buildTools,
  devicePlace,
  kernelPlace,
  nodePlace,
  type Place,
  peerPlace,
  serveCommandPlace,
  type Tools,
} from './places.ts';
import { type Measurement, report } from './report.ts';
import { measure, WORKS, type Work } from './works.ts';

const GROUPS: readonly string[] = [...new Set(WORKS.map(({ group }) => group))];

const USAGE = `usage: npm run bench:tun -- [options]
  --runs N       how often each figure is taken (5)
  --seconds N    how long it is taken (1)
  --only A,B...  only these works: ${GROUPS.join(' ')}
  --no-save      leave bench/tun.md and its companions as they are`;

const { runs, seconds, only, isKept } = optionsOf(USAGE, () => {
  const { values } = parseArgs({
    options: {
      runs: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '1' },
      only: { type: 'string', default: GROUPS.join() },
      'no-save': { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  const only = values.only.split(',');
  for (const name of only)
    if (!GROUPS.includes(name)) throw new Error(`--only ${name} is not known; there are ${GROUPS.join(', ')}`);
  return {
    help: values.help,
    runs: countOf('runs', values.runs),
    seconds: countOf('seconds', values.seconds),
    only,
    isKept: !values['no-save'],
  };
});

/** V8 has compiled what an HTTP server runs only after some ten thousand requests. */
const WARM_UP_SECONDS = 3;

/** The servers by name, and how to start them. */
function starters(tools: Tools): Map<string, () => Promise<Place>> {
  const device = (program: string, options: Readonly<Record<string, unknown>>) => (): Promise<Place> =>
    devicePlace(program, options);
  const made = new Map<string, () => Promise<Place>>([
    ['woshou', device('stack-side', { mtu: 1500, offload: true, driver: 'koffi' })],
    ['woshou, addon', device('stack-side', { mtu: 1500, offload: true, driver: 'addon' })],
    ['woshou, blocked in poll', device('stack-side', { mtu: 1500, offload: true, driver: 'block' })],
    ['woshou, plain', device('stack-side', { mtu: 1500, offload: 'software', driver: 'koffi' })],
    ['woshou, plain, addon', device('stack-side', { mtu: 1500, offload: 'software', driver: 'addon' })],
    ['woshou, plain, no segments', device('stack-side', { mtu: 1500, offload: false, driver: 'koffi' })],
    ['bare device', device('bare-responder', { mtu: 1500, offload: true })],
    ['bare device, plain', device('bare-responder', { mtu: 1500, offload: false })],
    ['woshou, two queues', device('queue-side', { mtu: 1500, queues: 2 })],
    ['woshou, one queue', device('queue-side', { mtu: 1500, queues: 1 })],
    ['woshou/web', device('stack-side', { mtu: 1500, offload: true, driver: 'koffi' })],
    ['woshou/net', device('stack-side', { mtu: 1500, offload: true, driver: 'koffi', site: 'net' })],
    ['woshou serve', serveCommandPlace],
    ['kernel, loopback', () => kernelPlace(tools)],
    ['Node net, loopback', nodePlace],
  ]);
  const { gvisor, lwip } = tools;
  if (gvisor !== null) made.set('gVisor', () => peerPlace(gvisor));
  if (lwip !== null) made.set('lwIP', () => peerPlace(lwip));
  return made;
}

async function main(): Promise<void> {
  const obstacle = namespaceObstacle();
  if (obstacle !== null) throw new Error(`bench:tun needs namespaces: ${obstacle}`);
  const works = WORKS.filter(({ group }) => only.includes(group));
  const missing = missingPrograms(works);
  if (missing.length > 0)
    throw new Error(`bench:tun needs ${missing.join(' and ')}: install it, or leave its work out with --only`);
  const tools = await buildTools();
  const places = new Map<string, Place>();
  try {
    const measurements = await run(tools, places, works);
    report(measurements, { runs, seconds, isKept });
  } finally {
    for (const place of places.values()) await place.end();
    tools.release();
  }
}

/** Said before an hour of other work, not after it. */
function missingPrograms(works: readonly Work[]): string[] {
  const clients = new Set(works.map(({ client: [mode] }) => mode));
  return (['wrk', 'ping'] as const).filter(
    (program) => clients.has(program) && spawnSync('which', [program]).status !== 0,
  );
}

async function run(tools: Tools, places: Map<string, Place>, works: readonly Work[]): Promise<Measurement[]> {
  const needed = new Set(works.flatMap(({ servers }) => servers));
  for (const [name, start] of starters(tools)) {
    if (!needed.has(name)) continue;
    process.stderr.write(`starting ${name}\n`);
    try {
      places.set(name, await start());
    } catch (error) {
      // An addon that was not built, say: the others are measured all the same.
      process.stderr.write(
        `${name} is left out: ${error instanceof Error ? error.message.split('\n')[0] : String(error)}\n`,
      );
    }
  }
  const measurements: Measurement[] = works.flatMap((work) =>
    work.servers
      .filter((server) => places.has(server))
      .map((server) => ({ work, server, values: [] as number[], perCpu: [] as number[] })),
  );
  // The first round warms up: its figures are thrown away.
  for (let round = 0; round <= runs; round++) {
    for (const measurement of measurements) {
      const place = places.get(measurement.server);
      if (place === undefined) continue;
      const forSeconds = round === 0 ? Math.max(seconds, WARM_UP_SECONDS) : seconds;
      const { value, perCpu } = await measure(tools, place, measurement.work, measurement.server, forSeconds);
      process.stderr.write(`round ${round}: ${measurement.work.title}, ${measurement.server}: ${Math.round(value)}\n`);
      if (round === 0) continue;
      measurement.values.push(value);
      measurement.perCpu.push(perCpu);
    }
  }
  return measurements;
}

// Also then, namespaces and servers go.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
await main();
