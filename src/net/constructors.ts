/** Constructors of sockets and servers that work with and without `new`, and as base of old-style classes. */
import { EventEmitter } from 'node:events';
import { Duplex } from 'node:stream';
import { adoptHandle } from './connect.ts';
import { CONTEXT, type NetContext, STATE } from './context.ts';
import { invalidArgType, invalidArgValue, invalidFdType, outOfRange } from './node-errors.ts';
import type { Normalized } from './normalize-args.ts';
import { disposeServer, NetServer, rejected, type ServerOptions } from './server.ts';
import { NetSocket } from './socket.ts';
import type { SocketOptions } from './socket-options.ts';
import { type OnRead, SocketState } from './socket-state.ts';
import { checkNumber } from './validate.ts';

export type SocketConstructor = (new (options?: SocketOptions) => NetSocket) & ((options?: SocketOptions) => NetSocket);
export type ServerConstructor = (new (
  options?: ServerOptions | ConnectionListener,
  listener?: ConnectionListener,
) => NetServer) &
  ((options?: ServerOptions | ConnectionListener, listener?: ConnectionListener) => NetServer);
export type ConnectionListener = (socket: NetSocket) => void;

/** Node's base classes are functions that may be applied to an object; the types do not say so. */
type Applicable<A> = (this: object, options?: A) => void;

export function makeSocketConstructor(context: NetContext): SocketConstructor {
  function Socket(this: NetSocket | undefined, options?: SocketOptions): NetSocket | undefined {
    if (!(this instanceof Socket)) return new (Socket as unknown as SocketConstructor)(options);
    setUpSocket(this as NetSocket, options);
    return undefined;
  }
  inherit(Socket, NetSocket, { [CONTEXT]: context });
  return Socket as unknown as SocketConstructor;
}

export function makeServerConstructor(context: NetContext): ServerConstructor {
  function Server(
    this: NetServer | undefined,
    options?: ServerOptions | ConnectionListener,
    listener?: ConnectionListener,
  ): NetServer | undefined {
    if (!(this instanceof Server)) return new (Server as unknown as ServerConstructor)(options, listener);
    setUpServer(this as NetServer, options, listener);
    return undefined;
  }
  inherit(Server, NetServer, {
    [CONTEXT]: context,
    [EventEmitter.captureRejectionSymbol]: rejected,
    ...(Symbol.asyncDispose === undefined ? {} : { [Symbol.asyncDispose]: disposeServer }),
  });
  return Server as unknown as ServerConstructor;
}

/** `net.connect`: a socket that connects. */
export function connectNew(context: NetContext, Socket: SocketConstructor, normalized: Normalized): NetSocket {
  const [options] = normalized;
  const socket = new Socket(options as SocketOptions);
  context.clientSocketMade(socket);
  const { timeout } = options;
  if (timeout) socket.setTimeout(timeout as number);
  socket.connect(normalized);
  return socket;
}

/** The constructor's prototype stands between its objects and the class that has the methods. */
function inherit(made: { prototype: object }, parent: { prototype: object }, own: object): void {
  Object.setPrototypeOf(made, Object.getPrototypeOf(parent) as object);
  const prototype = Object.create(parent.prototype) as object;
  Object.defineProperty(prototype, 'constructor', { value: made, writable: true, configurable: true });
  for (const key of Reflect.ownKeys(own)) {
    Object.defineProperty(prototype, key, { value: Reflect.get(own, key), writable: true, configurable: true });
  }
  made.prototype = prototype;
}

