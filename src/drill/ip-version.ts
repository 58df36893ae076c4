/** Which IP a script speaks. */

/** IPv4, IPv6, or IPv4 packets under IPv6 sockets. */
export type IpVersion = 'ipv4' | 'ipv6' | 'ipv4-mapped-ipv6';

const VERSIONS: readonly IpVersion[] = ['ipv4', 'ipv6', 'ipv4-mapped-ipv6'];

/** Undefined: no version. `ipv4_mapped_ipv6` is one, too. */
export function ipVersionOf(text: string): IpVersion | undefined {
  return VERSIONS.find((version) => version === text.replaceAll('_', '-'));
}
