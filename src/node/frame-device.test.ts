/** What a device does when its carrier stops, refuses or lies: frames wait, are counted, or are dropped; nothing throws. */
import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { frame, isFrameIntact, pattern } from '../../test/support/frames.ts';
import { plainCapabilities } from '../base/link-capabilities.ts';
import { GsoType, Slot } from '../base/slot.ts';
import { BATCH_BYTES, type DeviceReceiver } from './device.ts';
import type { FdWatch } from './fd-watch.ts';
import { FrameDevice } from './frame-device.ts';
import type { FrameIo } from './frame-io.ts';
import { readVirtioHeader, writeVirtioHeader } from './virtio-header.ts';

/** A carrier that does as told. */
class FakeIo implements FrameIo {
  readonly headerLength: 0 | 12;
  errno = '';
  /** What the next calls of `write` answer: frames taken, then an error. */
  readonly answers: [number, string][] = [];
  readonly written: number[] = [];
  readonly arrivals: ((slot: Slot) => void)[] = [];
  /** Told when nothing more arrives. */
  endOfReading = 'EAGAIN';
  isClosed = false;
  ready: () => boolean = () => false;

  constructor(headerLength: 0 | 12) {
    this.headerLength = headerLength;
  }

  read(slots: readonly Slot[]): number {
    let count = 0;
    for (const slot of slots) {
      const arrive = this.arrivals.shift();
      if (arrive === undefined) break;
      slot.reset();
      arrive(slot);
      count++;
    }
    this.errno = count < slots.length ? this.endOfReading : '';
    return count;
  }

  write(slots: readonly Slot[], from: number, to: number): number {
    const [most, errno] = this.answers.shift() ?? [Number.POSITIVE_INFINITY, ''];
    const next = Math.min(to, from + most);
    for (let index = from; index < next; index++)
      this.written.push(slots[index]?.memory.u8[slots[index]?.offset ?? 0] ?? -1);
    this.errno = next < to ? errno : '';
    return next;
  }

  watch(ready: () => boolean): FdWatch {
    this.ready = ready;
    return { kind: 'loop', ref() {}, unref() {}, close() {} };
  }

  close(): void {
    this.isClosed = true;
  }
}

class Recorder implements DeviceReceiver {
  readonly frames: number[] = [];
  readonly errors: Error[] = [];
  readyCount = 0;

  framesArrived(slots: readonly Slot[], count: number): void {
    for (const slot of slots.slice(0, count)) this.frames.push(slot.memory.u8[slot.offset] ?? -1);
  }

  transmitReady(): void {
    this.readyCount++;
  }

  deviceFailed(error: Error): void {
    this.errors.push(error);
  }
}

function make(headerLength: 0 | 12 = 0): { io: FakeIo; device: FrameDevice; recorder: Recorder } {
  const io = new FakeIo(headerLength);
  const capabilities = { ...plainCapabilities('ip', 1500), tso4: headerLength > 0, checksum: headerLength > 0 };
  const device = new FrameDevice({ name: 'fake0', io, capabilities });
  const recorder = new Recorder();
  device.start(recorder);
  return { io, device, recorder };
}

/** Commits frames whose first byte is their number; returns how many there was room for. */
function commit(device: FrameDevice, from: number, to: number, length = 100): number {
  for (let value = from; value < to; value++) {
    const slot = device.transmitSlot();
    if (slot === null) return value - from;
    slot.memory.u8[slot.offset] = value;
    slot.length = length;
    device.commit();
  }
  return to - from;
}

const counting = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

