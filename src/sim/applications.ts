/**
 * Programs for simulated hosts: echo, bulk transfer with a hash at both ends, a small HTTP server, and a program that
 * records what happens to its connection. All state is plain data, so they go through snapshots.
 */
import { ListenSocket } from '../socket/listen-socket.ts';
import { SocketEvent } from '../socket/socket-event.ts';
import { type ConnectOptions, StreamSocket } from '../socket/stream-socket.ts';
import { TcpState } from '../tcp/state.ts';
import type { Application, Host } from './host.ts';
import type { EventSocket } from './host-stack.ts';

const CHUNK = 64 * 1024;

/** FNV-1a over 32 bits: enough to tell a changed, lost or doubled octet in a test. */
export class StreamHash {
  /** Octets hashed. */
  length = 0;
  private state = 0x811c9dc5 | 0;

  update(bytes: Uint8Array, offset = 0, length = bytes.length - offset): void {
    let state = this.state;
    const end = offset + length;
    for (let at = offset; at < end; at++) state = Math.imul(state ^ bytes[at]!, 0x01000193);
    this.state = state;
    this.length += length;
  }

  /** Eight hexadecimal digits. */
  get digest(): string {
    return (this.state >>> 0).toString(16).padStart(8, '0');
  }
}

/** A program that listens and looks after the connections it accepts. */
export abstract class ServerApplication implements Application {
  readonly port: number;
  readonly backlog: number;
  listener: ListenSocket | null = null;
  /** Connections now open. */
  readonly connections = new Set<StreamSocket>();
  /** Connections accepted so far. */
  accepted = 0;
  /** Connections that ended by an error, by its code. */
  readonly failures: string[] = [];

  constructor(port: number, backlog = 128) {
    this.port = port;
    this.backlog = backlog;
  }

  onStart(host: Host): void {
    this.listener = new ListenSocket(host.stack, { port: this.port, backlog: this.backlog });
    host.own(this.listener, this);
  }

  onEvent(host: Host, socket: EventSocket, events: number): void {
    if (socket === this.listener) {
      this.acceptAll(host);
      return;
    }
    if (!(socket instanceof StreamSocket)) return;
    if ((events & SocketEvent.error) !== 0 && socket.error !== null) this.failures.push(socket.error.code);
    if (this.connections.has(socket)) this.connectionEvent(host, socket, events);
    if ((events & SocketEvent.closed) !== 0 && this.connections.has(socket)) this.release(host, socket);
  }

  protected abstract connectionEvent(host: Host, socket: StreamSocket, events: number): void;

  /** Closes the connection and forgets it; what was written is still sent. */
  protected release(host: Host, socket: StreamSocket): void {
    socket.close();
    this.connections.delete(socket);
    host.disown(socket);
  }

  private acceptAll(host: Host): void {
    for (let socket = this.listener?.accept() ?? null; socket !== null; socket = this.listener?.accept() ?? null) {
      this.accepted++;
      this.connections.add(socket);
      host.own(socket, this);
      // Data may have come with the handshake, before anybody owned the connection.
      this.connectionEvent(host, socket, SocketEvent.readable | SocketEvent.writable);
    }
  }
}

/** Sends back what it gets, and closes when the other side has. */
export class EchoServer extends ServerApplication {
  /** Octets sent back, over all connections. */
  echoedBytes = 0;
  private readonly buffer = new Uint8Array(CHUNK);

  protected connectionEvent(host: Host, socket: StreamSocket): void {
    // Only what the send buffer takes is taken from the receive buffer: the window does the waiting.
    for (let count = socket.peek(this.buffer); count > 0 && isOpen(socket); count = socket.peek(this.buffer)) {
      const taken = socket.write(this.buffer, 0, count);
      socket.discard(taken);
      this.echoedBytes += taken;
      if (taken < count) break;
    }
    if (socket.isReadEnded) this.release(host, socket);
  }
}

/** Takes everything, hashes it, and closes when the other side has. */
export class BulkReceiver extends ServerApplication {
  readonly hash = new StreamHash();
  /** Connections whose stream came to its end. */
  finished = 0;
  /** Octets per read; small ones make a slow reader. */
  readonly readSize: number;
  /** False: octets are thrown away unhashed, for measurements. */
  readonly isHashing: boolean;
  receivedBytes = 0;
  private readonly buffer: Uint8Array;

