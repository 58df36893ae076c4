/**
 * `fetch` over a stack of ours: HTTP/1.1 in plain text (RFC 9110, 9112) with the arguments and results of the Fetch standard.
 * What differs: there is no origin, so no CORS, no cookies kept, no cache; `redirect: 'manual'` gives the redirect itself.
 */
import { socketHostOf, type WebHost } from './host.ts';
import type { MessageBody } from './http-body.ts';
import { Exchange, type Outgoing } from './http-exchange.ts';
import type { MessageHead } from './http-head.ts';
import { ConnectionPool } from './http-pool.ts';

/** The platform's own `fetch` in type, and a way to end it. */
export interface HostFetch {
  /** @throws TypeError as a rejection: what is no HTTP, no connection, no answer; its `cause` says more */
  (...args: Parameters<typeof globalThis.fetch>): Promise<Response>;
  /** Closes idle connections. */
  close(): void;
}

/** How `createFetch` connects, and what it allows. */
export interface CreateFetchOptions {
  /** Idle connections kept for each server. Default 6, 0: every request has a connection of its own. */
  readonly idleConnections?: number;
  /** Ask for gzip and deflate and inflate them, where the platform has DecompressionStream. Default true. */
  readonly decompress?: boolean;
}

const REDIRECTS_MAX = 20;
const DRAIN_BYTES = 65_536;
/** RFC 9110 §9.2.2: may be sent again when nobody knows whether it was done. */
const IDEMPOTENT = new Set(['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']);
const CODINGS: ReadonlyMap<string, CompressionFormat> = new Map([
  ['gzip', 'gzip'],
  ['x-gzip', 'gzip'],
  ['deflate', 'deflate'],
]);

type CompressionFormat = ConstructorParameters<typeof DecompressionStream>[0];

/** Makes the `fetch` of a host. */
export function createFetch(host: WebHost, options: CreateFetchOptions = {}): HostFetch {
  const client = new Client(new ConnectionPool(socketHostOf(host), options.idleConnections ?? 6), options);
  return Object.assign(
    (...[input, init]: Parameters<typeof globalThis.fetch>) => client.fetch(new Request(input, init), init),
    {
      close: () => client.pool.close(),
    },
  );
}

class Client {
  readonly pool: ConnectionPool;
  private readonly canInflate: boolean;

  constructor(pool: ConnectionPool, options: CreateFetchOptions) {
    this.pool = pool;
    this.canInflate = (options.decompress ?? true) && 'DecompressionStream' in globalThis;
  }

  async fetch(request: Request, init: RequestInit | undefined): Promise<Response> {
    const signal = init?.signal ?? request.signal;
    signal.throwIfAborted();
    let outgoing = await this.outgoingOf(request, init, signal);
    for (let redirects = 0; ; redirects++) {
      const { head, body } = await this.exchange(outgoing);
      const location = redirectOf(head);
      if (location === null || request.redirect === 'manual') {
        return this.responseOf(outgoing, head, body, redirects > 0);
      }
      if (!(await body.drain(DRAIN_BYTES))) body.stream.cancel().catch(() => {});
      if (request.redirect === 'error') throw new TypeError(`fetch: ${outgoing.url.href} redirects to ${location}`);
      if (redirects === REDIRECTS_MAX) throw new TypeError(`fetch: more than ${REDIRECTS_MAX} redirects`);
      outgoing = redirected(outgoing, head.status, location);
    }
  }

  private async outgoingOf(request: Request, init: RequestInit | undefined, signal: AbortSignal): Promise<Outgoing> {
    const url = httpUrl(new URL(request.url));
    const headers = new Headers(request.headers);
    headers.delete('host');
    if (!headers.has('accept')) headers.set('accept', '*/*');
    if (this.canInflate && !headers.has('accept-encoding')) headers.set('accept-encoding', 'gzip, deflate');
    const given = init?.body ?? null;
    // The length of anything but a stream is known, and it can be sent again after a redirect.
    const isFixed = given !== null && !(given instanceof ReadableStream);
    const body = isFixed ? new Uint8Array(await request.arrayBuffer()) : (request.body ?? null);
    signal.throwIfAborted();
    return { url, method: request.method, headers, body, signal };
  }

