/**
 * The datagram socket: UDP as people know it (RFC 768), sans-IO. Calls never block and never wait; news comes by
 * `stack.pollEvent()`, what it is by `takeEvents()`. Addresses are text here, errors of the network errno names.
 */
import { Address } from '../base/address.ts';
import { ArgumentError, checkInteger, WoshouError } from '../base/errors.ts';
import type { EventQueue, Notifier } from '../stack/event-queue.ts';
import type { DatagramEndpoint, DatagramErrno, DatagramOwner } from '../udp/datagram-endpoint.ts';
import { PATH_MTU_DISCOVERIES, type PathMtuDiscovery } from '../udp/mtu-discovery.ts';
import type { UdpLayer } from '../udp/udp-layer.ts';

/** The part of a stack that datagram sockets use; `Stack` has it. */
export interface DatagramStack {
  readonly events: EventQueue;
  readonly transports: { readonly udp: UdpLayer };
}

/** How a datagram socket is made; everything has a default. */
export interface DatagramSocketOptions {
  /** Local address; `::` (the default) hears both families, `0.0.0.0` IPv4 only. */
  readonly address?: string;
  /** Local port, 1 to 65535. Without one the first send, or `bind`, draws an ephemeral port. */
  readonly port?: number;
  /** SO_REUSEADDR: share the port with sockets that say so too. Default false. */
  readonly reuseAddress?: boolean;
  /** Hear IPv6 only on `::`. */
  readonly v6Only?: boolean;
  /** Bytes that may wait to be received; default by profile. */
  readonly receiveBufferBytes?: number;
}

/** One datagram, and who sent it. */
export interface DatagramMessage {
  /** The payload, a copy of its own. */
  readonly bytes: Uint8Array;
  /** Who sent it. */
  readonly address: string;
  readonly port: number;
  /** The address it was sent to. */
  readonly localAddress: string;
  /** The interface it came in by. */
  readonly interfaceId: number;
}

/** A UDP socket of one stack. */
export class DatagramSocket implements DatagramOwner, Notifier {
  /** Yours: whatever this socket means to the program that holds it; a `SocketListener` is told its events. */
  context: object | null = null;
  /** For the event queue. */
  readonly user: object = this;
  isNotified = false;
  /** The endpoint below, with all options (`hopLimit`, `trafficClass`, `allowBroadcast`, `dontFragment` …). */
  readonly endpoint: DatagramEndpoint;
  private readonly events: EventQueue;
  private readonly bindAddress: Address;
  private pendingEvents = 0;

  /**
   * @throws ArgumentError for an address or port that is none; WoshouError with code EADDRINUSE or EADDRNOTAVAIL when
   * the port cannot be had; StateError when there are too many sockets
   */
  constructor(stack: DatagramStack, options: DatagramSocketOptions = {}) {
    this.events = stack.events;
    this.bindAddress = Address.parse(options.address ?? '::');
    const { reuseAddress = false, v6Only = false, receiveBufferBytes } = options;
    if (receiveBufferBytes !== undefined) checkInteger('receiveBufferBytes', receiveBufferBytes, 0, 2 ** 30);
    this.endpoint = stack.transports.udp.createEndpoint(this.bindAddress.family, { reuseAddress, v6Only });
    this.endpoint.owner = this;
    if (receiveBufferBytes !== undefined) this.endpoint.receiveBufferBytes = receiveBufferBytes;
    if (options.port === undefined && this.bindAddress.isUnspecified) return;
    try {
      this.bind(options.port ?? 0);
    } catch (error) {
      this.endpoint.close();
      throw error;
    }
  }

  /** Local port, 0 while there is none. */
  get localPort(): number {
    return this.endpoint.localPort;
  }

  /** Local address as text, `::` or `0.0.0.0` for all of them. */
  get localAddress(): string {
    return (this.endpoint.localAddress ?? this.bindAddress).toString();
  }

  /** Bytes of the next datagram, -1 when none waits. */
  get nextLength(): number {
    return this.endpoint.nextLength;
  }

  /** True when `receiveFrom` has something. */
  get isReadable(): boolean {
    return this.endpoint.nextLength >= 0;
  }

  /**
   * How datagrams that may be too large for the path are sent (IP_MTU_DISCOVER): `dont`, `want`, `do`, `probe`, `interface` or
   * `omit`, see PathMtuDiscovery. At first `want`, in profile `rfc` `dont`.
   */
  get pathMtuDiscovery(): PathMtuDiscovery {
    return this.endpoint.mtuDiscovery;
  }

