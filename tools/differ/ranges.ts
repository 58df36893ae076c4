/** Stretches of sequence numbers that have arrived, as a receiver keeps them. Numbers are the script's, and do not wrap. */

export type Range = readonly [start: number, end: number];

export class Ranges {
  /** The next number that is missing. */
  next: number;
  /** What has come beyond it, latest arrival first. */
  readonly early: Range[] = [];

  constructor(next: number) {
    this.next = next;
  }

  /** Takes a segment; gives what of it was there already, as a D-SACK tells it. */
  add(start: number, end: number): Range | null {
    if (end <= start) return null;
    if (start < this.next && end <= this.next) return [start, end];
    const known = this.early.find(([from, to]) => from <= start && end <= to);
    if (known !== undefined) {
      this.touch(known);
      return [start, end];
    }
    const double: Range | null = start < this.next ? [start, this.next] : null;
    if (start <= this.next) this.next = end;
    else this.merge(start, end);
    this.swallow();
    return double;
  }

  /** The first `count` blocks of a SACK option. */
  blocks(count: number): Range[] {
    return this.early.slice(0, count);
  }

  private touch(range: Range): void {
    this.early.splice(this.early.indexOf(range), 1);
    this.early.unshift(range);
  }

  private merge(start: number, end: number): void {
    let [from, to] = [start, end];
    for (const range of this.early.filter(([left, right]) => left <= end && right >= start)) {
      from = Math.min(from, range[0]);
      to = Math.max(to, range[1]);
      this.early.splice(this.early.indexOf(range), 1);
    }
    this.early.unshift([from, to]);
  }

  private swallow(): void {
    for (let found = this.reached(); found !== undefined; found = this.reached()) {
      this.next = Math.max(this.next, found[1]);
      this.early.splice(this.early.indexOf(found), 1);
    }
  }

  private reached(): Range | undefined {
    return this.early.find(([from]) => from <= this.next);
  }
}
