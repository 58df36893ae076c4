/**
 * Bit errors. The Internet checksum (RFC 1071) is a sum, so one flipped bit always shows, while the same bit flipped up in
 * one 16-bit word and down in another leaves it as it was.
 */
import type { LinkMedium } from '../base/link-capabilities.ts';
import type { SeededGenerator } from '../base/random.ts';
import type { Slot } from '../base/slot.ts';
import { FrameView } from '../wire/frame-view.ts';
import { IpProtocol } from '../wire/ip-packet.ts';

/** Damages frames in place; their checksums must be complete. */
export class FrameCorrupter {
  private readonly view = new FrameView();
  private readonly medium: LinkMedium;

  constructor(medium: LinkMedium) {
    this.medium = medium;
  }

  /**
   * Flips one bit so that a checksum finds it. False when no checksum covers the frame (ARP, UDP without checksum):
   * the caller drops it, as a network card does after a wrong frame check sequence.
   */
  flipDetected(slot: Slot, part: 'transport' | 'ip-header', random: SeededGenerator): boolean {
    const { view } = this;
    if (!view.look(slot, this.medium)) return false;
    let start = view.transportStart;
    let length = view.ipEnd - start;
    if (part === 'ip-header') {
      // The IPv6 header has no checksum of its own; the pseudo-header covers its addresses.
      start = view.ipStart + 8;
      length = view.family === 4 ? 12 : 32;
    } else if (!this.isCovered()) {
      return false;
    }
    if (length <= 0) return false;
    const at = start + random.nextBelow(length);
    slot.memory.u8[at]! ^= 1 << random.nextBelow(8);
    return true;
  }

  /** Flips two bits of the transport payload so that the checksum still fits. False when the payload has no such pair. */
  flipUndetected(slot: Slot, random: SeededGenerator): boolean {
    const { view } = this;
    if (!view.look(slot, this.medium) || !view.hasTransport || view.isFragment) return false;
    // Words count from the transport header, whose length is even.
    const words = view.payloadLength >> 1;
    if (words < 2) return false;
    const first = random.nextBelow(words);
    for (let step = 1; step < words; step++) {
      const second = (first + step) % words;
      for (let byte = 0; byte < 2; byte++) {
        const a = view.payloadStart + first * 2 + byte;
        const b = view.payloadStart + second * 2 + byte;
        const difference = slot.memory.u8[a]! ^ slot.memory.u8[b]!;
        if (difference === 0) continue;
        const bit = difference & -difference;
        slot.memory.u8[a]! ^= bit;
        slot.memory.u8[b]! ^= bit;
        return true;
      }
    }
    return false;
  }

  private isCovered(): boolean {
    const { view } = this;
    if (view.isLaterFragment) return true;
    if (!view.hasTransport) return false;
    return view.protocol !== IpProtocol.udp || view.memory.view.getUint16(view.transportStart + 6) !== 0;
  }
}
