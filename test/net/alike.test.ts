/** Order of events, errors and values, side by side with Node's own net. */
import type { Socket } from 'node:net';
import { describe, it } from 'vitest';
import { closed, expectAlike, listen, type Stage, watch } from './both.ts';

/** One connection: what each end does is given, what both see is logged. */
async function conversation(
  stage: Stage,
  onServer: (socket: Socket) => void,
  onClient: (socket: Socket) => void,
  options: { allowHalfOpen?: boolean; pauseOnConnect?: boolean } = {},
): Promise<void> {
  const lines: Record<string, string[]> = { client: [], server: [] };
  const own = (name: string): Stage => ({
    ...stage,
    log: (...words) => {
      lines[name]?.push(words.map((word) => (word instanceof Error ? word.message : String(word))).join(' '));
    },
  });
  const server = stage.server.createServer(options);
  const accepted = new Promise<Socket>((resolve) => {
    server.on('connection', (socket) => {
      watch(own('server'), 'server', socket);
      onServer(socket);
      resolve(socket);
    });
  });
  const port = await listen(server);
  const client = stage.client.connect({ port, host: stage.address, ...options });
  watch(own('client'), 'client', client);
  const clientClosed = closed(client);
  onClient(client);
  const socket = await accepted;
  await Promise.all([clientClosed, socket.closed ? undefined : closed(socket)]);
  server.close();
  await closed(server);
  // Between two machines order means nothing; at each end it does.
  for (const line of [...(lines.client ?? []), ...(lines.server ?? [])]) stage.log(line);
}

describe('as on Node: the life of a connection', () => {
  it('greets, answers, ends', () =>
    expectAlike((stage) =>
      conversation(
        stage,
        (socket) => socket.once('data', () => socket.end('bye')),
        (socket) => socket.write('hello'),
      ),
    ));

  it('half open: the server goes on after the end', () =>
    expectAlike((stage) =>
      conversation(
        stage,
        (socket) => socket.on('end', () => socket.end('late')),
        (socket) => socket.end('done'),
        { allowHalfOpen: true },
      ),
    ));

  it('destroy in connect, in data, in end', async () => {
    for (const event of ['connect', 'data', 'end'] as const) {
      await expectAlike((stage) =>
        conversation(
          stage,
          // What is sent to somebody who has just gone may be answered by a RST or not: a race on any network.
          (socket) => (event === 'connect' ? socket.resume() : socket.end('x')),
          (socket) => socket.on(event, () => socket.destroy()),
        ),
      );
    }
  });

  it('an error given to destroy', () =>
    expectAlike((stage) =>
      conversation(
        stage,
        (socket) => socket.resume(),
        (socket) => socket.on('connect', () => socket.destroy(new Error('enough'))),
      ),
    ));

  it('resetAndDestroy, seen by a reader', () =>
    expectAlike((stage) =>
      conversation(
        stage,
        (socket) => socket.once('data', () => socket.resetAndDestroy()),
        (socket) => socket.write('hello'),
      ),
    ));

  it('writes after the end', () =>
    expectAlike((stage) =>
      conversation(
        stage,
        (socket) => socket.resume(),
        (socket) => {
          socket.on('connect', () => {
            socket.end('x');
            socket.write('y', (error) => stage.log('callback', error));
          });
        },
      ),
    ));

  it('writes into the connection before it stands, with callbacks in order', () =>
    expectAlike((stage) =>
      conversation(
        stage,
        (socket) => socket.on('data', () => {}),
        (socket) => {
          stage.log(socket.connecting, socket.pending, socket.readyState, socket.bytesWritten);
          socket.write('one', () => stage.log('one'));
          socket.write('two', () => stage.log('two'));
          stage.log(socket.bytesWritten, socket.writableLength);
          socket.end('three', () => stage.log('three', socket.bytesWritten));
          stage.log(socket.writable, socket.readyState);
        },
      ),
    ));

  it('pauseOnConnect holds the data back', () =>
    expectAlike((stage) =>
      conversation(
        stage,
        (socket) => {
          stage.log(socket.isPaused(), socket.readableFlowing);
          setTimeout(() => socket.resume(), 20);
        },
        (socket) => socket.end('waiting'),
        { pauseOnConnect: true },
      ),
    ));

  it('is destroyed before it is connected', () =>
    expectAlike(async (stage) => {
      const server = stage.server.createServer();
      const port = await listen(server);
      const client = stage.client.connect({ port, host: stage.address });
      watch(stage, 'client', client);
      client.write('x', (error) => stage.log('callback', error));
      client.destroy();
      await closed(client);
      server.close();
      await closed(server);
    }));

  it('tells idleness', () =>
    expectAlike((stage) =>
      conversation(
        stage,
        (socket) => socket.resume(),
        (socket) => socket.setTimeout(30, () => socket.end()),
      ),
    ));

  it('connects again from inside a data event', () =>
    expectAlike(async (stage) => {
      const server = stage.server.createServer((socket) => socket.end(`${socket.remoteFamily}`));
      const port = await listen(server);
      const first = stage.client.connect({ port, host: stage.address });
      await new Promise<void>((resolve) => {
        first.on('data', (data) => {
          stage.log('first', data);
          const second = stage.client.connect({ port, host: stage.address });
          watch(stage, 'second', second);
          second.on('close', () => resolve());
        });
      });
      server.close();
      await closed(server);
    }));
});

