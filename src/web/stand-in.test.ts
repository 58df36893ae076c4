/** What stands for a Request or a Response of the platform is one, as far as programs can see. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Network } from '../sim/index.ts';
import { octetsAtHand } from './http-response.ts';
import { createConnect, createFetch, HttpResponse, type ServeHandler, serve } from './index.ts';
import { type RequestParts, servedRequest } from './served-request.ts';

afterEach(() => vi.restoreAllMocks());

const text = (bytes: Uint8Array | null) => (bytes === null ? null : new TextDecoder().decode(bytes));

function parts(rest: RequestInit = {}): RequestParts & { made: number } {
  const headers = new Headers([['x-a', '1']]);
  return {
    method: 'POST',
    url: 'http://h/path?q',
    headers,
    made: 0,
    rest() {
      this.made++;
      return rest;
    },
  };
}

describe('the Request of a handler', () => {
  it('is none of the platform until somebody asks for more than method, URL and fields', () => {
    const source = parts();
    const request = servedRequest(source);
    expect(request).toBeInstanceOf(Request);
    expect([request.method, request.url, request.headers.get('x-a')]).toEqual(['POST', 'http://h/path?q', '1']);
    expect(Object.prototype.toString.call(request)).toBe('[object Request]');
    expect(request.constructor).toBe(Request);
    expect(source.made).toBe(0);
    expect([request.mode, request.redirect, request.bodyUsed]).toEqual(['cors', 'follow', false]);
    expect(request.signal).toBe(request.signal);
    expect(source.made).toBe(1);
  });

  it('has every property a Request has', () => {
    const request = servedRequest(parts());
    const names = Object.getOwnPropertyNames(Request.prototype).filter((name) => name !== 'constructor');
    const other = new Request('http://h/path?q', { method: 'POST' });
    for (const name of names as (keyof Request)[]) expect(typeof request[name], name).toBe(typeof other[name]);
  });

  it('is read, cloned and made another of', async () => {
    const control = new AbortController();
    const init = { body: 'the body', signal: control.signal };
    expect(await servedRequest(parts(init)).text()).toBe('the body');
    const request = servedRequest(parts(init));
    const copy = request.clone();
    expect([await copy.text(), await request.text(), request.bodyUsed]).toEqual(['the body', 'the body', true]);
    const other = new Request(servedRequest(parts(init)), { headers: { 'x-b': '2' } });
    expect([other.method, other.url, await other.text()]).toEqual(['POST', 'http://h/path?q', 'the body']);
    expect([...other.headers]).toEqual(expect.arrayContaining([['x-b', '2']]));
    const follower = new Request(servedRequest(parts(init)));
    expect(follower.headers.get('x-a')).toBe('1');
    control.abort(new Error('enough'));
    expect(follower.signal.aborted).toBe(true);
  });

  it('is the platform’s from the first where the platform takes nothing else', async () => {
    class Strict extends Request {
      readonly #mine = true;

      constructor(...[input, init]: ConstructorParameters<typeof Request>) {
        if (input instanceof Request && !(#mine in input && input.#mine)) throw new TypeError('no Request of mine');
        super(input, init);
      }
    }
    vi.stubGlobal('Request', Strict);
    // The module looks once: this is another one of the same source.
    const again = './served-request.ts?again';
    const fresh = (await import(again)) as typeof import('./served-request.ts');
    const source = parts({ body: 'the body' });
    const request = fresh.servedRequest(source);
    vi.unstubAllGlobals();
    expect(source.made).toBe(1);
    expect([request.method, request.headers.get('x-a'), await request.text()]).toEqual(['POST', '1', 'the body']);
  });
});

describe('HttpResponse', () => {
  it('has its octets at hand until somebody else has them', async () => {
    const response = new HttpResponse('données', { status: 201, headers: { 'x-a': '1' } });
    expect(response).toBeInstanceOf(Response);
    expect([response.status, response.statusText, response.ok]).toEqual([201, '', true]);
    expect([...response.headers]).toEqual([
      ['content-type', 'text/plain;charset=UTF-8'],
      ['x-a', '1'],
    ]);
    expect(text(octetsAtHand(response))).toBe('données');
    expect([response.type, response.url, response.redirected]).toEqual(['default', '', false]);
    expect(octetsAtHand(response)).toBe(null);
    expect(await response.clone().text()).toBe('données');
    expect(await response.text()).toBe('données');
    expect(response.bodyUsed).toBe(true);
    expect(octetsAtHand(new Response('other'))).toBe(null);
  });

  it('takes a copy of octets, of whatever view', () => {
    const bytes = Uint8Array.of(1, 2, 3, 4);
    const given = [bytes, bytes.buffer, new DataView(bytes.buffer, 1, 2), Buffer.from(bytes)];
    const responses = given.map((body) => new HttpResponse(body));
    bytes.fill(9);
    expect(responses.map((response) => [...(octetsAtHand(response) ?? [])])).toEqual([
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [2, 3],
      [1, 2, 3, 4],
    ]);
  });

  it.each([
    ['a status that is none', ['', { status: 99 }]],
    ['a status that can have no body', ['x', { status: 204 }]],
    ['a text that no status line takes', ['', { statusText: 'a\nb' }]],
    ['a field that is none', ['', { headers: { 'a b': 'c' } }]],
    ['a value that is none', ['', { headers: { a: 'b\nc' } }]],
  ] as const)('throws as Response does: %s', (_, given) => {
    const [body, init] = given;
    const made = (maker: typeof Response | typeof HttpResponse) => {
      try {
        new maker(body, init);
        return null;
      } catch (error) {
        return (error as Error).constructor;
      }
    };
    expect(made(Response)).not.toBe(null);
    expect(made(HttpResponse)).toBe(made(Response));
  });

  it.each([
    [() => new URLSearchParams({ a: 'b c' }), 'a=b+c'],
    [() => new Blob(['blob'], { type: 'x/y' }), 'blob'],
    [() => new Blob(['stream']).stream(), 'stream'],
    [() => null, ''],
  ])('is an ordinary one for other bodies: %s', async (body, words) => {
    const [ours, platform] = [new HttpResponse(body()), new Response(body())];
    expect([...ours.headers]).toEqual([...platform.headers]);
    expect(await ours.text()).toBe(words);
  });

  it('json', async () => {
    const response = HttpResponse.json({ a: 1 }, { status: 202 });
    expect([response.status, response.headers.get('content-type')]).toEqual([202, 'application/json']);
    expect(await response.json()).toEqual({ a: 1 });
    expect(() => HttpResponse.json(undefined)).toThrow(TypeError);
  });
});

describe('serve', () => {
  function site(handler: ServeHandler) {
    const network = new Network({ seed: 5 });
    const [client, server] = [network.host('client'), network.host('server')];
    network.link(client, server, { delayMs: 2 });
    serve(server, { port: 80 }, handler);
    return { fetch: createFetch(client), connect: () => createConnect(client)('server:80', { allowHalfOpen: true }) };
  }

  it('sends an HttpResponse as it sends a Response', async () => {
    const make = (url: string): Response => {
      const maker = url.includes('ours') ? HttpResponse : Response;
      return new maker('words', { status: 203, statusText: 'Odd', headers: { 'x-a': '1', 'content-length': '5' } });
    };
    const { fetch } = site(({ url }) => make(url));
    const seen = [];
    for (const path of ['ours', 'platform']) {
      for (const method of ['GET', 'HEAD']) {
        const response = await fetch(`http://server/${path}`, { method });
        const fields = [...response.headers].filter(([name]) => name !== 'date');
        seen.push([method, response.status, response.statusText, fields, await response.text()]);
      }
    }
    expect(seen.slice(0, 2)).toEqual(seen.slice(2));
    expect(seen[0]?.[4]).toBe('words');
  });

  it('does not send a length that is not the body’s, nor a body somebody reads', async () => {
    const failures: unknown[] = [];
    const locked = new Response('x');
    locked.body?.getReader();
    const answers = [
      new HttpResponse('four', { headers: { 'content-length': '5' } }),
      new Response(null, { headers: { 'content-length': '5' } }),
      locked,
      'no response' as unknown as Response,
    ];
    const network = new Network({ seed: 5 });
    const [client, server] = [network.host('client'), network.host('server')];
    network.link(client, server, { delayMs: 2 });
    const onError = (error: unknown) => {
      failures.push(error);
      return new Response('failed', { status: 500 });
    };
    serve(server, { port: 80, onError }, () => answers.shift() ?? new Response());
    const fetch = createFetch(client);
    for (let turn = 0; turn < 4; turn++) expect((await fetch('http://server/')).status).toBe(500);
    expect(failures.map(String)).toEqual([
      expect.stringMatching(/4 octets, its Content-Length says 5/),
      expect.stringMatching(/0 octets, its Content-Length says 5/),
      expect.stringMatching(/somebody else reads/),
      expect.stringMatching(/returns a Response/),
    ]);
  });

  it('aborts the signal of a request whose client goes, though nobody asked for it before', async () => {
    const seen: Request[] = [];
    const { connect } = site((request) => {
      seen.push(request);
      return new Promise(() => {});
    });
    const socket = connect();
    const writer = socket.writable.getWriter();
    await writer.write(new TextEncoder().encode('GET / HTTP/1.1\r\nHost: h\r\n\r\n'));
    await expect.poll(() => seen.length).toBe(1);
    await writer.abort(new Error('gone'));
    await expect.poll(() => seen[0]?.signal.aborted).toBe(true);
  });

  it('tells a client to continue when its body is passed on, before the answer begins', async () => {
    const { connect } = site((request) => new Response(request.body?.pipeThrough(new TransformStream())));
    const socket = connect();
    const writer = socket.writable.getWriter();
    const fields = 'Host: h\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n';
    await writer.write(new TextEncoder().encode(`PUT / HTTP/1.1\r\n${fields}`));
    const answer = new Response(socket.readable).text();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await writer.write(new TextEncoder().encode('hi'));
    expect(await answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*2\r\nhi\r\n0\r\n\r\n$/);
  });
});
