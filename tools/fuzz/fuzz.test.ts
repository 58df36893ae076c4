/** The fuzzer itself: edges that are counted right, a search that gets through nested doors, inputs made smaller, bugs that can be planted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SeededGenerator } from '../../src/base/random.ts';
import { fromLine, toLine } from './corpus.ts';
import { Fuzzer, shrinkInput } from './fuzzer.ts';
import { COUNTERS, instrument } from './instrument.ts';
import { dictionaryOf, Mutator } from './mutation.ts';
import { FUZZ_BUGS } from './plant.ts';
import { fromText, type Target } from './target.ts';
import { TARGETS } from './targets/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const encoder = new TextEncoder();

/** The edges that a call of the instrumented function reaches, as `line kind`. */
function edgesOf(source: string, ...args: readonly unknown[]): string[] {
  const { code, edges } = instrument('a.ts', source, 0);
  const counts = new Uint32Array(edges.length);
  const run = new Function(COUNTERS, `${code}; return f;`) as (counts: Uint32Array) => (...args: unknown[]) => unknown;
  run(counts)(...args);
  return edges
    .filter((_, edge) => counts[edge] !== 0)
    .map(({ line, kind }) => `${line} ${kind}`)
    .sort();
}

describe('edges', () => {
  it('both ways of an if, with and without else, and what is chained', () => {
    const source = 'function f(a) {\nif (a > 5) return 1;\nelse if (a > 3) return 2;\nif (a) a = 0;\nreturn a; }';
    expect(edgesOf(source, 9)).toEqual(['1 function', '2 if']);
    expect(edgesOf(source, 4)).toEqual(['1 function', '3 else', '3 if']);
    expect(edgesOf(source, 0)).toEqual(['1 function', '3 else', '3 else', '4 else']);
    expect(edgesOf(source, 1)).toEqual(['1 function', '3 else', '3 else', '4 if']);
  });

  it('expressions: conditions, short circuits, defaults, arrows', () => {
    const source = 'const f = (a, b = 7) =>\n(a && b) ? [1].map((x) => ({ x })) : a ?? b';
    expect(edgesOf(source, 1)).toEqual(['1 default', '2 &&', '2 function', '2 function', '2 then']);
    expect(edgesOf(source, 0, 1)).toEqual(['2 else', '2 function']);
    expect(edgesOf(source, null, 1)).toEqual(['2 ??', '2 else', '2 function']);
  });

  it('cases, none of them, loops and catches', () => {
    const source =
      'function f(a) { switch (a) {\ncase 1:\ncase 2: a++; break;\ncase 3: return;\n}\n' +
      'for (let i = 0; i < a; i++) a--;\ntry { null.x; }\ncatch { a = 0; } }';
    expect(edgesOf(source, 2)).toEqual(['1 function', '3 case', '6 loop', '8 catch']);
    expect(edgesOf(source, 3)).toEqual(['1 function', '4 case']);
    expect(edgesOf(source, 0)).toEqual(['1 function', '1 no case', '8 catch']);
  });

  it('leaves types and lines where they are, and collects constants', () => {
    const source =
      "import { a } from 'b';\nconst f = (x: number): x is 5 => x === 5 || x === 0x1234;\nexport const t = 'word';\n";
    const { code, constants } = instrument('a.ts', source, 10);
    expect(code.split('\n').length).toBe(source.split('\n').length);
    expect(code).toContain(`(x: number): x is 5 => (${COUNTERS}[`);
    expect([...constants].sort()).toEqual([0x1234, 5, 'word']);
  });
});

/** Four octets of a word, one door behind the other; counted by hand. */
function doors(counts: Uint32Array, word: string): Target {
  return {
    name: 'doors',
    covers: [],
    maxLength: 40,
    isText: false,
    seeds: () => [new Uint8Array(8)],
    run: (input) => {
      for (let at = 0; at < word.length; at++) {
        if (input[at] !== word.charCodeAt(at)) return;
        counts[at]!++;
      }
      throw new Error('open');
    },
  };
}

