/** The host that web-shaped sockets live on: a simulated one, or any stack that somebody drives. */
import { Address } from '../base/address.ts';
import type { Host } from '../sim/host.ts';
import { pumpOf } from '../sim/network-pump.ts';
import { knownAddresses } from '../socket/known-addresses.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import { WebEventLoop } from './event-loop.ts';

/** A host of a `Network` (its network then runs by itself on the platform's event loop), or a stack driven by somebody else. */
export type WebHost = Host | SocketHost;

/** The one loop of this realm: networks of a page take turns on it. */
export const eventLoop = new WebEventLoop();

/** The host as asynchronous sockets use it. A network that has no pump yet gets one, in virtual time. */
export function socketHostOf(host: WebHost): SocketHost {
  return 'kick' in host ? host : pumpOf(host.network, eventLoop).attach(host);
}

/**
 * Addresses of a name, a literal address included (IPv6 also in brackets), in order of preference.
 * @param family leave out the other family
 * @returns empty when the host knows none
 */
export function resolve(host: SocketHost, name: string, family?: 4 | 6): readonly string[] {
  const text = name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name;
  const literal = Address.tryParse(text);
  const all = literal !== null ? [literal.toString()] : knownAddresses(host, name);
  return family === undefined ? all : all.filter((address) => address.includes(':') === (family === 6));
}

/** `address:port`, IPv6 in brackets. */
export function endpointText(address: string, port: number): string {
  return address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`;
}
