/** socket.io and socket.io-client over virtual hosts: both transports, and a reset it recovers from by itself. */
import http from 'node:http';
import { Server } from 'socket.io';
import { io, type ManagerOptions, type Socket } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import { agentTo } from './http-client.ts';
import { content, digest, lostFrames, MEBIBYTE, next, onVirtualHosts, type Stage } from './stage.ts';

const body = content(MEBIBYTE);

interface Party {
  readonly client: Socket;
  readonly server: Server;
  /** Why the server's sockets were disconnected. */
  readonly reasons: string[];
  end(): Promise<void>;
}

async function meet(stage: Stage, transports: ('polling' | 'websocket')[]): Promise<Party> {
  const site = http.createServer();
  const server = new Server(site, { maxHttpBufferSize: 16 * MEBIBYTE });
  const reasons: string[] = [];
  server.on('connection', (socket) => {
    socket.on('echo', (data: Buffer, answer: (data: Buffer) => void) => answer(data));
    socket.on('disconnect', (reason) => reasons.push(reason));
  });
  const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
  const agent = agentTo(stage, port);
  const options: Partial<ManagerOptions> = { transports, reconnectionDelay: 1, reconnectionDelayMax: 1 };
  const client = io('http://server', { ...options, ...({ agent } as object), forceNew: true });
  const end = async (): Promise<void> => {
    client.disconnect();
    await server.close();
    agent.destroy();
  };
  return { client, server, reasons, end };
}

describe('socket.io', () => {
  it.each([[['polling' as const]], [['websocket' as const]], [['polling' as const, 'websocket' as const]]])(
    'sends and gets a mebibyte over %s',
    (transports) =>
      onVirtualHosts(51, async (stage) => {
        const { client, end } = await meet(stage, transports);
        const upgraded = transports.length > 1 ? next(client.io.engine, 'upgrade') : null;
        await next(client, 'connect');
        await upgraded;
        expect(client.io.engine.transport.name).toBe(transports.at(-1));
        const back: Buffer = await client.emitWithAck('echo', body);
        expect(digest(back)).toBe(digest(body));
        expect(lostFrames(stage)).toBeGreaterThan(0);
        await end();
      }),
  );

  it('a reset in the middle of a message is told at both ends, then it connects again', () =>
    onVirtualHosts(52, async (stage) => {
      const { client, reasons, end } = await meet(stage, ['websocket']);
      await next(client, 'connect');
      const reset = stage.resetAfter(400_000);
      const lost = client.emitWithAck('echo', content(8 * MEBIBYTE)).then(
        () => null,
        (error: Error) => error.message,
      );
      const [reason] = await next(client, 'disconnect');
      expect(reason).toMatch(/^transport (?:error|close)$/);
      await next(client, 'connect');
      expect(await lost).toBe('socket has been disconnected');
      expect(digest(await client.emitWithAck('echo', body))).toBe(digest(body));
      expect(reset.hits).toBeGreaterThan(0);
      expect(reasons).toEqual([expect.stringMatching(/^transport (?:error|close)$/)]);
      await end();
    }));
});
