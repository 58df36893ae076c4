/** A UDP socket of a stack in this thread, with the results libuv would give on Linux. */
import { Address } from '../base/address.ts';
import { WoshouError } from '../base/errors.ts';
import type { Interface } from '../ip/interface.ts';
import { unmapped, withoutZone } from '../net/address-text.ts';
import { type Deliverable, deliverSoon } from '../net/deliveries.ts';
import { HostHold } from '../net/host-hold.ts';
import { uvErrno } from '../node/uv-errors.ts';
import { DatagramSocket } from '../socket/datagram-socket.ts';
import { knownAddresses } from '../socket/known-addresses.ts';
import type { SocketHost, SocketListener } from '../socket/socket-host.ts';
import {
  BindFlag,
  type Membership,
  type SocketName,
  type UdpListener,
  type UdpOption,
  type UdpPort,
  type UdpPorts,
} from './udp-port.ts';

/** Linux: SO_RCVBUF is doubled for the kernel's own use, and never below this. */
const RECEIVE_BUFFER_MIN_BYTES = 2304;
const SEND_BUFFER_MIN_BYTES = 4608;
const BUFFER_MAX_BYTES = 2 ** 30;

/** UDP sockets of one host. */
export class LocalUdpPorts implements UdpPorts {
  readonly host: SocketHost;

  constructor(host: SocketHost) {
    this.host = host;
  }

  open(family: 4 | 6, listener: UdpListener): UdpPort {
    return new LocalUdpPort(this.host, family, listener);
  }

  addressesOf(name: string): readonly string[] {
    return knownAddresses(this.host, name);
  }
}

export class LocalUdpPort implements UdpPort, SocketListener, Deliverable {
  isQueued = false;
  private readonly host: SocketHost;
  private readonly hold: HostHold;
  private readonly family: 4 | 6;
  private readonly listener: UdpListener;
  private socket: DatagramSocket | null = null;
  private isReceiving = false;
  private mayKeepAlive = true;
  private sendBufferBytes = 212_992;
  /** Senders a group is heard from, where it was joined for some only; keys are groups and interfaces. */
  private readonly sources = new Map<string, Set<string>>();

  constructor(host: SocketHost, family: 4 | 6, listener: UdpListener) {
    this.host = host;
    this.hold = new HostHold(host);
    this.family = family;
    this.listener = listener;
  }

  bind(address: string, port: number, flags: number): number {
    if (this.socket !== null) return uvErrno('EINVAL');
    const local = this.parse(address);
    if (local === null) return uvErrno('EINVAL');
    return attempt(() => {
      const socket = new DatagramSocket(this.host.stack, {
        address: local.toString(),
        port,
        reuseAddress: (flags & BindFlag.reuseAddress) !== 0,
        v6Only: (flags & BindFlag.ipv6Only) !== 0,
      });
      socket.context = this;
      socket.endpoint.multicastLoopback = true;
      this.socket = socket;
    });
  }

  connect(address: string, port: number): number {
    const error = this.bindImplicitly();
    if (error !== 0) return error;
    const remote = this.parse(address);
    if (remote === null) return uvErrno('EINVAL');
    return attempt(() => this.bound.connect(remote.toString(), port));
  }

  disconnect(): number {
    if (this.socket === null) return uvErrno('EBADF');
    this.socket.disconnect();
    return 0;
  }

  send(bytes: Uint8Array, address: string | null, port: number): number {
    const error = this.bindImplicitly();
    if (error !== 0) return error;
    const remote = address === null ? null : this.parse(address);
    if (address !== null && remote === null) return uvErrno('EINVAL');
    const { endpoint } = this.bound;
    const failure = remote === null ? endpoint.send(bytes) : endpoint.send(bytes, remote, port);
    this.host.kick();
    return failure === null ? bytes.length + 1 : uvErrno(failure === 'EAFNOSUPPORT' ? 'ENETUNREACH' : failure);
  }

