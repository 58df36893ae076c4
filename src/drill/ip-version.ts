/** Which IP a script speaks. */

/** IPv4, IPv6, or IPv4 packets under IPv6 sockets. */
export type IpVersion = 'ipv4' | 'ipv6' | 'ipv4-mapped-ipv6';

export function isIpVersion(text: string): text is IpVersion {
  return text === 'ipv4' || text === 'ipv6' || text === 'ipv4-mapped-ipv6';
}
