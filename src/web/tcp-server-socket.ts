/** TCPServerSocket of Direct Sockets (https://wicg.github.io/direct-sockets, §4). */
import { Address } from '../base/address.ts';
import { ListenSocket } from '../socket/listen-socket.ts';
import type { SocketHost, SocketListener } from '../socket/socket-host.ts';
import { Deferred } from './deferred.ts';
import { enforceRange, invalidState, networkErrorOf } from './direct-errors.ts';
import { endpointText } from './host.ts';
import type { TCPSocket } from './tcp-socket.ts';

/** Options of `TCPServerSocket`, as Direct Sockets names them. */
export interface TCPServerSocketOptions {
  /** 1 to 65535. Default: any free port. */
  readonly localPort?: number;
  /** Connections that may wait to be read from `readable`, not 0. */
  readonly backlog?: number;
  /** With localAddress `::` only: leave IPv4 to others. Default false. */
  readonly ipv6Only?: boolean;
}

/** What `opened` of a `TCPServerSocket` gives. */
export interface TCPServerSocketOpenInfo {
  /** Connections as they are accepted: one is taken from the backlog for each read. */
  readonly readable: ReadableStream<TCPSocket>;
  readonly localAddress: string;
  readonly localPort: number;
}

/** A listening socket; made by `new` of `createDirectSockets(host).TCPServerSocket`. */
export class TCPServerSocket implements SocketListener {
  /** Rejected with a NetworkError when the port cannot be had. */
  readonly opened: Promise<TCPServerSocketOpenInfo>;
  /** Fulfilled when `readable` was cancelled, by `close` or by its reader. */
  readonly closed: Promise<void>;
  private readonly host: SocketHost;
  private readonly opening = new Deferred<TCPServerSocketOpenInfo>();
  private readonly closing = new Deferred<void>();
  private readonly wrap: (socket: NonNullable<ReturnType<ListenSocket['accept']>>) => TCPSocket;
  private listener: ListenSocket | null = null;
  private readable: ReadableStream<TCPSocket> | null = null;
  private pulled: Deferred<void> | null = null;
  private controller!: ReadableStreamDefaultController<TCPSocket>;

  /** @internal @throws TypeError */
  constructor(
    host: SocketHost,
    localAddress: string,
    options: TCPServerSocketOptions,
    wrap: (socket: NonNullable<ReturnType<ListenSocket['accept']>>) => TCPSocket,
  ) {
    enforceRange('localPort', options.localPort, 1, 65_535);
    enforceRange('backlog', options.backlog, 1, 0xffffffff);
    const address = Address.tryParse(localAddress);
    if (address === null) throw new TypeError(`localAddress must be an IP address, got '${localAddress}'`);
    if (options.ipv6Only !== undefined && !(address.family === 6 && address.isUnspecified)) {
      throw new TypeError(`ipv6Only goes with localAddress '::' only, got '${localAddress}'`);
    }
    this.host = host;
    this.wrap = wrap;
    this.opened = this.opening.promise;
    this.closed = this.closing.promise;
    try {
      this.listen(localAddress, options);
    } catch (error) {
      const failure = networkErrorOf(`TCPServerSocket on ${endpointText(localAddress, options.localPort ?? 0)}`, error);
      this.opening.reject(failure);
      this.closing.reject(failure);
    }
  }

  /** Stops listening. Connections that were read live on, others are reset. @returns `closed`; or rejected with InvalidStateError */
  async close(): Promise<void> {
    const { readable } = this;
    if (readable === null) throw invalidState('close: the server socket is not open');
    // `opened` has not been seen yet by anyone before this turn ends.
    await this.opened;
    if (this.listener === null) return this.closed;
    if (readable.locked) throw invalidState('close: readable is locked; release its reader first');
    readable.cancel().catch(() => {});
    return this.closed;
  }

  /** The driver tells that a connection can be accepted. */
  socketEvents(): void {
    if (this.pulled === null || !this.acceptOne()) return;
    this.pulled.resolve();
    this.pulled = null;
  }

  private listen(address: string, options: TCPServerSocketOptions): void {
    const { localPort, backlog, ipv6Only } = options;
    const listener = new ListenSocket(this.host.stack, {
      address,
      port: localPort ?? 0,
      ...(backlog === undefined ? {} : { backlog: Math.min(backlog, 2 ** 31 - 1) }),
      ...(ipv6Only === undefined ? {} : { ipv6Only }),
    });
    this.listener = listener;
    listener.context = this;
    this.host.ref();
    this.readable = new ReadableStream<TCPSocket>(
      {
        start: (controller) => {
          this.controller = controller;
        },
        pull: () => this.pull(),
        cancel: () => this.stop(),
      },
      { highWaterMark: 0 },
    );
    const info = { readable: this.readable, localAddress: listener.address, localPort: listener.port };
    this.opening.resolve(info);
  }

  private pull(): Promise<void> | undefined {
    if (this.acceptOne()) return undefined;
    this.pulled ??= new Deferred();
    return this.pulled.promise;
  }

  private acceptOne(): boolean {
    const socket = this.listener?.accept() ?? null;
    if (socket === null) return false;
    this.controller.enqueue(this.wrap(socket));
    return true;
  }

  private stop(): void {
    this.listener?.close();
    this.listener = null;
    this.host.kick();
    this.host.unref();
    this.pulled?.resolve();
    this.pulled = null;
    this.closing.resolve();
  }
}
