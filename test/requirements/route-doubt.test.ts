/** RFC 9293 section 3.8.3: at R1 TCP tells IP that the way may be dead. On Ethernet that means: ask for the neighbor again. */
import { describe, expect, it } from 'vitest';
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { MacAddress } from '../../src/base/mac-address.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { Slot } from '../../src/base/slot.ts';
import { StreamSocket } from '../../src/socket/index.ts';
import { Stack } from '../../src/stack/stack.ts';
import { MSS_1460, OURS, type Profile, THEIRS, text } from './bench.ts';
import { buildSegment, parseAddress, readPacket, type Segment } from './wire.ts';

const PROFILES: readonly Profile[] = ['rfc', 'linux'];
const OUR_MAC = [2, 0, 0, 0, 0, 1];
const THEIR_MAC = [2, 0, 0, 0, 0, 2];
const ARP = 0x0806;

/** One stack on an Ethernet link, frames by hand; ARP requests are answered while `answersArp`. */
class EthernetBench {
  readonly stack: Stack;
  readonly interfaceId: number;
  nowUs = 1_000_000;
  answersArp = true;
  readonly segments: Segment[] = [];
  /** Microseconds at which ARP requests went out. */
  readonly arpUs: number[] = [];
  private readonly slot = Slot.allocate(2_000, true);

  constructor(profile: Profile) {
    this.stack = new Stack({ profile, random: new SeededRandom(3) });
    const capabilities = plainCapabilities('ethernet', 1500);
    this.interfaceId = this.stack.addInterface({
      name: 'eth0',
      capabilities,
      mac: MacAddress.parse('02:00:00:00:00:01'),
    }).id;
    this.stack.addAddress(this.interfaceId, `${OURS}/24`);
  }

  give(type: number, payload: Uint8Array): void {
    const slot = Slot.allocate(2_000, true);
    slot.memory.u8.set([...OUR_MAC, ...THEIR_MAC, type >> 8, type & 255, ...payload], slot.offset);
    slot.length = 14 + payload.length;
    slot.interfaceId = this.interfaceId;
    this.stack.receive(slot, this.nowUs);
    this.drain();
  }

  run(ms: number): void {
    const untilUs = this.nowUs + ms * 1000;
    this.drain();
    for (let dueUs = this.stack.nextTimeoutUs(); dueUs <= untilUs; dueUs = this.stack.nextTimeoutUs()) {
      this.nowUs = Math.max(this.nowUs, dueUs);
      this.stack.handleTimeout(this.nowUs);
      this.drain();
    }
    this.nowUs = untilUs;
  }

  private drain(): void {
    for (;;) {
      this.slot.reset();
      this.slot.interfaceId = this.interfaceId;
      if (!this.stack.pollTransmit(this.nowUs, this.slot)) return;
      const frame = this.slot.memory.u8.slice(this.slot.offset, this.slot.offset + this.slot.length);
      const type = ((frame[12] ?? 0) << 8) | (frame[13] ?? 0);
      if (type === ARP) this.takeArp(frame);
      else if (type === 0x0800) this.segments.push(...[readPacket(frame.slice(14), this.nowUs).segment ?? []].flat());
    }
  }

  private takeArp(frame: Uint8Array): void {
    const isRequest = frame[21] === 1;
    if (!isRequest || !frame.slice(38, 42).every((octet, index) => octet === parseAddress(THEIRS)[index])) return;
    this.arpUs.push(this.nowUs);
    if (!this.answersArp) return;
    const reply = [0, 1, 8, 0, 6, 4, 0, 2, ...THEIR_MAC, ...parseAddress(THEIRS), ...OUR_MAC, ...parseAddress(OURS)];
    this.give(ARP, Uint8Array.from(reply));
  }
}

describe.each(PROFILES)('%s: a dead way', (profile) => {
  /** A connection; then the peer falls silent. ARP requests seen during `ms` of silence, in seconds from its start. */
  const doubts = (ms: number, hasData: boolean): number[] => {
    const bench = new EthernetBench(profile);
    bench.run(10);
    const socket = StreamSocket.connect(bench.stack, { remoteAddress: THEIRS, remotePort: 80 });
    bench.run(1);
    const [syn] = bench.segments.splice(0);
    const ports = { source: THEIRS, destination: OURS, sourcePort: 80, destinationPort: syn!.sourcePort };
    bench.give(0x0800, buildSegment({ ...ports, seq: 9_000, ack: syn!.seq + 1, flags: 'SA', options: MSS_1460 }));
    bench.run(1);
    expect(socket.stateName).toBe('ESTABLISHED');
    bench.arpUs.length = 0;
    bench.answersArp = false;
    const startUs = bench.nowUs;
    if (hasData) socket.write(text(100));
    bench.run(ms);
    return bench.arpUs.map((us) => (us - startUs) / 1e6);
  };

  // RFC 9293 §3.8.3 MUST-20: retransmissions that get no answer make IP doubt the neighbor long before its time.
  it('is asked for again once R1 is reached', () => {
    expect(doubts(14_000, true).length).toBeGreaterThan(0);
  });

  // RFC 9293 §3.8.3 MUST-20: without them it does not: an idle neighbor is left alone.
  it('is not asked for while nothing is sent', () => {
    expect(doubts(14_000, false)).toEqual([]);
  });
});
