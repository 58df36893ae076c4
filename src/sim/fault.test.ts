/** Faults by name, partitions and crashes: what programs meet, and what packets brought it about. */
import { describe, expect, it } from 'vitest';
import { echo, PromiseServer, PromiseSocket } from '../../test/support/promise-sockets.ts';
import { type Network, withNetwork } from '../test/index.ts';
import '../test/vitest.ts';
import { FAULT_NAMES, type FaultName } from './fault.ts';
import { ClientApplication, EchoServer, Network as SimulatedNetwork } from './index.ts';

/** A client and a server that echoes on port 80 and, beside the faults, on 81. */
function inTest(test: (network: Network) => Promise<void>): () => Promise<void> {
  return () =>
    withNetwork({ leaks: 'ignore' }, async (network) => {
      network.link(network.host('client'), network.host('server'), { delayMs: 10 });
      for (const port of [80, 81])
        new PromiseServer(network.socketHost('server'), port, (socket) => quietly(echo(socket)));
      await test(network);
    });
}

const quietly = (work: Promise<void>): Promise<void> => work.catch(() => {});
const connect = (network: Network, port = 80): Promise<PromiseSocket> =>
  PromiseSocket.connect(network.socketHost('client'), 'server', port);

async function ask(socket: PromiseSocket): Promise<string> {
  socket.write('question');
  return await socket.read();
}

const PLACES: readonly (readonly [place: string, fault: (network: Network, name: FaultName) => { remove(): void }])[] =
  [
    ['at a port of a host', (network, name) => network.hostNamed('server').fault(name, { port: 80 })],
    ['on a link', (network, name) => network.linkNamed('client-server').fault(name, { port: 80 })],
  ];

describe.each(PLACES)('%s', (_place, fault) => {
  it(
    'syn-timeout: connect repeats its SYN and fails after minutes, other ports work',
    inTest(async (network) => {
      fault(network, 'syn-timeout');
      expect(await ask(await connect(network, 81))).toBe('question');
      const startMs = network.nowMs;
      await expect(connect(network)).rejects.toThrow(/ETIMEDOUT/);
      expect(network.nowMs - startMs).toBeGreaterThan(60_000);
      expect(network.connections[1]).toHaveRetransmitted();
      expect(network.connections[1]).not.toHaveHandshaken();
    }),
  );

  it(
    'refused: a RST answers the SYN, and no longer once the fault is over',
    inTest(async (network) => {
      const refused = fault(network, 'refused');
      await expect(connect(network)).rejects.toThrow(/ECONNREFUSED/);
      expect(network.hostNamed('client')).toHaveBeenReset('network');
      refused.remove();
      expect(await ask(await connect(network))).toBe('question');
    }),
  );

  it(
    'reset: the handshake passes, data is answered by a RST',
    inTest(async (network) => {
      fault(network, 'reset');
      const socket = await connect(network);
      await expect(ask(socket)).rejects.toThrow(/ECONNRESET/);
      await network.advance(100);
      expect(network.connections[0]).toHaveHandshaken();
      expect(network.connections[0]).toHaveClosedBy('network');
      expect(network.hostNamed('server')).not.toHaveBeenReset();
    }),
  );

  it(
    'half-open: what was open is dead and nobody says so, what is opened later lives',
    inTest(async (network) => {
      const old = await connect(network);
      expect(await ask(old)).toBe('question');
      fault(network, 'half-open');
      old.write('anybody there?');
      await network.advance(10_000);
      expect(old.socket.stateName).toBe('ESTABLISHED');
      expect(old.socket.readableLength).toBe(0);
      expect(network.connections[0]).toHaveRetransmitted();
      expect(network.connections[0]).not.toHaveBeenReset();
      expect(await ask(await connect(network))).toBe('question');
    }),
  );

  it(
    'stall: the server takes everything and its answers never come, until the fault is over',
    inTest(async (network) => {
      const stalled = fault(network, 'stall');
      const socket = await connect(network);
      socket.write('question');
      await network.advance(5_000);
      expect(socket.socket.unacknowledgedLength).toBe(0);
      expect(socket.socket.readableLength).toBe(0);
      stalled.remove();
      expect(await socket.read()).toBe('question');
      expect(network.hostNamed('server')).toHaveRetransmitted();
    }),
  );

  it(
    'slow: every packet takes a second longer, each way',
    inTest(async (network) => {
      const socket = await connect(network);
      const startMs = network.nowMs;
      await ask(socket);
      const usualMs = network.nowMs - startMs;
      fault(network, 'slow');
      const slowMs = network.nowMs;
      await ask(socket);
      expect(network.nowMs - slowMs).toBeCloseTo(usualMs + 2000, 3);
    }),
  );
});

