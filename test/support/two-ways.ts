/**
 * One stack with two default routes: a connection over the first interface, and a driver that asks only the second one from
 * then on, as when a cable is pulled.
 */
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { Slot } from '../../src/base/slot.ts';
import type { StreamSocket } from '../../src/socket/index.ts';
import { type Bench, MSS_1460, openActively, type Profile } from '../requirements/bench.ts';

export class TwoWays {
  readonly bench: Bench;
  readonly socket: StreamSocket;
  private readonly second: number;
  private readonly slot = Slot.allocate(2_000, false);

  constructor(profile: Profile) {
    const opened = openActively({ profile, address: '192.0.2.9', synOptions: MSS_1460 });
    this.bench = opened.bench;
    this.socket = opened.socket;
    const { stack } = this.bench;
    this.second = stack.addInterface({ name: 'tun1', capabilities: plainCapabilities('ip', 1_500) }).id;
    stack.addRoute('0.0.0.0/0', null, this.second);
  }

  loseTheFirst(): void {
    const { stack, interfaceId } = this.bench;
    stack.ip.setUp(stack.interfaceAt(interfaceId), false);
  }

  /** Frames with text over the second interface until `ms` from now. */
  run(ms: number): number {
    const { stack } = this.bench;
    const untilUs = this.bench.nowUs + ms * 1_000;
    let frames = 0;
    for (; this.bench.nowUs <= untilUs; this.bench.nowUs += 10_000) {
      stack.handleTimeout(this.bench.nowUs);
      this.slot.interfaceId = this.second;
      while (stack.pollTransmit(this.bench.nowUs, this.slot)) {
        const isTcp = this.slot.memory.u8[this.slot.offset + 9] === 6;
        if (isTcp && this.slot.length > 100) frames++;
        this.slot.interfaceId = this.second;
      }
    }
    return frames;
  }
}
