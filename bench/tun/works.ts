/** What is measured, and with which client. */
import type { Place, Tools } from './places.ts';

export interface Work {
  readonly group: 'bulk' | 'round-trips' | 'connects' | 'http' | 'ping';
  readonly title: string;
  readonly unit: 'bit/s' | '1/s';
  /** Servers by name, ours first. */
  readonly servers: readonly string[];
  /** What ours should reach on a good machine, by server. */
  readonly goals: Readonly<Record<string, number>>;
  /** The client's mode and number of clients; `wrk` and `ping` have their own. */
  readonly client: readonly [mode: 'up' | 'down' | 'pingpong' | 'conn' | 'wrk' | 'ping', clients: number];
  /** The port of HTTP. */
  readonly port?: number;
}

const OURS = ['woshou', 'woshou, addon'];
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
    servers: ['woshou, plain', 'woshou, plain, no segments', 'bare device, plain', 'gVisor', 'lwIP'],
    goals: { 'woshou, plain': 8e9 },
    client: ['up', 1],
  },
  {
    group: 'bulk',
    title: 'stack to kernel, plain MTU 1500',
    unit: 'bit/s',
    servers: ['woshou, plain', 'woshou, plain, no segments', 'bare device, plain', 'gVisor', 'lwIP'],
    goals: { 'woshou, plain': 5e9 },
    client: ['down', 1],
  },
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
];

/** Runs the client once. @throws Error when a byte was wrong or the client failed. */
export async function measure(
  tools: Tools,
  place: Place,
  work: Work,
  server: string,
  seconds: number,
): Promise<{ value: number; cpuSeconds: number }> {
  const before = await place.cpuUs();
  const value = await client(tools, place, work, server, seconds);
  return { value, cpuSeconds: ((await place.cpuUs()) - before) / 1e6 };
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
    const url = `http://${address}:${work.port ?? 80}/`;
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
  return Number(await run(tools.peer, ['client', address, '9000', mode, String(seconds), String(clients), trust]));
}
