/** Inputs made of inputs: the usual small damages, and pieces of other inputs and of the dictionary. All from one generator. */
import type { SeededGenerator } from '../../src/base/random.ts';

const INTERESTING = [0, 1, 2, 3, 4, 5, 6, 7, 8, 15, 16, 20, 32, 40, 63, 64, 100, 127, 128, 129, 254, 255] as const;
const INTERESTING_16 = [0, 1, 255, 256, 0x7fff, 0x8000, 0xfffe, 0xffff] as const;
const INTERESTING_32 = [0, 1, 0xffff, 0x10000, 0x7fffffff, -0x80000000, -2, -1] as const;
const STACKED_MAX = 5;
const BLOCK_MAX = 48;

type Damage = (mutator: Mutator, bytes: Uint8Array) => Uint8Array;

export class Mutator {
  readonly random: SeededGenerator;
  readonly dictionary: readonly Uint8Array[];
  /** Inputs to take pieces of. */
  others: readonly Uint8Array[] = [];
  private readonly maxLength: number;

  constructor(random: SeededGenerator, dictionary: readonly Uint8Array[], maxLength: number) {
    this.random = random;
    this.dictionary = dictionary;
    this.maxLength = maxLength;
  }

  /** A damaged copy of `bytes`, no longer than the most that is allowed. */
  mutate(bytes: Uint8Array): Uint8Array {
    let made: Uint8Array = bytes.slice();
    // One damage is most often right, sometimes more are needed at once.
    for (let left = 1 + this.random.nextBelow(STACKED_MAX); left > 0; left--) {
      made = this.oneOf(DAMAGES)(this, made);
      if (this.random.nextBelow(2) === 0) break;
    }
    return made.length > this.maxLength ? made.slice(0, this.maxLength) : made;
  }

  below(bound: number): number {
    return this.random.nextBelow(Math.max(1, bound));
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  word(): Uint8Array {
    return this.dictionary.length === 0 ? Uint8Array.of(this.below(256)) : this.oneOf(this.dictionary);
  }

  block(): number {
    return 1 + this.below(this.below(4) === 0 ? BLOCK_MAX : 4);
  }
}

const DAMAGES: readonly Damage[] = [
  (mutator, bytes) => {
    if (bytes.length > 0) bytes[mutator.below(bytes.length)]! ^= 1 << mutator.below(8);
    return bytes;
  },
  (mutator, bytes) => {
    if (bytes.length > 0) bytes[mutator.below(bytes.length)] = mutator.below(256);
    return bytes;
  },
  (mutator, bytes) => {
    if (bytes.length > 0) bytes[mutator.below(bytes.length)] = mutator.oneOf(INTERESTING);
    return bytes;
  },
  (mutator, bytes) => {
    if (bytes.length > 0) bytes[mutator.below(bytes.length)]! += mutator.below(2) === 0 ? 1 : -1;
    return bytes;
  },
  (mutator, bytes) => putNumber(mutator, bytes, 2, mutator.oneOf(INTERESTING_16)),
  (mutator, bytes) => putNumber(mutator, bytes, 4, mutator.oneOf(INTERESTING_32)),
  // A length that counts what follows, as formats have it.
  (mutator, bytes) => {
    const at = mutator.below(bytes.length);
    return bytes.length < 2 ? bytes : putAt(bytes, at, mutator.below(2) + 1, bytes.length - at);
  },
  (mutator, bytes) => splice(bytes, mutator.below(bytes.length + 1), mutator.block(), new Uint8Array(0)),
  (mutator, bytes) => bytes.slice(0, mutator.below(bytes.length + 1)),
  (mutator, bytes) => {
    const from = mutator.below(bytes.length);
    const piece = bytes.slice(from, from + mutator.block());
    return splice(bytes, mutator.below(bytes.length + 1), 0, piece);
  },
  (mutator, bytes) => {
    const piece = Uint8Array.from({ length: mutator.block() }, () => mutator.below(256));
    return splice(bytes, mutator.below(bytes.length + 1), 0, piece);
  },
  (mutator, bytes) => splice(bytes, mutator.below(bytes.length + 1), 0, mutator.word()),
  (mutator, bytes) => {
    const word = mutator.word();
    return splice(bytes, mutator.below(bytes.length + 1), word.length, word);
  },
  (mutator, bytes) => {
    if (mutator.others.length === 0) return bytes;
    const other = mutator.oneOf(mutator.others);
    const from = mutator.below(other.length);
    const piece = other.slice(from, from + 1 + mutator.below(other.length - from));
    const at = mutator.below(bytes.length + 1);
    return splice(bytes, at, mutator.below(2) === 0 ? 0 : piece.length, piece);
  },
  (mutator, bytes) => {
    if (mutator.others.length === 0) return bytes;
    const other = mutator.oneOf(mutator.others);
    const at = mutator.below(Math.min(bytes.length, other.length));
    return splice(bytes, at, bytes.length - at, other.slice(at));
  },
];

function splice(bytes: Uint8Array, at: number, gone: number, piece: Uint8Array): Uint8Array {
  const behind = bytes.subarray(Math.min(bytes.length, at + gone));
  const made = new Uint8Array(at + piece.length + behind.length);
  made.set(bytes.subarray(0, at));
  made.set(piece, at);
  made.set(behind, at + piece.length);
  return made;
}

function putNumber(mutator: Mutator, bytes: Uint8Array, width: number, value: number): Uint8Array {
  if (bytes.length < width) return bytes;
  const order = mutator.below(4) === 0 ? 'little' : 'big';
  return putAt(bytes, mutator.below(bytes.length - width + 1), width, value, order);
}

function putAt(bytes: Uint8Array, at: number, width: number, value: number, order = 'big'): Uint8Array {
  for (let index = 0; index < width && at + index < bytes.length; index++) {
    bytes[at + index] = value >>> (8 * (order === 'big' ? width - 1 - index : index));
  }
  return bytes;
}

/** Words for the dictionary: texts as they are, numbers in the widths in which they may stand on a wire. */
export function dictionaryOf(constants: readonly (number | string)[], isText: boolean): Uint8Array[] {
  const words = constants.flatMap((constant): Uint8Array[] => {
    if (typeof constant === 'string') return [new TextEncoder().encode(constant)];
    if (isText) return [new TextEncoder().encode(String(constant))];
    if (!Number.isInteger(constant) || constant < 0 || constant > 0xffff_ffff) return [];
    const widths = constant < 0x100 ? [1] : constant < 0x1_0000 ? [2] : [4];
    return widths.map((width) => putAt(new Uint8Array(width), 0, width, constant));
  });
  const known = new Map(words.filter(({ length }) => length > 0 && length <= 64).map((word) => [word.join(), word]));
  return [...known.values()];
}
