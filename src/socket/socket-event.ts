/** What sockets tell their users. */

/** Bits of `takeEvents()`. */
export const SocketEvent = {
  /** There are octets, datagrams or the end to read. */
  readable: 0x01,
  /** A writer who met a full buffer may go on. */
  writable: 0x02,
  /** The handshake of an active open is complete. */
  connected: 0x04,
  /** A listener has a connection to accept. */
  acceptable: 0x08,
  /** The peer has closed its direction (its FIN is in order). */
  readEnd: 0x10,
  /** The connection failed; `error` says how. */
  error: 0x20,
  /** Nothing more will happen: closed in good order, or failed. */
  closed: 0x40,
  /** Urgent data appeared or its end moved. */
  urgent: 0x80,
  /** Trouble that the connection survives; `softError` says which. */
  softError: 0x100,
} as const;

/** Why a connection failed, with the name of errno. */
export interface SocketError {
  /** ECONNREFUSED, ECONNRESET, ETIMEDOUT, … */
  readonly code: string;
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
  ['EPROTO', 'protocol error reported by the network'],
  ['ENOPROTOOPT', 'the peer does not speak TCP'],
  ['EPIPE', 'the peer reset a connection it had half closed'],
  ['EADDRINUSE', 'address already in use'],
  ['EADDRNOTAVAIL', 'cannot assign requested address'],
  ['EACCES', 'permission denied: a broadcast or multicast address cannot be a peer'],
]);

/** The error of that errno name, with its message. */
export function socketError(code: string): SocketError {
  return { code, message: MESSAGES.get(code) ?? code };
}
