/**
 * A frame in each UDP datagram, through Node's own dgram: what QEMU's `-netdev dgram` speaks with inet addresses. No native
 * code. Datagrams of anybody but the peer are not frames of ours and are dropped.
 */
import type { RemoteInfo, Socket } from 'node:dgram';
import type { Slot } from '../base/slot.ts';
import { BATCH_BYTES, BATCH_FRAMES } from './device.ts';
import type { FdWatch } from './fd-watch.ts';
import type { FrameIo } from './frame-io.ts';
import { QueueWatch } from './queue-watch.ts';

/** Datagrams that wait to be read, and bytes that wait to be sent, at most. */
const WAITING_MAX = 16 * BATCH_FRAMES;
const SENDING_MAX = 4 * BATCH_BYTES;

/** Where the other end is. */
export interface DatagramPeer {
  readonly address: string;
  readonly port: number;
}

export class DatagramIo implements FrameIo {
  readonly headerLength = 0;
  errno = '';
  private readonly socket: Socket;
  private readonly peer: DatagramPeer;
  private readonly waiting: Buffer[] = [];
  private failure = '';
  private wakeup: QueueWatch | null = null;

  constructor(socket: Socket, peer: DatagramPeer) {
    this.socket = socket;
    this.peer = peer;
    socket.on('message', (data: Buffer, from: RemoteInfo) => {
      if (from.port !== peer.port || from.address !== peer.address) return;
      // As at any full queue: what does not fit is lost.
      if (this.waiting.length < WAITING_MAX) this.waiting.push(data);
      this.wakeup?.wake();
    });
    // A peer that is not there yet, or no more, is a wire with nobody at its end.
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'ECONNREFUSED') this.failure = error.code ?? 'EIO';
      this.wakeup?.wake();
    });
  }

  read(slots: readonly Slot[]): number {
    const count = Math.min(slots.length, this.waiting.length);
    this.errno = count > 0 ? '' : this.failure === '' ? 'EAGAIN' : this.failure;
    for (const [index, data] of this.waiting.splice(0, count).entries()) {
      const slot = slots[index]!;
      slot.reset();
      const isFitting = data.length <= slot.capacity;
      if (isFitting) slot.memory.u8.set(data, slot.offset);
      slot.length = isFitting ? data.length : slot.capacity + 1;
    }
    return count;
  }

  write(slots: readonly Slot[], from: number, to: number): number {
    const { socket, peer } = this;
    this.errno = '';
    for (let index = from; index < to; index++) {
      if (socket.getSendQueueSize() > SENDING_MAX) {
        this.errno = 'EAGAIN';
        return index;
      }
      const { memory, offset, length } = slots[index]!;
      socket.send(Buffer.from(memory.u8.subarray(offset, offset + length)), peer.port, peer.address, ignoreError);
    }
    return to;
  }

  watch(ready: () => boolean): FdWatch {
    this.wakeup = new QueueWatch(ready, (isReferenced) => {
      if (isReferenced) this.socket.ref();
      else this.socket.unref();
    });
    if (this.waiting.length > 0 || this.failure !== '') this.wakeup.wake();
    return this.wakeup;
  }

  close(): void {
    this.socket.close();
  }
}

/** A frame that could not be sent is lost, as on a wire. */
function ignoreError(): void {}
