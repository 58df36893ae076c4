/**
 * `net.Socket` over a connection of ours: a Duplex stream whose events, errors and order of both are those of Node 20
 * (https://nodejs.org/docs/latest-v20.x/api/net.html). The class is never constructed itself: `makeSocketConstructor` gives
 * every net a constructor that can be called without `new`, as Node's can.
 */
import { Duplex } from 'node:stream';
import type { SocketName } from './address-text.ts';
import { connectSocket } from './connect.ts';
import { CONTEXT, type NetContext, type SocketOwner, type SocketParts, STATE } from './context.ts';
import type { TcpHandle } from './handle.ts';
import { codedError, socketClosed } from './node-errors.ts';
import { normalizedOf } from './normalize-args.ts';
import * as reading from './socket-reading.ts';
import type { SocketState } from './socket-state.ts';
import * as writing from './socket-writing.ts';
import { checkFunction, checkTimeout } from './validate.ts';

export class NetSocket extends Duplex implements SocketParts {
  declare readonly [CONTEXT]: NetContext;
  declare readonly [STATE]: SocketState;
  declare connecting: boolean;
  declare timeout: number | undefined;
  declare server: SocketOwner | null;
  declare autoSelectFamilyAttemptedAddresses: string[] | undefined;
  declare _handle: TcpHandle | null;
  declare _hadError: boolean;
  declare _parent: NetSocket | null;
  declare _host: string | null;
  declare _sockname: SocketName | null | undefined;
  declare _peername: SocketName | null | undefined;
  declare _server: SocketOwner | null;
  declare _pendingData: unknown;
  declare _pendingEncoding: string;

  // --- opening and closing ---

  connect(...args: unknown[]): this {
    const [options, callback] = normalizedOf(args);
    connectSocket(this, options, callback);
    return this;
  }

  /** Ends, and destroys when what was written is out. */
  destroySoon(): void {
    if (this.writable) this.end();
    if (this.writableFinished) this.destroy();
    else this.once('finish', this.destroy);
  }

  /** Closes with a RST instead of a FIN. */
  resetAndDestroy(): this {
    if (this._handle === null) this.destroy(socketClosed());
    else if (this.connecting) this.once('connect', () => this._reset());
    else this._reset();
    return this;
  }

  _reset(): this {
    this[STATE].isResetting = true;
    return this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.connecting = false;
    for (let socket: NetSocket | null = this; socket !== null; socket = socket._parent) stopTimer(socket);
    const { _handle: handle } = this;
    if (handle === null) {
      done(error);
      process.nextTick(() => this.emit('close', error !== null));
    } else {
      this.closeHandle(handle, error, done);
    }
    const { _server: server } = this;
    if (server === null) return;
    this._server = null;
    server.connectionEnded();
  }

  // --- Duplex ---

  override _read(size: number): void {
    if (this.connecting || this._handle === null) this.once('connect', () => this._read(size));
    else if (!this._handle.reading) this._handle.readStart();
  }

  override _write(chunk: Uint8Array | string, encoding: BufferEncoding, done: writing.Done): void {
    writing.write(this, [{ chunk, encoding }], done);
  }

  override _writev(chunks: { chunk: Uint8Array | string; encoding: BufferEncoding }[], done: writing.Done): void {
    writing.write(this, chunks, done);
  }

  override _final(done: writing.Done): void {
    writing.finish(this, done);
  }

  handleRead(chunk: Buffer | null, code: string | null): void {
    reading.take(this, chunk, code);
  }

  override read(size?: number): unknown {
    if (this[STATE].onRead !== null) reading.start(this);
    return super.read(size);
  }

  override pause(): this {
    if (this[STATE].onRead !== null) reading.stop(this);
    return super.pause();
  }

  override resume(): this {
    if (this[STATE].onRead !== null) reading.start(this);
    return super.resume();
  }

  // --- options ---

  setTimeout(ms: number, callback?: () => void): this {
    const { [STATE]: state } = this;
    if (this.destroyed) return this;
    this.timeout = ms;
    const durationMs = checkTimeout(ms, 'msecs');
    stopTimer(this);
    if (callback !== undefined) checkFunction(callback, 'callback');
    if (durationMs === 0) {
      if (callback !== undefined) this.removeListener('timeout', callback);
      return this;
    }
    // Looked up now: the clock a test has put in place counts.
    state.timer = globalThis.setTimeout(() => this._onTimeout(), durationMs);
    state.timer.unref?.();
    if (callback !== undefined) this.once('timeout', callback);
    return this;
  }

