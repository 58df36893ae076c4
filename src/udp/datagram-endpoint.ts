/**
 * One end of UDP (RFC 768, RFC 1122 section 4.1): local and perhaps remote address, a bounded receive queue, options. The
 * user-facing socket wraps it. Errors of the world come back as errno names, wrong use of the API throws.
 */
import type { Address } from '../base/address.ts';
import { ArgumentError, checkInteger, StateError } from '../base/errors.ts';
import type { IpSendOptions } from '../ip/ip-context.ts';
import { PATH_MTU_DISCOVERIES, type PathMtuDiscovery, type PathMtuReport, SentSizes } from './mtu-discovery.ts';
import type { UdpSettings } from './udp-context.ts';

/** What can go wrong with a datagram endpoint, spelled as in errno. */
export type DatagramErrno =
  | 'EACCES'
  | 'EADDRINUSE'
  | 'EADDRNOTAVAIL'
  | 'EAFNOSUPPORT'
  | 'ECONNREFUSED'
  | 'EDESTADDRREQ'
  | 'EHOSTDOWN'
  | 'EHOSTUNREACH'
  | 'EMSGSIZE'
  | 'ENETUNREACH'
  | 'ENOBUFS'
  | 'ENONET'
  | 'ENOPROTOOPT'
  | 'EOPNOTSUPP'
  | 'EPROTO';

/** Events of an endpoint; the bits of SocketEvent. */
export const DatagramEvent = { readable: 1, writable: 2, error: 32, closed: 64 } as const;

/** Told of events at once, from inside `receive`: it may note them, and nothing else. */
export interface DatagramOwner {
  datagramEvent(endpoint: DatagramEndpoint, bits: number): void;
}

/** One datagram as it was received. */
export interface ReceivedDatagram {
  /** The payload, a copy that belongs to the receiver. */
  readonly bytes: Uint8Array;
  readonly address: Address;
  readonly port: number;
  /** The address it was sent to: ours, a group, or a broadcast. */
  readonly localAddress: Address;
  readonly interfaceId: number;
  readonly hopLimit: number;
  readonly trafficClass: number;
}

/** A group an endpoint has joined. */
export interface GroupJoin {
  readonly group: Address;
  /** -1: the interface was chosen by route. */
  readonly interfaceId: number;
  /** Where it was joined: routes may be others when it is left. */
  readonly joinedInterfaceId: number;
}

/** What an endpoint may be told at birth; all of it can be changed later. */
export interface DatagramOptions {
  readonly reuseAddress?: boolean;
  readonly v6Only?: boolean;
}

/** What an endpoint asks of UDP. */
export interface DatagramLayer {
  bind(endpoint: DatagramEndpoint, local: Address | null, port: number): DatagramErrno | null;
  connect(endpoint: DatagramEndpoint, remote: Address, port: number): DatagramErrno | null;
  disconnect(endpoint: DatagramEndpoint): void;
  send(
    endpoint: DatagramEndpoint,
    remote: Address,
    remotePort: number,
    bytes: Uint8Array,
    offset: number,
    length: number,
  ): DatagramErrno | null;
  pathMtuOf(endpoint: DatagramEndpoint, remote: Address): number;
  joinGroup(endpoint: DatagramEndpoint, group: Address, interfaceId: number): DatagramErrno | null;
  leaveGroup(join: GroupJoin): void;
  remove(endpoint: DatagramEndpoint): void;
}

/** Charged for every waiting datagram beside its bytes, so that empty ones are not free. */
export const DATAGRAM_OVERHEAD_BYTES = 512;

export class DatagramEndpoint {
  readonly family: 4 | 6;
  /** Null: every address of ours. */
  localAddress: Address | null = null;
  /** 0: not bound. */
  localPort = 0;
  /** Set by `connect`: the only peer that is heard. */
  remoteAddress: Address | null = null;
  remotePort = 0;
  /** Interface the endpoint is bound to, -1: any. */
  interfaceId = -1;
  owner: DatagramOwner | null = null;

  /** Let others bind the same port, if they allow it too. */
  reuseAddress: boolean;
  /** An IPv6 endpoint without it hears IPv4 as well. */
  v6Only: boolean;
  /** RFC 1122 §4.1: broadcasts leave only by permission. */
  allowBroadcast = false;
  /** DSCP and ECN of what is sent, 0 to 255. */
  trafficClass = 0;
  /** TTL or hop limit of unicasts, -1: the default. */
  hopLimit = -1;
  /** The same for groups, 0 to 255. */
  multicastHopLimit = 1;
  /** Members on this host hear what is sent to groups (IP_MULTICAST_LOOP of the sender). Default false. */
  multicastLoopback = false;
  /** Interface for groups, -1: by route. */
  multicastInterfaceId = -1;
  /** How datagrams that may be too large for the path are sent (IP_MTU_DISCOVER). */
  mtuDiscovery: PathMtuDiscovery;
  /** Bytes that may wait, overhead of 512 a datagram included. */
  receiveBufferBytes: number;