describe('the queue towards the carrier', () => {
  afterEach(() => vi.useRealTimers());

  it('stops: frames wait in order, memory stays bounded, nothing spins; and it says when there is room again', () => {
    vi.useFakeTimers();
    const { io, device, recorder } = make();
    for (let attempt = 0; attempt < 50; attempt++) io.answers.push([0, 'EAGAIN']);
    expect(commit(device, 0, 1000)).toBe(64);
    device.flush();
    device.flush();
    device.flush();
    expect(device.transmitSlot()).toBeNull();
    // One attempt by the first flush, then one a millisecond.
    expect(io.answers).toHaveLength(49);
    vi.advanceTimersByTime(20);
    expect([io.written, recorder.readyCount]).toEqual([[], 0]);
    io.answers.length = 0;
    vi.advanceTimersByTime(2);
    expect(io.written).toEqual(counting(64));
    expect(recorder.readyCount).toBe(1);
    expect(device.transmitSlot()).not.toBeNull();
    expect(device.statistics).toMatchObject({ sentFrames: 64, refusedFrames: 0 });
    device.close();
  });

  it.each(['EAGAIN', 'ENOBUFS', 'ENOMEM'])(
    '%s in the middle: what is left goes later, frames committed meanwhile behind it',
    (errno) => {
      vi.useFakeTimers();
      const { io, device } = make();
      io.answers.push([3, errno], [2, errno]);
      commit(device, 0, 10);
      device.flush();
      expect(commit(device, 10, 80)).toBe(57);
      device.flush();
      vi.advanceTimersByTime(5);
      expect(io.written).toEqual(counting(67));
      expect(device.statistics).toMatchObject({ sentFrames: 67, sentBytes: 6700, refusedFrames: 0 });
      device.close();
    },
  );

  it('a frame cut short or refused is counted and the next goes', () => {
    const { io, device } = make();
    io.answers.push([1, 'EMSGSIZE'], [0, 'EIO'], [1, 'EINTR']);
    commit(device, 0, 5);
    device.flush();
    expect(io.written).toEqual([0, 3, 4]);
    expect(device.statistics).toMatchObject({ sentFrames: 3, refusedFrames: 2 });
    device.close();
  });

  it('takes about a megabyte before it is flushed', () => {
    const { device } = make(12);
    const count = commit(device, 0, 100, 65_000);
    expect(count * 65_000).toBeGreaterThanOrEqual(BATCH_BYTES);
    expect(count).toBeLessThan(20);
    device.flush();
    expect(device.transmitSlot()).not.toBeNull();
    device.close();
  });

  it('forgets what waits when it is closed', () => {
    vi.useFakeTimers();
    const { io, device, recorder } = make();
    io.answers.push([0, 'EAGAIN']);
    commit(device, 0, 5);
    device.flush();
    device.close();
    vi.advanceTimersByTime(10);
    expect([io.written, recorder.readyCount, io.isClosed]).toEqual([[], 0, true]);
  });
});

describe('what comes in', () => {
  it('drops frames cut off or longer than a slot, counts them, and keeps the order of the others', () => {
    const { io, device, recorder } = make();
    const lengths = [100, 0, 100, -5, 100, 1_000_000, 100];
    for (const [value, length] of lengths.entries()) {
      io.arrivals.push((slot) => {
        slot.memory.u8[slot.offset] = value;
        slot.length = length;
      });
    }
    io.ready();
    expect(recorder.frames).toEqual([0, 2, 4, 6]);
    expect(device.statistics).toMatchObject({ receivedFrames: 4, receivedBytes: 400, malformedFrames: 3 });
    device.close();
  });

  it('drops frames whose offload header cannot be true', () => {
    const { io, device, recorder } = make(12);
    for (const [value, flags, type, size, start, offset] of [
      [0, 0, 0, 0, 0, 0],
      [1, 1, 0, 0, 90, 16],
      [2, 1, 1, 0, 20, 16],
      [3, 1, 77, 1448, 20, 16],
      [4, 0, 1, 1448, 0, 0],
      [5, 1, 0, 0, 20, 16],
    ] as const) {
      io.arrivals.push((slot) => {
        const { view } = slot.memory;
        const at = slot.offset - 12;
        view.setUint8(at, flags);
        view.setUint8(at + 1, type);
        view.setUint16(at + 4, size, true);
        view.setUint16(at + 6, start, true);
        view.setUint16(at + 8, offset, true);
        view.setUint8(slot.offset, value);
        slot.length = 100;
      });
    }
    io.ready();
    expect(recorder.frames).toEqual([0, 5]);
    expect(device.statistics.malformedFrames).toBe(4);
    device.close();
  });

  it.each(['EBADFD', 'EIO', 'EOF', 'ENODEV'])('%s: hands over what came before, closes and says so once', (errno) => {
    const { io, device, recorder } = make();
    io.endOfReading = errno;
    io.arrivals.push((slot) => {
      slot.memory.u8[slot.offset] = 9;
      slot.length = 20;
    });
    io.ready();
    io.ready();
    expect(recorder.frames).toEqual([9]);
    expect(recorder.errors).toMatchObject([{ code: 'ERR_DEVICE_CLOSED', errno }]);
    expect([device.isClosed, io.isClosed]).toEqual([true, true]);
  });
});

