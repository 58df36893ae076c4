/** node:tls, node:https and node:http2 over virtual hosts, with a certificate made here and verified. */
import { once } from 'node:events';
import http2 from 'node:http2';
import https from 'node:https';
import tls from 'node:tls';
import { describe, expect, it } from 'vitest';
import { makeCertificate, SERVER_NAME } from './certificate.ts';
import { exchange } from './http-client.ts';
import {
  content,
  digest,
  failureOf,
  lostFrames,
  MEBIBYTE,
  onVirtualHosts,
  readAll,
  type Stage,
  until,
} from './stage.ts';

const body = content(MEBIBYTE);
const certificate = await makeCertificate();

function secure(stage: Stage, port: number, options: tls.ConnectionOptions = {}): tls.TLSSocket {
  return tls.connect({ socket: stage.connect(port), ca: certificate.cert, servername: SERVER_NAME, ...options });
}

describe('node:tls', () => {
  it('carries a mebibyte there and back over the socket it is given', () =>
    onVirtualHosts(11, async (stage) => {
      const server = tls.createServer({ ...certificate, allowHalfOpen: true }, (socket) => socket.pipe(socket));
      const port = await stage.serve((socket) => server.emit('connection', socket), { allowHalfOpen: true });
      const client = secure(stage, port);
      await once(client, 'secureConnect');
      expect([client.authorized, client.getProtocol()]).toEqual([true, 'TLSv1.3']);
      client.end(body);
      expect(digest(await readAll(client))).toBe(digest(body));
      expect(lostFrames(stage)).toBeGreaterThan(0);
    }));

  it('refuses a certificate nobody has vouched for, and closes', () =>
    onVirtualHosts(12, async (stage) => {
      const server = tls.createServer(certificate);
      const port = await stage.serve((socket) => server.emit('connection', socket));
      const client = tls.connect({ socket: stage.connect(port), servername: SERVER_NAME });
      expect((await once(client, 'error'))[0]).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
    }));

  it('a reset in mid-stream is an ECONNRESET at both ends', () =>
    onVirtualHosts(13, async (stage) => {
      const atServer: (string | undefined)[] = [];
      const server = tls.createServer(certificate, (socket) => {
        socket.on('error', (error: NodeJS.ErrnoException) => atServer.push(error.code));
        socket.end(content(8 * MEBIBYTE));
      });
      const port = await stage.serve((socket) => server.emit('connection', socket));
      const reset = stage.resetAfter(400_000);
      const client = secure(stage, port);
      expect(await failureOf(readAll(client))).toMatchObject({ code: 'ECONNRESET' });
      await until(() => atServer.length > 0);
      // Node's adapter for sockets that are not its own fails the write under way as well.
      expect(atServer[0]).toBe('ECONNRESET');
      expect(reset.hits).toBeGreaterThan(0);
    }));
});

describe('node:https', () => {
  function agentTo(stage: Stage, port: number): https.Agent {
    const agent = new https.Agent({ keepAlive: true, maxSockets: 1 });
    return Object.assign(agent, { createConnection: () => secure(stage, port) });
  }

  it('an agent sends request after request over the connection it keeps', () =>
    onVirtualHosts(14, async (stage) => {
      const site = https.createServer(certificate, (request, response) => request.pipe(response));
      const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
      const agent = agentTo(stage, port);
      for (const sent of [body, content(1), body.subarray(1000)]) {
        const { received } = await exchange(agent, '/', sent);
        expect(digest(received)).toBe(digest(sent));
      }
      expect(stage.accepted.length).toBe(1);
      expect(lostFrames(stage)).toBeGreaterThan(0);
      agent.destroy();
    }));

  it('a reset in the middle of a body is told, and the next request goes its way', () =>
    onVirtualHosts(15, async (stage) => {
      const site = https.createServer(certificate, (request, response) => request.pipe(response));
      const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
      const agent = agentTo(stage, port);
      const reset = stage.resetAfter(400_000);
      expect(await failureOf(exchange(agent, '/', content(8 * MEBIBYTE)))).toMatchObject({ code: 'ECONNRESET' });
      expect(reset.hits).toBeGreaterThan(0);
      expect(digest((await exchange(agent, '/', body)).received)).toBe(digest(body));
      agent.destroy();
    }));
});

describe('node:http2', () => {
  it.each(['h2c', 'h2'])('%s: four streams at a time, a mebibyte each way', (protocol) =>
    onVirtualHosts(16, async (stage) => {
      const isSecure = protocol === 'h2';
      const site = isSecure ? http2.createSecureServer(certificate) : http2.createServer();
      site.on('stream', (stream: http2.ServerHttp2Stream) => {
        stream.respond({ ':status': 200 });
        stream.pipe(stream);
      });
      const port = await stage.serve((socket) => site.emit('connection', socket));
      const session = http2.connect(`${isSecure ? 'https' : 'http'}://${SERVER_NAME}`, {
        createConnection: () => (isSecure ? secure(stage, port, { ALPNProtocols: ['h2'] }) : stage.connect(port)),
      });
      const parts = [0, 1, 2, 3].map((index) => body.subarray(index * (MEBIBYTE / 4), (index + 1) * (MEBIBYTE / 4)));
      const received = await Promise.all(
        parts.map((part) => {
          const stream = session.request({ ':method': 'POST', ':path': '/' });
          stream.end(part);
          return readAll(stream);
        }),
      );
      expect(received.map(digest)).toEqual(parts.map(digest));
      expect(lostFrames(stage)).toBeGreaterThan(0);
      expect(stage.accepted.length).toBe(1);
      await new Promise<void>((resolve) => session.close(resolve));
    }),
  );

  it('a reset in mid-stream ends the session and its streams at both ends', () =>
    onVirtualHosts(17, async (stage) => {
      const site = http2.createServer();
      const atServer: string[] = [];
      let streamErrors = 0;
      site.on('stream', (stream: http2.ServerHttp2Stream) => {
        stream.on('error', () => streamErrors++);
        stream.respond({ ':status': 200 });
        stream.end(content(8 * MEBIBYTE));
      });
      site.on('sessionError', (error: Error) => atServer.push(error.message));
      const port = await stage.serve((socket) => site.emit('connection', socket));
      const reset = stage.resetAfter(400_000);
      const session = http2.connect(`http://${SERVER_NAME}`, { createConnection: () => stage.connect(port) });
      const ended = once(session, 'error');
      const failures = await Promise.all(
        ['/a', '/b'].map((path) => failureOf(readAll(session.request({ ':path': path })))),
      );
      expect(await ended).toMatchObject([{ code: 'ECONNRESET' }]);
      expect(failures).toMatchObject([{ code: 'ECONNRESET' }, { code: 'ECONNRESET' }]);
      expect(session.destroyed).toBe(true);
      await until(() => atServer.length > 0);
      expect(atServer).toEqual(['read ECONNRESET']);
      expect(streamErrors).toBe(2);
      expect(reset.hits).toBeGreaterThan(0);
    }));
});
