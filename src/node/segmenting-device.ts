/**
 * A device that cannot carry super-segments, for a stack that can: they are cut into packets on the way out and put together from
 * packets on the way in, right at the device. The stack's work for each segment is done once for many of them; what goes over
 * the wire is the same.
 */
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import type { MacAddress } from '../base/mac-address.ts';
import { Slot } from '../base/slot.ts';
import { Coalescer } from '../link/coalescing.ts';
import { carriesWhole, completeChecksum, Segmenter } from '../wire/segmentation.ts';
import { BATCH_FRAMES, type Device, type DeviceReceiver, type DeviceStatistics } from './device.ts';
import { largestFrame } from './frame-device.ts';
import { createPacketMemory } from './wasm-memory.ts';

/** The same device with super-segments; the device itself when it has them already. Closing either closes both. */
export function segmentInSoftware(device: Device): Device {
  const { tso4, tso6, checksum } = device.capabilities;
  return tso4 && tso6 && checksum ? device : new SegmentingDevice(device);
}

class SegmentingDevice implements Device, DeviceReceiver {
  readonly name: string;
  readonly capabilities: LinkCapabilities;
  readonly mac: MacAddress | null;
  private readonly inner: Device;
  private readonly segmenter: Segmenter;
  private readonly coalescer: Coalescer;
  /** Where the stack writes its next frame. */
  private readonly slot: Slot;
  /** The frame in the slot is partly out: the inner queue was full. */
  private isCutting = false;
  private receiver: DeviceReceiver | null = null;

  constructor(inner: Device) {
    const { medium } = inner.capabilities;
    this.inner = inner;
    this.name = inner.name;
    this.mac = inner.mac;
    this.capabilities = { ...inner.capabilities, tso4: true, tso6: true, tsoAccEcn: true, uso: true, checksum: true };
    this.segmenter = new Segmenter(medium);
    const largest = largestFrame(inner.capabilities);
    this.coalescer = new Coalescer(medium, createPacketMemory(BATCH_FRAMES * (largest + 64)));
    const headroom = medium === 'ethernet' ? 34 : 32;
    this.slot = new Slot(createPacketMemory(65_536 + 256), headroom, 65_536 + 64, headroom);
  }

  get statistics(): Readonly<DeviceStatistics> {
    return this.inner.statistics;
  }

  get isClosed(): boolean {
    return this.inner.isClosed;
  }

  start(receiver: DeviceReceiver): void {
    this.receiver = receiver;
    this.inner.start(this);
  }

  transmitSlot(): Slot | null {
    if (this.isCutting || this.innerSlot() === null) return null;
    return this.slot;
  }

  commit(): void {
    const { slot, inner } = this;
    if (slot.gsoSize > 0 && !carriesWhole(inner.capabilities, slot)) {
      this.isCutting = this.segmenter.begin(slot);
      this.cut();
      return;
    }
    const into = this.innerSlot();
    if (into?.copyFrom(slot) !== true) return;
    if (!inner.capabilities.checksum) completeChecksum(into);
    inner.commit();
  }

  flush(): void {
    this.inner.flush();
  }

  ref(): void {
    this.inner.ref();
  }

  unref(): void {
    this.inner.unref();
  }

  close(): void {
    this.inner.close();
  }

  framesArrived(slots: readonly Slot[], count: number, isFull?: boolean): void {
    const { coalescer } = this;
    const left = coalescer.take(slots, count);
    this.receiver?.framesArrived(coalescer.frames, left, isFull);
  }

  transmitReady(): void {
    this.cut();
    this.inner.flush();
    if (!this.isCutting) this.receiver?.transmitReady();
  }

  deviceFailed(error: Error): void {
    this.receiver?.deviceFailed(error);
  }

  /** Goes on with the frame in the slot as far as the inner queue has room. */
  private cut(): void {
    while (this.isCutting) {
      const into = this.innerSlot();
      if (into === null) return;
      if (this.segmenter.next(into) === null) this.isCutting = false;
      else this.inner.commit();
    }
  }

  private innerSlot(): Slot | null {
    const slot = this.inner.transmitSlot();
    if (slot !== null) return slot;
    this.inner.flush();
    return this.inner.transmitSlot();
  }
}
