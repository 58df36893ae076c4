/** The checksums of a frame's packet, whose headers a `FrameView` has found. Pure. */
import type { PacketMemory } from '../base/packet-memory.ts';
import { foldSum } from './checksum.ts';
import type { FrameView } from './frame-view.ts';

/** A sum over what it covers and itself (RFC 1071). */
const RIGHT = 0xffff;

/** Both addresses of the IP header at `ip`, as they go into the pseudo-header; unfolded. */
export function addressesSum(memory: PacketMemory, ip: number, family: number): number {
  return family === 4 ? memory.sum(ip + 12, 8) : memory.sum(ip + 8, 32);
}

/** IPv6 headers have no checksum. */
export function isIpHeaderRight({ family, memory, ipStart, transportStart }: FrameView): boolean {
  return family !== 4 || foldSum(memory.sum(ipStart, transportStart - ipStart)) === RIGHT;
}

/** Of a TCP segment, or of a UDP datagram with a checksum, in a packet that is no fragment. */
export function isTransportRight({ family, memory, protocol, ipStart, transportStart, ipEnd }: FrameView): boolean {
  const length = ipEnd - transportStart;
  const sum = addressesSum(memory, ipStart, family) + protocol + length + memory.sum(transportStart, length);
  return foldSum(sum) === RIGHT;
}
