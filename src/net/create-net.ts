/** `createNet`: Node's `net` on a stack of ours. */
import { channel } from 'node:diagnostics_channel';
import * as nodeNet from 'node:net';
import { socketHostOf } from '../node/socket-host-of.ts';
import type { Host } from '../sim/host.ts';
import type { NetworkTime } from '../sim/network-pump.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import {
  connectNew,
  makeServerConstructor,
  makeSocketConstructor,
  type ServerConstructor,
  type SocketConstructor,
} from './constructors.ts';
import { ATTEMPT_MIN_MS, type NetContext, type SocketParts } from './context.ts';
import { hostLookup } from './host-lookup.ts';
import { createListenHandle } from './listen.ts';
import type { ListenHandle } from './listen-handle.ts';
import { normalizeArgs, normalizedOf } from './normalize-args.ts';
import type { NetSocket } from './socket.ts';
import { checkBoolean, checkInt32 } from './validate.ts';

/** Node's module, as types know it. */
export type Net = typeof import('node:net');

/** How `createNet` connects a host with Node. */
export interface NetOptions {
  /**
   * Asked for names unless a call brings a `lookup` of its own; as `dns.lookup`. Default: what the host knows by itself
   * (its neighbours' names, literals, localhost).
   */
  readonly lookup?: nodeNet.LookupFunction;
  /** For a host of a simulated network: how its clock moves. Default `virtual`. */
  readonly time?: NetworkTime;
}

const clientChannel = channel('net.client.socket');
const serverChannel = channel('net.server.socket');

/**
 * Node's `net` for programs of that host: its servers are reached at the host's addresses, its sockets leave from there.
 * Pipes, file descriptors and cluster belong to the operating system and fail as they do where there is none.
 * @param hostOrStack a host of a simulated network, or whoever drives a stack (`DriverHost`)
 * @throws StateError when the host's network runs already, in another kind of time
 */
export function createNet(hostOrStack: Host | SocketHost, options: NetOptions = {}): Net {
  const { time } = options;
  const host = socketHostOf(hostOrStack, time === undefined ? {} : { time });
  const context: NetContext = {
    host,
    lookup: options.lookup ?? hostLookup(host),
    autoSelectFamily: nodeNet.getDefaultAutoSelectFamily(),
    attemptTimeoutMs: nodeNet.getDefaultAutoSelectFamilyAttemptTimeout(),
    makeSocket: (socketOptions) => new Socket(socketOptions),
    clientSocketMade: (socket) => publish(clientChannel, socket),
    serverSocketMade: (socket) => publish(serverChannel, socket),
  };
  const Socket = makeSocketConstructor(context);
  const Server = makeServerConstructor(context);
  return Object.assign(moduleOf(context, Socket, Server), familyDefaults(context)) as unknown as Net;
}

function moduleOf(context: NetContext, Socket: SocketConstructor, Server: ServerConstructor): object {
  const { BlockList, SocketAddress, isIP, isIPv4, isIPv6 } = nodeNet;
  const connect = (...args: unknown[]): NetSocket => connectNew(context, Socket, normalizedOf(args));
  return {
    _createServerHandle: (address: string | null, port: number, family: number): ListenHandle | number => {
      const plan = { address: address ?? (family === 4 ? '0.0.0.0' : '::'), port, backlog: 511, ipv6Only: false };
      const made = createListenHandle(plan, context.host);
      return typeof made === 'string' ? -1 : made;
    },
    _normalizeArgs: normalizeArgs,
    _setSimultaneousAccepts: warnOfSimultaneousAccepts,
    BlockList,
    SocketAddress,
    connect,
    createConnection: connect,
    createServer: (...args: Parameters<ServerConstructor>) => new Server(...args),
    isIP,
    isIPv4,
    isIPv6,
    Server,
    Socket,
    Stream: Socket,
  };
}

let hasWarned = false;

function warnOfSimultaneousAccepts(): void {
  if (hasWarned) return;
  hasWarned = true;
  const message = 'net._setSimultaneousAccepts() is deprecated and will be removed.';
  process.emitWarning(message, 'DeprecationWarning', 'DEP0121');
}

function familyDefaults(context: NetContext): object {
  return {
    getDefaultAutoSelectFamily: () => context.autoSelectFamily,
    setDefaultAutoSelectFamily: (value: boolean) => {
      checkBoolean(value, 'value');
      context.autoSelectFamily = value;
    },
    getDefaultAutoSelectFamilyAttemptTimeout: () => context.attemptTimeoutMs,
    setDefaultAutoSelectFamilyAttemptTimeout: (value: number) => {
      checkInt32(value, 'value', 1);
      context.attemptTimeoutMs = Math.max(ATTEMPT_MIN_MS, value);
    },
  };
}

function publish(to: ReturnType<typeof channel>, socket: SocketParts): void {
  if (to.hasSubscribers) to.publish({ socket });
}
