/**
 * Active open (RFC 9293 section 3.10.1): route, source address, port, Tcb. What the caller got wrong is an ArgumentError;
 * what the network lacks (no route, no port) is an error the socket is born with, as connect(2) would return it.
 */
import { Address } from '../base/address.ts';
import { ArgumentError, checkInteger } from '../base/errors.ts';
import type { Destination } from '../ip/destination.ts';
import type { Stack } from '../stack/stack.ts';
import { TupleProbe } from '../stack/tuple-probe.ts';
import { authOfOpen, keysOf } from '../tcp/auth/admission.ts';
import type { ConnectionAuth } from '../tcp/auth/connection-auth.ts';
import type { TcpAuthOptions } from '../tcp/auth/keys.ts';
import { ConnectionKey } from '../tcp/connection-key.ts';
import { sendLimitFor } from '../tcp/output/send-tuning.ts';
import type { TcpSettings } from '../tcp/settings.ts';
import { checkOptions } from './option-ranges.ts';
import type { SocketErrorCode } from './socket-event.ts';

/** An active open. */
export interface ConnectOptions {
  /** The peer, as an address. */
  readonly remoteAddress: string;
  /** 1 to 65535. */
  readonly remotePort: number;
  /** One of the stack's addresses. Default: chosen by route (RFC 6724). */
  readonly localAddress?: string;
  /** 1 to 65535. Default: an ephemeral port (RFC 6056). */
  readonly localPort?: number;
  /** TCP_NODELAY: no Nagle. Default false. */
  readonly noDelay?: boolean;
  /**
   * SO_RCVBUF in bytes, 256 to 2^30 - 1: the window may offer so much, its scale is chosen for it, tuning is off. Default: setting
   * rmem_default, tuned up to rmem_max.
   */
  readonly receiveBufferSize?: number;
  /**
   * SO_SNDBUF in bytes, 256 to 2^30 - 1; the profile `linux` takes twice as much. Tuning is off. Default: setting wmem_default, which
   * grows with the congestion window up to wmem_max.
   */
  readonly sendBufferSize?: number;
  /** TCP_NOTSENT_LOWAT in bytes, see `StreamSocket.notsentLowat`. Default 0: setting notsent_lowat. */
  readonly notsentLowat?: number;
  /** TCP_CONGESTION: name of the congestion control, of `CONGESTION_CONTROLS`. Default: setting congestion_control. */
  readonly congestionControl?: string;
  /** DSCP and ECN, 0 to 255. */
  readonly trafficClass?: number;
  /** 1 to 255. */
  readonly hopLimit?: number;
  /** IPv4 routers to be passed on the way, loosely (RFC 791), at most eight. */
  readonly sourceRoute?: readonly string[];
  /**
   * TCP_FASTOPEN_CONNECT (RFC 7413): with a cookie of this server at hand the SYN waits for the first write (or `data`) and takes
   * those octets along; without one an ordinary SYN goes at once and asks for a cookie. The server may see the octets twice,
   * so they should do no harm then. Needs bit 0x1 of the setting `fastopen`; else, and where it failed lately, an ordinary
   * connect. Default false.
   */
  readonly fastOpen?: boolean;
  /** TCP_FASTOPEN_NO_COOKIE: as `fastOpen`, and data rides on the SYN without cookie or option. Default false. */
  readonly fastOpenNoCookie?: boolean;
  /** The first octets to send, written before the SYN goes; they have to fit into the send buffer. */
  readonly data?: Uint8Array;
  /** Seconds to advertise by the user timeout option (RFC 5482), 0: off. Default: setting user_timeout_option. */
  readonly userTimeoutOption?: number;
  /** Keys to sign with, MD5 (RFC 2385) or TCP-AO (RFC 5925). Default: those of `stack.tcp.keys` for this peer, if any. */
  readonly auth?: TcpAuthOptions;
}

/** IPv4 option type of a loose source route. */
const LOOSE_SOURCE_ROUTE = 131;
const SOURCE_ROUTE_STOPS_MAX = 8;

/** The way and the name of a connection to be opened, or the errno that says why there is none. */
export interface OpenPlan {
  readonly key: ConnectionKey;
  readonly path: Destination;
  readonly ipOptions: Uint8Array | null;
  readonly auth: ConnectionAuth | null;
}

/** Stands in the event queue for a connection that could not be started. */
export class FailedOpen {
  /** The socket. */
  readonly user: object;
  isNotified = false;

  constructor(user: object) {
    this.user = user;
  }
}

