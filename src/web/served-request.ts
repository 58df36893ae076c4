/**
 * The Request a handler is given. Most handlers look at method, URL and fields only, and the platform's object with its abort signal
 * costs more than the rest of a request: it is made when something else of it is asked for.
 */
import { standIn } from './stand-in.ts';

/** What a Request is made of. */
export interface RequestParts {
  readonly method: string;
  readonly url: string;
  readonly headers: Headers;
  /** Signal, and body where there is one. */
  rest(): RequestInit;
}

/** A Request of these parts; made now where the platform would notice if it were made later. */
export function servedRequest(parts: RequestParts): Request {
  canWait ??= isTaken();
  return canWait ? (new WaitingRequest(parts) as unknown as Request) : made(parts);
}

/** Null: nobody has looked yet. */
let canWait: boolean | null = null;

function made(parts: RequestParts): Request {
  const { method, url, headers } = parts;
  const request = new Request(url, { method, headers, ...parts.rest() });
  // Browsers take Host, Cookie and others out of what the constructor is given.
  Object.defineProperty(request, 'headers', { value: headers, configurable: true, enumerable: true });
  return request;
}

class WaitingRequest {
  readonly #parts: RequestParts;
  #request: Request | null = null;

  constructor(parts: RequestParts) {
    this.#parts = parts;
  }

  get method(): string {
    return this.#parts.method;
  }

  get url(): string {
    return this.#parts.url;
  }

  get headers(): Headers {
    return this.#parts.headers;
  }

  static made(waiting: WaitingRequest): Request {
    waiting.#request ??= made(waiting.#parts);
    return waiting.#request;
  }
}

/**
 * Whether the platform takes one that waits for its own, alone and with changes: Node 20 does. Where it looks into private fields it
 * does not, and Bun reads a few properties of whatever it is given.
 */
function isTaken(): boolean {
  const url = 'http://probe/';
  const headers = new Headers([['x-probe', 'yes']]);
  standIn(WaitingRequest, Request, new Request(url), WaitingRequest.made);
  const probe = new WaitingRequest({ url, method: 'PUT', headers, rest: () => ({}) }) as unknown as Request;
  try {
    const copies = [new Request(probe), new Request(probe, { headers })];
    return copies.every((copy) => copy.url === url && copy.method === 'PUT' && copy.headers.get('x-probe') === 'yes');
  } catch {
    return false;
  }
}
