/** `woshou flood`: without cookies the backlog fills and honest clients fail, with cookies all are served; said in both languages. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { XMLValidator } from 'fast-xml-parser';
import { describe, expect, it } from 'vitest';
import { fakeScreen } from '../../test/support/fake-screen.ts';
import { FLOOD_DEFAULTS, FloodSimulation } from './flood-simulation.ts';
import { runProgram } from './program.ts';
import { widthOf } from './text-layout.ts';

const SHORT = { ...FLOOD_DEFAULTS, perSecond: 500, backlog: 64, calmMs: 1000, actMs: 3000 };

describe('the flood', () => {
  it('fills the backlog and starves honest clients, until cookies serve them all', () => {
    const simulation = new FloodSimulation(SHORT);
    while (simulation.advance());
    const [calm, flood, cookies] = simulation.summary();
    expect(calm?.served).toBe(calm?.visits);
    expect((flood?.served ?? 1) / (flood?.visits ?? 1)).toBeLessThan(0.15);
    expect(cookies?.served).toBe(cookies?.visits);
    expect(cookies?.visits).toBe(60);
    expect(cookies?.p95Ms ?? 1000).toBeLessThan(50);
    const halfOpen = simulation.samples().map((sample) => sample.halfOpen);
    expect(Math.max(...halfOpen)).toBe(65);
    expect(simulation.detections.map(({ kind }) => kind)).toContain('syn-flood');
  });

  it('is the same again with the same seed', () => {
    const run = (seed: number): string => {
      const simulation = new FloodSimulation({ ...SHORT, actMs: 1000, seed });
      while (simulation.advance());
      return JSON.stringify([simulation.samples(), simulation.detections]);
    };
    expect(run(1)).toBe(run(1));
  });

  it('is too slow to fill the backlog when it trickles', () => {
    const simulation = new FloodSimulation({ ...SHORT, perSecond: 5 });
    while (simulation.advance());
    for (const { served, visits } of simulation.summary()) expect(served).toBe(visits);
  });
});

describe('the command', () => {
  it.each([
    ['en', 'flood, no SYN cookies', 'SYN flood: about'],
    ['zh', '洪泛，无 SYN cookie', 'SYN 洪泛：'],
  ] as const)('in %s shows rows in line, the outcome, and writes chart and data', async (language, act, event) => {
    const folder = mkdtempSync(join(tmpdir(), 'woshou-flood-'));
    try {
      const { screen, out } = fakeScreen(language);
      const [svg, json] = [join(folder, 'a.svg'), join(folder, 'a.json')];
      const args = ['flood', '--seconds', '2', '--rate', '1000', '--svg', svg, '--json', json];
      expect(await runProgram(args, screen, '0')).toBe(0);
      expect(out()).toContain(act);
      expect(out()).toContain(event);
      const rows = out()
        .split('\n')
        .filter((line) => /^ +(?:\d+ s |time|时间)/.test(line));
      expect(rows).toHaveLength(10);
      expect(new Set(rows.map((row) => widthOf(row))).size).toBe(1);
      expect(XMLValidator.validate(readFileSync(svg, 'utf8'))).toBe(true);
      expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
        options: { perSecond: 1000 },
        summary: [{}, {}, {}],
      });
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
