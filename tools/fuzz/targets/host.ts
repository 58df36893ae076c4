/**
 * A whole host on Ethernet: frames of any kind, damaged or with their checksums mended, and time. Nothing throws, time moves on, what
 * the host sends is well formed, and it keeps no more than its settings allow.
 */
import { plainCapabilities } from '../../../src/base/link-capabilities.ts';
import { MacAddress } from '../../../src/base/mac-address.ts';
import { SeededRandom } from '../../../src/base/random.ts';
import { Slot } from '../../../src/base/slot.ts';
import { DatagramSocket, ListenSocket } from '../../../src/socket/index.ts';
import { Stack } from '../../../src/stack/stack.ts';
import { FRAME_NAMES, frameBytes } from '../../../test/support/hex-frames.ts';
import { readFrame } from '../../../test/support/wire-reader.ts';
import { mendPacket } from '../mend.ts';
import { InputReader, must, type Target } from '../target.ts';

const FRAMES_MAX = 40;
const ANSWERS_MAX = 2_000;
const ETHERNET = 14;
const WAITS_MS = [0, 1, 1_000, 30_000, 61_000, 600_000, 7_200_000] as const;
const START_US = 2 ** 31 * 1000 - 30_000_000;

export const HOST_TARGET: Target = {
  name: 'host',
  covers: ['src/ip/', 'src/icmp/', 'src/udp/', 'src/wire/'],
  maxLength: 600,
  isText: false,
  seeds: () => [
    ...FRAME_NAMES.map((name) => Uint8Array.of(0, ...sized(frameBytes(name)), 0, ...sized(frameBytes(name)))),
    Uint8Array.of(1, ...sized(frameBytes('fragment4')), 200, 1, ...sized(frameBytes('fragment4')), 203),
    Uint8Array.of(4, ...sized(frameBytes('igmpQuery3')), 202, 0, ...sized(frameBytes('mldQuery2')), 203),
    Uint8Array.of(0, ...sized(frameBytes('ra')), 203, 0, ...sized(frameBytes('redirect6')), 205),
  ],
  run: (bytes) => new Host(new InputReader(bytes)).play(),
};

function sized(frame: Uint8Array): number[] {
  return [frame.length, ...frame];
}

class Host {
  private readonly input: InputReader;
  private readonly stack: Stack;
  private readonly slot = Slot.allocate(2_000, true);
  private nowUs = START_US;

  constructor(input: InputReader) {
    this.input = input;
    const kind = input.u8();
    this.stack = new Stack({
      name: 'host',
      profile: kind & 1 ? 'rfc' : 'linux',
      random: new SeededRandom(kind),
      settings: { ip: { forwarding: (kind & 2) !== 0 } },
      startUs: START_US,
    });
    const mac = MacAddress.parse('02:00:00:00:00:02');
    const { id } = this.stack.addInterface({ name: 'eth0', capabilities: plainCapabilities('ethernet', 1500), mac });
    for (const address of ['198.51.100.2/24', '2001:db8::2/64', 'fe80::2/64']) this.stack.addAddress(id, address);
    this.stack.addRoute('0.0.0.0/0', '198.51.100.1', id);
    new ListenSocket(this.stack, { port: 80 });
    const datagrams = new DatagramSocket(this.stack, { port: 5_000 });
    if (kind & 4) {
      datagrams.joinGroup('224.0.0.5', id);
      datagrams.joinGroup('ff02::5', id);
    }
    this.wait(3_000);
  }

  play(): void {
    for (let left = FRAMES_MAX; left > 0 && !this.input.isEmpty; left--) {
      const what = this.input.u8();
      if (what >= 200) this.wait(WAITS_MS[what % WAITS_MS.length] ?? 0);
      else this.give(this.input.take(what), (what & 3) !== 3);
    }
    this.wait(120_000);
  }

  /** What is there at the end of the wait. */
  private give(frame: Uint8Array, isMended: boolean): void {
    const { slot } = this;
    if (isMended) mendPacket(frame.subarray(ETHERNET));
    slot.reset();
    slot.memory.u8.set(frame, slot.offset);
    slot.length = frame.length;
    slot.interfaceId = 1;
    this.stack.receive(slot, this.nowUs);
    this.drain();
  }

  private wait(ms: number): void {
    const untilUs = this.nowUs + ms * 1_000;
    for (let rounds = 0; this.stack.nextTimeoutUs() <= untilUs; rounds++) {
      must(rounds < 100_000, 'time does not move on');
      this.nowUs = Math.max(this.nowUs, this.stack.nextTimeoutUs());
      this.stack.handleTimeout(this.nowUs);
      this.drain();
    }
    this.nowUs = untilUs;
    this.stack.handleTimeout(untilUs);
    this.drain();
  }

  private drain(): void {
    const { slot } = this;
    for (let sent = 0; ; sent++) {
      must(sent < ANSWERS_MAX, `more than ${ANSWERS_MAX} frames at once`);
      slot.interfaceId = 1;
      if (!this.stack.pollTransmit(this.nowUs, slot)) return;
      const bytes = slot.memory.u8.slice(slot.offset, slot.offset + slot.length);
      const wrong = readFrame(bytes).layers.find(({ name, reason }) => reason !== 0 && name !== 'quoted');
      // What is forwarded is as it came: only its IP header is ours.
      const isForwarded = this.stack.settings.ip.forwarding && wrong?.name !== 'ip' && wrong?.name !== 'ethernet';
      must(wrong === undefined || isForwarded, `a frame was sent whose ${wrong?.name} is not well formed`);
    }
  }
}
