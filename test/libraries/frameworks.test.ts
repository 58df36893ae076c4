/** express and fastify over virtual hosts: bodies both ways, and an upload that is cut off by a reset. */
import http from 'node:http';
import express from 'express';
import { type FastifyInstance, fastify } from 'fastify';
import { describe, expect, it } from 'vitest';
import { agentTo, exchange } from './http-client.ts';
import { content, digest, failureOf, lostFrames, MEBIBYTE, onVirtualHosts } from './stage.ts';

const body = content(MEBIBYTE);
const BODY_LIMIT = 16 * MEBIBYTE;
const BYTES = { 'content-type': 'application/octet-stream' };

/** A site that sends back bodies, and what its error handler was told. */
interface Site {
  readonly server: http.Server;
  readonly errors: { code?: string; type?: string; message: string }[];
  close(): Promise<void>;
}

async function expressSite(): Promise<Site> {
  const app = express();
  const errors: Site['errors'] = [];
  app.use(express.raw({ limit: BODY_LIMIT }));
  app.post('/echo', (request, response) => {
    response.type('application/octet-stream').send(request.body);
  });
  const onError: express.ErrorRequestHandler = (error, _request, response, _next) => {
    errors.push(error);
    response.destroy();
  };
  app.use(onError);
  return { server: http.createServer(app), errors, close: async () => {} };
}

async function fastifySite(): Promise<Site> {
  const errors: Site['errors'] = [];
  let server: http.Server | undefined;
  const app: FastifyInstance = fastify({
    bodyLimit: BODY_LIMIT,
    serverFactory: (handler) => {
      server = http.createServer(handler);
      return server;
    },
  });
  app.addContentTypeParser('application/octet-stream', { parseAs: 'buffer' }, (_request, parsed, done) =>
    done(null, parsed),
  );
  app.post('/echo', (request, reply) => reply.type('application/octet-stream').send(request.body));
  app.setErrorHandler((error: Error, _request, reply) => {
    errors.push(error);
    return reply.send(error);
  });
  await app.ready();
  if (server === undefined) throw new Error('fastify did not ask for a server');
  return { server, errors, close: () => app.close() };
}

describe.each([
  ['express', expressSite, { type: 'request.aborted', code: 'ECONNABORTED' }],
  ['fastify', fastifySite, { code: 'ECONNRESET' }],
] as const)('%s', (_name, makeSite, told) => {
  it('sends back a mebibyte, request after request', () =>
    onVirtualHosts(41, async (stage) => {
      const { server, errors, close } = await makeSite();
      const port = await stage.serve((socket) => server.emit('connection', socket), { allowHalfOpen: true });
      const agent = agentTo(stage, port, { maxSockets: 1 });
      for (const sent of [body, body.subarray(0, 1000), body.subarray(500_000)]) {
        const { status, headers, received } = await exchange(agent, '/echo', sent, BYTES);
        expect([status, headers['content-type'], digest(received)]).toEqual([
          200,
          expect.stringMatching(/^application\/octet-stream/),
          digest(sent),
        ]);
      }
      expect((await exchange(agent, '/nowhere', Buffer.alloc(0))).status).toBe(404);
      expect([stage.accepted.length, errors]).toEqual([1, []]);
      expect(lostFrames(stage)).toBeGreaterThan(0);
      agent.destroy();
      await close();
    }));

  it('an upload that is reset reaches the error handler, and the next one goes its way', () =>
    onVirtualHosts(42, async (stage) => {
      const { server, errors, close } = await makeSite();
      const port = await stage.serve((socket) => server.emit('connection', socket), { allowHalfOpen: true });
      const agent = agentTo(stage, port);
      const reset = stage.resetAfter(400_000);
      const error = await failureOf(exchange(agent, '/echo', content(8 * MEBIBYTE), BYTES));
      expect(error).toMatchObject({ code: expect.stringMatching(/^(?:ECONNRESET|EPIPE)$/) });
      expect(reset.hits).toBeGreaterThan(0);
      expect(digest((await exchange(agent, '/echo', body, BYTES)).received)).toBe(digest(body));
      expect(errors).toMatchObject([told]);
      agent.destroy();
      await close();
    }));
});
