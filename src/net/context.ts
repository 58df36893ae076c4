/** What the sockets and servers of one `createNet` share. */
import type { LookupFunction } from 'node:net';
import type { SocketHost } from '../socket/socket-host.ts';
import type { NetSocket, SocketOptions } from './socket.ts';

export interface NetContext {
  readonly host: SocketHost;
  /** Asked for names unless a call brings its own `lookup`. */
  readonly lookup: LookupFunction;
  /** Happy eyeballs by default, and how long an attempt may take. */
  autoSelectFamily: boolean;
  attemptTimeoutMs: number;
  makeSocket(options: SocketOptions): NetSocket;
  /** Tells those who watch by diagnostics_channel. */
  clientSocketMade(socket: NetSocket): void;
  serverSocketMade(socket: NetSocket): void;
}

/** Shorter than this, attempts of happy eyeballs would only get in each other's way. */
export const ATTEMPT_MIN_MS = 10;

/** On prototypes: the context of a net's sockets and servers. */
export const CONTEXT: unique symbol = Symbol('woshou.net.context');
/** On sockets: what only `src/net` reads and writes. */
export const STATE: unique symbol = Symbol('woshou.net.state');
