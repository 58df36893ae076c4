/**
 * A TUN device of Linux: bare IP packets between this process and the kernel, no Ethernet (Linux Documentation/networking/tuntap).
 * This is the plain device, without offload. It exists while it is open: closing removes it, unless root made it persistent.
 */
import { closeSync } from 'node:fs';
import { StateError } from '../base/errors.ts';
import { type LinkCapabilities, plainCapabilities } from '../base/link-capabilities.ts';
import type { PacketMemory } from '../base/packet-memory.ts';
import { Slot } from '../base/slot.ts';
import { BATCH_BYTES, BATCH_FRAMES, type Device, type DeviceReceiver, type DeviceStatistics } from './device.ts';
import { DeviceError } from './device-error.ts';
import { type FdWatch, type WatchKind, watchReadable } from './fd-watch.ts';
import { checkKernelSide, configureKernelSide } from './ip-command.ts';
import { loadNative, type NativeCalls } from './native.ts';
import { attachTun } from './tun-attach.ts';
import { createPacketMemory } from './wasm-memory.ts';

/** How to open a TUN device. */
export interface TunOptions {
  /** Name of the interface, up to 15 characters; `%d` stands for the next free number. Default `woshou%d`. */
  readonly name?: string;
  /** Largest IP packet in bytes, 576 to 65535. Default 1500. */
  readonly mtu?: number;
  /**
   * Addresses of the kernel's side such as `10.9.0.1/24` and `fd00:9::1/64`; ours are others in the same networks.
   * Empty: the interface is only brought up. Default empty.
   */
  readonly addresses?: readonly string[];
  /** false: leave addresses, MTU and state of the kernel's side alone. Default true. */
  readonly configure?: boolean;
  /** How to wait for packets; for measurements. Default `auto`. */
  readonly watch?: WatchKind;
}

/**
 * Opens (or attaches to) a TUN device and configures the kernel's side of it.
 * @throws DeviceError telling what this machine lacks and the command that gives it.
 * @throws ArgumentError for a bad name, MTU or address.
 */
