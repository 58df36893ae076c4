/**
 * HTTP/1.1 messages out of octets (RFC 9112). The parser is http-parser-js, put into this file's bundle at build time. It is made
 * for compatibility; where it is lenient in ways that let two parties understand a message differently (request smuggling) or
 * keep too much, the checks are here.
 */
import { HTTPParser } from 'http-parser-js';
import { HttpError } from './http-error.ts';
import { isBodyless, MessageHead } from './http-head.ts';

/** Told what is in the octets given to `execute`, in order. */
export interface MessageHandler {
  /** Returns true when no body follows whatever the fields say: the answer to HEAD. */
  onHead(head: MessageHead): boolean;
  /** A part of the body, a view of the octets given: good during the call. */
  onBody(bytes: Uint8Array): void;
  /** The message is complete. */
  onEnd(): void;
}

/** Bytes of header fields, and of trailer fields, of one message. */
export const FIELD_BYTES_MAX = 65_536;
/** Bytes of one line that has not ended, beyond which nobody waits for its end. */
const LINE_BYTES_MAX = 65_536;

/** What the library does not declare. */
interface Internals {
  line: string;
  state: string;
  isChunked: boolean;
  consumeLine(): string | undefined;
}

type Parser = InstanceType<typeof HTTPParser>;
type HeadInfo = Parameters<Parser['onHeadersComplete']>[0];

