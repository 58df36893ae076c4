/**
 * A host of ours behind a TUN device: device, stack, driver, Node's net over them, and an eye on every packet (a pcapng file,
 * a ladder). The kernel is the other end of the wire.
 */
import { closeSync, openSync, writeSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { Address } from '../base/address.ts';
import { ArgumentError } from '../base/errors.ts';
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { Observer } from '../base/observer.ts';
import type { Slot } from '../base/slot.ts';
import { LinkType, PcapngWriter } from '../capture/pcapng.ts';
import { ImpairedLink } from '../link/impairment.ts';
import { MemoryLink } from '../link/memory-link.ts';
import { WireFrames } from '../link/wire-frames.ts';
import { createNet, type Net } from '../net/index.ts';
import type { Device } from '../node/device.ts';
import { DeviceError } from '../node/device-error.ts';
import type { Driver } from '../node/driver.ts';
import { DriverHost } from '../node/driver-host.ts';
import { SystemTime } from '../node/driver-time.ts';
import { openPacket } from '../node/packet.ts';
import { openQemuStream } from '../node/qemu.ts';
import { SystemRandom } from '../node/random.ts';
import { openTap, openTun } from '../node/tun.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import type { ProfileName } from '../stack/profile.ts';
import { type SocketWithEvents, Stack, type StackOptions } from '../stack/stack.ts';

/** How to set the host up. Addresses are `address/length`. */
export interface TunHostOptions {
  readonly name: string;
  /** What kind of device: `tun`, `tap`, `packet:INTERFACE` or `qemu:PATH`. */
  readonly kind: string;
  /** Name of the interface; undefined: the next free `woshouN`. */
  readonly device?: string | undefined;
  /** Ours. */
  readonly addresses: readonly string[];
  /** The kernel's. */
  readonly peers: readonly string[];
  readonly profile: ProfileName;
  /** A bad line between our stack and the device: share of packets lost (0 to 1), delay one way in milliseconds. */
  readonly line?: { readonly loss: number; readonly delayMs: number } | undefined;
  /** File for the packets. */
  readonly pcap?: string | undefined;
  /** Sees states and reasons. */
  readonly observer?: Observer | undefined;
  /** See packets. */
  readonly watchers?: readonly PacketWatcher[] | undefined;
  /** The file took no more (disk full): packets are not kept from here on, everything else goes on. */
  readonly onCaptureFailed: (error: Error) => void;
  /** The interface was removed from outside. */
  readonly onGone: (error: Error) => void;
}

/** Sees every packet, before it is taken in and after it was written. Valid during the call only. */
export interface PacketWatcher {
  /** It sees packets as a wire would carry them: super-segments cut, checksums finished. False: as the carrier has them. */
  readonly seesWire: boolean;
  packetSeen(direction: 'in' | 'out', timeUs: number, slot: Slot, medium: LinkMedium): void;
}

export class TunHost {
  readonly stack: Stack;
  /** What asynchronous sockets are made over. */
  readonly sockets: SocketHost;
  /** Node's `net` on this host. */
  readonly net: Net;
  readonly driver: Driver<SocketWithEvents>;
  readonly device: Device;
  private readonly capture: CaptureFile | null;

  private constructor(device: Device, time: SystemTime, options: TunHostOptions) {
    this.device = device;
    this.capture =
      options.pcap === undefined ? null : new CaptureFile(options.pcap, device, time.epochUs, options.onCaptureFailed);
    this.stack = new SeenStack(
      {
        name: options.name,
        profile: options.profile,
        random: new SystemRandom(),
        epochUs: time.epochUs,
        observer: options.observer ?? null,
      },
      [this.capture, ...(options.watchers ?? [])].filter((one) => one !== null),
      device.capabilities.medium,
    );
    const host = new DriverHost({
      stack: this.stack,
      // Every socket here has a listener.
      handler: { onEvent: () => {}, onDeviceFailed: (_device, error) => options.onGone(error) },
      time,
    });
    // The device keeps the process alive as long as the host is open.
    host.ref();
    this.driver = host.driver;
    this.sockets = host;
    this.net = createNet(host);
    const { capabilities, mac } = device;
    // A path of a socket is no name of an interface.
    const name = options.kind.startsWith('qemu') ? 'eth0' : device.name;
    const { id } = this.stack.addInterface({ name, capabilities, ...(mac === null ? {} : { mac }) });
    for (const address of options.addresses) {
      this.stack.addAddress(id, address);
      // Whatever is not in our own network goes to the kernel as well.
      this.stack.addRoute(address.includes(':') ? '::/0' : '0.0.0.0/0', null, id);
    }
    const { line } = options;
    if (line === undefined || (line.loss === 0 && line.delayMs === 0)) this.driver.attachDevice(device, id);
    else this.driver.attachLink(badLine(device, line), [{ interfaceId: id }, { device }]);
  }

  /** @throws DeviceError saying what this machine lacks; ArgumentError for addresses that are none */
  static async open(options: TunHostOptions): Promise<TunHost> {
    const time = new SystemTime();
    const device = await openDevice(options);
    try {
      return new TunHost(device, time, options);
    } catch (error) {
      device.close();
      throw error;
    }
  }

  /** Stops; the device is gone when this returns, the capture complete. */
  close(): void {
    this.driver.close();
    this.device.close();
    this.capture?.close();
  }
}

async function openDevice(options: TunHostOptions): Promise<Device> {
  const { kind, line } = options;
  // A bad line loses and delays single packets.
  const offload = line === undefined || (line.loss === 0 && line.delayMs === 0);
  const [type = '', where = ''] = kind.split(/:(.*)/s);
  if (type === 'packet' && where !== '') return openPacket({ interface: where, offload });
  if (type === 'qemu' && where !== '') return openQemuStream({ at: where, offload });
  if (kind !== 'tun' && kind !== 'tap') {
    throw new ArgumentError('--device', `'${kind}' is no device; say tun, tap, packet:INTERFACE or qemu:PATH`);
  }
  checkPeersAreFree(options.peers, options.device);
  const open = kind === 'tun' ? openTun : openTap;
  return await open({
    addresses: options.peers,
    offload,
    ...(options.device === undefined ? {} : { name: options.device }),
  });
}

/**
 * The kernel would take one of our addresses on a second interface without a word, and go on sending to the first.
 * @throws DeviceError ERR_DEVICE_BUSY
 */
function checkPeersAreFree(peers: readonly string[], device: string | undefined): void {
  const wanted = new Set(peers.map((text) => Address.tryParse(text.split('/')[0] ?? '')?.toString()));
  for (const [name, present] of Object.entries(networkInterfaces())) {
    const taken = present?.find(({ address }) => wanted.has(Address.tryParse(address)?.toString()));
    if (taken === undefined || name === device) continue;
    throw new DeviceError(
      'ERR_DEVICE_BUSY',
      `interface ${name} has the address ${taken.address} already, so packets would go there`,
      taken.family === 'IPv6'
        ? `stop the program behind ${name}, or leave IPv6 out`
        : `stop the program behind ${name}, or take another network: --address 10.9.7.2/24 --peer 10.9.7.1`,
    );
  }
}

function badLine(device: Device, settings: { readonly loss: number; readonly delayMs: number }): ImpairedLink {
  const inner = new MemoryLink({ capabilities: device.capabilities });
  return new ImpairedLink(inner, { seed: new SystemRandom().publicInt32(), settings });
}

/** A stack with watchers at the door. What it sends to itself does not pass them. */
class SeenStack extends Stack {
  private readonly near: readonly PacketWatcher[];
  private readonly onWire: readonly PacketWatcher[];
  private readonly medium: LinkMedium;
  private readonly frames: WireFrames;

  constructor(options: StackOptions, watchers: readonly PacketWatcher[], medium: LinkMedium) {
    super(options);
    this.medium = medium;
    this.frames = new WireFrames(medium);
    this.near = watchers.filter(({ seesWire }) => !seesWire);
    this.onWire = watchers.filter(({ seesWire }) => seesWire);
  }

  override receive(slot: Slot, nowUs: number): void {
    this.show('in', nowUs, slot);
    super.receive(slot, nowUs);
  }

  override pollTransmit(nowUs: number, slot: Slot): boolean {
    if (!super.pollTransmit(nowUs, slot)) return false;
    this.show('out', nowUs, slot);
    return true;
  }

  private show(direction: 'in' | 'out', nowUs: number, slot: Slot): void {
    for (const watcher of this.near) watcher.packetSeen(direction, nowUs, slot, this.medium);
    if (this.onWire.length === 0) return;
    this.frames.begin(slot);
    for (let frame = this.frames.next(); frame !== null; frame = this.frames.next()) {
      for (const watcher of this.onWire) watcher.packetSeen(direction, nowUs, frame, this.medium);
    }
  }
}

/** A pcapng file that grows with the packets; what a second brought is on the disk when it is over. */
class CaptureFile implements PacketWatcher {
  readonly seesWire = true;
  private readonly fd: number;
  private readonly onFailed: (error: Error) => void;
  private isOpen = true;
  private readonly writer: PcapngWriter;
  private readonly interfaceId: number;
  private readonly epochUs: number;
  private readonly timer: NodeJS.Timeout;

  constructor(path: string, device: Device, epochUs: number, onFailed: (error: Error) => void) {
    this.epochUs = epochUs;
    this.onFailed = onFailed;
    this.writer = new PcapngWriter({ application: 'woshou' });
    this.interfaceId = this.writer.addInterface({
      linkType: device.capabilities.medium === 'ip' ? LinkType.raw : LinkType.ethernet,
      name: device.name,
    });
    this.fd = openSync(path, 'w');
    this.write();
    this.timer = setInterval(() => this.flush(), FLUSH_MS).unref();
  }

  packetSeen(direction: 'in' | 'out', timeUs: number, slot: Slot): void {
    if (!this.isOpen) return;
    this.writer.writePacket(this.interfaceId, this.epochUs + timeUs, slot.memory.u8, slot.offset, slot.length, {
      direction,
    });
    if (this.writer.length > FLUSH_BYTES) this.flush();
  }

  close(): void {
    this.flush();
    this.end();
  }

  /** Called from inside of the stack's input and output, which a full disk must not disturb. */
  private flush(): void {
    if (!this.isOpen) return;
    try {
      this.write();
    } catch (error) {
      this.end();
      this.onFailed(error as Error);
    }
  }

  private end(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    clearInterval(this.timer);
    closeSync(this.fd);
  }

  private write(): void {
    const bytes = this.writer.take();
    for (let at = 0; at < bytes.length; ) at += writeSync(this.fd, bytes, at);
  }
}

/** Packets are written in lumps of this size, or of a second. */
const FLUSH_BYTES = 1 << 16;
const FLUSH_MS = 1000;
