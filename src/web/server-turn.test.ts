/** The HTTP server on sockets: bodies of requests, slow clients, octets that come in any pieces. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  answerPath,
  type HttpPlace,
  httpPlace,
  later,
  octets,
  requestOf,
  said,
} from '../../test/support/http-place.ts';
import { describeSockets } from '../stack/describe.ts';
import { MessageParser } from './http-parser.ts';
import type { Turn } from './server-turn.ts';

describe('bodies of requests', () => {
  const echo = async (turn: Turn): Promise<void> => {
    turn.wantBody();
    turn.begin({ status: 200, fields: '', length: null });
    for (let part = await turn.nextBody(); part !== null; part = await turn.nextBody()) await turn.write(part);
    turn.end();
  };
  const chunked = 'POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n';

  it('come back as they come, in chunks both ways', async () => {
    const { connect } = httpPlace((turn) => void echo(turn));
    const text = await said(
      connect,
      chunked,
      '3\r\none\r\n',
      '5;x\r\nthree\r\n0\r\n',
      'Trailer: t\r\n\r\n',
      requestOf('/'),
    );
    expect(text).toMatch(/3\r\none\r\n5\r\nthree\r\n0\r\n\r\nHTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n0\r\n\r\n$/);
  });

  it('wait for 100 Continue, which is sent once and before the answer', async () => {
    const { connect } = httpPlace((turn) => void echo(turn));
    const head = 'PUT / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\n';
    expect(await said(connect, head, 'hi')).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 200 OK\r\n/);
    const refused = httpPlace((turn) => turn.answer({ status: 413, fields: '', length: 0 }, null));
    const text = await said(refused.connect, head, `hi${requestOf('/next')}`);
    // Whether the client has left the body out cannot be told: nothing more is read.
    expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 413']);
    expect(text).toContain('connection: close');
  });

  it.each([
    ['zz\r\n', 'no chunk size'],
    ['3\r\nab', 'EOF'],
  ])('that turn out wrong (%j) are refused before the answer, and reset after its beginning', async (rest, message) => {
    let failure: unknown = null;
    const { connect } = httpPlace(async (turn) => {
      try {
        while ((await turn.nextBody()) !== null);
      } catch (error) {
        failure = error;
      }
    });
    expect(await said(connect, chunked, rest)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
    expect((failure as Error).message).toContain(message);
    const begun = httpPlace((turn) => void echo(turn).catch(() => {}));
    await expect(said(begun.connect, chunked, rest)).rejects.toThrow(/reset/);
  });

  it('close the window of a client whose octets nobody takes', async () => {
    const { connect, server } = httpPlace(() => {});
    const socket = connect();
    const writer = socket.writable.getWriter();
    await writer.write(octets('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 100000000\r\n\r\n'));
    const sending = writer.write(new Uint8Array(50_000_000)).catch(() => {});
    const held = () =>
      describeSockets(server.stack, 0).sockets.find(({ remotePort }) => remotePort > 0)?.receiveQueue ?? 0;
    await expect.poll(held).toBeGreaterThan(10_000);
    await later(50);
    expect(held()).toBeLessThan(10_000_000);
    await writer.abort(new Error('enough'));
    await sending;
  });
});

describe('clients that keep the server waiting', () => {
  const patienceMs = { idle: 5_000, head: 60_000 };
  const ended = (socket: ReturnType<HttpPlace['connect']>) => new Response(socket.readable).text();

  function patientPlace() {
    const seen: string[] = [];
    const at = httpPlace((turn) => {
      const { target } = turn.head;
      seen.push(target);
      if (target === '/end') turn.answer({ status: 200, fields: '', length: 0, closes: true }, null);
      else if (target !== '/never') answerPath(turn);
    }, patienceMs);
    const wait = (ms: number) => {
      at.clock.aheadUs += ms * 1000;
      at.listener.expire();
    };
    return { ...at, seen, wait };
  }

  it('are told how long, and left when idle for longer', async () => {
    const { connect, listener, seen, wait } = patientPlace();
    const socket = connect();
    await socket.writable.getWriter().write(octets(requestOf('/a')));
    const text = ended(socket);
    await expect.poll(() => seen).toEqual(['/a']);
    wait(0);
    expect(listener.size).toBe(1);
    wait(5_500);
    expect(await text).toMatch(/\r\nkeep-alive: timeout=5\r\n/);
    expect(listener.size).toBe(0);
  });

  it('get 408 when a head does not come to its end', async () => {
    const { connect, listener, seen, wait } = patientPlace();
    const [silent, slow] = [connect(), connect()];
    await slow.writable.getWriter().write(octets(`${requestOf('/a')}GET /b HTTP`));
    const texts = [ended(silent), ended(slow)];
    await expect.poll(() => [seen.length, listener.size]).toEqual([1, 2]);
    wait(30_000);
    expect(listener.size).toBe(2);
    wait(31_000);
    expect(await texts[0]).toMatch(/^HTTP\/1\.1 408 /);
    expect(await texts[1]).toMatch(/^HTTP\/1\.1 200 [\s\S]*HTTP\/1\.1 408 /);
    await Promise.all([silent.close(), slow.close()]);
    await expect.poll(() => listener.size).toBe(0);
  });

  it('are reset when they never end the connection, and not while their answer is made', async () => {
    const { connect, listener, seen, wait } = patientPlace();
    const [open, waiting] = [connect(), connect()];
    await open.writable.getWriter().write(octets(requestOf('/end')));
    await waiting.writable.getWriter().write(octets(requestOf('/never')));
    await expect.poll(() => seen.length).toBe(2);
    expect(listener.size).toBe(2);
    wait(61_000);
    expect(listener.size).toBe(1);
    listener.abort(new Error('the end'));
    await listener.finished;
  });
});

describe('however the octets come', () => {
  const piece = fc.constantFrom(
    { sent: requestOf('/get'), body: '/get' },
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
    const { connect } = httpPlace((turn) => void answerAny(turn));
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
