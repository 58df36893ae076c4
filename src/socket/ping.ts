/** Ping: echo requests of a stack's own (RFC 792, RFC 4443), without I/O like every socket here. */
import { Address } from '../base/address.ts';
import { ArgumentError, assert } from '../base/errors.ts';
import { icmpOf } from '../icmp/icmp-parts.ts';
import { PingSocket } from '../icmp/ping-socket.ts';
import type { Stack } from '../stack/stack.ts';

export { type PingResult, PingSocket } from '../icmp/ping-socket.ts';

/**
 * A socket that sends echo requests to `address` and hands out the replies.
 * @throws ArgumentError when `address` is not an address; StateError when there are too many ping sockets
 */
export function openPing(stack: Stack, address: string): PingSocket {
  const remote = Address.tryParse(address);
  if (remote === null) throw new ArgumentError('address', `'${address}' is not an IP address`);
  const icmp = icmpOf(stack.ip);
  assert(icmp !== null, 'the stack was made without ICMP');
  return new PingSocket(icmp, stack.ip, stack.clock, remote);
}
