/**
 * Ethernet frames in a byte stream, each after its length in four bytes, network order: what QEMU's `-netdev stream` speaks.
 * Frames are cut out of whatever pieces the stream brings; a length no frame can have ends the connection, since nothing
 * behind it can be trusted. Memory is bounded in both directions: the socket is not read while frames wait.
 */
import type { Socket } from 'node:net';
import type { Slot } from '../base/slot.ts';
import { BATCH_BYTES } from './device.ts';
import type { FdWatch } from './fd-watch.ts';
import type { FrameIo } from './frame-io.ts';
import { QueueWatch } from './queue-watch.ts';

const LENGTH_BYTES = 4;
/** QEMU's own bound on a frame, with a header before it. */
const FRAME_MAX = 65_536 + 4096;
/** Bytes that may wait in either direction. */
const WAITING_MAX = 4 * BATCH_BYTES;

export class StreamIo implements FrameIo {
  readonly headerLength = 0;
  errno = '';
  private readonly socket: Socket;
  private readonly onClose: () => void;
  private readonly chunks: Buffer[] = [];
  /** Bytes of the first chunk that are taken already, and bytes left in all. */
  private taken = 0;
  private waiting = 0;
  private failure = '';
  private wakeup: QueueWatch | null = null;

  /** @param onClose releases what belongs to the socket */
  constructor(socket: Socket, onClose: () => void) {
    this.socket = socket;
    this.onClose = onClose;
    socket.pause();
    socket.on('data', (chunk: Buffer) => {
      this.chunks.push(chunk);
      this.waiting += chunk.length;
      if (this.waiting > WAITING_MAX) socket.pause();
      this.wakeup?.wake();
    });
    socket.on('error', (error: NodeJS.ErrnoException) => this.fail(error.code ?? 'EIO'));
    socket.on('close', () => this.fail('EOF'));
  }

  read(slots: readonly Slot[]): number {
    this.errno = '';
    let count = 0;
    let bytes = 0;
    while (count < slots.length && bytes < BATCH_BYTES) {
      const length = this.waiting < LENGTH_BYTES ? -1 : this.peekLength();
      if (length > FRAME_MAX || length === 0) {
        this.failure = 'EPROTO';
        break;
      }
      if (length < 0 || this.waiting < LENGTH_BYTES + length) break;
      this.take(null, 0, LENGTH_BYTES);
      const slot = slots[count]!;
      slot.reset();
      const isFitting = length <= slot.capacity;
      this.take(isFitting ? slot : null, slot.offset, length);
      slot.length = isFitting ? length : slot.capacity + 1;
      bytes += length;
      count++;
    }
    if (count === 0) this.errno = this.failure === '' ? 'EAGAIN' : this.failure;
    if (this.waiting <= WAITING_MAX && this.socket.isPaused()) this.socket.resume();
    return count;
  }

  write(slots: readonly Slot[], from: number, to: number): number {
    this.errno = this.failure;
    if (this.failure !== '') return from;
    if (this.socket.writableLength > WAITING_MAX) {
      this.errno = 'EAGAIN';
      return from;
    }
    let size = 0;
    for (let index = from; index < to; index++) size += LENGTH_BYTES + slots[index]!.length;
    // The socket keeps it until it is written, while the slots are filled again.
    const bytes = Buffer.allocUnsafe(size);
    let at = 0;
    for (let index = from; index < to; index++) {
      const { memory, offset, length } = slots[index]!;
      at = bytes.writeUInt32BE(length, at);
      bytes.set(memory.u8.subarray(offset, offset + length), at);
      at += length;
    }
    this.socket.write(bytes);
    return to;
  }

  watch(ready: () => boolean): FdWatch {
    this.wakeup = new QueueWatch(ready, (isReferenced) => {
      if (isReferenced) this.socket.ref();
      else this.socket.unref();
    });
    this.socket.resume();
    // What went wrong before anybody listened.
    if (this.failure !== '') this.wakeup.wake();
    return this.wakeup;
  }

  close(): void {
    this.chunks.length = 0;
    this.waiting = 0;
    this.socket.destroy();
    this.onClose();
  }

  private fail(errno: string): void {
    if (this.failure === '') this.failure = errno;
    this.wakeup?.wake();
  }

  private peekLength(): number {
    let value = 0;
    let index = 0;
    let at = this.taken;
    for (let byte = 0; byte < LENGTH_BYTES; byte++, at++) {
      while (at >= this.chunks[index]!.length) {
        at -= this.chunks[index]!.length;
        index++;
      }
      value = value * 256 + this.chunks[index]![at]!;
    }
    return value;
  }

  /** Takes `length` bytes off the front, into the slot's memory at `to` unless there is none. */
  private take(slot: Slot | null, to: number, length: number): void {
    let left = length;
    while (left > 0) {
      const chunk = this.chunks[0]!;
      const part = Math.min(left, chunk.length - this.taken);
      slot?.memory.u8.set(chunk.subarray(this.taken, this.taken + part), to + length - left);
      left -= part;
      this.taken += part;
      if (this.taken === chunk.length) {
        this.chunks.shift();
        this.taken = 0;
      }
    }
    this.waiting -= length;
  }
}
