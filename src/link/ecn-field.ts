/**
 * The ECN field of a frame (RFC 3168 §5): the two low bits of IPv4's former TOS octet and of IPv6's traffic class. It is
 * read and changed in place. The IPv4 header checksum follows by difference, so one that was wrong stays wrong; no pseudo-
 * header covers the field.
 */

import { updateChecksum16 } from '../wire/checksum.ts';
import type { FrameView } from '../wire/frame-view.ts';
import { Ecn } from '../wire/ip-packet.ts';

/** The codepoint of the frame `view` looks at; whatever is no IP packet is not ECN-capable. */
export function readEcn(view: FrameView): number {
  const { u8 } = view.memory;
  if (view.family === 4) return u8[view.ipStart + 1]! & 3;
  if (view.family === 6) return (u8[view.ipStart + 1]! >>> 4) & 3;
  return Ecn.notEct;
}

/** Sets the codepoint; false when it was so already, or the frame is no IP packet. */
export function writeEcn(view: FrameView, ecn: number): boolean {
  if (view.family === 0 || readEcn(view) === ecn) return false;
  const { u8, view: words } = view.memory;
  const at = view.ipStart;
  if (view.family === 6) {
    u8[at + 1] = (u8[at + 1]! & 0xcf) | (ecn << 4);
    return true;
  }
  const before = words.getUint16(at);
  const after = (before & 0xfffc) | ecn;
  words.setUint16(at, after);
  words.setUint16(at + 10, updateChecksum16(words.getUint16(at + 10), before, after));
  return true;
}
