/**
 * The driver between a TUN device and a stack that only turns packets round; `link` as `argv[2]` puts a wire with 20 ms each
 * way between the two. Prints `ready NAME`, every second of its own timer `tick`, and ends when stdin ends.
 */
import { Slot } from '../../../src/base/slot.ts';
import { MemoryLink } from '../../../src/link/memory-link.ts';
import { type DrivenStack, Driver, type EventSocket } from '../../../src/node/driver.ts';
import { openTun } from '../../../src/node/tun.ts';
import { turnRound } from './turn-round.ts';

/** Keeps what came in until the driver takes it out again. */
class TurningStack implements DrivenStack<EventSocket> {
  private readonly waiting: Slot[] = [];
  private tickUs = 1_000_000;

  receive(slot: Slot): void {
    if (!turnRound(slot)) return;
    const kept = Slot.allocate(1600, false);
    kept.copyFrom(slot);
    this.waiting.push(kept);
  }

  pollTransmit(_nowUs: number, slot: Slot): boolean {
    const kept = this.waiting.shift();
    return kept !== undefined && slot.copyFrom(kept);
  }

  nextTimeoutUs(): number {
    return this.tickUs;
  }

  handleTimeout(nowUs: number): void {
    const lateMs = Math.round((nowUs - this.tickUs) / 1000);
    process.stdout.write(`tick ${lateMs}\n`);
    this.tickUs += 1_000_000;
  }

  pollEvent(): EventSocket | null {
    return null;
  }
}

const device = await openTun({ name: 'ws0', addresses: ['10.9.0.1/24', 'fd00:9::1/64'] });
const driver = new Driver({ stack: new TurningStack(), handler: { onEvent() {} } });
if (process.argv[2] === 'link') {
  const link = new MemoryLink({ capabilities: device.capabilities, delayUs: 20_000 });
  driver.attachLink(link, [{ interfaceId: 1 }, { device }]);
} else driver.attachDevice(device, 1);
process.stdin.resume().on('end', () => driver.close());
process.stdout.write(`ready ${device.name}\n`);
