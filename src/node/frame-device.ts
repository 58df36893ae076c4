/**
 * The Device of every carrier that takes frames one by one: slots in packet memory, a queue towards the carrier
 * (`TransmitQueue`), virtio headers where it has them, counters, and what to do when it fails. What moves the bytes is a
 * `FrameIo`. The carrier may stop, refuse or break at any frame: frames wait, are counted as refused, or the device closes and says so.
 */
import { StateError } from '../base/errors.ts';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import type { MacAddress } from '../base/mac-address.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import { Slot } from '../base/slot.ts';
import {
  BATCH_BYTES,
  BATCH_FRAMES,
  type Device,
  type DeviceReceiver,
  type DeviceStatistics,
  noStatistics,
} from './device.ts';
import { DeviceError } from './device-error.ts';
import type { FdWatch } from './fd-watch.ts';
import type { FrameIo } from './frame-io.ts';
import { TransmitQueue } from './transmit-queue.ts';
import { readVirtioHeader } from './virtio-header.ts';
import { createPacketMemory } from './wasm-memory.ts';

/** What a `FrameDevice` is made of. */
export interface FrameDeviceParts {
  readonly name: string;
  readonly io: FrameIo;
  readonly capabilities: LinkCapabilities;
  /** Default null. */
  readonly mac?: MacAddress | null;
  /** Bytes of the largest frame that may come in; default: as the capabilities say. */
  readonly largestFrame?: number;
}

/** Made by `openTun`, `openTap` and their sisters. */
export class FrameDevice implements Device {
  readonly name: string;
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress | null;
  readonly statistics: DeviceStatistics = noStatistics();
  private readonly io: FrameIo;
  private readonly receiveSlots: Slot[];
  private readonly outgoing: TransmitQueue;
  private receiver: DeviceReceiver | null = null;
  private watch: FdWatch | null = null;
  private isReferenced = true;
  private closed = false;

  /** Not for callers. */
  constructor(parts: FrameDeviceParts) {
    const { name, io, capabilities } = parts;
    this.name = name;
    this.io = io;
    this.capabilities = capabilities;
    this.mac = parts.mac ?? null;
    const isEthernet = capabilities.medium === 'ethernet';
    const headroom = isEthernet ? ETHERNET_HEADROOM : HEADROOM;
    const largest = parts.largestFrame ?? largestFrame(capabilities);
    // Not a multiple of a page, or all slots would compete for the same lines of the cache.
    const stride = (headroom + largest + 63) & ~63;
    const isLarge = largestFrame(capabilities) > SMALL_FRAME && !isOffloaded(capabilities);
    const batch = isLarge ? Math.max(16, BATCH_BYTES >> 16) : BATCH_FRAMES;
    this.receiveSlots = makeSlots(createPacketMemory(batch * stride), 0, batch, stride, headroom);
    // A crowd out, another one waiting.
    const out = io.crowds === undefined ? batch : 2 * io.crowds.frames;
    const outStride = (headroom + largestFrame(capabilities) + 63) & ~63;
    this.outgoing = new TransmitQueue({
      io,
      slots: makeSlots(createPacketMemory(out * outStride), 0, out, outStride, headroom),
      statistics: this.statistics,
      onRoom: () => this.receiver?.transmitReady(),
    });
  }

  get isClosed(): boolean {
    return this.closed;
  }

  start(receiver: DeviceReceiver): void {
    if (this.closed) throw new StateError(`device ${this.name} is closed; open it again`);
    if (this.receiver !== null) throw new StateError(`device ${this.name} is already started`);
    this.receiver = receiver;
    this.watch = this.io.watch(() => this.receiveBatch());
    if (!this.isReferenced) this.watch.unref();
  }

  transmitSlot(): Slot | null {
    return this.outgoing.slot();
  }

  commit(): void {
    this.outgoing.commit();
  }

  flush(): void {
    this.outgoing.flush();
  }

  ref(): void {
    this.isReferenced = true;
    this.outgoing.setReferenced(true);
    this.watch?.ref();
  }

  unref(): void {
    this.isReferenced = false;
    this.outgoing.setReferenced(false);
    this.watch?.unref();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.watch?.close();
    this.outgoing.close(() => this.io.close());
  }

  /** Reads one batch and hands it over. True when there may be more. */
  private receiveBatch(): boolean {
    const { io, receiveSlots: slots, statistics } = this;
    if (this.closed) return false;
    statistics.wakeups++;
    const read = io.read(slots);
    const { errno } = io;
    const count = this.admit(read);
    if (count > 0) this.receiver?.framesArrived(slots, count, errno === '');
    if (this.closed) return false;
    if (errno === '') return read > 0;
    this.readFailed(errno);
    return false;
  }

  /** Leaves the good ones of the first `read` slots in front, in order; returns how many. */
  private admit(read: number): number {
    const { receiveSlots: slots, statistics, io, capabilities } = this;
    let count = 0;
    for (let index = 0; index < read; index++) {
      const slot = slots[index]!;
      const isGood =
        slot.length > 0 &&
        slot.length <= slot.capacity &&
        (io.headerLength === 0 || readVirtioHeader(slot, io.headerLength, capabilities.medium));
      if (!isGood) {
        statistics.malformedFrames++;
        continue;
      }
      statistics.receivedBytes += slot.length;
      if (index !== count) {
        slots[index] = slots[count]!;
        slots[count] = slot;
      }
      count++;
    }
    statistics.receivedFrames += count;
    return count;
  }

  private readFailed(errno: string): void {
    if (errno === 'EAGAIN' || errno === 'EWOULDBLOCK' || errno === 'EINTR' || errno === 'ENOBUFS') return;
    // The interface of a packet socket was set down; it reads on when it comes up again.
    if (errno === 'ENETDOWN') return;
    this.close();
    this.receiver?.deviceFailed(
      new DeviceError('ERR_DEVICE_CLOSED', `device ${this.name} was removed or failed (${errno})`, '', errno),
    );
  }
}

/** Bytes of the largest frame that may come in or go out at a carrier with these capabilities. */
export function largestFrame(capabilities: LinkCapabilities): number {
  const packet = isOffloaded(capabilities) ? 65_535 : capabilities.mtu;
  // An Ethernet frame may bear one VLAN tag.
  return packet + (capabilities.medium === 'ethernet' ? 18 : 0);
}

/** Bytes kept free before each frame, for the header of an offload device and to keep IP headers on a word boundary. */
const HEADROOM = 32;
const ETHERNET_HEADROOM = 34;
/** Above this, fewer slots make a megabyte. */
const SMALL_FRAME = BATCH_BYTES / BATCH_FRAMES;

function isOffloaded(capabilities: LinkCapabilities): boolean {
  return capabilities.tso4 || capabilities.tso6 || capabilities.uso;
}

function makeSlots(memory: PacketMemory, start: number, count: number, stride: number, headroom: number): Slot[] {
  return Array.from({ length: count }, (_, index) => {
    const offset = start + index * stride + headroom;
    return new Slot(memory, offset, stride - headroom, headroom);
  });
}
