/**
 * The sequence number extension of TCP-AO (RFC 5925 section 6.2): how often the numbers of one direction have come round. It
 * follows the highest number seen, and tells for any number within half the space of it to which round it belongs.
 */
// RFC 5925 §6.2 R5925-12: for late and early numbers around a wrap too.
export class SequenceExtension {
  private highest: number;
  private round = 0;

  /** @param initialSeq the direction's ISN, which belongs to round 0 */
  constructor(initialSeq: number) {
    this.highest = initialSeq;
  }

  /** SNE of `seq`, an unsigned 32-bit number. */
  of(seq: number): number {
    const at = (this.highest >>> 0) + ((seq - this.highest) | 0);
    return (this.round + (at < 0 ? -1 : at >= 2 ** 32 ? 1 : 0)) >>> 0;
  }

  /** `seq` was sent, or came in a segment whose signature was right. */
  advance(seq: number): void {
    if (((seq - this.highest) | 0) <= 0) return;
    this.round = this.of(seq);
    this.highest = seq;
  }
}
