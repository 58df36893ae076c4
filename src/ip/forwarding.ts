/**
 * Passing on what is not ours, for hosts that were made routers (RFC 1812 section 5, RFC 8200): hop limit, path MTU, the
 * errors a router owes. No filtering, no redirects, no multicast routing. A super-segment is one datagram to the counters and
 * as long as its longest piece to the path MTU, as in Linux.
 */

import type { Slot } from '../base/slot.ts';
import { updateChecksum16 } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import { carriesWhole, completeChecksum } from '../wire/segmentation.ts';
import type { IpFamilyCounters } from './counters.ts';
import { type Destination, DestinationKind } from './destination.ts';
import type { QueuedFrame } from './frame-queue.ts';
import type { IcmpErrors, IpContext } from './ip-context.ts';
import type { IpOutput } from './ip-output.ts';
import { PacketSegmenter } from './packet-segmenter.ts';
import type { Routing } from './routing.ts';

export class Forwarder {
  private readonly context: IpContext;
  private readonly routing: Routing;
  private readonly output: IpOutput;
  private readonly errors: IcmpErrors;
  /** Made for the first super-segment. */
  private segmenter: PacketSegmenter | null = null;

  constructor(context: IpContext, routing: Routing, output: IpOutput, errors: IcmpErrors) {
    this.context = context;
    this.routing = routing;
    this.output = output;
    this.errors = errors;
  }

  /** Sends `packet` on its way; `slot` is the frame it came in. @returns DropReason */
  forward(packet: IpPacket, slot: Slot): DropReason {
    if (packet.linkBroadcast || !mayTravel(packet)) return DropReason.notForUs;
    if (packet.hopLimit <= 1) {
      this.errors.hopLimitExceeded(packet);
      return DropReason.hopLimitExceeded;
    }
    const counters = packet.family === 4 ? this.context.counters.ip : this.context.counters.ip6;
    const destination = this.routing.lookupForward(packet.destinationAddress());
    if (destination === null || destination.kind !== DestinationKind.unicast) {
      counters.InNoRoutes++;
      this.errors.netUnreachable(packet);
      return DropReason.noRoute;
    }
    if (packet.gsoSize > 0) return this.forwardSuperSegment(packet, destination, slot, counters);
    if (packet.totalLength <= destination.linkMtu) return this.pass(packet, destination, slot, counters);
    if (!mayFragment(packet)) return this.tooBig(packet, destination, counters);
    counters.ForwDatagrams++;
    const whole = this.copy(packet, destination, slot);
    // Nobody behind us sees the whole, of which the checksum is.
    completeChecksum(whole.slot);
    const reason = this.sendFragments(whole, destination);
    return reason === DropReason.packetTooBig ? reason : DropReason.none;
  }

  private pass(packet: IpPacket, destination: Destination, slot: Slot, counters: IpFamilyCounters): DropReason {
    counters.ForwDatagrams++;
    const frame = this.copy(packet, destination, slot);
    if (!destination.interface.capabilities.checksum) completeChecksum(frame.slot);
    // Whatever becomes of it now is counted where it happens.
    this.output.sendFrame(frame, destination);
    return DropReason.none;
  }

  private forwardSuperSegment(
    packet: IpPacket,
    destination: Destination,
    slot: Slot,
    counters: IpFamilyCounters,
  ): DropReason {
    this.segmenter ??= new PacketSegmenter();
    const { segmenter } = this;
    if (!segmenter.begin(packet, slot)) {
      counters.OutDiscards++;
      return DropReason.packetTooBig;
    }
    const fits = segmenter.longestPiece <= destination.linkMtu;
    if (!fits && !mayFragment(packet)) return this.tooBig(packet, destination, counters);
    if (fits && carriesWhole(destination.interface.capabilities, slot)) {
      return this.pass(packet, destination, slot, counters);
    }
    counters.ForwDatagrams++;
    this.sendPieces(packet, destination, segmenter);
    return DropReason.none;
  }

  private sendPieces(packet: IpPacket, destination: Destination, segmenter: PacketSegmenter): void {
    for (;;) {
      const frame = this.output.beginFrame(destination.interface, segmenter.longestPiece);
      const length = segmenter.next(frame);
      if (length === 0) {
        this.output.pool.give(frame);
        return;
      }
      frame.slot.length = frame.ipOffset + length;
      frame.isForwarded = true;
      decrementHopLimit(frame, packet);
      if (length <= destination.linkMtu) this.output.sendFrame(frame, destination);
      else this.sendFragments(frame, destination);
    }
  }

  private sendFragments(whole: QueuedFrame, destination: Destination): number {
    const start = whole.slot.offset + whole.ipOffset;
    const reason = this.output.sendFragments(whole.slot.memory, start, destination, destination.linkMtu, false, true);
    this.output.pool.give(whole);
    return reason;
  }

  private tooBig(packet: IpPacket, destination: Destination, counters: IpFamilyCounters): DropReason {
    if (packet.family === 6) counters.InTooBigErrors++;
    counters.FragFails++;
    this.errors.packetTooBig(packet, destination.linkMtu);
    return DropReason.packetTooBig;
  }

  /** A copy of the packet with one hop less to go, and with what its sender left to the device. */
  private copy(packet: IpPacket, destination: Destination, slot: Slot): QueuedFrame {
    const frame = this.output.beginFrame(destination.interface, packet.totalLength);
    const start = frame.slot.offset + frame.ipOffset;
    const from = packet.headerOffset;
    frame.slot.memory.u8.set(packet.memory.u8.subarray(from, from + packet.totalLength), start);
    decrementHopLimit(frame, packet);
    frame.isForwarded = true;
    frame.slot.gsoSize = slot.gsoSize;
    frame.slot.gsoType = slot.gsoType;
    if (slot.checksumOffset !== 0) {
      frame.slot.checksumStart = slot.checksumStart + frame.ipOffset - (from - slot.offset);
      frame.slot.checksumOffset = slot.checksumOffset;
    }
    return frame;
  }
}

/** RFC 8200 §5: in IPv6 only the source fragments. */
function mayFragment(packet: IpPacket): boolean {
  return packet.family === 4 && !packet.dontFragment;
}

/** RFC 1812 §5.3.7, RFC 4291 §2.5.6: link-local and group addresses stay on their link. */
function mayTravel(packet: IpPacket): boolean {
  if (packet.family === 4) {
    const isLinkLocal = packet.source3 >>> 16 === 0xa9fe || packet.destination3 >>> 16 === 0xa9fe;
    return !isLinkLocal && packet.source3 !== 0 && packet.destination3 >>> 28 < 0xe;
  }
  const isLinkLocal = packet.source0 >>> 22 === 0x3fa || packet.destination0 >>> 22 === 0x3fa;
  const isNobody = (packet.source0 | packet.source1 | packet.source2 | packet.source3) === 0;
  return !isLinkLocal && !isNobody && packet.destination0 >>> 24 !== 0xff;
}

function decrementHopLimit(frame: QueuedFrame, packet: IpPacket): void {
  const { memory, offset } = frame.slot;
  const start = offset + frame.ipOffset;
  if (packet.family === 6) {
    memory.u8[start + 7] = packet.hopLimit - 1;
    return;
  }
  const before = memory.view.getUint16(start + 8);
  memory.u8[start + 8] = packet.hopLimit - 1;
  const checksum = updateChecksum16(memory.view.getUint16(start + 10), before, memory.view.getUint16(start + 8));
  memory.view.setUint16(start + 10, checksum);
}
