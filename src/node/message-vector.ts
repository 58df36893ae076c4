/** An array of `struct mmsghdr`, each with one `struct iovec` that is a slot: what recvmmsg(2) and sendmmsg(2) work on. */
import type { PacketMemory } from '../base/packet-memory.ts';
import type { Slot } from '../base/slot.ts';
import { AddressCache } from './frame-io.ts';
import type { NativeCalls } from './native.ts';
import { Socket } from './native-sockets.ts';
import { createPacketMemory } from './wasm-memory.ts';

export class MessageVector {
  /** Of the first `struct mmsghdr`. */
  readonly address: number;
  private readonly native: NativeCalls;
  private readonly memory: PacketMemory;
  private readonly frames: number;
  private readonly headerLength: number;
  private readonly addresses = new AddressCache();

  /** @param headerLength bytes before the frame of a slot that travel with it */
  constructor(native: NativeCalls, frames: number, headerLength: number, destination: Uint8Array | null) {
    this.native = native;
    this.frames = frames;
    this.headerLength = headerLength;
    const nameAt = frames * (MMSGHDR_BYTES + IOVEC_BYTES);
    this.memory = createPacketMemory(nameAt + 128);
    this.address = native.addressOf(this.memory.u8);
    this.memory.u8.set(destination ?? [], nameAt);
    for (let index = 0; index < frames; index++) {
      const header = (index * MMSGHDR_BYTES) >> 2;
      if (destination !== null) {
        this.setPointer(header + MSG_NAME, this.address + nameAt);
        this.memory.u32[header + MSG_NAMELEN] = destination.length;
      }
      this.setPointer(header + MSG_IOV, this.address + this.iovecAt(index));
      this.memory.u32[header + MSG_IOVLEN] = 1;
    }
  }

  /** Message `index` is the frame of the slot. */
  setFrame(index: number, slot: Slot): void {
    this.set(index, slot, slot.length);
  }

  /** Message `index` may fill the slot. */
  setRoom(index: number, slot: Slot): void {
    this.set(index, slot, slot.capacity);
  }

  /** Octets of a message that came, without the header. */
  lengthOf(index: number): number {
    return this.memory.u32[((index * MMSGHDR_BYTES) >> 2) + MSG_LEN]! - this.headerLength;
  }

  isTruncated(index: number): boolean {
    return (this.memory.u32[((index * MMSGHDR_BYTES) >> 2) + MSG_FLAGS]! & Socket.MSG_TRUNC) !== 0;
  }

  private set(index: number, slot: Slot, length: number): void {
    const at = this.iovecAt(index) >> 2;
    this.setPointer(at, this.addresses.of(this.native, slot) + slot.offset - this.headerLength);
    this.memory.u32[at + 2] = length + this.headerLength;
  }

  private iovecAt(index: number): number {
    return this.frames * MMSGHDR_BYTES + index * IOVEC_BYTES;
  }

  /** `at` counts words of 32 bits, which are little-endian on every machine this runs on. */
  private setPointer(at: number, address: number): void {
    this.memory.u32[at] = address % 2 ** 32;
    this.memory.u32[at + 1] = Math.floor(address / 2 ** 32);
  }
}

const IOVEC_BYTES = 16;
const MMSGHDR_BYTES = 64;
/** Words of 32 bits. */
const MSG_NAME = 0;
const MSG_NAMELEN = 2;
const MSG_IOV = 4;
const MSG_IOVLEN = 6;
const MSG_FLAGS = 12;
const MSG_LEN = 14;