function setUpSocket(socket: NetSocket, given: SocketOptions | number | undefined): void {
  const options = typeof given === 'number' ? { fd: given } : (given ?? {});
  checkSocketOptions(options);
  const state = new SocketState();
  Object.defineProperty(socket, STATE, { value: state });
  socket.connecting = false;
  socket._hadError = false;
  socket._parent = null;
  socket._host = null;
  socket._handle = options.handle ?? null;
  const { onread, handle: _handle, fd: _fd, ...streamOptions } = options;
  (Duplex as unknown as Applicable<object>).call(socket, {
    ...streamOptions,
    allowHalfOpen: Boolean(options.allowHalfOpen),
    // 'close' carries whether there was an error, so it is emitted here.
    emitClose: false,
    autoDestroy: true,
    // Octets are counted and encoded where they are sent.
    decodeStrings: false,
  });
  state.noDelay = Boolean(options.noDelay);
  state.keepAlive = Boolean(options.keepAlive);
  state.keepAliveDelayS = keepAliveDelayOf(options.keepAliveInitialDelay);
  if (isOnRead(onread)) state.onRead = onread;
  socket._sockname = null;
  socket._pendingData = null;
  socket._pendingEncoding = '';
  socket.server = null;
  socket._server = null;
  socket.on('end', refuseWritesAfterEnd);
  const { _handle: handle } = socket;
  if (handle === null) return;
  adoptHandle(socket, handle);
  if (options.readable === false || options.manualStart) return;
  if (options.pauseOnCreate) {
    handle.readStop();
    socket.pause();
  } else {
    socket.read(0);
  }
}

function checkSocketOptions(options: SocketOptions): void {
  if (typeof options !== 'object') throw invalidArgType('options', 'object', options);
  for (const name of ['objectMode', 'readableObjectMode', 'writableObjectMode'] as const) {
    if (options[name]) throw invalidArgValue(`options.${name}`, options[name], 'is not supported');
  }
  const { fd } = options;
  if (fd === undefined || options.handle) return;
  checkNumber(fd, 'fd');
  if (fd < 0 || !Number.isInteger(fd)) throw outOfRange('fd', '>= 0 && <= 2147483647', fd);
  // No descriptor of this process is a socket of our host.
  throw invalidFdType('UNKNOWN');
}

function isOnRead(value: OnRead | null | undefined): value is OnRead {
  if (value === null || typeof value !== 'object' || typeof value.callback !== 'function') return false;
  return value.buffer instanceof Uint8Array || typeof value.buffer === 'function';
}

/** Once the peer has ended and this end follows it, writing fails as it does in Node. */
function refuseWritesAfterEnd(this: NetSocket): void {
  if (!this.allowHalfOpen)
    Object.defineProperty(this, 'write', { value: failWrite, writable: true, configurable: true });
}

function failWrite(this: NetSocket, chunk: unknown, encoding?: unknown, callback?: unknown): boolean {
  if (!this.writableEnded)
    return Duplex.prototype.write.call(this, chunk, encoding as BufferEncoding, callback as never);
  const done = typeof encoding === 'function' ? encoding : callback;
  const error = new Error('This socket has been ended by the other party') as NodeJS.ErrnoException;
  error.code = 'EPIPE';
  if (typeof done === 'function') process.nextTick(() => (done as (error: Error) => void)(error));
  this.destroy(error);
  return false;
}

function setUpServer(
  server: NetServer,
  given: ServerOptions | ConnectionListener | undefined | null,
  listener?: ConnectionListener,
): void {
  const options = typeof given === 'function' || given === undefined || given === null ? {} : given;
  if (typeof options !== 'object') throw invalidArgType('options', 'Object', options);
  (EventEmitter as unknown as Applicable<ServerOptions>).call(server, options);
  const onConnection = typeof given === 'function' ? given : listener;
  if (typeof onConnection === 'function') server.on('connection', onConnection);
  server._connections = 0;
  server._handle = null;
  server._unref = false;
  server._listeningId = 1;
  server.allowHalfOpen = options.allowHalfOpen ?? false;
  server.pauseOnConnect = Boolean(options.pauseOnConnect);
  server.noDelay = Boolean(options.noDelay);
  server.keepAlive = Boolean(options.keepAlive);
  server.keepAliveInitialDelay = keepAliveDelayOf(options.keepAliveInitialDelay);
  server.highWaterMark = options.highWaterMark;
}

/** Milliseconds to seconds. @throws ERR_INVALID_ARG_TYPE */
function keepAliveDelayOf(delayMs: unknown): number {
  if (delayMs === undefined) return 0;
  checkNumber(delayMs, 'options.keepAliveInitialDelay');
  return Math.max(0, Math.trunc((delayMs as number) / 1000)) || 0;
}
