/** The HTTP server on sockets: order, framing, limits and backpressure, seen by a client that speaks octets. */
import { describe, expect, it } from 'vitest';
import { answerPath, bodiesIn, httpPlace, later, octets, requestOf, said } from '../../test/support/http-place.ts';
import type { OctetSupply } from './answer-output.ts';
import type { Turn } from './server-turn.ts';

describe('requests on one connection', () => {
  it('are answered in order, whoever is ready first', async () => {
    const { connect } = httpPlace((turn) => {
      if (turn.head.target === '/slow') setTimeout(() => answerPath(turn), 30);
      else answerPath(turn);
    });
    const text = await said(connect, requestOf('/a') + requestOf('/slow') + requestOf('/b') + requestOf('/slow'));
    expect(bodiesIn(text)).toEqual(['/a', '/slow', '/b', '/slow']);
  });

  it('come one behind the other: the next begins when the answer before it was taken', async () => {
    let running = 0;
    let most = 0;
    const { connect } = httpPlace((turn) => {
      most = Math.max(most, ++running);
      setTimeout(() => {
        running--;
        answerPath(turn);
      }, 5);
    });
    const text = await said(connect, Array.from({ length: 50 }, (_, index) => requestOf(`/${index}`)).join(''));
    expect(bodiesIn(text)).toEqual(Array.from({ length: 50 }, (_, index) => `/${index}`));
    expect(most).toBe(1);
  });

  it('a short answer is one segment', async () => {
    const { connect, server } = httpPlace((turn) =>
      turn.answer({ status: 200, fields: '', length: 1000 }, new Uint8Array(1000)),
    );
    const before = server.stack.counters.tcp.OutSegs;
    const text = await said(connect, requestOf('/'));
    expect(text.length).toBeGreaterThan(1000);
    // SYN-ACK, the answer, FIN, and the acknowledgment of the client's FIN at most.
    expect(server.stack.counters.tcp.OutSegs - before).toBeLessThanOrEqual(4);
  });

  it('what was right before what is wrong is answered', async () => {
    const { connect } = httpPlace(answerPath);
    const text = await said(connect, `${requestOf('/good')}nonsense\r\n\r\n${requestOf('/never')}`);
    expect(bodiesIn(text)).toEqual(['/good']);
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 400']);
  });

  it('bodies nobody reads are skipped, and the connection goes on unless they are long', async () => {
    const { connect } = httpPlace(answerPath);
    const post = (size: number) =>
      `POST /post HTTP/1.1\r\nHost: h\r\nContent-Length: ${size}\r\n\r\n${'x'.repeat(size)}`;
    expect(bodiesIn(await said(connect, post(60_000) + requestOf('/next')))).toEqual(['/post', '/next']);
    expect(bodiesIn(await said(connect, post(200_000) + requestOf('/next')))).toEqual(['/post']);
  });

  it('Connection: close, HTTP/1.0 and an answer that says so are the last', async () => {
    const { connect } = httpPlace((turn) => {
      const body = octets(turn.head.target);
      turn.answer({ status: 200, fields: '', length: body.length, closes: turn.head.target === '/end' }, body);
    });
    for (const first of [requestOf('/a', 'Connection: x, Close'), 'GET /a HTTP/1.0\r\n\r\n', requestOf('/end')]) {
      const text = await said(connect, first + requestOf('/next'));
      expect(bodiesIn(text)).toHaveLength(1);
      expect(text).toMatch(/\r\nconnection: close\r\n/);
    }
  });

  it('HTTP/1.0 goes on when it asks for it, and the length is known', async () => {
    const { connect } = httpPlace((turn) => {
      if (turn.head.target === '/known') answerPath(turn);
      else turn.answer({ status: 200, fields: '', length: null }, octets(turn.head.target));
    });
    const old = (target: string) => `GET ${target} HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n`;
    const text = await said(connect, old('/known') + old('/unknown') + old('/known'));
    expect(bodiesIn(text)).toEqual(['/known', '/unknown']);
    expect(text.match(/connection: [a-z-]+/g)).toEqual(['connection: keep-alive', 'connection: close']);
  });
});