export async function openTun(options: TunOptions = {}): Promise<TunDevice> {
  const mtu = options.mtu ?? 1500;
  const side = { mtu, addresses: options.addresses ?? [] };
  checkKernelSide(side);
  if (process.platform !== 'linux') {
    throw new DeviceError(
      'ERR_DEVICE_PLATFORM',
      `TUN devices are supported on Linux only, this is ${process.platform}`,
      'use the simulator (woshou/sim), or Linux in a virtual machine',
    );
  }
  const native = loadNative();
  const { fd, name } = attachTun(native, options.name ?? 'woshou%d');
  try {
    if (options.configure !== false) await configureKernelSide(name, side);
    return new TunDevice(native, fd, name, mtu, options.watch ?? 'auto');
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Made by `openTun`. */
export class TunDevice implements Device {
  readonly name: string;
  readonly capabilities: LinkCapabilities;
  readonly statistics: DeviceStatistics = {
    receivedFrames: 0,
    receivedBytes: 0,
    sentFrames: 0,
    sentBytes: 0,
    refusedFrames: 0,
    wakeups: 0,
  };
  private readonly native: NativeCalls;
  private readonly fd: number;
  private readonly watchKind: WatchKind;
  private readonly receiveSlots: Slot[];
  private readonly transmitSlots: Slot[];
  /** Where the memory of the slots lies. */
  private readonly baseAddress: number;
  private queuedFrames = 0;
  private receiver: DeviceReceiver | null = null;
  private watch: FdWatch | null = null;
  private retryTimer: NodeJS.Timeout | null = null;
  private isReferenced = true;
  private closed = false;

  /** Not for callers: use `openTun`. */
  constructor(native: NativeCalls, fd: number, name: string, mtu: number, watchKind: WatchKind) {
    this.native = native;
    this.fd = fd;
    this.name = name;
    this.watchKind = watchKind;
    this.capabilities = plainCapabilities('ip', mtu);
    const stride = (SLOT_HEADROOM + mtu + 63) & ~63;
    const batch = Math.max(16, Math.min(BATCH_FRAMES, Math.floor(BATCH_BYTES / stride)));
    const memory = createPacketMemory(2 * batch * stride);
    this.baseAddress = native.addressOf(memory.u8);
    this.receiveSlots = makeSlots(memory, 0, batch, stride);
    this.transmitSlots = makeSlots(memory, batch * stride, batch, stride);
  }

  get isClosed(): boolean {
    return this.closed;
  }

  start(receiver: DeviceReceiver): void {
    if (this.closed) throw new StateError(`device ${this.name} is closed; open it again`);
    if (this.receiver !== null) throw new StateError(`device ${this.name} is already started`);
    this.receiver = receiver;
    this.watch = watchReadable(this.native, this.fd, this.watchKind, () => this.receiveBatch());
    if (!this.isReferenced) this.watch.unref();
  }

  transmitSlot(): Slot | null {
    if (this.closed) return null;
    return this.transmitSlots[this.queuedFrames] ?? null;
  }

  commit(): void {
    if (this.queuedFrames < this.transmitSlots.length) this.queuedFrames++;
  }

  flush(): void {
    const count = this.queuedFrames;
    for (let index = 0; index < count && !this.closed; index++) {
      const slot = this.transmitSlots[index]!;
      const written = this.native.write(this.fd, this.baseAddress + slot.offset, slot.length);
      if (written >= 0) {
        this.statistics.sentFrames++;
        this.statistics.sentBytes += written;
      } else if (this.native.errnoName(this.native.errno()) === 'EAGAIN') {
        this.retryLater(index);
        return;
      } else {
        // The interface is down, or this is no IP packet: as on any wire, the frame is lost and counted.
        this.statistics.refusedFrames++;
      }
    }
    this.queuedFrames = 0;
  }

  ref(): void {
    this.isReferenced = true;
    this.watch?.ref();
  }

  unref(): void {
    this.isReferenced = false;
    this.watch?.unref();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.queuedFrames = 0;
    if (this.retryTimer !== null) clearTimeout(this.retryTimer);
    this.watch?.close();
    closeSync(this.fd);
  }

  /** Reads one batch and hands it over. True when the batch was full, so that there may be more. */
  private receiveBatch(): boolean {
    const { native, fd, baseAddress, receiveSlots: slots, statistics } = this;
    statistics.wakeups++;
    let count = 0;
    let errno = 0;
    while (count < slots.length) {
      const slot = slots[count]!;
      const length = native.read(fd, baseAddress + slot.offset, slot.capacity);
      if (length <= 0) {
        errno = length < 0 ? native.errno() : 0;
        break;
      }
      slot.reset();
      slot.length = length;
      statistics.receivedBytes += length;
      count++;
    }
    statistics.receivedFrames += count;
    if (count > 0) this.receiver?.framesArrived(slots, count);
    if (errno !== 0 && !this.closed) this.readFailed(native.errnoName(errno));
    return count === slots.length && !this.closed;
  }

  private readFailed(errno: string): void {
    if (errno === 'EAGAIN' || errno === 'EWOULDBLOCK' || errno === 'EINTR') return;
    this.close();
    this.receiver?.deviceFailed(
      new DeviceError('ERR_DEVICE_CLOSED', `device ${this.name} was removed or failed (${errno})`, '', errno),
    );
  }

  /** Keeps the frames from `index` on and tries again in a moment; the kernel has no memory for them now. */
  private retryLater(index: number): void {
    const slots = this.transmitSlots;
    // Rotating the slots keeps the order of the frames without copying them.
    slots.push(...slots.splice(0, index));
    this.queuedFrames -= index;
    this.retryTimer ??= setTimeout(() => {
      this.retryTimer = null;
      this.flush();
      if (this.retryTimer === null) this.receiver?.transmitReady();
    }, 1);
  }
}

/** Bytes kept free before each frame, for the header of an offload device and to keep frames on a word boundary. */
const SLOT_HEADROOM = 32;

function makeSlots(memory: PacketMemory, start: number, count: number, stride: number): Slot[] {
  return Array.from({ length: count }, (_, index) => {
    const offset = start + index * stride + SLOT_HEADROOM;
    return new Slot(memory, offset, stride - SLOT_HEADROOM, SLOT_HEADROOM);
  });
}
