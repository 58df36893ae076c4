/** woshou/dgram: `node:dgram` for a host of a virtual network. */
import { socketHostOf } from '../node/socket-host-of.ts';
import type { Host } from '../sim/host.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import { type Dgram, dgramOver, lookupAmong } from './create.ts';
import { LocalUdpPorts } from './local-udp-port.ts';

export type { Dgram } from './create.ts';

/**
 * The module `node:dgram` whose sockets belong to `host`.
 * @param host a host of a simulated network, or a `SocketHost`. Names are the host's own (`addressesOf`); a socket's option
 *   `lookup` changes that, for instance to the `lookup` of `createDns`.
 */
export function createDgram(host: Host | SocketHost): Dgram {
  const ports = new LocalUdpPorts(socketHostOf(host));
  return dgramOver(ports, lookupAmong(ports));
}
