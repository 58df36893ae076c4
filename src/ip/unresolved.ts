/** The neighbors that are asked for and have not answered, in the order in which they were first asked. */
import type { Neighbor } from './neighbor-entry.ts';

export class UnresolvedNeighbors {
  /** Who waits longest for an answer; null when nobody does. */
  oldest: Neighbor | null = null;
  count = 0;
  private newest: Neighbor | null = null;

  /** It is asked for from now on. */
  add(neighbor: Neighbor): void {
    neighbor.askedBefore = this.newest;
    if (this.newest === null) this.oldest = neighbor;
    else this.newest.askedAfter = neighbor;
    this.newest = neighbor;
    this.count++;
  }

  /** It has answered, or nobody asks for it any more; does nothing when it was not asked for. */
  remove(neighbor: Neighbor): void {
    const { askedBefore, askedAfter } = neighbor;
    if (askedBefore === null && this.oldest !== neighbor) return;
    if (askedBefore === null) this.oldest = askedAfter;
    else askedBefore.askedAfter = askedAfter;
    if (askedAfter === null) this.newest = askedBefore;
    else askedAfter.askedBefore = askedBefore;
    neighbor.askedBefore = null;
    neighbor.askedAfter = null;
    this.count--;
  }
}
