/** Names of sockets: struct sockaddr as text and numbers, IPv4-mapped addresses included (ipv6(7)). */
import { Address } from '../../base/address.ts';
import { POSIX } from './constants.ts';
import type { Errno } from './errno.ts';
import type { SocketName } from './posix-call.ts';

const MAPPED = '::ffff:';

/** An address a caller gave; `family` may be left out. */
export interface NameArgument {
  readonly family?: number;
  readonly address: string;
  readonly port: number;
}

/** A name for a socket of `domain`, checked, its address in the form the stack takes: IPv4 where it is mapped. */
export function stackName(domain: number, name: NameArgument): SocketName | Errno {
  const { family = domain, port } = name;
  if (family !== domain) return 'EAFNOSUPPORT';
  if (!Number.isInteger(port) || port < 0 || port > 0xffff) return 'EINVAL';
  const isMapped =
    domain === POSIX.AF_INET6 && name.address.toLowerCase().startsWith(MAPPED) && name.address.includes('.');
  const parsed = Address.tryParse(isMapped ? name.address.slice(MAPPED.length) : name.address);
  if (parsed === null) return 'EINVAL';
  if (domain === POSIX.AF_INET && parsed.family !== 4) return 'EAFNOSUPPORT';
  if (domain === POSIX.AF_INET6 && parsed.family !== 6 && !isMapped) return 'EAFNOSUPPORT';
  return { family: parsed.family === 4 ? POSIX.AF_INET : POSIX.AF_INET6, address: parsed.toString(), port };
}

/** bind(2), and connect(2) of streams: what an IPv6 socket is given must have the octets of its address, before anybody looks at the family. */
export function isTooShort(domain: number, { family = domain }: NameArgument): boolean {
  return domain === POSIX.AF_INET6 && family === POSIX.AF_INET;
}

/** The name of an end as a socket of `domain` is told it. */
export function userName(domain: number, address: string, port: number): SocketName {
  const isMapped = domain === POSIX.AF_INET6 && !address.includes(':') && address !== '';
  const wildcard = domain === POSIX.AF_INET6 ? '::' : '0.0.0.0';
  return { family: domain, address: isMapped ? `${MAPPED}${address}` : address || wildcard, port };
}

/** The address that stands for all of ours. */
export function anyAddress(domain: number): string {
  return domain === POSIX.AF_INET6 ? '::' : '0.0.0.0';
}