  /** Once more on a new connection when the server has closed an idle one just now. */
  private async exchange(outgoing: Outgoing, isFresh = false): Promise<{ head: MessageHead; body: MessageBody }> {
    const { url, signal, method, body } = outgoing;
    const hostname = url.hostname.replace(/^\[(.*)\]$/, '$1');
    const port = Number(url.port || 80);
    const used = this.pool.take(hostname, port, isFresh);
    const abort = () => used.connection.abort(signal.reason);
    signal.addEventListener('abort', abort);
    const release = (isReusable: boolean) => {
      signal.removeEventListener('abort', abort);
      if (isReusable) this.pool.give(hostname, port, used);
      else used.connection.close(new Error('the exchange is over'));
    };
    try {
      return await new Exchange(used, outgoing, release).response();
    } catch (error) {
      const isLate = used.isReused && !used.reader.hasArrived;
      used.connection.abort(error);
      release(false);
      signal.throwIfAborted();
      const isRepeatable = IDEMPOTENT.has(method) && (body === null || body instanceof Uint8Array);
      if (isLate && isRepeatable) return this.exchange(outgoing, true);
      throw failed(outgoing, error);
    }
  }

  private responseOf(outgoing: Outgoing, head: MessageHead, body: MessageBody, isRedirected: boolean): Response {
    const { url, method, signal } = outgoing;
    const { status, statusText, headers } = head;
    const hasBody = method !== 'HEAD' && status !== 204 && status !== 205 && status !== 304;
    if (!hasBody) body.drain(DRAIN_BYTES).catch(() => {});
    let response: Response;
    try {
      const stream = hasBody ? this.inflated(headers, explained(body, outgoing, signal)) : null;
      response = new Response(stream, { status, statusText, headers });
    } catch (error) {
      body.stream.cancel().catch(() => {});
      throw failed(outgoing, error);
    }
    // The platform's constructor knows no address, and browsers take Set-Cookie out of what it is given.
    for (const [name, value] of Object.entries({ url: url.href, redirected: isRedirected, headers })) {
      Object.defineProperty(response, name, { value, configurable: true, enumerable: true });
    }
    return response;
  }

  private inflated(headers: Headers, stream: ReadableStream<Uint8Array>): ReadableStream<Uint8Array> {
    const names = (headers.get('content-encoding') ?? '').toLowerCase().split(',');
    const codings = names.map((name) => CODINGS.get(name.trim()));
    if (!this.canInflate || codings.some((coding) => coding === undefined)) return stream;
    let plain = stream;
    // RFC 9110 §8.4: listed in the order they were applied.
    for (const coding of codings.reverse()) {
      if (coding !== undefined) plain = plain.pipeThrough(new DecompressionStream(coding) as Inflater);
    }
    return plain;
  }
}

type Inflater = ReadableWritablePair<Uint8Array, Uint8Array>;

interface ReadableWritablePair<R, W> {
  readable: ReadableStream<R>;
  writable: WritableStream<W>;
}

/** The body, whose failures are told as `fetch` tells them. */
function explained(body: MessageBody, outgoing: Outgoing, signal: AbortSignal): ReadableStream<Uint8Array> {
  body.failure = (error) => (signal.aborted ? signal.reason : failed(outgoing, error));
  return body.stream;
}

function failed({ method, url }: Outgoing, cause: unknown): TypeError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new TypeError(`fetch failed: ${method} ${url.href}: ${why}`, { cause });
}

function httpUrl(url: URL): URL {
  if (url.protocol === 'http:') return url;
  throw new TypeError(`fetch: '${url.protocol}' is not spoken here, only http: (TLS is not part of woshou)`);
}

/** Where the response sends the client, null when it does not. */
function redirectOf({ status, headers }: MessageHead): string | null {
  return [301, 302, 303, 307, 308].includes(status) ? headers.get('location') : null;
}

/** The request to the new place, changed as the Fetch standard says (HTTP-redirect fetch). @throws TypeError */
function redirected(outgoing: Outgoing, status: number, location: string): Outgoing {
  const url = httpUrl(new URL(location, outgoing.url));
  const headers = new Headers(outgoing.headers);
  let { method, body } = outgoing;
  const becomesGet = status === 303 ? method !== 'GET' && method !== 'HEAD' : status <= 302 && method === 'POST';
  if (becomesGet) {
    method = 'GET';
    body = null;
    for (const name of [...headers.keys()]) if (/^content-/i.test(name)) headers.delete(name);
  } else if (body instanceof ReadableStream) {
    throw new TypeError(`fetch: ${outgoing.url.href} redirects, and a streamed body cannot be sent again`);
  }
  if (url.origin !== outgoing.url.origin) for (const name of ['authorization', 'cookie']) headers.delete(name);
  return { ...outgoing, url, headers, method, body };
}
