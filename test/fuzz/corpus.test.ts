/** What the fuzzer kept, and what once failed, again: every input of the tree through its target. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { CORPUS, FOUND, readInputs } from '../../tools/fuzz/corpus.ts';
import { TARGETS } from '../../tools/fuzz/targets/index.ts';

const ROOT = join(import.meta.dirname, '..', '..');

describe.each(TARGETS.map((target) => [target.name, target] as const))('%s', (_, target) => {
  it('holds with everything that was kept', () => {
    const inputs = [...readInputs(ROOT, CORPUS, target), ...readInputs(ROOT, FOUND, target)];
    expect(inputs.length).toBeGreaterThan(0);
    for (const input of inputs) target.run(input);
  });

  it('holds with the inputs it starts from', () => {
    const seeds = target.seeds();
    expect(seeds.length).toBeGreaterThan(0);
    for (const input of seeds) target.run(input.slice(0, target.maxLength));
  });
});
