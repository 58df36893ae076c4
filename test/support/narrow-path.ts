/** A path with a narrow place in the middle, in the simulator: client, two routers, server; 10 Mbit/s, 20 ms there and back. */
import type { SettingsChanges } from '../../src/index.ts';
import { type Host, Network } from '../../src/sim/index.ts';

export interface NarrowOptions {
  /** Of the link between the routers; the others take 1500. */
  readonly mtu: number;
  /** True: what is too big is dropped and nobody is told. */
  readonly silent: boolean;
  readonly family?: 4 | 6;
  /** Settings of the client. */
  readonly settings?: SettingsChanges;
}

export interface NarrowPath {
  readonly network: Network;
  readonly client: Host;
  readonly server: Host;
  /** The server's. */
  readonly address: string;
}

/** Links are called `client-left`, `narrow` and `right-server`. */
export function narrowPath({ mtu, silent, family = 4, settings = {} }: NarrowOptions): NarrowPath {
  const network = new Network({ seed: 5 });
  const client = network.host('client', { settings });
  const left = network.host('left', { settings: { ip: { forwarding: true } } });
  const right = network.host('right', { settings: { ip: { forwarding: true } } });
  const server = network.host('server');
  const near = network.link(client, left, { delayMs: 2 });
  network.link(left, right, { delayMs: 6, mtu, rateBps: 10_000_000, name: 'narrow' });
  network.link(right, server, { delayMs: 2 });
  const any = family === 4 ? '0.0.0.0/0' : '::/0';
  const way = (name: string, from: string): string => network.addressOf(name, { family, from });
  client.addRoute(0, any, way('left', 'client'));
  left.addRoute(1, any, way('right', 'left'));
  right.addRoute(0, any, way('left', 'right'));
  server.addRoute(0, any, way('right', 'server'));
  if (silent) near.rule({ from: left, protocol: 'icmp', icmpType: family === 4 ? 3 : 2 }, 'drop');
  return { network, client, server, address: network.addressOf('server', { family }) };
}
