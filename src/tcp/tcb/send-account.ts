/** The pieces of what was given to send and has not left, as Linux lays them out, for connections with `skb_accounting`. */

/** By what octets are put into pieces; all of it octets. */
export interface Filling {
  /** In a full piece. */
  readonly goal: number;
  /** That may leave at once. */
  readonly leaves: number;
  /** In each burst of them. */
  readonly burst: number;
  /** Behind more than so many there is a PSH; 0: nowhere. */
  readonly half: number;
}

export class SendAccount {
  /** Octets in each piece that was not sent, oldest first. */
  private pieces: number[] = [];
  private total = 0;
  /** A record ends with the last piece. */
  private isClosed = false;
  /** Octets given since the last one that has PSH. */
  unpushed = 0;

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
   * there are more than before. Of `leaves` octets that may go at once a burst goes whenever the only piece is full, and all
   * when more than `half` were given since the last PSH; that makes room in the last piece, and each burst is a piece of its own.
   * @param onPush PSH stands behind so many octets of these
   * @returns octets taken
   */
  fill(
    length: number,
    { goal, leaves, burst, half }: Filling,
    mayBegin: (pieces: number, octets: number) => boolean,
    onPush?: (octets: number) => void,
  ): number {
    let left = leaves;
    let taken = 0;
    let begun = 0;
    // A PSH in the last piece goes along to where that ends.
    let pushed = 0;
    const send = (most: number): void => {
      const gone = Math.min(left, this.total, most);
      if (gone === 0) return;
      left -= gone;
      const before = this.pieces.length;
      const isDivided = this.drain(gone);
      begun += Math.max(isDivided ? 1 : 0, Math.ceil(gone / burst) - (before - this.pieces.length));
    };
    // What an earlier write has given may not have left yet.
    if (this.room(goal) === 0) send(left);
    while (taken < length) {
      const room = this.room(goal);
      if (room > 0) {
        const count = Math.min(room, length - taken);
        this.pieces[this.pieces.length - 1]! += count;
        this.total += count;
        this.unpushed += count;
        taken += count;
        if (pushed > 0) pushed = taken;
        if (count < room || taken === length) continue;
        if (half > 0 && this.unpushed > half) {
          this.unpushed = 0;
          pushed = taken;
          send(left);
        } else if (this.pieces.length === 1) send(burst);
        continue;
      }
      if (!mayBegin(begun, taken)) break;
      if (pushed > 0) onPush?.(pushed);
      pushed = 0;
      this.pieces.push(0);
      this.isClosed = false;
      begun++;
    }
    return taken;
  }

  /** Octets the last piece takes. */
  private room(goal: number): number {
    const last = this.pieces.length - 1;
    return last < 0 || this.isClosed ? 0 : goal - this.pieces[last]!;
  }

  copy(): SendAccount {
    const copy = new SendAccount();
    copy.pieces = [...this.pieces];
    copy.total = this.total;
    copy.isClosed = this.isClosed;
    copy.unpushed = this.unpushed;
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
