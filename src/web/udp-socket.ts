/** UDPSocket of Direct Sockets (https://wicg.github.io/direct-sockets, §2). */
import { Address } from '../base/address.ts';
import { DatagramSocket } from '../socket/datagram-socket.ts';
import { type SocketErrorCode, SocketEvent, socketError } from '../socket/socket-event.ts';
import type { SocketHost, SocketListener } from '../socket/socket-host.ts';
import { Deferred } from './deferred.ts';
import {
  checkBuffers,
  enforceRange,
  familyOf,
  invalidState,
  networkError,
  networkErrorOf,
  type SocketDnsQueryType,
} from './direct-errors.ts';
import { endpointText, resolve } from './host.ts';
import { octetsOf } from './octets.ts';

/** Options of `UDPSocket`, as Direct Sockets names them. */
export interface UDPSocketOptions {
  /** Both of these: connected mode, one peer only. */
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  /** This one: bound mode; an IP address, `0.0.0.0` or `::` for all. */
  readonly localAddress?: string;
  /** 1 to 65535, bound mode only. Default: any free port. */
  readonly localPort?: number;
  /** Bytes, not 0. The stack keeps no send buffer for datagrams: accepted, without effect. */
  readonly sendBufferSize?: number;
  /** Bytes that may wait to be read, not 0. */
  readonly receiveBufferSize?: number;
  /** Connected mode only. */
  readonly dnsQueryType?: SocketDnsQueryType;
  /** With localAddress `::` only. */
  readonly ipv6Only?: boolean;
}

/** A datagram, with its peer where the socket is not connected. */
export interface UDPMessage {
  /** Read: a Uint8Array. Written: any BufferSource. */
  readonly data: Uint8Array | ArrayBuffer | ArrayBufferView;
  /** Bound mode only: who sent it, or whom it is for. */
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  /** Bound mode, written messages only. */
  readonly dnsQueryType?: SocketDnsQueryType;
}

/** What `opened` of a `UDPSocket` gives. */
export interface UDPSocketOpenInfo {
  readonly readable: ReadableStream<UDPMessage & { readonly data: Uint8Array }>;
  readonly writable: WritableStream<UDPMessage>;
  /** Connected mode only. */
  readonly remoteAddress?: string;
  readonly remotePort?: number;
  readonly localAddress: string;
  readonly localPort: number;
}

type ReadMessage = UDPMessage & { readonly data: Uint8Array };

/** A datagram socket; made by `new` of `createDirectSockets(host).UDPSocket`. */
export class UDPSocket implements SocketListener {
  /** Rejected with a NetworkError when the port cannot be had or the peer is unknown. */
  readonly opened: Promise<UDPSocketOpenInfo>;
  /** Fulfilled when both streams have ended, rejected with a NetworkError when one failed. */
  readonly closed: Promise<void>;
  private readonly host: SocketHost;
  private readonly isConnected: boolean;
  private readonly opening = new Deferred<UDPSocketOpenInfo>();
  private readonly closing = new Deferred<void>();
  private socket: DatagramSocket | null = null;
  private readable: ReadableStream<ReadMessage> | null = null;
  private writable: WritableStream<UDPMessage> | null = null;
  private source!: ReadableStreamDefaultController<ReadMessage>;
  private sink!: WritableStreamDefaultController;
  private pulled: Deferred<void> | null = null;
  private sides = 2;
  private failure: unknown = null;

  /** @internal @throws TypeError */
  constructor(host: SocketHost, options: UDPSocketOptions) {
    this.host = host;
    this.isConnected = checkOptions(options);
    this.opened = this.opening.promise;
    this.closed = this.closing.promise;
    const { remoteAddress, remotePort, localAddress, localPort } = options;
    try {
      this.open(options);
    } catch (error) {
      const at = endpointText(remoteAddress ?? localAddress ?? '', remotePort ?? localPort ?? 0);
      const failure = networkErrorOf(`UDPSocket at ${at}`, error);
      this.opening.reject(failure);
      this.closing.reject(failure);
    }
  }

  /** Cancels `readable` and aborts `writable`. @returns `closed`; rejected with InvalidStateError as TCPSocket's (§2.6) */
  async close(): Promise<void> {
    const { readable, writable } = this;
    if (readable === null || writable === null) throw invalidState('close: the socket is not open');
    await this.opened;
    if (this.sides === 0) return this.closed;
    if (readable.locked || writable.locked) {
      throw invalidState('close: a stream of the socket is locked; release its reader or writer first');
    }
    readable.cancel().catch(() => {});
    writable.abort().catch(() => {});
    return this.closed;
  }

  /** The driver tells what happened. */
  socketEvents(events: number): void {
    const error = events & SocketEvent.error ? (this.socket?.takeError() ?? null) : null;
    if (error !== null) {
      this.fail(networkError('UDPSocket', socketError(error)));
      return;
    }
    if (this.pulled === null || !this.moveOne()) return;
    this.pulled.resolve();
    this.pulled = null;
  }

