/**
 * Frames as messages of a socket, a batch with one system call: recvmmsg(2) and sendmmsg(2). For packet sockets and Unix
 * datagram sockets of 64-bit machines; elsewhere `DescriptorIo` moves the same frames one by one.
 */
import type { PacketMemory } from '../base/packet-memory.ts';
import type { Slot } from '../base/slot.ts';
import { BATCH_FRAMES } from './device.ts';
import { type FdWatch, type WatchKind, watchReadable } from './fd-watch.ts';
import { AddressCache, type FrameIo } from './frame-io.ts';
import type { NativeCalls } from './native.ts';
import { Socket, type SocketCalls } from './native-sockets.ts';
import { createPacketMemory } from './wasm-memory.ts';

/** What a `MessageIo` works on. */
export interface MessageSocket {
  readonly fd: number;
  readonly headerLength: 0 | 10;
  readonly watchKind: WatchKind;
  /** Where to send: a `struct sockaddr`; null when the socket knows. */
  readonly destination: Uint8Array | null;
  /** Gives the socket back. */
  close(): void;
}

/** The layout below is that of 64-bit little-endian systems. */
export const HAS_MESSAGE_CALLS = ['x64', 'arm64', 'riscv64', 'loong64'].includes(process.arch);

export class MessageIo implements FrameIo {
  readonly headerLength: 0 | 10;
  errno = '';
  private readonly native: NativeCalls;
  private readonly calls: SocketCalls;
  private readonly socket: MessageSocket;
  private readonly addresses = new AddressCache();
  private readonly incoming: MessageVector;
  private readonly outgoing: MessageVector;

  constructor(native: NativeCalls, calls: SocketCalls, socket: MessageSocket) {
    this.native = native;
    this.calls = calls;
    this.socket = socket;
    this.headerLength = socket.headerLength;
    this.incoming = new MessageVector(native, null);
    this.outgoing = new MessageVector(native, socket.destination);
  }

  read(slots: readonly Slot[]): number {
    const { incoming, headerLength } = this;
    const most = Math.min(slots.length, BATCH_FRAMES);
    for (let index = 0; index < most; index++) {
      const slot = slots[index]!;
      incoming.set(index, this.addressOf(slot), slot.capacity + headerLength);
    }
    const count = this.calls.recvmmsg(this.socket.fd, incoming.address, most, Socket.MSG_DONTWAIT);
    this.errno = count < 0 ? this.native.errnoName(this.native.errno()) : count < most ? 'EAGAIN' : '';
    for (let index = 0; index < count; index++) {
      const slot = slots[index]!;
      slot.reset();
      // Cut off: longer than any frame may be, so that it is not taken for one.
      slot.length = incoming.isTruncated(index) ? slot.capacity + 1 : incoming.lengthOf(index) - headerLength;
    }
    return Math.max(count, 0);
  }

  write(slots: readonly Slot[], from: number, to: number): number {
    const { outgoing, headerLength } = this;
    this.errno = '';
    for (let next = from; next < to; ) {
      const most = Math.min(to - next, BATCH_FRAMES);
      for (let index = 0; index < most; index++) {
        const slot = slots[next + index]!;
        outgoing.set(index, this.addressOf(slot), slot.length + headerLength);
      }
      const count = this.calls.sendmmsg(this.socket.fd, outgoing.address, most, Socket.MSG_DONTWAIT);
      if (count < 0) this.errno = this.native.errnoName(this.native.errno());
      if (count <= 0) return next;
      next += count;
    }
    return to;
  }

  watch(ready: () => boolean): FdWatch {
    return watchReadable(this.native, this.socket.fd, this.socket.watchKind, ready);
  }

  close(): void {
    this.socket.close();
  }

  private addressOf(slot: Slot): number {
    return this.addresses.of(this.native, slot) + slot.offset - this.headerLength;
  }
}

/** An array of `struct mmsghdr`, each with one `struct iovec`. */
class MessageVector {
  readonly address: number;
  private readonly memory: PacketMemory;

  constructor(native: NativeCalls, destination: Uint8Array | null) {
    const nameAt = BATCH_FRAMES * (MMSGHDR_BYTES + IOVEC_BYTES);
    this.memory = createPacketMemory(nameAt + 128);
    this.address = native.addressOf(this.memory.u8);
    this.memory.u8.set(destination ?? [], nameAt);
    for (let index = 0; index < BATCH_FRAMES; index++) {
      const header = (index * MMSGHDR_BYTES) >> 2;
      if (destination !== null) {
        this.setPointer(header + MSG_NAME, this.address + nameAt);
        this.memory.u32[header + MSG_NAMELEN] = destination.length;
      }
      this.setPointer(header + MSG_IOV, this.address + this.iovecAt(index));
      this.memory.u32[header + MSG_IOVLEN] = 1;
    }
  }

  set(index: number, address: number, length: number): void {
    const at = this.iovecAt(index) >> 2;
    this.setPointer(at, address);
    this.memory.u32[at + 2] = length;
  }

  lengthOf(index: number): number {
    return this.memory.u32[((index * MMSGHDR_BYTES) >> 2) + MSG_LEN]!;
  }

  isTruncated(index: number): boolean {
    return (this.memory.u32[((index * MMSGHDR_BYTES) >> 2) + MSG_FLAGS]! & Socket.MSG_TRUNC) !== 0;
  }

  private iovecAt(index: number): number {
    return BATCH_FRAMES * MMSGHDR_BYTES + index * IOVEC_BYTES;
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