  /** Datagrams dropped because the queue was full. */
  droppedDatagrams = 0;
  readonly joins: GroupJoin[] = [];
  private readonly layer: DatagramLayer;
  private readonly queue: ReceivedDatagram[] = [];
  private queuedBytes = 0;
  private pendingError: DatagramErrno | null = null;
  private pathMtuReport: PathMtuReport | null = null;
  private isOpen = true;
  /** For the layer: what was sent to whom. */
  readonly sentSizes = new SentSizes();

  /** Made by `UdpLayer.createEndpoint`. */
  constructor(layer: DatagramLayer, family: 4 | 6, settings: UdpSettings, options: DatagramOptions) {
    this.layer = layer;
    this.family = family;
    this.receiveBufferBytes = settings.rmemDefaultBytes;
    this.mtuDiscovery = settings.noPmtuDisc === 0 ? 'want' : 'dont';
    this.reuseAddress = options.reuseAddress ?? false;
    this.v6Only = options.v6Only ?? false;
  }

  get isClosed(): boolean {
    return !this.isOpen;
  }

  /** Refuse with EMSGSIZE instead of fragmenting: `mtuDiscovery` is `do`. False sets `dont`. */
  get dontFragment(): boolean {
    return this.mtuDiscovery === 'do';
  }

  set dontFragment(isSet: boolean) {
    this.mtuDiscovery = isSet ? 'do' : 'dont';
  }

  /** What is known of the MTU of the path to the connected peer, bytes of IP packet (IP_MTU); 0 while there is none. */
  get pathMtu(): number {
    return this.remoteAddress === null ? 0 : this.layer.pathMtuOf(this, this.remoteAddress);
  }

  /** Datagrams that wait to be received. */
  get queuedCount(): number {
    return this.queue.length;
  }

  /** Bytes charged for them. */
  get queuedLength(): number {
    return this.queuedBytes;
  }

  /** Payload bytes of the next datagram, -1 when none waits. */
  get nextLength(): number {
    return this.queue[0]?.bytes.length ?? -1;
  }

  /**
   * Binds to an address and port.
   * @param address null: all addresses; a group or broadcast address hears only what is sent to it
   * @param port 1 to 65535, 0: an ephemeral one (RFC 6056)
   * @returns null, EADDRINUSE, EADDRNOTAVAIL or EAFNOSUPPORT
   * @throws StateError when it is bound already or closed
   */
  bind(address: Address | null, port: number): DatagramErrno | null {
    this.checkOpen();
    checkInteger('port', port, 0, 0xffff);
    if (this.localPort !== 0)
      throw new StateError(`the endpoint is bound to port ${this.localPort} already; make another`);
    const local = address?.isUnspecified ? null : address;
    if (local !== null && !this.speaks(local)) return 'EAFNOSUPPORT';
    return this.layer.bind(this, local, port);
  }

  /**
   * Fixes the peer: only its datagrams are heard, and ICMP errors about it are reported.
   * @returns null, ENETUNREACH, EAFNOSUPPORT, EADDRINUSE, or EACCES for a broadcast without permission
   */
  connect(address: Address, port: number): DatagramErrno | null {
    this.checkOpen();
    checkInteger('port', port, 1, 0xffff);
    if (!this.speaks(address)) return 'EAFNOSUPPORT';
    return this.layer.connect(this, address, port);
  }

  /** Undoes `connect`; the local port stays. */
  disconnect(): void {
    this.checkOpen();
    this.layer.disconnect(this);
  }

  /**
   * Sends one datagram, a copy of `length` bytes from `offset`; binds to an ephemeral port first when necessary.
   * @param address with `port`, the peer; null: the connected one
   * @returns null when it was passed on, else why not. A pending ICMP error is returned once, instead of sending.
   */
  send(
    bytes: Uint8Array,
    address: Address | null = null,
    port = 0,
    offset = 0,
    length = bytes.length - offset,
  ): DatagramErrno | null {
    this.checkOpen();
    checkInteger('offset', offset, 0, bytes.length);
    checkInteger('length', length, 0, bytes.length - offset);
    if (address !== null) checkInteger('port', port, 1, 0xffff);
    const pending = this.takeError();
    if (pending !== null) return pending;
    const remote = address ?? this.remoteAddress;
    if (remote === null) return 'EDESTADDRREQ';
    if (!this.speaks(remote)) return 'EAFNOSUPPORT';
    return this.layer.send(this, remote, address === null ? this.remotePort : port, bytes, offset, length);
  }

  /** The oldest datagram that waits, or null. */
  receive(): ReceivedDatagram | null {
    const datagram = this.queue.shift();
    if (datagram === undefined) return null;
    this.queuedBytes -= datagram.bytes.length + DATAGRAM_OVERHEAD_BYTES;
    return datagram;
  }

