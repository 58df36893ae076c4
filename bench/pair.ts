/**
 * Two stacks in one process, joined by function calls: what is measured is the stack, both ends of it. Frames are whole IP
 * packets of at most the MTU, checksums are computed and verified, payload is copied from and to the user's buffers.
 */
import { SeededRandom, type SettingsChanges, Stack } from 'woshou';
import { PacketWire, SegmentingWire, type Wire } from './wire.ts';

export interface BenchPairOptions {
  readonly mtu: number;
  /** Super-segments are cut and put together at the edge. Default false: the stacks make and take each packet. */
  readonly segmentation?: boolean;
  readonly settings?: SettingsChanges;
  /** The hour of the next batch, microseconds. Default: the machine's clock, from 0. */
  readonly clock?: () => number;
  /** The hour at which the stacks start. Default 0. */
  readonly startUs?: number;
}

/** The first of each stack behind the loopback. */
const INTERFACE = 1;

export class BenchPair {
  readonly a: Stack;
  readonly b: Stack;
  private nowUs: number;
  private readonly clock: () => number;
  private readonly wire: Wire;

  constructor(options: BenchPairOptions) {
    const { mtu, segmentation = false, settings = {}, startUs = 0 } = options;
    this.a = new Stack({ name: 'a', random: new SeededRandom(1), settings, startUs });
    this.b = new Stack({ name: 'b', random: new SeededRandom(2), settings, startUs });
    this.wire = segmentation ? new SegmentingWire(mtu, INTERFACE) : new PacketWire(mtu, INTERFACE);
    this.nowUs = startUs;
    this.clock = options.clock ?? machineClock();
    for (const [stack, host] of [
      [this.a, 1],
      [this.b, 2],
    ] as const) {
      const { id } = stack.addInterface({ name: 'eth0', capabilities: this.wire.capabilities });
      stack.addAddress(id, `10.0.0.${host}/24`);
      if (id !== INTERFACE) throw new Error(`the interface is ${id}`);
    }
  }

  /** Reads the clock, runs timers: once per batch. */
  tick(): void {
    this.nowUs = this.clock();
    if (this.a.nextTimeoutUs() <= this.nowUs) this.a.handleTimeout(this.nowUs);
    if (this.b.nextTimeoutUs() <= this.nowUs) this.b.handleTimeout(this.nowUs);
  }

  /** One turn of each; returns how many frames passed. */
  exchange(): number {
    const { a, b, wire, nowUs } = this;
    return wire.carry(a, b, nowUs) + wire.carry(b, a, nowUs);
  }

  /** Until both are quiet. */
  settle(): void {
    while (this.exchange() > 0);
  }
}

function machineClock(): () => number {
  const startNs = process.hrtime.bigint();
  return () => Number(process.hrtime.bigint() - startNs) / 1000;
}
