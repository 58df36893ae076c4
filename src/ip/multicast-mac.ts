/** The Ethernet address of a multicast group (RFC 1112 section 6.4, RFC 2464 section 7). */
import type { Address } from '../base/address.ts';

/** The high 16 bits of the Ethernet address of a group (RFC 1112 section 6.4, RFC 2464 section 7). */
export function multicastMacHigh(group: Address): number {
  return group.family === 4 ? 0x0100 : 0x3333;
}

/** The low 32 bits: 01:00:5e and 23 bits of the group, or 33:33 and its last four octets. */
export function multicastMacLow(group: Address): number {
  return group.family === 4 ? 0x5e000000 | (group.w3 & 0x7fffff) : group.w3;
}
