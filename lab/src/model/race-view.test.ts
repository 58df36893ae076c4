/** What is seen of a race: real ones, with congestion controls of which it is known how they share. */
import { describe, expect, it } from 'vitest';
import { Race } from '../../../src/sim/race.ts';
import { raceControls } from '../../../src/sim/race-options.ts';
import {
  FIRST_RACE,
  isRaceLink,
  RACE_CONTROLS,
  type RaceSetup,
  raceOptions,
  readRace,
  writeRace,
} from '../engine/race-link.ts';
import { en } from '../words/en.ts';
import { raceAt, raceCharts } from './race-view.ts';

const SHORT: RaceSetup = { ...FIRST_RACE, rateBps: 2_000_000, durationS: 20 };

function run(setup: RaceSetup) {
  return new Race(raceOptions(setup)).run();
}

describe('a race', () => {
  it('of two alike is fair, and of two unlike it says who got more', () => {
    const flow = (extraRttMs = 0) => ({ control: 'reno' as const, startS: 0, extraRttMs });
    const alike = run({ ...SHORT, flows: [flow(), flow()] });
    const fair = raceAt(alike, alike.timesMs.length);
    expect(fair.fairness).toBeGreaterThan(0.9);
    const unlike = run({ ...SHORT, flows: [flow(), flow(300)] });
    const { fairness, flows } = raceAt(unlike, unlike.timesMs.length);
    expect(fairness).toBeLessThan(fair.fairness ?? 0);
    expect(flows[0]?.share).toBeGreaterThan(flows[1]?.share ?? 1);
    expect((flows[0]?.share ?? 0) + (flows[1]?.share ?? 0)).toBeCloseTo(1);
  });

  it('knows at a moment nothing of what comes later', () => {
    const result = run({ ...SHORT, durationS: 10 });
    const early = raceAt(result, 30);
    expect([early.timeMs, early.fairness]).toEqual([3000, null]);
    expect(early.flows.map(({ isStarted, goodputBps }) => isStarted && goodputBps > 0)).toEqual([true, false]);
    const charts = raceCharts(result, 30, en);
    expect(charts).toHaveLength(3);
    for (const { data } of charts) for (const column of data) expect(column).toHaveLength(30);
    expect(raceAt(result, 100).utilization).toBeGreaterThan(0.7);
    // What waited behind a loss comes at once, but not through a line that is wider than it is.
    for (let at = 1; at <= 100; at++) expect(raceAt(result, at).utilization).toBeLessThanOrEqual(1);
    expect(raceCharts(result, 1, en)).toEqual([]);
  });
});

describe('the link of a race', () => {
  it('knows the controls of the stack that have a window', () => {
    expect([...RACE_CONTROLS].sort()).toEqual(
      raceControls()
        .filter((name) => name !== 'none')
        .sort(),
    );
  });

  it('reproduces it', () => {
    const setup: RaceSetup = {
      flows: [
        { control: 'cubic', startS: 0, extraRttMs: 0 },
        { control: 'bbr', startS: 3, extraRttMs: 0 },
        { control: 'reno', startS: 0, extraRttMs: 80 },
      ],
      rateBps: 5_000_000,
      rttMs: 25,
      queueBdp: 0.5,
      lossPercent: 1,
      mark: 'red',
      durationS: 12,
      seed: 77,
    };
    expect(readRace(`#${writeRace(setup)}`)).toEqual(setup);
    expect(isRaceLink(`#${writeRace(setup)}`)).toBe(true);
    expect(isRaceLink('#v=1&scene=life')).toBe(false);
    expect(() => new Race(raceOptions(setup))).not.toThrow();
  });

  it.each([
    'race=cubic',
    'race=cubic,nobody',
    'race=cubic,bbr,reno,cubic,bbr',
    'race=cubic:-1,bbr',
    'race=cubic:1:2:3,bbr',
    'race=cubic:,bbr',
    'race=cubic,bbr&rate=10000000000',
    'race=cubic,bbr&rtt=NaN',
    'race=cubic,bbr&for=100000',
    'race=cubic,bbr&queue=1000',
    'race=cubic,bbr&mark=blue',
    'race=cubic,bbr&seed=1e99',
  ])('%s is damaged', (text) => {
    expect(readRace(text)).toBeNull();
  });
});
