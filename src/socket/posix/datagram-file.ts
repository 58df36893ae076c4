/** A UDP socket as a descriptor sees it (udp(7)). */
import { Address } from '../../base/address.ts';
import type { Stack } from '../../stack/stack.ts';
import { PATH_MTU_DISCOVERIES } from '../../udp/mtu-discovery.ts';
import { type DatagramMessage, DatagramSocket } from '../datagram-socket.ts';
import { SocketEvent } from '../socket-event.ts';
import { POSIX } from './constants.ts';
import { ERRNO, type Errno, errnoOf } from './errno.ts';
import { type FileKeeper, OpenFile, READABLE, WRITABLE } from './open-file.ts';
import { type OptionValue, PosixCall, type SocketName } from './posix-call.ts';
import { anyAddress, type NameArgument, stackName, userName } from './socket-name.ts';

const BUFFER_MIN = 1152;
const BUFFER_MAX = 2 ** 30 - 1;

export class DatagramFile extends OpenFile {
  readonly stack: Stack;
  readonly domain: number;
  readonly socket: DatagramSocket;
  isReadShut = false;
  isWriteShut = false;
  receiveTimeoutUs = 0;
  /** Taken off the queue by MSG_PEEK: still the next. */
  private peeked: DatagramMessage | null = null;
  private error: Errno | null = null;

  constructor(keeper: FileKeeper, stack: Stack, domain: number) {
    super(keeper);
    this.stack = stack;
    this.domain = domain;
    this.socket = new DatagramSocket(stack, { address: anyAddress(domain) });
    this.socket.context = this;
  }

  get nowUs(): number {
    return this.keeper.nowUs;
  }

  override readiness(): number {
    this.noteError();
    let bits = this.isWriteShut ? 0 : WRITABLE;
    if (this.peeked !== null || this.socket.isReadable || this.isReadShut) bits |= READABLE;
    if (this.isReadShut) bits |= POSIX.POLLRDHUP;
    if (this.isReadShut && this.isWriteShut) bits |= POSIX.POLLHUP;
    if (this.error !== null) bits |= POSIX.POLLERR;
    return bits;
  }

  override release(): null {
    this.socket.close();
    return null;
  }

  override socketEvents(events: number): void {
    if (events & SocketEvent.error) this.noteError();
    super.socketEvents(events);
  }

  private noteError(): void {
    if (!this.socket.isClosed) this.error = errnoOf(this.socket.takeError()) ?? this.error;
  }

  /** SO_ERROR, and the next call's. */
  takeError(): Errno | null {
    this.noteError();
    const { error } = this;
    this.error = null;
    return error;
  }

  /** bind(2). */
  bind(name: SocketName): Errno | null {
    if (this.socket.localPort !== 0) return 'EINVAL';
    return errnoOf(this.socket.endpoint.bind(Address.parse(name.address), name.port));
  }

  /** connect(2): the only peer from now on; AF_UNSPEC: none again. */
  connect(name: NameArgument): Errno | null {
    if (name.family === POSIX.AF_UNSPEC) {
      this.socket.disconnect();
      return null;
    }
    const peer = stackName(this.domain, name);
    if (typeof peer === 'string') return peer;
    if (peer.port === 0) return 'EINVAL';
    return errnoOf(this.socket.endpoint.connect(Address.parse(peer.address), peer.port));
  }

  /** One datagram. */
  send(bytes: Uint8Array, name: NameArgument | null): Errno | null {
    const pending = this.takeError();
    if (pending !== null) return pending;
    if (this.isWriteShut) return 'EPIPE';
    const { endpoint } = this.socket;
    if (name === null) return errnoOf(endpoint.send(bytes));
    const peer = stackName(this.domain, name);
    if (typeof peer === 'string') return peer;
    if (peer.port === 0) return 'EINVAL';
    return errnoOf(endpoint.send(bytes, Address.parse(peer.address), peer.port));
  }

  /** The next datagram, or null. */
  next(isPeek: boolean): DatagramMessage | null {
    const message = this.peeked ?? this.socket.receiveFrom();
    this.peeked = isPeek ? message : null;
    return message;
  }

  /** Octets of the next datagram: SIOCINQ (udp(7)). */
  get nextLength(): number {
    return this.peeked?.bytes.length ?? Math.max(0, this.socket.nextLength);
  }

  /** shutdown(2). */
  shutdown(how: number): Errno | null {
    if (how !== POSIX.SHUT_WR) this.isReadShut = true;
    if (how !== POSIX.SHUT_RD) this.isWriteShut = true;
    return this.socket.endpoint.remoteAddress === null ? 'ENOTCONN' : null;
  }

  /** The name of the peer, null while there is none. */
  get peer(): SocketName | null {
    const { remoteAddress, remotePort } = this.socket.endpoint;
    return remoteAddress === null ? null : userName(this.domain, remoteAddress.toString(), remotePort);
  }
}

/** recv(2) and relatives on a datagram socket. */
export class DatagramReceiveCall extends PosixCall {
  private readonly file: DatagramFile;
  private readonly into: readonly Uint8Array[];
  private readonly flags: number;

  constructor(name: string, file: DatagramFile, into: readonly Uint8Array[], flags: number) {
    super(name, [file]);
    this.file = file;
    this.into = into;
    this.flags = flags;
  }

