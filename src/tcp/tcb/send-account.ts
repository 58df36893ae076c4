/** The pieces of what was given to send and has not left, as Linux lays them out, for connections with `skb_accounting`. */

export class SendAccount {
  /** Octets in each piece that was not sent, oldest first. */
  private readonly pieces: number[] = [];
  private total = 0;
  /** A record ends with the last piece. */
  private isClosed = false;
  /** Octets given since the last one that has PSH. */
  unpushed = 0;

  /** Pieces not sent. */
  get count(): number {
    return this.pieces.length;
  }

  /** Octets in the first piece. */
  get head(): number {
    return this.pieces[0] ?? 0;
  }

  /** Octets the last piece takes if it may have `goal`. */
  room(goal: number): number {
    const last = this.pieces.length - 1;
    return last < 0 || this.isClosed ? 0 : Math.max(0, goal - this.pieces[last]!);
  }

  /** Another piece, empty so far. */
  begin(): void {
    this.pieces.push(0);
    this.isClosed = false;
  }

  /** So many octets more in the last piece. */
  add(octets: number): void {
    this.pieces[this.pieces.length - 1]! += octets;
    this.total += octets;
    this.unpushed += octets;
  }

  /** The first piece takes from the second what it lacks of `most` octets. @returns octets of the first */
  growHead(most: number): number {
    const { pieces } = this;
    if (pieces.length < 2 || pieces[0]! >= most) return this.head;
    const moved = Math.min(most - pieces[0]!, pieces[1]!);
    pieces[0] = pieces[0]! + moved;
    pieces[1] = pieces[1]! - moved;
    if (pieces[1] === 0) pieces.splice(1, 1);
    return pieces[0];
  }

  /** MSG_EOR: what follows begins a piece of its own. */
  close(): void {
    this.isClosed = this.pieces.length > 0;
  }

  /** So many octets are unsent by now: the oldest ones have left. */
  follow(unsent: number): void {
    const { pieces } = this;
    for (let left = this.total - unsent; left > 0 && pieces.length > 0; ) {
      const gone = Math.min(left, pieces[0]!);
      pieces[0] = pieces[0]! - gone;
      this.total -= gone;
      left -= gone;
      if (pieces[0] === 0) pieces.shift();
    }
    if (pieces.length === 0) this.isClosed = false;
  }
}
