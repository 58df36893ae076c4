/** A request and its answer in the shapes of the web: a Request for the handler, its Response for the connection. */
import { Deferred } from './deferred.ts';
import { endpointText } from './host.ts';
import { MessageBody } from './http-body.ts';
import { HttpError } from './http-error.ts';
import { hasToken, type MessageHead } from './http-head.ts';
import type { NetAddr } from './http-listener.ts';
import { fieldsOf, octetsAtHand } from './http-response.ts';
import { copyBody, HOP_FIELDS, lengthOf } from './http-writer.ts';
import type { ServeHandler, ServeHandlerInfo } from './serve-handler.ts';
import { type RequestParts, servedRequest } from './served-request.ts';
import type { Answer, Turn, TurnListener } from './server-turn.ts';
import { targetUrl } from './target-url.ts';

/** Methods no Request can be made with (Fetch §2.2.1). */
const FORBIDDEN: ReadonlySet<string> = new Set(['CONNECT', 'TRACE', 'TRACK']);

/** What a server answers with. */
export interface Answerers {
  readonly handler: ServeHandler;
  readonly onError: (error: unknown) => Response | Promise<Response>;
}

/** Lets the handler answer. */
export function answerInWeb(turn: Turn, answerers: Answerers): void {
  if (FORBIDDEN.has(turn.head.method)) {
    turn.answer({ status: 501, fields: '', length: 0 }, null);
    return;
  }
  try {
    new WebTurn(turn, answerers, urlOf(turn)).run();
  } catch (error) {
    if (error instanceof HttpError) turn.refuse(error);
    else turn.abort(error);
  }
}

class WebTurn implements TurnListener, RequestParts, ServeHandlerInfo {
  readonly url: string;
  private readonly turn: Turn;
  private readonly answerers: Answerers;
  /** Its signal follows ours only as long as somebody has it. */
  private readonly request: Request;
  private body: MessageBody | null = null;
  private control: AbortController | null = null;
  private completing: Deferred<void> | null = null;
  private isCompleted = false;
  private hasFailed = false;
  private source: ReadableStreamDefaultReader<Uint8Array> | null = null;

  constructor(turn: Turn, answerers: Answerers, url: string) {
    this.turn = turn;
    this.answerers = answerers;
    this.url = url;
    this.request = servedRequest(this);
    turn.listener = this;
  }

  run(): void {
    this.take(() => this.answerers.handler(this.request, new Info(this)));
  }

  // --- for the Request ---

  get method(): string {
    return this.turn.head.method;
  }

  get headers(): Headers {
    return this.turn.head.headers;
  }

  rest(): RequestInit {
    this.control ??= new AbortController();
    if (this.turn.loss !== null) this.control.abort(this.turn.loss.error);
    const { signal } = this.control;
    const { method, hasBody } = this.turn.head;
    // The Fetch standard knows no GET or HEAD with a body: it is read and thrown away.
    if (!hasBody || method === 'GET' || method === 'HEAD') return { signal };
    this.body ??= new MessageBody(this.turn, {});
    return { signal, body: this.body.stream, duplex: 'half' } as RequestInit;
  }

  // --- for the handler's info ---

  get remoteAddr(): NetAddr {
    const { remoteAddress, remotePort } = this.turn.socket;
    return { transport: 'tcp', hostname: remoteAddress, port: remotePort };
  }

  get completed(): Promise<void> {
    if (this.completing === null) {
      this.completing = new Deferred();
      if (this.isCompleted) this.completing.resolve();
      else if (this.turn.loss !== null) this.completing.reject(this.turn.loss.error);
    }
    return this.completing.promise;
  }

  // --- for the turn ---

  turnCompleted(): void {
    this.isCompleted = true;
    this.completing?.resolve();
  }

  turnLost(error: unknown): void {
    // The program learns that nobody waits for its answer any more, nor for the rest of it.
    this.completing?.reject(error);
    this.control?.abort(error);
    this.source?.cancel(error).catch(() => {});
  }

  // --- the answer ---

