/** What the sockets and servers of one `createNet` share. */
import type { LookupFunction } from 'node:net';
import type { Duplex } from 'node:stream';
import type { SocketHost } from '../socket/socket-host.ts';
import type { SocketName } from './address-text.ts';
import type { HandleReader, TcpHandle } from './handle.ts';
import type { SocketOptions } from './socket-options.ts';
import type { SocketState } from './socket-state.ts';

export interface NetContext {
  readonly host: SocketHost;
  /** Asked for names unless a call brings its own `lookup`. */
  readonly lookup: LookupFunction;
  /** Happy eyeballs by default, and how long an attempt may take. */
  autoSelectFamily: boolean;
  attemptTimeoutMs: number;
  makeSocket(options: SocketOptions): SocketParts;
  /** Tells those who watch by diagnostics_channel. */
  clientSocketMade(socket: SocketParts): void;
  serverSocketMade(socket: SocketParts): void;
}

/** Shorter than this, attempts of happy eyeballs would only get in each other's way. */
export const ATTEMPT_MIN_MS = 10;

/** On prototypes: the context of a net's sockets and servers. */
export const CONTEXT: unique symbol = Symbol('woshou.net.context');
/** On sockets: what only `src/net` reads and writes. */
export const STATE: unique symbol = Symbol('woshou.net.state');

/** The server of a socket. */
export interface SocketOwner {
  /** A connection of this server's is closed. */
  connectionEnded(): void;
}

/** A socket as those see it who do parts of its work; `NetSocket` is it. */
export interface SocketParts extends Duplex, HandleReader {
  readonly [CONTEXT]: NetContext;
  readonly [STATE]: SocketState;
  connecting: boolean;
  server: SocketOwner | null;
  autoSelectFamilyAttemptedAddresses: string[] | undefined;
  _handle: TcpHandle | null;
  _host: string | null;
  _sockname: SocketName | null | undefined;
  _peername: SocketName | null | undefined;
  _server: SocketOwner | null;
  _pendingData: unknown;
  _pendingEncoding: string;
  readonly _bytesDispatched: number;
  /** Something happened: the socket is not idle. */
  _unrefTimer(): void;
}