/** RFC 9110 §5.1, §5.5: a token, a colon, no white space between; visible characters, space and tab. */
const FIELD_LINE = /^([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[ \t]*((?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)[ \t]*$/;
/** RFC 9112 §7.1: up to 13 hexadecimal digits stay exact numbers; extensions are ignored. */
const CHUNK_HEAD = /^[0-9A-Fa-f]{1,13}[ \t]*(?:;.*)?$/;
const DIGITS = /^\d{1,15}$/;

/** Octets as the library reads them: it calls `toString` and `slice` of Node's Buffer, and nothing else. */
class Octets extends Uint8Array<ArrayBufferLike> {
  override toString(_encoding = 'latin1', start = 0, end = this.length): string {
    let text = '';
    for (let at = start; at < end; at += 4096) {
      text += String.fromCharCode(...this.subarray(at, Math.min(end, at + 4096)));
    }
    return text;
  }

  // Bodies are handed on as views, as a Buffer does.
  override slice(start = 0, end = this.length): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.buffer as ArrayBuffer, this.byteOffset + start, end - start);
  }

  // `subarray` of a Uint8Array subclass makes that subclass; a plain one is cheaper.
  static get [Symbol.species](): typeof Uint8Array {
    return Uint8Array;
  }
}

interface PlatformBuffer {
  from(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array;
}

/** Where there is one, it reads text several times faster than JavaScript can. */
const { Buffer: Platform } = globalThis as { readonly Buffer?: PlatformBuffer };

function libraryOctets(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array {
  return Platform === undefined ? new Octets(buffer, offset, length) : Platform.from(buffer, offset, length);
}

// Field values are octets, and the library counts whole calls as head: fields and lines are counted below.
HTTPParser.encoding = 'latin1';
HTTPParser.maxHeaderSize = Number.MAX_SAFE_INTEGER;

/** Parses the messages of one direction of one connection. */
export class MessageParser {
  private readonly kind: 'request' | 'response';
  private readonly handler: MessageHandler;
  private readonly parser: Parser;
  private readonly internals: Internals;
  private fieldBytes = 0;

  constructor(kind: 'request' | 'response', handler: MessageHandler) {
    this.kind = kind;
    this.handler = handler;
    this.parser = new HTTPParser(kind === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE);
    this.internals = this.parser as unknown as Internals;
    this.parser.parseHeader = (line, fields) => this.field(line, fields);
    this.parser[HTTPParser.kOnHeadersComplete] = (info) => (this.head(info) ? 1 : 0);
    this.parser[HTTPParser.kOnBody] = ({ buffer, byteOffset, length }) =>
      // A Buffer's `slice` would be no copy: nobody is to be surprised by it.
      this.handler.onBody(new Uint8Array(buffer, byteOffset, length));
    this.parser[HTTPParser.kOnMessageComplete] = () => {
      this.fieldBytes = 0;
      this.handler.onEnd();
    };
    const { consumeLine } = this.internals;
    this.internals.consumeLine = () => this.checkLine(consumeLine.call(this.parser));
  }

  /** A message has begun whose end has not come. */
  get isWithin(): boolean {
    const { line, state } = this.internals;
    return line !== '' || (state !== 'REQUEST_LINE' && state !== 'RESPONSE_LINE');
  }

  /** @throws HttpError when the octets are no HTTP/1.1; the parser is of no use then */
  execute(bytes: Uint8Array, offset = 0, length = bytes.length - offset): void {
    const octets = libraryOctets(bytes.buffer, bytes.byteOffset + offset, length);
    this.check(this.parser.execute(octets as Parameters<Parser['execute']>[0]));
    if (this.internals.line.length > LINE_BYTES_MAX) throw new HttpError(431, 'a line is too long');
  }

  /** No more octets. @throws HttpError when a message was cut short */
  finish(): void {
    if (this.internals.line !== '') throw new HttpError(400, 'the connection ended in the middle of a message');
    this.check(this.parser.finish());
  }

  private check(result: unknown): void {
    if (!(result instanceof Error)) return;
    if (result instanceof HttpError) throw result;
    const code = (result as { readonly code?: string }).code;
    throw new HttpError(400, `not HTTP/1.1: ${code ?? result.message}`);
  }

  private checkLine(line: string | undefined): string | undefined {
    if (line === undefined) return line;
    if (this.internals.state === 'BODY_CHUNKHEAD' && !CHUNK_HEAD.test(line)) {
      throw new HttpError(400, `'${line.slice(0, 40)}' is no chunk size`);
    }
    return line;
  }

  private field(line: string, fields: string[]): void {
    this.fieldBytes += line.length + 2;
    if (this.fieldBytes > FIELD_BYTES_MAX) throw new HttpError(431, 'the header fields are too large');
    // RFC 9112 §5.1, §5.2: neither white space before the colon nor folded lines.
    const match = FIELD_LINE.exec(line);
    if (match === null) throw new HttpError(400, `'${line.slice(0, 40)}' is no header field`);
    fields.push(match[1] ?? '', match[2] ?? '');
  }

  private head(info: HeadInfo): boolean {
    if (info.versionMajor !== 1) throw new HttpError(505, `HTTP/${info.versionMajor} is not spoken here`);
    const line = {
      method: this.kind === 'request' ? (HTTPParser.methods[info.method] ?? '') : '',
      target: info.url ?? '',
      status: info.statusCode ?? 0,
      statusText: info.statusMessage ?? '',
      minorVersion: info.versionMinor,
    };
    const head = new MessageHead(line, info.headers);
    this.checkFraming(head);
    // RFC 9110 §7.8: an upgrade may be ignored; then the message has its body like any other.
    this.internals.isChunked = head.transferEncoding !== null;
    info.upgrade = false;
    const hasNoBody = this.handler.onHead(head);
    // RFC 9112 §6.3: whatever length such a response names, it is another one's.
    return hasNoBody || (this.kind === 'response' && isBodyless(head.status));
  }

  /** RFC 9112 §6: the ways in which the length of a body can be told, one at a time. */
  private checkFraming({ transferEncoding: coding, contentLength: length, host, minorVersion }: MessageHead): void {
    if (coding !== null) {
      if (coding.toLowerCase() !== 'chunked') throw new HttpError(501, `transfer coding '${coding}' is not known`);
      if (length !== null) throw new HttpError(400, 'both Transfer-Encoding and Content-Length');
      if (minorVersion === 0) throw new HttpError(400, 'Transfer-Encoding in HTTP/1.0');
    }
    if (length !== null && !DIGITS.test(length)) throw new HttpError(400, `Content-Length '${length}' is no length`);
    // RFC 9112 §3.2: exactly one Host. Several are joined by commas, which no host name contains.
    if (this.kind === 'request' && minorVersion >= 1 && (host === null || host.includes(','))) {
      throw new HttpError(400, 'a request has exactly one Host');
    }
  }
}
