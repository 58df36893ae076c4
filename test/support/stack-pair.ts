/**
 * Two stacks joined by hand, one clock: the smallest network there is. Frames pass in order and at once; a filter may look
 * at or drop each. For tests and measurements; `sim/` is the real simulator.
 */
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { Slot } from '../../src/base/slot.ts';
import { Stack, type StackOptions } from '../../src/stack/stack.ts';

/** Decides about each frame: true lets it pass. */
export interface FrameFilter {
  passes(fromA: boolean, slot: Slot): boolean;
}

export type PairOptions = Partial<Omit<StackOptions, 'random' | 'name'>> & {
  readonly mtu?: number;
  readonly seed?: number;
  readonly startUs?: number;
};

const IPV6_READY_US = 3_000_000;

export class StackPair {
  readonly a: Stack;
  readonly b: Stack;
  nowUs: number;
  filter: FrameFilter | null = null;
  private readonly slot: Slot;

  /** Addresses: a is 10.0.0.1 and fd00::1, b is 10.0.0.2 and fd00::2. */
  constructor(options: PairOptions = {}) {
    const { mtu = 1500, seed = 1, startUs = 0, ...rest } = options;
    this.nowUs = startUs;
    this.a = new Stack({ ...rest, name: 'a', random: new SeededRandom(seed) });
    this.b = new Stack({ ...rest, name: 'b', random: new SeededRandom(seed + 1) });
    this.slot = Slot.allocate(65_600, false);
    for (const [stack, host] of [
      [this.a, 1],
      [this.b, 2],
    ] as const) {
      stack.handleTimeout(startUs);
      const { id } = stack.addInterface({ name: 'eth0', capabilities: plainCapabilities('ip', mtu) });
      stack.addAddress(id, `10.0.0.${host}/24`);
      stack.addAddress(id, `fd00::${host}/64`);
    }
    this.run(this.nowUs + IPV6_READY_US);
  }

  /** Lets both send until neither has anything; returns how many frames passed. */
  flush(): number {
    let frames = 0;
    let moved = true;
    while (moved) {
      moved = false;
      for (const from of [this.a, this.b]) {
        const to = from === this.a ? this.b : this.a;
        this.slot.interfaceId = 1;
        while (from.pollTransmit(this.nowUs, this.slot)) {
          moved = true;
          frames++;
          if (this.filter === null || this.filter.passes(from === this.a, this.slot)) to.receive(this.slot, this.nowUs);
          this.slot.interfaceId = 1;
        }
      }
    }
    return frames;
  }

  /** Runs timers and frames until `untilUs`. */
  run(untilUs: number): void {
    this.flush();
    for (;;) {
      const next = Math.min(this.a.nextTimeoutUs(), this.b.nextTimeoutUs());
      if (next > untilUs) break;
      this.nowUs = Math.max(this.nowUs, next);
      this.a.handleTimeout(this.nowUs);
      this.b.handleTimeout(this.nowUs);
      this.flush();
    }
    this.nowUs = untilUs;
    this.a.handleTimeout(untilUs);
    this.b.handleTimeout(untilUs);
  }
}
