/** The pieces of what was given to send and has not left, as Linux lays them out, for connections with `skb_accounting`. */

export class SendAccount {
  /** Octets in each piece that was not sent, oldest first. */
  private pieces: number[] = [];
  private total = 0;
  /** A record ends with the last piece. */
  private isClosed = false;
  /** Where PSH was set last. */
  pushedSeq: number;

  /** @param start where the first octet will stand */
  constructor(start = 0) {
    this.pushedSeq = start;
  }

  /** Pieces not sent. */
  get count(): number {
    return this.pieces.length;
  }

  /** Octets not sent, and those of them in the first piece. */
  get octets(): number {
    return this.total;
  }

  get head(): number {
    return this.pieces[0] ?? 0;
  }

  /** The last piece takes no more. */
  isFull(goal: number): boolean {
    return this.pieces.length > 0 && this.pieces[this.pieces.length - 1]! >= goal;
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

  /** So many octets are unsent by now; more than are listed while what leaves at once has not left yet. */
  follow(unsent: number): void {
    this.drain(this.total - unsent);
  }

  /** MSG_EOR: what follows begins a piece of its own. */
  close(): void {
    this.isClosed = this.pieces.length > 0;
  }

  /**
   * Puts up to `length` octets into pieces of `goal`; `mayBegin` says whether another one may be begun, told how many pieces and octets
   * there are more than before. What is full is sent at once as far as `leaves` octets may go, which makes room in the last piece.
   * @param onFull a piece is full and more follows, told how many octets were taken
   * @returns octets taken
   */
  fill(
    length: number,
    goal: number,
    leaves: number,
    mayBegin: (pieces: number, octets: number) => boolean,
    onFull?: (octets: number) => void,
  ): number {
    let left = leaves;
    let taken = 0;
    let begun = 0;
    while (taken < length) {
      const last = this.pieces.length - 1;
      const room = last < 0 || this.isClosed ? 0 : goal - this.pieces[last]!;
      if (room > 0) {
        const count = Math.min(room, length - taken);
        this.pieces[last] = this.pieces[last]! + count;
        this.total += count;
        taken += count;
        if (count === room && taken < length) onFull?.(taken);
        continue;
      }
      const gone = Math.min(left, this.total);
      if (gone > 0) {
        left -= gone;
        // A part that was sent is a piece for itself.
        if (this.drain(gone)) begun++;
        continue;
      }
      if (!mayBegin(begun, taken)) break;
      this.pieces.push(0);
      this.isClosed = false;
      begun++;
    }
    return taken;
  }

  copy(): SendAccount {
    const copy = new SendAccount(this.pushedSeq);
    copy.pieces = [...this.pieces];
    copy.total = this.total;
    copy.isClosed = this.isClosed;
    return copy;
  }

  /** The oldest octets are sent. @returns whether that has divided a piece */
  private drain(count: number): boolean {
    let left = count;
    let isDivided = false;
    while (left > 0 && this.pieces.length > 0) {
      const gone = Math.min(left, this.pieces[0]!);
      this.pieces[0] = this.pieces[0]! - gone;
      this.total -= gone;
      left -= gone;
      isDivided = this.pieces[0] > 0;
      if (!isDivided) this.pieces.shift();
    }
    if (this.pieces.length === 0) this.isClosed = false;
    return isDivided;
  }
}