  nameOf(end: 'local' | 'remote'): SocketName | number {
    if (this.socket === null) return uvErrno('EBADF');
    const { endpoint } = this.socket;
    if (end === 'local') {
      const address = endpoint.localAddress?.toString() ?? (this.family === 4 ? '0.0.0.0' : '::');
      return this.name(address, endpoint.localPort);
    }
    if (endpoint.remoteAddress === null) return uvErrno('ENOTCONN');
    return this.name(endpoint.remoteAddress.toString(), endpoint.remotePort);
  }

  setOption(option: UdpOption, value: number): number {
    if (this.socket === null) return uvErrno('EBADF');
    const { endpoint } = this.socket;
    const isTtl = option === 'ttl' || option === 'multicastTtl';
    if (isTtl && (!Number.isInteger(value) || value < (option === 'ttl' ? 1 : 0) || value > 255)) {
      return uvErrno('EINVAL');
    }
    if (option === 'ttl') endpoint.hopLimit = value;
    else if (option === 'multicastTtl') endpoint.multicastHopLimit = value;
    else if (option === 'broadcast') endpoint.allowBroadcast = value !== 0;
    else endpoint.multicastLoopback = value !== 0;
    return 0;
  }

  setMulticastInterface(interfaceAddress: string): number {
    const id = this.interfaceId(interfaceAddress);
    if (id === null) return uvErrno(this.parse(withoutZone(interfaceAddress)) === null ? 'EINVAL' : 'EADDRNOTAVAIL');
    if (this.socket === null) return uvErrno('EBADF');
    this.socket.endpoint.multicastInterfaceId = id;
    return 0;
  }

  changeMembership({ isJoin, group: text, interfaceAddress, source }: Membership): number {
    const error = this.bindImplicitly();
    if (error !== 0) return error;
    const group = this.parse(text);
    if (group === null || !group.isMulticast) return uvErrno('EINVAL');
    const from = source === undefined ? null : this.parse(source);
    if (source !== undefined && from === null) return uvErrno('EINVAL');
    const id = interfaceAddress === undefined ? -1 : this.interfaceId(interfaceAddress);
    if (id === null) return uvErrno('ENODEV');
    const failure = from === null ? this.changeGroup(isJoin, group, id) : this.changeSource(isJoin, group, id, from);
    this.host.kick();
    if (failure === null) return 0;
    // Linux: no interface that could be the one is ENODEV when joining.
    return uvErrno(isJoin && failure === 'EADDRNOTAVAIL' ? 'ENODEV' : failure);
  }

  bufferSize(sizeBytes: number, isReceive: boolean): number {
    if (this.socket === null) return uvErrno('EBADF');
    const { endpoint } = this.socket;
    const doubled = Math.min(sizeBytes * 2, BUFFER_MAX_BYTES);
    if (sizeBytes > 0 && isReceive) endpoint.receiveBufferBytes = Math.max(doubled, RECEIVE_BUFFER_MIN_BYTES);
    else if (sizeBytes > 0) this.sendBufferBytes = Math.max(doubled, SEND_BUFFER_MIN_BYTES);
    return isReceive ? endpoint.receiveBufferBytes : this.sendBufferBytes;
  }

  receive(isOn: boolean): void {
    this.isReceiving = isOn;
    this.settleReference();
    if (isOn) deliverSoon(this);
  }

  keepAlive(isOn: boolean): void {
    this.mayKeepAlive = isOn;
    this.settleReference();
  }

  close(): void {
    this.isReceiving = false;
    this.settleReference();
    this.socket?.close();
    this.host.kick();
  }

  socketEvents(): void {
    deliverSoon(this);
  }

  /** One piece of news at a time: what a program has put off comes before the next. */
  deliver(): void {
    const { socket } = this;
    if (socket === null || socket.isClosed || !this.isReceiving) return;
    const error = socket.takeError();
    if (error !== null) {
      deliverSoon(this);
      this.listener.receiveFailed(uvErrno(error));
      return;
    }
    const message = socket.endpoint.receive();
    if (message === null) return;
    deliverSoon(this);
    const { bytes, address, port, localAddress, interfaceId } = message;
    if (localAddress.isMulticast && !this.isWanted(localAddress, interfaceId, address)) return;
    const zone = address.family === 6 && address.isLinkLocal ? this.interfaceName(interfaceId) : '';
    this.listener.datagramArrived(bytes, this.name(`${address.toString()}${zone}`, port));
  }

