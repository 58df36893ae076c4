/**
 * As much HTTP/1.1 (RFC 9112) as a story needs: a server with pages kept as text, and a client that fetches one.
 */
import type { ConnectOptions, StreamSocket } from '../socket/stream-socket.ts';
import { ClientApplication, isOpen, ServerApplication } from './applications.ts';
import type { Host } from './host.ts';

const REQUEST_MAX = 8192;

/** Answers GET and HEAD with the pages it was given; one request per connection. */
export class HttpServer extends ServerApplication {
  /** Text by path. */
  readonly pages: Map<string, string>;
  /** Request lines, in order. */
  readonly requests: string[] = [];
  private readonly pending = new Map<StreamSocket, string>();
  private readonly responses = new Map<StreamSocket, Uint8Array>();
  private readonly buffer = new Uint8Array(4096);

  /** @param pages text by path, one octet per character */
  constructor(port = 80, pages: Readonly<Record<string, string>> = { '/': 'hello\n' }) {
    super(port);
    this.pages = new Map(Object.entries(pages));
  }

  protected connectionEvent(host: Host, socket: StreamSocket): void {
    this.readRequest(socket);
    const isAnswered = this.continueResponse(socket);
    if (isAnswered || (socket.isReadEnded && !this.responses.has(socket))) this.release(host, socket);
  }

  private readRequest(socket: StreamSocket): void {
    for (let count = socket.read(this.buffer); count > 0; count = socket.read(this.buffer)) {
      if (this.responses.has(socket)) continue;
      let text = this.pending.get(socket) ?? '';
      for (let at = 0; at < count; at++) text += String.fromCharCode(this.buffer[at]!);
      this.pending.set(socket, text);
      if (text.includes('\r\n\r\n')) this.respond(socket, text.slice(0, text.indexOf('\r\n')));
      else if (text.length > REQUEST_MAX)
        this.responses.set(socket, response(431, 'Request Header Fields Too Large', '', true));
    }
  }

  private respond(socket: StreamSocket, requestLine: string): void {
    this.requests.push(requestLine);
    const [method, path] = requestLine.split(' ');
    const page = this.pages.get(path ?? '');
    if (method !== 'GET' && method !== 'HEAD')
      this.responses.set(socket, response(405, 'Method Not Allowed', '', true));
    else if (page === undefined)
      this.responses.set(socket, response(404, 'Not Found', 'not found\n', method === 'GET'));
    else this.responses.set(socket, response(200, 'OK', page, method === 'GET'));
  }

  /** True when the whole response is written, or can never be. */
  private continueResponse(socket: StreamSocket): boolean {
    const bytes = this.responses.get(socket);
    if (bytes === undefined) return false;
    if (!isOpen(socket)) return true;
    const count = socket.write(bytes);
    this.responses.set(socket, bytes.subarray(count));
    return count === bytes.length;
  }

  protected override release(host: Host, socket: StreamSocket): void {
    super.release(host, socket);
    this.pending.delete(socket);
    this.responses.delete(socket);
  }
}

/** Fetches one page and keeps the whole response in `receivedText`. */
export class HttpClient extends ClientApplication {
  readonly path: string;
  private isRequested = false;

  /** @param path what to ask for */
  constructor(options: ConnectOptions, path = '/') {
    super(options);
    this.path = path;
  }

  /** The status code, 0 while there is none. */
  get status(): number {
    return Number(/^HTTP\/1\.1 (\d{3}) /.exec(this.receivedText)?.[1] ?? 0);
  }

  /** What follows the header. */
  get body(): string {
    const text = this.receivedText;
    const at = text.indexOf('\r\n\r\n');
    return at < 0 ? '' : text.slice(at + 4);
  }

  protected override progress(_host: Host, socket: StreamSocket): void {
    if (this.isConnected && !this.isRequested) {
      this.isRequested = true;
      socket.write(
        octets(`GET ${this.path} HTTP/1.1\r\nHost: ${this.options.remoteAddress}\r\nConnection: close\r\n\r\n`),
      );
    }
    if (socket.isReadEnded) socket.shutdownWrite();
  }
}

function response(status: number, reason: string, body: string, withBody: boolean): Uint8Array {
  const header = `HTTP/1.1 ${status} ${reason}\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n`;
  return octets(withBody ? header + body : header);
}

/** One octet per character. */
function octets(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0) & 255);
}
