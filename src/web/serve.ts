/**
 * An HTTP/1.1 server over a stack of ours, in the shape of `Deno.serve`: Request in, Response out (RFC 9110, 9112).
 */
import { socketHostOf, type WebHost } from './host.ts';
import { HttpListener, type HttpServer, type NetAddr } from './http-listener.ts';
import type { ServeHandler } from './serve-handler.ts';
import type { Turn } from './server-turn.ts';
import { answerInWeb } from './web-turn.ts';

export type { HttpServer, NetAddr } from './http-listener.ts';

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

/**
 * Serves HTTP on a host.
 * @throws ArgumentError for a port or host name that cannot be; WoshouError with code EADDRINUSE when the port is taken
 */
export function serve(host: WebHost, options: ServeOptions, handler: ServeHandler): HttpServer {
  const { hostname = '::', port = 8000, signal, onListen, onError = internalError } = options;
  signal?.throwIfAborted();
  const answerers = { handler, onError };
  const answer = (turn: Turn): void => answerInWeb(turn, answerers);
  const listener = new HttpListener(socketHostOf(host), { hostname, port }, answer);
  signal?.addEventListener('abort', () => listener.abort(signal.reason), { once: true });
  onListen?.(listener.addr);
  return listener;
}

function internalError(): Response {
  return new Response('Internal Server Error', { status: 500 });
}
