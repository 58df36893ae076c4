/**
 * A Response whose body is at hand. The platform's makes a stream of any body, which `serve` then has to read, and that takes longer
 * than everything else about a request.
 */
import { octetsOf } from './octets.ts';
import { standIn } from './stand-in.ts';

type Given = ConstructorParameters<typeof Response>;
type GivenBody = NonNullable<Given[0]> | null;
type GivenHeaders = ConstructorParameters<typeof Headers>[0];

/** The constructor of `Response` in type. */
export interface HttpResponseConstructor {
  /** @throws as Response's */
  new (...given: Given): Response;
  /** @throws as Response.json */
  json(data: unknown, init?: ResponseInit): Response;
}

const encoder = new TextEncoder();

class WaitingResponse {
  readonly #status: number;
  readonly #statusText: string;
  readonly #headers: Headers;
  readonly #body: Uint8Array<ArrayBuffer> | null;
  #response: Response | null = null;

  constructor(body: GivenBody = null, init: ResponseInit = {}) {
    prepare();
    const { status = 200, statusText = '', headers } = init;
    this.#status = status;
    this.#statusText = statusText;
    this.#headers = headersOf(headers);
    this.#body = octetsOfBody(body);
    if (typeof body === 'string' && !this.#headers.has('content-type')) {
      this.#headers.append('content-type', 'text/plain;charset=UTF-8');
    }
    // What is unusual is the platform's to judge, now.
    const isSimple = (body === null) === (this.#body === null) && PLAIN_TEXT.test(statusText);
    const isPlain = Number.isInteger(status) && status >= 200 && status <= 599 && !BODYLESS.has(status);
    if (!isSimple || !isPlain) this.#response = new Response(body, init);
  }

  get status(): number {
    return this.#response?.status ?? this.#status;
  }

  get statusText(): string {
    return this.#response?.statusText ?? this.#statusText;
  }

  get ok(): boolean {
    return this.status >= 200 && this.status <= 299;
  }

  get headers(): Headers {
    return this.#response?.headers ?? this.#headers;
  }

  static json(data: unknown, init: ResponseInit = {}): WaitingResponse {
    const headers = headersOf(init.headers);
    if (!headers.has('content-type')) headers.append('content-type', 'application/json');
    const text: string | undefined = JSON.stringify(data);
    if (text === undefined) throw new TypeError('this value has no JSON');
    return new WaitingResponse(text, { ...init, headers });
  }

  /** What it says, as octets; null when they are not at hand: no such response, a stream, or somebody has begun to read. */
  static octetsOf(response: object): Uint8Array | null {
    return #body in response && response.#response === null ? response.#body : null;
  }

  static made(waiting: WaitingResponse): Response {
    waiting.#response ??= new Response(waiting.#body, {
      status: waiting.#status,
      statusText: waiting.#statusText,
      headers: waiting.#headers,
    });
    return waiting.#response;
  }
}

/** Same arguments and results as `Response`; a body of text or octets reaches the connection without a stream. */
export const HttpResponse = WaitingResponse as unknown as HttpResponseConstructor;

/** The octets of a response's body where they are at hand, null otherwise. */
export function octetsAtHand(response: Response): Uint8Array | null {
  return WaitingResponse.octetsOf(response);
}

const PLAIN_TEXT = /^[\t\x20-\x7e]*$/;
/** Statuses without a body: it is an error to give one. */
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);

let isPrepared = false;

function prepare(): void {
  if (isPrepared) return;
  isPrepared = true;
  standIn(WaitingResponse, Response, new Response(), WaitingResponse.made);
}

function headersOf(given: GivenHeaders): Headers {
  if (given === undefined || given instanceof Headers || Symbol.iterator in given) return new Headers(given);
  // Several times quicker than to give them all at once.
  const headers = new Headers();
  for (const [name, value] of Object.entries(given)) headers.append(name, String(value));
  return headers;
}

/** A copy of what octets are given, null for anything else. */
function octetsOfBody(body: GivenBody): Uint8Array<ArrayBuffer> | null {
  if (typeof body === 'string') return encoder.encode(body);
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new Uint8Array(octetsOf(body));
  return null;
}
