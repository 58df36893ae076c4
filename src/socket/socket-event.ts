/** What sockets tell their users. */
import { TcpEvent } from '../tcp/environment.ts';
import type { TcpErrorCode } from '../tcp/tcb/error-code.ts';
import type { DatagramErrno } from '../udp/datagram-endpoint.ts';

/** Bits of `takeEvents()`; the same for every kind of socket. */
export const SocketEvent = TcpEvent;

/** Why a socket failed, as errno (or getaddrinfo) names it; a `switch` narrows it. */
export type SocketErrorCode = TcpErrorCode | DatagramErrno | 'EADDRINUSE' | 'ENOTFOUND';

/** Why a connection failed, with the name of errno. */
export interface SocketError {
  /** ECONNREFUSED, ECONNRESET, ETIMEDOUT, … */
  readonly code: SocketErrorCode;
  /** One line in English. */
  readonly message: string;
}

const MESSAGES: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connection refused: the peer answered with RST'],
  ['ECONNRESET', 'connection reset by peer'],
  ['ECONNABORTED', 'connection aborted'],
  ['ETIMEDOUT', 'connection timed out: the peer did not answer'],
  ['EHOSTUNREACH', 'no route to host'],
  ['ENETUNREACH', 'network is unreachable'],
  ['EHOSTDOWN', 'the network says that there is no such host'],
  ['ENONET', 'the peer is cut off from the network'],
  ['EOPNOTSUPP', 'the source route failed'],
  ['EPROTO', 'protocol error reported by the network'],
  ['ENOPROTOOPT', 'the peer does not speak TCP'],
  ['EPIPE', 'the peer reset a connection it had half closed'],
  ['EADDRINUSE', 'address already in use'],
  ['EADDRNOTAVAIL', 'cannot assign requested address'],
  ['EACCES', 'permission denied: the network forbids it, or the peer would be a broadcast or multicast address'],
]);

/** The error of that errno name, with its message. */
export function socketError(code: SocketErrorCode): SocketError {
  return { code, message: errnoMessage(code) };
}

/** What an errno name means, one line in English; the name itself when sockets of ours never give it. */
export function errnoMessage(code: string): string {
  return MESSAGES.get(code) ?? code;
}
