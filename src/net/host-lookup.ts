/** Names that a host knows by itself, in the shape of `dns.lookup`: literals, itself and its neighbours, localhost. */
import { isIP, type LookupFunction } from 'node:net';
import { knownAddresses } from '../socket/known-addresses.ts';
import type { SocketHost } from '../socket/socket-host.ts';
import { invalidArgType, invalidArgValue } from './node-errors.ts';
import { lookupError } from './system-errors.ts';

const FAMILIES: ReadonlySet<unknown> = new Set([0, 4, 6]);
/** dns.ADDRCONFIG, dns.ALL, dns.V4MAPPED. */
const HINT_BITS = 32 | 16 | 8;

/** @returns a look-up that asks nobody; unknown names are ENOTFOUND */
export function hostLookup(host: SocketHost): LookupFunction {
  return (hostname, options, callback) => {
    const { family = 0, hints = 0, all = false } = options;
    if (typeof hostname !== 'string') throw invalidArgType('hostname', 'string', hostname);
    if ((hints & ~HINT_BITS) !== 0) throw invalidArgValue('hints', hints);
    const wanted = family === 'IPv4' ? 4 : family === 'IPv6' ? 6 : family;
    if (!FAMILIES.has(wanted)) throw invalidArgValue('options.family', family, 'must be one of: 0, 4, 6.');
    const known = isIP(hostname) !== 0 ? [hostname] : knownAddresses(host, hostname);
    const found = known.filter((address) => wanted === 0 || isIP(address) === wanted);
    process.nextTick(() => {
      const [first] = found;
      if (first === undefined) callback(lookupError('ENOTFOUND', hostname), all ? [] : '', 0);
      else if (all)
        callback(
          null,
          found.map((address) => ({ address, family: isIP(address) })),
        );
      else callback(null, first, isIP(first));
    });
  };
}