/** Plans an active open. @throws ArgumentError */
export function planConnect(stack: Stack, options: ConnectOptions): OpenPlan | SocketErrorCode {
  checkOptions(options);
  const keys = keysOf(stack.tcp, options.auth);
  const remote = parseAddress('remoteAddress', options.remoteAddress);
  const remotePort = checkInteger('remotePort', options.remotePort, 1, 65_535);
  const localPort = checkInteger('localPort', options.localPort ?? 0, 0, 65_535);
  const local = options.localAddress === undefined ? null : parseAddress('localAddress', options.localAddress);
  // RFC 9293 §3.9.1.1 MUST-46: no connection to a broadcast or multicast address.
  if (remote.isMulticast || remote.isLimitedBroadcast || remote.isUnspecified) return 'EACCES';
  if (local !== null && local.family !== remote.family) {
    throw new ArgumentError('localAddress', `${local.toString()} and ${remote.toString()} are of different families`);
  }
  if (local !== null && !local.isUnspecified && !stack.ip.routing.isOwn(local)) return 'EADDRNOTAVAIL';
  checkData(options, stack.tcp.settings);
  const stops = (options.sourceRoute ?? []).map((stop) => parseAddress('sourceRoute', stop));
  // RFC 9293 §3.9.1.1 MUST-43, MUST-44: the local address is the caller's, or IP picks it before the first SYN.
  const path = stack.ip.lookup(stops[0] ?? remote, local === null || local.isUnspecified ? null : local, -1);
  if (path === null) return 'ENETUNREACH';
  if (path.kind >= BROADCAST_KIND) return 'EACCES';
  const probe = new TupleProbe(stack.tcp, path.source, remote, remotePort);
  const port = localPort !== 0 ? localPort : chooseEphemeral(stack, probe, path.source, remote, remotePort);
  if (port < 0) return 'EADDRNOTAVAIL';
  if (localPort !== 0 && !probe.isTupleFree(port)) return 'EADDRINUSE';
  // The cached path's own address serves all connections to the peer.
  const peer = path.remote.equals(remote) ? path.remote : remote;
  const key = new ConnectionKey(path.source, port, peer, remotePort, probe.hashOf(port));
  const auth = authOfOpen(stack.tcp, key, keys);
  if (auth === null && keys !== null && !keys.isEmpty) {
    throw new ArgumentError('auth', `none of the keys is for ${remote.toString()} and these ports`);
  }
  return { key, path, auth, ipOptions: stops.length === 0 ? null : sourceRouteOption(stops, remote) };
}

/** `Destination.kind` from here on is no single host. */
const BROADCAST_KIND = 2;

function checkData(options: ConnectOptions, settings: TcpSettings): void {
  const { data, sendBufferSize } = options;
  if (data === undefined) return;
  if (!(data instanceof Uint8Array)) throw new ArgumentError('data', 'must be a Uint8Array');
  const limit = sendBufferSize === undefined ? settings.wmem_default : sendLimitFor(settings, sendBufferSize);
  if (data.length > limit) {
    throw new ArgumentError(
      'data',
      `${data.length} octets do not fit the send buffer of ${limit}; give fewer or raise sendBufferSize`,
    );
  }
}

function parseAddress(argument: string, text: string): Address {
  const address = Address.tryParse(text);
  if (address === null)
    throw new ArgumentError(argument, `'${text}' is not an IP address; names are resolved by the caller`);
  return address;
}

function chooseEphemeral(
  { tcp }: Stack,
  probe: TupleProbe,
  local: Address,
  remote: Address,
  remotePort: number,
): number {
  return tcp.ports.choose(tcp.settings, tcp.tuples.of(local, 0, remote, remotePort), probe);
}

// RFC 9293 §3.9.2.1 MUST-51: the route an application gives travels as an option in every datagram.
/** A loose source route: the first stop is the datagram's destination, the option lists the others and the peer. */
function sourceRouteOption(stops: readonly Address[], remote: Address): Uint8Array {
  if (remote.family !== 4 || stops.some((stop) => stop.family !== 4)) {
    throw new ArgumentError('sourceRoute', 'source routes exist for IPv4 only');
  }
  if (stops.length > SOURCE_ROUTE_STOPS_MAX) {
    throw new ArgumentError(
      'sourceRoute',
      `at most ${SOURCE_ROUTE_STOPS_MAX} stops fit the option, got ${stops.length}`,
    );
  }
  const list = [...stops.slice(1), remote];
  const length = 3 + list.length * 4;
  const bytes = new Uint8Array((length + 3) & ~3);
  bytes[0] = LOOSE_SOURCE_ROUTE;
  bytes[1] = length;
  bytes[2] = 4;
  list.forEach((address, index) => {
    bytes.set(address.toBytes(), 3 + index * 4);
  });
  return bytes;
}
