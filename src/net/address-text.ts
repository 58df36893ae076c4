/** Addresses as Node's `net` shows them: IPv4 seen through a socket of both families is `::ffff:a.b.c.d`. */
import { Address, IPV4_MAPPED_WORD } from '../base/address.ts';

/** What `getsockname` and `getpeername` fill in. */
export interface SocketName {
  address?: string;
  family?: string;
  port?: number;
}

export function fillName(out: SocketName, address: string, port: number, isMapped: boolean): void {
  const isV6 = address.includes(':');
  out.address = isMapped && !isV6 ? `::ffff:${address}` : address;
  out.family = isV6 || isMapped ? 'IPv6' : 'IPv4';
  out.port = port;
}

/** An address to connect to: a mapped one is IPv4 on the wire, the unspecified one is this host itself. */
export function connectable(address: string): { readonly address: string; readonly isMapped: boolean } {
  // The zone names an interface of the kernel's; ours are found by route.
  const plain = withoutZone(address);
  if (plain === '0.0.0.0') return { address: '127.0.0.1', isMapped: false };
  const parsed = Address.tryParse(plain);
  if (parsed === null || parsed.family === 4) return { address: plain, isMapped: false };
  if (parsed.isUnspecified) return { address: '::1', isMapped: false };
  const reached = unmapped(parsed);
  return { address: reached.toString(), isMapped: reached !== parsed };
}

export function withoutZone(text: string): string {
  return text.replace(/%.*$/, '');
}

/** A mapped address is IPv4 on the wire; any other is itself. */
export function unmapped(address: Address): Address {
  const isMapped = address.family === 6 && address.w0 === 0 && address.w1 === 0 && address.w2 === IPV4_MAPPED_WORD;
  return isMapped ? Address.v4(address.w3) : address;
}