describe('a fault', () => {
  it(
    'ends with the scope of `using`',
    inTest(async (network) => {
      {
        using fault = network.hostNamed('server').fault('refused');
        await expect(connect(network)).rejects.toThrow(/ECONNREFUSED/);
        expect(fault.hits).toBe(1);
      }
      expect(network.linkNamed('client-server').rules).toEqual([]);
      expect(await ask(await connect(network))).toBe('question');
    }),
  );

  it(
    'that is wrong says what there is',
    inTest(async (network) => {
      const server = network.hostNamed('server');
      expect(() => server.fault('refuzed' as FaultName)).toThrow(new RegExp(FAULT_NAMES.join(', ')));
      expect(() => server.fault('stall', { delayMs: 5 })).toThrow(/belongs to the fault slow/);
      expect(() => server.fault('stall', { port: 0 })).toThrow(/port/);
      expect(() => network.host('alone').fault('stall')).toThrow(/is on no link/);
    }),
  );

  it('is part of a snapshot', () => {
    const network = new SimulatedNetwork();
    const [client, server] = [network.host('client'), network.host('server')];
    network.link(client, server, { delayMs: 10 });
    server.start(new EchoServer(80));
    const remoteAddress = network.addressOf('server');
    client.start(new ClientApplication({ remoteAddress, remotePort: 80 }));
    network.run({ forMs: 100 });
    const fault = server.fault('half-open');
    const snapshot = network.snapshot();
    fault.remove();
    expect(unanswered(network)).toBe(0);
    network.restore(snapshot);
    expect(unanswered(network)).toBe(4);
  });
});

/** Octets of `ping` that the server has not acknowledged after five seconds. */
function unanswered(network: SimulatedNetwork): number {
  const [client] = network.hostNamed('client').applications;
  if (!(client instanceof ClientApplication)) throw new Error('the client is gone');
  const { socket } = client;
  socket?.write(new TextEncoder().encode('ping'));
  network.run({ forMs: 5000 });
  return socket?.unacknowledgedLength ?? -1;
}

describe('rules with a scope', () => {
  it(
    'hold while their callback lasts, also when it fails',
    inTest(async (network) => {
      const link = network.linkNamed('client-server');
      const hits = await link.withRule({ flags: 'SYN+!ACK', first: 1 }, 'drop', async (rule) => {
        await connect(network);
        return rule.hits;
      });
      expect(hits).toBe(1);
      expect(network).toHaveRetransmitted(1);
      expect(network).toHaveLostSegments(1);
      await expect(link.withRule({}, 'drop', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
      expect(link.rules).toEqual([]);
    }),
  );

  it(
    'hold while their block lasts',
    inTest(async (network) => {
      const link = network.linkNamed('client-server');
      {
        using rule = link.rule({ flags: 'SYN+ACK' }, 'drop');
        await network.advance(1);
        expect(link.rules).toEqual([rule]);
      }
      expect(link.rules).toEqual([]);
    }),
  );
});

describe('a partition', () => {
  it(
    'of two neighbors lets nothing pass until it is healed',
    inTest(async (network) => {
      const socket = await connect(network);
      const partition = network.partition('client', 'server');
      socket.write('question');
      await network.advance(3_000);
      expect(socket.socket.readableLength).toBe(0);
      network.heal('server', 'client');
      expect(partition.isRemoved).toBe(true);
      expect(await socket.read()).toBe('question');
      expect(() => network.partition('client', network.host('far'))).toThrow(/share no link/);
    }),
  );

  it('on a switch leaves the others alone', () =>
    withNetwork({ leaks: 'ignore' }, async (network) => {
      const hosts = ['a', 'b', 'c'].map((name) => network.host(name));
      network.switch(hosts, { delayMs: 1 });
      const [a, b, c] = hosts.map((host) => network.socketHost(host));
      if (a === undefined || b === undefined || c === undefined) throw new Error('three hosts');
      new PromiseServer(b, 80, (socket) => quietly(echo(socket)));
      network.partition('a', 'b');
      expect(await ask(await PromiseSocket.connect(c, 'b', 80))).toBe('question');
      await expect(PromiseSocket.connect(a, 'b', 80)).rejects.toThrow(/ETIMEDOUT/);
      network.heal('c');
      expect(network.linkNamed('a-b-c').rules.length).toBeGreaterThan(0);
      network.heal();
      expect(network.linkNamed('a-b-c').rules).toEqual([]);
      expect(await ask(await PromiseSocket.connect(a, 'b', 80))).toBe('question');
    }));
});

describe('a host that dies', () => {
  it(
    'says nothing: no FIN, no RST',
    inTest(async (network) => {
      const socket = await connect(network);
      network.hostNamed('server').crash();
      socket.write('question');
      await expect(socket.read()).rejects.toThrow(/ETIMEDOUT|EHOSTUNREACH/);
      expect(network.hostNamed('client')).not.toHaveBeenReset();
      expect(network.hostNamed('client')).toHaveRetransmitted();
    }),
  );
});
