/**
 * A Response whose body is at hand. The platform's makes a stream of any body, which `serve` then has to read, and that takes longer
 * than everything else about a request.
 */
import { octetsOf } from './octets.ts';
import { standIn } from './stand-in.ts';

type Given = ConstructorParameters<typeof Response>;
type GivenBody = NonNullable<Given[0]> | null;
type Field = readonly [name: string, value: string];
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
  readonly #body: Uint8Array<ArrayBuffer> | null;
  /** Fields as they were given, until somebody wants a Headers of them. */
  readonly #fields: Field[];
  #headers: Headers | null;
  #response: Response | null = null;

  constructor(body: GivenBody = null, init: ResponseInit = {}) {
    prepare();
    const { status = 200, statusText = '', headers } = init;
    this.#status = status;
    this.#statusText = statusText;
    const fields = plainFields(headers);
    this.#headers = fields === null ? new Headers(headers) : null;
    this.#fields = fields ?? [];
    this.#body = octetsOfBody(body);
    if (typeof body === 'string') this.addType('text/plain;charset=UTF-8');
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
    if (this.#response !== null) return this.#response.headers;
    this.#headers ??= new Headers(this.#fields.map(([name, value]): [string, string] => [name, value]));
    return this.#headers;
  }

  static json(data: unknown, init: ResponseInit = {}): WaitingResponse {
    const headers = new Headers(init.headers);
    if (!headers.has('content-type')) headers.append('content-type', 'application/json');
    const text: string | undefined = JSON.stringify(data);
    if (text === undefined) throw new TypeError('this value has no JSON');
    return new WaitingResponse(text, { ...init, headers });
  }

  static fieldsOf(response: object): Iterable<Field> {
    const hasOwn = #body in response && response.#response === null && response.#headers === null;
    return hasOwn ? response.#fields : (response as Response).headers;
  }

  /** What it says, as octets; null when they are not at hand: no such response, a stream, or somebody has begun to read. */
  static octetsOf(response: object): Uint8Array | null {
    return #body in response && response.#response === null ? response.#body : null;
  }

  static made(waiting: WaitingResponse): Response {
    waiting.#response ??= new Response(waiting.#body, {
      status: waiting.#status,
      statusText: waiting.#statusText,
      headers: waiting.headers,
    });
    return waiting.#response;
  }

  /** The type of a body of text, unless another was given. */
  private addType(type: string): void {
    if (this.#headers === null) {
      if (!this.#fields.some(([name]) => name === 'content-type')) this.#fields.push(['content-type', type]);
    } else if (!this.#headers.has('content-type')) this.#headers.append('content-type', type);
  }
}

/** Same arguments and results as `Response`; a body of text or octets reaches the connection without a stream. */
export const HttpResponse = WaitingResponse as unknown as HttpResponseConstructor;

/** The octets of a response's body where they are at hand, null otherwise. */
export function octetsAtHand(response: Response): Uint8Array | null {
  return WaitingResponse.octetsOf(response);
}

/** A response's fields, names in small letters. */
export function fieldsOf(response: Response): Iterable<Field> {
  return WaitingResponse.fieldsOf(response);
}

const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
/** No white space at the ends: the platform would take it off. */
const VALUE = /^(?:[\x21-\x7e](?:[\t\x20-\x7e]*[\x21-\x7e])?)?$/;
const PLAIN_TEXT = /^[\t\x20-\x7e]*$/;
/** Statuses without a body: it is an error to give one. */
const BODYLESS: ReadonlySet<number> = new Set([204, 205, 304]);

let isPrepared = false;

function prepare(): void {
  if (isPrepared) return;
  isPrepared = true;
  standIn(WaitingResponse, Response, new Response(), WaitingResponse.made);
}

/** The fields of an ordinary object, where nothing about them is unusual; null: the platform is to look at them. */
function plainFields(given: GivenHeaders): Field[] | null {
  const fields: Field[] = [];
  if (given === undefined) return fields;
  if (given instanceof Headers || Symbol.iterator in given) return null;
  for (const key of Object.keys(given)) {
    const name = key.toLowerCase();
    const value = given[key];
    const isPlain = typeof value === 'string' && TOKEN.test(key) && VALUE.test(value);
    if (!isPlain || fields.some(([other]) => other === name)) return null;
    fields.push([name, value]);
  }
  return fields;
}

/** A copy of what octets are given, null for anything else. */
function octetsOfBody(body: GivenBody): Uint8Array<ArrayBuffer> | null {
  if (typeof body === 'string') return encoder.encode(body);
  if (body instanceof ArrayBuffer || ArrayBuffer.isView(body)) return new Uint8Array(octetsOf(body));
  return null;
}
