/**
 * A station of its own on an Ethernet of this machine, through a packet socket (Linux packet(7), needs root): own hardware and
 * IP addresses, ARP and neighbor discovery by our stack, beside the kernel, which knows nothing of it. Offloads as far as the
 * kernel's packet sockets have them. The kernel of this machine itself is not reached this way: frames leave by the wire.
 */
import { close as closeLater, closeSync, existsSync, readFileSync } from 'node:fs';
import type { LinkCapabilities } from '../base/link-capabilities.ts';
import { MacAddress } from '../base/mac-address.ts';
import type { Slot } from '../base/slot.ts';
import type { Device } from './device.ts';
import { DeviceError } from './device-error.ts';
import type { FdWatch } from './fd-watch.ts';
import { FrameDevice } from './frame-device.ts';
import { type CrowdWriter, DescriptorIo, type FrameIo } from './frame-io.ts';
import { HAS_MESSAGE_CALLS, MessageIo } from './message-io.ts';
import { int32, loadNative, type NativeCalls } from './native.ts';
import { loadSocketCalls, Socket, type SocketCalls } from './native-sockets.ts';
import { ownMac } from './own-mac.ts';
import { QueueWatch } from './queue-watch.ts';
import { segmentInSoftware } from './segmenting-device.ts';
import { checkLinux } from './tun.ts';
import { checkInterfaceName, NO_OFFLOADS } from './tun-attach.ts';

/** How to open a packet socket. */
export interface PacketOptions {
  /** The interface, as `ip link` calls it; it must be up. */
  readonly interface: string;
  /**
   * Our hardware address. Default: a random one, for which the interface listens to all frames. `interface`: the interface's own,
   * for networks that know their stations by it (wireless, clouds); the kernel then sees our packets too and must not forward.
   */
  readonly mac?: MacAddress | 'interface';
  /** As `TunOptions.offload`. */
  readonly offload?: boolean | 'software';
  /**
   * For programs that send many packets which need no order, as a scanner does: crowds of them leave on a thread of Node's pool while
   * this one goes on and sends others. Frames that come in wait until a crowd is out, about a millisecond. Default false.
   */
  readonly sendsCrowds?: boolean;
}

/**
 * Opens a packet socket; its MTU is the interface's.
 * @throws DeviceError ERR_DEVICE_PERMISSION without the right to, ERR_DEVICE_CONFIGURATION when there is no such Ethernet;
 * ArgumentError for a name no interface can have.
 */
