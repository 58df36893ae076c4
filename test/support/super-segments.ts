/**
 * One stack on a carrier that takes super-segments and finishes checksums, as a network card does: what the stack sends is cut
 * here into the packets that go on the wire.
 */
import { plainCapabilities } from '../../src/base/link-capabilities.ts';
import { SeededRandom } from '../../src/base/random.ts';
import { GsoType, Slot } from '../../src/base/slot.ts';
import { Stack } from '../../src/stack/stack.ts';
import { completeChecksum, Segmenter } from '../../src/wire/segmentation.ts';
import { OURS, type Profile, THEIRS } from '../requirements/bench.ts';
import { buildSegment, readPacket, type Segment, type SegmentSpec } from '../requirements/wire.ts';

const MTU = 1_500;
const PORT = 80;
const PEER_PORT = 40_000;

/** A packet on the wire. */
export interface WirePacket {
  /** Octets of the whole packet. */
  readonly length: number;
  readonly segment: Segment;
}

export class SuperSegments {
  readonly stack: Stack;
  nowUs = 1e9;
  /** How many super-segments the stack has handed over. */
  count = 0;
  private readonly slot = Slot.allocate(70_000, false);
  private readonly segmenter = new Segmenter('ip');
  private readonly interfaceId: number;

  /** @param tcp settings that differ from the profile's @param tsoAccEcn what the carrier can do besides */
  constructor(profile: Profile, tcp: Readonly<Record<string, number | string>> = {}, tsoAccEcn = false) {
    this.stack = new Stack({ profile, random: new SeededRandom(7), startUs: this.nowUs, settings: { tcp } });
    const capabilities = { ...plainCapabilities('ip', MTU), tso4: true, tsoAccEcn, checksum: true };
    this.interfaceId = this.stack.addInterface({ name: 'tun0', capabilities }).id;
    this.stack.addAddress(this.interfaceId, `${OURS}/24`);
  }

  /** A segment of the peer at 10.0.0.2:40000 to port 80. @param gsoSize of each of those that the carrier has merged */
  give(spec: Pick<SegmentSpec, 'flags' | 'seq' | 'ack' | 'options' | 'payload' | 'tos'>, gsoSize = 0): void {
    const ends = { source: THEIRS, destination: OURS, sourcePort: PEER_PORT, destinationPort: PORT };
    const packet = buildSegment({ ...ends, ...spec });
    const slot = Slot.allocate(packet.length, false);
    slot.memory.u8.set(packet, slot.offset);
    slot.length = packet.length;
    slot.gsoSize = gsoSize;
    slot.gsoType = gsoSize > 0 ? GsoType.tcp4 : GsoType.none;
    slot.interfaceId = this.interfaceId;
    this.stack.receive(slot, this.nowUs);
  }

  /** What the stack sends now, packet by packet. */
  take(): WirePacket[] {
    const { slot, segmenter } = this;
    const packets: WirePacket[] = [];
    for (slot.interfaceId = this.interfaceId; this.stack.pollTransmit(this.nowUs, slot); ) {
      if (slot.gsoSize > 0) {
        this.count++;
        if (!segmenter.begin(slot)) throw new Error('a super-segment that cannot be cut');
        for (let part = segmenter.next(); part !== null; part = segmenter.next()) packets.push(...this.read(part));
      } else {
        completeChecksum(slot);
        packets.push(...this.read(slot));
      }
      slot.interfaceId = this.interfaceId;
    }
    return packets;
  }

  private read(slot: Slot): WirePacket[] {
    const bytes = slot.memory.u8.slice(slot.offset, slot.offset + slot.length);
    const { segment } = readPacket(bytes, this.nowUs);
    return segment === null ? [] : [{ length: bytes.length, segment }];
  }
}
