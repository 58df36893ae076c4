/** What openTun says when something is missing. That it works is test/interop/tun-device.test.ts. */
import { openSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { Slot } from '../base/slot.ts';
import type { DeviceReceiver } from './device.ts';
import type { FrameDevice } from './frame-device.ts';
import { checkKernelSide } from './ip-command.ts';
import { loadNative, type NativeCalls, type NativePoll } from './native.ts';
import { openTun, tunDevice } from './tun.ts';
import { attachTun, NO_OFFLOADS } from './tun-attach.ts';

/** Calls that do nothing and fail as told. */
class FakeCalls implements NativeCalls {
  failure = '';
  writes: number[] = [];
  refusals: string[] = [];
  reads: number[] = [];
  ready: () => void = () => {};
  isWatchClosed = false;
  ioctl(): number {
    return this.failure === '' ? 0 : -1;
  }
  ioctlNumber(): number {
    return 0;
  }
  read(): number {
    const length = this.reads.shift();
    if (length === undefined) this.failure = this.failure === '' ? 'EAGAIN' : this.failure;
    return length ?? -1;
  }
  write(_fd: number, address: number, length: number): number {
    this.failure = this.refusals.shift() ?? '';
    if (this.failure !== '') return -1;
    this.writes.push(address);
    return length;
  }
  readonly canPollOnLoop = true;
  timerfdCreate(): number {
    return -1;
  }
  timerfdSettime(): number {
    return -1;
  }
  poll(): number {
    return 0;
  }
  pollOnThread(): void {}
  pollOnLoop(_fd: number, ready: () => void): NativePoll {
    this.ready = ready;
    return {
      start() {},
      stop() {},
      ref() {},
      unref() {},
      close: () => {
        this.isWatchClosed = true;
      },
    };
  }
  pipe(): number {
    return -1;
  }
  addressOf(): number {
    return 0;
  }
  errno(): number {
    return 1;
  }
  errnoName(): string {
    return this.failure;
  }
}

const WS0 = { name: 'ws0', kind: 'tun', offload: true, isQueue: false } as const;

class Recorder implements DeviceReceiver {
  readonly batches: number[][] = [];
  readonly errors: unknown[] = [];
  readyCount = 0;
  framesArrived(slots: readonly Slot[], count: number): void {
    this.batches.push(slots.slice(0, count).map((slot) => slot.length));
  }
  transmitReady(): void {
    this.readyCount++;
  }
  deviceFailed(error: Error): void {
    this.errors.push(error);
  }
}

describe('opening a TUN device', () => {
  it.each([
    ['name', { name: 'a name' }, /name: 'a name' is no name of an interface/],
    ['name', { name: 'sixteen-letters-' }, /1 to 15 letters/],
    ['mtu', { mtu: 70_000 }, /mtu: must be an integer from 576 to 65535/],
    ['mtu', { mtu: 1000, addresses: ['fd00::1/64'] }, /1280 to 65535/],
    ['addresses', { addresses: ['10.9.0.1'] }, /write for example 10.9.0.1\/24/],
    ['addresses', { addresses: ['10.9.0.1/33'] }, /not an address with prefix length/],
    ['addresses', { addresses: ['10.9.0.1/24; reboot'] }, /not an address with prefix length/],
  ])('refuses a bad %s before it touches anything', async (argument, options, message) => {
    const error: unknown = await openTun(options).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ name: 'ArgumentError', argument });
    expect(String(error)).toMatch(message);
  });

  it('accepts both families', () => {
    expect(() => checkKernelSide({ mtu: 1500, addresses: ['10.9.0.1/24', 'fd00:9::1/64'] })).not.toThrow();
  });

  it('names koffi and the command when it is not installed', () => {
    const nowhere = pathToFileURL(join(tmpdir(), 'woshou-nowhere', 'x.js'));
    expect(() => loadNative(nowhere)).toThrow(
      expect.objectContaining({ code: 'ERR_DEVICE_KOFFI_MISSING', fix: 'run `npm install koffi`' }),
    );
  });

  it('names the missing device file and how to make it', () => {
    expect(() => attachTun(new FakeCalls(), WS0, join(tmpdir(), 'no-tun'))).toThrow(
      expect.objectContaining({
        code: 'ERR_DEVICE_TUN_MISSING',
        errno: 'ENOENT',
        message: expect.stringMatching(/mknod .dev.net.tun c 10 200/),
      }),
    );
  });

  it.each([
    ['EPERM', 'ERR_DEVICE_PERMISSION', /sudo setcap cap_net_admin.*ip tuntap add dev ws0 mode tun user \$USER/],
    ['EBUSY', 'ERR_DEVICE_BUSY', /in use by another process/],
    ['EINVAL', 'ERR_DEVICE_CONFIGURATION', /is no TUN device without several queues/],
    ['ENFILE', 'ERR_DEVICE_SYSTEM', /could not be made \(ENFILE\)/],
  ])('explains %s of the kernel and leaves no descriptor open', (errno, code, message) => {
    const calls = new FakeCalls();
    calls.failure = errno;
    const before = openDescriptors();
    expect(() => attachTun(calls, WS0, '/dev/null')).toThrow(
      expect.objectContaining({ code, errno, message: expect.stringMatching(message) }),
    );
    expect(openDescriptors()).toBe(before);
  });
});

