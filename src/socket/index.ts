/** Sockets: the user's side of the stack. */

export { CA_STATE_NAMES, type CaStateName, TcpInfo, TcpInfoOption } from '../tcp/tcp-info.ts';
export type { PathMtuDiscovery } from '../udp/mtu-discovery.ts';
export {
  type PathMtuProbe,
  PathMtuProber,
  type PathMtuProberOptions,
  type ProberState,
} from '../udp/path-mtu-prober.ts';
export * from './datagram-socket.ts';
export * from './in-place.ts';
export * from './listen-socket.ts';
export * from './ping.ts';
export * from './socket-event.ts';
export * from './socket-host.ts';
export * from './stream-socket.ts';
