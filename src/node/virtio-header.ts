/**
 * The virtio network header (OASIS virtio 1.2 section 5.1.6) that Linux puts before each frame of a TUN, TAP or packet
 * socket with offloads (IFF_VNET_HDR, PACKET_VNET_HDR): what a super-segment is cut by, which checksum is still to be finished.
 * It lies in the slot's headroom. What comes in is not believed: a header that makes no sense is refused, the caller counts.
 */
import type { LinkMedium } from '../base/link-capabilities.ts';
import { GsoType, type Slot } from '../base/slot.ts';
import { IpProtocol } from '../wire/ip-packet.ts';
import { TcpFlag } from '../wire/tcp-segment.ts';

/** Without and with the number of buffers, which means nothing here; the longer one keeps IP headers on a word boundary. */
export type VirtioHeaderLength = 10 | 12;

/** Fields of the header, by offset. */
const FLAGS = 0;
const GSO_TYPE = 1;
const HEADER_LENGTH = 2;
const GSO_SIZE = 4;
const CHECKSUM_START = 6;
const CHECKSUM_OFFSET = 8;
const BUFFERS = 10;

const NEEDS_CHECKSUM = 1;
const CHECKSUM_VALID = 2;
/** In the type: the first segment bears CWR, the others must not. */
const GSO_ECN = 0x80;

/** The kernel's own bound on the parts of a UDP super-segment. */
const UDP_PARTS_MAX = 128;
/** Smaller pieces are no segments but an attack on whoever counts them. */
const GSO_SIZE_MIN = 8;
const TCP_FLAGS_AT = 13;

/** The header is in the byte order of the machine. */
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Writes what the slot says into its headroom. */
export function writeVirtioHeader(slot: Slot, length: VirtioHeaderLength): void {
  const { view, u8 } = slot.memory;
  const at = slot.offset - length;
  const isUnfinished = slot.checksumOffset !== 0;
  u8[at + FLAGS] = isUnfinished ? NEEDS_CHECKSUM : 0;
  u8[at + GSO_TYPE] = slot.gsoSize === 0 ? 0 : typeWithEcn(slot);
  view.setUint16(at + HEADER_LENGTH, slot.gsoSize === 0 ? 0 : headersLength(slot), IS_LITTLE_ENDIAN);
  view.setUint16(at + GSO_SIZE, slot.gsoSize, IS_LITTLE_ENDIAN);
  view.setUint16(at + CHECKSUM_START, isUnfinished ? slot.checksumStart : 0, IS_LITTLE_ENDIAN);
  view.setUint16(at + CHECKSUM_OFFSET, slot.checksumOffset, IS_LITTLE_ENDIAN);
  if (length === 12) view.setUint16(at + BUFFERS, 0);
}

/** Takes over what the header in the slot's headroom says of its frame; false when it cannot be true. */
export function readVirtioHeader(slot: Slot, length: VirtioHeaderLength, medium: LinkMedium): boolean {
  const { view, u8 } = slot.memory;
  const at = slot.offset - length;
  const flags = u8[at + FLAGS]!;
  if (flags & NEEDS_CHECKSUM) {
    const start = view.getUint16(at + CHECKSUM_START, IS_LITTLE_ENDIAN);
    const offset = view.getUint16(at + CHECKSUM_OFFSET, IS_LITTLE_ENDIAN);
    if (offset === 0 || start + offset + 2 > slot.length) return false;
    slot.checksumStart = start;
    slot.checksumOffset = offset;
    slot.checksumVerified = 1;
  } else if (flags & CHECKSUM_VALID) slot.checksumVerified = 1;
  const type = u8[at + GSO_TYPE]! & ~GSO_ECN;
  if (type === GsoType.none) return true;
  const size = view.getUint16(at + GSO_SIZE, IS_LITTLE_ENDIAN);
  if (size < GSO_SIZE_MIN || !isOfType(slot, type, medium)) return false;
  const payload = slot.length - slot.checksumStart - 8;
  // No larger than one part: an ordinary frame.
  if (payload <= size) return true;
  if (type === GsoType.udpL4 && payload > size * UDP_PARTS_MAX) return false;
  slot.gsoType = type;
  slot.gsoSize = size;
  return true;
}

function typeWithEcn(slot: Slot): number {
  const { gsoType } = slot;
  if (gsoType === GsoType.udpL4) return gsoType;
  const flags = slot.memory.u8[slot.offset + slot.checksumStart + TCP_FLAGS_AT]!;
  return flags & TcpFlag.cwr ? gsoType | GSO_ECN : gsoType;
}

/** Up to the end of the transport header, of a frame whose checksum starts at that header. */
function headersLength(slot: Slot): number {
  if (slot.gsoType === GsoType.udpL4) return slot.checksumStart + 8;
  return slot.checksumStart + ((slot.memory.u8[slot.offset + slot.checksumStart + TCP_FLAGS_AT - 1]! >> 4) << 2);
}

/** Whether the frame holds what the type cuts, with its checksum left unfinished, as the kernel always does. */
function isOfType(slot: Slot, type: number, medium: LinkMedium): boolean {
  const { u8 } = slot.memory;
  const { offset, checksumStart, checksumOffset } = slot;
  if (checksumOffset === 0) return false;
  const isTagged = medium === 'ethernet' && u8[offset + 12] === 0x81 && u8[offset + 13] === 0;
  const ip = medium === 'ip' ? 0 : isTagged ? 18 : 14;
  const version = u8[offset + ip]! >> 4;
  if (checksumStart < ip + (version === 6 ? 40 : 20)) return false;
  if (type === GsoType.udpL4) {
    return checksumOffset === 6 && (version === 6 || (version === 4 && u8[offset + ip + 9] === IpProtocol.udp));
  }
  if (checksumOffset !== 16) return false;
  if (type === GsoType.tcp4) return version === 4 && u8[offset + ip + 9] === IpProtocol.tcp;
  return type === GsoType.tcp6 && version === 6;
}
