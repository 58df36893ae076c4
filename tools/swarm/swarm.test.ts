/** The swarm itself: seeds that failed once, the same run from the same seed, boxes that are honest, bugs that can be planted. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { playCounted } from './coverage.ts';
import { PLANTED } from './planted.ts';
import { drawRecipe, type Recipe } from './recipe.ts';
import { counts, play } from './run.ts';
import { playSeries } from './series.ts';
import { shrink } from './shrink.ts';

const ROOT = join(import.meta.dirname, '..', '..');

/** Seeds that failed, with what was wrong: in the stack, or in what the swarm expected of it. */
const ONCE_FAILED: readonly (readonly [seed: number, what: string])[] = [
  [14, 'a cookie with the first segments behind the handshake lost: a RST is right'],
  [31, 'acknowledgments overtake paced text: windows cannot be judged by the order of segments'],
  [425, 'nobody answers who has the address, in a storm: EHOSTUNREACH is right'],
  [818, 'text of a SYN waits for its paced departure without a retransmission timer'],
  [859, 'a slow reader has octets left when its connection is gone'],
  [66, 'a client on a host that crashed is told nothing'],
  [1020257, 'two full windows, rounded by their scale, refused each other for ever'],
  [1031254, 'a probe of a window of one segment was marked to depart an RTO later, and lay in the carrier'],
  [1014339, 'the same, while nothing new waited'],
  [1000991, 'a connection that is not paced but waits for an RTO (RFC 3168) handed frames out ahead of time'],
  [1054387, 'old segments were a cookie that opened a second connection with the numbers of the first'],
  [1077175, 'a Fast Open connection that had closed before its handshake was over was given up at the first time-out'],
  [
    1112230,
    'marks at a window of one segment let it wait for an RTO that losses had doubled to two minutes, each time',
  ],
  [2053081, 'keep-alive gave up a peer that answered each probe from the edge of a window it had filled'],
  [200861, 'text of a SYN comes on top of the window that its SYN-ACK offers'],
];

describe('the swarm', () => {
  it.each(ONCE_FAILED)('seed %i holds: %s', (seed) => {
    expect(play(drawRecipe(seed)).failure).toBeNull();
  });

  it('most runs have segments, a fault and a connection that was completed', () => {
    const outcomes = Array.from({ length: 20 }, (_, index) => play(drawRecipe(index + 1)));
    expect(outcomes.filter(({ failure }) => failure !== null)).toEqual([]);
    expect(outcomes.filter(counts).length).toBeGreaterThan(10);
  });

  it('the same seed gives the same run, another one another', () => {
    expect(play(drawRecipe(7))).toEqual(play(drawRecipe(7)));
    expect(play(drawRecipe(7))).not.toEqual(play(drawRecipe(8)));
  });

  it('a recipe survives being printed', () => {
    const recipe = drawRecipe(12);
    expect(play(JSON.parse(JSON.stringify(recipe)) as Recipe)).toEqual(play(recipe));
  });

  it('octets that are changed under a right checksum are noticed, and the recipe becomes smaller', () => {
    const plain = drawRecipe(2);
    const broken = { ...plain, weather: { ...plain.weather, corruptUndetected: 0.3 }, troubles: [], stormMs: 6_000 };
    expect(play(broken).failure).toMatch(/^delivery/);
    const smallest = shrink(broken);
    expect(play(smallest).failure).toMatch(/^delivery/);
    expect(JSON.stringify(smallest).length).toBeLessThan(JSON.stringify(broken).length);
    expect(smallest.flows.length).toBe(1);
  });

  it('counted runs are the same runs, and reach some branches but not all', async () => {
    const options = { firstSeed: 40, runs: 5, forMs: Number.POSITIVE_INFINITY, failuresMax: 1 };
    const { series, reached } = await playCounted(ROOT, options);
    expect({ ...series, tookMs: 0 }).toEqual({ ...playSeries(options), tookMs: 0 });
    expect(reached['src/tcp/']).toBeGreaterThan(30);
    expect(reached['src/tcp/']).toBeLessThan(100);
  });

  it('every planted bug has its text once', () => {
    expect(PLANTED.length).toBeGreaterThanOrEqual(10);
    for (const { name, also, ...first } of PLANTED) {
      for (const { file, find, replace } of [first, ...also]) {
        expect([name, readFileSync(join(ROOT, file), 'utf8').split(find).length - 1]).toEqual([name, 1]);
        expect(replace).not.toBe(find);
      }
    }
  });
});
