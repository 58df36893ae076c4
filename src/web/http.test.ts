/** fetch and serve over a simulated network: what the RFCs and the Fetch standard ask for, seen from both ends. */
import { describe, expect, it } from 'vitest';
import { Network } from '../sim/index.ts';
import {
  createConnect,
  createDirectSockets,
  createFetch,
  type ServeHandler,
  type ServeOptions,
  serve,
} from './index.ts';

function site(handler: ServeHandler, options: ServeOptions = {}) {
  const network = new Network({ seed: 5 });
  const client = network.host('client');
  const server = network.host('server');
  network.link(client, server, { delayMs: 2 });
  const running = serve(server, { port: 80, ...options }, handler);
  return { client, server, running, fetch: createFetch(client) };
}

/** Sends octets as they are and reads the answer to the end of the connection. */
async function raw(client: ReturnType<typeof site>['client'], words: string): Promise<string> {
  const socket = createConnect(client)('server:80', { allowHalfOpen: true });
  const writer = socket.writable.getWriter();
  await writer.write(new TextEncoder().encode(words));
  await writer.close();
  return new Response(socket.readable).text();
}

describe('fetch and serve', () => {
  it('carries method, target, fields and bodies both ways', async () => {
    const { fetch, running } = site(async (request, { remoteAddr }) => {
      const body = await request.text();
      const seen = [request.method, request.url, request.headers.get('x-seen'), body, remoteAddr.hostname];
      return Response.json(seen, { status: 201, headers: { 'x-answer': 'yes' } });
    });
    const response = await fetch('http://server/path?q=1', {
      method: 'POST',
      body: 'données',
      headers: { 'x-seen': '1' },
    });
    expect([response.status, response.statusText, response.url]).toEqual([201, 'Created', 'http://server/path?q=1']);
    expect(response.headers.get('x-answer')).toBe('yes');
    expect(response.headers.get('date')).toMatch(/^Thu, 01 Jan 2026 /);
    expect(await response.json()).toEqual(['POST', 'http://server/path?q=1', '1', 'données', '10.0.1.1']);
    await running.shutdown();
  });

  it('keeps neither connection nor program for a short body that nobody reads', async () => {
    const { fetch, running, client } = site(
      (request) => new Response('x'.repeat(request.url.endsWith('long') ? 1e5 : 1000)),
    );
    const ports = () => client.stack.tcp.connections.size;
    for (let turn = 0; turn < 3; turn++) {
      await fetch('http://server/');
      await new Promise((resolve) => setTimeout(resolve, 100));
      expect(ports()).toBe(1);
    }
    const long = await fetch('http://server/long');
    await fetch('http://server/');
    expect(ports()).toBe(2);
    await long.body?.cancel();
    fetch.close();
    await running.shutdown();
  });

  it('uses a connection again', async () => {
    const ports = new Set<number>();
    const { fetch } = site((_, { remoteAddr }) => {
      ports.add(remoteAddr.port);
      return new Response('x'.repeat(1000));
    });
    for (let turn = 0; turn < 5; turn++) expect((await (await fetch('http://server/')).text()).length).toBe(1000);
    expect(ports.size).toBe(1);
    await Promise.all([fetch('http://server/'), fetch('http://server/')]);
    expect(ports.size).toBe(2);
  });

  it('tries again on a new connection when the idle one is gone', async () => {
    const { fetch, server, running } = site(() => new Response('first'));
    await (await fetch('http://server/')).text();
    await running.shutdown();
    serve(server, { port: 80 }, () => new Response('second'));
    expect(await (await fetch('http://server/')).text()).toBe('second');
  });

  it('streams both ways at once', async () => {
    const { fetch } = site((request) => new Response(request.body?.pipeThrough(upperCase())));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    const response = await fetch('http://server/', { method: 'POST', body: readable, duplex: 'half' } as RequestInit);
    const writer = writable.getWriter();
    const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader();
    for (const word of ['one', 'two', 'three']) {
      await writer.write(new TextEncoder().encode(word));
      expect((await reader.read()).value).toBe(word.toUpperCase());
    }
    await writer.close();
    expect((await reader.read()).done).toBe(true);
  });

  it.each([
    ['HEAD', 200],
    ['GET', 204],
    ['GET', 304],
  ])('%s with status %i has no body, and the connection goes on', async (method, status) => {
    const ports = new Set<number>();
    const { fetch } = site((request, { remoteAddr }) => {
      ports.add(remoteAddr.port);
      return request.url.endsWith('/next')
        ? new Response('next')
        : new Response(status === 200 ? 'gone' : null, { status });
    });
    const response = await fetch('http://server/', { method });
    expect([response.status, await response.text()]).toEqual([status, '']);
    expect(await (await fetch('http://server/next')).text()).toBe('next');
    expect(ports.size).toBe(1);
  });

  it('follows redirects as the Fetch standard says', async () => {
    const { fetch } = site(async (request) => {
      const { pathname } = new URL(request.url);
      if (pathname === '/loop') return Response.redirect('http://server/loop', 302);
      if (pathname === '/end') return new Response(`${request.method} ${await request.text()}`);
      return new Response(null, { status: Number(pathname.slice(1)), headers: { location: '/end' } });
    });
    const post = { method: 'POST', body: 'data' };
    const seen = await Promise.all(
      ['/301', '/303', '/307', '/308'].map(async (path) => (await fetch(`http://server${path}`, post)).text()),
    );
    expect(seen).toEqual(['GET ', 'GET ', 'POST data', 'POST data']);
    const followed = await fetch('http://server/302');
    expect([followed.redirected, followed.url]).toEqual([true, 'http://server/end']);
    await expect(fetch('http://server/loop')).rejects.toThrow(/more than 20 redirects/);
    await expect(fetch('http://server/302', { redirect: 'error' })).rejects.toThrow(/redirects to/);
    expect((await fetch('http://server/302', { redirect: 'manual' })).status).toBe(302);
  });

  it('inflates what the server deflated', async () => {
    const { fetch } = site((request) => {
      expect(request.headers.get('accept-encoding')).toBe('gzip, deflate');
      const plain = new Blob(['plain '.repeat(1000)]).stream();
      return new Response(plain.pipeThrough(new CompressionStream('gzip')), {
        headers: { 'content-encoding': 'gzip' },
      });
    });
    expect(await (await fetch('http://server/')).text()).toBe('plain '.repeat(1000));
  });

  it('waits for 100 Continue before the body, and sends none when refused', async () => {
    const { client } = site(async (request) => {
      if (request.url.endsWith('/no')) return new Response('no', { status: 413 });
      return new Response(await request.text());
    });
    const fields = 'Host: server\r\nExpect: 100-continue\r\nConnection: close\r\nContent-Length: 2\r\n\r\n';
    const taken = await raw(client, `PUT /yes HTTP/1.1\r\n${fields}hi`);
    expect(taken).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n2\r\nhi\r\n0\r\n\r\n$/);
    expect(await raw(client, `PUT /no HTTP/1.1\r\n${fields}`)).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('as a client waits for 100 Continue too, and does not send what is not wanted', async () => {
    const { fetch } = site(async (request) => {
      if (request.url.endsWith('/no')) return new Response('no', { status: 413 });
      return new Response(await request.text());
    });
    const headers = { expect: '100-continue' };
    const taken = await fetch('http://server/yes', { method: 'PUT', headers, body: 'hi' });
    expect(await taken.text()).toBe('hi');
    let cancelled = false;
    const body = new ReadableStream({
      cancel: () => {
        cancelled = true;
      },
    });
    const refused = await fetch('http://server/no', { method: 'PUT', headers, body, duplex: 'half' } as RequestInit);
    expect([refused.status, await refused.text(), cancelled]).toEqual([413, 'no', true]);
  });

  it('gives up the rest of a request that was answered early', async () => {
    const { fetch } = site(() => new Response('early'));
    let cancelled = false;
    const body = new ReadableStream({
      pull: (controller) => controller.enqueue(new Uint8Array(50_000)),
      cancel: () => {
        cancelled = true;
      },
    });
    const response = await fetch('http://server/', { method: 'POST', body, duplex: 'half' } as RequestInit);
    expect(await response.text()).toBe('early');
    await expect.poll(() => cancelled).toBe(true);
    expect(await (await fetch('http://server/')).text()).toBe('early');
  });

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nshort', /ended in the middle|EOF/],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n', /no chunk size/],
    ['HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n', /both/],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', /switches/],
    ['HTTP/1.1 999 Odd\r\nContent-Length: 0\r\n\r\n', /fetch failed/],
    ['SSH-2.0-server\r\n', /not HTTP/],
    ['', /without an answer/],
  ])('a server that answers %j makes fetch fail clearly', async (answer, message) => {
    const network = new Network({ seed: 6 });
    const client = network.host('client');
    const server = network.host('server');
    network.link(client, server, { delayMs: 2 });
    const listener = new (createDirectSockets(server).TCPServerSocket)('::', { localPort: 80 });
    const connections = (await listener.opened).readable.getReader();
    (async () => {
      const { readable, writable } = (await (await connections.read()).value?.opened)!;
      const reader = readable.getReader();
      await reader.read();
      const writer = writable.getWriter();
      await writer.write(new TextEncoder().encode(answer));
      await writer.close();
    })();
    const failing = createFetch(client)('http://server/').then((response) => response.text());
    const error = await failing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect((error as Error).message).toMatch(message);
  });

  it('aborts: before, while waiting, in the middle of the body', async () => {
    const come: string[] = [];
    const gone: string[] = [];
    const { fetch } = site(async (request) => {
      come.push(request.url);
      request.signal.addEventListener('abort', () => gone.push(request.url));
      if (request.url.endsWith('/wait')) await new Promise(() => {});
      return new Response(new ReadableStream({ pull: (controller) => controller.enqueue(new Uint8Array(1000)) }));
    });
    await expect(fetch('http://server/', { signal: AbortSignal.abort('no') })).rejects.toBe('no');
    const waiting = new AbortController();
    const answer = fetch('http://server/wait', { signal: waiting.signal });
    answer.catch(() => {});
    await expect.poll(() => come).toContain('http://server/wait');
    waiting.abort();
    await expect(answer).rejects.toMatchObject({ name: 'AbortError' });
    const middle = new AbortController();
    const response = await fetch('http://server/body', { signal: middle.signal });
    const reader = response.body!.getReader();
    await reader.read();
    middle.abort(new Error('enough'));
    await expect(
      (async () => {
        while (!(await reader.read()).done);
      })(),
    ).rejects.toThrow('enough');
    await expect.poll(() => gone).toEqual(['http://server/wait', 'http://server/body']);
  });

  it('says what went wrong', async () => {
    const { fetch } = site(() => {
      throw new Error('secret');
    });
    const response = await fetch('http://server/');
    expect([response.status, await response.text()]).toEqual([500, 'Internal Server Error']);
    await expect(fetch('http://server:81/')).rejects.toThrow(/GET http:\/\/server:81\/: server:81: connection refused/);
    await expect(fetch('http://nowhere/')).rejects.toThrow(/client knows no address of 'nowhere'/);
    await expect(fetch('https://server/')).rejects.toThrow(/only http:/);
  });

  it('asks onError for the answer to a failure', async () => {
    const { fetch } = site(() => Promise.reject(new Error('why')), {
      onError: (error) => new Response((error as Error).message, { status: 503 }),
    });
    const response = await fetch('http://server/');
    expect([response.status, await response.text()]).toEqual([503, 'why']);
  });

  it('cuts the connection when a body fails half way', async () => {
    const { fetch } = site(() => {
      const body = new ReadableStream({
        start: (controller) => controller.enqueue(new Uint8Array(10)),
        pull: async (controller) => {
          await new Promise((resolve) => setTimeout(resolve, 100));
          controller.error(new Error('half'));
        },
      });
      return new Response(body);
    });
    const response = await fetch('http://server/');
    await expect(response.text()).rejects.toThrow(/reset by peer/);
  });

  it('shuts down after the responses under way; a signal ends it at once', async () => {
    let answer = (_: Response) => {};
    const { fetch, running } = site(
      () =>
        new Promise((resolve) => {
          answer = resolve;
        }),
    );
    const response = fetch('http://server/');
    await new Promise((resolve) => setTimeout(resolve, 50));
    const finished = running.shutdown();
    answer(new Response('last'));
    expect(await (await response).text()).toBe('last');
    await finished;
    await expect(fetch('http://server/')).rejects.toThrow(/refused/);
    const control = new AbortController();
    const other = site(() => new Promise(() => {}), { signal: control.signal });
    const waiting = other.fetch('http://server/');
    waiting.catch(() => {});
    await new Promise((resolve) => setTimeout(resolve, 50));
    control.abort();
    await expect(waiting).rejects.toThrow(/reset/);
    await other.running.finished;
  });

  it.each([
    ['GET / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n', 400],
    ['GET / HTTP/2.0\r\nHost: a\r\n\r\n', 505],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n', 400],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx', 400],
    ['POST / HTTP/1.1\r\nHost: a\r\nContent-Length : 1\r\n\r\nx', 400],
    ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n', 501],
    ['POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nHost: a\r\n folded: b\r\n\r\n', 400],
    [`GET / HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(70_000)}\r\n\r\n`, 431],
    [`GET / HTTP/1.1\r\nHost: a\r\n${'X: y\r\n'.repeat(20_000)}\r\n`, 431],
    ['GET / HTTP/1.1\r\nHost: a\r\nExpect: miracles\r\nConnection: close\r\n\r\n', 417],
    ['TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 501],
    ['nonsense\r\n\r\n', 400],
  ])('answers %j with %i', async (words, status) => {
    const { client } = site(async (request) => new Response(await request.text()));
    expect(await raw(client, words)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  });

  it('answers pipelined requests in order, and HTTP/1.0 without chunks', async () => {
    const { client } = site((request) => new Response(new URL(request.url).pathname));
    const answer = await raw(
      client,
      'GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n',
    );
    expect(answer).toMatch(/\r\n\/1\r\n[\s\S]*\r\n\/2\r\n/);
    expect(await raw(client, 'GET /old HTTP/1.0\r\n\r\n')).toMatch(/connection: close\r\n\r\n\/old$/);
  });
});

function upperCase(): TransformStream<Uint8Array, Uint8Array> {
  return new TransformStream({
    transform: (chunk, controller) => {
      controller.enqueue(new TextEncoder().encode(new TextDecoder().decode(chunk).toUpperCase()));
    },
  });
}
