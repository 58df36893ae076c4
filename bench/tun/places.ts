/** Where a measurement's server runs: our stack, the bare device, Node's net, the kernel, gVisor, lwIP; each in a namespace of its own. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { addonPath } from '../../src/node/addon.ts';
import { buildAddon } from '../../src/node/addon-build.ts';
import { hasCommand, NetworkNamespace, type RunningProgram } from '../../test/interop/namespace.ts';
import { type Built, buildGvisor, buildLwip } from '../../test/interop/peers/build.ts';
import type { QueueUse } from './queue-use.ts';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const OURS = '10.9.0.2';
const NO_ADDON = { WOSHOU_ADDON: '0' };

/** A server and the namespace a client reaches it from. */
export interface Place {
  readonly namespace: NetworkNamespace;
  readonly address: string;
  /** CPU microseconds of the server's process so far. */
  cpuUs(): number;
  /** What each of its queues did so far; empty where it has one only. */
  queues(): Promise<readonly QueueUse[]>;
  /** Ends the server and the namespace; what it said at the end. */
  end(): Promise<string>;
}

/** What was compiled for this run; gone when `release` is called. */
export interface Tools {
  readonly peer: string;
  /** null: not to be had here. */
  readonly gvisor: string | null;
  readonly lwip: string | null;
  release(): void;
}

/** @throws Error that says what is missing. */
export async function buildTools(): Promise<Tools> {
  if (!hasCommand('cc'))
    throw new Error('the client is compiled first: install a C compiler (apt-get install gcc libc6-dev)');
  const folder = mkdtempSync(join(tmpdir(), 'woshou-bench-'));
  const peer = join(folder, 'kernel-peer');
  execFileSync('cc', ['-O2', '-pthread', '-o', peer, join(HERE, 'kernel-peer.c')], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const addon = existsSync(addonPath()) ? null : await buildAddon().catch(() => null);
  const programOf = (built: Built): string | null => ('program' in built ? built.program : null);
  const [gvisor, lwip] = [buildGvisor(folder), buildLwip(folder)].map(programOf);
  return {
    peer,
    gvisor: gvisor ?? null,
    lwip: lwip ?? null,
    release: () => {
      rmSync(folder, { recursive: true, force: true });
      // Devices would use it from then on.
      if (addon !== null) rmSync(addon);
    },
  };
}

/** A program of ours on a TUN device. @throws Error when it is to use the addon and there is none */
export async function devicePlace(program: string, options: Readonly<Record<string, unknown>>): Promise<Place> {
  const usesAddon = options.driver === 'addon';
  if (usesAddon && !existsSync(addonPath())) throw new Error('the addon could not be built');
  const namespace = prepared();
  const env = usesAddon ? {} : NO_ADDON;
  const server = namespace.startScript(`bench/tun/${program}.ts`, [JSON.stringify(options)], env);
  await server.line(/^ready/, 60_000);
  // More than a window of single packets: what is measured is not how losses are repaired.
  namespace.run('ip', ['link', 'set', 'ws0', 'txqueuelen', '5000']);
  const made = place(namespace, OURS, server);
  return program === 'queue-side' ? { ...made, queues: queuesOf(server) } : made;
}

/** `woshou serve` as it was built, on port 83. */
export async function serveCommandPlace(): Promise<Place> {
  const namespace = prepared();
  const server = namespace.startCli(['serve', '--quiet', '--tun', 'ws0', '--port', '83'], NO_ADDON);
  await server.line(/^(ready|就绪)/, 60_000);
  namespace.run('ip', ['link', 'set', 'ws0', 'txqueuelen', '5000']);
  return { ...place(namespace, OURS, server), end: () => ended(namespace, server, 'SIGTERM') };
}

/** The same server on kernel sockets, over loopback. */
export async function kernelPlace(tools: Tools): Promise<Place> {
  const namespace = prepared();
  const server = namespace.start(tools.peer, ['server', '9000']);
  await server.line(/^ready/);
  return { ...place(namespace, '127.0.0.1', server), end: () => ended(namespace, server, 'SIGKILL') };
}

/** Node's own net and HTTP, over loopback. */
export async function nodePlace(): Promise<Place> {
  const namespace = prepared();
  const server = namespace.startScript('bench/tun/node-side.ts');
  await server.line(/^ready/, 60_000);
  return place(namespace, '127.0.0.1', server);
}

/** gVisor's or lwIP's stack behind a TUN device. */
export async function peerPlace(binary: string): Promise<Place> {
  const namespace = prepared();
  namespace.run('ip', ['tuntap', 'add', 'dev', 'ws0', 'mode', 'tun']);
  namespace.run('ip', ['address', 'add', '10.9.0.1/24', 'dev', 'ws0']);
  namespace.run('ip', ['link', 'set', 'ws0', 'up']);
  const server = namespace.start(binary, ['tun', 'ws0', OURS]);
  await server.line(/^ready/);
  return { ...place(namespace, OURS, server), end: () => ended(namespace, server, 'SIGKILL') };
}

function prepared(): NetworkNamespace {
  const namespace = NetworkNamespace.create();
  // A client that connects and closes without end must not run out of ports.
  for (const setting of [
    'ipv4.tcp_max_tw_buckets=0',
    'ipv4.ip_local_port_range=1024 65000',
    'ipv4.ping_group_range=0 0',
  ]) {
    const [name = '', value = ''] = setting.split('=');
    const path = `/proc/sys/net/${name.replaceAll('.', '/')}`;
    namespace.run('sh', ['-c', `echo ${value} > ${path}`]);
  }
  return namespace;
}

/** Of a program that ends with its input. */
function place(namespace: NetworkNamespace, address: string, server: RunningProgram): Place {
  return {
    namespace,
    address,
    cpuUs: () => cpuUsOf(server.child.pid ?? 0),
    queues: async () => [],
    end: () => ended(namespace, server, null),
  };
}

/** Asks queue-side.ts. */
function queuesOf(server: RunningProgram): Place['queues'] {
  let asked = 0;
  return async () => {
    asked++;
    server.child.stdin?.write('how much\n');
    const line = await server.line(new RegExp(`^answer ${asked} `));
    return JSON.parse(line.slice(line.indexOf(' ', 'answer '.length))) as QueueUse[];
  };
}

/** CPU time of a process, user's and system's (proc(5), stat: fields 14 and 15, hundredths of a second). */
function cpuUsOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) * 10_000;
}

/** @param signal null: the end of its input ends it */
async function ended(
  namespace: NetworkNamespace,
  server: RunningProgram,
  signal: 'SIGTERM' | 'SIGKILL' | null,
): Promise<string> {
  const timer = setTimeout(() => server.kill(), 5000);
  if (signal !== null) server.child.kill(signal);
  const { stdout, stderr } = await server.finish();
  clearTimeout(timer);
  namespace.delete();
  if (stderr !== '') process.stderr.write(stderr);
  return stdout.trim().split('\n').at(-1) ?? '';
}