describe('answers', () => {
  it('of unknown length are chunked, to the end of the connection in HTTP/1.0', async () => {
    const { connect } = httpPlace(async (turn) => {
      turn.begin({ status: 200, fields: 'x: y\r\n', length: null });
      await turn.write(octets('one'));
      await turn.write(new Uint8Array(0));
      await turn.write(octets('three'));
      turn.end();
    });
    expect(await said(connect, requestOf('/'))).toMatch(
      /\r\nx: y\r\ntransfer-encoding: chunked\r\n[\s\S]*\r\n\r\n3\r\none\r\n5\r\nthree\r\n0\r\n\r\n$/,
    );
    expect(await said(connect, 'GET / HTTP/1.0\r\n\r\n')).toMatch(/connection: close\r\n\r\nonethree$/);
  });

  it('to HEAD tell the length and have no body', async () => {
    const { connect } = httpPlace(answerPath);
    const text = await said(connect, `HEAD /head HTTP/1.1\r\nHost: h\r\n\r\n${requestOf('/next')}`);
    expect(text).toMatch(/content-length: 5\r\ndate: [^\r]*\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    expect(bodiesIn(text)).toEqual(['/next']);
  });

  it('with status 204 and 304 have neither', async () => {
    const { connect } = httpPlace((turn) =>
      turn.answer({ status: Number(turn.head.target.slice(1)), fields: '', length: 0 }, octets('no')),
    );
    const text = await said(connect, requestOf('/204') + requestOf('/304') + requestOf('/205'));
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 204', 'HTTP/1.1 304', 'HTTP/1.1 205']);
    expect(text).not.toMatch(/204[^\n]*\n(?:[^\r]+\r\n)*content-length/);
  });

  it('have heads of any size, one octet a character', async () => {
    const long = `x-long: ${'y'.repeat(9000)}\r\nx-latin: \u00e9\u00ff\r\n`;
    const { connect } = httpPlace((turn) => turn.answer({ status: 200, fields: long, length: 0 }, null));
    const socket = connect();
    const writer = socket.writable.getWriter();
    await writer.write(octets(requestOf('/')));
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
    const { connect } = httpPlace((turn) => turn.answer({ status: 200, fields: '', length: size }, supply));
    const socket = connect();
    const writer = socket.writable.getWriter();
    await writer.write(octets(requestOf('/')));
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
    const asked: string[] = [];
    const told: string[] = [];
    const { connect, listener } = httpPlace((turn) => {
      turn.listener = {
        turnCompleted: () => told.push('completed'),
        turnLost: (error) => told.push((error as Error).message),
      };
      asked.push(turn.head.target);
      if (turn.head.target === '/big') turn.answer({ status: 200, fields: '', length: 1e7 }, new Uint8Array(1e7));
      else answerPath(turn);
    });
    await said(connect, requestOf('/small'));
    expect(told).toEqual(['completed']);
    const socket = connect();
    await socket.writable.getWriter().write(octets(requestOf('/big')));
    await expect.poll(() => asked).toContain('/big');
    await socket.close(new Error('enough')).catch(() => {});
    await expect.poll(() => told.length).toBe(2);
    expect(told[1]).toMatch(/^HTTP client: .*\(E\w+\)$/);
    await expect.poll(() => listener.size).toBe(0);
  });

  it('to nobody are nothing: the client has gone', async () => {
    let turn: Turn | null = null;
    const { connect, listener } = httpPlace((now) => {
      turn = now;
    });
    const socket = connect();
    const writer = socket.writable.getWriter();
    await writer.write(octets(requestOf('/')));
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
    const { connect } = httpPlace(async (turn) => {
      turn.begin({ status: 200, fields: '', length: 100 });
      await turn.write(octets('half'));
      await later(20);
      turn.abort(new Error('no more'));
    });
    await expect(said(connect, requestOf('/'))).rejects.toThrow(/reset/);
  });
});