describe('as on Node: errors', () => {
  it('nobody listens', () =>
    expectAlike(async (stage) => {
      const client = stage.client.connect({ port: 9, host: stage.address });
      watch(stage, 'client', client);
      await closed(client);
      stage.log(client.destroyed, client.readyState, client.remoteAddress);
    }));

  it('the port is taken', () =>
    expectAlike(async (stage) => {
      const first = stage.server.createServer();
      const port = await listen(first);
      const second = stage.server.createServer();
      const failed = new Promise<void>((resolve) => {
        second.on('error', (error) => {
          stage.log(error);
          resolve();
        });
      });
      second.listen(port);
      await failed;
      second.close((error) => stage.log('close', error));
      first.close((error) => stage.log('close', error));
      await closed(first);
    }));

  it('an address that is not ours', () =>
    expectAlike(async (stage) => {
      const client = stage.client.connect({ port: 9, host: stage.address, localAddress: '192.0.2.77' });
      watch(stage, 'client', client);
      await closed(client);
      const server = stage.server.createServer();
      server.listen(80, '192.0.2.77');
      stage.log(await new Promise((resolve) => server.once('error', resolve)));
    }));

  it('wrong arguments', () =>
    expectAlike(async ({ client: net, log }) => {
      const calls: (() => unknown)[] = [
        () => net.connect({} as never),
        () => net.connect({ port: -1 }),
        () => net.connect({ port: 65_536 }),
        () => net.connect({ port: {} as never }),
        () => net.connect({ port: '' as never }),
        () => net.connect({ port: 1, localAddress: 'here' }),
        () => net.connect({ port: 1, localPort: 'x' as never }),
        () => net.connect({ port: 1, host: 'name', lookup: 3 as never }),
        () => net.connect({ port: 1, autoSelectFamily: 3 as never }),
        () => net.connect({ port: 1, autoSelectFamilyAttemptTimeout: -1 }),
        () => net.createServer().listen({} as never),
        () => net.createServer().listen({ port: 99_999 }),
        () => net.createServer().listen({ port: 1, signal: 3 as never }),
        () => net.createServer(3 as never),
        () => new net.Socket({ objectMode: true } as never),
        () => new net.Socket().setTimeout('x' as never),
        () => new net.Socket().setTimeout(-1),
        () => new net.Socket().setTimeout(1, 'x' as never),
        () => new net.Socket().write(null as never),
        () => new net.Socket().write(3 as never),
        () => net.setDefaultAutoSelectFamily(3 as never),
        () => net.setDefaultAutoSelectFamilyAttemptTimeout(0),
      ];
      for (const call of calls) {
        try {
          call();
          log('fine');
        } catch (error) {
          log(error);
        }
      }
    }));

  it('a server that listens twice, closes twice', () =>
    expectAlike(async ({ server: net, log }) => {
      const server = net.createServer();
      server.on('close', () => log('close event'));
      await listen(server);
      try {
        server.listen(0);
      } catch (error) {
        log(error);
      }
      await new Promise<void>((resolve) => {
        server.close((error) => log('first', error));
        server.close((error) => {
          log('second', error);
          resolve();
        });
      });
      log(server.listening, server.address());
    }));

  it('a signal aborts', () =>
    expectAlike(async (stage) => {
      const controller = new AbortController();
      const client = new stage.client.Socket({ signal: controller.signal });
      watch(stage, 'client', client);
      client.connect({ port: 9, host: stage.address });
      controller.abort();
      await closed(client);
    }));
});