describe('the virtio header', () => {
  it.each(['ip', 'ethernet'] as const)('tells on %s of any super-segment what the reader needs to cut it', (medium) => {
    fc.assert(
      fc.property(fc.boolean(), fc.boolean(), fc.integer({ min: 100, max: 1400 }), (isV6, isUdp, gsoSize) => {
        const source = isV6 ? 'fd00::1' : '10.0.1.1';
        const sent = frame({ medium, source, payload: pattern(4000), gsoSize, ...(isUdp ? { protocol: 'udp' } : {}) });
        sent.gsoType = isUdp ? GsoType.udpL4 : isV6 ? GsoType.tcp6 : GsoType.tcp4;
        const { memory, offset, headroom } = sent;
        const read = new Slot(memory, offset, sent.capacity, headroom);
        // As TCP and UDP leave them: where their header begins, where its checksum lies.
        sent.checksumStart = (medium === 'ip' ? 0 : 14) + (isV6 ? 40 : 20);
        sent.checksumOffset = isUdp ? 6 : 16;
        writeVirtioHeader(sent, 12);
        read.length = sent.length;
        expect(readVirtioHeader(read, 12, medium)).toBe(true);
        const { gsoType, checksumStart, checksumOffset } = sent;
        expect(read).toMatchObject({ gsoType, gsoSize, checksumStart, checksumOffset, checksumVerified: 1 });
      }),
      { numRuns: 40 },
    );
  });

  it('is never believed beyond the frame, whatever it says', () => {
    const slot = Slot.allocate(70_000, false);
    const header = fc.uint8Array({ minLength: 12, maxLength: 12 });
    fc.assert(
      fc.property(header, fc.uint8Array({ minLength: 1, maxLength: 80 }), fc.nat(65_000), (head, body, more) => {
        slot.reset();
        slot.memory.u8.set(head, slot.offset - 12);
        slot.memory.u8.set(body, slot.offset);
        slot.length = body.length + more;
        if (!readVirtioHeader(slot, 12, 'ip')) return;
        expect(slot.checksumStart + slot.checksumOffset).toBeLessThanOrEqual(
          slot.length - (slot.checksumOffset ? 2 : 0),
        );
        expect(slot.gsoSize === 0 || slot.gsoSize >= 8).toBe(true);
        expect(slot.gsoSize === 0).toBe(slot.gsoType === 0);
      }),
      { numRuns: 2000 },
    );
  });

  it('an ordinary frame stays as it was', () => {
    const sent = frame({ payload: pattern(100) });
    writeVirtioHeader(sent, 12);
    expect(readVirtioHeader(sent, 12, 'ethernet')).toBe(true);
    expect([sent.gsoSize, sent.checksumOffset, sent.checksumVerified, isFrameIntact(sent, 'ethernet')]).toEqual([
      0,
      0,
      0,
      true,
    ]);
  });
});
