/** The Linux kernel as a side: one Python program in a namespace of its own plays all scenarios, each with a peer address. */
import type { NetworkNamespace, RunningProgram } from '../namespace.ts';
import type { ArrivedPacket, CallArguments, CallResult, Side } from './side.ts';

interface Line {
  readonly id?: number;
  readonly result?: CallResult | readonly string[];
  readonly packet?: string;
  /** Milliseconds of the program's clock. */
  readonly t: number;
}

const PROGRAM = 'test/interop/programs/kernel-side.py';

export class KernelProgram {
  private readonly program: RunningProgram;
  private readonly waiting = new Map<number, { resolve(line: Line): void; reject(reason: Error): void }>();
  private readonly sides = new Map<string, KernelSide>();
  private partial = '';
  private lastId = 0;
  /** Why nothing can be asked any more. */
  private failure: Error | null = null;

  private constructor(program: RunningProgram) {
    this.program = program;
    program.child.stdout?.on('data', (chunk: string) => this.readLines(chunk));
    program.ended.then(({ code, stderr }) => {
      this.failure = new Error(`${PROGRAM} ended with ${code}: ${stderr}`);
      for (const { reject } of this.waiting.values()) reject(this.failure);
    });
  }

  /** Starts the program with these settings of `net.ipv4` in the namespace. @returns also the settings it lacks */
  static async start(
    namespace: NetworkNamespace,
    settings: Readonly<Record<string, number | string>>,
  ): Promise<{ program: KernelProgram; missing: readonly string[] }> {
    const running = namespace.start('python3', ['-u', PROGRAM]);
    const program = new KernelProgram(running);
    await running.line(/"ready"/);
    const { result } = await program.request({ op: 'kernel', settings });
    return { program, missing: Array.isArray(result) ? result : [] };
  }

  /** A side for a peer at this address; every scenario has its own. */
  side(peerAddress: string): KernelSide {
    const side = new KernelSide(this, this.lastId++);
    this.sides.set(peerAddress, side);
    return side;
  }

  async finish(): Promise<void> {
    await this.program.finish();
  }

  request(command: Readonly<Record<string, unknown>>): Promise<Line> {
    const id = this.lastId++;
    if (this.failure !== null) return Promise.reject(this.failure);
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.program.child.stdin?.write(`${JSON.stringify({ id, ...command })}\n`);
    });
  }

  private readLines(chunk: string): void {
    const lines = (this.partial + chunk).split('\n');
    this.partial = lines.pop() ?? '';
    for (const text of lines) {
      const line = JSON.parse(text) as Line;
      if (line.packet !== undefined) this.sort(Uint8Array.from(Buffer.from(line.packet, 'hex')), line.t);
      if (line.id === undefined) continue;
      this.waiting.get(line.id)?.resolve(line);
      this.waiting.delete(line.id);
    }
  }

  private sort(bytes: Uint8Array, timeMs: number): void {
    if ((bytes[0] ?? 0) >> 4 === 4) this.sides.get(bytes.subarray(16, 20).join('.'))?.arrived(bytes, timeMs);
  }
}

class KernelSide implements Side {
  private readonly program: KernelProgram;
  private readonly play: number;
  private packets: { bytes: Uint8Array; timeMs: number }[] = [];
  private sinceMs = 0;

  constructor(program: KernelProgram, play: number) {
    this.program = program;
    this.play = play;
  }

  arrived(bytes: Uint8Array, timeMs: number): void {
    this.packets.push({ bytes, timeMs });
  }

  async give(packet: Uint8Array): Promise<void> {
    const { t } = await this.program.request({ op: 'give', hex: Buffer.from(packet).toString('hex') });
    this.sinceMs = t;
  }

  async call(name: string, args: CallArguments = {}): Promise<CallResult> {
    const { result, t } = await this.program.request({ play: this.play, op: name, ...args });
    this.sinceMs = t;
    return (result ?? null) as CallResult;
  }

  async wait(ms: number): Promise<ArrivedPacket[]> {
    await new Promise((resolve) => setTimeout(resolve, ms));
    return this.packets.splice(0).map(({ bytes, timeMs }) => ({ bytes, delayMs: timeMs - this.sinceMs }));
  }

  async end(): Promise<void> {
    await this.program.request({ play: this.play, op: 'end' });
  }
}
