/**
 * State x segment x edge: a real stack in every state of RFC 9293 §3.3.2 against every combination of SYN, RST, FIN, ACK and text, at
 * every edge of the receive window, with every kind of acknowledgment and timestamp, judged by `oracle.ts`.
 *
 * This is a sample over all of it; `matrix.long.test.ts` plays every row.
 */
import { afterAll, describe, expect, it } from 'vitest';
import type { Profile } from '../requirements/bench.ts';
import { playRows, type Tally, tableOf } from './play.ts';
import { KINDS } from './rows.ts';

/** Prime, so that the sample walks through all flags, edges, acknowledgments and timestamps. */
const STRIDE = 61;

describe.each<Profile>(['rfc', 'linux'])('%s: a segment arrives', (profile) => {
  const tallies: Tally[] = [];
  afterAll(() => console.log(tableOf(`segment arrives, profile ${profile}, every ${STRIDE}st row`, tallies)));

  it.each(KINDS.map((kind, at) => [kind.name, kind, at] as const))('in %s', (_, kind, at) => {
    const tally = playRows(profile, kind, STRIDE, at * 7);
    tallies.push(tally);
    expect(tally.rows).toBeGreaterThan(10);
    expect(tally.misfits).toEqual([]);
  });
});
