/**
 * The bad path as a process: two TUN devices, which lane.ts moves into the namespaces of sender and receiver, and an
 * `ImpairedLink` between them. It has no event loop of Node's, whose timers count milliseconds, but one of its own around
 * ppoll(2), which counts nanoseconds; a round never follows the last within `GRANULARITY_US`, which bounds its cost.
 * Orders come as lines of JSON on standard input: a path to be from now on, or a question for what happened since.
 */
import { readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { Slot } from '../../src/base/slot.ts';
import { type FrameSink, ImpairedLink, type ImpairmentSettings, MemoryLink } from '../../src/link/index.ts';
import { loadNative } from '../../src/node/native.ts';
import { attachTun } from '../../src/node/tun-attach.ts';
import { createPacketMemory } from '../../src/node/wasm-memory.ts';
import { MTU } from './cells.ts';
import { runAhead } from './priority.ts';

/** What the path is like from the first device to the second; the way back has the delay alone. */
export interface PathOrder {
  readonly seed: number;
  readonly delayMs: number;
  readonly forward: Partial<ImpairmentSettings>;
}

/** What happened since the last `PathOrder`. */
export interface PathReport {
  readonly forwarded: number;
  readonly returned: number;
  readonly lost: number;
  readonly queueDropped: number;
  /** Frames a device refused. */
  readonly refused: number;
  /** How late frames were let out: the middle one, one in a hundred, the latest; microseconds. */
  readonly lateUs: readonly [number, number, number];
  readonly cpuSeconds: number;
}

const GRANULARITY_US = 200;
const ROUND_FRAMES = 512;
const POLLIN = 1;
/** Buckets of lateness of 50 us. */
const BUCKETS = 2000;

interface Ppoll {
  load(path: null): { func(definition: string): (...args: unknown[]) => number };
}

class Path implements FrameSink {
  private readonly native = loadNative();
  private readonly fds: number[];
  private readonly input: Slot;
  private readonly output: Slot;
  private readonly inputAddress: number;
  private readonly outputAddress: number;
  private readonly ppoll: (...args: unknown[]) => number;
  private readonly descriptors = new Int32Array(6);
  private readonly timeout = new BigInt64Array(2);
  private link = new ImpairedLink(makeCarrier(), { seed: 1 });
  private readonly late = new Uint32Array(BUCKETS);
  private frames = [0, 0];
  private refused = 0;
  private cpu = process.cpuUsage();
  private orders = '';

  constructor(names: readonly string[]) {
    this.fds = names.map((name) => attachTun(this.native, { name, kind: 'tun', offload: false, isQueue: false }).fd);
    const memory = createPacketMemory(2 * 4096);
    this.input = new Slot(memory, 64, 2048, 0);
    this.output = new Slot(memory, 4096, 2048, 0);
    const base = this.native.addressOf(memory.u8);
    this.inputAddress = base + this.input.offset;
    this.outputAddress = base + this.output.offset;
    const koffi = createRequire(import.meta.url)('koffi') as Ppoll;
    this.ppoll = koffi.load(null).func('int ppoll(void *fds, unsigned long count, void *timeout, void *mask)');
  }

  /** Until standard input ends. */
  run(): void {
    for (;;) {
      const nowUs = clockUs();
      this.takeIn(nowUs);
      this.letOut(nowUs);
      if (this.sleep([0], GRANULARITY_US) && !this.obey()) return;
      const waitUs = this.link.nextTimeoutUs() - clockUs();
      // Its own name is not enough of a reason to wake: half a second, to look for orders.
      if (waitUs > 0) this.sleep([...this.fds, 0], Math.min(waitUs, 500_000));
    }
  }

  frameArrived(port: number, slot: Slot): void {
    this.output.copyFrom(slot);
    this.frames[port]!++;
    if (this.native.write(this.fds[port]!, this.outputAddress, slot.length) < 0) this.refused++;
  }

  private takeIn(nowUs: number): void {
    const { native, input } = this;
    for (const [port, fd] of this.fds.entries()) {
      for (let budget = ROUND_FRAMES; budget > 0; budget--) {
        const length = native.read(fd, this.inputAddress, input.capacity);
        if (length <= 0) break;
        input.reset();
        input.length = length;
        this.link.send(port, input, nowUs);
      }
    }
  }

  private letOut(nowUs: number): void {
    const dueUs = this.link.nextTimeoutUs();
    if (dueUs > nowUs) return;
    this.late[Math.min(BUCKETS - 1, Math.floor((nowUs - dueUs) / 50))]!++;
    this.link.poll(nowUs, this, ROUND_FRAMES);
  }

  /** True when standard input is readable. */
  private sleep(fds: readonly number[], us: number): boolean {
    const { descriptors, timeout } = this;
    for (const [index, fd] of fds.entries()) {
      descriptors[index * 2] = fd;
      descriptors[index * 2 + 1] = POLLIN;
    }
    timeout[1] = BigInt(Math.ceil(us * 1000));
    this.ppoll(new Uint8Array(descriptors.buffer), fds.length, new Uint8Array(timeout.buffer), null);
    return descriptors[fds.length * 2 - 1]! >>> 16 !== 0;
  }

  /** False at the end of standard input. */
  private obey(): boolean {
    const bytes = Buffer.alloc(65_536);
    const length = readSync(0, bytes);
    if (length === 0) return false;
    const lines = `${this.orders}${bytes.toString('utf8', 0, length)}`.split('\n');
    this.orders = lines.pop() ?? '';
    for (const line of lines) {
      const order = JSON.parse(line) as PathOrder | { report: true };
      if ('report' in order) say(this.report());
      else say(this.begin(order));
    }
    return true;
  }

  private begin(order: PathOrder): { ready: 'path' } {
    this.link = new ImpairedLink(makeCarrier(), { seed: order.seed, settings: { delayMs: order.delayMs } });
    this.link.set(order.forward, 0);
    this.late.fill(0);
    this.frames = [0, 0];
    this.refused = 0;
    this.cpu = process.cpuUsage();
    return { ready: 'path' };
  }

  private report(): PathReport {
    const { lost, queueDropped } = this.link.countersOf(0);
    const { user, system } = process.cpuUsage(this.cpu);
    return {
      forwarded: this.frames[1]!,
      returned: this.frames[0]!,
      lost,
      queueDropped,
      refused: this.refused,
      lateUs: [this.lateness(0.5), this.lateness(0.99), this.lateness(1)],
      cpuSeconds: (user + system) / 1e6,
    };
  }

  private lateness(share: number): number {
    const rounds = this.late.reduce((sum, count) => sum + count, 0);
    let seen = 0;
    for (const [bucket, count] of this.late.entries()) {
      seen += count;
      if (seen > 0 && seen >= share * rounds) return (bucket + 1) * 50;
    }
    return 0;
  }
}

function makeCarrier(): MemoryLink {
  return new MemoryLink({ capabilities: plainCapabilities('ip', MTU), queueFrames: 65_536, queueBytes: 128 << 20 });
}

function clockUs(): number {
  return performance.now() * 1000;
}

function say(answer: object): void {
  writeSync(1, `${JSON.stringify(answer)}\n`);
}

runAhead();
const path = new Path(process.argv.slice(2));
say({ ready: 'devices' });
path.run();
