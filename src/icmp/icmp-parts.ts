/** Puts ICMP into an IP layer: the stack hands `makeIcmp` to it, so that IP need not know this room. */
import type { IcmpParts, IpContext } from '../ip/ip-context.ts';
import type { IpLayer } from '../ip/ip-layer.ts';
import { IcmpErrorSender } from './error-sender.ts';
import { IcmpLayer } from './icmp-layer.ts';

export function makeIcmp(context: IpContext, ip: IpLayer): IcmpParts {
  return { receiver: new IcmpLayer(context, ip), errors: new IcmpErrorSender(context, ip) };
}

/** The ICMP layer that `makeIcmp` put into `ip`; ping sockets hang on it. */
export function icmpOf(ip: IpLayer): IcmpLayer | null {
  return ip.icmp instanceof IcmpLayer ? ip.icmp : null;
}
