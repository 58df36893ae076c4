/**
 * An HTTP/1.1 server over a stack of ours, in the shape of `Deno.serve`: Request in, Response out (RFC 9110, 9112).
 */
import { ListenSocket } from '../socket/listen-socket.ts';
import type { SocketHost, SocketListener } from '../socket/socket-host.ts';
import { Deferred } from './deferred.ts';
import { resolve, socketHostOf, type WebHost } from './host.ts';
import { ServerConnection } from './server-connection.ts';

/** One end of a connection, as Deno writes it. */
export interface NetAddr {
  readonly transport: 'tcp';
  readonly hostname: string;
  readonly port: number;
}

/** What a handler is told beside the request. */
export interface ServeHandlerInfo {
  readonly remoteAddr: NetAddr;
  /** Fulfilled when the response has been handed to the connection, rejected when that failed. */
  readonly completed: Promise<void>;
}

/** Answers a request. What it throws goes to `onError`. */
export type ServeHandler = (request: Request, info: ServeHandlerInfo) => Response | Promise<Response>;

/** Where `serve` listens, in the words of Deno.serve. */
export interface ServeOptions {
  /** 1 to 65535, 0: any free port. Default 8000. */
  readonly port?: number;
  /** An address of the host, or a name of it. Default `::`: both families, every address. */
  readonly hostname?: string;
  /** Aborted: stops listening and resets every connection. */
  readonly signal?: AbortSignal;
  /** Called when the server listens. */
  readonly onListen?: (address: NetAddr) => void;
  /** Answers when a handler failed. Default: status 500 without details. */
  readonly onError?: (error: unknown) => Response | Promise<Response>;
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

/**
 * Serves HTTP on a host.
 * @throws ArgumentError for a port or host name that cannot be; WoshouError with code EADDRINUSE when the port is taken
 */
export function serve(host: WebHost, options: ServeOptions, handler: ServeHandler): HttpServer {
  return new Server(socketHostOf(host), options, handler);
}

class Server implements HttpServer, SocketListener {
  readonly addr: NetAddr;
  readonly finished: Promise<void>;
  private readonly host: SocketHost;
  private readonly options: ServeOptions;
  private readonly handler: ServeHandler;
  private readonly listener: ListenSocket;
  private readonly connections = new Set<ServerConnection>();
  private readonly finishing = new Deferred<void>();
  private isReferred = false;
  private isClosed = false;

  constructor(host: SocketHost, options: ServeOptions, handler: ServeHandler) {
    const { hostname = '::', port = 8000, signal } = options;
    signal?.throwIfAborted();
    this.host = host;
    this.options = options;
    this.handler = handler;
    this.finished = this.finishing.promise;
    const [address = hostname] = resolve(host, hostname);
    this.listener = new ListenSocket(host.stack, { address, port, noDelay: true });
    this.addr = { transport: 'tcp', hostname: this.listener.address, port: this.listener.port };
    this.listener.context = this;
    this.ref();
    signal?.addEventListener('abort', () => this.abort(signal.reason), { once: true });
    options.onListen?.(this.addr);
  }

  socketEvents(): void {
    for (let socket = this.listener.accept(); socket !== null; socket = this.listener.accept()) {
      const connection = new ServerConnection(this.host, socket, this.handler, this.options.onError ?? internalError);
      this.connections.add(connection);
      connection.run().finally(() => {
        this.connections.delete(connection);
        this.finishIfDone();
      });
    }
  }

  shutdown(): Promise<void> {
    this.stopListening();
    for (const connection of this.connections) connection.finish();
    this.finishIfDone();
    return this.finished;
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

  private abort(reason: unknown): void {
    this.stopListening();
    for (const connection of this.connections) connection.abort(reason);
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

function internalError(): Response {
  return new Response('Internal Server Error', { status: 500 });
}
