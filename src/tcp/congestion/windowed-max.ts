/**
 * The largest value of a sliding window in constant space: the best sample and the two best that came after it, kept a part
 * of the window apart (the idea is Kathleen Nichols'). Time is whatever the caller counts, int32, never running backwards.
 */
export class WindowedMax {
  value = 0;
  private time = 0;
  private secondValue = 0;
  private secondTime = 0;
  private thirdValue = 0;
  private thirdTime = 0;

  /** Takes a sample; `length` is how long a sample counts. Returns the largest of the window. */
  update(value: number, time: number, length: number): number {
    if (value >= this.value || ((time - this.thirdTime) | 0) > length) {
      this.value = this.secondValue = this.thirdValue = value;
      this.time = this.secondTime = this.thirdTime = time;
      return value;
    }
    if (value >= this.secondValue) {
      this.secondValue = this.thirdValue = value;
      this.secondTime = this.thirdTime = time;
    } else if (value >= this.thirdValue) {
      this.thirdValue = value;
      this.thirdTime = time;
    }
    this.age(value, time, length);
    return this.value;
  }

  /** Lets the best go when it is too old, and takes care that the others stand for later parts of the window. */
  private age(value: number, time: number, length: number): void {
    const elapsed = (time - this.time) | 0;
    if (elapsed > length) {
      this.promote(value, time);
      if (((time - this.time) | 0) > length) this.promote(value, time);
    } else if (this.secondTime === this.time && elapsed > length >> 2) {
      this.secondValue = this.thirdValue = value;
      this.secondTime = this.thirdTime = time;
    } else if (this.thirdTime === this.secondTime && elapsed > length >> 1) {
      this.thirdValue = value;
      this.thirdTime = time;
    }
  }

  private promote(value: number, time: number): void {
    this.value = this.secondValue;
    this.time = this.secondTime;
    this.secondValue = this.thirdValue;
    this.secondTime = this.thirdTime;
    this.thirdValue = value;
    this.thirdTime = time;
  }
}
