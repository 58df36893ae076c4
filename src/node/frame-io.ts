/**
 * The part of a device that moves bytes; slots, queues, counters and failures are the same for all (`FrameDevice`).
 * An implementation takes frames with their virtio header, if the carrier has one, which lies before the frame in the slot.
 */
import type { Slot } from '../base/slot.ts';
import { BATCH_BYTES } from './device.ts';
import { type FdWatch, type WatchKind, watchReadable } from './fd-watch.ts';
import type { NativeCalls } from './native.ts';

/** Sending on another thread. */
export interface CrowdWriter {
  /** Frames of a crowd at most. */
  readonly frames: number;
  /**
   * Sends a crowd; one at a time. `done` is called from the event loop with the index of the first that did not go; the slots rest
   * until then, and what comes in meanwhile may be left for then.
   */
  send(crowd: readonly Slot[], done: (next: number) => void): void;
}

/** What carries the frames of a `FrameDevice`. */
export interface FrameIo {
  /** Bytes of the virtio header before each frame; 0: none. */
  readonly headerLength: 0 | 10 | 12;
  /** Why the last `read` or `write` stopped early: the name of the error, or empty. */
  readonly errno: string;
  /** Where crowds of frames may go out on another thread, and others beside them. */
  readonly crowds?: CrowdWriter;
  /**
   * Fills slots from the first on, with `length` set (less than 0 when not even the header came); returns how many.
   * It stops early when there is nothing more, after about a megabyte, or at an error.
   */
  read(slots: readonly Slot[]): number;
  /** Sends frames `from` to `to - 1`; returns the index of the first that did not go, `to` when all went. */
  write(slots: readonly Slot[], from: number, to: number): number;
  /** Calls `ready`, from the event loop, whenever there may be something to read; true asks to be called again soon. */
  watch(ready: () => boolean): FdWatch;
  /** Gives the carrier back. */
  close(): void;
}

/** Frames one at a time, on a descriptor that keeps them apart. */
export abstract class SingleFrameIo implements FrameIo {
  readonly headerLength: 0 | 10 | 12;
  errno = '';

  constructor(headerLength: 0 | 10 | 12) {
    this.headerLength = headerLength;
  }

  read(slots: readonly Slot[]): number {
    const { headerLength } = this;
    let bytes = 0;
    this.errno = '';
    for (let index = 0; index < slots.length; index++) {
      const slot = slots[index]!;
      const length = this.readFrame(slot, slot.offset - headerLength, slot.capacity + headerLength);
      if (length <= 0) return index;
      slot.reset();
      slot.length = length - headerLength;
      bytes += length;
      if (bytes >= BATCH_BYTES) return index + 1;
    }
    return slots.length;
  }

  write(slots: readonly Slot[], from: number, to: number): number {
    const { headerLength } = this;
    this.errno = '';
    for (let index = from; index < to; index++) {
      const slot = slots[index]!;
      const length = slot.length + headerLength;
      const written = this.writeFrame(slot, slot.offset - headerLength, length);
      if (written === length) continue;
      if (written >= 0) this.errno = 'EMSGSIZE';
      return index;
    }
    return to;
  }

  abstract watch(ready: () => boolean): FdWatch;
  abstract close(): void;
  /** Returns the octets read into the slot's memory from `offset` on; 0 or less when there are none, with `errno` set. */
  protected abstract readFrame(slot: Slot, offset: number, length: number): number;
  /** Returns the octets that went, less than 0 with `errno` set when it failed. */
  protected abstract writeFrame(slot: Slot, offset: number, length: number): number;
}

/** One system call for each frame. */
export class DescriptorIo extends SingleFrameIo {
  private readonly native: NativeCalls;
  private readonly fd: number;
  private readonly watchKind: WatchKind;
  private readonly closeFd: (fd: number) => void;
  private readonly addresses = new AddressCache();

  constructor(
    native: NativeCalls,
    fd: number,
    headerLength: 0 | 10 | 12,
    watchKind: WatchKind,
    closeFd: (fd: number) => void,
  ) {
    super(headerLength);
    this.native = native;
    this.fd = fd;
    this.watchKind = watchKind;
    this.closeFd = closeFd;
  }

  watch(ready: () => boolean): FdWatch {
    return watchReadable(this.native, this.fd, this.watchKind, ready);
  }

  close(): void {
    this.closeFd(this.fd);
  }

  protected readFrame(slot: Slot, offset: number, length: number): number {
    const { native } = this;
    const got = native.read(this.fd, this.addresses.of(native, slot) + offset, length);
    if (got <= 0) this.errno = got < 0 ? native.errnoName(native.errno()) : 'EOF';
    return got;
  }

  protected writeFrame(slot: Slot, offset: number, length: number): number {
    const { native } = this;
    const written = native.write(this.fd, this.addresses.of(native, slot) + offset, length);
    if (written < 0) this.errno = native.errnoName(native.errno());
    return written;
  }
}

/** Where memory lies: all slots of a device lie in one or two. */
export class AddressCache {
  private bytes: Uint8Array | null = null;
  private address = 0;

  of(native: Pick<NativeCalls, 'addressOf'>, slot: Slot): number {
    const { u8 } = slot.memory;
    if (u8 !== this.bytes) {
      this.bytes = u8;
      this.address = native.addressOf(u8);
    }
    return this.address;
  }
}
