/**
 * Where a library plays: two virtual hosts, a client and a server, on a link that loses one frame in a hundred. Time is
 * virtual, the seed is given. When the play is over nothing may be left: no connection, nothing that keeps the process alive.
 */
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import type { AddressInfo, Server, Socket } from 'node:net';
import { expect } from 'vitest';
import type { FramePredicate } from '../../src/link/rule-match.ts';
import { createNet, type Net } from '../../src/net/index.ts';
import { NodeEventLoop } from '../../src/node/event-loop.ts';
import { type Host, Network, type NetworkLink, pumpOf } from '../../src/sim/index.ts';
import type { FrameView } from '../../src/wire/frame-view.ts';
import { TcpFlag } from '../../src/wire/tcp-segment.ts';

/** A mebibyte: what every exchange carries at least. */
export const MEBIBYTE = 1 << 20;

/** Where a connection has had its time at the latest: Linux keeps TIME-WAIT for a minute. */
const AFTERMATH_US = 150e6;

export interface Stage {
  readonly network: Network;
  readonly link: NetworkLink;
  readonly server: Net;
  readonly client: Net;
  /** The server's. */
  readonly address: string;
  /** Connections the server's side was given by `serve`. */
  readonly accepted: readonly Socket[];
  /** Listens on a free port and hands over what comes. */
  serve(onConnection: (socket: Socket) => void, options?: { allowHalfOpen?: boolean }): Promise<number>;
  /** A new connection of the client's to that port, as `net.connect` gives it. */
  connect(port: number): Socket;
  /**
   * When so many octets more have been sent into the link, connections open by then are forgotten by it: whatever is sent
   * over them is answered by a RST, as by a firewall that has lost its table. Connections opened later are let through.
   */
  resetAfter(bytes: number): Forgetting;
}

/** Runs a play on two hosts; it must close what it opened. */
export async function onVirtualHosts(seed: number, play: (stage: Stage) => Promise<void>): Promise<void> {
  const network = new Network({ seed });
  const hosts = [network.host('client'), network.host('server')] as const;
  const link = network.link(...hosts, { loss: 0.01, delayMs: 5, rateBps: 100e6 });
  const pump = pumpOf(network, new NodeEventLoop(), { time: 'virtual' });
  const stage = new TwoHosts(network, link, hosts);
  try {
    await play(stage);
    stage.close();
    await pump.advanceTo(network.nowUs + AFTERMATH_US);
    expect(stage.accepted.filter((socket) => !socket.destroyed).map((socket) => socket.remotePort)).toEqual([]);
    expect(hosts.flatMap(leftOf)).toEqual([]);
    expect(pump.referenceCount).toBe(0);
  } finally {
    pump.stop();
  }
}

class TwoHosts implements Stage {
  readonly network: Network;
  readonly link: NetworkLink;
  readonly client: Net;
  readonly server: Net;
  readonly address: string;
  readonly accepted: Socket[] = [];
  private readonly listeners: Server[] = [];

  constructor(network: Network, link: NetworkLink, [client, server]: readonly [Host, Host]) {
    this.network = network;
    this.link = link;
    this.client = createNet(client);
    this.server = createNet(server);
    this.address = network.addressOf(server.name, { family: 4 });
  }

  async serve(onConnection: (socket: Socket) => void, options: { allowHalfOpen?: boolean } = {}): Promise<number> {
    const server = this.server.createServer(options, (socket) => {
      this.accepted.push(socket);
      onConnection(socket);
    });
    this.listeners.push(server);
    server.listen({ host: this.address, port: 0 });
    await once(server, 'listening');
    return (server.address() as AddressInfo).port;
  }

  connect(port: number): Socket {
    return this.client.connect({ port, host: this.address });
  }

  resetAfter(bytes: number): Forgetting {
    const forgetting = new Forgetting(bytes);
    this.link.rule({ protocol: 'tcp', flags: '!RST', predicate: forgetting }, { reject: 'rst' });
    return forgetting;
  }

  close(): void {
    for (const server of this.listeners) server.close();
  }
}

/** Fits the segments of all connections that were open when so many octets had passed. */
export class Forgetting implements FramePredicate {
  /** Segments that were answered by a RST. */
  hits = 0;
  private leftBytes: number;
  private readonly later = new Set<string>();

  constructor(bytes: number) {
    this.leftBytes = bytes;
  }

  matches(view: FrameView): boolean {
    this.leftBytes -= view.payloadLength;
    if (this.leftBytes > 0) return false;
    const ends = [view.sourcePort, view.destinationPort].sort().join(' ');
    if ((view.flags & (TcpFlag.syn | TcpFlag.ack)) === TcpFlag.syn) this.later.add(ends);
    if (this.later.has(ends)) return false;
    this.hits++;
    return true;
  }
}

function leftOf({ name, stack }: Host): string[] {
  return [...stack.tcp.connections].map(({ key }) => `${name}: ${key.localPort} with ${key.remotePort}`);
}

/** Frames the link has lost by chance so far. */
export function lostFrames({ link }: Stage): number {
  return link.impairment.countersOf(0).lost + link.impairment.countersOf(1).lost;
}

/** Octets in which no two neighbourhoods are alike. */
export function content(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let index = 0, state = 1; index < length; index++) {
    state = (Math.imul(state, 1_103_515_245) + 12_345) | 0;
    bytes[index] = state >>> 16;
  }
  return bytes;
}

export function digest(bytes: Uint8Array | string): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** What a readable has to say until its end; rejects when it fails before. */
export async function readAll(stream: NodeJS.ReadableStream): Promise<Buffer> {
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await once(stream, 'end');
  return Buffer.concat(chunks);
}

/** What an event brings, whatever errors come before it (`once` of node:events rejects at those). */
export function next(emitter: { once(name: never, listener: never): unknown }, name: string): Promise<unknown[]> {
  const { once: listen } = emitter as { once(name: string, listener: (...values: unknown[]) => void): unknown };
  return new Promise((resolve) => listen.call(emitter, name, (...values) => resolve(values)));
}

/** Lets the event loop turn until it is so. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}

/** The error a promise is rejected with. @throws when it is fulfilled */
export async function failureOf(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  const outcome = await promise.then(
    () => null,
    (error: unknown) => error,
  );
  if (outcome instanceof Error) return outcome;
  throw new Error(`should have failed with an error, but: ${String(outcome)}`);
}
