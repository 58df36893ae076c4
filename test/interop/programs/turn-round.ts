/** The smallest answer a host can give, in place: addresses exchanged, a request made a reply. */
import type { Slot } from '../../../src/base/slot.ts';

/** Turns an ICMP or ICMPv6 echo request or a datagram to UDP port 7 in `slot` into its answer; false when it is neither. */
export function turnRound(slot: Slot): boolean {
  const { view } = slot.memory;
  const at = slot.offset;
  const isV6 = view.getUint8(at) >>> 4 === 6;
  const [source, size, header] = isV6 ? [at + 8, 16, 40] : [at + 12, 4, (view.getUint8(at) & 15) * 4];
  if (slot.length < header + 8) return false;
  const protocol = view.getUint8(at + (isV6 ? 6 : 9));
  const transport = at + header;
  if (protocol === 17 && view.getUint16(transport + 2) === 7) {
    view.setUint16(transport + 2, view.getUint16(transport));
    view.setUint16(transport, 7);
  } else if (
    (protocol === 1 && view.getUint8(transport) === 8) ||
    (protocol === 58 && view.getUint8(transport) === 128)
  ) {
    // The type goes from 8 to 0 or from 128 to 129: the checksum changes by the same in the other direction.
    const change = isV6 ? 0xfeff : 0x0800;
    view.setUint8(transport, isV6 ? 129 : 0);
    const sum = view.getUint16(transport + 2) + change;
    view.setUint16(transport + 2, (sum & 0xffff) + (sum >>> 16));
  } else return false;
  for (let index = 0; index < size; index += 4) {
    const word = view.getUint32(source + index);
    view.setUint32(source + index, view.getUint32(source + size + index));
    view.setUint32(source + size + index, word);
  }
  return true;
}
