/** The HTTP server on sockets: order, framing, limits, backpressure and bad clients, seen by a client that speaks octets. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Network } from '../sim/index.ts';
import { pumpOf } from '../sim/network-pump.ts';
import { describeSockets } from '../stack/describe.ts';
import type { OctetSupply } from './answer-output.ts';
import { eventLoop, socketHostOf } from './host.ts';
import { HttpListener, type HttpListenerOptions } from './http-listener.ts';
import { MessageParser } from './http-parser.ts';
import { createConnect } from './index.ts';
import type { Turn } from './server-turn.ts';

const octets = (text: string) => new TextEncoder().encode(text);

function place(handler: (turn: Turn) => void, patienceMs?: HttpListenerOptions['patienceMs']) {
  const network = new Network({ seed: 9 });
  // The server's clock can be put forward, and then nothing else may move it.
  if (patienceMs !== undefined) pumpOf(network, eventLoop, { time: 'real' });
  const client = network.host('client');
  const server = network.host('server');
  network.link(client, server, { delayMs: 2 });
  const options = { port: 80, hostname: '::', ...(patienceMs === undefined ? {} : { patienceMs }) };
  const host = socketHostOf(server);
  const clock = { aheadUs: 0 };
  const shifted = Object.create(host, { nowUs: { get: () => host.nowUs + clock.aheadUs } });
  const listener = new HttpListener(shifted, options, handler);
  const connect = () => createConnect(client)('server:80', { allowHalfOpen: true });
  return { server, listener, connect, clock };
}

/** Sends pieces, ends, and reads to the end of the connection. */
async function said(connect: ReturnType<typeof place>['connect'], ...pieces: readonly string[]): Promise<string> {
  const socket = connect();
  const writer = socket.writable.getWriter();
  for (const piece of pieces) await writer.write(octets(piece));
  await writer.close();
  return new Response(socket.readable).text();
}

function answerPath(turn: Turn): void {
  const body = octets(turn.head.target);
  turn.answer({ status: 200, fields: '', length: body.length }, body);
}

const request = (target: string, ...fields: readonly string[]) =>
  `GET ${target} HTTP/1.1\r\nHost: h\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`;
/** Bodies of answers that begin with a slash, in order. */
const bodies = (text: string) => [...text.matchAll(/\r\n\r\n(\/\w*?)(?=HTTP|$)/g)].map(([, body]) => body);
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

describe('requests on one connection', () => {
  it('are answered in order, whoever is ready first', async () => {
    const { connect } = place((turn) => {
      if (turn.head.target === '/slow') setTimeout(() => answerPath(turn), 30);
      else answerPath(turn);
    });
    const text = await said(connect, request('/a') + request('/slow') + request('/b') + request('/slow'));
    expect(bodies(text)).toEqual(['/a', '/slow', '/b', '/slow']);
  });

  it('come one behind the other: the next begins when the answer before it was taken', async () => {
    let running = 0;
    let most = 0;
    const { connect } = place((turn) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        answerPath(turn);
      }, 5);
    });
    const text = await said(connect, Array.from({ length: 50 }, (_, index) => request(`/${index}`)).join(''));
    expect(bodies(text)).toEqual(Array.from({ length: 50 }, (_, index) => `/${index}`));
    expect(most).toBe(1);
  });

  it('a short answer is one segment', async () => {
    const { connect, server } = place((turn) =>
      turn.answer({ status: 200, fields: '', length: 1000 }, new Uint8Array(1000)),
    );
    const before = server.stack.counters.tcp.OutSegs;
    const text = await said(connect, request('/'));
    expect(text.length).toBeGreaterThan(1000);
    // SYN-ACK, the answer, FIN, and the acknowledgment of the client's FIN at most.
    expect(server.stack.counters.tcp.OutSegs - before).toBeLessThanOrEqual(4);
  });

  it('what was right before what is wrong is answered', async () => {
    const { connect } = place(answerPath);
    const text = await said(connect, `${request('/good')}nonsense\r\n\r\n${request('/never')}`);
    expect(bodies(text)).toEqual(['/good']);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('bodies nobody reads are skipped, and the connection goes on unless they are long', async () => {
    const { connect } = place(answerPath);
    const post = (size: number) =>
      `POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`;
    expect(bodies(await said(connect, post(60_000) + request('/next')))).toEqual(['/post', '/next']);
    expect(bodies(await said(connect, post(200_000) + request('/next')))).toEqual(['/post']);
  });

  it('Connection: close, HTTP/1.0 and an answer that says so are the last', async () => {
    const { connect } = place((turn) => {
      const body = octets(turn.head.target);
      turn.answer({ status: 200, fields: '', length: body.length, closes: turn.head.target === '/end' }, body);
    });
    for (const first of [request('/a', 'Connection: x, Close'), 'GET /a HTTP/1.0\r\n\r\n', request('/end')]) {
      const text = await said(connect, first + request('/next'));
      expect(bodies(text)).toHaveLength(1);
      expect(text).toMatch(/\r\nconnection: close\r\n/);
    }
  });
});

