/** Chance for scripts: everything drawn comes from one seed. */
import { SeededGenerator } from '../../src/base/random.ts';

/** What may be drawn, and how often beside the others. */
export type Weighted<T> = readonly (readonly [weight: number, value: T])[];

export class Dice {
  private readonly generator: SeededGenerator;

  constructor(seed: number) {
    this.generator = new SeededGenerator(seed);
  }

  /** True so many times of a hundred. */
  percent(chance: number): boolean {
    return this.generator.nextBelow(100) < chance;
  }

  /** A whole number from `least` to `most`, both included. */
  between(least: number, most: number): number {
    return least + this.generator.nextBelow(most - least + 1);
  }

  /** One of a list that is not empty. */
  of<T>(list: readonly T[]): T {
    return list[this.generator.nextBelow(list.length)] as T;
  }

  /** One of several by weight; at least one weighs something. */
  weighted<T>(table: Weighted<T>): T {
    let left = this.generator.nextBelow(table.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, value] of table) {
      if (left < weight) return value;
      left -= weight;
    }
    throw new RangeError('nothing has a weight');
  }
}
