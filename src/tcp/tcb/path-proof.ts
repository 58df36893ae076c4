/** What a connection's own segments have proven of its path's MTU. */

/** Attached to a connection with a data segment, dropped when it rests (`rest.ts`). */
export class PathProof {
  /** Largest packet sent: maxsizesent of RFC 5927 section 7.2. Of those in flight, which are all that a message can be about. */
  sentSize = 0;
  /** A packet larger than `Tcb.provenSize` is on its way: its size, 0 when there is none, and where its payload starts and ends. */
  trialSize = 0;
  trialStart = 0;
  trialEnd = 0;
  /** A message held back: the MTU it claims, 0 when there is none, and the sequence number it quotes. */
  heldMtu = 0;
  heldSeq = 0;
  /** Reductions since new data was last acknowledged. */
  reductions = 0;

  /** Nothing is on trial and no message waits. */
  get isForgettable(): boolean {
    return this.trialSize === 0 && this.heldMtu === 0 && this.reductions === 0;
  }
}
