/**
 * The slot: the contract between the stack and whatever carries frames. One frame, where it lies, and what the
 * carrier still has to do with it. Slots are reused; a received frame is valid only during the call that hands it over.
 */
import { copyOctets, type PacketMemory, PlainPacketMemory } from './packet-memory.ts';

/** Segmentation kinds, numbered as in the virtio-net header. */
export const GsoType = { none: 0, tcp4: 1, udp: 3, tcp6: 4, udpL4: 5 } as const;

/** With a TCP type: CWR is a bit of Accurate ECN's counter and stays on every segment (RFC 9768 section 3.3.4). */
export const GSO_ACCECN = 0x40;

/** One frame on its way in or out. All fields but `memory` are integers (departUs may be a double). */
export class Slot {
  memory: PacketMemory;
  /** First byte of the frame. */
  offset: number;
  /** Bytes the frame may take from `offset` on. */
  capacity: number;
  /** Bytes before `offset` that the carrier may use for a header of its own. */
  headroom: number;
  /** The interface that asks (transmit) or that received. */
  interfaceId = 0;
  /** Bytes of the frame. */
  length = 0;
  /** Payload bytes of each wire segment when the frame is a super-segment, else 0. */
  gsoSize = 0;
  /** A `GsoType`: which protocol the super-segment is cut by; perhaps with `GSO_ACCECN`. */
  gsoType = 0;
  /** Where a checksum still to be computed starts (bytes from the frame's first byte) and where it is stored from there. */
  checksumStart = 0;
  /** 0: nothing left to compute. Otherwise the field holds the pseudo-header's sum. */
  checksumOffset = 0;
  /** 1 when the carrier vouches for the transport checksum of a received frame. */
  checksumVerified = 0;
  /** Earliest departure in microseconds of the driver's time (pacing); 0: at once. */
  departUs = 0;

  /**
   * The frame may take bytes `offset` to `offset + capacity` of `memory`; the `headroom` bytes before it are the
   * carrier's.
   */
  constructor(memory: PacketMemory, offset: number, capacity: number, headroom: number) {
    this.memory = memory;
    this.offset = offset;
    this.capacity = capacity;
    this.headroom = headroom;
  }

  /**
   * A slot with memory of its own. The frame starts two bytes off a word boundary when `ethernet`, so that the
   * IP header behind the 14-byte Ethernet header is aligned.
   */
  static allocate(capacity: number, ethernet: boolean): Slot {
    const headroom = ethernet ? 34 : 32;
    return new Slot(new PlainPacketMemory(capacity + headroom + 8), headroom, capacity, headroom);
  }

  /** Clears everything that describes a frame; memory and place stay. */
  reset(): void {
    this.length = 0;
    this.gsoSize = 0;
    this.gsoType = 0;
    this.checksumStart = 0;
    this.checksumOffset = 0;
    this.checksumVerified = 0;
    this.departUs = 0;
  }

  /** Copies the frame and its description from `other`; false when it does not fit. */
  copyFrom(other: Slot): boolean {
    if (other.length > this.capacity) return false;
    copyOctets(other.memory, other.offset, this.memory, this.offset, other.length);
    this.interfaceId = other.interfaceId;
    this.length = other.length;
    this.gsoSize = other.gsoSize;
    this.gsoType = other.gsoType;
    this.checksumStart = other.checksumStart;
    this.checksumOffset = other.checksumOffset;
    this.checksumVerified = other.checksumVerified;
    this.departUs = other.departUs;
    return true;
  }
}
