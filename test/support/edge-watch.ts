/**
 * Watches on the wire that no acknowledgment is taken back, nor the right edge of an offered window (RFC 9293 section 3.8.6). Where
 * the window is scaled it may fall short by less than one unit of the scale (RFC 7323 section 2.4). One connection each way.
 */

/** What one side has offered. */
class Offer {
  /** Shift of this side's own SYN, -1 while it has offered none. */
  shift = -1;
  /** Number of this side's SYN. Another one is another connection: an old duplicate may open one. */
  iss = 0;
  hasEdge = false;
  edge = 0;
  ack = 0;
}

export class EdgeWatch {
  private readonly a = new Offer();
  private readonly b = new Offer();

  /** A packet was sent. Throws when it acknowledges less than an earlier one, or its window reaches less far. */
  sent(fromA: boolean, packet: Uint8Array): void {
    const isV6 = (packet[0] ?? 0) >> 4 === 6;
    const start = isV6 ? 40 : ((packet[0] ?? 0) & 15) * 4;
    if (packet[isV6 ? 6 : 9] !== 6) return;
    const view = new DataView(packet.buffer, packet.byteOffset + start);
    const flags = view.getUint8(13);
    const offer = fromA ? this.a : this.b;
    const other = fromA ? this.b : this.a;
    const isSyn = (flags & 2) !== 0;
    if (isSyn) {
      if (view.getUint32(4) !== offer.iss) offer.hasEdge = false;
      offer.iss = view.getUint32(4);
      offer.shift = findShift(view);
    }
    // Nothing is offered without an ACK, nor by a RST.
    if ((flags & 0x10) === 0 || (flags & 4) !== 0) return;
    // A SYN that is repeated can name no more than 65535 octets, whatever was offered since.
    if (isSyn && offer.hasEdge) return;
    const ack = view.getUint32(8);
    if (offer.hasEdge && ((ack - offer.ack) | 0) < 0) {
      throw new Error(`the acknowledgment of ${fromA ? 'a' : 'b'} went back by ${(offer.ack - ack) | 0}`);
    }
    offer.ack = ack;
    const agreed = offer.shift < 0 || other.shift < 0 ? 0 : offer.shift;
    const edge = (ack + view.getUint16(14) * 2 ** (isSyn ? 0 : agreed)) | 0;
    if (offer.hasEdge && ((edge - offer.edge) | 0) <= -(2 ** agreed)) {
      throw new Error(`the window edge of ${fromA ? 'a' : 'b'} went back by ${(offer.edge - edge) | 0}`);
    }
    if (!offer.hasEdge || ((edge - offer.edge) | 0) > 0) offer.edge = edge;
    offer.hasEdge = true;
  }
}

function findShift(view: DataView): number {
  const end = (view.getUint8(12) >> 4) * 4;
  for (let at = 20; at < end; ) {
    const kind = view.getUint8(at);
    if (kind === 0) break;
    if (kind === 3) return view.getUint8(at + 2);
    at += kind === 1 ? 1 : view.getUint8(at + 1);
  }
  return -1;
}
