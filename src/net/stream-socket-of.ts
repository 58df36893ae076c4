/** From a socket of `createNet` to the connection beneath it. */
import type { StreamSocket } from '../socket/stream-socket.ts';
import { TcpHandle } from './handle.ts';

/**
 * The stack's connection beneath a socket, with its state, its figures (`tcpInfo`) and its options; null for sockets that are
 * not ours, have no connection yet, or are destroyed.
 */
export function streamSocketOf(socket: object): StreamSocket | null {
  const { _handle: handle } = socket as { readonly _handle?: unknown };
  return handle instanceof TcpHandle ? handle.stream : null;
}
