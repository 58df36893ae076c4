/**
 * Where unpredictability comes from. Two streams: what an observer of the wire may learn (ports, IP ids, jitter) and what
 * must stay secret (keys), so that the first can never reveal the second. Injected; the seeded source is for simulation only.
 */

/** Injected randomness. Both draw a uniformly distributed int32. */
export interface RandomSource {
  /** For what may be seen on the wire. */
  publicInt32(): number;
  /** For keys; must not follow from the public stream. */
  secretInt32(): number;
}

/** A small fast generator with 128 bits of state (sfc32 by Chris Doty-Humphrey). Not for secrets. */
export class SeededGenerator {
  private a: number;
  private b: number;
  private c: number;
  private counter: number;

  constructor(seed: number) {
    this.a = seed | 0;
    this.b = Math.floor(seed / 4294967296) | 0;
    this.c = 0x9e3779b9 | 0;
    this.counter = 1;
    for (let round = 0; round < 12; round++) this.nextInt32();
  }

  /** Uniform over all int32. */
  nextInt32(): number {
    const sum = (((this.a + this.b) | 0) + this.counter) | 0;
    this.counter = (this.counter + 1) | 0;
    this.a = this.b ^ (this.b >>> 9);
    this.b = (this.c + (this.c << 3)) | 0;
    this.c = (((this.c << 21) | (this.c >>> 11)) + sum) | 0;
    return sum;
  }

  /** Uniform in [0, 1) with 32 bits. */
  nextFraction(): number {
    return (this.nextInt32() >>> 0) / 4294967296;
  }

  /** Uniform integer in [0, bound), bound 1 to 2^32. */
  nextBelow(bound: number): number {
    return Math.floor(this.nextFraction() * bound);
  }
}

/** Deterministic source for the simulator: the same seed draws the same keys. Never use it on a real network. */
export class SeededRandom implements RandomSource {
  private readonly publicStream: SeededGenerator;
  private readonly secretStream: SeededGenerator;

  /** @param seed any integer; the same one draws the same numbers */
  constructor(seed: number) {
    this.publicStream = new SeededGenerator(seed);
    this.secretStream = new SeededGenerator(seed ^ 0x5ec2e7);
  }

  publicInt32(): number {
    return this.publicStream.nextInt32();
  }

  secretInt32(): number {
    return this.secretStream.nextInt32();
  }
}
