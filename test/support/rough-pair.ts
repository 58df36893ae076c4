/**
 * Two stacks, two programs and a bad wire between them, all from one seed: frames are lost, doubled, delayed past each other
 * and damaged until the wire is healed. After every event what must always hold is checked. Plain data throughout, so that
 * the whole of it can be copied in the middle of a run.
 */
import { SeededGenerator } from '../../src/base/random.ts';
import { Slot } from '../../src/base/slot.ts';
import { cloneGraph } from '../../src/base/snapshot.ts';
import { ListenSocket, StreamSocket } from '../../src/socket/index.ts';
import { Tcb } from '../../src/tcp/index.ts';
import { EdgeWatch } from './edge-watch.ts';
import { type FrameFilter, type PairOptions, StackPair } from './stack-pair.ts';
import { tcbTrouble } from './tcb-watch.ts';

/** How bad the wire is: probabilities, and the longest delay. */
export interface Weather {
  readonly loss: number;
  readonly duplication: number;
  readonly corruption: number;
  readonly delayMaxUs: number;
}

export const CALM: Weather = { loss: 0, duplication: 0, corruption: 0, delayMaxUs: 1_000 };

/** What one program does: how much it writes, how eagerly it reads, when it closes. */
export interface Plan {
  readonly octets: number;
  readonly writeMax: number;
  readonly readMax: number;
  readonly noDelay: boolean;
}

export interface RoughOptions extends PairOptions {
  readonly seed: number;
  readonly family: 4 | 6;
  readonly weather: Weather;
  readonly client: Plan;
  readonly server: Plan;
  readonly receiveBufferSize?: number;
  readonly sendBufferSize?: number;
}

interface FlyingFrame {
  dueUs: number;
  order: number;
  toA: boolean;
  bytes: Uint8Array;
}

/** The octet at place `at` of what side `salt` writes. */
export function octetAt(salt: number, at: number): number {
  return (at * 31 + (at >> 8) * 7 + (at >> 16) + salt * 101) & 255;
}

/** One end's program. */
export class Program {
  readonly plan: Plan;
  readonly salt: number;
  socket: StreamSocket | null = null;
  written = 0;
  /** Octets of the other side read and found right. */
  read = 0;
  hasShutDown = false;
  hasClosed = false;

  constructor(plan: Plan, salt: number) {
    this.plan = plan;
    this.salt = salt;
  }

  /** Does a little of what is left to do. Throws when an octet is not the one that was written. */
  act(chance: SeededGenerator): void {
    const { socket, plan } = this;
    if (socket === null || this.hasClosed || socket.error !== null) return;
    this.readSome(socket, chance);
    if (!this.hasShutDown && this.written < plan.octets) this.writeSome(socket, chance);
    if (!this.hasShutDown && this.written === plan.octets && socket.stateName !== 'SYN-SENT') {
      socket.shutdownWrite();
      this.hasShutDown = true;
    }
    if (this.hasShutDown && socket.isReadEnded) {
      socket.close();
      this.hasClosed = true;
    }
  }

  private writeSome(socket: StreamSocket, chance: SeededGenerator): void {
    const length = Math.min(1 + chance.nextBelow(this.plan.writeMax), this.plan.octets - this.written);
    const bytes = Uint8Array.from({ length }, (_, index) => octetAt(this.salt, this.written + index));
    this.written += socket.write(bytes);
  }

  private readSome(socket: StreamSocket, chance: SeededGenerator): void {
    const into = new Uint8Array(1 + chance.nextBelow(this.plan.readMax));
    const count = socket.read(into);
    for (let index = 0; index < count; index++) {
      if (into[index] !== octetAt(1 - this.salt, this.read + index)) {
        throw new Error(`octet ${this.read + index} is not the one that was written`);
      }
    }
    this.read += count;
  }
}

export class RoughPair implements FrameFilter {
  readonly pair: StackPair;
  readonly listener: ListenSocket;
  readonly client: Program;
  readonly server: Program;
  weather: Weather;
  /** Sum over every frame sent, when and from whom: two runs are equal when it is. */
  trace = 0;
  framesSent = 0;
  private readonly chance: SeededGenerator;
  private readonly edges = new EdgeWatch();
  private readonly flying: FlyingFrame[] = [];
  private readonly slot = Slot.allocate(2_048, false);
  private readonly family: 4 | 6;
  private order = 0;
  private nextActUs: number;

  constructor(options: RoughOptions) {
    const { family, weather, client, server, receiveBufferSize, sendBufferSize, ...rest } = options;
    this.pair = new StackPair(rest);
    this.family = family;
    this.weather = weather;
    this.chance = new SeededGenerator(options.seed);
    this.client = new Program(client, 0);
    this.server = new Program(server, 1);
    const sizes = {
      ...(receiveBufferSize === undefined ? {} : { receiveBufferSize }),
      ...(sendBufferSize === undefined ? {} : { sendBufferSize }),
    };
    this.listener = new ListenSocket(this.pair.b, { port: 80, noDelay: server.noDelay, ...sizes });
    this.client.socket = StreamSocket.connect(this.pair.a, {
      remoteAddress: family === 4 ? '10.0.0.2' : 'fd00::2',
      remotePort: 80,
      noDelay: client.noDelay,
      ...sizes,
    });
    this.nextActUs = this.pair.nowUs;
    this.pair.filter = this;
  }

