/**
 * A race as the part of an address behind `#`, and back. What a link asks for is held within what a page can run in a
 * moment; a damaged link gives null and never throws.
 */
import type { RaceFlowOptions, RaceOptions } from '../../../src/sim/race-options.ts';

/** Those of the stack, without the one that has no window. Listed here so that the page need not load the stack. */
export const RACE_CONTROLS = ['cubic', 'reno', 'bbr', 'dctcp'] as const;
export const RACE_FLOWS_MAX = 4;
export const RACE_RATES_BPS = [1_000_000, 2_000_000, 5_000_000, 10_000_000, 20_000_000] as const;
/** Length of the queue in bandwidth-delay products. */
export const RACE_QUEUES = [0.25, 0.5, 1, 2, 4] as const;
export const RACE_MARKS = ['none', 'red', 'step'] as const;

/** The bounds of every number, in the unit of its name. */
export const RACE_BOUNDS = {
  startS: { min: 0, max: 50 },
  extraRttMs: { min: 0, max: 400 },
  rttMs: { min: 2, max: 400 },
  lossPercent: { min: 0, max: 10 },
  durationS: { min: 5, max: 60 },
  seed: { min: 0, max: 999_999_999 },
} as const;

/** A race as the page's form has it. */
export interface RaceSetup {
  readonly flows: readonly RaceFlowSetup[];
  readonly rateBps: number;
  readonly rttMs: number;
  readonly queueBdp: number;
  readonly lossPercent: number;
  readonly mark: (typeof RACE_MARKS)[number];
  readonly durationS: number;
  readonly seed: number;
}

export interface RaceFlowSetup {
  readonly control: (typeof RACE_CONTROLS)[number];
  readonly startS: number;
  readonly extraRttMs: number;
}

/** What most of the Internet uses against a different idea, which comes later. */
export const FIRST_RACE: RaceSetup = {
  flows: [
    { control: 'cubic', startS: 0, extraRttMs: 0 },
    { control: 'bbr', startS: 5, extraRttMs: 0 },
  ],
  rateBps: 10_000_000,
  rttMs: 40,
  queueBdp: 1,
  lossPercent: 0,
  mark: 'none',
  durationS: 30,
  seed: 1,
};

/** As the simulator takes it. Ten samples a second. */
export function raceOptions(setup: RaceSetup): RaceOptions {
  const { flows, rateBps, rttMs, queueBdp, lossPercent, mark, durationS, seed } = setup;
  return {
    flows: flows.map(
      ({ control, startS, extraRttMs }): RaceFlowOptions => ({
        control,
        startMs: Math.min(startS, durationS - 1) * 1000,
        extraRttMs,
      }),
    ),
    rateBps,
    rttMs,
    queue: { bdp: queueBdp },
    loss: lossPercent / 100,
    marking: mark === 'none' ? null : mark,
    durationMs: durationS * 1000,
    seed,
    intervalMs: 100,
  };
}

/** `race=cubic,bbr:5&rate=10000000&rtt=40&…` */
export function writeRace(setup: RaceSetup): string {
  const flows = setup.flows.map(({ control, startS, extraRttMs }) =>
    [control, startS, extraRttMs].join(':').replace(/(:0){1,2}$/, ''),
  );
  const { rateBps, rttMs, queueBdp, lossPercent, mark, durationS, seed } = setup;
  return `race=${flows.join(',')}&rate=${rateBps}&rtt=${rttMs}&queue=${queueBdp}&loss=${lossPercent}&mark=${mark}&for=${durationS}&seed=${seed}`;
}

/** True when the address is about a race, damaged or not. */
export function isRaceLink(hash: string): boolean {
  return /^#?race=/.test(hash);
}

/** Reads what `writeRace` wrote; null when anything in it is not what it can be. */
export function readRace(hash: string): RaceSetup | null {
  const values = new URLSearchParams(hash.replace(/^#/, ''));
  const number = (name: string, bounds: keyof typeof RACE_BOUNDS, otherwise: number): number =>
    within(values.get(name) ?? String(otherwise), bounds);
  const flows = (values.get('race') ?? '').split(',').map(readFlow);
  const setup = {
    flows: flows.filter((flow) => flow !== null),
    rateBps: oneOf(RACE_RATES_BPS, Number(values.get('rate') ?? FIRST_RACE.rateBps)),
    rttMs: number('rtt', 'rttMs', FIRST_RACE.rttMs),
    queueBdp: oneOf(RACE_QUEUES, Number(values.get('queue') ?? FIRST_RACE.queueBdp)),
    lossPercent: number('loss', 'lossPercent', 0),
    mark: oneOf(RACE_MARKS, values.get('mark') ?? 'none'),
    durationS: number('for', 'durationS', FIRST_RACE.durationS),
    seed: number('seed', 'seed', 1),
  };
  const { mark, rateBps, queueBdp, ...numbers } = setup;
  const isWhole = flows.length >= 2 && flows.length <= RACE_FLOWS_MAX && setup.flows.length === flows.length;
  if (!isWhole || mark === null || rateBps === null || queueBdp === null) return null;
  return Object.values(numbers).includes(Number.NaN) ? null : { ...setup, mark, rateBps, queueBdp };
}

function readFlow(text: string): RaceFlowSetup | null {
  const [name = '', start = '0', extra = '0', ...rest] = text.split(':');
  const control = oneOf(RACE_CONTROLS, name);
  const [startS, extraRttMs] = [within(start, 'startS'), within(extra, 'extraRttMs')];
  if (control === null || rest.length > 0 || Number.isNaN(startS) || Number.isNaN(extraRttMs)) return null;
  return { control, startS, extraRttMs };
}

/** The number, NaN when it is none or out of bounds. */
function within(text: string, name: keyof typeof RACE_BOUNDS): number {
  const { min, max } = RACE_BOUNDS[name];
  const value = text === '' ? Number.NaN : Number(text);
  return value >= min && value <= max ? value : Number.NaN;
}

function oneOf<T>(known: readonly T[], value: unknown): T | null {
  return known.find((one) => one === value) ?? null;
}