describe('answers', () => {
  it('of unknown length are chunked, to the end of the connection in HTTP/1.0', async () => {
    const { connect } = place(async (turn) => {
      turn.begin({ status: 200, fields: 'x: y\r\n', length: null });
      await turn.write(octets('one'));
      await turn.write(new Uint8Array(0));
      await turn.write(octets('three'));
      turn.end();
    });
    expect(await said(connect, request('/'))).toMatch(
      /\r\nx: y\r\ntransfer-encoding: chunked\r\n[\s\S]*\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n$/,
    );
    expect(await said(connect, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/connection: close\r\n\r\nonethree$/);
  });

  it('to HEAD tell the length and have no body', async () => {
    const { connect } = place(answerPath);
    const text = await said(connect, `HEAD /head HTTP/1.1\r\nHost: h\r\n\r\n${request('/next')}`);
    expect(text).toMatch(/content-length: 5\r\ndate: [^\r]*\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(bodies(text)).toEqual(['/next']);
  });

  it('with status 204 and 304 have neither', async () => {
    const { connect } = place((turn) =>
      turn.answer({ status: Number(turn.head.target.slice(1)), fields: '', length: 0 }, octets('no')),
    );
    const text = await said(connect, request('/204') + request('/304') + request('/205'));
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 204', 'HTTP/1.1 304', 'HTTP/1.1 205']);
    expect(text).not.toMatch(/204[^\n]*\n(?:[^\r]+\r\n)*content-length/);
  });

  it('have heads of any size, one octet a character', async () => {
    const long = `x-long: ${'y'.repeat(9000)}\r\nx-latin: \u00e9\u00ff\r\n`;
    const { connect } = place((turn) => turn.answer({ status: 200, fields: long, length: 0 }, null));
    const socket = connect();
    const writer = socket.writable.getWriter();
    await writer.write(octets(request('/')));
    await writer.close();
    const bytes = new Uint8Array(await new Response(socket.readable).arrayBuffer());
    expect(String.fromCharCode(...bytes)).toContain(long);
  });

  it('of a supply are made as the client reads, and no sooner', async () => {
    const asked: number[] = [];
    const size = 3_000_000;
    const supply: OctetSupply = {
      length: size,
      from: (at) => {
        asked.push(at);
        return Uint8Array.from({ length: Math.min(10_000, size - at) }, (_, index) => (at + index) % 251);
      },
    };
    const { connect } = place((turn) => turn.answer({ status: 200, fields: '', length: size }, supply));
    const socket = connect();
    const writer = socket.writable.getWriter();
    await writer.write(octets(request('/')));
    await writer.close();
    await later(50);
    const before = asked.at(-1) ?? 0;
    expect(before).toBeLessThan(size - 500_000);
    const bytes = new Uint8Array(await new Response(socket.readable).arrayBuffer());
    const body = bytes.subarray(bytes.length - size);
    expect(body.every((octet, index) => octet === index % 251)).toBe(true);
    expect(asked.at(-1)).toBeGreaterThan(before);
  });

  it('tell when the send buffer has taken them, or that it never will', async () => {
    const told: string[] = [];
    const { connect, listener } = place((turn) => {
      turn.listener = {
        turnCompleted: () => told.push('completed'),
        turnLost: (error) => told.push((error as Error).message),
      };
      if (turn.head.target === '/big') turn.answer({ status: 200, fields: '', length: 1e7 }, new Uint8Array(1e7));
      else answerPath(turn);
    });
    await said(connect, request('/small'));
    expect(told).toEqual(['completed']);
    const socket = connect();
    await socket.writable.getWriter().write(octets(request('/big')));
    await later(20);
    await socket.close(new Error('enough')).catch(() => {});
    await expect.poll(() => told.length).toBe(2);
    expect(told[1]).toMatch(/^HTTP client: .*\(E\w+\)$/);
    await expect.poll(() => listener.size).toBe(0);
  });

  it('to nobody are nothing: the client has gone', async () => {
    let turn: Turn | null = null;
    const { connect, listener } = place((now) => {
      turn = now;
    });
    const socket = connect();
    const writer = socket.writable.getWriter();
    await writer.write(octets(request('/')));
    await expect.poll(() => turn).not.toBe(null);
    await writer.abort(new Error('gone'));
    await expect.poll(() => listener.size).toBe(0);
    const lost = turn as unknown as Turn;
    expect(lost.loss?.error).toMatchObject({ code: 'ECONNRESET' });
    answerPath(lost);
    expect([lost.hasBegun, lost.isAnswered]).toEqual([false, false]);
    await expect(lost.nextBody()).rejects.toMatchObject({ code: 'ECONNRESET' });
  });

  it('that stop half way end the connection with a reset', async () => {
    const { connect } = place(async (turn) => {
      turn.begin({ status: 200, fields: '', length: 100 });
      await turn.write(octets('half'));
      await later(20);
      turn.abort(new Error('no more'));
    });
    await expect(said(connect, request('/'))).rejects.toThrow(/reset/);
  });
});

describe('bodies of requests', () => {
  const echo = async (turn: Turn): Promise<void> => {
    turn.wantBody();
    turn.begin({ status: 200, fields: '', length: null });
    for (let part = await turn.nextBody(); part !== null; part = await turn.nextBody()) await turn.write(part);
    turn.end();
  };
  const chunked = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';

  it('come back as they come, in chunks both ways', async () => {
    const { connect } = place((turn) => void echo(turn));
    const text = await said(
      connect,
      chunked,
      '3\r\none\r\n',
      '5;x\r\nthree\r\n0\r\n',
      'Trailer: t\r\n\r\n',
      request('/'),
    );
    expect(text).toMatch(/3\r\none\r\n5\r\nthree\r\n0\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n0\r\n\r\n$/);
  });

  it('wait for 100 Continue, which is sent once and before the answer', async () => {
    const { connect } = place((turn) => void echo(turn));
    const head = 'PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n';
    expect(await said(connect, head, 'hi')).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    const refused = place((turn) => turn.answer({ status: 413, fields: '', length: 0 }, null));
    const text = await said(refused.connect, head, `hi${request('/next')}`);
    // Whether the client has left the body out cannot be told: nothing more is read.
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413']);
    expect(text).toContain('connection: close');
  });

  it.each([
    ['zz\r\n', 'no chunk size'],
    ['3\r\nab', 'EOF'],
  ])('that turn out wrong (%j) are refused before the answer, and reset after its beginning', async (rest, message) => {
    let failure: unknown = null;
    const { connect } = place(async (turn) => {
      try {
        while ((await turn.nextBody()) !== null);
      } catch (error) {
        failure = error;
      }
    });
    expect(await said(connect, chunked, rest)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect((failure as Error).message).toContain(message);
    const begun = place((turn) => void echo(turn).catch(() => {}));
    await expect(said(begun.connect, chunked, rest)).rejects.toThrow(/reset/);
  });

  it('close the window of a client whose octets nobody takes', async () => {
    const { connect, server } = place(() => {});
    const socket = connect();
    const writer = socket.writable.getWriter();
    await writer.write(octets('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n'));
    const sending = writer.write(new Uint8Array(50_000_000)).catch(() => {});
    await later(100);
    const [connection] = describeSockets(server.stack, 0).sockets.filter(({ state }) => state === 'ESTABLISHED');
    expect(connection?.receiveQueue).toBeGreaterThan(10_000);
    expect(connection?.receiveQueue).toBeLessThan(10_000_000);
    await writer.abort(new Error('enough'));
    await sending;
  });
});

describe('clients that keep the server waiting', () => {
  const patienceMs = { idle: 5_000, head: 60_000 };
  const ended = (socket: ReturnType<ReturnType<typeof place>['connect']>) => new Response(socket.readable).text();

  it('are told how long, and left when idle for longer', async () => {
    const { connect, listener, clock } = place(answerPath, patienceMs);
    const socket = connect();
    await socket.writable.getWriter().write(octets(request('/a')));
    const text = ended(socket);
    await later(30);
    listener.expire();
    expect(listener.size).toBe(1);
    clock.aheadUs += 5_500_000;
    listener.expire();
    expect(await text).toMatch(/\r\nkeep-alive: timeout=5\r\n/);
    expect(listener.size).toBe(0);
  });

  it('get 408 when a head does not come to its end', async () => {
    const { connect, listener, clock } = place(answerPath, patienceMs);
    const [silent, slow] = [connect(), connect()];
    await slow.writable.getWriter().write(octets(`${request('/a')}GET /b HTTP`));
    const texts = [ended(silent), ended(slow)];
    await later(30);
    clock.aheadUs += 30_000_000;
    listener.expire();
    expect(listener.size).toBe(2);
    clock.aheadUs += 31_000_000;
    listener.expire();
    expect(await texts[0]).toMatch(/^HTTP\/1\.1 408 /);
    expect(await texts[1]).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 408 /);
    await Promise.all([silent.close(), slow.close()]);
    await expect.poll(() => listener.size).toBe(0);
  });

  it('are reset when they never end the connection, and not while their answer is made', async () => {
    const { connect, listener, clock } = place((turn) => {
      if (turn.head.target === '/end') turn.answer({ status: 200, fields: '', length: 0, closes: true }, null);
    }, patienceMs);
    const [open, waiting] = [connect(), connect()];
    await open.writable.getWriter().write(octets(request('/end')));
    await waiting.writable.getWriter().write(octets(request('/never')));
    await later(30);
    expect(listener.size).toBe(2);
    clock.aheadUs += 61_000_000;
    listener.expire();
    expect(listener.size).toBe(1);
    listener.abort(new Error('the end'));
    await listener.finished;
  });
});

describe('however the octets come', () => {
  const piece = fc.constantFrom(
    { sent: request('/get'), body: '/get' },
    { sent: 'HEAD /head HTTP/1.1\r\nHost: h\r\n\r\n', body: '' },
    { sent: 'POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: 11\r\n\r\nhello world', body: 'hello world' },
    {
      sent: 'PUT /put HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n6\r\n world\r\n0\r\n\r\n',
      body: 'hello world',
    },
    { sent: 'POST /skip HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello', body: '/skip' },
  );

  it('the answers are the same, in order', async () => {
    const answerAny = async (turn: Turn): Promise<void> => {
      const { method, target } = turn.head;
      if (method === 'GET' || method === 'HEAD' || target === '/skip') {
        answerPath(turn);
        return;
      }
      let text = '';
      for (let part = await turn.nextBody(); part !== null; part = await turn.nextBody()) {
        text += new TextDecoder().decode(part);
      }
      turn.answer({ status: 200, fields: '', length: text.length }, octets(text));
    };
    const { connect } = place((turn) => void answerAny(turn));
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { minLength: 1, maxLength: 6 }), fc.array(fc.nat(400)), async (asked, cuts) => {
        const text = asked.map(({ sent }) => sent).join('');
        const places = [...new Set(cuts.filter((at) => at < text.length))].sort((a, b) => a - b);
        const pieces = [...places, text.length].map((at, index) => text.slice(places[index - 1] ?? 0, at));
        const seen: string[] = [];
        const methods = asked.map(({ sent }) => sent.split(' ')[0]);
        const parser = new MessageParser('response', {
          onHead: () => methods[seen.push('') - 1] === 'HEAD',
          onBody: (bytes) => {
            seen[seen.length - 1] += new TextDecoder().decode(bytes);
          },
          onEnd: () => {},
        });
        parser.execute(octets(await said(connect, ...pieces)));
        parser.finish();
        expect(seen).toEqual(asked.map(({ body }) => body));
      }),
      { numRuns: 40 },
    );
  });
});
