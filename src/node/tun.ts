/**
 * TUN and TAP devices of Linux: bare IP packets or Ethernet frames between this process and the kernel (Linux
 * Documentation/networking/tuntap). They exist while they are open: closing removes them, unless root made them persistent.
 * By default the kernel leaves segmentation and checksums to us and we to it, as far as its driver can.
 */
import { closeSync } from 'node:fs';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import { type Addon, AddonIo, loadAddon } from './addon.ts';
import type { Device } from './device.ts';
import { DeviceError } from './device-error.ts';
import type { WatchKind } from './fd-watch.ts';
import { FrameDevice } from './frame-device.ts';
import { DescriptorIo } from './frame-io.ts';
import { checkKernelSide, configureKernelSide } from './ip-command.ts';
import { loadNative, type NativeCalls } from './native.ts';
import { ownMac } from './own-mac.ts';
import { segmentInSoftware } from './segmenting-device.ts';
import { type AttachedTun, attachTun, type TunKind } from './tun-attach.ts';

/** How to open a TUN or TAP device. */
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
  /**
   * Default true: super-segments of up to 64 KB and checksums are left to the other side, in both directions; where the driver
   * does not know them, packets are cut and put together here. `software`: always here, the kernel sees every packet as on a
   * wire. false: not at all, our stack too sees every packet.
   */
  readonly offload?: boolean | 'software';
  /** How to wait for packets. Default `auto`. */
  readonly watch?: WatchKind;
  /** false: without the addon, though it was built. Default true. */
  readonly addon?: boolean;
}

/**
 * Opens (or attaches to) a TUN device and configures the kernel's side of it.
 * @throws DeviceError telling what this machine lacks and the command that gives it.
 * @throws ArgumentError for a bad name, MTU or address.
 */
export function openTun(options: TunOptions = {}): Promise<Device> {
  return open('tun', options);
}

/**
 * As `openTun`, for Ethernet frames: the interface of the stack needs the device's `mac`, and finds the kernel by ARP and
 * neighbor discovery.
 * @throws DeviceError, ArgumentError as `openTun`.
 */
export function openTap(options: TunOptions = {}): Promise<Device> {
  return open('tap', options);
}

async function open(kind: TunKind, options: TunOptions): Promise<Device> {
  const mtu = options.mtu ?? 1500;
  const side = { mtu, addresses: options.addresses ?? [] };
  checkKernelSide(side);
  checkLinux(kind.toUpperCase());
  const native = loadNative();
  const { name = 'woshou%d', offload = true } = options;
  const attached = attachTun(native, { name, kind, offload: offload === true, isQueue: false });
  try {
    if (options.configure !== false) await configureKernelSide(attached.name, side);
    const addon = options.addon === false ? null : loadAddon();
    const device = tunDevice(native, attached, kind, mtu, options.watch ?? 'auto', addon);
    return offload === false ? device : segmentInSoftware(device);
  } catch (error) {
    closeSync(attached.fd);
    throw error;
  }
}

/** The device of an attached descriptor, which it gives back by `closeFd`. */
export function tunDevice(
  native: NativeCalls,
  attached: AttachedTun,
  kind: TunKind,
  mtu: number,
  watch: WatchKind,
  addon: Addon | null,
  closeFd: (fd: number) => void = closeSync,
): FrameDevice {
  const medium = kind === 'tun' ? 'ip' : 'ethernet';
  const capabilities: LinkCapabilities = { medium, mtu, ...attached.offloads };
  const { fd, headerLength } = attached;
  return new FrameDevice({
    name: attached.name,
    io:
      addon === null
        ? new DescriptorIo(native, fd, headerLength, watch, closeFd)
        : new AddonIo(addon, native, fd, headerLength, watch, closeFd),
    capabilities,
    mac: kind === 'tap' ? ownMac() : null,
  });
}

/** @throws DeviceError ERR_DEVICE_PLATFORM */
export function checkLinux(what: string): void {
  if (process.platform === 'linux') return;
  throw new DeviceError(
    'ERR_DEVICE_PLATFORM',
    `${what} devices are supported on Linux only, this is ${process.platform}`,
    'use the simulator (woshou/sim), or Linux in a virtual machine',
  );
}