  private take(ask: () => Response | Promise<Response>): void {
    try {
      const answer = ask();
      if (answer instanceof Response) this.respond(answer);
      else
        Promise.resolve(answer)
          .then((later) => this.respond(later))
          .catch((error) => this.failed(error));
    } catch (error) {
      this.failed(error);
    }
  }

  /** The handler has, or what it returned is no response; a second time the connection is given up. */
  private failed(error: unknown): void {
    if (this.hasFailed || this.turn.hasBegun) {
      this.turn.abort(error);
      return;
    }
    this.hasFailed = true;
    this.take(() => this.answerers.onError(error));
  }

  /** @throws TypeError for what cannot be sent */
  private respond(response: Response): void {
    const { turn } = this;
    if (!(response instanceof Response)) throw new TypeError('a handler returns a Response, or a promise of one');
    const octets = octetsAtHand(response);
    if (octets !== null) {
      this.answered(response, octets);
      return;
    }
    checkUsable(response);
    const { body } = response;
    if (turn.loss !== null) {
      body?.cancel(turn.loss.error).catch(() => {});
      return;
    }
    const answer = answerOf(response, turn.head, body === null ? 0 : null);
    this.wantBody();
    const sendsBody = turn.begin(answer);
    if (sendsBody && body !== null) {
      this.send(body.getReader(), answer.length);
      return;
    }
    body?.cancel().catch(() => {});
    turn.end();
  }

  private answered(response: Response, octets: Uint8Array): void {
    const answer = answerOf(response, this.turn.head, octets.length);
    this.wantBody();
    this.turn.answer(answer, octets);
  }

  /** Whoever answers while the request's body is being read will not end before it has come. */
  private wantBody(): void {
    if (this.body?.isLocked === true) this.turn.wantBody();
  }

  private send(source: ReadableStreamDefaultReader<Uint8Array>, length: number | null): void {
    const { turn } = this;
    this.source = source;
    copyBody(source, length, (octets) => turn.write(octets)).then(
      () => {
        this.source = null;
        turn.end();
      },
      // Half a response must not pass for a whole one.
      (error) => turn.abort(error),
    );
  }
}

/** What a handler is told. */
class Info implements ServeHandlerInfo {
  private readonly of: ServeHandlerInfo;

  constructor(of: ServeHandlerInfo) {
    this.of = of;
  }

  get remoteAddr(): NetAddr {
    return this.of.remoteAddr;
  }

  get completed(): Promise<void> {
    return this.of.completed;
  }
}

/** @param known octets of the body, null where its end will tell. @throws TypeError when its Content-Length is another, or none */
function answerOf(response: Response, head: MessageHead, known: number | null): Answer {
  const { status, statusText } = response;
  let fields = '';
  let hasDate = false;
  let closes = false;
  let announced: number | null = null;
  for (const [name, value] of fieldsOf(response)) {
    if (name === 'content-length') announced = lengthOf(value);
    else if (name === 'connection') closes = hasToken(value, 'close');
    else if (!HOP_FIELDS.has(name)) {
      hasDate ||= name === 'date';
      fields += `${name}: ${value}\r\n`;
    }
  }
  // Answers to HEAD and status 304 speak of a body that does not come.
  const isOfAnother = head.method === 'HEAD' || status === 304;
  const length = isOfAnother && !known ? announced : (known ?? announced);
  if (!isOfAnother && announced !== null && announced !== length) {
    throw new TypeError(`the body has ${length} octets, its Content-Length says ${announced}`);
  }
  return { status, statusText, fields, hasDate, closes, length };
}

/** @throws TypeError for what cannot be sent */
function checkUsable(response: Response): void {
  if (response.status < 200) throw new TypeError(`a handler returned status ${response.status}: no response to send`);
  if (response.bodyUsed) throw new TypeError('a handler returned a Response whose body was read before');
  if (response.body?.locked) throw new TypeError('a handler returned a Response whose body somebody else reads');
}

/** @throws HttpError when there is none */
function urlOf({ head, socket }: Turn): string {
  return targetUrl(head.target, head.host || endpointText(socket.localAddress, socket.localPort));
}
