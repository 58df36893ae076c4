/** The network of tests: it runs by itself, its clock goes with fake timers, faults do what they are named after. */

import { readFile } from 'node:fs/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import '../../test/support/failure-folder.ts';
import { echo, PromiseServer, PromiseSocket } from '../../test/support/promise-sockets.ts';
import { LeakError, Network, StalledError, withNetwork } from './index.ts';
import './vitest.ts';

function pair(network: Network, delayMs = 10): void {
  network.link(network.host('client'), network.host('server'), { delayMs });
}

async function talk(network: Network, text = 'hello'): Promise<string> {
  const socket = await PromiseSocket.connect(network.socketHost('client'), 'server', 80);
  socket.write(text);
  const answer = await socket.read();
  socket.close();
  return answer;
}

/** Fails on purpose and returns the error. */
async function failureOf(run: () => Promise<unknown>): Promise<Error> {
  const error = await run().then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof Error)) throw new Error('it did not fail');
  return error;
}

afterEach(() => vi.useRealTimers());

describe('a network in a test', () => {
  it('runs while the test waits for promises', async () => {
    using network = new Network();
    pair(network);
    const server = new PromiseServer(network.socketHost('server'), 80, echo);
    expect(await talk(network)).toBe('hello');
    await network.advance(1000);
    server.close();
    expect(network).toHaveHandshaken();
    expect(network).toHaveClosedBy('client');
    expect(network.hostNamed('server')).not.toHaveBeenReset();
    expect(network).not.toHaveOpenSockets();
    expect(network.connections[0]).toHaveSentSegments(10);
  });

  it('advances by exactly what it is told, with the clock in its hands', async () => {
    using network = new Network({ clock: 'manual' });
    pair(network, 40);
    const server = new PromiseServer(network.socketHost('server'), 80, echo);
    let isDone = false;
    const talking = talk(network).then(() => {
      isDone = true;
    });
    // Addresses take a round trip, the handshake one, the question another.
    await network.advance(239);
    expect([network.nowMs, isDone]).toEqual([239, false]);
    await network.advance(1);
    expect([network.nowMs, isDone]).toEqual([240, true]);
    await talking;
    server.close();
    await network.advance(200);
  });

  it('gives the same capture twice for a program of timers, promises and its sockets', async () => {
    const once = (): Promise<Uint8Array> =>
      withNetwork({ seed: 7 }, async (network) => {
        network.link(network.host('client'), network.host('server'), { delayMs: 10, jitterMs: 8, loss: 0.2 });
        const server = new PromiseServer(network.socketHost('server'), 80, echo);
        for (let i = 0; i < 5; i++) await talk(network, `request ${i}`);
        server.close();
        await network.advance(200_000);
        expect(network).toBeDeterministic();
        expect(network).toHaveLostSegments();
        expect(network).toHaveRetransmitted();
        return network.toPcapng();
      });
    expect(Buffer.compare(await once(), await once())).toBe(0);
  });

  it('says what a failed test had on the wire, and how to repeat it', async () => {
    const error = await failureOf(() =>
      withNetwork({ seed: 99, name: 'said' }, async (network) => {
        pair(network);
        const server = new PromiseServer(network.socketHost('server'), 80, echo);
        await talk(network);
        server.close();
        expect(1).toBe(2);
      }),
    );
    expect(error.message).toContain('WOSHOU_SEED=99');
    expect(error.message).toMatch(/client ──▶ server {2}SYN {2}seq=0/);
    const path = /recording: (\S+)/.exec(error.message)?.[1] ?? '';
    expect((await readFile(path)).readUInt32LE(0)).toBe(0x0a0d0d0a);
  });

  it('names what is left open', async () => {
    const error = await failureOf(() =>
      withNetwork({}, async (network) => {
        pair(network);
        new PromiseServer(network.socketHost('server'), 80, () => {});
        await PromiseSocket.connect(network.socketHost('client'), 'server', 80);
      }),
    );
    expect(error).toBeInstanceOf(LeakError);
    expect(error.message).toMatch(/server: listening server on .*:80/);
    expect(error.message).toMatch(/client: open TCP connection .* ESTABLISHED/);
  });

  it('gives up at once where nothing can happen any more', async () => {
    const error = await failureOf(() =>
      withNetwork({ stallMs: 100 }, async (network) => {
        pair(network);
        new PromiseServer(network.socketHost('server'), 80, () => {});
        const socket = await PromiseSocket.connect(network.socketHost('client'), 'server', 80);
        await socket.read();
      }),
    );
    expect(error).toBeInstanceOf(StalledError);
    expect(error.message).toMatch(/waits for ever[\s\S]*open: .*ESTABLISHED/);
  });
});

describe('fake timers', () => {
  it('go with the network in the order of what is due', async () => {
    vi.useFakeTimers();
    using network = new Network();
    pair(network, 10);
    network.useTimers(vi);
    const startMs = Date.now();
    const order: string[] = [];
    const server = new PromiseServer(network.socketHost('server'), 80, echo);
    const at = (): string => `${Date.now() - startMs}/${Math.floor(network.nowMs)}`;
    for (const ms of [5, 25, 70]) setTimeout(() => order.push(`timer ${at()}`), ms);
    await talk(network);
    order.push(`answer ${at()}`);
    await new Promise((resolve) => setTimeout(resolve, 30_000));
    order.push(`slept ${at()}`);
    server.close();
    expect(order).toEqual(['timer 5/5', 'timer 25/25', 'answer 60/60', 'timer 70/70', 'slept 30060/30060']);
  });

  it('advance with the network by hand', async () => {
    vi.useFakeTimers();
    using network = new Network({ clock: 'manual' });
    network.useTimers(vi);
    let fired = 0;
    setInterval(() => fired++, 1000);
    await network.advance(9_999);
    expect(fired).toBe(9);
    await network.advance(1);
    expect(fired).toBe(10);
  });

  it('that are not installed are said to be missing', () => {
    using network = new Network();
    expect(() => network.useTimers(vi)).toThrow(/fake timers are not installed: call vi.useFakeTimers/);
    expect(() => network.useTimers({} as typeof vi)).toThrow(/is no fake timers/);
  });
});
