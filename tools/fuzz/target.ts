/** What is fuzzed: a function that takes any octets and throws only when something that must hold does not. */

export interface Target {
  readonly name: string;
  /** Beginnings of paths: the files this target is meant to cover, whose edges guide it and are counted for it. */
  readonly covers: readonly string[];
  /** Inputs are no longer than this. */
  readonly maxLength: number;
  /** Octets are UTF-8 text: so it stands in the corpus. */
  readonly isText: boolean;
  /** Good inputs to start from. */
  seeds(): Uint8Array[];
  /** One run. Throws when something is wrong. Keeps nothing from one run to the next. */
  run(input: Uint8Array): void;
}

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export function fromText(text: string): Uint8Array {
  return encoder.encode(text);
}

export function toText(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** Throws with `message` unless `holds`. */
export function must(holds: boolean, message: string): asserts holds {
  if (!holds) throw new Error(message);
}

/** Throws unless what was written and what was read are the same, pair by pair. */
export function same(what: string, ...pairs: readonly (readonly [unknown, unknown])[]): void {
  for (const [written, read] of pairs) must(written === read, `${what}: wrote ${written}, read ${read}`);
}

/** Takes an input apart into numbers; what is not there is 0. */
export class InputReader {
  private readonly bytes: Uint8Array;
  private at = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get isEmpty(): boolean {
    return this.at >= this.bytes.length;
  }

  u8(): number {
    return this.bytes[this.at++] ?? 0;
  }

  u16(): number {
    return (this.u8() << 8) | this.u8();
  }

  i32(): number {
    return (this.u16() << 16) | this.u16();
  }

  /** One of `choices`, by the next octet. */
  pick<T>(choices: readonly [T, ...T[]]): T {
    return choices[this.u8() % choices.length] ?? choices[0];
  }

  /** The next `length` octets, or as many as there are. */
  take(length: number): Uint8Array {
    const bytes = this.bytes.slice(this.at, this.at + length);
    this.at += length;
    return bytes;
  }

  rest(): Uint8Array {
    return this.take(this.bytes.length);
  }
}
