/**
 * An HTTP/1.1 server over a stack of ours, for handlers that answer with octets (RFC 9110, 9112). `serve` puts the shapes of the
 * web on top of it.
 */
import { ListenSocket } from '../socket/listen-socket.ts';
import type { SocketHost, SocketListener } from '../socket/socket-host.ts';
import { Deferred } from './deferred.ts';
import { resolve } from './host.ts';
import { type ConnectionOwner, type PatienceUs, ServerConnection } from './server-connection.ts';
import type { Turn } from './server-turn.ts';

/** One end of a connection, as Deno writes it. */
export interface NetAddr {
  readonly transport: 'tcp';
  readonly hostname: string;
  readonly port: number;
}

/** A running HTTP server. */
export interface HttpServer {
  readonly addr: NetAddr;
  /** Fulfilled when it does not listen any more and every connection has ended. */
  readonly finished: Promise<void>;
  /** Stops listening, lets responses under way be finished, closes idle connections. @returns `finished` */
  shutdown(): Promise<void>;
  /** The server keeps the program running; so it does at first. */
  ref(): void;
  /** It does not. */
  unref(): void;
}

/** Where and how to listen. */
export interface HttpListenerOptions {
  /** 1 to 65535, 0: any free port. */
  readonly port: number;
  /** An address of the host, or a name of it; `::`: both families, every address. */
  readonly hostname: string;
  /** Clients that keep the server waiting are left; `expire` is to be called now and then. Default: nobody is. */
  readonly patienceMs?: { readonly idle: number; readonly head: number };
}

export class HttpListener implements HttpServer, SocketListener, ConnectionOwner {
  readonly addr: NetAddr;
  readonly finished: Promise<void>;
  readonly handler: (turn: Turn) => void;
  readonly keepAliveFields: string;
  private readonly host: SocketHost;
  private readonly listener: ListenSocket;
  private readonly patience: PatienceUs | null;
  private readonly connections = new Set<ServerConnection>();
  private readonly finishing = new Deferred<void>();
  private isReferred = false;
  private isClosed = false;
  private dateText = '';
  private dateSecond = -1;

  /**
   * Listens.
   * @throws ArgumentError for a port or host name that cannot be; WoshouError with code EADDRINUSE when the port is taken
   */
  constructor(host: SocketHost, options: HttpListenerOptions, handler: (turn: Turn) => void) {
    const { hostname, port, patienceMs } = options;
    this.host = host;
    this.handler = handler;
    this.finished = this.finishing.promise;
    this.patience = patienceMs === undefined ? null : { idle: patienceMs.idle * 1000, head: patienceMs.head * 1000 };
    this.keepAliveFields =
      patienceMs === undefined
        ? ''
        : `connection: keep-alive\r\nkeep-alive: timeout=${Math.floor(patienceMs.idle / 1000)}\r\n`;
    const [address = hostname] = resolve(host, hostname);
    this.listener = new ListenSocket(host.stack, { address, port, noDelay: true });
    this.addr = { transport: 'tcp', hostname: this.listener.address, port: this.listener.port };
    this.listener.context = this;
    this.ref();
  }

  /** Connections that have not ended. */
  get size(): number {
    return this.connections.size;
  }

  shutdown(): Promise<void> {
    this.stopListening();
    for (const connection of this.connections) connection.finish();
    this.finishIfDone();
    return this.finished;
  }

  /** Stops listening and resets every connection. */
  abort(reason: unknown): void {
    this.stopListening();
    for (const connection of this.connections) connection.abort(reason);
    this.finishIfDone();
  }

  /** Ends connections whose clients keep the server waiting. */
  expire(): void {
    const { patience, nowUs } = this;
    if (patience !== null) for (const connection of this.connections) connection.expire(nowUs, patience);
  }

  ref(): void {
    if (this.isReferred || this.isClosed) return;
    this.isReferred = true;
    this.host.ref();
  }

  unref(): void {
    if (!this.isReferred) return;
    this.isReferred = false;
    this.host.unref();
  }

  /** The driver tells that connections can be accepted. */
  socketEvents(): void {
    for (let socket = this.listener.accept(); socket !== null; socket = this.listener.accept()) {
      const connection = new ServerConnection(this, socket);
      this.connections.add(connection);
      connection.start();
    }
  }

  // --- for connections ---

  get nowUs(): number {
    return this.host.nowUs;
  }

  /** The stack's hour: virtual time has its own calendar. */
  dateField(nowUs: number): string {
    const second = Math.floor((this.host.stack.clock.epochUs + nowUs) / 1e6);
    if (second !== this.dateSecond) {
      this.dateSecond = second;
      this.dateText = `date: ${new Date(second * 1000).toUTCString()}\r\n`;
    }
    return this.dateText;
  }

  kick(): void {
    this.host.kick();
  }

  hold(): void {
    this.host.ref();
  }

  release(): void {
    this.host.unref();
  }

  connectionEnded(connection: ServerConnection): void {
    this.connections.delete(connection);
    this.finishIfDone();
  }

  private stopListening(): void {
    if (this.isClosed) return;
    this.listener.close();
    this.host.kick();
    this.unref();
    this.isClosed = true;
  }

  private finishIfDone(): void {
    if (this.isClosed && this.connections.size === 0) this.finishing.resolve();
  }
}
