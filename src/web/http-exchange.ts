/** One request and its response on a connection (RFC 9112), both bodies streaming at the same time. */
import { Deferred } from './deferred.ts';
import { MessageBody } from './http-body.ts';
import { HttpError } from './http-error.ts';
import type { MessageHead } from './http-head.ts';
import type { ClientConnection } from './http-pool.ts';
import { announcedLength, type Framing, headOctets } from './http-writer.ts';

/** A request as it goes out. */
export interface Outgoing {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  /** Octets can be sent again, a stream cannot. */
  readonly body: Uint8Array | ReadableStream<Uint8Array> | null;
  readonly signal: AbortSignal;
}

/** How long to wait for `100 Continue` of a server that may not know it (RFC 9110 §10.1.1), milliseconds. */
const CONTINUE_WAIT_MS = 1000;
/** Interim responses before the one that counts. */
const INTERIM_MAX = 32;
/** A response of this many octets whose body nobody reads holds neither its connection nor the program. */
const READ_AHEAD = 16_384;

export class Exchange {
  private readonly used: ClientConnection;
  private readonly request: Outgoing;
  private readonly release: (isReusable: boolean) => void;
  private readonly mayContinue = new Deferred<boolean>();
  private isCutShort = false;
  private isUploaded = false;

  /** @param release called once, when both bodies are through or the connection is spoilt */
  constructor(used: ClientConnection, request: Outgoing, release: (isReusable: boolean) => void) {
    this.used = used;
    this.request = request;
    this.release = release;
    // A body that fails on our side ends the exchange; reading then fails with the same error.
    this.send().then(
      () => {
        this.isUploaded = true;
      },
      (error) => {
        if (used.connection.error === null) used.connection.abort(error);
      },
    );
  }

  /** The final response's head and body. @throws HttpError, the connection's failure, the abort reason */
  async response(): Promise<{ readonly head: MessageHead; readonly body: MessageBody }> {
    const { reader, connection } = this.used;
    reader.isAnswerToHead = this.request.method === 'HEAD';
    const head = await this.finalHead();
    this.mayContinue.resolve(false);
    // An answer that is complete before the request: the server does not want the rest.
    const finish = () => this.release(head.keepsAlive && this.isUploaded && !this.isCutShort);
    const body = new MessageBody(reader, {
      readAhead: READ_AHEAD,
      onEnd: finish,
      onCancel: (reason) => {
        connection.close(reason instanceof Error ? reason : new Error('the response body was cancelled'));
        this.release(false);
      },
    });
    return { head, body };
  }

  private async finalHead(): Promise<MessageHead> {
    const { reader } = this.used;
    for (let interim = 0; interim < INTERIM_MAX; interim++) {
      const head = await reader.nextHead();
      if (head === null) throw new HttpError(502, 'the server ended the connection without an answer');
      if (head.status >= 200) return head;
      if (head.status === 101) throw new HttpError(502, 'the server switches to a protocol nobody asked for');
      await reader.nextBody();
      if (head.status === 100) this.mayContinue.resolve(true);
    }
    throw new HttpError(502, `more than ${INTERIM_MAX} interim responses`);
  }

  private async send(): Promise<void> {
    const { used, request } = this;
    const { url, method, headers, body } = request;
    await used.connection.opened;
    const announced = announcedLength(headers);
    const framing: Framing =
      body === null ? 'none' : body instanceof Uint8Array || announced !== null ? 'length' : 'chunked';
    const extra: [string, string][] = [];
    if (framing === 'chunked') extra.push(['transfer-encoding', 'chunked']);
    else if (announced === null && body instanceof Uint8Array) extra.push(['content-length', String(body.length)]);
    else if (body === null && /^(?:POST|PUT|PATCH)$/.test(method)) extra.push(['content-length', '0']);
    const line = `${method} ${url.pathname}${url.search} HTTP/1.1\r\nhost: ${url.host}`;
    await used.writer.write(headOctets(line, headers, extra));
    if (body === null) return;
    if (/^100-continue$/i.test(headers.get('expect') ?? '') && !(await this.mayGoOn())) {
      this.isCutShort = true;
      if (!(body instanceof Uint8Array)) await body.cancel();
      return;
    }
    if (body instanceof Uint8Array) await used.writer.write(body);
    else await used.writer.body(body, framing, announced ?? 0);
  }

  private mayGoOn(): Promise<boolean> {
    const timer = setTimeout(() => this.mayContinue.resolve(true), CONTINUE_WAIT_MS);
    return this.mayContinue.promise.finally(() => clearTimeout(timer));
  }
}
