/**
 * Words scripts take for granted, as the usual runners define them: Fast Open cookies of the standing addresses, under the standing
 * key and under the key of zeros, and names that differ between the versions of IP.
 */
import type { IpVersion } from './ip-version.ts';

const IPV4: ReadonlyMap<string, string> = new Map([
  ['TFO_COOKIE', '3021b9d889017eeb'],
  ['TFO_COOKIE_ZERO', 'b7c12350a90dc8f5'],
  ['CODE', 'host_unreachable'],
  ['CMSG_LEVEL_IP', 'SOL_IP'],
  ['CMSG_TYPE_RECVERR', 'IP_RECVERR'],
]);

const IPV6: ReadonlyMap<string, string> = new Map([
  ['TFO_COOKIE', 'c1d1e9742a47a9bc'],
  ['TFO_COOKIE_ZERO', '82af1a8f9a205c34'],
  ['CODE', 'address_unreachable'],
  ['CMSG_LEVEL_IP', 'SOL_IPV6'],
  ['CMSG_TYPE_RECVERR', 'IPV6_RECVERR'],
]);

/** The words that are defined without anybody saying so. */
export function standingWords(version: IpVersion): ReadonlyMap<string, string> {
  return version === 'ipv6' ? IPV6 : IPV4;
}
