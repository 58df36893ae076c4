/**
 * What Node's `net.Socket` and `net.Server` hold as their handle: the methods of libuv's TCP wrap, over a `TcpPort`. It is one of
 * Node's own stream bases (that which carries JavaScript streams below TLS), so that TLS, HTTP and HTTP/2 read and
 * write it natively as they do a kernel's socket.
 */
import net from 'node:net';
import { Duplex } from 'node:stream';
import tls from 'node:tls';
import { StateError } from '../base/errors.ts';
import { fill } from '../dgram/udp-handle.ts';
import { uvErrno, uvError } from '../node/uv-errors.ts';
import type { TcpListener, TcpPort, TcpPorts } from './tcp-port.ts';

/** Taken when the module loads: a program's fake timers must not stop the network. */
const { setImmediate } = globalThis;

/** Node's record of a connect that is under way; Node clears `oncomplete` when it gives up. */
interface ConnectRequest {
  oncomplete?: (errno: number, handle: TcpHandle, request: object, isReadable: boolean, isWritable: boolean) => void;
}

/** The native class, as far as it is used. */
interface JsStream {
  readBuffer(bytes: Uint8Array): void;
  emitEOF(): void;
  finishWrite(request: object, errno: number): void;
  finishShutdown(request: object, errno: number): void;
}

const JsStreamBase = findJsStream();

/** Under this symbol a handle knows the socket it belongs to. */
export const ownerSymbol = findOwnerSymbol();

export class TcpHandle extends JsStreamBase implements TcpListener {
  /** Set by `net.Server`. */
  onconnection: ((errno: number, connection?: TcpHandle) => void) | null = null;
  /** The TLS socket that reads this handle, if one does: it hears of read errors. */
  reader: net.Socket | null = null;
  private readonly port: TcpPort;
  private connectRequest: ConnectRequest | null = null;
  private writeRequest: object | null = null;
  private shutdownRequest: object | null = null;
  private trafficClass = 0;
  private isReferenced = true;
  private isOpen = true;

  constructor(port: TcpPort) {
    super();
    this.port = port;
    port.listener = this;
  }

  // --- what Node's JavaScript calls ---

  bind(address: string, port: number): number {
    return this.port.bind(address, port, false);
  }

  /** @param flags 1: IPv6 only */
  bind6(address: string, port: number, flags: number): number {
    return this.port.bind(address, port, (flags & 1) !== 0);
  }

  listen(backlog: number): number {
    return this.port.listen(backlog);
  }

  connect(request: ConnectRequest, address: string, port: number): number {
    const errno = this.port.connect(address, port);
    if (errno === 0) this.connectRequest = request;
    return errno;
  }

  connect6(request: ConnectRequest, address: string, port: number): number {
    return this.connect(request, address, port);
  }

  getsockname(into: object): number {
    return fill(into, this.port.nameOf('local'));
  }

  getpeername(into: object): number {
    return fill(into, this.port.nameOf('remote'));
  }

  setNoDelay(isOn: boolean): number {
    this.port.setNoDelay(Boolean(isOn));
    return 0;
  }

  setKeepAlive(isOn: boolean, idleSeconds: number): number {
    this.port.setKeepAlive(Boolean(isOn), Number(idleSeconds) || 0);
    return 0;
  }

  setTypeOfService(trafficClass: number): number {
    this.trafficClass = trafficClass;
    this.port.setTrafficClass(trafficClass);
    return 0;
  }

  getTypeOfService(): number {
    return this.trafficClass;
  }

  ref(): void {
    this.isReferenced = true;
    this.port.keepAlive(true);
  }

  unref(): void {
    this.isReferenced = false;
    this.port.keepAlive(false);
  }

  hasRef(): boolean {
    return this.isReferenced && this.isOpen;
  }

  reset(callback?: () => void): number {
    this.port.reset();
    this.close(callback);
    return 0;
  }

  close(callback?: () => void): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    this.port.close();
    setImmediate(() => {
      this.cancelRequests();
      callback?.call(this);
    });
  }

  // --- what the native stream calls ---

  isClosing(): boolean {
    return !this.isOpen;
  }

  onreadstart(): number {
    this.port.read(true);
    return 0;
  }

  onreadstop(): number {
    if (this.isOpen) this.port.read(false);
    return 0;
  }

  onwrite(request: object, chunks: Uint8Array[]): number {
    if (!this.isOpen) return uvErrno('EBADF');
    this.writeRequest = request;
    this.port.write(chunks);
    return 0;
  }

  onshutdown(request: object): number {
    if (!this.isOpen) return uvErrno('ENOTCONN');
    this.shutdownRequest = request;
    this.port.shutdown();
    return 0;
  }

  // --- what the port tells ---

  connectDone(errno: number): void {
    const request = this.connectRequest;
    this.connectRequest = null;
    request?.oncomplete?.(errno, this, request, true, true);
  }

  writeDone(errno: number): void {
    const request = this.writeRequest;
    this.writeRequest = null;
    if (request !== null) this.finishWrite(request, errno);
  }

  shutdownDone(errno: number): void {
    const request = this.shutdownRequest;
    this.shutdownRequest = null;
    if (request !== null) this.finishShutdown(request, errno);
  }

  dataArrived(bytes: Uint8Array): void {
    this.readBuffer(bytes);
  }

  readEnded(): void {
    this.emitEOF();
  }

  readFailed(errno: number): void {
    const owner = this.reader ?? (this as unknown as Record<symbol, net.Socket | undefined>)[ownerSymbol];
    owner?.destroy(uvError(errno, 'read'));
  }

  accepted(connection: TcpPort): void {
    this.onconnection?.(0, new TcpHandle(connection));
  }

  private cancelRequests(): void {
    const canceled = uvErrno('ECANCELED');
    this.writeDone(canceled);
    this.shutdownDone(canceled);
    this.connectDone(canceled);
  }
}

/** Makes handles for sockets that are to connect or to listen. */
export function openTcpHandle(ports: TcpPorts): TcpHandle {
  return new TcpHandle(ports.open());
}

function findJsStream(): new () => JsStream {
  const probe = new tls.TLSSocket(new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() }));
  const { _parent: native } = (probe as unknown as { _handle: { _parent?: JsStream } })._handle;
  probe.destroy();
  if (native !== undefined && typeof native.readBuffer === 'function') {
    return native.constructor as new () => JsStream;
  }
  throw new StateError(
    `net of Node ${process.version} is built otherwise (no JSStream): use a Node this release names`,
  );
}

function findOwnerSymbol(): symbol {
  const handle = new JsStreamBase();
  new net.Socket({ handle } as unknown as net.SocketConstructorOpts);
  const found = Object.getOwnPropertySymbols(handle).find((symbol) => symbol.description === 'owner_symbol');
  if (found !== undefined) return found;
  throw new StateError(`net of Node ${process.version} is built otherwise (no owner): use a Node this release names`);
}
