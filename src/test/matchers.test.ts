/** Matchers on their own: each passes and fails, says what was found, and takes every kind of subject. */
import { describe, expect, it } from 'vitest';
import '../../test/support/failure-folder.ts';
import { echo, PromiseServer, PromiseSocket } from '../../test/support/promise-sockets.ts';
import { matchers, type Network, type Subject, withNetwork } from './index.ts';
import { expectNetwork } from './node.ts';
import { chooseSeed } from './seed.ts';

/** Two conversations: the first with a lost SYN and ended by the client, the second reset by the server. */
function conversations(test: (network: Network) => void | Promise<void>): () => Promise<void> {
  return () =>
    withNetwork({ seed: 5, name: 'two talks' }, async (network) => {
      const link = network.link(network.host('client'), network.host('server'), { delayMs: 10 });
      const server = new PromiseServer(network.socketHost('server'), 80, (socket) => void echo(socket));
      const killer = new PromiseServer(network.socketHost('server'), 81, (socket) => {
        socket.socket.abort();
        socket.close();
      });
      const client = network.socketHost('client');
      await link.withRule({ flags: 'SYN+!ACK', first: 1 }, 'drop', async () => {
        const socket = await PromiseSocket.connect(client, 'server', 80);
        socket.write('x');
        await socket.read();
        socket.close();
      });
      const reset = await PromiseSocket.connect(client, 'server', 81);
      await expect(reset.read()).rejects.toThrow(/ECONNRESET/);
      server.close();
      killer.close();
      await network.advance(1000);
      await test(network);
    });
}

const ROWS: readonly (readonly [matcher: keyof typeof matchers, args: unknown[], subjects: string, passes: string])[] =
  [
    ['toHaveHandshaken', [], 'network client server link first second', 'network client server link first second'],
    ['toHaveRetransmitted', [], 'network client server link first second', 'network client link first'],
    ['toHaveRetransmitted', [1], 'network client', 'network client'],
    ['toHaveRetransmitted', [2], 'network client', ''],
    ['toHaveLostSegments', [1], 'network client server link first second', 'network client link first'],
    ['toHaveSentSegments', [4], 'second', 'second'],
    ['toHaveClosedBy', ['client'], 'first second network', 'first'],
    ['toHaveClosedBy', ['server'], 'first second', 'second'],
    ['toHaveClosedBy', ['network'], 'first second', ''],
    ['toHaveBeenReset', [], 'network client server first second', 'network client second'],
    ['toHaveBeenReset', ['server'], 'client second', 'client second'],
    ['toHaveBeenReset', ['network'], 'client second', ''],
    ['toHaveOpenSockets', [], 'network client server', ''],
    ['toBeDeterministic', [], 'network client link first', 'network client link first'],
  ];

function subjectOf(network: Network, name: string): Subject {
  const [first, second] = network.connections;
  if (name === 'network') return network;
  if (name === 'link') return network.linkNamed('client-server');
  if (name === 'first' && first !== undefined) return first;
  if (name === 'second' && second !== undefined) return second;
  return network.hostNamed(name);
}

describe('matchers', () => {
  it(
    'hold for those who did it, and say of the others what they did',
    conversations((network) => {
      for (const [name, args, subjects, passes] of ROWS) {
        for (const subject of subjects.split(' ')) {
          const result = Reflect.apply(matchers[name], {}, [subjectOf(network, subject), ...args]);
          expect([name, args, subject, result.pass]).toEqual([
            name,
            args,
            subject,
            passes.split(' ').includes(subject),
          ]);
          expect(result.message()).toMatch(/expected (network|host|link|connection) .* to [\s\S]*seed 5/);
        }
      }
    }),
  );

  it(
    'throw errors for node:test, where they are wrong either way',
    conversations((network) => {
      expectNetwork(network).toHaveRetransmitted();
      expectNetwork(network.hostNamed('server')).not.toHaveRetransmitted();
      expect(() => expectNetwork(network).not.toHaveRetransmitted(1)).toThrow(
        /expected network 'two talks' not to have retransmitted: 1, found 1\nnetwork 'two talks', seed 5/,
      );
      expect(() => expectNetwork(network.hostNamed('server')).toHaveRetransmitted()).toThrow(
        /expected host 'server' to have retransmitted, found 0/,
      );
    }),
  );

  it(
    'refuse what is no subject, and names that nobody has',
    conversations((network) => {
      expect(() => expectNetwork({} as Network).toHaveHandshaken()).toThrow(/must be a network of woshou\/test/);
      expect(() => expectNetwork(network).toHaveClosedBy('nobody')).toThrow(/there are client, server, network/);
    }),
  );
});

describe('the seed', () => {
  it('is the one given, else the environment’s, else 1', () => {
    expect(chooseSeed(7, { WOSHOU_SEED: '9' })).toBe(7);
    expect(chooseSeed(undefined, { WOSHOU_SEED: '9' })).toBe(9);
    expect(chooseSeed(undefined, {})).toBe(1);
    expect(chooseSeed(undefined, { WOSHOU_SEED: 'random' })).toBeGreaterThan(0);
    expect(() => chooseSeed(undefined, { WOSHOU_SEED: 'nine' })).toThrow(/WOSHOU_SEED: must be an integer or 'random'/);
  });
});