  get nowUs(): number {
    return this.pair.nowUs;
  }

  /** Everything arrived, both sides closed, and no connection is left. */
  get isOver(): boolean {
    const { client, server, pair } = this;
    return client.hasClosed && server.hasClosed && pair.a.tcp.connections.size + pair.b.tcp.connections.size === 0;
  }

  passes(fromA: boolean, slot: Slot): boolean {
    const bytes = slot.memory.u8.slice(slot.offset, slot.offset + slot.length);
    this.framesSent++;
    this.note(fromA, bytes);
    this.edges.sent(fromA, bytes);
    const { chance, weather } = this;
    if (chance.nextFraction() < weather.loss) return false;
    const copies = chance.nextFraction() < weather.duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      const arriving = chance.nextFraction() < weather.corruption ? this.damaged(bytes) : bytes;
      const dueUs = this.nowUs + 100 + chance.nextBelow(weather.delayMaxUs);
      this.flying.push({ dueUs, order: this.order++, toA: !fromA, bytes: arriving });
    }
    return false;
  }

  /** Runs until `untilUs` or until it is over. */
  run(untilUs: number): void {
    while (this.nowUs < untilUs && !this.isOver) this.step();
  }

  /** The next event: a frame arrives, a timer runs out, or the programs act. */
  step(): void {
    const { pair } = this;
    pair.flush();
    const next = this.nextFrame();
    const timeoutUs = Math.min(pair.a.nextTimeoutUs(), pair.b.nextTimeoutUs());
    const actUs = this.isQuiet() ? Number.POSITIVE_INFINITY : this.nextActUs;
    const atUs = Math.max(this.nowUs, Math.min(next?.dueUs ?? Number.POSITIVE_INFINITY, timeoutUs, actUs));
    if (atUs === Number.POSITIVE_INFINITY) throw new Error(`nothing is left to happen: ${this.describe()}`);
    pair.nowUs = atUs;
    if (next !== null && next.dueUs <= atUs) this.deliver(next);
    else if (timeoutUs <= atUs) {
      pair.a.handleTimeout(atUs);
      pair.b.handleTimeout(atUs);
    } else this.act();
    pair.flush();
    this.check();
  }

  /** A copy that shares nothing with this one. */
  clone(): RoughPair {
    return cloneGraph(this);
  }

  describe(): string {
    const { client, server, pair } = this;
    const side = (program: Program): string =>
      `${program.socket?.stateName ?? 'none'} wrote ${program.written}/${program.plan.octets} read ${program.read} ` +
      `${program.socket?.error?.code ?? ''}`;
    return `at ${pair.nowUs}: client ${side(client)}, server ${side(server)}`;
  }

  private isQuiet(): boolean {
    return this.client.hasClosed && this.server.hasClosed;
  }

  protected act(): void {
    this.nextActUs = this.nowUs + 500 + this.chance.nextBelow(20_000);
    this.server.socket ??= this.listener.accept();
    this.client.act(this.chance);
    this.server.act(this.chance);
  }

  private nextFrame(): FlyingFrame | null {
    let first: FlyingFrame | null = null;
    for (const frame of this.flying) {
      if (first === null || frame.dueUs < first.dueUs || (frame.dueUs === first.dueUs && frame.order < first.order)) {
        first = frame;
      }
    }
    return first;
  }

  private deliver(frame: FlyingFrame): void {
    this.flying.splice(this.flying.indexOf(frame), 1);
    const { slot, pair } = this;
    slot.reset();
    slot.interfaceId = 1;
    slot.memory.u8.set(frame.bytes, slot.offset);
    slot.length = frame.bytes.length;
    (frame.toA ? pair.a : pair.b).receive(slot, pair.nowUs);
  }

  /** One bit turned. IPv6 has no sum over its own header, so only what TCP's sum covers is damaged there. */
  private damaged(bytes: Uint8Array): Uint8Array {
    const copy = bytes.slice();
    const from = this.family === 6 ? 40 : 0;
    const at = from + this.chance.nextBelow(copy.length - from);
    copy[at] = (copy[at] ?? 0) ^ (1 << this.chance.nextBelow(8));
    return copy;
  }

  private note(fromA: boolean, bytes: Uint8Array): void {
    let sum = (this.trace ^ (fromA ? 1 : 2)) | 0;
    sum = Math.imul(sum ^ (this.nowUs | 0), 0x01000193);
    for (const byte of bytes) sum = Math.imul(sum ^ byte, 0x01000193);
    this.trace = sum;
  }

  /** What holds after every event. */
  private check(): void {
    const { client, server, pair } = this;
    if (client.read > server.written || server.read > client.written) throw new Error('more was read than written');
    for (const stack of [pair.a, pair.b]) {
      for (const entry of stack.tcp.connections) {
        const trouble = entry instanceof Tcb ? tcbTrouble(entry) : null;
        if (trouble !== null) throw new Error(`${trouble}; ${this.describe()}`);
      }
    }
  }
}