  /** @throws ArgumentError for a word that is none of them */
  set pathMtuDiscovery(mode: PathMtuDiscovery) {
    if (!PATH_MTU_DISCOVERIES.includes(mode)) {
      throw new ArgumentError('pathMtuDiscovery', `must be one of ${PATH_MTU_DISCOVERIES.join(', ')}, got '${mode}'`);
    }
    this.endpoint.mtuDiscovery = mode;
  }

  /** What is known of the MTU of the path to the connected peer, bytes of IP packet (IP_MTU); 0 while not connected. */
  get pathMtu(): number {
    return this.endpoint.pathMtu;
  }

  /** True after `close`; sending then throws a StateError. */
  get isClosed(): boolean {
    return this.endpoint.isClosed;
  }

  /** Binds to the address given at construction. @param port 0: an ephemeral one. @throws as the constructor */
  bind(port = 0): void {
    const error = this.endpoint.bind(this.bindAddress, port);
    if (error !== null) fail(error, `cannot bind to ${this.bindAddress.toString()} port ${port}`);
  }

  /**
   * Fixes the peer: only it is heard, `send` needs no address, and its ICMP errors are reported.
   * @throws ArgumentError for an address that is none; WoshouError with an errno code when there is no way to it
   */
  connect(address: string, port: number): void {
    const error = this.endpoint.connect(Address.parse(address), port);
    if (error !== null) fail(error, `cannot connect to ${address} port ${port}`);
  }

  /** Undoes `connect`. */
  disconnect(): void {
    this.endpoint.disconnect();
  }

  /**
   * Sends one datagram.
   * @param address an IPv4 or IPv6 address
   * @param port 1 to 65535
   * @returns null when it was passed on, else an errno name; UDP does not say whether it arrives
   * @throws ArgumentError for an address or port that is none; StateError when the socket is closed
   */
  sendTo(bytes: Uint8Array, address: string, port: number): DatagramErrno | null {
    return this.endpoint.send(bytes, Address.parse(address), port);
  }

  /** Sends one datagram to the connected peer; as `sendTo`. */
  send(bytes: Uint8Array): DatagramErrno | null {
    return this.endpoint.send(bytes);
  }

  /** The oldest datagram that waits, or null. */
  receiveFrom(): DatagramMessage | null {
    const received = this.endpoint.receive();
    if (received === null) return null;
    const { bytes, address, port, localAddress, interfaceId } = received;
    return { bytes, address: address.toString(), port, localAddress: localAddress.toString(), interfaceId };
  }

  /** The pending ICMP error of a connected socket as errno name, forgotten with that; or null. */
  takeError(): DatagramErrno | null {
    return this.endpoint.takeError();
  }

  /**
   * The last report of a router that a datagram of this socket was too big, forgotten with that; or null. `mtu` is in bytes of
   * IP packet, 0 when an old router named none. It was checked that the datagram can be one that this socket sent.
   */
  takePathMtuReport(): {
    readonly address: string;
    readonly port: number;
    readonly mtu: number;
    readonly quotedLength: number;
  } | null {
    const report = this.endpoint.takePathMtuReport();
    return report === null ? null : { ...report, address: report.address.toString() };
  }

  /** Joins a group. @param interfaceId -1: by route. @throws ArgumentError; WoshouError with an errno code */
  joinGroup(group: string, interfaceId = -1): void {
    const error = this.endpoint.joinGroup(Address.parse(group), interfaceId);
    if (error !== null) fail(error, `cannot join ${group}`);
  }

  /** Leaves a group, with the arguments of the join. @throws as `joinGroup` */
  leaveGroup(group: string, interfaceId = -1): void {
    const error = this.endpoint.leaveGroup(Address.parse(group), interfaceId);
    if (error !== null) fail(error, `cannot leave ${group}`);
  }

  /** Lets the port go; what waits is lost. */
  close(): void {
    this.endpoint.close();
  }

  /** SocketEvent bits since the last call. */
  takeEvents(): number {
    const bits = this.pendingEvents;
    this.pendingEvents = 0;
    return bits;
  }

  /** For the endpoint. */
  datagramEvent(_endpoint: DatagramEndpoint, bits: number): void {
    this.pendingEvents |= bits;
    this.events.push(this);
  }
}

function fail(code: DatagramErrno, what: string): never {
  if (code === 'EAFNOSUPPORT') throw new ArgumentError('address', `${what}: the socket speaks the other family`);
  throw new WoshouError(code, `${what}: ${code}`);
}
