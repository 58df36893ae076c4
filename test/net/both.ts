/** Runs a piece of a program on Node's own net over loopback and on ours over a virtual network, and compares what it saw. */
import * as nodeNet from 'node:net';
import { expect } from 'vitest';
import { createNet, type Net } from '../../src/net/index.ts';
import { Network, type NetworkLinkOptions } from '../../src/sim/index.ts';

/** What a scenario gets: a net to serve with, one to connect with, and the server's address. */
export interface Stage {
  readonly server: Net;
  readonly client: Net;
  readonly address: string;
  readonly log: (...words: unknown[]) => void;
}

export type Scenario = (stage: Stage) => Promise<void>;

export interface Pair {
  readonly network: Network;
  readonly server: Net;
  readonly client: Net;
  readonly address: string;
}

/** Two hosts on a link of ours. */
export function virtualPair(options: NetworkLinkOptions & { seed?: number; time?: 'real' | 'virtual' } = {}): Pair {
  const { seed = 1, time = 'real', ...link } = options;
  const network = new Network({ seed });
  const a = network.host('client');
  const b = network.host('server');
  network.link(a, b, link);
  return {
    network,
    client: createNet(a, { time }),
    server: createNet(b, { time }),
    address: network.addressOf('server', { family: 4 }),
  };
}

/** Runs the scenario both ways; what it logged must be the same, addresses and ports apart. */
export async function expectAlike(scenario: Scenario): Promise<void> {
  const real = await linesOf(scenario, { server: nodeNet, client: nodeNet, address: '127.0.0.1' });
  const { server, client, address } = virtualPair();
  const ours = await linesOf(scenario, { server, client, address });
  expect(real.length).toBeGreaterThan(0);
  expect(ours).toEqual(real);
}

async function linesOf(scenario: Scenario, stage: Omit<Stage, 'log'>): Promise<string[]> {
  const lines: string[] = [];
  const log = (...words: unknown[]): void => {
    lines.push(words.map(text).join(' '));
  };
  await scenario({ ...stage, log });
  return lines.map((line) => line.replaceAll(stage.address, 'SERVER').replace(/\b[1-9]\d{3,4}\b/g, 'PORT'));
}

function text(word: unknown): string {
  if (!(word instanceof Error)) return String(word);
  const { code, errno, syscall, address, port } = word as NodeJS.ErrnoException & { address?: string; port?: number };
  const details = Object.entries({ code, errno, syscall, address, port }).filter(([, value]) => value !== undefined);
  return `${word.name}: ${word.message} ${details.map(([name, value]) => `${name}=${String(value)}`).join(' ')}`;
}

const EVENTS = ['lookup', 'connect', 'ready', 'data', 'end', 'finish', 'timeout', 'error', 'close', 'drain'] as const;

/** Logs a socket's events under a name. */
export function watch(stage: Stage, name: string, socket: nodeNet.Socket, only: readonly string[] = EVENTS): void {
  for (const event of EVENTS) {
    if (!only.includes(event)) continue;
    socket.on(event, (...values: unknown[]) => {
      const shown = event === 'error' || event === 'close' || event === 'data' ? values : [];
      stage.log(name, event, ...shown);
    });
  }
}

export async function listen(server: nodeNet.Server, host?: string): Promise<number> {
  await new Promise<void>((resolve) => server.listen({ port: 0, ...(host === undefined ? {} : { host }) }, resolve));
  return (server.address() as nodeNet.AddressInfo).port;
}

/** Resolves when all of them have closed. */
export async function closed(...emitters: NodeJS.EventEmitter[]): Promise<void> {
  await Promise.all(emitters.map((emitter) => new Promise((resolve) => emitter.once('close', resolve))));
}
