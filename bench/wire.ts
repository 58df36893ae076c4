/**
 * What joins the two stacks of a benchmark: real packets of at most the MTU, with finished checksums that the other end verifies.
 * Either each is made and taken by the stack one at a time, or, as on any device of ours that cannot carry super-segments,
 * software cuts and puts together at the edge, and what lies between is the same.
 */
import { type LinkCapabilities, plainCapabilities, Slot, type Stack } from 'woshou';
import { Coalescer, carriesWhole, completeChecksum, Segmenter } from 'woshou/link';
import { createPacketMemory } from 'woshou/node';

/** Frames in one batch, as our devices have them. */
const BATCH = 64;
const HEADROOM = 32;
const LARGEST = 65_536 + 64;

/** Carries what one stack has to say to the other. */
export interface Wire {
  /** What the stacks are told of it. */
  readonly capabilities: LinkCapabilities;
  /** Until `from` has nothing more; returns how many frames passed. */
  carry(from: Stack, to: Stack, nowUs: number): number;
}

/** One packet after the other, from `pollTransmit` to `receive`. */
export class PacketWire implements Wire {
  readonly capabilities: LinkCapabilities;
  private readonly slot: Slot;

  constructor(mtu: number, interfaceId: number) {
    this.capabilities = plainCapabilities('ip', mtu);
    this.slot = new Slot(createPacketMemory(mtu + 128), HEADROOM, mtu + 64, HEADROOM);
    this.slot.interfaceId = interfaceId;
  }

  carry(from: Stack, to: Stack, nowUs: number): number {
    const { slot } = this;
    let frames = 0;
    while (from.pollTransmit(nowUs, slot)) {
      to.receive(slot, nowUs);
      frames++;
    }
    return frames;
  }
}

/** Super-segments at both ends, packets between them. */
export class SegmentingWire implements Wire {
  readonly capabilities: LinkCapabilities;
  private readonly plain: LinkCapabilities;
  private readonly slot: Slot;
  private readonly packets: Slot[];
  private readonly segmenter = new Segmenter('ip');
  private readonly coalescer: Coalescer;
  private waiting = 0;

  constructor(mtu: number, interfaceId: number) {
    this.plain = plainCapabilities('ip', mtu);
    this.capabilities = { ...this.plain, tso4: true, tso6: true, tsoAccEcn: true, uso: true, checksum: true };
    this.slot = new Slot(createPacketMemory(LARGEST + HEADROOM), HEADROOM, LARGEST, HEADROOM);
    this.slot.interfaceId = interfaceId;
    const stride = (HEADROOM + mtu + 67) & ~3;
    const memory = createPacketMemory(BATCH * stride);
    this.packets = Array.from({ length: BATCH }, (_, index) => {
      const packet = new Slot(memory, index * stride + HEADROOM, mtu, HEADROOM);
      packet.interfaceId = interfaceId;
      return packet;
    });
    this.coalescer = new Coalescer('ip', createPacketMemory(BATCH * (mtu + 128)));
  }

  carry(from: Stack, to: Stack, nowUs: number): number {
    const { slot } = this;
    let frames = 0;
    while (from.pollTransmit(nowUs, slot)) frames += this.put(slot, to, nowUs);
    this.deliver(to, nowUs);
    return frames;
  }

  private put(slot: Slot, to: Stack, nowUs: number): number {
    if (slot.gsoSize === 0 || carriesWhole(this.plain, slot)) {
      const packet = this.packets[this.waiting]!;
      if (!packet.copyFrom(slot)) throw new Error(`a packet of ${slot.length} octets`);
      completeChecksum(packet);
      this.commit(to, nowUs);
      return 1;
    }
    if (!this.segmenter.begin(slot)) throw new Error('a super-segment that cannot be cut');
    let frames = 0;
    while (this.segmenter.next(this.packets[this.waiting]!) !== null) {
      this.commit(to, nowUs);
      frames++;
    }
    return frames;
  }

  private commit(to: Stack, nowUs: number): void {
    this.waiting++;
    if (this.waiting === BATCH) this.deliver(to, nowUs);
  }

  private deliver(to: Stack, nowUs: number): void {
    const { coalescer } = this;
    const count = coalescer.take(this.packets, this.waiting);
    this.waiting = 0;
    for (let index = 0; index < count; index++) to.receive(coalescer.frames[index]!, nowUs);
  }
}
