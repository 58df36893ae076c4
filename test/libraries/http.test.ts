/** node:http over virtual hosts: an agent that keeps its connection, pipelined requests, a reset in the middle of a body. */
import { once } from 'node:events';
import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { agentTo, exchange } from './http-client.ts';
import { content, digest, failureOf, lostFrames, MEBIBYTE, next, onVirtualHosts, readAll } from './stage.ts';

const body = content(MEBIBYTE);

describe('node:http', () => {
  it('an agent sends request after request over the connection it keeps', () =>
    onVirtualHosts(1, async (stage) => {
      const site = http.createServer((request, response) => request.pipe(response));
      const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
      const agent = agentTo(stage, port, { maxSockets: 1 });
      for (const sent of [body, content(10), body.subarray(0, 300_000)]) {
        const { status, received } = await exchange(agent, '/', sent);
        expect([status, digest(received)]).toEqual([200, digest(sent)]);
      }
      expect(stage.accepted.length).toBe(1);
      expect(lostFrames(stage)).toBeGreaterThan(0);
      agent.destroy();
    }));

  it('answers pipelined requests in their order', () =>
    onVirtualHosts(2, async (stage) => {
      const count = 40;
      const site = http.createServer((request, response) => {
        const part = Number(request.url?.slice(1));
        // The later a request, the sooner its answer is made.
        setTimeout(() => response.end(body.subarray(part * 30_000, (part + 1) * 30_000)), (count - part) / 4);
      });
      const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
      const client = stage.connect(port);
      const paths = Array.from({ length: count }, (_, index) => `/${index}`);
      client.write(
        paths
          .map((path, index) => {
            const last = index === count - 1 ? 'Connection: close\r\n' : '';
            return `GET ${path} HTTP/1.1\r\nHost: server\r\n${last}\r\n`;
          })
          .join(''),
      );
      const bodies: Buffer[] = [];
      let rest = await readAll(client);
      while (rest.length > 0) {
        const end = rest.indexOf('\r\n\r\n');
        const head = rest.subarray(0, end).toString('latin1');
        expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
        const length = Number(/^content-length: (\d+)$/im.exec(head)?.[1]);
        bodies.push(rest.subarray(end + 4, end + 4 + length));
        rest = rest.subarray(end + 4 + length);
      }
      expect(bodies.length).toBe(count);
      expect(digest(Buffer.concat(bodies))).toBe(digest(body.subarray(0, count * 30_000)));
    }));

  it('a reset in the middle of a body reaches both ends, and the next request goes its way', () =>
    onVirtualHosts(3, async (stage) => {
      const atServer: (string | undefined)[] = [];
      const site = http.createServer((request, response) => {
        response.on('close', () => atServer.push(request.url));
        response.end(request.url === '/long' ? content(8 * MEBIBYTE) : body);
      });
      site.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        atServer.push(error.code);
        socket.destroy();
      });
      const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
      const agent = agentTo(stage, port, { maxSockets: 1 });
      const reset = stage.resetAfter(400_000);
      const request = http.get({ agent, path: '/long' });
      const [response] = (await once(request, 'response')) as [http.IncomingMessage];
      const requestFailed = next(request, 'error');
      expect(await failureOf(readAll(response))).toMatchObject({ code: 'ECONNRESET', message: 'aborted' });
      expect(await requestFailed).toMatchObject([{ code: 'ECONNRESET', message: 'read ECONNRESET' }]);
      expect(response.complete).toBe(false);
      expect(reset.hits).toBeGreaterThan(0);
      const again = await exchange(agent, '/', Buffer.alloc(0));
      expect(digest(again.received)).toBe(digest(body));
      expect(atServer).toEqual(['ECONNRESET', '/long', '/']);
      agent.destroy();
    }));
});
