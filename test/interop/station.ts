/** `programs/station.ts` in a namespace, seen from the test. */
import type { NetworkNamespace, RunningProgram, RunResult } from './namespace.ts';
import type { StationOptions } from './programs/station.ts';

/** What came of a request. */
export interface Fetched {
  readonly status: number;
  readonly octets: number;
  /** SHA-256, hexadecimal. */
  readonly hash: string;
}

/** Counters of the stack by group and name, as `describeCounters` has them. */
export type StationCounters = Readonly<Record<string, Readonly<Record<string, number>>>>;

/**
 * How many segments sent again on a wire without losses are explained: none, unless a timer ran out because the peer was slow; then
 * as many as the stack has counted, for a timeout takes the whole flight for lost.
 */
export function explainedRepeats({ Tcp, TcpExt }: StationCounters): number {
  const timers = (TcpExt?.TCPLossProbes ?? 0) + (TcpExt?.TCPTimeouts ?? 0);
  return timers === 0 ? 0 : (Tcp?.RetransSegs ?? 0);
}

/** Our host at 10.9.0.2 and fd00:9::2, the kernel at .1 and ::1, unless the options say otherwise. */
export class Station {
  private readonly program: RunningProgram;
  private asked = 0;

  private constructor(program: RunningProgram) {
    this.program = program;
  }

  /** @throws Error with what the program said, when it did not get ready */
  static async start(namespace: NetworkNamespace, options: StationOptions = {}): Promise<Station> {
    const program = namespace.startScript('test/interop/programs/station.ts', [JSON.stringify(options)]);
    await program.line(/^ready /, 60_000);
    return new Station(program);
  }

  /** Carries connections to `port` of our stack on to the kernel. */
  carryIn(port: number, to: readonly [host: string, port: number]): Promise<void> {
    return this.begin(`in ${port} ${to.join(' ')}`);
  }

  /** Carries connections to the kernel's 127.0.0.1 on to the address over our stack. */
  carryOut(port: number, to: readonly [host: string, port: number]): Promise<void> {
    return this.begin(`out ${port} ${to.join(' ')}`);
  }

  /** Answers with what it hears, over TCP and UDP. */
  echo(port: number): Promise<void> {
    return this.begin(`echo ${port}`);
  }

  /** The answer to a request of ours, or the code of the error. */
  async fetch(url: string): Promise<Fetched | string> {
    const words = (await this.ask(`fetch ${url}`, /^(fetched|failed) /)).split(' ');
    if (words[0] === 'failed') return words[1] ?? '';
    return { status: Number(words[1]), octets: Number(words[2]), hash: words[3] ?? '' };
  }

  /** Sends octets to an echo; `exchanged OCTETS true` when every one came back right, or the code of the error. */
  async exchange(host: string, port: number, octets: number): Promise<string> {
    const line = await this.ask(`exchange ${host} ${port} ${octets}`, /^(exchanged|failed) /);
    return line.replace(/^failed /, '');
  }

  async counters(): Promise<StationCounters> {
    const line = await this.ask('counters', /^counters /);
    return JSON.parse(line.slice(line.indexOf(' '))).groups;
  }

  /** Ends it: the device is gone, the capture complete. */
  end(): Promise<RunResult> {
    return this.program.finish();
  }

  private async begin(command: string): Promise<void> {
    this.program.child.stdin?.write(`${command}\n`);
    await this.program.line(new RegExp(`^done ${command}$`));
  }

  /** Answers are numbered by their order among those to questions. */
  private async ask(command: string, pattern: RegExp): Promise<string> {
    const nth = ++this.asked;
    this.program.child.stdin?.write(`${command}\n`);
    const answer = new RegExp(`^${nth}: `);
    const line = (await this.program.line(answer, 60_000)).replace(answer, '');
    if (!pattern.test(line)) throw new Error(`'${command}' was answered by '${line}'`);
    return line;
  }
}
