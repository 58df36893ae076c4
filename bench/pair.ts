/**
 * Two stacks in one process, joined by function calls: what is measured is the stack, both ends of it. Frames are whole IP
 * packets of at most the MTU, checksums are computed and verified, payload is copied from and to the user's buffers.
 */
import { plainCapabilities, SeededRandom, type SettingsChanges, Slot, Stack } from 'woshou';
import { createPacketMemory } from 'woshou/node';

export interface BenchPairOptions {
  readonly mtu: number;
  readonly settings?: SettingsChanges;
  /** The hour of the next batch, microseconds. Default: the machine's clock, from 0. */
  readonly clock?: () => number;
  /** The hour at which the stacks start. Default 0. */
  readonly startUs?: number;
}

export class BenchPair {
  readonly a: Stack;
  readonly b: Stack;
  private nowUs: number;
  private readonly clock: () => number;
  private readonly slot: Slot;

  constructor(options: BenchPairOptions) {
    const { mtu, settings = {}, startUs = 0 } = options;
    this.a = new Stack({ name: 'a', random: new SeededRandom(1), settings, startUs });
    this.b = new Stack({ name: 'b', random: new SeededRandom(2), settings, startUs });
    this.slot = new Slot(createPacketMemory(mtu + 128), 32, mtu + 64, 32);
    this.nowUs = startUs;
    this.clock = options.clock ?? machineClock();
    for (const [stack, host] of [
      [this.a, 1],
      [this.b, 2],
    ] as const) {
      const { id } = stack.addInterface({ name: 'eth0', capabilities: plainCapabilities('ip', mtu) });
      stack.addAddress(id, `10.0.0.${host}/24`);
    }
    this.slot.interfaceId = 1;
  }

  /** Reads the clock, runs timers: once per batch. */
  tick(): void {
    this.nowUs = this.clock();
    if (this.a.nextTimeoutUs() <= this.nowUs) this.a.handleTimeout(this.nowUs);
    if (this.b.nextTimeoutUs() <= this.nowUs) this.b.handleTimeout(this.nowUs);
  }

  /** Frames from one stack to the other until it has none; returns how many. */
  private drain(from: Stack, to: Stack): number {
    const { slot, nowUs } = this;
    let frames = 0;
    while (from.pollTransmit(nowUs, slot)) {
      to.receive(slot, nowUs);
      frames++;
    }
    return frames;
  }

  /** One turn of each; returns how many frames passed. */
  exchange(): number {
    return this.drain(this.a, this.b) + this.drain(this.b, this.a);
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
