/** What main thread and worker tell each other. */

/** What a worker is to do. */
export interface Order {
  readonly target: string;
  readonly seed: number;
  readonly milliseconds: number;
  /** Stops after so many runs. */
  readonly runs: number;
  /** Stops after so many different failures. */
  readonly failures: number;
  readonly ranges: readonly (readonly [from: number, to: number])[];
  readonly dictionary: readonly Uint8Array[];
  readonly corpus: readonly Uint8Array[];
  /** Where the worker says what it is at: see `Beacon`. */
  readonly beacon: SharedArrayBuffer;
}

/** What a worker has found, when it stops. */
export interface Report {
  readonly runs: number;
  readonly failures: readonly { readonly input: Uint8Array; readonly message: string }[];
  /** One octet for every edge: reached or not. */
  readonly reached: Uint8Array;
  readonly kept: number;
  /** Fewest inputs that reach the same edges. */
  readonly small: readonly Uint8Array[];
}

const HEADER = 8;

/** Memory shared by both: how many runs have begun, and the input of the one that is on, should it never end. */
export class Beacon {
  readonly memory: SharedArrayBuffer;
  private readonly numbers: Int32Array;
  private readonly input: Uint8Array;

  constructor(memory: SharedArrayBuffer) {
    this.memory = memory;
    this.numbers = new Int32Array(memory, 0, 2);
    this.input = new Uint8Array(memory, HEADER);
  }

  static allocate(): Beacon {
    return new Beacon(new SharedArrayBuffer(4_096 + HEADER));
  }

  running(input: Uint8Array): void {
    this.input.set(input);
    this.numbers[1] = input.length;
    Atomics.add(this.numbers, 0, 1);
  }

  /** No run is on any more. */
  finish(): void {
    Atomics.store(this.numbers, 1, -1);
  }

  get isFinished(): boolean {
    return Atomics.load(this.numbers, 1) < 0;
  }

  get runs(): number {
    return Atomics.load(this.numbers, 0);
  }

  current(): Uint8Array {
    return this.input.slice(0, this.numbers[1] ?? 0);
  }
}
