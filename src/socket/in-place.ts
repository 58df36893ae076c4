/**
 * Reading and writing a connection's octets where they lie, in its own buffers, for programs that would only copy them once
 * more: a parser, a hash, a file that is read. `read` and `write` of `StreamSocket` do the same with a copy.
 */
import { checkInteger, StateError } from '../base/errors.ts';
import type { OctetVisitor } from '../tcp/tcb/byte-ring.ts';
import { receiveInPlace, sendInPlace } from '../tcp/user-calls.ts';
import type { StreamSocket } from './stream-socket.ts';

export type { OctetVisitor } from '../tcp/tcb/byte-ring.ts';

const LENGTH_MAX = 2 ** 30;

/**
 * RECEIVE without a copy: shows the octets that are ready, in one or two pieces, until `visitor` takes less than it is shown; what
 * it took is forgotten. The piece is the visitor's during the call only, must not be changed, and the socket must not be called
 * from inside. What the visitor throws is thrown on, and nothing counts as read then.
 * @param most octets that are shown at most
 * @returns how many were taken, 0 when there are none now
 * @throws ArgumentError when the visitor returns anything but a number from 0 to the length it was shown
 */
export function readInPlace(socket: StreamSocket, visitor: OctetVisitor, most: number = LENGTH_MAX): number {
  checkInteger('most', most, 0, LENGTH_MAX);
  return socket.tcb === null ? 0 : receiveInPlace(socket.stack.tcp, socket.tcb, most, visitor);
}

/**
 * SEND without a copy: shows room in the send buffer, in one or two pieces, for `fill` to put octets into, until it puts less than
 * fits. The piece is its own during the call only, and the socket must not be called from inside. What it throws is thrown on, and
 * nothing is sent of this call then.
 * @param length octets the program could write now
 * @returns how many were put: 0 to `length`; `writable` tells when a full buffer has room again
 * @throws StateError after `shutdownWrite`, `close`, or the end of the connection; ArgumentError when `fill` returns anything but
 *   a number from 0 to the length it was shown
 */
export function writeInPlace(socket: StreamSocket, length: number, fill: OctetVisitor): number {
  checkInteger('length', length, 0, LENGTH_MAX);
  const taken = socket.tcb === null ? -1 : sendInPlace(socket.stack.tcp, socket.tcb, length, fill);
  if (taken >= 0) return taken;
  throw new StateError(`EPIPE: this end of the connection is closed for writing (${socket.stateName})`);
}
