/** Segments cut and put together at a device that has none: order and bytes when its queue is full in the middle of one. */
import { describe, expect, it } from 'vitest';
import { frame, isFrameIntact, pattern } from '../../test/support/frames.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { Slot } from '../base/slot.ts';
import { FrameView } from '../wire/frame-view.ts';
import { type Device, type DeviceReceiver, noStatistics } from './device.ts';
import { segmentInSoftware } from './segmenting-device.ts';

/** A device with room for so many frames, until `drain` is called. */
class NarrowDevice implements Device {
  readonly name = 'narrow0';
  readonly capabilities = plainCapabilities('ip', 1500);
  readonly mac = null;
  readonly statistics = noStatistics();
  readonly isClosed = false;
  readonly sent: Slot[] = [];
  receiver: DeviceReceiver | null = null;
  private readonly slots: Slot[];
  private queued = 0;

  constructor(room: number) {
    this.slots = Array.from({ length: room }, () => Slot.allocate(1500, false));
  }

  start(receiver: DeviceReceiver): void {
    this.receiver = receiver;
  }

  transmitSlot(): Slot | null {
    return this.slots[this.queued] ?? null;
  }

  commit(): void {
    const copy = Slot.allocate(1500, false);
    copy.copyFrom(this.slots[this.queued] ?? copy);
    this.sent.push(copy);
    this.queued++;
  }

  flush(): void {}

  drain(): void {
    this.queued = 0;
    this.receiver?.transmitReady();
  }

  ref(): void {}
  unref(): void {}
  close(): void {}
}

function start(room: number): { inner: NarrowDevice; device: Device; arrived: Slot[]; ready: () => number } {
  const inner = new NarrowDevice(room);
  const device = segmentInSoftware(inner);
  const arrived: Slot[] = [];
  let readyCount = 0;
  device.start({
    framesArrived: (slots, count) => {
      for (const slot of slots.slice(0, count)) {
        const copy = Slot.allocate(70_000, false);
        copy.copyFrom(slot);
        arrived.push(copy);
      }
    },
    transmitReady: () => {
      readyCount++;
    },
    deviceFailed: () => {},
  });
  return { inner, device, arrived, ready: () => readyCount };
}

describe('a device with segments in software', () => {
  it('cuts on when there is room again, and asks for no other frame before', () => {
    const { inner, device, arrived, ready } = start(4);
    const sent = frame({ medium: 'ip', payload: pattern(14_480), gsoSize: 1448 });
    device.transmitSlot()?.copyFrom(sent);
    device.commit();
    expect(inner.sent).toHaveLength(4);
    expect(device.transmitSlot()).toBeNull();
    inner.drain();
    expect([inner.sent.length, device.transmitSlot(), ready()]).toEqual([8, null, 0]);
    inner.drain();
    expect([inner.sent.length, ready()]).toEqual([10, 1]);
    expect(device.transmitSlot()).not.toBeNull();
    expect(inner.sent.every((slot) => isFrameIntact(slot, 'ip'))).toBe(true);
    // And put together again at the other end.
    inner.receiver?.framesArrived(inner.sent, inner.sent.length);
    expect(arrived).toHaveLength(1);
    const view = new FrameView();
    expect(view.look(arrived[0] ?? sent, 'ip')).toBe(true);
    const { memory, payloadStart, payloadLength } = view;
    expect(Buffer.from(memory.u8.subarray(payloadStart, payloadStart + payloadLength)).equals(pattern(14_480))).toBe(
      true,
    );
  });

  it('finishes the checksum of a frame that needs no cutting', () => {
    const { inner, device } = start(4);
    device.transmitSlot()?.copyFrom(frame({ medium: 'ip', payload: pattern(100), unfinished: true }));
    device.commit();
    expect(inner.sent.map((slot) => isFrameIntact(slot, 'ip'))).toEqual([true]);
  });

  it('drops a super-segment that cannot be cut and goes on', () => {
    const { inner, device } = start(4);
    const slot = device.transmitSlot();
    slot?.memory.u8.fill(0xff, slot.offset, slot.offset + 3000);
    Object.assign(slot ?? {}, { length: 3000, gsoSize: 1000, gsoType: 1 });
    device.commit();
    expect(inner.sent).toHaveLength(0);
    expect(device.transmitSlot()).not.toBeNull();
  });

  it('is the device itself when that has segments', () => {
    const inner = new NarrowDevice(1);
    Object.assign(inner.capabilities, { tso4: true, tso6: true, checksum: true });
    expect(segmentInSoftware(inner)).toBe(inner);
  });
});
