/**
 * A frame as a wire would have carried it, for those who look on: a super-segment as its packets one after the other, an
 * unfinished checksum finished. The frame itself stays as it is; its owner or its receiver reads it afterwards.
 */
import type { LinkMedium } from '../base/link-capabilities.ts';
import { Slot } from '../base/slot.ts';
import { completeChecksum, Segmenter } from '../wire/segmentation.ts';

/** Shows one frame after the other: `begin`, then `next` until it returns null. */
export class WireFrames {
  private readonly medium: LinkMedium;
  private segmenter: Segmenter | null = null;
  private scratch: Slot | null = null;
  private whole: Slot | null = null;
  private isCut = false;

  constructor(medium: LinkMedium) {
    this.medium = medium;
  }

  /** Starts on the frame in `slot`, which must stay as it is until the last is out. */
  begin(slot: Slot): void {
    this.whole = null;
    this.isCut = false;
    if (slot.gsoSize !== 0) {
      this.segmenter ??= new Segmenter(this.medium);
      this.isCut = this.segmenter.begin(slot);
    }
    if (!this.isCut) this.whole = slot.checksumOffset === 0 ? slot : this.finished(slot);
  }

  /** The next packet, valid until the call after; null after the last. */
  next(): Slot | null {
    if (this.isCut) return this.segmenter?.next() ?? null;
    const { whole } = this;
    this.whole = null;
    return whole;
  }

  private finished(slot: Slot): Slot {
    if (this.scratch === null || this.scratch.capacity < slot.length) {
      this.scratch = Slot.allocate(Math.max(2048, slot.length), this.medium === 'ethernet');
    }
    this.scratch.copyFrom(slot);
    completeChecksum(this.scratch);
    return this.scratch;
  }
}
