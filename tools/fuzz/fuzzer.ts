/**
 * The search: inputs that reach an edge, or reach it a new number of times, are kept and damaged further. Everything is drawn from
 * one seed, so that as many runs of the same target find the same. What fails is made smaller before it is told.
 */
import { SeededGenerator } from '../../src/base/random.ts';
import { Mutator } from './mutation.ts';
import type { Target } from './target.ts';

/** Where the edges that guide the search are counted. */
export interface EdgeCounters {
  readonly counts: Uint32Array;
  /** Pairs: the first edge of a range and the one behind its last. */
  readonly ranges: readonly (readonly [from: number, to: number])[];
}

export interface FuzzerOptions {
  readonly seed: number;
  readonly dictionary: readonly Uint8Array[];
  /** What was kept before. */
  readonly corpus: readonly Uint8Array[];
  /** Told before every run, for somebody who watches from outside; null: nobody does. */
  readonly watcher: { running(input: Uint8Array): void } | null;
}

export interface Failure {
  readonly input: Uint8Array;
  readonly message: string;
}

interface Kept {
  readonly input: Uint8Array;
  readonly edges: readonly number[];
}

/** A run this long is told as a failure when it is as long a second time: inputs are short. */
const SLOW_MS = 2_000;
const SHRINK_RUNS = 4_000;
const FAVOURED = 3;
/** Below this length it does not matter how long an input is. */
const SMALL_INPUT = 16;

export class Fuzzer {
  runs = 0;
  readonly failures: Failure[] = [];
  /** Edges that were ever reached, watched or not. */
  readonly reached: Uint8Array;
  private readonly target: Target;
  private readonly edges: EdgeCounters;
  private readonly mutator: Mutator;
  private readonly watcher: FuzzerOptions['watcher'];
  private readonly kept: Kept[] = [];
  /** Of every edge the classes of counts that were seen, as bits. */
  private readonly seen: Uint8Array;
  /** Inputs that were the first to reach an edge, the last of them first in turn. */
  private readonly firsts: Uint8Array[] = [];
  private readonly inputs: Uint8Array[] = [];
  private readonly messages = new Set<string>();

  constructor(target: Target, edges: EdgeCounters, options: FuzzerOptions) {
    this.target = target;
    this.edges = edges;
    this.watcher = options.watcher;
    this.seen = new Uint8Array(edges.counts.length);
    this.reached = new Uint8Array(edges.counts.length);
    this.mutator = new Mutator(new SeededGenerator(options.seed), options.dictionary, target.maxLength);
    this.mutator.others = this.inputs;
    const begin = [...options.corpus, ...target.seeds(), new Uint8Array(0)];
    for (const input of begin) this.try(input.slice(0, target.maxLength), true);
  }

  /** Damages one of the kept inputs and runs it. */
  step(): void {
    const { mutator } = this;
    const isFirst = this.firsts.length > 0 && mutator.below(FAVOURED) > 0;
    const parent = isFirst ? this.recent() : mutator.oneOf(this.inputs);
    this.try(mutator.mutate(parent), false);
  }

  /** Few inputs that reach all the edges that were reached; the smaller ones are preferred. */
  smallCorpus(): Uint8Array[] {
    const open = new Set(this.kept.flatMap(({ edges }) => edges));
    const worth = ({ input, edges }: Kept): number =>
      edges.reduce((sum, edge) => sum + (open.has(edge) ? 1 : 0), 0) / (SMALL_INPUT + input.length);
    const waiting = this.kept.map((one) => ({ one, most: worth(one) })).sort((a, b) => b.most - a.most);
    const chosen: Uint8Array[] = [];
    for (let next = waiting.shift(); next !== undefined && open.size > 0; next = waiting.shift()) {
      // What an input is worth only falls while others are chosen: who is still ahead of the next one's best is the best.
      next.most = worth(next.one);
      if (next.most < (waiting[0]?.most ?? 0)) {
        const at = waiting.findIndex(({ most }) => most <= (next?.most ?? 0));
        waiting.splice(at < 0 ? waiting.length : at, 0, next);
        continue;
      }
      chosen.push(next.one.input);
      for (const edge of next.one.edges) open.delete(edge);
    }
    return chosen;
  }

  get corpusSize(): number {
    return this.kept.length;
  }

