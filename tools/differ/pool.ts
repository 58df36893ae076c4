/** Worker processes that play scripts against the kernel, several at once: they mostly wait. */
import { type ChildProcess, fork, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { rolldown } from 'rolldown';
import type { Difference } from './judge.ts';
import type { Plan } from './plan.ts';
import type { Answer, Order } from './worker.ts';

/**
 * It mostly sleeps, and must wake in time: before everything else that runs, where that can be asked for. One that goes round in
 * circles would leave nothing to anybody else: the system ends it after two seconds without a sleep.
 */
const AT_ONCE_COMMAND = ['--rttime=2000000', 'chrt', '-f', '5'];
const AT_ONCE =
  spawnSync('prlimit', [...AT_ONCE_COMMAND, 'true']).status === 0
    ? { execPath: 'prlimit', execArgv: [...AT_ONCE_COMMAND, process.execPath] }
    : {};

/** An input that came later than this makes a recording worthless. */
const LATE_US = 8000;
const TRIES_MAX = 3;

type Unnumbered = { readonly what: 'record'; readonly plan: Plan } | { readonly what: 'play'; readonly text: string };

export type Recording = { readonly text: string; readonly why: '' } | { readonly text: null; readonly why: string };

interface Job {
  readonly order: Order;
  readonly resolve: (answer: Answer) => void;
}

export class Pool {
  private readonly idle: ChildProcess[] = [];
  private readonly all: ChildProcess[] = [];
  private readonly waiting: Job[] = [];
  private readonly atWork = new Map<ChildProcess, Job>();
  private nextId = 1;
  private hasEnded = false;
  private readonly bundle: string;

  private constructor(bundle: string) {
    this.bundle = bundle;
  }

  /** @param count processes */
  static async start(root: string, count: number): Promise<Pool> {
    const file = join(root, '.cache', `differ-${process.pid}`, 'worker.mjs');
    const bundle = await rolldown({
      input: join(root, 'tools/differ/worker.ts'),
      cwd: root,
      platform: 'node',
      external: (id) => !id.startsWith('.') && !id.startsWith('/'),
      checks: { pluginTimings: false },
    });
    await bundle.write({ file, format: 'esm', codeSplitting: false });
    await bundle.close();
    const pool = new Pool(file);
    for (let left = count; left > 0; left--) pool.add();
    return pool;
  }

  end(): void {
    this.hasEnded = true;
    for (const child of this.all) child.kill();
  }

  /** The script of what the kernel did, or why there is none: the plan cannot be played, or the machine was too busy. */
  async record(plan: Plan): Promise<Recording> {
    for (let left = TRIES_MAX; left > 0; left--) {
      const { text, latestUs, error } = await this.run({ what: 'record', plan });
      if (text === null) return { text, why: error ?? 'no script' };
      if (latestUs <= LATE_US) return { text, why: '' };
    }
    return { text: null, why: 'the machine is too busy' };
  }

  /** Whether the kernel does once more what the script says: null if so. */
  async play(text: string): Promise<Difference | null> {
    const { difference, error } = await this.run({ what: 'play', text });
    return error === null ? difference : { kind: error, lines: [], line: 0 };
  }

  private run(what: Unnumbered): Promise<Answer> {
    const order = { ...what, id: this.nextId++ };
    return new Promise((resolve) => {
      this.waiting.push({ order, resolve });
      this.hand();
    });
  }

  private add(): void {
    const child = fork(this.bundle, [], { ...AT_ONCE, stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    this.all.push(child);
    this.idle.push(child);
    child.on('message', (answer: Answer) => this.done(child, answer));
    child.on('exit', () => this.lost(child));
    // An order that reaches nobody: `exit` follows.
    child.on('error', () => undefined);
  }

  private hand(): void {
    while (this.idle.length > 0 && this.waiting.length > 0) {
      const child = this.idle.pop() as ChildProcess;
      const job = this.waiting.shift() as Job;
      this.atWork.set(child, job);
      child.send(job.order, () => undefined);
    }
  }

  private done(child: ChildProcess, answer: Answer): void {
    this.atWork.get(child)?.resolve(answer);
    this.atWork.delete(child);
    // Its last words may come after its end.
    if (child.connected) this.idle.push(child);
    this.hand();
  }

  /** A worker has died: its order has no answer, and another takes its place. */
  private lost(child: ChildProcess): void {
    if (this.hasEnded) return;
    const job = this.atWork.get(child);
    this.atWork.delete(child);
    if (this.idle.includes(child)) this.idle.splice(this.idle.indexOf(child), 1);
    this.add();
    job?.resolve({ id: job.order.id, text: null, difference: null, latestUs: 0, error: 'the worker has died' });
    this.hand();
  }
}