function search(seed: number, dictionary: readonly Uint8Array[] = []): Fuzzer {
  const counts = new Uint32Array(8);
  const options = { seed, dictionary, corpus: [], watcher: null };
  const fuzzer = new Fuzzer(doors(counts, 'wors'), { counts, ranges: [[0, 4]] }, options);
  while (fuzzer.failures.length === 0 && fuzzer.runs < 200_000) fuzzer.step();
  return fuzzer;
}

describe('the search', () => {
  it('goes through one door after the other, and makes what it finds smaller', () => {
    const { failures, runs } = search(1);
    expect(failures.map(({ input }) => String.fromCharCode(...input))).toEqual(['wors']);
    expect(failures[0]?.message).toContain('open');
    // By chance alone it would take 2^32 runs.
    expect(runs).toBeLessThan(100_000);
  });

  it('finds the same with the same seed, and another way with another', () => {
    expect(search(5).runs).toBe(search(5).runs);
    expect(search(5).runs).not.toBe(search(6).runs);
  });

  it('is quicker with a word of the dictionary', () => {
    expect(search(1, [encoder.encode('wors')]).runs).toBeLessThan(search(1).runs);
  });

  it('keeps the fewest inputs that reach everything', () => {
    const counts = new Uint32Array(8);
    const corpus = ['x', 'w', 'wo', 'wor'].map((text) => encoder.encode(text));
    const fuzzer = new Fuzzer(
      doors(counts, 'wors'),
      { counts, ranges: [[0, 4]] },
      {
        ...{ seed: 1, dictionary: [], watcher: null },
        corpus,
      },
    );
    expect(fuzzer.corpusSize).toBeGreaterThanOrEqual(4);
    expect(fuzzer.smallCorpus().map((input) => String.fromCharCode(...input))).toEqual(['wor']);
  });
});

describe('inputs', () => {
  it('are made as small as what is needed of them', () => {
    const input = Uint8Array.from({ length: 100 }, (_, at) => at);
    const smallest = shrinkInput(input, (smaller) => smaller.includes(17) && smaller.includes(80));
    expect([...smallest]).toEqual([17, 80]);
  });

  it('are damaged in every way, never beyond the most that is allowed, always the same from one seed', () => {
    const words = dictionaryOf(['word', 'word', 7, 0x1234, 0x12345678, 1.5, ''], false);
    expect(words.map((word) => [...word])).toEqual([[119, 111, 114, 100], [7], [0x12, 0x34], [0x12, 0x34, 0x56, 0x78]]);
    const made = [1, 1, 2].map((seed) => {
      const mutator = new Mutator(new SeededGenerator(seed), words, 30);
      mutator.others = [Uint8Array.from({ length: 25 }, () => 200)];
      return Array.from({ length: 500 }, () => [...mutator.mutate(new Uint8Array(20))].join());
    });
    expect(made[0]).toEqual(made[1]);
    expect(made[0]).not.toEqual(made[2]);
    expect(new Set(made[0]).size).toBeGreaterThan(300);
    expect(made[0]?.every((text) => text.split(',').length <= 30)).toBe(true);
  });

  it.each([true, false])('survive being written down (text: %s)', (isText) => {
    for (const input of [new Uint8Array(0), fromText('+0 > "S"\n'), Uint8Array.of(0xff, 0xfe, 10, 34)]) {
      const line = toLine(input, isText);
      expect(line).not.toContain('\n');
      expect([...fromLine(line, isText)]).toEqual([...input]);
    }
  });
});

describe('targets and planted bugs', () => {
  it('every target has a name of its own and covers files', () => {
    expect(new Set(TARGETS.map(({ name }) => name)).size).toBe(TARGETS.length);
    for (const { covers } of TARGETS) expect(covers.every((prefix) => prefix.startsWith('src/'))).toBe(true);
  });

  it('every planted bug has its text once, and a target', () => {
    expect(FUZZ_BUGS.length).toBeGreaterThanOrEqual(3);
    for (const { name, file, find, replace, target } of FUZZ_BUGS) {
      expect([name, readFileSync(join(ROOT, file), 'utf8').split(find).length - 1]).toEqual([name, 1]);
      expect(replace).not.toBe(find);
      expect(TARGETS.some((one) => one.name === target)).toBe(true);
    }
  });
});
