/**
 * The UDP header (RFC 768), with the zero checksum that IPv4 allows and IPv6 does not (RFC 8200 section 8.1).
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import { computeChecksum, isChecksumRight, pseudoHeaderSum } from './checksum.ts';
import { DropReason } from './drop-reason.ts';
import { type IpPacket, IpProtocol } from './ip-packet.ts';

/** Octets of a UDP header. */
export const UDP_HEADER_LENGTH = 8;
/** Where the checksum lies in the header. */
export const UDP_CHECKSUM_OFFSET = 6;

/** A parsed datagram; one is reused for all. The IP packet it came in is `packet`. */
export class UdpDatagram {
  readonly packet: IpPacket;
  sourcePort = 0;
  destinationPort = 0;
  /** By the UDP length field: bytes of the IP payload behind it are not part of the datagram. */
  payloadOffset = 0;
  payloadLength = 0;
  /** As on the wire; 0: the sender computed none. */
  checksum = 0;

  constructor(packet: IpPacket) {
    this.packet = packet;
  }
}

/**
 * Parses the datagram in the payload of `datagram.packet` and verifies its checksum unless the device vouches for it.
 * @returns DropReason
 */
export function parseUdp(datagram: UdpDatagram): DropReason {
  const { packet } = datagram;
  const { memory, payloadOffset: offset } = packet;
  if (packet.payloadLength < UDP_HEADER_LENGTH) return DropReason.udpTruncated;
  const ports = memory.view.getInt32(offset);
  const second = memory.view.getInt32(offset + 4);
  const length = second >>> 16;
  if (length < UDP_HEADER_LENGTH || length > packet.payloadLength) return DropReason.udpBadLength;
  datagram.sourcePort = ports >>> 16;
  datagram.destinationPort = ports & 0xffff;
  datagram.payloadOffset = offset + UDP_HEADER_LENGTH;
  datagram.payloadLength = length - UDP_HEADER_LENGTH;
  datagram.checksum = second & 0xffff;
  if (datagram.checksum === 0) {
    // RFC 1122 §4.1.3.4: over IPv4 zero means none was computed. RFC 8200 §8.1: over IPv6 such a datagram is dropped.
    return packet.family === 6 ? DropReason.udpNoChecksum : DropReason.none;
  }
  if (packet.checksumVerified !== 0) return DropReason.none;
  const sum = pseudoHeaderSum(packet, IpProtocol.udp, length);
  return isChecksumRight(memory, offset, length, sum) ? DropReason.none : DropReason.udpBadChecksum;
}

/**
 * Writes the header with a zero checksum.
 * @param length header and payload, 8 to 65535
 * @returns 8
 */
export function emitUdpHeader(
  memory: PacketMemory,
  offset: number,
  sourcePort: number,
  destinationPort: number,
  length: number,
): number {
  memory.view.setUint32(offset, (sourcePort << 16) | (destinationPort & 0xffff));
  memory.view.setUint32(offset + 4, length << 16);
  return UDP_HEADER_LENGTH;
}

/**
 * Computes and stores the checksum of the datagram of `length` bytes at `offset`, whose checksum field must hold 0.
 * @param pseudoSum from `pseudoHeaderSum` with the same length
 */
export function writeUdpChecksum(memory: PacketMemory, offset: number, length: number, pseudoSum: number): void {
  const checksum = computeChecksum(memory, offset, length, pseudoSum);
  // RFC 768: a computed zero goes out as all ones, its equal in one's complement.
  memory.view.setUint16(offset + UDP_CHECKSUM_OFFSET, checksum === 0 ? 0xffff : checksum);
}