  /** The pending error, which is forgotten with that. */
  takeError(): DatagramErrno | null {
    const error = this.pendingError;
    this.pendingError = null;
    return error;
  }

  /** The last believed report that a datagram of this endpoint was too big, forgotten with that; or null. */
  takePathMtuReport(): PathMtuReport | null {
    const report = this.pathMtuReport;
    this.pathMtuReport = null;
    return report;
  }

  /**
   * Joins a group on an interface.
   * @param interfaceId -1: by route
   * @returns null, EADDRINUSE when it is joined already, ENOBUFS above the limit, EADDRNOTAVAIL when no interface can
   * @throws ArgumentError for an address that is no group
   */
  joinGroup(group: Address, interfaceId = -1): DatagramErrno | null {
    this.checkOpen();
    if (!group.isMulticast) throw new ArgumentError('group', `${group.toString()} is no multicast address`);
    if (!this.speaks(group)) return 'EAFNOSUPPORT';
    if (this.joinOf(group, interfaceId) >= 0) return 'EADDRINUSE';
    return this.layer.joinGroup(this, group, interfaceId);
  }

  /** Leaves a group, with the arguments of the join. @returns null or EADDRNOTAVAIL */
  leaveGroup(group: Address, interfaceId = -1): DatagramErrno | null {
    this.checkOpen();
    const index = this.joinOf(group, interfaceId);
    if (index < 0) return 'EADDRNOTAVAIL';
    for (const join of this.joins.splice(index, 1)) this.layer.leaveGroup(join);
    return null;
  }

  /** Lets port, groups and queue go. Closing twice is fine. */
  close(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    for (const join of this.joins) this.layer.leaveGroup(join);
    this.joins.length = 0;
    this.queue.length = 0;
    this.queuedBytes = 0;
    this.layer.remove(this);
    this.owner?.datagramEvent(this, DatagramEvent.closed);
  }

  /** For the layer: takes a datagram for which there is room. */
  deliver(datagram: ReceivedDatagram): void {
    this.queue.push(datagram);
    this.queuedBytes += datagram.bytes.length + DATAGRAM_OVERHEAD_BYTES;
    this.owner?.datagramEvent(this, DatagramEvent.readable);
  }

  /** For the layer: whether a datagram of `length` bytes would be taken. One is always taken by an empty queue. */
  hasRoomFor(length: number): boolean {
    return this.queue.length === 0 || this.queuedBytes + length + DATAGRAM_OVERHEAD_BYTES <= this.receiveBufferBytes;
  }

  /** For the layer: RFC 1122 §4.1.3.3: ICMP errors are passed up. */
  fail(error: DatagramErrno): void {
    this.pendingError = error;
    this.owner?.datagramEvent(this, DatagramEvent.error);
  }

  /** For the layer: a router's report that is believed. */
  tooBig(report: PathMtuReport): void {
    this.pathMtuReport = report;
    this.owner?.datagramEvent(this, DatagramEvent.error);
  }

  /** For the layer: joined `group` on `interfaceId`, or on the interface of the route. */
  hears(group: Address, interfaceId: number): boolean {
    return this.joins.some(
      (join) => (join.interfaceId === -1 || join.interfaceId === interfaceId) && join.group.equals(group),
    );
  }

  /**
   * For the layer: the options of one datagram to `remote`.
   * @param fits whether it fits the path's MTU
   * @throws ArgumentError when an option is out of its range
   */
  sendOptions(remote: Address, fits: boolean): IpSendOptions {
    const { trafficClass, mtuDiscovery: mode } = this;
    if (!PATH_MTU_DISCOVERIES.includes(mode)) {
      throw new ArgumentError('mtuDiscovery', `must be one of ${PATH_MTU_DISCOVERIES.join(', ')}, got '${mode}'`);
    }
    checkInteger('trafficClass', trafficClass, 0, 255);
    if (remote.isMulticast) checkInteger('multicastHopLimit', this.multicastHopLimit, 0, 255);
    else if (this.hopLimit !== -1) checkInteger('hopLimit', this.hopLimit, 1, 255);
    const hopLimit = remote.isMulticast ? this.multicastHopLimit : this.hopLimit;
    // RFC 8899 §3 R8899-6: probes are never cut.
    const dontFragment = mode === 'do' || mode === 'probe' || (mode === 'want' && fits);
    const ignorePathMtu = mode === 'probe' || mode === 'interface' || mode === 'omit';
    return { trafficClass, hopLimit, flowLabel: -1, dontFragment, ignorePathMtu, ipOptions: null };
  }

  /** True when addresses of this one's family can be used here. */
  private speaks(address: Address): boolean {
    return address.family === this.family || (this.family === 6 && !this.v6Only);
  }

  private joinOf(group: Address, interfaceId: number): number {
    return this.joins.findIndex((join) => join.interfaceId === interfaceId && join.group.equals(group));
  }

  private checkOpen(): void {
    if (!this.isOpen) throw new StateError('the datagram endpoint is closed; make a new one');
  }
}
