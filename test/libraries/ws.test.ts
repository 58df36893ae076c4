/** ws over virtual hosts: messages in pieces, compressed and not, a reset in the middle of one. */
import { once } from 'node:events';
import http from 'node:http';
import { describe, expect, it } from 'vitest';
import { type RawData, WebSocket, WebSocketServer } from 'ws';
import { content, digest, lostFrames, MEBIBYTE, next, onVirtualHosts, type Stage, until } from './stage.ts';

const body = content(MEBIBYTE);

interface Site {
  readonly port: number;
  /** Names and codes of what the server's sockets were told at their end. */
  readonly ends: (string | number | undefined)[];
}

/** Sends back what it gets. */
async function echoSite(stage: Stage, perMessageDeflate: boolean): Promise<Site> {
  const site = http.createServer();
  const ends: Site['ends'] = [];
  const server = new WebSocketServer({ server: site, perMessageDeflate });
  server.on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
    socket.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code));
    socket.on('close', (code) => ends.push(code));
  });
  const port = await stage.serve((socket) => site.emit('connection', socket), { allowHalfOpen: true });
  return { port, ends };
}

function open(stage: Stage, port: number, perMessageDeflate: boolean): WebSocket {
  const createConnection = () => stage.connect(port);
  return new WebSocket('ws://server/', { perMessageDeflate, createConnection } as ConstructorParameters<
    typeof WebSocket
  >[2]);
}

describe('ws', () => {
  it.each([false, true])('messages come back whole and in order, compressed: %s', (isCompressed) =>
    onVirtualHosts(21, async (stage) => {
      const { port, ends } = await echoSite(stage, isCompressed);
      const socket = open(stage, port, isCompressed);
      await once(socket, 'open');
      expect(socket.extensions).toBe(isCompressed ? 'permessage-deflate' : '');
      const sent: (Buffer | string)[] = [
        body,
        'text',
        ...Array.from({ length: 100 }, (_, index) => `message ${index}`),
      ];
      const received: string[] = [];
      const all = new Promise<void>((resolve) => {
        socket.on('message', (data: RawData, isBinary) => {
          received.push(isBinary ? digest(data as Buffer) : data.toString());
          if (received.length === sent.length) resolve();
        });
      });
      for (const message of sent) socket.send(message);
      await all;
      expect(received).toEqual(sent.map((message) => (typeof message === 'string' ? message : digest(message))));
      expect(lostFrames(stage)).toBeGreaterThan(0);
      socket.close(1000);
      expect((await once(socket, 'close'))[0]).toBe(1000);
      await until(() => ends.length > 0);
      expect(ends).toEqual([1000]);
    }),
  );

  it('a reset in the middle of a message is code 1006 at both ends', () =>
    onVirtualHosts(22, async (stage) => {
      const { port, ends } = await echoSite(stage, false);
      const socket = open(stage, port, false);
      await once(socket, 'open');
      const reset = stage.resetAfter(400_000);
      const closed = next(socket, 'close');
      socket.send(content(8 * MEBIBYTE));
      expect((await closed)[0]).toBe(1006);
      await until(() => ends.length > 0);
      expect(ends).toEqual([1006]);
      expect(reset.hits).toBeGreaterThan(0);
    }));
});
