/**
 * How many different things were seen, in a few octets: each sets the bit its hash names, and the share of bits that are still clear
 * says how many there were (linear counting; Whang, Vander-Zanden and Taylor, 1990). Exact enough while no more things come than bits.
 */

/** Two sets over the same things: those that were tried, and those of them that were answered. */
export class TriedAndAnswered {
  private readonly tried: Uint32Array;
  private readonly answered: Uint32Array;
  private readonly mask: number;
  /** Bits of tried that are not set in answered. */
  private open = 0;

  /** @param bits a power of two, 32 at least */
  constructor(bits: number) {
    this.tried = new Uint32Array(bits >>> 5);
    this.answered = new Uint32Array(bits >>> 5);
    this.mask = bits - 1;
  }

  try(hash: number): void {
    const at = hash & this.mask;
    const word = at >>> 5;
    const bit = 1 << (at & 31);
    if ((this.tried[word]! & bit) !== 0) return;
    this.tried[word]! |= bit;
    if ((this.answered[word]! & bit) === 0) this.open++;
  }

  answer(hash: number): void {
    const at = hash & this.mask;
    const word = at >>> 5;
    const bit = 1 << (at & 31);
    if ((this.answered[word]! & bit) !== 0) return;
    this.answered[word]! |= bit;
    if ((this.tried[word]! & bit) !== 0) this.open--;
  }

  /** How many were tried in vain, about. */
  get inVain(): number {
    const bits = this.mask + 1;
    // The last bit never counts as full: that would be infinitely many.
    const clear = Math.max(0.5, bits - this.open);
    return Math.round(bits * Math.log(bits / clear));
  }

  clear(): void {
    this.tried.fill(0);
    this.answered.fill(0);
    this.open = 0;
  }
}
