/** One connection of an HTTP server: its requests one after the other (RFC 9112 §9.3), each with its response. */
import type { SocketHost } from '../socket/socket-host.ts';
import type { StreamSocket } from '../socket/stream-socket.ts';
import { Deferred } from './deferred.ts';
import { endpointText } from './host.ts';
import { MessageBody } from './http-body.ts';
import { HttpError } from './http-error.ts';
import type { MessageHead } from './http-parser.ts';
import { MessageReader } from './http-reader.ts';
import { announcedLength, type Framing, headOctets, MessageWriter } from './http-writer.ts';
import type { NetAddr, ServeHandler } from './serve.ts';
import { reasonOf } from './status-text.ts';
import { StreamConnection } from './stream-connection.ts';

/** What is left of a request nobody read is read up to here, so that the connection can go on. */
const DRAIN_BYTES = 65_536;
/** What a peer may still send after the last response before it is reset. */
const LINGER_BYTES = 1 << 20;
const CONTINUE = new TextEncoder().encode('HTTP/1.1 100 Continue\r\n\r\n');
/** Methods no Request can be made with (Fetch §2.2.1). */
const FORBIDDEN = new Set(['CONNECT', 'TRACE', 'TRACK']);

type OnError = (error: unknown) => Response | Promise<Response>;

/** A request under way. */
interface Turn {
  readonly head: MessageHead;
  readonly body: MessageBody;
  readonly abort: AbortController;
  readonly completed: Deferred<void>;
  /** Rejected when the connection fails: an answer would reach nobody. */
  readonly lost: Deferred<never>;
}

export class ServerConnection {
  private readonly host: SocketHost;
  private readonly socket: StreamSocket;
  private readonly handler: ServeHandler;
  private readonly onError: OnError;
  private readonly connection: StreamConnection;
  private readonly reader: MessageReader;
  private readonly writer: MessageWriter;
  private readonly remoteAddr: NetAddr;
  private current: Turn | null = null;
  private isFinishing = false;

  constructor(host: SocketHost, socket: StreamSocket, handler: ServeHandler, onError: OnError) {
    this.host = host;
    this.socket = socket;
    this.remoteAddr = { transport: 'tcp', hostname: socket.remoteAddress, port: socket.remotePort };
    this.handler = handler;
    this.onError = onError;
    this.connection = new StreamConnection(host, socket, {
      abortResets: true,
      failure: ({ code, message }) => Object.assign(new Error(`HTTP client: ${message} (${code})`), { code }),
    });
    this.reader = new MessageReader(this.connection.readable, 'request');
    this.writer = new MessageWriter(this.connection.writable);
    // The program learns that nobody waits for its answer any more.
    this.connection.ended.catch((error) => {
      this.current?.abort.abort(error);
      this.current?.completed.reject(error);
      this.current?.lost.reject(error);
    });
  }

  /** Serves until the connection ends. Never rejects: what fails here concerns this connection only. */
  async run(): Promise<void> {
    try {
      while (!this.isFinishing && (await this.next())) {
        // The next one.
      }
      await this.leave();
    } catch (error) {
      await this.refuse(error).catch(() => {});
      this.connection.close(error);
    }
  }

  /** The response under way is the last; an idle connection ends now. */
  finish(): void {
    this.isFinishing = true;
    if (this.current === null) this.connection.close(new Error('the server shuts down'));
  }

  abort(reason: unknown): void {
    this.connection.abort(reason);
  }

  /** One request and its response; false when no other can follow. */
  private async next(): Promise<boolean> {
    // Whoever waits for this server's answers keeps the program running, or nobody does.
    this.connection.hold(!this.reader.isDrained);
    const head = await this.reader.nextHead();
    if (head === null) return false;
    this.connection.hold(true);
    const turn = this.turnOf(head);
    this.current = turn;
    const answer = this.answer(turn);
    try {
      const response = await Promise.race([answer, turn.lost.promise]);
      const keepsAlive = await this.send(turn, response);
      turn.completed.resolve();
      if (!keepsAlive) return false;
    } catch (error) {
      turn.completed.reject(error);
      answer.then(({ body }) => body?.cancel(error)).catch(() => {});
      if (error instanceof HttpError) throw error;
      // Half a response must not pass for a whole one.
      this.connection.abort(error);
      throw error;
    } finally {
      this.current = null;
    }
    // A client that was not told to continue may have left the body out: what comes next cannot be told.
    if (expectsContinue(head) && !turn.body.isStarted) return false;
    return turn.body.drain(DRAIN_BYTES);
  }

  private turnOf(head: MessageHead): Turn {
    // RFC 9110 §10.1.1: the client waits with its body until somebody wants it.
    const onStart = async () => {
      if (expectsContinue(head)) await this.writer.write(CONTINUE);
    };
    const body = new MessageBody(this.reader, { onStart });
    return { head, body, abort: new AbortController(), completed: new Deferred(), lost: new Deferred() };
  }

