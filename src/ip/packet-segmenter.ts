/**
 * Cuts a super-segment that came in whole into the packets of a wire, written straight from where it lies into frames that
 * wait for the driver. It must stay as it is until the last piece is out. Nothing is made per piece.
 */
import { PlainPacketMemory } from '../base/packet-memory.ts';
import { Slot } from '../base/slot.ts';
import type { IpPacket } from '../wire/ip-packet.ts';
import { Segmenter } from '../wire/segmentation.ts';
import type { QueuedFrame } from './frame-queue.ts';

export class PacketSegmenter {
  /** Bytes of the longest piece with its headers. */
  longestPiece = 0;
  private readonly segmenter = new Segmenter('ip');
  /** Both without a link header and without memory of their own. */
  private readonly whole = new Slot(new PlainPacketMemory(64), 0, 0, 0);
  private readonly piece = new Slot(new PlainPacketMemory(64), 0, 0, 0);

  /** @returns false when the packet cannot be cut */
  begin(packet: IpPacket, { gsoSize, gsoType }: Slot): boolean {
    const { whole, segmenter } = this;
    whole.memory = packet.memory;
    whole.offset = packet.headerOffset;
    whole.length = packet.totalLength;
    whole.gsoSize = gsoSize;
    whole.gsoType = gsoType;
    if (!segmenter.begin(whole)) return false;
    this.longestPiece = segmenter.longestPart;
    return true;
  }

  /** Writes the next piece behind the room for `frame`'s link header. @returns its length, 0 after the last */
  next(frame: QueuedFrame): number {
    const { piece } = this;
    piece.memory = frame.slot.memory;
    piece.offset = frame.slot.offset + frame.ipOffset;
    return this.segmenter.next(piece)?.length ?? 0;
  }
}
