/**
 * A timer of the kernel (timerfd, Linux) on the event loop, for waits shorter than Node's timers can be trusted with: those
 * count whole milliseconds and are late by one or two, while a paced sender of 100 Mbit/s has a frame every 0.12 ms. It exists
 * only where koffi is loaded already, which every device needs, and never keeps the process alive.
 */
import { closeSync } from 'node:fs';
import { type FdWatch, watchReadable } from './fd-watch.ts';
import { type NativeCalls, nativeIfLoaded } from './native.ts';
import { createPacketMemory } from './wasm-memory.ts';

/** Wakes once, some microseconds later. */
export class PreciseAlarm {
  private readonly native: NativeCalls;
  private readonly fd: number;
  private readonly watch: FdWatch;
  /** `struct itimerspec`: interval, then first expiry, seconds and nanoseconds each. */
  private readonly spec = new BigInt64Array(4);
  private readonly specBytes = new Uint8Array(this.spec.buffer);
  /** Memory that does not move. */
  private readonly count = createPacketMemory(64);
  private readonly countAddress: number;

  private constructor(native: NativeCalls, fd: number, ring: () => void) {
    this.native = native;
    this.fd = fd;
    this.countAddress = native.addressOf(this.count.u8);
    this.watch = watchReadable(native, fd, 'loop', () => {
      // Not readable: it was set anew after it had woken us.
      if (native.read(fd, this.countAddress, 8) === 8) ring();
      return false;
    });
    this.watch.unref();
  }

  /** Null where there is none: no koffi in use, one that cannot watch descriptors on the loop, or another system. */
  static open(ring: () => void): PreciseAlarm | null {
    const native = nativeIfLoaded();
    if (native === null || !native.canPollOnLoop || process.platform !== 'linux') return null;
    const fd = native.timerfdCreate(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    return fd < 0 ? null : new PreciseAlarm(native, fd, ring);
  }

  /** Rings in `delayUs` (above 0, below a second) instead of when it would have. */
  set(delayUs: number): void {
    this.spec[3] = BigInt(Math.ceil(delayUs * 1000));
    this.native.timerfdSettime(this.fd, 0, this.specBytes);
  }

  close(): void {
    this.watch.close();
    closeSync(this.fd);
  }
}

const CLOCK_MONOTONIC = 1;
/** O_NONBLOCK and O_CLOEXEC; both differ on a few old architectures, where the call then fails. */
const TFD_NONBLOCK = 0o4000;
const TFD_CLOEXEC = 0o2000000;
