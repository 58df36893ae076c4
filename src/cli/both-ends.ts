/** The addresses of a device's two ends, ours and the kernel's, from what the command line says. */
import { checkAddressText } from '../node/ip-command.ts';

/** Our and the kernel's address when IPv6 is wanted. */
export const IPV6_NETWORK = 'fd00:9:';

/** Both ends' addresses, with IPv6 where it is wanted. @throws ArgumentError for what is none */
export function addressesOf(
  options: { address: string; peer: string; ipv6?: boolean | undefined },
  network6 = IPV6_NETWORK,
): { addresses: string[]; peers: string[] } {
  const { address, peer, ipv6 } = options;
  const length = address.includes('/') ? address.slice(address.indexOf('/')) : '/24';
  const own = address.includes('/') ? address : `${address}${length}`;
  const kernel = peer.includes('/') ? peer : `${peer}${length}`;
  checkAddressText('--address', own);
  checkAddressText('--peer', kernel);
  if (!ipv6) return { addresses: [own], peers: [kernel] };
  return { addresses: [own, `${network6}:2/64`], peers: [kernel, `${network6}:1/64`] };
}
