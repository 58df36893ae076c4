/** Names a host knows without asking anybody: one way for every front end. */
import type { SocketHost } from './socket-host.ts';

/** RFC 6761 §6.3: what `localhost`, and every name below it, means on any host. */
export const LOOPBACK_ADDRESSES: readonly string[] = ['127.0.0.1', '::1'];
export const LOOPBACK_NAME = 'localhost';

/**
 * Addresses of a name that need no question, in order of preference: the loopback's, or what the host knows. Every front end
 * looks names up here first.
 * @returns empty when the host knows none
 */
export function knownAddresses(host: Pick<SocketHost, 'addressesOf'>, name: string): readonly string[] {
  const known = host.addressesOf(name);
  const lower = name.toLowerCase();
  const isLoopback = lower === LOOPBACK_NAME || lower.endsWith(`.${LOOPBACK_NAME}`);
  return isLoopback ? [...LOOPBACK_ADDRESSES, ...known.filter((one) => !LOOPBACK_ADDRESSES.includes(one))] : known;
}
