/** A hardware address of one's own, for an interface on an Ethernet that has other stations. */
import { randomBytes } from 'node:crypto';
import { MacAddress } from '../base/mac-address.ts';

/** A random address, locally administered and no group's (IEEE 802 section 8). */
export function ownMac(): MacAddress {
  const bytes = randomBytes(6);
  return new MacAddress((bytes.readUInt16BE(0) & ~0x0300) | 0x0200, bytes.readInt32BE(2));
}