  /** @param options see the fields of the same names */
  constructor(port: number, options: { readSize?: number; isHashing?: boolean } = {}) {
    super(port);
    this.readSize = options.readSize ?? CHUNK;
    this.isHashing = options.isHashing ?? true;
    this.buffer = new Uint8Array(this.readSize);
  }

  protected connectionEvent(host: Host, socket: StreamSocket): void {
    for (let count = socket.read(this.buffer); count > 0; count = socket.read(this.buffer)) {
      this.receivedBytes += count;
      if (this.isHashing) this.hash.update(this.buffer, 0, count);
    }
    if (!socket.isReadEnded) return;
    if (socket.error === null) this.finished++;
    this.release(host, socket);
  }
}

/** A program with one connection that it opens itself. Keeps a line for every event. */
export class ClientApplication implements Application {
  readonly options: ConnectOptions;
  /** The connection, once started. */
  socket: StreamSocket | null = null;
  isConnected = false;
  isReadEnded = false;
  isClosed = false;
  /** The code of the error that ended it, or null. */
  error: string | null = null;
  /** The network's hour of these events, microseconds; -1: not yet. */
  connectedAtUs = -1;
  closedAtUs = -1;
  /** The octets received, up to one mebibyte. */
  readonly received: number[] = [];
  private readonly input = new Uint8Array(CHUNK);
  /** Octets kept of what was received. */
  private readonly keepMax = 1 << 20;

  constructor(options: ConnectOptions) {
    this.options = options;
  }

  onStart(host: Host): void {
    this.socket = StreamSocket.connect(host.stack, this.options);
    host.own(this.socket, this);
  }

  onEvent(host: Host, socket: EventSocket, events: number): void {
    if (socket !== this.socket || this.socket === null) return;
    if ((events & SocketEvent.connected) !== 0) {
      this.isConnected = true;
      this.connectedAtUs = host.nowUs;
    }
    this.readAll(this.socket);
    this.progress(host, this.socket, events);
    if ((events & SocketEvent.readEnd) !== 0) this.isReadEnded = true;
    if ((events & SocketEvent.error) !== 0) this.error = this.socket.error?.code ?? 'unknown';
    if ((events & SocketEvent.closed) === 0) return;
    this.isClosed = true;
    this.closedAtUs = host.nowUs;
  }

  /** Text of what was received, one character per octet. */
  get receivedText(): string {
    return this.received.map((octet) => String.fromCharCode(octet)).join('');
  }

  /** Called after reading, at every event. */
  protected progress(_host: Host, _socket: StreamSocket, _events: number): void {}

  private readAll(socket: StreamSocket): void {
    for (let count = socket.read(this.input); count > 0; count = socket.read(this.input)) {
      for (let at = 0; at < count && this.received.length < this.keepMax; at++) this.received.push(this.input[at]!);
    }
  }
}

/** Opens a connection, sends so many octets, hashes them, closes its direction and waits for the other. */
export class BulkSender extends ClientApplication {
  readonly hash = new StreamHash();
  readonly totalBytes: number;
  sentBytes = 0;
  private readonly isHashing: boolean;
  private readonly chunk = new Uint8Array(CHUNK);

  /**
   * @param totalBytes octets to send
   * @param isHashing false leaves the hash out, for measurements
   */
  constructor(options: ConnectOptions, totalBytes: number, isHashing = true) {
    super(options);
    this.totalBytes = totalBytes;
    this.isHashing = isHashing;
    // A prime period, so that no segment looks like another.
    for (let at = 0; at < CHUNK; at++) this.chunk[at] = ((at % 251) * 167 + (at >> 8)) & 255;
  }

  protected override progress(_host: Host, socket: StreamSocket): void {
    if (!this.isConnected || this.sentBytes >= this.totalBytes || !isOpen(socket)) return;
    for (;;) {
      const start = this.sentBytes % CHUNK;
      const wanted = Math.min(CHUNK - start, this.totalBytes - this.sentBytes);
      const count = wanted === 0 ? 0 : socket.write(this.chunk, start, wanted);
      if (count === 0) break;
      if (this.isHashing) this.hash.update(this.chunk, start, count);
      this.sentBytes += count;
    }
    if (this.sentBytes >= this.totalBytes) socket.shutdownWrite();
  }
}

/** True while `write` is allowed. */
export function isOpen(socket: StreamSocket): boolean {
  return socket.error === null && socket.state !== TcpState.closed;
}