  private async answer(turn: Turn): Promise<Response> {
    const { head } = turn;
    const expectation = head.headers.get('expect');
    if (expectation !== null && !/^100-continue$/i.test(expectation)) return new Response(null, { status: 417 });
    if (FORBIDDEN.has(head.method.toUpperCase())) return new Response(null, { status: 501 });
    const request = this.requestOf(turn);
    try {
      return usable(await this.handler(request, { remoteAddr: this.remoteAddr, completed: turn.completed.promise }));
    } catch (error) {
      return usable(await this.onError(error));
    }
  }

  /** @throws HttpError when the target is none */
  private requestOf({ head, body, abort }: Turn): Request {
    const { method, headers } = head;
    const hasBody = headers.has('transfer-encoding') || (headers.get('content-length') ?? '0') !== '0';
    // The Fetch standard knows no GET or HEAD with a body: it is read and thrown away.
    const takesBody = hasBody && method !== 'GET' && method !== 'HEAD';
    const init = {
      method,
      headers,
      signal: abort.signal,
      ...(takesBody ? { body: body.stream, duplex: 'half' as const } : {}),
    };
    const request = new Request(this.urlOf(head), init);
    // Browsers take Host, Cookie and others out of what the constructor is given.
    Object.defineProperty(request, 'headers', { value: headers, configurable: true, enumerable: true });
    return request;
  }

  /** RFC 9112 §3.3: the target's URL. */
  private urlOf({ target, headers }: MessageHead): URL {
    const host = headers.get('host') || endpointText(this.socket.localAddress, this.socket.localPort);
    const isAbsolute = /^https?:\/\//i.test(target);
    if (/[\s/?#@\\]/.test(host)) throw new HttpError(400, `'${host}' is no host`);
    if (!isAbsolute && !target.startsWith('/') && target !== '*') throw new HttpError(400, `'${target}' is no target`);
    try {
      return new URL(isAbsolute ? target : `http://${host}${target === '*' ? '/*' : target}`);
    } catch {
      throw new HttpError(400, `'${host}${target}' is no address`);
    }
  }

  /** Writes a response; false when the connection cannot carry another. */
  private async send({ head }: Turn, response: Response): Promise<boolean> {
    const { status, headers, body } = response;
    const isBodyless = status === 204 || status === 304;
    const isHead = head.method === 'HEAD';
    const announced = announcedLength(headers);
    const framing = framingOf(response, head, announced, isBodyless);
    const keepsAlive = head.keepsAlive && framing !== 'close' && !this.isFinishing && !saysClose(headers);
    const extra: [string, string][] = [];
    if (!headers.has('date')) extra.push(['date', this.date()]);
    if (framing === 'chunked') extra.push(['transfer-encoding', 'chunked']);
    if (framing === 'none' && !isBodyless && announced === null && !isHead) extra.push(['content-length', '0']);
    if (!keepsAlive) extra.push(['connection', 'close']);
    await this.writer.write(
      headOctets(`HTTP/1.1 ${status} ${response.statusText || reasonOf(status)}`, headers, extra),
    );
    if (framing === 'none' || isHead || body === null) await body?.cancel();
    else await this.writer.body(body, framing, announced ?? 0);
    return keepsAlive;
  }

  /** Ends our direction and waits for the peer's end, so that no reset overtakes the last response (RFC 9112 §9.6). */
  private async leave(): Promise<void> {
    await this.writer.end();
    this.connection.hold(false);
    await this.reader.discardRest(LINGER_BYTES);
    this.connection.close(new Error('the connection is over'));
  }

  /** A request that is none is answered once, then the connection ends. */
  private async refuse(error: unknown): Promise<void> {
    if (!(error instanceof HttpError) || this.connection.error !== null) return;
    const text = new TextEncoder().encode(`${error.message}\n`);
    const headers = new Headers({ 'content-type': 'text/plain; charset=utf-8', 'content-length': String(text.length) });
    const extra: [string, string][] = [
      ['date', this.date()],
      ['connection', 'close'],
    ];
    await this.writer.write(headOctets(`HTTP/1.1 ${error.status} ${reasonOf(error.status)}`, headers, extra));
    await this.writer.write(text);
    await this.leave();
  }

  /** The stack's hour: virtual time has its own calendar. */
  private date(): string {
    return new Date((this.host.stack.clock.epochUs + this.host.nowUs) / 1000).toUTCString();
  }
}

function framingOf(response: Response, head: MessageHead, announced: number | null, isBodyless: boolean): Framing {
  if (isBodyless || response.body === null) return 'none';
  if (announced !== null) return 'length';
  // RFC 9112 §6.1: HTTP/1.0 knows no chunks; its body ends with the connection.
  return head.minorVersion >= 1 ? 'chunked' : 'close';
}

function expectsContinue({ headers, minorVersion }: MessageHead): boolean {
  return minorVersion >= 1 && headers.has('expect');
}

function saysClose(headers: Headers): boolean {
  return /(?:^|,)[ \t]*close[ \t]*(?:,|$)/i.test(headers.get('connection') ?? '');
}

/** @throws TypeError for what cannot be sent */
function usable(response: Response): Response {
  if (!(response instanceof Response)) throw new TypeError('a handler returns a Response, or a promise of one');
  if (response.status < 200) throw new TypeError(`a handler returned status ${response.status}: no response to send`);
  if (response.bodyUsed) throw new TypeError('a handler returned a Response whose body was read before');
  return response;
}