export function openPacket(options: PacketOptions): Device {
  const name = options.interface;
  checkInterfaceName(name);
  checkLinux('packet socket');
  const station = readInterface(name);
  const native = loadNative();
  const calls = loadSocketCalls();
  const type = Socket.SOCK_RAW | Socket.SOCK_NONBLOCK | Socket.SOCK_CLOEXEC;
  const fd = calls.socket(Socket.AF_PACKET, type, 0);
  if (fd < 0) throw socketError(name, native.errnoName(native.errno()));
  try {
    const isOwn = options.mac !== 'interface';
    // Always with the header: it tells which checksums of the kernel's packets were never computed.
    const hasHeader = calls.setsockopt(fd, Socket.SOL_PACKET, Socket.PACKET_VNET_HDR, int32(1), 4) === 0;
    prepare(calls, fd, station.index, isOwn);
    if (options.sendsCrowds)
      calls.setsockopt(fd, Socket.SOL_SOCKET, Socket.SO_SNDBUFFORCE, int32(CROWD_BUFFER_BYTES), 4);
    if (calls.bind(fd, linkAddress(station.index), 20) < 0) throw socketError(name, native.errnoName(native.errno()));
    const offloads = hasHeader && (options.offload ?? true) === true ? PACKET_OFFLOADS : NO_OFFLOADS;
    const capabilities: LinkCapabilities = { medium: 'ethernet', mtu: station.mtu, ...offloads };
    const headerLength = hasHeader ? 10 : 0;
    const device = new FrameDevice({
      name,
      io: new PacketIo(makeIo(native, calls, fd, headerLength, options.sendsCrowds ?? false), name, station.index),
      capabilities,
      mac: options.mac === 'interface' ? station.mac : (options.mac ?? ownMac()),
      // The kernel hands up what it has put together, whatever we send.
      largestFrame: 65_535 + 18,
    });
    return options.offload === false ? device : segmentInSoftware(device);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

function makeIo(
  native: NativeCalls,
  calls: SocketCalls,
  fd: number,
  headerLength: 0 | 10,
  sendsCrowds: boolean,
): FrameIo {
  // The kernel waits until no processor looks at the socket, ten milliseconds and more: not on this thread.
  const close = (): void => closeLater(fd, () => {});
  if (!HAS_MESSAGE_CALLS) return new DescriptorIo(native, fd, headerLength, 'auto', close);
  return new MessageIo(native, calls, { fd, headerLength, watchKind: 'auto', destination: null, sendsCrowds, close });
}

function prepare(calls: SocketCalls, fd: number, index: number, isOwnMac: boolean): void {
  // Not what the kernel itself sends by this interface; kernels before 4.20 cannot leave it out, and our stack ignores it.
  calls.setsockopt(fd, Socket.SOL_PACKET, Socket.PACKET_IGNORE_OUTGOING, int32(1), 4);
  for (const kind of isOwnMac ? [Socket.PACKET_MR_PROMISC] : [Socket.PACKET_MR_ALLMULTI]) {
    const request = new Uint8Array(16);
    const view = new DataView(request.buffer);
    view.setInt32(0, index, IS_LITTLE_ENDIAN);
    view.setUint16(4, kind, IS_LITTLE_ENDIAN);
    calls.setsockopt(fd, Socket.SOL_PACKET, Socket.PACKET_ADD_MEMBERSHIP, request, 16);
  }
  calls.setsockopt(fd, Socket.SOL_SOCKET, Socket.SO_RCVBUFFORCE, int32(RECEIVE_BUFFER_BYTES), 4);
}

/**
 * A packet socket tells once that its interface went down, and nothing when it is gone: then the socket is looked after, and
 * the device fails when the interface has not only been set down.
 */
class PacketIo implements FrameIo {
  readonly headerLength: 0 | 10 | 12;
  readonly crowds?: CrowdWriter;
  private readonly inner: FrameIo;
  private readonly name: string;
  private readonly index: number;
  private readonly wakeup: QueueWatch;
  private ready: () => boolean = () => false;
  private watching: FdWatch | null = null;
  private isReferenced = true;
  private goneTimer: NodeJS.Timeout | null = null;
  private isGone = false;

  constructor(inner: FrameIo, name: string, index: number) {
    this.inner = inner;
    this.headerLength = inner.headerLength;
    if (inner.crowds !== undefined) this.crowds = inner.crowds;
    this.name = name;
    this.index = index;
    this.wakeup = new QueueWatch(
      () => this.ready(),
      () => {},
    );
  }

  get errno(): string {
    return this.isGone ? 'ENODEV' : this.inner.errno;
  }

  read(slots: readonly Slot[]): number {
    if (this.isGone) return 0;
    const count = this.inner.read(slots);
    if (DOWN.has(this.inner.errno)) this.lookLater();
    return count;
  }

  write(slots: readonly Slot[], from: number, to: number): number {
    const next = this.inner.write(slots, from, to);
    if (next < to && DOWN.has(this.inner.errno)) this.lookLater();
    return next;
  }

  watch(ready: () => boolean): FdWatch {
    this.ready = ready;
    this.watchAnew();
    return {
      kind: 'loop',
      ref: () => this.setReferenced(true),
      unref: () => this.setReferenced(false),
      close: () => this.watching?.close(),
    };
  }

  close(): void {
    this.wakeup.close();
    if (this.goneTimer !== null) clearTimeout(this.goneTimer);
    this.inner.close();
  }

  /** The event loop watches no further after it has seen an error. */
  private watchAnew(): void {
    this.watching?.close();
    this.watching = this.inner.watch(this.ready);
    this.setReferenced(this.isReferenced);
  }

  private setReferenced(isReferenced: boolean): void {
    this.isReferenced = isReferenced;
    if (isReferenced) this.watching?.ref();
    else this.watching?.unref();
  }

  private lookLater(): void {
    this.goneTimer ??= setTimeout(() => {
      this.goneTimer = null;
      this.isGone = !isPresent(this.name, this.index);
      if (this.isGone) this.wakeup.wake();
      else this.watchAnew();
    }, GONE_MS).unref();
  }
}

interface Station {
  readonly index: number;
  readonly mtu: number;
  readonly mac: MacAddress;
}

function readInterface(name: string): Station {
  const folder = `/sys/class/net/${name}`;
  const read = (file: string): string => readFileSync(`${folder}/${file}`, 'utf8').trim();
  if (!existsSync(folder)) {
    throw new DeviceError('ERR_DEVICE_CONFIGURATION', `there is no interface ${name}`, 'see `ip link`', 'ENODEV');
  }
  if (read('type') !== ARPHRD_ETHER) {
    throw new DeviceError('ERR_DEVICE_CONFIGURATION', `interface ${name} is no Ethernet`, 'see `ip link` for another');
  }
  return { index: Number(read('ifindex')), mtu: Number(read('mtu')), mac: MacAddress.parse(read('address')) };
}

function isPresent(name: string, index: number): boolean {
  try {
    return Number(readFileSync(`/sys/class/net/${name}/ifindex`, 'utf8')) === index;
  } catch {
    return false;
  }
}

function socketError(name: string, errno: string): DeviceError {
  if (errno === 'EPERM' || errno === 'EACCES') {
    return new DeviceError(
      'ERR_DEVICE_PERMISSION',
      `no right to open a packet socket on ${name} (${errno})`,
      'run with `sudo`, or `sudo setcap cap_net_raw+ep "$(readlink -f "$(which node)")"`',
      errno,
    );
  }
  return new DeviceError('ERR_DEVICE_SYSTEM', `no packet socket on ${name} (${errno})`, '', errno);
}

/** `struct sockaddr_ll` for all protocols. */
function linkAddress(index: number): Uint8Array {
  const address = new Uint8Array(20);
  const view = new DataView(address.buffer);
  view.setUint16(0, Socket.AF_PACKET, IS_LITTLE_ENDIAN);
  // In network order.
  view.setUint16(2, ETH_P_ALL);
  view.setInt32(4, index, IS_LITTLE_ENDIAN);
  return address;
}

const PACKET_OFFLOADS = { checksum: true, tso4: true, tso6: true, uso: true };
const RECEIVE_BUFFER_BYTES = 8 << 20;
/** Some crowds of full frames; the kernel counts its own memory, too. */
const CROWD_BUFFER_BYTES = 2 << 20;
const ETH_P_ALL = 3;
const ARPHRD_ETHER = '1';
const DOWN: ReadonlySet<string> = new Set(['ENETDOWN', 'ENXIO', 'ENODEV']);
/** Longer than the kernel takes to remove an interface. */
const GONE_MS = 100;
const IS_LITTLE_ENDIAN = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;
