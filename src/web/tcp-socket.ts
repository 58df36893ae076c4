/** TCPSocket of Direct Sockets (https://wicg.github.io/direct-sockets, §1). */
import type { SocketError as Failure } from '../socket/socket-event.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { Deferred } from './deferred.ts';
import {
  bufferSize,
  checkBuffers,
  enforceRange,
  familyOf,
  invalidState,
  networkError,
  type SocketDnsQueryType,
} from './direct-errors.ts';
import { endpointText, resolve } from './host.ts';
import { type ConnectionPlan, StreamConnection } from './stream-connection.ts';

/** Options of `TCPSocket`, as Direct Sockets names them. */
export interface TCPSocketOptions {
  /** Bytes, not 0. Default: the stack's. */
  readonly sendBufferSize?: number;
  readonly receiveBufferSize?: number;
  /** TCP_NODELAY. Default false. */
  readonly noDelay?: boolean;
  /** Milliseconds of silence before the first keep-alive probe and between probes, 1000 at least. Default: none are sent. */
  readonly keepAliveDelay?: number;
  /** Addresses of one family only. */
  readonly dnsQueryType?: SocketDnsQueryType;
}

/** What `opened` of a `TCPSocket` gives. */
export interface TCPSocketOpenInfo {
  /** A byte stream; `getReader({ mode: 'byob' })` reads without a copy. */
  readonly readable: ReadableStream<Uint8Array>;
  /** Takes ArrayBuffers and views of them. */
  readonly writable: WritableStream<Uint8Array>;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly localAddress: string;
  readonly localPort: number;
}

/** A connection; made by `new` of `createDirectSockets(host).TCPSocket`, or accepted by a TCPServerSocket. */
export class TCPSocket {
  /** Rejected with a NetworkError when there will be no connection. */
  readonly opened: Promise<TCPSocketOpenInfo>;
  /** Fulfilled when both streams have ended or `close` was called; rejected with a NetworkError when the connection failed. */
  readonly closed: Promise<void>;
  private readonly connection: StreamConnection;
  private isOpened = false;
  private isSettled = false;

  /** @internal */
  constructor(host: SocketHost, from: StreamSocket | ConnectionPlan, peer: string) {
    const closing = new Deferred<void>();
    const failure = (failed: Failure) =>
      networkError(
        `TCPSocket to ${peer}`,
        failed.code === 'ENOTFOUND' ? { ...failed, message: `${host.name} knows no such address` } : failed,
      );
    this.connection = new StreamConnection(host, from, { abortResets: false, failure });
    this.closed = closing.promise;
    const settled = () => {
      this.isSettled = true;
    };
    this.connection.ended.then(closing.resolve, closing.reject);
    this.connection.ended.then(settled, settled);
    this.opened = this.connection.opened.then(() => this.info());
    this.opened.catch(() => {});
  }

  /**
   * Cancels `readable` and aborts `writable`; what the connection has taken still goes out.
   * @returns `closed`; rejected with InvalidStateError while the connection is not open or a stream is locked (§1.6)
   */
  async close(): Promise<void> {
    if (!this.isOpened) throw invalidState('close: the socket is not open; wait for `opened` first');
    if (this.isSettled) return this.closed;
    const { readable, writable } = this.connection;
    if (readable.locked || writable.locked) {
      throw invalidState('close: a stream of the socket is locked; release its reader or writer first');
    }
    readable.cancel().catch(() => {});
    writable.abort().catch(() => {});
    return this.closed;
  }

  private info(): TCPSocketOpenInfo {
    this.isOpened = true;
    const { readable, writable, socket } = this.connection;
    return {
      readable,
      writable,
      remoteAddress: socket?.remoteAddress ?? '',
      remotePort: socket?.remotePort ?? 0,
      localAddress: socket?.localAddress ?? '',
      localPort: socket?.localPort ?? 0,
    };
  }
}

/** What the constructor's arguments mean (§1.1). @throws TypeError */
export function planOf(
  host: SocketHost,
  remoteAddress: string,
  remotePort: number,
  options: TCPSocketOptions,
): { readonly plan: ConnectionPlan; readonly peer: string } {
  enforceRange('remotePort', remotePort, 0, 65_535);
  enforceRange('keepAliveDelay', options.keepAliveDelay, 1000, 0xffffffff);
  checkBuffers(options);
  const { sendBufferSize, receiveBufferSize, noDelay, keepAliveDelay } = options;
  const plan: ConnectionPlan = {
    // No connection to port 0 can be made: a failure of the network, not of the caller's types.
    addresses: remotePort === 0 ? [] : resolve(host, remoteAddress, familyOf(options.dnsQueryType)),
    port: remotePort,
    options: {
      noDelay: noDelay ?? false,
      ...(sendBufferSize === undefined ? {} : { sendBufferSize: bufferSize(sendBufferSize) }),
      ...(receiveBufferSize === undefined ? {} : { receiveBufferSize: bufferSize(receiveBufferSize) }),
    },
    prepare: (socket) => {
      if (keepAliveDelay === undefined) return;
      const delayMs = Math.min(keepAliveDelay, 32_767_000);
      socket.setKeepAlive({ idleMs: delayMs, intervalMs: delayMs });
    },
  };
  return { plan, peer: endpointText(remoteAddress, remotePort) };
}
