/** undici over virtual hosts: a pool with pipelining, fetch, a reset in the middle of a body. */
import http from 'node:http';
import { Agent, type buildConnector, Client, fetch } from 'undici';
import { describe, expect, it } from 'vitest';
import { content, digest, failureOf, lostFrames, MEBIBYTE, onVirtualHosts, type Stage, until } from './stage.ts';

const body = content(MEBIBYTE);

/** What undici takes as `connect`. */
function connectorTo(stage: Stage, port: number): buildConnector.connector {
  return (_options, callback) => {
    const socket = stage.connect(port);
    const failed = (error: Error): void => callback(error, null);
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      callback(null, socket);
    });
  };
}

describe('undici', () => {
  it('a client pipelines its requests over one connection', () =>
    onVirtualHosts(31, async (stage) => {
      const site = http.createServer((request, response) => {
        const part = Number(request.url?.slice(1));
        setTimeout(() => response.end(body.subarray(part << 16, (part + 1) << 16)), 16 - part);
      });
      const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
      const client = new Client('http://server', { pipelining: 8, connect: connectorTo(stage, port) });
      const parts = await Promise.all(
        Array.from({ length: 16 }, async (_, index) => {
          const answer = await client.request({ path: `/${index}`, method: 'GET' });
          return Buffer.from(await answer.body.arrayBuffer());
        }),
      );
      expect(digest(Buffer.concat(parts))).toBe(digest(body));
      expect(stage.accepted.length).toBe(1);
      expect(lostFrames(stage)).toBeGreaterThan(0);
      await client.close();
    }));

  it('fetch sends and gets a mebibyte', () =>
    onVirtualHosts(32, async (stage) => {
      const site = http.createServer((request, response) => request.pipe(response));
      const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
      const dispatcher = new Agent({ connect: connectorTo(stage, port) });
      const response = await fetch('http://server/', { dispatcher, method: 'POST', body });
      expect(response.status).toBe(200);
      expect(digest(Buffer.from(await response.arrayBuffer()))).toBe(digest(body));
      await dispatcher.close();
    }));

  it('a reset in the middle of a body is told, and the next request goes its way', () =>
    onVirtualHosts(33, async (stage) => {
      let cut = 0;
      const site = http.createServer((request, response) => {
        response.end(request.url === '/long' ? content(8 * MEBIBYTE) : body);
      });
      site.on('clientError', (error: NodeJS.ErrnoException, socket) => {
        if (error.code === 'ECONNRESET') cut++;
        socket.destroy();
      });
      const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
      const dispatcher = new Agent({ connect: connectorTo(stage, port) });
      const first = stage.resetAfter(400_000);
      const response = await fetch('http://server/long', { dispatcher });
      const error = await failureOf(response.arrayBuffer());
      expect(error).toMatchObject({ name: 'TypeError', message: 'terminated', cause: { code: 'ECONNRESET' } });
      await until(() => cut === 1);
      expect(first.hits).toBeGreaterThan(0);
      const second = stage.resetAfter(400_000);
      const answer = await dispatcher.request({ origin: 'http://server', path: '/long', method: 'GET' });
      expect(await failureOf(answer.body.arrayBuffer())).toMatchObject({ code: 'ECONNRESET' });
      await until(() => cut === 2);
      expect(second.hits).toBeGreaterThan(0);
      const again = await fetch('http://server/', { dispatcher });
      expect(digest(Buffer.from(await again.arrayBuffer()))).toBe(digest(body));
      await dispatcher.close();
    }));
});