  private open(options: UDPSocketOptions): void {
    const { host } = this;
    const { remoteAddress = '', remotePort = 0, localAddress, localPort, receiveBufferSize, ipv6Only } = options;
    const peer = this.isConnected ? resolve(host, remoteAddress, familyOf(options.dnsQueryType))[0] : undefined;
    if (this.isConnected && peer === undefined) {
      throw networkError(`UDPSocket to ${remoteAddress}`, {
        code: 'ENOTFOUND',
        message: `${host.name} knows no such address`,
      });
    }
    const socket = new DatagramSocket(host.stack, {
      address: localAddress ?? (peer?.includes(':') ? '::' : '0.0.0.0'),
      ...(localPort === undefined ? {} : { port: localPort }),
      ...(ipv6Only === undefined ? {} : { v6Only: ipv6Only }),
      ...(receiveBufferSize === undefined ? {} : { receiveBufferBytes: Math.min(receiveBufferSize, 2 ** 30) }),
    });
    if (peer !== undefined) socket.connect(peer, remotePort);
    else if (localPort === undefined) socket.bind();
    this.socket = socket;
    socket.context = this;
    host.ref();
    this.readable = this.makeReadable();
    this.writable = this.makeWritable();
    this.opening.resolve({
      readable: this.readable,
      writable: this.writable,
      ...(peer === undefined ? {} : { remoteAddress: peer, remotePort }),
      localAddress: socket.localAddress,
      localPort: socket.localPort,
    });
  }

  private makeReadable(): ReadableStream<ReadMessage> {
    return new ReadableStream<ReadMessage>(
      {
        start: (controller) => {
          this.source = controller;
        },
        pull: () => {
          if (this.moveOne()) return undefined;
          this.pulled ??= new Deferred();
          return this.pulled.promise;
        },
        cancel: () => this.sideEnded(),
      },
      { highWaterMark: 0 },
    );
  }

  private makeWritable(): WritableStream<UDPMessage> {
    return new WritableStream<UDPMessage>({
      start: (controller) => {
        this.sink = controller;
      },
      write: (message) => this.send(message),
      close: () => this.sideEnded(),
      abort: () => this.sideEnded(),
    });
  }

  private moveOne(): boolean {
    const message = this.socket?.receiveFrom() ?? null;
    if (message === null) return false;
    const { bytes: data, address: remoteAddress, port: remotePort } = message;
    this.source.enqueue(this.isConnected ? { data } : { data, remoteAddress, remotePort });
    return true;
  }

  private send(message: UDPMessage): void {
    if (typeof message !== 'object' || message === null) throw new TypeError('write: messages are { data, … }');
    const data = octetsOf(message.data);
    const { remoteAddress, remotePort, dnsQueryType } = message;
    if (this.isConnected) {
      if (remoteAddress !== undefined || remotePort !== undefined || dnsQueryType !== undefined) {
        throw new TypeError(
          'write: a connected socket has its peer; leave remoteAddress, remotePort, dnsQueryType out',
        );
      }
      this.settle(this.socket?.send(data) ?? null, 'its peer');
      return;
    }
    if (remoteAddress === undefined || remotePort === undefined) {
      throw new TypeError('write: remoteAddress and remotePort are needed in bound mode');
    }
    enforceRange('remotePort', remotePort, 0, 65_535);
    const [address] = resolve(this.host, remoteAddress, familyOf(dnsQueryType));
    if (address === undefined || remotePort === 0) this.settle('EHOSTUNREACH', remoteAddress);
    else this.settle(this.socket?.sendTo(data, address, remotePort) ?? null, remoteAddress);
  }

  private settle(errno: SocketErrorCode | null, whom: string): void {
    this.host.kick();
    if (errno === null) return;
    const error = networkError(`UDPSocket to ${whom}`, socketError(errno));
    this.failure ??= error;
    this.sideEnded();
    throw error;
  }

  private fail(error: DOMException): void {
    if (this.sides === 0) return;
    this.failure ??= error;
    this.source.error(error);
    this.sink.error(error);
    this.sides = 1;
    this.sideEnded();
  }

  private sideEnded(): void {
    if (this.sides === 0 || --this.sides > 0) return;
    this.socket?.close();
    this.pulled?.resolve();
    this.pulled = null;
    this.host.unref();
    if (this.failure === null) this.closing.resolve();
    else this.closing.reject(this.failure);
  }
}

/** True: connected mode. The checks of §2.1. @throws TypeError */
function checkOptions(options: UDPSocketOptions): boolean {
  const { remoteAddress, remotePort, localAddress, localPort, dnsQueryType, ipv6Only } = options;
  if ((remoteAddress === undefined) !== (remotePort === undefined)) {
    throw new TypeError('remoteAddress and remotePort go together');
  }
  const isConnected = remoteAddress !== undefined;
  enforceRange('remotePort', remotePort, 1, 65_535);
  enforceRange('localPort', localPort, 1, 65_535);
  if (localPort !== undefined && localAddress === undefined) throw new TypeError('localPort needs localAddress');
  if (isConnected && localAddress !== undefined) throw new TypeError('a connected socket takes no localAddress');
  if (!isConnected && localAddress === undefined) {
    throw new TypeError('give remoteAddress and remotePort, or localAddress');
  }
  const local = localAddress === undefined ? null : Address.tryParse(localAddress);
  if (localAddress !== undefined && local === null) {
    throw new TypeError(`localAddress must be an IP address, got '${localAddress}'`);
  }
  familyOf(dnsQueryType);
  if (dnsQueryType !== undefined && !isConnected) throw new TypeError('dnsQueryType is for connected mode');
  if (ipv6Only !== undefined && !(local?.family === 6 && local.isUnspecified)) {
    throw new TypeError("ipv6Only goes with localAddress '::' only");
  }
  checkBuffers(options);
  return isConnected;
}