  private recent(): Uint8Array {
    const { firsts, mutator } = this;
    // The later half is twice as likely: what is behind a new door is least known.
    const from = mutator.below(2) === 0 ? firsts.length >> 1 : 0;
    return firsts[from + mutator.below(firsts.length - from)] as Uint8Array;
  }

  private try(input: Uint8Array, isGiven: boolean): void {
    this.clear();
    const message = this.outcome(input);
    if (message !== null) {
      this.fail(input, message);
      return;
    }
    const isNew = this.note();
    if (isNew === 0 && !(isGiven && this.kept.length === 0)) return;
    this.keep(input, isNew === 2);
  }

  /** What was wrong with this run, or null. */
  private outcome(input: Uint8Array): string | null {
    this.runs++;
    this.watcher?.running(input);
    const startedMs = performance.now();
    try {
      this.target.run(input);
    } catch (error) {
      return describe(error);
    }
    if (performance.now() - startedMs < SLOW_MS) return null;
    // Others may have had the processor: only what it takes of that counts.
    const before = process.cpuUsage();
    this.target.run(input);
    const { user, system } = process.cpuUsage(before);
    return (user + system) / 1000 < SLOW_MS ? null : `takes longer than ${SLOW_MS} ms`;
  }

  private fail(input: Uint8Array, message: string): void {
    const key = message.replace(/\d+/g, '#');
    if (this.messages.has(key)) return;
    this.messages.add(key);
    const smallest = message.startsWith('takes longer') ? input : this.shrink(input, key);
    this.failures.push({ input: smallest, message });
  }

  private shrink(input: Uint8Array, key: string): Uint8Array {
    return shrinkInput(input, (smaller) => this.outcome(smaller)?.replace(/\d+/g, '#') === key);
  }

  private clear(): void {
    for (const [from, to] of this.edges.ranges) this.edges.counts.fill(0, from, to);
  }

  /** 0: nothing new, 1: a new number of times, 2: a new edge. */
  private note(): 0 | 1 | 2 {
    const { counts, ranges } = this.edges;
    let found: 0 | 1 | 2 = 0;
    for (const [from, to] of ranges) {
      for (let edge = from; edge < to; edge++) {
        const count = counts[edge]!;
        if (count === 0) continue;
        const bit = 1 << classOf(count);
        if (this.seen[edge]! & bit) continue;
        if (this.seen[edge] === 0) found = 2;
        else if (found === 0) found = 1;
        this.seen[edge]! |= bit;
        this.reached[edge] = 1;
      }
    }
    return found;
  }

  private keep(input: Uint8Array, isFirst: boolean): void {
    const edges: number[] = [];
    for (const [from, to] of this.edges.ranges) {
      for (let edge = from; edge < to; edge++) if (this.edges.counts[edge] !== 0) edges.push(edge);
    }
    this.kept.push({ input, edges });
    this.inputs.push(input);
    if (isFirst) this.firsts.push(input);
  }
}

/** Leaves out and zeroes what is not needed for `fails` to stay true. */
export function shrinkInput(input: Uint8Array, fails: (smaller: Uint8Array) => boolean): Uint8Array {
  let best = input;
  let left = SHRINK_RUNS;
  const attempt = (smaller: Uint8Array): boolean => {
    if (left-- <= 0 || !fails(smaller)) return false;
    best = smaller;
    return true;
  };
  for (let size = 1 << Math.floor(Math.log2(Math.max(1, best.length))); size >= 1; size >>= 1) {
    for (let at = 0; at < best.length && left > 0; ) {
      const without = Uint8Array.from([...best.subarray(0, at), ...best.subarray(at + size)]);
      if (!attempt(without)) at += size;
    }
  }
  for (let at = 0; at < best.length && left > 0; at++) {
    if (best[at] === 0) continue;
    const plain = best.slice();
    plain[at] = 0;
    attempt(plain);
  }
  return best;
}

/** Counts in classes, so that a loop's length matters, but not every length. */
function classOf(count: number): number {
  if (count < 4) return count - 1;
  if (count < 8) return 3;
  if (count < 16) return 4;
  if (count < 32) return 5;
  return count < 128 ? 6 : 7;
}

function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const place = error.stack?.split('\n').find((line) => line.trimStart().startsWith('at ')) ?? '';
  return `${error.name}: ${error.message.split('\n')[0]} ${place.trim().replace(/\(.*\/|\)$/g, '')}`.trim();
}
