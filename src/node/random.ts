/**
 * Randomness from the operating system, drawn in blocks. What the wire may show and what must stay secret come from blocks
 * of their own, and a value is wiped as soon as it is given out.
 */
import { randomFillSync } from 'node:crypto';
import type { RandomSource } from '../base/random.ts';

/** The source for real networks. */
export class SystemRandom implements RandomSource {
  private readonly publicBlock = new RandomBlock();
  private readonly secretBlock = new RandomBlock();

  publicInt32(): number {
    return this.publicBlock.next();
  }

  secretInt32(): number {
    return this.secretBlock.next();
  }
}

const BLOCK_WORDS = 256;

class RandomBlock {
  private readonly words = new Int32Array(BLOCK_WORDS);
  private used = BLOCK_WORDS;

  next(): number {
    if (this.used === BLOCK_WORDS) {
      randomFillSync(this.words);
      this.used = 0;
    }
    const word = this.words[this.used]!;
    this.words[this.used++] = 0;
    return word;
  }
}
