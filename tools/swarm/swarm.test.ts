/** The swarm itself: seeds that failed once, the same run from the same seed, boxes that are honest, bugs that can be planted. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { describe, expect, it } from 'vitest';
import { playCounted } from './coverage.ts';
import { hangsAt } from './patience.ts';
import { bundleBroken } from './plant.ts';
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
  [4147175, 'the box that joins segments read beyond a shorter one of the other family'],
  [6002283, 'by the letter of RFC 9293, too, two full windows refused each other for ever'],
  [200861, 'text of a SYN comes on top of the window that its SYN-ACK offers'],
  [24_028_226, 'TIME-WAIT, short here, was over before a FIN sent again came through: a RST is right'],
  [25_005_763, 'old segments of a connection that a lost beginning had ended were a cookie'],
  [20_008_567, 'a time-out behind a packet too big counts from then on, not from the beginning of time'],
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
  }, 120_000);

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

/** At the wrap of its clock the wheel looks for what is due in slots that lie behind it, and never comes to an end. */
const HANGING = {
  file: 'src/base/timer-wheel.ts',
  find: 'if (next !== this.current) this.moveTo(next);',
  replace: 'if (next > this.current) this.moveTo(next);',
};

/** Two flows over the wrap, and little else to leave out: every step costs the patience with a run that hangs. */
function plainRecipe(): Recipe {
  const drawn = drawRecipe(2);
  const hosts = drawn.hosts.map(({ tcp: { time_wait_ms = 1_000 } }) => ({
    profile: 'linux' as const,
    tcp: { time_wait_ms },
  }));
  const plain = { kind: 'both', up: 0, down: 4, control: 'cubic', fastOpen: false } as const;
  const now = { readEveryMs: 0, readAfterMs: 0, startMs: 0, receiveBuffer: 0, sendBuffer: 0 };
  const flows = drawn.flows.slice(0, 2).map((flow) => ({ ...flow, ...plain, ...now }));
  const link = { weather: {}, delayMs: 0, rateBps: 0, mtu: 1500, middlebox: null, troubles: [] };
  return { ...drawn, ...link, hosts, flows, stormMs: 100, observed: false };
}

describe('a run that does not end', () => {
  it('is told from one that is only slow by the events it comes to', () => {
    const hanging = hangsAt((progress) => {
      while (progress.events < 3) progress.events++;
      for (;;);
    }, 20);
    expect(hanging).toBe(3);
    let attempts = 0;
    const slow = hangsAt((progress) => {
      const needsMs = attempts++ === 0 ? 1_000_000 : 0;
      for (const beganMs = performance.now(); performance.now() - beganMs < needsMs; ) progress.events++;
    }, 20);
    expect([slow, attempts]).toEqual([null, 2]);
  });

  it('throws what it throws', () => {
    const attempt = (): void => {
      throw new Error('thrown');
    };
    expect(() => hangsAt(attempt, 1_000)).toThrow('thrown');
  });

  it('is a failure with its seed, and is made smaller', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'woshou-hang-'));
    try {
      const broken = async <M>(input: string): Promise<M> => {
        const file = join(folder, `${input}.mjs`);
        await bundleBroken({ root: ROOT, input: `tools/swarm/${input}.ts`, name: 'hang', breaks: [HANGING], file });
        return (await import(pathToFileURL(file).href)) as M;
      };
      const { play: playBroken } = await broken<typeof import('./run.ts')>('run');
      const recipe = plainRecipe();
      expect(play(recipe, 200).failure).toBeNull();
      expect(playBroken(recipe, 200).failure).toMatch(/^hang: event \d+ does not end; at \d/);
      const { shrink: shrinkBroken } = await broken<typeof import('./shrink.ts')>('shrink');
      const smallest = shrinkBroken(recipe, 100);
      expect(smallest.flows.length).toBe(1);
      expect(playBroken(smallest, 200).failure).toMatch(/^hang/);
      // It lies in the wrap, which is nothing to be left out.
      expect(smallest.startUs).toBe(recipe.startUs);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }, 60_000);
});
