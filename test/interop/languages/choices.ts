/** Draws from lists, from a seed: what random programs are made with. */
import { SeededRandom } from '../../../src/base/random.ts';

export class Choices {
  private readonly random: SeededRandom;

  constructor(seed: number) {
    this.random = new SeededRandom(seed);
  }

  below(count: number): number {
    return (this.random.publicInt32() >>> 0) % count;
  }

  of<Item>(items: readonly Item[]): Item {
    const item = items[this.below(items.length)];
    if (item === undefined) throw new Error('a choice of nothing');
    return item;
  }

  /** One of several ways to make a text; only the chosen one is asked. */
  way(ways: readonly (() => string)[]): string {
    return this.of(ways)();
  }
}
