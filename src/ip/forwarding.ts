/**
 * Passing on what is not ours, for hosts that were made routers (RFC 1812 section 5, RFC 8200): hop limit, path MTU, the
 * errors a router owes. No filtering, no redirects, no multicast routing.
 */

import { GSO_ACCECN, type Slot } from '../base/slot.ts';
import { finishChecksum, updateChecksum16 } from '../wire/checksum.ts';
import { DropReason } from '../wire/drop-reason.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import { type Destination, DestinationKind } from './destination.ts';
import type { QueuedFrame } from './frame-queue.ts';
import type { IcmpErrors, IpContext } from './ip-context.ts';
import type { IpOutput } from './ip-output.ts';
import type { Routing } from './routing.ts';

export class Forwarder {
  private readonly context: IpContext;
  private readonly routing: Routing;
  private readonly output: IpOutput;
  private readonly errors: IcmpErrors;

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
    const isSuperSegment = packet.gsoSize > 0;
    if (packet.totalLength > destination.linkMtu && !isSuperSegment) return this.tooBig(packet, destination);
    if (isSuperSegment && !takesSuperSegments(destination, packet.family, slot)) return DropReason.packetTooBig;
    counters.ForwDatagrams++;
    const frame = this.copy(packet, destination, slot);
    // Whatever becomes of it now is counted where it happens.
    this.output.sendFrame(frame, destination);
    return DropReason.none;
  }

  private tooBig(packet: IpPacket, destination: Destination): DropReason {
    const counters = packet.family === 4 ? this.context.counters.ip : this.context.counters.ip6;
    if (packet.family === 4 && !packet.dontFragment) {
      const whole = this.copyPacket(packet, destination);
      const { memory, offset } = whole.slot;
      const start = offset + whole.ipOffset;
      counters.ForwDatagrams++;
      const reason = this.output.sendFragments(memory, start, destination, destination.linkMtu, false, true);
      this.output.pool.give(whole);
      return reason === DropReason.packetTooBig ? reason : DropReason.none;
    }
    if (packet.family === 6) counters.InTooBigErrors++;
    counters.FragFails++;
    this.errors.packetTooBig(packet, destination.linkMtu);
    return DropReason.packetTooBig;
  }

  /** A copy of the packet with one hop less to go. */
  private copyPacket(packet: IpPacket, destination: Destination): QueuedFrame {
    const frame = this.output.beginFrame(destination.interface, packet.totalLength);
    const start = frame.slot.offset + frame.ipOffset;
    const from = packet.headerOffset;
    frame.slot.memory.u8.set(packet.memory.u8.subarray(from, from + packet.totalLength), start);
    decrementHopLimit(frame, start, packet);
    frame.isForwarded = true;
    return frame;
  }

  /** The same with what the sender left to the device. */
  private copy(packet: IpPacket, destination: Destination, slot: Slot): QueuedFrame {
    const frame = this.copyPacket(packet, destination);
    const shift = frame.ipOffset - (packet.headerOffset - slot.offset);
    frame.slot.gsoSize = slot.gsoSize;
    frame.slot.gsoType = slot.gsoType;
    if (slot.checksumOffset !== 0) {
      frame.slot.checksumStart = slot.checksumStart + shift;
      frame.slot.checksumOffset = slot.checksumOffset;
      if (!destination.interface.capabilities.checksum) completeChecksum(frame);
    }
    return frame;
  }
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

function takesSuperSegments(destination: Destination, family: number, { gsoType }: Slot): boolean {
  const { tso4, tso6, tsoAccEcn } = destination.interface.capabilities;
  if (gsoType & GSO_ACCECN && tsoAccEcn !== true) return false;
  return family === 4 ? tso4 : tso6;
}

function decrementHopLimit(frame: QueuedFrame, start: number, packet: IpPacket): void {
  const { memory } = frame.slot;
  if (packet.family === 6) {
    memory.u8[start + 7] = packet.hopLimit - 1;
    return;
  }
  const before = memory.view.getUint16(start + 8);
  memory.u8[start + 8] = packet.hopLimit - 1;
  const checksum = updateChecksum16(memory.view.getUint16(start + 10), before, memory.view.getUint16(start + 8));
  memory.view.setUint16(start + 10, checksum);
}

/** The frame came from a sender that left its transport checksum to the device; the next device cannot do it. */
function completeChecksum(frame: QueuedFrame): void {
  const { slot } = frame;
  const at = slot.offset + slot.checksumStart;
  if (at + slot.checksumOffset + 2 > slot.offset + slot.length) return;
  const sum = slot.memory.sum(at, slot.offset + slot.length - at);
  slot.memory.view.setUint16(at + slot.checksumOffset, finishChecksum(sum) || 0xffff);
  slot.checksumStart = 0;
  slot.checksumOffset = 0;
}
