/** The race on the page: how it is set up, what the worker has told of it, and up to where it is shown. */
import { batch, computed, signal } from '@preact/signals';
import type { RaceResult } from '../../../src/sim/race-result.ts';
import { FIRST_RACE, type RaceSetup, readRace, writeRace } from '../engine/race-link.ts';
import type { RaceNews } from '../engine/race-run.ts';
import { raceAt } from '../model/race-view.ts';
import { address, client, notice, tell } from './store.ts';

/** Null: there is no race, a scene is on the stage. */
export const raceSetup = signal<RaceSetup | null>(null);
export const race = signal<RaceResult | null>(null);
/** So many intervals are shown, with the part of the next one that is already over. */
export const raceHead = signal(1);
export const isRacing = signal(false);
export const RACE_SPEEDS = [1, 3, 10] as const;
export const raceSpeed = signal<(typeof RACE_SPEEDS)[number]>(3);
const isOver = signal(false);

export const intervals = computed(() => Math.floor(raceHead.value));
export const raceNow = computed(() => (race.value === null ? null : raceAt(race.value, intervals.value)));

/** The worker is asked for more when so few intervals are ahead. */
const AHEAD = 30;
const ADVANCE = 10;
let isAsking = false;
/** Which race an answer belongs to: one that has been replaced is not taken. */
let current = 0;

/** Begins a race; what was played before is forgotten. */
export async function beginRace(setup: RaceSetup): Promise<void> {
  const mine = ++current;
  batch(() => {
    raceSetup.value = setup;
    raceHead.value = 1;
    isOver.value = false;
  });
  history.replaceState(null, '', raceAddress(setup));
  try {
    take(mine, await client.ask({ kind: 'race', setup }));
  } catch (error) {
    tell(error);
  }
}

/** The race an address asks for; a damaged one is explained and the usual one takes its place. */
export async function beginLinkedRace(hash: string): Promise<void> {
  const setup = readRace(hash);
  if (setup === null) notice.value = 'race-damaged';
  await beginRace(setup ?? FIRST_RACE);
}

/** Back to the scene. */
export function leaveRace(): void {
  current++;
  batch(() => {
    raceSetup.value = null;
    race.value = null;
    isRacing.value = false;
  });
  history.replaceState(null, '', address());
}

export function raceAddress(setup: RaceSetup): string {
  return `${location.href.replace(/#.*$/, '')}#${writeRace(setup)}`;
}

/** Time passes on the screen. */
export function playRace(elapsedMs: number): void {
  const known = race.value?.timesMs.length ?? 1;
  const next = raceHead.value + (elapsedMs / 100) * raceSpeed.value;
  raceHead.value = Math.min(next, known);
  if (isOver.value && next >= known) isRacing.value = false;
  else void askForMore();
}

/** Shows the race up to so many intervals, as far as it is known. */
export function showRace(upTo: number): void {
  isRacing.value = false;
  raceHead.value = Math.max(1, Math.min(upTo, race.value?.timesMs.length ?? 1));
  void askForMore();
}

export function toggleRace(): void {
  if (!isRacing.value && isOver.value && intervals.value >= (race.value?.timesMs.length ?? 0)) raceHead.value = 1;
  isRacing.value = !isRacing.value;
}

async function askForMore(): Promise<void> {
  const known = race.value?.timesMs.length ?? 0;
  if (isAsking || isOver.value || known - raceHead.value > AHEAD) return;
  isAsking = true;
  const mine = current;
  try {
    take(mine, await client.ask({ kind: 'race-on', intervals: ADVANCE }));
  } catch (error) {
    isRacing.value = false;
    tell(error);
  }
  isAsking = false;
}

function take(mine: number, news: RaceNews): void {
  if (mine !== current) return;
  batch(() => {
    race.value = news.result;
    isOver.value = news.isOver;
  });
}
