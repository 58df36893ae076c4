/** The sample of functions and the score; Stryker itself is not run here. */
import { describe, expect, it } from 'vitest';
import { allFunctions, drawSample, functionsOf } from './sample.ts';
import { merged, readMutants, scoreOf, toScoreText, toSurvivorText } from './score.ts';

describe('the sample', () => {
  it('has functions and methods with their lines, those inside others not apart', () => {
    const source =
      'function a() {\n  function b() {}\n  return b;\n}\nabstract class C {\n  m(): void {\n  }\n  abstract n(): void;\n}\n';
    expect(functionsOf('a.ts', source)).toEqual([
      { file: 'a.ts', firstLine: 1, lastLine: 4 },
      { file: 'a.ts', firstLine: 6, lastLine: 7 },
    ]);
  });

  it('is the same from the same seed, another from another, and never twice the same function', () => {
    const all = allFunctions('src/tcp/');
    expect(all.length).toBeGreaterThan(500);
    const drawn = drawSample(all, 1, 40);
    expect(drawn).toEqual(drawSample(all, 1, 40));
    expect(drawn).not.toEqual(drawSample(all, 2, 40));
    expect(new Set(drawn).size).toBe(40);
    expect(drawSample(all, 1, 100_000).length).toBe(all.length);
  });
});

function placeAt(line: number): object {
  return { start: { line, column: 1 }, end: { line, column: 9 } };
}

describe('the score', () => {
  const text = [
    ['a.ts', 'Killed'],
    ['a.ts', 'Timeout'],
    ['b.ts', 'Survived'],
    ['b.ts', 'NoCoverage'],
    ['a.ts', 'Survived'],
    ['a.ts', 'Ignored'],
  ]
    .map(([name, status], line) =>
      JSON.stringify({
        fileName: `/r/${name}`,
        location: placeAt(line),
        mutatorName: 'M',
        replacement: 'x\n  y',
        status,
      }),
    )
    .join('\n');

  it('counts what ran, the clock as a judge too', () => {
    const mutants = readMutants(`${text}\n`, '/r');
    expect(scoreOf(mutants)).toEqual({ killed: 2, survived: 3, percent: 40 });
    expect(scoreOf([])).toEqual({ killed: 0, survived: 0, percent: 0 });
  });

  it('goes by the second run where there was one', () => {
    const first = readMutants(text, '/r');
    const [, , third] = first;
    if (third === undefined) throw new Error('no third mutant');
    expect(scoreOf(merged(first, [{ ...third, status: 'Killed' }]))).toEqual({ killed: 3, survived: 2, percent: 60 });
  });

  it('is told file by file, the worst first, and with the survivors', () => {
    const mutants = readMutants(text, '/r');
    const lines = toScoreText(mutants).split('\n');
    expect(lines.map((line) => line.trim().split(/\s+/).at(-1))).toEqual(['b.ts', 'a.ts', 'all']);
    expect(toSurvivorText(mutants).split('\n')).toEqual([
      'a.ts:4 M: x y',
      'b.ts:2 M: x y',
      'b.ts:3 M (no test goes there): x y',
    ]);
  });
});
