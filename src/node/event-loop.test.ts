/** A simulated network that runs by itself on Node's event loop. */
import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { Network, pumpOf } from '../sim/index.ts';
import { ListenSocket, SocketEvent, type SocketHost, type SocketListener, StreamSocket } from '../socket/index.ts';
import { NodeEventLoop } from './event-loop.ts';

class Waiter implements SocketListener {
  private readonly wanted: number;
  private tell!: () => void;
  readonly done = new Promise<void>((resolve) => {
    this.tell = resolve;
  });

  constructor(wanted: number) {
    this.wanted = wanted;
  }

  socketEvents(events: number): void {
    if (events & this.wanted) this.tell();
  }
}

function pair(time?: 'real'): { network: Network; a: SocketHost; b: SocketHost } {
  const network = new Network({ seed: 3 });
  const a = network.host('a');
  const b = network.host('b');
  network.link(a, b, { delayMs: 40 });
  const pump = pumpOf(network, new NodeEventLoop(), time === undefined ? {} : { time });
  return { network, a: pump.attach(a), b: pump.attach(b) };
}

async function connect(a: SocketHost, b: SocketHost): Promise<void> {
  const listener = new ListenSocket(b.stack, { port: 80 });
  const remoteAddress = a.addressesOf('b')[0]!;
  a.ref();
  const socket = StreamSocket.connect(a.stack, { remoteAddress, remotePort: 80 });
  const connected = new Waiter(SocketEvent.connected);
  const accepted = new Waiter(SocketEvent.acceptable);
  socket.context = connected;
  listener.context = accepted;
  a.kick();
  await Promise.all([connected.done, accepted.done]);
  a.unref();
}

describe('a network on the event loop', () => {
  it('connects two hosts without a call of run, in virtual time', async () => {
    const { network, a, b } = pair();
    const startMs = performance.now();
    await connect(a, b);
    expect(network.nowMs).toBeGreaterThanOrEqual(120);
    expect(performance.now() - startMs).toBeLessThan(5_000);
  });

  it('stands still while a file is read', async () => {
    const { network, a, b } = pair();
    const connecting = connect(a, b);
    await new Promise((resolve) => setImmediate(resolve));
    const beforeMs = network.nowMs;
    await readFile(new URL(import.meta.url));
    expect(network.nowMs - beforeMs).toBeLessThanOrEqual(40);
    await connecting;
  });

  it('takes real time when asked to', async () => {
    const { network, a, b } = pair('real');
    const startMs = performance.now();
    await connect(a, b);
    expect(performance.now() - startMs).toBeGreaterThanOrEqual(119);
    expect(network.nowMs).toBeGreaterThanOrEqual(119);
  });

  it('has one pump, whose time is not changed', () => {
    const { network } = pair();
    expect(() => pumpOf(network, new NodeEventLoop(), { time: 'real' })).toThrow(/already runs in virtual time/);
  });
});
