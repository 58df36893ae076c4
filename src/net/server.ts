/**
 * `net.Server` over a listening socket of ours, as Node 20 has it (https://nodejs.org/docs/latest-v20.x/api/net.html). As with
 * sockets, the class is never constructed itself; `makeServerConstructor` makes the constructor of a net.
 */
import { EventEmitter } from 'node:events';
import type { SocketName } from './address-text.ts';
import { CONTEXT, type NetContext, type SocketOwner, type SocketParts, STATE } from './context.ts';
import type { TcpHandle } from './handle.ts';
import { type ListeningServer, listenServer } from './listen.ts';
import type { ListenHandle } from './listen-handle.ts';
import { serverNotRunning } from './node-errors.ts';
import type { SocketOptions } from './socket-options.ts';
import { systemError } from './system-errors.ts';

export interface ServerOptions {
  readonly allowHalfOpen?: boolean;
  readonly pauseOnConnect?: boolean;
  readonly noDelay?: boolean;
  readonly keepAlive?: boolean;
  readonly keepAliveInitialDelay?: number;
  readonly highWaterMark?: number;
  readonly captureRejections?: boolean;
}

export class NetServer extends EventEmitter implements ListeningServer, SocketOwner {
  declare readonly [CONTEXT]: NetContext;
  declare maxConnections: number | undefined;
  declare dropMaxConnection: boolean | undefined;
  declare allowHalfOpen: boolean;
  declare pauseOnConnect: boolean;
  declare noDelay: boolean;
  declare keepAlive: boolean;
  /** Seconds. */
  declare keepAliveInitialDelay: number;
  declare highWaterMark: number | undefined;
  declare _connections: number;
  declare _handle: ListenHandle | null;
  declare _connectionKey: string | undefined;
  declare _unref: boolean;
  /** Counts `close`: what a look-up finds after it comes too late. */
  declare _listeningId: number;

  listen(...args: unknown[]): this {
    listenServer(this, args);
    return this;
  }

  get listening(): boolean {
    return this._handle !== null;
  }

  address(): SocketName | null {
    const name: SocketName = {};
    return this._handle !== null && this._handle.getsockname(name) === 0 ? name : null;
  }

  getConnections(callback: (error: Error | null, count: number) => void): this {
    const count = this._connections;
    process.nextTick(() => callback(null, count));
    return this;
  }

  close(callback?: (error?: Error) => void): this {
    if (typeof callback === 'function') {
      if (this._handle === null) this.once('close', () => callback(serverNotRunning()));
      else this.once('close', callback);
    }
    this._handle?.close();
    this._handle = null;
    this._listeningId++;
    this._emitCloseIfDrained();
    return this;
  }

  _emitCloseIfDrained(): void {
    if (this._handle !== null || this._connections > 0) return;
    process.nextTick(() => this.emit('close'));
  }

  ref(): this {
    this._unref = false;
    this._handle?.ref();
    return this;
  }

  unref(): this {
    this._unref = true;
    this._handle?.unref();
    return this;
  }

  /** A connection of this server's is closed. */
  connectionEnded(): void {
    this._connections--;
    this._emitCloseIfDrained();
  }

  /** A connection has come. */
  connectionArrived(error: number, handle: TcpHandle): void {
    if (error !== 0) {
      this.emit('error', systemError('ECONNABORTED', 'accept'));
      return;
    }
    const { maxConnections } = this;
    if (maxConnections !== undefined && maxConnections !== null && this._connections >= maxConnections) {
      this.drop(handle);
      return;
    }
    const socket = this[CONTEXT].makeSocket({ handle, ...this.socketOptions() });
    const { [STATE]: state } = socket;
    if (this.noDelay) {
      state.noDelay = true;
      handle.setNoDelay(true);
    }
    if (this.keepAlive) {
      state.keepAlive = true;
      state.keepAliveDelayS = this.keepAliveInitialDelay;
      handle.setKeepAlive(true, this.keepAliveInitialDelay);
    }
    this._connections++;
    socket.server = this;
    socket._server = this;
    this.emit('connection', socket);
    this[CONTEXT].serverSocketMade(socket);
  }

  private socketOptions(): SocketOptions {
    const { allowHalfOpen, pauseOnConnect, highWaterMark } = this;
    const isMarked = highWaterMark !== undefined;
    return {
      allowHalfOpen,
      pauseOnCreate: pauseOnConnect,
      readable: true,
      writable: true,
      ...(isMarked ? { readableHighWaterMark: highWaterMark, writableHighWaterMark: highWaterMark } : {}),
    };
  }

  private drop(handle: TcpHandle): void {
    const local: SocketName = {};
    const remote: SocketName = {};
    handle.getsockname(local);
    handle.getpeername(remote);
    handle.close();
    this.emit('drop', {
      localAddress: local.address,
      localPort: local.port,
      localFamily: local.family,
      remoteAddress: remote.address,
      remotePort: remote.port,
      remoteFamily: remote.family,
    });
  }
}

/** An async listener that rejected: its connection goes, or the server has an error. */
export function rejected(this: NetServer, error: Error, event: string, ...args: unknown[]): void {
  const [socket] = args as [SocketParts | undefined];
  if (event === 'connection' && socket !== undefined) socket.destroy(error);
  else this.emit('error', error);
}

export async function disposeServer(this: NetServer): Promise<void> {
  if (this._handle === null) return;
  await new Promise<void>((resolve, reject) => {
    this.close((error) => (error === undefined ? resolve() : reject(error)));
  });
}
