/** The host that Node-shaped modules are made for: a driven stack, or a host of a simulated network that is driven from now on. */
import { Host } from '../sim/host.ts';
import { type NetworkPumpOptions, pumpOf } from '../sim/network-pump.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import { NodeEventLoop } from './event-loop.ts';

/**
 * @param host a `SocketHost` (a `DriverHost`, or what `NetworkPump.attach` returns) or a `Host` of a network
 * @throws StateError when the host's network runs already, in another time than the one asked for
 */
export function socketHostOf(host: Host | SocketHost, options: NetworkPumpOptions = {}): SocketHost {
  return host instanceof Host ? pumpOf(host.network, new NodeEventLoop(), options).attach(host) : host;
}