/** A device without offloads. */
function plainDevice(calls: FakeCalls, mtu: number): FrameDevice {
  const fd = openSync('/dev/null', 'r+');
  return tunDevice(calls, { fd, name: 'ws0', headerLength: 0, offloads: NO_OFFLOADS }, 'tun', mtu, 'auto', null);
}

describe('TUN device', () => {
  function make(mtu = 1500): { calls: FakeCalls; device: FrameDevice; recorder: Recorder } {
    const calls = new FakeCalls();
    const device = plainDevice(calls, mtu);
    const recorder = new Recorder();
    device.start(recorder);
    return { calls, device, recorder };
  }

  /** Queues frames of the lengths given. */
  function send(device: FrameDevice, ...lengths: number[]): void {
    for (const length of lengths) {
      const slot = device.transmitSlot();
      if (slot === null) throw new Error('full');
      slot.length = length;
      device.commit();
    }
  }

  it('hands over one batch of at most 64 frames, and the rest at the next wake-up', async () => {
    const { calls, device, recorder } = make();
    calls.reads = new Array<number>(70).fill(40);
    calls.ready();
    // Not inside of the native callback: there, ticks and promises would run in the middle of what follows.
    expect(recorder.batches).toEqual([]);
    await checkPhase();
    calls.ready();
    await checkPhase();
    expect(recorder.batches.map((batch) => batch.length)).toEqual([64, 6]);
    expect(device.statistics).toMatchObject({ receivedFrames: 70, receivedBytes: 2800, wakeups: 2 });
    device.close();
  });

  it('keeps a batch of large packets near a megabyte, aligned for 32-bit views', () => {
    const { device } = make(65535);
    const offsets: number[] = [];
    for (let slot = device.transmitSlot(); slot !== null; slot = device.transmitSlot()) {
      offsets.push(slot.offset);
      expect(slot.capacity).toBeGreaterThanOrEqual(65535);
      expect(slot.headroom).toBe(32);
      device.commit();
    }
    expect(offsets).toHaveLength(16);
    expect(offsets.every((offset) => offset % 4 === 0)).toBe(true);
    expect(device.capabilities).toEqual({
      medium: 'ip',
      mtu: 65535,
      tso4: false,
      tso6: false,
      uso: false,
      checksum: false,
    });
    device.close();
  });

  it('counts what the kernel refuses and goes on', () => {
    const { calls, device } = make();
    calls.refusals = ['', 'EIO', ''];
    send(device, 40, 50, 60);
    device.flush();
    expect(device.statistics).toMatchObject({ sentFrames: 2, sentBytes: 100, refusedFrames: 1 });
    device.close();
  });

  it('keeps order when the kernel asks to wait, and says when it is ready', async () => {
    const { calls, device, recorder } = make();
    calls.refusals = ['', 'EAGAIN'];
    send(device, 40, 40, 40);
    device.flush();
    expect(calls.writes).toHaveLength(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(recorder.readyCount).toBe(1);
    expect(calls.writes).toEqual([...calls.writes].sort((a, b) => a - b));
    expect(new Set(calls.writes).size).toBe(3);
    expect(device.statistics).toMatchObject({ sentFrames: 3, refusedFrames: 0 });
    device.close();
  });

  it('closes itself and tells when the interface is taken away', async () => {
    const { calls, device, recorder } = make();
    calls.failure = 'EBADFD';
    calls.ready();
    await checkPhase();
    expect(recorder.errors).toMatchObject([{ code: 'ERR_DEVICE_CLOSED', errno: 'EBADFD' }]);
    expect([device.isClosed, calls.isWatchClosed]).toEqual([true, true]);
  });

  it('reads nothing more when it was closed after the wake-up', async () => {
    const { calls, device, recorder } = make();
    calls.reads = [40];
    calls.ready();
    device.close();
    await checkPhase();
    expect(recorder.batches).toEqual([]);
    expect(device.statistics.wakeups).toBe(0);
  });

  it('can be closed twice, gives no slot then and cannot be started', () => {
    const { device } = make();
    expect(() => device.start(new Recorder())).toThrow(/already started/);
    device.close();
    device.close();
    expect(device.transmitSlot()).toBeNull();
    expect(() => device.start(new Recorder())).toThrow(/closed/);
  });
});

/** The event loop runs its immediates. */
function checkPhase(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** How many descriptors this process has open; always 0 where there is no /proc. */
function openDescriptors(): number {
  return process.platform === 'linux' ? readdirSync('/proc/self/fd').length : 0;
}
