/** `dns.lookup` and `dns.lookupService`: what the C library's getaddrinfo and getnameinfo do, from the same sources. */
import { isIP } from 'node:net';
import { QueryFailure } from './client.ts';
import { dnsError } from './errors.ts';
import type { ResolverCore } from './resolver.ts';

export type ResultOrder = 'ipv4first' | 'ipv6first' | 'verbatim';

export interface LookupAddress {
  readonly address: string;
  readonly family: number;
}

/** What was asked for, checked. */
export interface LookupPlan {
  readonly hostname: string;
  readonly family: 0 | 4 | 6;
  /** `V4MAPPED`: an IPv6 question is answered by mapped IPv4 addresses when there are no others. */
  readonly isMapped: boolean;
  /** `ALL` beside it: in any case. */
  readonly isMappedToo: boolean;
  readonly order: ResultOrder;
}

/** All addresses, at least one. @throws (rejects) `getaddrinfo ENOTFOUND name` or `getaddrinfo EAI_AGAIN name` */
export async function lookupAll(core: ResolverCore, plan: LookupPlan): Promise<LookupAddress[]> {
  const { hostname, family, isMapped, isMappedToo } = plan;
  const literal = isIP(hostname);
  if (literal !== 0) return [{ address: hostname, family: literal }];
  const wants4 = family !== 6 || isMapped;
  const [v4, v6] = await Promise.all([
    wants4 ? addressesOf(core, hostname, 'A') : [],
    family !== 4 ? addressesOf(core, hostname, 'AAAA') : [],
  ]);
  if (v4 instanceof QueryFailure && v6 instanceof QueryFailure) throw failureOf(v4, hostname);
  const four = v4 instanceof QueryFailure ? [] : v4;
  const six = v6 instanceof QueryFailure ? [] : v6;
  const found = family === 6 ? withMapped(six, four, isMappedToo) : ordered(four, six, plan.order);
  if (found.length > 0) return found;
  const failure = [v4, v6].find((one) => one instanceof QueryFailure);
  throw failureOf(failure instanceof QueryFailure ? failure : null, hostname);
}

/** The name of an address and of a port. @throws (rejects) `getnameinfo ENOTFOUND address` */
export async function nameOfService(core: ResolverCore, address: string, port: number) {
  try {
    const [hostname = address] = await core.reverse(address);
    return { hostname, service: SERVICES.get(port) ?? String(port) };
  } catch {
    throw dnsError('ENOTFOUND', 'getnameinfo', address);
  }
}

async function addressesOf(
  core: ResolverCore,
  hostname: string,
  type: 'A' | 'AAAA',
): Promise<LookupAddress[] | QueryFailure> {
  try {
    const records = await core.records(hostname, type);
    return records.map((record) => ({ address: String(record.data), family: type === 'A' ? 4 : 6 }));
  } catch (error) {
    if (error instanceof QueryFailure) return error;
    throw error;
  }
}

/** Without an order the sources' own counts: IPv4 comes first in the tables here. */
function ordered(four: LookupAddress[], six: LookupAddress[], order: ResultOrder): LookupAddress[] {
  return order === 'ipv6first' ? [...six, ...four] : [...four, ...six];
}

function withMapped(six: LookupAddress[], four: LookupAddress[], isMappedToo: boolean): LookupAddress[] {
  const mapped = four.map(({ address }) => ({ address: `::ffff:${address}`, family: 6 }));
  return six.length === 0 ? mapped : isMappedToo ? [...six, ...mapped] : six;
}

/** The C library knows two reasons: there is no such name, and one cannot know now. */
function failureOf(failure: QueryFailure | null, hostname: string): NodeJS.ErrnoException {
  const isTemporary = failure !== null && !['ENOTFOUND', 'ENODATA', 'EBADNAME'].includes(failure.code);
  return dnsError(isTemporary ? 'EAI_AGAIN' : 'ENOTFOUND', 'getaddrinfo', hostname);
}

/** Names of well-known ports (IANA), as /etc/services has them. */
const SERVICES: ReadonlyMap<number, string> = new Map([
  [7, 'echo'],
  [9, 'discard'],
  [13, 'daytime'],
  [21, 'ftp'],
  [22, 'ssh'],
  [23, 'telnet'],
  [25, 'smtp'],
  [37, 'time'],
  [53, 'domain'],
  [80, 'http'],
  [110, 'pop3'],
  [123, 'ntp'],
  [143, 'imap2'],
  [161, 'snmp'],
  [389, 'ldap'],
  [443, 'https'],
  [853, 'domain-s'],
  [993, 'imaps'],
  [995, 'pop3s'],
  [3306, 'mysql'],
  [5432, 'postgresql'],
  [6379, 'redis'],
]);
