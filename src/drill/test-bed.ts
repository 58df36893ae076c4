/**
 * The stack under test on a bare IP link whose other end is the script, and the virtual clock both live by. Time moves only when it
 * is told to; every timeout on the way is handled at its own time.
 */
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { SeededRandom } from '../base/random.ts';
import { Slot } from '../base/slot.ts';
import { PosixSockets } from '../socket/posix/posix-sockets.ts';
import type { ProfileName, SettingsChanges } from '../stack/profile.ts';
import { Stack } from '../stack/stack.ts';
import { type LivePacket, readPacket } from './live-packet.ts';

/** How the stack under test is made. */
export interface TestBedOptions {
  readonly profile: ProfileName;
  readonly settings: SettingsChanges;
  /** `192.168.0.1/16`, `fd3d::1/64`; one per family at most is needed. */
  readonly addresses: readonly string[];
  /** Octets of an IP packet. */
  readonly mtu: number;
  readonly seed: number;
  /** Told of everything the stack has done, after each step of time or packet. */
  readonly afterStep: () => void;
}

/** The script's clock starts here, so that a stack that takes 0 for "never" is found out, and one that cannot count 2^32 ms. */
const START_US = 2 ** 32 * 1000 - 2_500_000;
const SLOT_BYTES = 70_000;
/** Timeouts at one moment beyond this are a clock that does not move. */
const ROUNDS_MAX = 1_000_000;

export class TestBed {
  readonly stack: Stack;
  readonly interfaceId: number;
  /** The program's side. */
  readonly sockets: PosixSockets;
  /** Virtual time in microseconds. */
  nowUs = START_US;
  /** Packets the stack has sent and nobody has looked at, oldest first. */
  readonly sent: LivePacket[] = [];
  private readonly slot = Slot.allocate(SLOT_BYTES, false);
  private readonly afterStep: () => void;

  /** @throws ArgumentError for settings and addresses that cannot be */
  constructor(options: TestBedOptions) {
    this.stack = new Stack({
      name: 'drill',
      profile: options.profile,
      settings: options.settings,
      random: new SeededRandom(options.seed),
      startUs: START_US,
    });
    this.sockets = new PosixSockets(this.stack);
    this.afterStep = options.afterStep;
    const capabilities: LinkCapabilities = plainCapabilities('ip', options.mtu);
    this.interfaceId = this.stack.addInterface({ name: 'tun0', capabilities }).id;
    for (const address of options.addresses) this.stack.addAddress(this.interfaceId, address);
    this.stack.addRoute('0.0.0.0/0', null, this.interfaceId);
    if (options.mtu >= 1280) this.stack.addRoute('::/0', null, this.interfaceId);
  }

  /** Nothing will happen by itself. */
  get isIdle(): boolean {
    return this.nextDueUs() === Number.POSITIVE_INFINITY;
  }

  private nextDueUs(): number {
    return Math.min(this.stack.nextTimeoutUs(), this.sockets.nextDeadlineUs);
  }

  /** The packets come in now, in one batch. */
  injectAll(packets: readonly Uint8Array[]): void {
    for (const bytes of packets) {
      const slot = Slot.allocate(Math.max(bytes.length, 64), false);
      slot.memory.u8.set(bytes, slot.offset);
      slot.length = bytes.length;
      slot.interfaceId = this.interfaceId;
      this.stack.receive(slot, this.nowUs);
    }
    this.settle();
  }

  /** After socket calls: sends what they have caused, lets everybody know what happened. */
  settle(): void {
    this.drain();
    this.sockets.settle(this.nowUs);
    this.afterStep();
    this.drain();
  }

  /** Lets time pass until `untilUs`, or until `stop` says so after a step. */
  advance(untilUs: number, stop: () => boolean = () => false): void {
    for (let rounds = 0; rounds < ROUNDS_MAX; rounds++) {
      if (stop()) return;
      const dueUs = this.nextDueUs();
      if (dueUs > untilUs) break;
      this.nowUs = Math.max(this.nowUs, dueUs);
      this.stack.handleTimeout(this.nowUs);
      this.settle();
    }
    if (untilUs <= this.nowUs) return;
    this.nowUs = untilUs;
    this.stack.handleTimeout(this.nowUs);
    this.settle();
  }

  private drain(): void {
    for (;;) {
      this.slot.reset();
      this.slot.interfaceId = this.interfaceId;
      if (!this.stack.pollTransmit(this.nowUs, this.slot)) return;
      this.sent.push(readPacket(this.slot, this.nowUs));
    }
  }
}
