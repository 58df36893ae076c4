/** What is measured, and with which client. */
import type { Place, Tools } from './places.ts';

export interface Work {
  readonly group: 'bulk' | 'queues' | 'round-trips' | 'connects' | 'http' | 'ping';
  readonly title: string;
  readonly unit: 'bit/s' | '1/s';
  /** Servers by name, ours first. */
  readonly servers: readonly string[];
  /** What ours should reach on a good machine, by server; in words where it is something else than the median. */
  readonly goals: Readonly<Record<string, number | string>>;
  /** The client's mode and number of clients; `wrk` and `ping` have their own. */
  readonly client: readonly [mode: 'up' | 'down' | 'pingpong' | 'conn' | 'wrk' | 'ping', clients: number];
  /** Of HTTP; default port 80 and `/`. */
  readonly port?: number;
  readonly path?: string;
}

const OURS = ['woshou', 'woshou, addon'];
const PLAIN_SERVERS = [
  'woshou, plain',
  'woshou, plain, addon',
  'woshou, plain, no segments',
  'bare device, plain',
  'gVisor',
  'lwIP',
];
/** So many that none of two queues is left without. */
const QUEUE_CLIENTS = 8;
const BOUNDS = ['kernel, loopback', 'Node net, loopback'];

export const WORKS: readonly Work[] = [
  {
    group: 'bulk',
    title: 'kernel to stack, TSO',
    unit: 'bit/s',
    servers: [...OURS, 'bare device', ...BOUNDS],
    goals: { woshou: 30e9, 'woshou, addon': 30e9 },
    client: ['up', 1],
  },
  {
    group: 'bulk',
    title: 'stack to kernel, TSO',
    unit: 'bit/s',
    servers: [...OURS, 'bare device', ...BOUNDS],
    goals: { woshou: 30e9, 'woshou, addon': 45e9 },
    client: ['down', 1],
  },
  {
    group: 'bulk',
    title: 'kernel to stack, plain MTU 1500',
    unit: 'bit/s',
    servers: PLAIN_SERVERS,
    goals: { 'woshou, plain': 8e9 },
    client: ['up', 1],
  },
  {
    group: 'bulk',
    title: 'stack to kernel, plain MTU 1500',
    unit: 'bit/s',
    servers: PLAIN_SERVERS,
    goals: { 'woshou, plain': 5e9 },
    client: ['down', 1],
  },
  ...(['up', 'down'] as const).map(
    (mode): Work => ({
      group: 'queues',
      title: `${mode === 'up' ? 'kernel to stack' : 'stack to kernel'}, TSO, ${QUEUE_CLIENTS} connections, queues`,
      unit: 'bit/s',
      servers: ['woshou, two queues', 'woshou, one queue', 'bare device'],
      goals: { 'woshou, two queues': '2 Gbit/s per CPU second of each queue' },
      client: [mode, QUEUE_CLIENTS],
    }),
  ),
  {
    group: 'round-trips',
    title: '1-byte round trips',
    unit: '1/s',
    servers: [...OURS, 'woshou, blocked in poll', 'bare device', ...BOUNDS, 'gVisor', 'lwIP'],
    goals: { woshou: 60e3, 'woshou, addon': 90e3, 'woshou, blocked in poll': 100e3 },
    client: ['pingpong', 1],
  },
  {
    group: 'ping',
    title: 'ping -f',
    unit: '1/s',
    servers: [...OURS, 'woshou, blocked in poll', 'kernel, loopback', 'gVisor', 'lwIP'],
    goals: {},
    client: ['ping', 1],
  },
  {
    group: 'connects',
    title: 'connect and close, one client',
    unit: '1/s',
    servers: [...OURS, ...BOUNDS, 'gVisor', 'lwIP'],
    goals: { woshou: 25e3, 'woshou, addon': 25e3 },
    client: ['conn', 1],
  },
  {
    group: 'connects',
    title: 'connect and close, eight clients',
    unit: '1/s',
    servers: [...OURS, ...BOUNDS, 'gVisor', 'lwIP'],
    goals: { woshou: 40e3, 'woshou, addon': 40e3 },
    client: ['conn', 8],
  },
  {
    group: 'http',
    title: 'HTTP requests, node:http',
    unit: '1/s',
    servers: [...OURS, 'Node net, loopback'],
    goals: {},
    client: ['wrk', 16],
    port: 80,
  },
  {
    group: 'http',
    title: 'HTTP requests, bare sockets',
    unit: '1/s',
    servers: OURS,
    goals: {},
    client: ['wrk', 16],
    port: 81,
  },
  {
    group: 'http',
    title: 'HTTP requests, body of 1 KB, 64 connections',
    unit: '1/s',
    // `woshou serve` and `woshou/web` are servers of ours, the other two node:http.
    servers: ['woshou serve', 'woshou/web', 'woshou/net', 'Node net, loopback'],
    goals: { 'woshou serve': '1.5 times Node net', 'woshou/web': '1.5 times Node net' },
    client: ['wrk', 64],
    port: 83,
    path: '/bytes/1024',
  },
];

/**
 * Runs the client once; `perCpu` is the value by a second of the server's CPU time, with several queues that of the queue with least.
 * @throws Error when a byte was wrong or the client failed
 */
export async function measure(
  tools: Tools,
  place: Place,
  work: Work,
  server: string,
  seconds: number,
): Promise<{ value: number; perCpu: number }> {
  const queuesBefore = await place.queues();
  const before = place.cpuUs();
  const value = await client(tools, place, work, server, seconds);
  const cpuSeconds = (place.cpuUs() - before) / 1e6;
  const queues = await place.queues();
  if (queues.length === 0) return { value, perCpu: (value * seconds) / cpuSeconds };
  const each = queues.map(({ bytes, cpuUs }, index) => {
    const then = queuesBefore[index] ?? { bytes: 0, cpuUs: 0 };
    return ((bytes - then.bytes) * 8e6) / (cpuUs - then.cpuUs);
  });
  return { value, perCpu: Math.min(...each) };
}

async function client(tools: Tools, place: Place, work: Work, server: string, seconds: number): Promise<number> {
  const [mode, clients] = work.client;
  const { namespace, address } = place;
  const timeoutMs = seconds * 1000 + 30_000;
  const run = async (program: string, args: readonly string[]): Promise<string> => {
    const { code, stdout, stderr } = await namespace.exec(program, args, timeoutMs);
    if (code !== 0) throw new Error(`${work.title}, ${server}: ${program} failed\n${stdout}\n${stderr}`);
    return stdout;
  };
  if (mode === 'wrk') {
    const url = `http://${address}:${work.port ?? 80}${work.path ?? '/'}`;
    const text = await run('wrk', ['-t1', `-c${clients}`, `-d${Math.ceil(seconds)}s`, url]);
    if (/Non-2xx|Socket errors/.test(text)) throw new Error(`${work.title}, ${server}:\n${text}`);
    return Number(/Requests\/sec:\s*([\d.]+)/.exec(text)?.[1]);
  }
  if (mode === 'ping') {
    const text = await run('ping', ['-q', '-n', '-f', '-w', String(Math.ceil(seconds)), address]);
    const [, received, ms] = /(\d+) received.*time (\d+)ms/.exec(text) ?? [];
    return (Number(received) * 1000) / Number(ms);
  }
  const trust = server === 'gVisor' || server === 'lwIP' ? 'trust' : 'verify';
  // The bare responder knows one connection at a time.
  const count = server.startsWith('bare device') ? 1 : clients;
  return Number(await run(tools.peer, ['client', address, '9000', mode, String(seconds), String(count), trust]));
}
