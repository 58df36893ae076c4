/**
 * A lane: sender, bad path and receiver, in three network namespaces of their own, for one flow at a time. The receiver is
 * always the kernel. Sender and receiver know nothing of the path; segmentation offloads are off on its devices.
 *
 *     our stack -- tun -- [ kernel of A ] -- tun -- path process -- tun -- [ kernel of B ]
 *                            or it sends itself
 */
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { NetworkNamespace, type RunningProgram } from '../../test/interop/namespace.ts';
import { bufferBytes, type Cell, MTU, queuePackets, RATE_BPS } from './cells.ts';
import type { ReceiverResult, SenderResult, SendOrder } from './flow.ts';
import type { PathOrder, PathReport } from './impairment-process.ts';

/** Whose sender it is. */
export type SenderKind = 'kernel' | 'ours';

/** One flow, measured. */
export interface FlowResult {
  readonly goodputMbps: number;
  readonly sender: SenderResult;
  readonly receiver: ReceiverResult;
  readonly path: PathReport;
}

const PORT = 5001;
const SENDER_ADDRESS = '10.9.0.1';
const RECEIVER_ADDRESS = '10.9.0.2';
const KERNEL_END = fileURLToPath(new URL('./kernel-end.py', import.meta.url));
/** Within the namespaces only. No cache of earlier connections, buffers that limit nothing, packets passed on. */
const SYSCTLS = {
  'net/ipv4/tcp_no_metrics_save': '1',
  'net/ipv4/tcp_rmem': '4096 16777216 67108864',
  'net/ipv4/tcp_wmem': '4096 4194304 67108864',
  'net/ipv4/ip_forward': '1',
  'net/ipv4/conf/all/rp_filter': '0',
} as const;

/** A program that answers each line with a line. */
class Talk {
  private readonly program: RunningProgram;
  private readonly lines: Interface;
  private readonly waiting: ((answer: unknown) => void)[] = [];

  constructor(program: RunningProgram) {
    this.program = program;
    const { stdout } = program.child;
    if (stdout === null) throw new Error('the program has no output');
    this.lines = createInterface({ input: stdout });
    this.lines.on('line', (line) => this.waiting.shift()?.(JSON.parse(line)));
  }

  /** The next line it says. */
  async answer<T>(timeoutMs: number): Promise<T> {
    const said = new Promise<unknown>((resolve) => this.waiting.push(resolve));
    let timer: NodeJS.Timeout | null = null;
    const late = new Promise<never>((_resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`${why}\n${this.program.stderr()}`));
      timer = setTimeout(() => fail(`no answer within ${timeoutMs} ms`), timeoutMs);
      this.program.ended.then(({ code }) => fail(`a program of the lane ended with ${code}`));
    });
    try {
      const answer = (await Promise.race([said, late])) as T | { error: string };
      if (typeof answer === 'object' && answer !== null && 'error' in answer) throw new Error(String(answer.error));
      return answer as T;
    } finally {
      if (timer !== null) clearTimeout(timer);
    }
  }

  /** Ends its input; it cleans up and ends by itself. */
  async finish(): Promise<void> {
    const late = setTimeout(() => this.program.kill(), 5_000);
    await this.program.finish();
    clearTimeout(late);
  }

  ask<T>(order: object, timeoutMs: number): Promise<T> {
    this.program.child.stdin?.write(`${JSON.stringify(order)}\n`);
    return this.answer<T>(timeoutMs);
  }
}

export class Lane {
  readonly kind: SenderKind;
  private readonly namespaces: readonly NetworkNamespace[];
  private readonly path: Talk;
  private readonly sender: Talk;
  private readonly receiver: Talk;

  private constructor(
    kind: SenderKind,
    namespaces: readonly NetworkNamespace[],
    talks: readonly [path: Talk, sender: Talk, receiver: Talk],
  ) {
    this.kind = kind;
    this.namespaces = namespaces;
    [this.path, this.sender, this.receiver] = talks;
  }

  /** Makes the namespaces and starts the programs. To be closed, whatever happens. */
  static async open(kind: SenderKind): Promise<Lane> {
    const namespaces = ['path', 'sender', 'receiver'].map(() => NetworkNamespace.create());
    try {
      const [middle, left, right] = namespaces as [NetworkNamespace, NetworkNamespace, NetworkNamespace];
      const path = new Talk(middle.startScript('bench/loss/impairment-process.ts', ['path-a', 'path-b']));
      await path.answer(60_000);
      moveDevice(middle, 'path-a', left, SENDER_ADDRESS);
      moveDevice(middle, 'path-b', right, RECEIVER_ADDRESS);
      right.run('ip', ['route', 'add', '10.9.1.0/24', 'via', SENDER_ADDRESS]);
      const receiver = new Talk(right.start('python3', [KERNEL_END, 'receiver', 'path-b']));
      const sender = new Talk(
        kind === 'kernel'
          ? left.start('python3', [KERNEL_END, 'sender', 'path-a'])
          : left.startScript('bench/loss/our-sender.ts'),
      );
      await Promise.all([receiver.answer(60_000), sender.answer(60_000)]);
      if (kind === 'ours') left.run('ip', ['link', 'set', 'stack', 'txqueuelen', '10000']);
      return new Lane(kind, namespaces, [path, sender, receiver]);
    } catch (error) {
      for (const namespace of namespaces) namespace.delete();
      throw error;
    }
  }

  /** One flow over the path of `cell`, for so many seconds. The same seed loses the same packets. */
  async run(cell: Cell, seed: number, seconds: number, sampleMs: number): Promise<FlowResult> {
    const { rttMs } = cell;
    const path: PathOrder = {
      seed,
      delayMs: rttMs / 2,
      forward: {
        rateBps: RATE_BPS,
        queuePackets: queuePackets(rttMs),
        loss: cell.lossPercent / 100,
        reorder: cell.reorderPercent / 100,
        reorderDelayMs: rttMs / 8,
      },
    };
    await this.path.ask(path, 20_000);
    const timeoutMs = (seconds + 40) * 1000;
    const received = this.receiver.ask<ReceiverResult>({ seconds }, timeoutMs);
    const order: SendOrder = {
      control: cell.control,
      address: RECEIVER_ADDRESS,
      port: PORT,
      seconds,
      bufferBytes: bufferBytes(rttMs),
      sampleMs,
    };
    const [receiver, sender] = await Promise.all([received, this.sender.ask<SenderResult>(order, timeoutMs)]);
    const report = await this.path.ask<PathReport>({ report: true }, 20_000);
    return { goodputMbps: (receiver.bytes * 8) / receiver.seconds / 1e6, sender, receiver, path: report };
  }

  async close(): Promise<void> {
    await Promise.all([this.path, this.sender, this.receiver].map((talk) => talk.finish()));
    for (const namespace of this.namespaces) namespace.delete();
  }
}

/** The device stays open in the process that made it while its other side lives in another namespace. */
function moveDevice(from: NetworkNamespace, device: string, to: NetworkNamespace, address: string): void {
  from.run('ip', ['link', 'set', device, 'netns', to.name]);
  for (const [name, value] of Object.entries(SYSCTLS)) {
    to.run('sh', ['-c', `echo ${value} > /proc/sys/${name}`]);
  }
  to.run('ip', ['address', 'add', `${address}/24`, 'dev', device]);
  to.run('ip', ['link', 'set', device, 'mtu', String(MTU), 'txqueuelen', '10000', 'up']);
}
