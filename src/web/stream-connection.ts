/**
 * A TCP connection as two Web Streams, under the sockets API, Direct Sockets and HTTP alike: opens it, hands the driver's
 * events to the two sides, and closes the socket when both have ended.
 */
import type { ConnectOptions } from '../socket/connect.ts';
import { type SocketError as Failure, type SocketErrorCode, SocketEvent, socketError } from '../socket/socket-event.ts';
import type { SocketHost, SocketListener } from '../socket/socket-host.ts';
import { StreamSocket } from '../socket/stream-socket.ts';
import { Deferred } from './deferred.ts';
import { OctetSink } from './octet-sink.ts';
import { OctetSource, type SideOwner } from './octet-source.ts';

/** Whom to connect to: addresses are tried one after the other. */
export interface ConnectionPlan {
  readonly addresses: readonly string[];
  readonly port: number;
  readonly options?: Omit<ConnectOptions, 'remoteAddress' | 'remotePort'>;
  /** Called for each socket that is made, before its SYN leaves. */
  readonly prepare?: (socket: StreamSocket) => void;
}

/** What differs between the APIs. */
export interface ConnectionStyle {
  /** The error the API's users get. */
  failure(failure: Failure): Error;
  /** True: aborting `writable` resets the connection. False: it ends our direction, as Direct Sockets §1.3 says. */
  readonly abortResets: boolean;
  /** The peer's FIN was read to the end. */
  onReadEnd?(): void;
}

/** A connection, opened or accepted. */
export class StreamConnection implements SocketListener, SideOwner {
  /** Fulfilled when the handshake is complete. */
  readonly opened: Promise<void>;
  /** Fulfilled when both directions have ended, rejected when the connection failed. */
  readonly ended: Promise<void>;
  private readonly host: SocketHost;
  private readonly style: ConnectionStyle;
  private readonly plan: ConnectionPlan | null;
  private readonly opening = new Deferred<void>();
  private readonly ending = new Deferred<void>();
  private readonly source: OctetSource;
  private readonly sink: OctetSink;
  private currentSocket: StreamSocket | null = null;
  private tried = 0;
  private hasOpened = false;
  private isHeld = false;
  private hasGone = false;
  private trouble: Error | null = null;

  /** @param from an accepted socket, or whom to connect to. @throws ArgumentError for options that cannot be */
  constructor(host: SocketHost, from: StreamSocket | ConnectionPlan, style: ConnectionStyle) {
    this.host = host;
    this.style = style;
    this.opened = this.opening.promise;
    this.ended = this.ending.promise;
    this.source = new OctetSource(this);
    this.sink = new OctetSink(this);
    this.plan = from instanceof StreamSocket ? null : from;
    if (!(from instanceof StreamSocket)) {
      this.tryNext();
      return;
    }
    this.adopt(from);
    this.hasOpened = true;
    this.opening.resolve();
    // What came before somebody listened was told to nobody.
    this.socketEvents(from.takeEvents() & ~SocketEvent.connected);
  }

  /** A byte stream: takes readers with buffers of their own. */
  get readable(): ReadableStream<Uint8Array> {
    return this.source.stream;
  }

  /** Takes ArrayBuffers and views of them. */
  get writable(): WritableStream<Uint8Array> {
    return this.sink.stream;
  }

  get socket(): StreamSocket | null {
    return this.currentSocket;
  }

  get isOpen(): boolean {
    return this.hasOpened;
  }

  get isGone(): boolean {
    return this.hasGone;
  }

  get error(): Error | null {
    return this.trouble;
  }

  /** Both directions are usable and the peer has not said anything that ends them. */
  get isAlive(): boolean {
    const { socket, source, sink } = this;
    const isOpen = this.hasOpened && !this.hasGone && source.side === 'open' && sink.side === 'open';
    return isOpen && socket !== null && !socket.isReadEnded;
  }

  /** True: the program is kept running for this connection. An idle one in a pool is not worth it. */
  hold(isWanted: boolean): void {
    if (isWanted === this.isHeld || (isWanted && this.hasGone)) return;
    this.isHeld = isWanted;
    if (isWanted) this.host.ref();
    else this.host.unref();
  }

  /** Gives up both directions: what the send buffer has taken still goes out, then FIN. Streams end with `reason`. */
  close(reason: unknown): void {
    if (!this.hasOpened) {
      this.abort(reason);
      return;
    }
    this.sink.fail(reason);
    this.source.fail(reason);
  }

  /** Resets the connection. Everything of it ends with `reason`. */
  abort(reason: unknown): void {
    if (this.trouble === null) this.trouble = reason instanceof Error ? reason : this.failure('ECONNABORTED');
    this.currentSocket?.abort();
    this.host.kick();
    this.opening.reject(reason);
    this.ending.reject(reason);
    this.sink.fail(reason);
    this.source.fail(reason);
    this.release();
  }

  /** No more is read; what still arrives is thrown away. */
  stopReading(): void {
    this.source.stop();
  }

  /** Ends our direction after what was written; later writes fail with `reason`. */
  endWriting(reason: Error): void {
    this.sink.end(reason);
  }

  /** The driver tells what happened. */
  socketEvents(events: number): void {
    if (this.hasGone) return;
    if (events & SocketEvent.error) {
      this.failed();
      return;
    }
    if (events & SocketEvent.connected) {
      this.hasOpened = true;
      this.opening.resolve();
    }
    if (events & (SocketEvent.readable | SocketEvent.readEnd)) this.source.advance();
    if (events & SocketEvent.writable) this.sink.advance();
    if (events & SocketEvent.closed) {
      this.source.advance();
      this.release();
    }
  }

  // --- for the two sides ---

  kick(): void {
    this.host.kick();
  }

  readEnded(): void {
    this.style.onReadEnd?.();
  }

  sideEnded(): void {
    if (this.source.side === 'open' || this.sink.side === 'open' || this.trouble !== null) return;
    this.currentSocket?.close();
    this.host.kick();
    this.ending.resolve();
  }

  failure(code: SocketErrorCode): Error {
    return this.style.failure(socketError(code));
  }

  writingAborted(reason: unknown): boolean {
    if (!this.style.abortResets) return false;
    this.abort(reason ?? this.failure('ECONNABORTED'));
    return true;
  }

  // --- opening and failing ---

  private tryNext(): void {
    const { plan, host } = this;
    const remoteAddress = plan?.addresses[this.tried++];
    if (plan === null || remoteAddress === undefined) {
      this.fail(this.style.failure({ code: 'ENOTFOUND', message: 'no address of that name is known' }));
      return;
    }
    const socket = StreamSocket.connect(host.stack, { ...plan.options, remoteAddress, remotePort: plan.port });
    plan.prepare?.(socket);
    this.adopt(socket);
    host.kick();
  }

  private adopt(socket: StreamSocket): void {
    this.currentSocket = socket;
    socket.context = this;
    this.hold(true);
  }

  private failed(): void {
    if (!this.hasOpened && this.plan !== null && this.tried < this.plan.addresses.length) this.tryNext();
    else this.fail(this.style.failure(this.currentSocket?.error ?? socketError('ECONNABORTED')));
  }

  private fail(error: Error): void {
    if (this.trouble !== null) return;
    this.trouble = error;
    this.opening.reject(error);
    this.ending.reject(error);
    this.sink.fail(error);
    this.source.advance();
    this.release();
  }

  private release(): void {
    this.hasGone = true;
    this.hold(false);
  }
}
