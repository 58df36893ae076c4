/** ssh2 over virtual hosts, client and server: a command's input and output, two channels at a time, a reset. */
import { once } from 'node:events';
import ssh2, { type ClientChannel, type Connection } from 'ssh2';
import { describe, expect, it } from 'vitest';
import { content, digest, lostFrames, MEBIBYTE, next, onVirtualHosts, readAll, type Stage, until } from './stage.ts';

const body = content(MEBIBYTE);
const USER = { username: 'someone', password: 'open sesame' };
const hostKey = ssh2.utils.generateKeyPairSync('ed25519').private;

interface Place {
  readonly port: number;
  /** Codes of the errors the server's connections were told, and their ends. */
  readonly ends: string[];
}

/** Runs the commands `cat` and `flood`. */
async function serve(stage: Stage): Promise<Place> {
  const ends: string[] = [];
  const server = new ssh2.Server({ hostKeys: [hostKey] }, (connection: Connection) => {
    connection.on('authentication', (context) => {
      const isRight = context.method === 'password' && context.password === USER.password;
      if (isRight) context.accept();
      else context.reject(['password']);
    });
    connection.on('error', (error: NodeJS.ErrnoException) => ends.push(error.code ?? error.message));
    connection.on('close', () => ends.push('close'));
    connection.on('session', (accept) => {
      accept().on('exec', (acceptExec, rejectExec, { command }) => {
        if (command !== 'cat' && command !== 'flood') {
          rejectExec();
          return;
        }
        const channel = acceptExec();
        const finish = (): void => {
          channel.exit(0);
          channel.end();
        };
        if (command === 'flood') channel.end(content(8 * MEBIBYTE));
        else channel.on('data', (chunk: Buffer) => channel.write(chunk)).on('end', finish);
      });
    });
  });
  const port = await stage.serve((socket) => server.injectSocket(socket));
  return { port, ends };
}

async function login(stage: Stage, port: number): Promise<ssh2.Client> {
  const client = new ssh2.Client();
  client.connect({ sock: stage.connect(port), ...USER });
  await once(client, 'ready');
  return client;
}

function run(client: ssh2.Client, command: string): Promise<ClientChannel> {
  return new Promise((resolve, reject) => {
    client.exec(command, (error, channel) => (error === undefined ? resolve(channel) : reject(error)));
  });
}

describe('ssh2', () => {
  it('two commands at a time, a mebibyte in and out of each', () =>
    onVirtualHosts(91, async (stage) => {
      const { port, ends } = await serve(stage);
      const client = await login(stage, port);
      const outputs = await Promise.all(
        [body, Buffer.from(body).reverse()].map(async (input) => {
          const channel = await run(client, 'cat');
          const output = readAll(channel);
          channel.end(input);
          return [digest(await output), digest(input)];
        }),
      );
      for (const [output, input] of outputs) expect(output).toBe(input);
      expect(lostFrames(stage)).toBeGreaterThan(0);
      client.end();
      await once(client, 'close');
      await until(() => ends.length > 0);
      expect(ends).toEqual(['close']);
    }));

  it('a wrong password is refused', () =>
    onVirtualHosts(92, async (stage) => {
      const { port } = await serve(stage);
      const client = new ssh2.Client();
      client.connect({ sock: stage.connect(port), ...USER, password: 'close sesame' });
      expect(await once(client, 'error')).toMatchObject([{ level: 'client-authentication' }]);
    }));

  it('a reset in mid-stream is an error of both connections, and their channels close', () =>
    onVirtualHosts(93, async (stage) => {
      const { port, ends } = await serve(stage);
      const client = await login(stage, port);
      const reset = stage.resetAfter(400_000);
      const channel = await run(client, 'flood');
      const channelClosed = next(channel.resume(), 'close');
      const closed = next(client, 'close');
      expect(await once(client, 'error')).toMatchObject([{ code: 'ECONNRESET', level: 'client-socket' }]);
      await Promise.all([closed, channelClosed]);
      expect(reset.hits).toBeGreaterThan(0);
      await until(() => ends.length > 1);
      expect(ends).toEqual(['ECONNRESET', 'close']);
    }));
});