  private get bound(): DatagramSocket {
    if (this.socket === null) throw new TypeError('the socket is not bound');
    return this.socket;
  }

  /** libuv binds a socket that sends, connects or joins without having been bound. */
  private bindImplicitly(): number {
    return this.socket === null ? this.bind(this.family === 4 ? '0.0.0.0' : '::', 0, 0) : 0;
  }

  private interfaceName(id: number): string {
    const found = this.host.stack.ip.interfaces[id];
    return found === undefined ? '' : `%${found.name}`;
  }

  /** IPv4 peers of an IPv6 socket have mapped addresses, as in Node. */
  private name(address: string, port: number): SocketName {
    if (this.family === 4) return { address, family: 'IPv4', port };
    return { address: address.includes(':') ? address : `::ffff:${address}`, family: 'IPv6', port };
  }

  /** Null for text that is no address of the socket's family. */
  private parse(text: string): Address | null {
    const address = Address.tryParse(withoutZone(text));
    return address?.family === this.family ? unmapped(address) : null;
  }

  /** The interface an address or zone names, -1 for the wildcard, null when there is none. */
  private interfaceId(text: string): number | null {
    const address = this.parse(text);
    if (address === null) return null;
    const { interfaces } = this.host.stack.ip;
    const zone = /%(.+)$/.exec(text)?.[1];
    if (zone !== undefined) return interfaces.find((one) => one.name === zone || String(one.id) === zone)?.id ?? null;
    if (address.isUnspecified) return -1;
    return interfaces.find((one) => holds(one, address))?.id ?? null;
  }

  private changeGroup(isJoin: boolean, group: Address, id: number): string | null {
    const { endpoint } = this.bound;
    if (!isJoin) this.sources.delete(keyOf(group, id));
    return isJoin ? endpoint.joinGroup(group, id) : endpoint.leaveGroup(group, id);
  }

  /** The stack joins a group for all senders; those that were not asked for are sorted out here. */
  private changeSource(isJoin: boolean, group: Address, id: number, source: Address): string | null {
    const key = keyOf(group, id);
    const wanted = this.sources.get(key);
    if (!isJoin) {
      if (wanted?.delete(source.toString()) !== true) return 'EADDRNOTAVAIL';
      return wanted.size === 0 ? this.changeGroup(false, group, id) : null;
    }
    if (wanted !== undefined) {
      if (wanted.has(source.toString())) return 'EADDRNOTAVAIL';
      wanted.add(source.toString());
      return null;
    }
    const failure = this.bound.endpoint.joinGroup(group, id);
    // Linux: a group that is joined for everybody is not joined for some.
    if (failure !== null) return failure === 'EADDRINUSE' ? 'EINVAL' : failure;
    this.sources.set(key, new Set([source.toString()]));
    return null;
  }

  private isWanted(group: Address, interfaceId: number, source: Address): boolean {
    const wanted = this.sources.get(keyOf(group, interfaceId)) ?? this.sources.get(keyOf(group, -1));
    return wanted === undefined || wanted.has(source.toString());
  }

  private settleReference(): void {
    this.hold.update(this.isReceiving && this.mayKeepAlive);
  }
}

function keyOf(group: Address, interfaceId: number): string {
  return `${group.toString()} ${interfaceId}`;
}

function holds(owner: Interface, address: Address): boolean {
  return owner.addresses.some((entry) => entry.address.equals(address));
}

/** Runs a call of the stack; what it throws becomes libuv's number. */
function attempt(call: () => void): number {
  try {
    call();
    return 0;
  } catch (error) {
    if (!(error instanceof WoshouError)) throw error;
    if (error.code.startsWith('ERR_')) return uvErrno(error.code === 'ERR_INVALID_STATE' ? 'ENOBUFS' : 'EINVAL');
    return uvErrno(error.code);
  }
}