  _onTimeout(): void {
    const { [STATE]: state, _handle: handle } = this;
    if (state.lastQueueSize > 0 && handle !== null && handle.writeQueueSize !== state.lastQueueSize) {
      state.lastQueueSize = handle.writeQueueSize;
      this._unrefTimer();
      return;
    }
    this.emit('timeout');
  }

  /** Something happened: the socket is not idle. */
  _unrefTimer(): void {
    for (let socket: NetSocket | null = this; socket !== null; socket = socket._parent) {
      const { timer } = socket[STATE];
      if (timer === null) continue;
      if (typeof timer.refresh === 'function') timer.refresh();
      else socket.setTimeout(socket.timeout ?? 0);
    }
  }

  setNoDelay(enable?: boolean): this {
    const isOn = enable === undefined ? true : Boolean(enable);
    const { [STATE]: state, _handle: handle } = this;
    if (handle === null) {
      state.noDelay = isOn;
      return this;
    }
    if (isOn === state.noDelay) return this;
    state.noDelay = isOn;
    handle.setNoDelay?.(isOn);
    return this;
  }

  setKeepAlive(enable?: boolean, initialDelayMs?: number): this {
    const isOn = Boolean(enable);
    const delayS = Math.trunc(Number(initialDelayMs) / 1000) || 0;
    const { [STATE]: state, _handle: handle } = this;
    if (handle !== null && isOn === state.keepAlive && delayS === state.keepAliveDelayS) return this;
    state.keepAlive = isOn;
    state.keepAliveDelayS = delayS;
    handle?.setKeepAlive?.(isOn, delayS);
    return this;
  }

  ref(): this {
    if (this._handle === null) this.once('connect', this.ref);
    else this._handle.ref?.();
    return this;
  }

  unref(): this {
    if (this._handle === null) this.once('connect', this.unref);
    else this._handle.unref?.();
    return this;
  }

  // --- what is known ---

  get pending(): boolean {
    return this._handle === null || this.connecting;
  }

  get _connecting(): boolean {
    return this.connecting;
  }

  get readyState(): string {
    if (this.connecting) return 'opening';
    if (this.readable) return this.writable ? 'open' : 'readOnly';
    return this.writable ? 'writeOnly' : 'closed';
  }

  get bufferSize(): number | undefined {
    return this._handle === null ? undefined : this.writableLength;
  }

  get bytesRead(): number {
    return this._handle === null ? this[STATE].bytesRead : this._handle.bytesRead;
  }

  get bytesWritten(): number | undefined {
    return writing.bytesWritten(this);
  }

  get _bytesDispatched(): number {
    return this._handle === null ? this[STATE].bytesWritten : this._handle.bytesWritten;
  }

  address(): SocketName {
    return this._getsockname();
  }

  _getpeername(): SocketName {
    if (this._handle === null || typeof this._handle.getpeername !== 'function' || this.connecting) {
      return this._peername ?? {};
    }
    if (this._peername) return this._peername;
    const name: SocketName = {};
    if (this._handle.getpeername(name) === 0) this._peername = name;
    return name;
  }

  _getsockname(): SocketName {
    if (this._handle === null || typeof this._handle.getsockname !== 'function') return {};
    if (this._sockname) return this._sockname;
    const name: SocketName = {};
    // Until the connection stands, the local end may still be chosen.
    if (this._handle.getsockname(name) === 0 && !this.connecting) this._sockname = name;
    return name;
  }

  get remoteAddress(): string | undefined {
    return this._getpeername().address;
  }

  get remoteFamily(): string | undefined {
    return this._getpeername().family;
  }

  get remotePort(): number | undefined {
    return this._getpeername().port;
  }

  get localAddress(): string | undefined {
    return this._getsockname().address;
  }

  get localFamily(): string | undefined {
    return this._getsockname().family;
  }

  get localPort(): number | undefined {
    return this._getsockname().port;
  }

  private closeHandle(handle: TcpHandle, error: Error | null, done: (error?: Error | null) => void): void {
    const { [STATE]: state } = this;
    state.bytesRead = handle.bytesRead;
    state.bytesWritten = handle.bytesWritten;
    const closed = (): void => {
      this.emit('close', error !== null);
    };
    const code = state.isResetting ? handle.reset(closed) : null;
    if (!state.isResetting) handle.close(closed);
    else if (code !== null) {
      // A FIN is on its way already: there is nothing left to be reset.
      handle.close(closed);
      this.emit('error', codedError(Error, code, `reset ${code}`));
    }
    this._handle = null;
    this._sockname = null;
    done(error);
  }
}

function stopTimer(socket: NetSocket): void {
  const { [STATE]: state } = socket;
  if (state.timer === null) return;
  globalThis.clearTimeout(state.timer);
  state.timer = null;
}