  override attempt(): void {
    const { file, flags, into } = this;
    const errno = file.takeError();
    if (errno !== null) {
      this.fail(errno);
      return;
    }
    const message = file.next((flags & POSIX.MSG_PEEK) !== 0);
    if (message === null) {
      if (file.isReadShut) this.succeed(0);
      return;
    }
    let copied = 0;
    for (const part of into) {
      const piece = message.bytes.subarray(copied, copied + part.length);
      part.set(piece);
      copied += piece.length;
    }
    if (copied < message.bytes.length) this.messageFlags |= POSIX.MSG_TRUNC;
    this.peer = userName(file.domain, message.address, message.port);
    this.succeed(flags & POSIX.MSG_TRUNC ? message.bytes.length : copied);
  }
}

const P = POSIX;

/** setsockopt(2) of UDP sockets. */
export function setDatagramOption(file: DatagramFile, level: number, name: number, value: OptionValue): Errno | null {
  if (typeof value !== 'number' || !Number.isInteger(value)) return 'EINVAL';
  const { endpoint } = file.socket;
  if (level === P.SOL_SOCKET) return setSocketLevel(file, name, value);
  const isHops = level === P.SOL_IPV6 ? name === P.IPV6_UNICAST_HOPS : level === P.SOL_IP && name === P.IP_TTL;
  const isClass = level === P.SOL_IPV6 ? name === P.IPV6_TCLASS : level === P.SOL_IP && name === P.IP_TOS;
  if (isHops) {
    if (value !== -1 && (value < 1 || value > 255)) return 'EINVAL';
    endpoint.hopLimit = value;
    return null;
  }
  if (isClass) {
    if (value < 0 || value > 255) return 'EINVAL';
    endpoint.trafficClass = value;
    return null;
  }
  if (level === P.SOL_IPV6 && name === P.IPV6_V6ONLY) {
    if (file.socket.localPort !== 0) return 'EINVAL';
    endpoint.v6Only = value !== 0;
    return null;
  }
  if (level === P.SOL_IP && name === P.IP_MTU_DISCOVER) {
    const mode = PATH_MTU_DISCOVERIES[value];
    if (mode === undefined) return 'EINVAL';
    endpoint.mtuDiscovery = mode;
    return null;
  }
  return 'ENOPROTOOPT';
}

function setSocketLevel(file: DatagramFile, name: number, value: number): Errno | null {
  const { endpoint } = file.socket;
  switch (name) {
    case P.SO_REUSEADDR:
    case P.SO_REUSEPORT:
      endpoint.reuseAddress = value !== 0;
      return null;
    case P.SO_BROADCAST:
      endpoint.allowBroadcast = value !== 0;
      return null;
    case P.SO_RCVBUF:
      endpoint.receiveBufferBytes = 2 * Math.max(BUFFER_MIN, Math.min(value, BUFFER_MAX / 2));
      return null;
    case P.SO_RCVTIMEO:
      file.receiveTimeoutUs = value;
      return null;
    default:
      return 'ENOPROTOOPT';
  }
}

/** getsockopt(2) of UDP sockets: the value, or an errno. */
export function getDatagramOption(file: DatagramFile, level: number, name: number): number | { readonly errno: Errno } {
  const { endpoint } = file.socket;
  if (level === P.SOL_SOCKET) return getSocketLevel(file, name);
  if (level === P.SOL_IPV6 && file.domain === P.AF_INET6) {
    if (name === P.IPV6_UNICAST_HOPS) return hopLimitOf(file);
    if (name === P.IPV6_TCLASS) return endpoint.trafficClass;
    if (name === P.IPV6_V6ONLY) return endpoint.v6Only ? 1 : 0;
  }
  if (level === P.SOL_IP) {
    if (name === P.IP_TTL) return hopLimitOf(file);
    if (name === P.IP_TOS) return endpoint.trafficClass;
    if (name === P.IP_MTU_DISCOVER) return PATH_MTU_DISCOVERIES.indexOf(endpoint.mtuDiscovery);
    if (name === P.IP_MTU) return endpoint.pathMtu === 0 ? { errno: 'ENOTCONN' } : endpoint.pathMtu;
  }
  return { errno: 'ENOPROTOOPT' };
}

function hopLimitOf({ socket, stack }: DatagramFile): number {
  const { hopLimit } = socket.endpoint;
  return hopLimit === -1 ? stack.tcp.settings.default_hop_limit : hopLimit;
}

function getSocketLevel(file: DatagramFile, name: number): number | { readonly errno: Errno } {
  const { endpoint } = file.socket;
  switch (name) {
    case P.SO_REUSEADDR:
    case P.SO_REUSEPORT:
      return endpoint.reuseAddress ? 1 : 0;
    case P.SO_BROADCAST:
      return endpoint.allowBroadcast ? 1 : 0;
    case P.SO_RCVBUF:
      return endpoint.receiveBufferBytes;
    case P.SO_RCVTIMEO:
      return Math.max(0, file.receiveTimeoutUs);
    case P.SO_ERROR: {
      const errno = file.takeError();
      return errno === null ? 0 : ERRNO[errno];
    }
    case P.SO_TYPE:
      return P.SOCK_DGRAM;
    case P.SO_PROTOCOL:
      return P.IPPROTO_UDP;
    case P.SO_DOMAIN:
      return file.domain;
    case P.SO_ACCEPTCONN:
      return 0;
    default:
      return { errno: 'ENOPROTOOPT' };
  }
}
