/**
 * Network namespaces for tests: one's own interfaces, addresses and routing, so that nothing on the machine is touched.
 * A program that opens a TUN device is run inside, and the kernel's side of the device exists only there.
 * Everything is removed at the end, also after a failure; what a killed run left behind is removed by the next.
 */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { closeSync, existsSync, openSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** What a program did. */
export interface RunResult {
  /** Exit code, or -1 when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A program that is still running. */
export interface RunningProgram {
  readonly child: ChildProcess;
  /** Everything it wrote so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the line when one that matches has been written. Rejects at the program's end or after the time. */
  line(pattern: RegExp, timeoutMs?: number): Promise<string>;
  /** Resolves at the program's end. */
  readonly ended: Promise<RunResult>;
  /** Ends its standard input: our fixtures then close and end by themselves. */
  finish(): Promise<RunResult>;
  /** SIGKILL. */
  kill(): void;
}

const ROOT = join(import.meta.dirname, '..', '..');
const PREFIX = 'woshou-';
const living = new Set<NetworkNamespace>();
let counter = 0;

/**
 * Why this machine cannot run tests in namespaces, or null when it can. Also removes what killed runs left behind.
 * @param needs commands that must be installed besides `ip`.
 */
export function namespaceObstacle(needs: readonly string[] = []): string | null {
  if (process.platform !== 'linux') return `namespaces need Linux, this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'namespaces need root: run as root or with sudo';
  for (const command of ['ip', ...needs]) if (!hasCommand(command)) return `the command ${command} is not installed`;
  if (!existsSync('/dev/net/tun')) return '/dev/net/tun is missing: modprobe tun, or --device /dev/net/tun';
  try {
    closeSync(openSync('/dev/net/tun', 'r+'));
    createRequire(import.meta.url).resolve('koffi');
    removeLeftovers();
    const probe = NetworkNamespace.create();
    probe.delete();
  } catch (error) {
    return `no namespace could be made: ${error instanceof Error ? error.message.trim() : String(error)}`;
  }
  return null;
}

/** Whether a command is found on the path. */
export function hasCommand(command: string): boolean {
  return (process.env.PATH ?? '').split(':').some((folder) => existsSync(join(folder, command)));
}

/** A namespace with loopback up. */
export class NetworkNamespace {
  readonly name: string;
  private readonly programs = new Set<RunningProgram>();
  private isDeleted = false;

  private constructor(name: string) {
    this.name = name;
  }

  /** Makes a namespace named after this process. */
  static create(): NetworkNamespace {
    const name = `${PREFIX}${process.pid}-${counter++}`;
    command('ip', ['netns', 'add', name]);
    const namespace = new NetworkNamespace(name);
    if (living.size === 0) process.once('exit', deleteAll);
    living.add(namespace);
    try {
      namespace.run('ip', ['link', 'set', 'lo', 'up']);
    } catch (error) {
      namespace.delete();
      throw error;
    }
    return namespace;
  }

  /** Makes a namespace for the length of `use` and removes it whatever happens. */
  static async with<T>(use: (namespace: NetworkNamespace) => Promise<T>): Promise<T> {
    const namespace = NetworkNamespace.create();
    try {
      return await use(namespace);
    } finally {
      namespace.delete();
    }
  }

  /** Runs a command inside to its end and returns its output; throws when it fails. For short set-up commands. */
  run(program: string, args: readonly string[]): string {
    return command('ip', ['netns', 'exec', this.name, program, ...args]);
  }

  /** Starts a command inside. */
  start(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningProgram {
    const child = spawn('ip', ['netns', 'exec', this.name, program, ...args], {
      cwd: ROOT,
      env: { ...process.env, ...env },
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    const running = watchProgram(child, `${program} ${args.join(' ')}`);
    this.programs.add(running);
    running.ended.finally(() => this.programs.delete(running));
    return running;
  }

  /** As `start`, for a TypeScript program of this repository (path from the root), through scripts/ts.mjs. */
  startScript(path: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): RunningProgram {
    return this.start(process.execPath, [join(ROOT, 'scripts', 'ts.mjs'), join(ROOT, path), ...args], env);
  }

  /** As `start`, for our own command line as built (dist/bin/woshou.js). */
  startCli(args: readonly string[], env: NodeJS.ProcessEnv = {}): RunningProgram {
    return this.start(process.execPath, [join(ROOT, 'dist', 'bin', 'woshou.js'), ...args], env);
  }

  /** Starts a command and resolves at its end; rejects when it takes longer than `timeoutMs` (it is killed). */
  async exec(program: string, args: readonly string[], timeoutMs = 30_000): Promise<RunResult> {
    const running = this.start(program, args);
    running.child.stdin?.end();
    let isLate = false;
    const timer = setTimeout(() => {
      isLate = true;
      running.kill();
    }, timeoutMs);
    const result = await running.ended;
    clearTimeout(timer);
    if (isLate) throw new Error(`${program} took longer than ${timeoutMs} ms\n${result.stdout}\n${result.stderr}`);
    return result;
  }

  /**
   * Gives an interface an address of the kernel's, such as `fd00:9::1/64`, and waits until packets to it are taken: of an IPv6
   * address the kernel's routing learns only later, in a work queue.
   */
  async addAddress(address: string, device: string): Promise<void> {
    const isIpv6 = address.includes(':');
    this.run('ip', ['address', 'add', address, 'dev', device, ...(isIpv6 ? ['nodad'] : [])]);
    this.run('ip', ['link', 'set', device, 'up']);
    const host = address.split('/')[0] ?? '';
    for (let turn = 0; turn < 500 && isIpv6; turn++) {
      if ((await this.exec('ip', ['-6', 'route', 'get', host])).stdout.startsWith('local ')) return;
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    if (isIpv6) throw new Error(`${address} on ${device} is still not known to the routing`);
  }

  /** Resolves when a program of the kernel's sockets listens on a TCP port; rejects when none does in time. */
  async untilListening(port: number, timeoutMs = 20_000): Promise<void> {
    for (const endMs = Date.now() + timeoutMs; this.run('ss', ['-Htln', `sport = :${port}`]) === ''; ) {
      if (Date.now() > endMs) throw new Error(`nothing listens on port ${port} after ${timeoutMs} ms`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  /** Kills what still runs inside and removes the namespace with all its interfaces. */
  delete(): void {
    if (this.isDeleted) return;
    this.isDeleted = true;
    living.delete(this);
    for (const running of this.programs) running.kill();
    deleteNamespace(this.name);
  }
}

function watchProgram(child: ChildProcess, title: string): RunningProgram {
  const output = { stdout: '', stderr: '' };
  const listeners = new Set<() => void>();
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]?.setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
      for (const listener of listeners) listener();
    });
  }
  // A program may end before we write to it.
  child.stdin?.on('error', () => {});
  const ended = new Promise<RunResult>((resolve) => {
    child.once('error', (error) => resolve({ code: -1, stdout: output.stdout, stderr: error.message }));
    child.once('close', (code) => resolve({ code: code ?? -1, ...output }));
  });
  return {
    child,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    line: (pattern, timeoutMs = 20_000) => waitForLine(title, pattern, timeoutMs, output, listeners, ended),
    ended,
    finish: () => {
      child.stdin?.end();
      return ended;
    },
    kill: () => child.kill('SIGKILL'),
  };
}

function waitForLine(
  title: string,
  pattern: RegExp,
  timeoutMs: number,
  output: { readonly stdout: string; readonly stderr: string },
  listeners: Set<() => void>,
  ended: Promise<RunResult>,
): Promise<string> {
  return new Promise((resolve, reject) => {
    const finish = (settle: () => void): void => {
      clearTimeout(timer);
      listeners.delete(look);
      settle();
    };
    const fail = (why: string): void =>
      finish(() => reject(new Error(`${title}: ${why} before ${pattern}\n${output.stdout}\n${output.stderr}`)));
    // The last piece is no line yet: what is still to come belongs to it.
    const look = (): void => {
      const found = output.stdout
        .split('\n')
        .slice(0, -1)
        .find((line) => pattern.test(line));
      if (found !== undefined) finish(() => resolve(found));
    };
    const timer = setTimeout(() => fail(`${timeoutMs} ms passed`), timeoutMs);
    listeners.add(look);
    ended.then(() => fail('the program ended'));
    look();
  });
}

function command(program: string, args: readonly string[]): string {
  return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'], timeout: 20_000 });
}

function deleteAll(): void {
  for (const namespace of living) namespace.delete();
}

function deleteNamespace(name: string): void {
  try {
    // A namespace lives on, nameless, for as long as a process is in it.
    for (const pid of command('ip', ['netns', 'pids', name]).split('\n')) {
      if (pid !== '') process.kill(Number(pid), 'SIGKILL');
    }
  } catch {
    // Ended by itself in between.
  }
  command('ip', ['netns', 'delete', name]);
}

function removeLeftovers(): void {
  for (const line of command('ip', ['netns', 'list']).split('\n')) {
    const found = /^(woshou-(\d+)-\d+)\b/.exec(line);
    if (found?.[1] !== undefined && !existsSync(`/proc/${found[2]}`)) deleteNamespace(found[1]);
  }
}
