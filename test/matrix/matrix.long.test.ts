/** Every row of the matrix, and segments drawn at random around the edges. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Profile } from '../requirements/bench.ts';
import { playRandom, playRows, type Tally, tableOf } from './play.ts';
import { KINDS } from './rows.ts';

describe.each<Profile>(['rfc', 'linux'])('%s: a segment arrives', (profile) => {
  const tallies: Tally[] = [];
  const drawn: Tally[] = [];
  afterAll(() => {
    console.log(tableOf(`segment arrives, profile ${profile}, every row`, tallies));
    console.log(tableOf(`segment arrives, profile ${profile}, drawn at random`, drawn));
  });

  it.each(KINDS.map((kind) => [kind.name, kind] as const))('in %s', (_, kind) => {
    const tally = playRows(profile, kind, 1, 0);
    tallies.push(tally);
    expect(tally.misfits).toEqual([]);
  });

  it.each(KINDS.map((kind) => [kind.name, kind] as const))('at random in %s', (_, kind) => {
    const tally = playRandom(profile, kind, 1_000, Math.floor(Math.random() * 2 ** 31));
    drawn.push(tally);
    expect(tally.misfits).toEqual([]);
  });
});
